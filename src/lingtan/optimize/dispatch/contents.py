"""What is in a store, from what went in and out: bounds that close when the store was once full or empty.

A content is not known from flows alone, but a store that starts anywhere between empty and full stays between the two paths
that start at these ends; each time one of them meets an edge they come nearer, and soon they are one.
"""

import numpy as np

from lingtan.optimize.model import FloatArray


def content_bounds(
    charge_kw: FloatArray,
    discharge_kw: FloatArray,
    *,
    energy_kwh: float,
    power_kw: float,
    efficiency: float,
    loss_per_hour: float,
    hours: float,
) -> tuple[float, float]:
    """The least and the largest content after the last step. [kWh]

    Parameters
    ----------
    charge_kw, discharge_kw
        Mean power of each step at the terminals; NaN where it was not measured, which opens the bounds again. [kW]
    energy_kwh, power_kw
        What the store holds, and its rated power. [kWh], [kW]
    efficiency
        One way.
    loss_per_hour
        Share of the content.
    hours
        Length of a step. [h]
    """
    kept = (1.0 - loss_per_hour) ** hours
    known = np.isfinite(charge_kw) & np.isfinite(discharge_kw)
    flow = np.where(known, charge_kw * efficiency - discharge_kw / efficiency, 0.0) * hours
    low, high = 0.0, energy_kwh
    for step, moved in zip(known.tolist(), flow.tolist(), strict=True):
        down, up = (moved, moved) if step else (-power_kw / efficiency * hours, power_kw * efficiency * hours)
        low = min(max(low * kept + down, 0.0), energy_kwh)
        high = min(max(high * kept + up, 0.0), energy_kwh)
    return low, high
