"""The numbers of a horizon: times, series, prices, and the state that the plant is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.base.errors import DataError
from lingtan.base.time import DEFAULT_ZONE
from lingtan.optimize.model import FloatArray, IntArray, Timeline


@dataclass(frozen=True)
class Horizon:
    """Equal steps from ``start`` (UTC)."""

    start: datetime
    steps: int
    step_minutes: int
    zone: str = DEFAULT_ZONE

    @property
    def hours(self) -> float:
        """Length of a step. [h]"""
        return self.step_minutes / 60

    @property
    def end(self) -> datetime:
        """The instant after the last step."""
        return self.at(self.steps)

    def at(self, step: int) -> datetime:
        """The start of a step."""
        return self.start + timedelta(minutes=self.step_minutes * step)

    def local(self, step: int) -> datetime:
        """The start of a step in the park's zone."""
        return self.at(step).astimezone(ZoneInfo(self.zone))

    def day_hours(self) -> FloatArray:
        """Local time of day at each step's start. [h]"""
        return np.array([t.hour + t.minute / 60 for t in map(self.local, range(self.steps))])

    def months(self) -> IntArray:
        """Billing month of each step, as year × 12 + month."""
        return np.array([t.year * 12 + t.month for t in map(self.local, range(self.steps))], np.int64)

    def timeline(self, weight: float = 1.0) -> Timeline:
        """The model's timeline."""
        return Timeline.hourly(self.steps, hours=self.hours, months=self.months(), weight=weight)

    def later(self, steps: int) -> "Horizon":
        """The same number of steps, ``steps`` later."""
        return Horizon(self.at(steps), self.steps, self.step_minutes, self.zone)


@dataclass(frozen=True)
class State:
    """What stands before the first step; what is not named is at rest."""

    content_kwh: Mapping[str, float] = field(default_factory=dict)  # stores and fleets
    on: Mapping[str, bool] = field(default_factory=dict)
    output_kw: Mapping[str, float] = field(
        default_factory=dict
    )  # of the rated side, for ramps; under way in slow pipes
    peak_kw: Mapping[str, float] = field(default_factory=dict)  # the running month's highest import so far, by grid
    backlog_kwh: Mapping[str, float] = field(default_factory=dict)  # put off and not yet done, by need
    hours_so: Mapping[str, float] = field(default_factory=dict)  # how long a unit has been on or off; not named: long


@dataclass(frozen=True)
class Prices:
    """What a grid asks and pays in each step, and for the peak of each month of the horizon."""

    import_cny_per_kwh: FloatArray
    export_cny_per_kwh: FloatArray
    demand_cny_per_kw: FloatArray  # one a month of the horizon
    contract_kw: float | None = None  # billed in any case; above 105 % of it a kilowatt costs double
    factor_kgco2_per_kwh: FloatArray | float = 0.0


@dataclass(frozen=True)
class Inputs:
    """Everything that changes from one plan to the next."""

    horizon: Horizon
    series: Mapping[str, FloatArray]
    prices: Mapping[str, Prices]
    state: State = State()
    source: Mapping[str, str] = field(default_factory=dict)  # where each series comes from

    def of(self, name: str) -> FloatArray:
        """A series, complete and as long as the horizon.

        Raises
        ------
        DataError
            ``dispatch.no-series``, or ``dispatch.gap`` with the first missing step.
        """
        values = self.series.get(name)
        if values is None or len(values) != self.horizon.steps:
            raise DataError(
                "dispatch.no-series",
                series=name,
                wanted=self.horizon.steps,
                found=0 if values is None else len(values),
            )
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise DataError("dispatch.gap", series=name, at=f"{self.horizon.local(int(bad[0])):%Y-%m-%d %H:%M}")
        return values
