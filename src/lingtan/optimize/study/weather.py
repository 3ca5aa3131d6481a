"""A weather year at a place, by the hour: from a seed, or from a table; and what sun and wind make of it.

The sun's way, clear sky, transposition and cell temperature are pvlib's. Cloudiness and wind are random with memory; a
generated year is a stand-in with the right rhythm, not a record of any place, and every result says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lingtan.optimize.study.record import Curve, Lift, Plane, WeatherSource

if TYPE_CHECKING:
    import pandas as pd

# pvlib, pandas and scipy are imported where they work: whoever only reads a study need not wait for them

Floats = npt.NDArray[np.float64]
KELVIN = 273.15


@dataclass(frozen=True)
class Weather:
    """Hourly means; the sun stands where it is in the middle of the hour."""

    ghi: Floats  # [W/m2]
    dni: Floats
    dhi: Floats
    temperature_c: Floats
    wind_m_s: Floats
    zenith: Floats  # [deg]
    azimuth: Floats
    generated: bool


def _memory(rng: np.random.Generator, size: int, hours: float) -> Floats:
    from scipy.signal import lfilter

    keep = float(np.exp(-1.0 / hours))
    shocks = rng.standard_normal(size)
    return np.asarray(lfilter([np.sqrt(1 - keep**2)], [1.0, -keep], shocks), float)


def generated(source: WeatherSource, start: datetime, hours: int, seed: int | None = None) -> Weather:
    """A year of the place from a seed."""
    import pvlib
    from scipy.special import ndtr

    rng = np.random.default_rng([source.seed if seed is None else seed, 910])
    sun, extra, day = _sun(source, start, hours)
    zenith = sun["apparent_zenith"].to_numpy()
    up = np.minimum(zenith, 89.5)
    mass = pvlib.atmosphere.get_absolute_airmass(pvlib.atmosphere.get_relative_airmass(up))
    clear = pvlib.clearsky.ineichen(up, mass, linke_turbidity=4.0, altitude=source.altitude_m, dni_extra=extra)["ghi"]
    clear = np.where(zenith < 90, np.nan_to_num(np.asarray(clear, float)), 0.0)
    # days are clear or dull as a whole, hours differ within them
    dull = ndtr(0.85 * _memory(rng, hours, 30.0) + 0.5 * _memory(rng, hours, 3.0))
    clearness = np.clip(1.02 - 0.78 * source.cloudiness * dull**1.6, 0.08, 1.03)
    ghi = clear * clearness
    parts = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), day)
    daylight = zenith < 87
    angle = 2 * np.pi * (day - 1) / 365.25
    hour = (np.arange(hours) + start.hour) % 24
    daily = np.cos(2 * np.pi * (hour - 14.5) / 24) * (4.4 - 2.6 * dull)
    temperature = source.mean_temperature_c - 12.5 * np.cos(angle - 0.4) + daily + 2.5 * _memory(rng, hours, 60.0)
    uniform = np.clip(ndtr(0.93 * _memory(rng, hours, 20.0) + 0.37 * _memory(rng, hours, 1.5)), 1e-6, 1 - 1e-6)
    scale = source.mean_wind_m_s / 0.8862 * (1 + 0.1 * np.cos(angle - 0.9))  # a Rayleigh year: mean = 0.8862 scale
    wind = scale * np.sqrt(-np.log1p(-uniform))
    return Weather(
        ghi,
        np.where(daylight, np.asarray(parts["dni"], float), 0.0),
        np.where(daylight, np.asarray(parts["dhi"], float), ghi),
        temperature,
        wind,
        sun["zenith"].to_numpy(),
        sun["azimuth"].to_numpy(),
        True,
    )


def tabled(source: WeatherSource, start: datetime, columns: dict[str, Floats]) -> Weather:
    """A year from a table with ghi, temperature and wind, perhaps dni and dhi."""
    import pvlib

    hours = len(columns["ghi"])
    sun, _, day = _sun(source, start, hours)
    zenith = sun["zenith"].to_numpy()
    if "dni" in columns and "dhi" in columns:
        dni, dhi = columns["dni"], columns["dhi"]
    else:
        parts = pvlib.irradiance.erbs(columns["ghi"], zenith, day)
        dni, dhi = np.asarray(parts["dni"], float), np.asarray(parts["dhi"], float)
    return Weather(
        columns["ghi"],
        dni,
        dhi,
        columns["temperature_c"],
        columns["wind_m_s"],
        zenith,
        sun["azimuth"].to_numpy(),
        False,
    )


def _sun(source: WeatherSource, start: datetime, hours: int) -> tuple["pd.DataFrame", Floats, Floats]:
    import pandas as pd
    import pvlib

    middle = pd.date_range(start, periods=hours, freq="h") + pd.Timedelta("30min")
    sun = pvlib.solarposition.get_solarposition(middle, source.latitude, source.longitude, altitude=source.altitude_m)
    day = np.asarray(middle.day_of_year, float)
    return sun, np.asarray(pvlib.irradiance.get_extra_radiation(middle.day_of_year), float), day


def pv_share(weather: Weather, plane: Plane) -> Floats:
    """AC power of a plant for each kW of its DC rating.

    References
    ----------
    .. [1] A. P. Dobos, "PVWatts Version 5 Manual," NREL/TP-6A20-62641, 2014.
    """
    import pvlib

    on_plane = pvlib.irradiance.get_total_irradiance(
        plane.tilt_deg, plane.azimuth_deg, weather.zenith, weather.azimuth, weather.dni, weather.ghi, weather.dhi
    )["poa_global"]
    irradiance = np.clip(np.nan_to_num(np.asarray(on_plane, float)), 0.0, None)
    cell = pvlib.temperature.faiman(irradiance, weather.temperature_c, np.minimum(weather.wind_m_s * 0.6, 12))
    dc = (1 - plane.losses) * irradiance / 1000 * (1 - 0.0035 * (cell - 25))
    return np.asarray(np.clip(0.97 * dc, 0.0, 0.90), float)


def wind_share(weather: Weather, curve: Curve) -> Floats:
    """Power of a farm for each kW of its rating."""
    speed = weather.wind_m_s * curve.hub_factor
    return np.asarray((1 - curve.losses) * np.interp(speed, curve.speeds, curve.shares), float)


def cop(weather: Weather, lift: Lift) -> Floats:
    """COP of a heat pump (of a chiller: heat lifted per kWh) as a share of Carnot between its temperatures."""
    source = weather.temperature_c if lift.source == "air" else np.full(len(weather.temperature_c), lift.source_c)
    hot, cold = np.maximum(lift.sink_c, source), np.minimum(lift.sink_c, source)
    heating = lift.sink_c >= lift.source_c if lift.source == "constant" else lift.sink_c > 30
    useful = (hot if heating else cold) + KELVIN
    return np.asarray(np.clip(lift.quality * useful / np.maximum(hot - cold, 1.0), lift.lowest, lift.highest), float)
