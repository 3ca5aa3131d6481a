"""The result of a forecast, as dispatch and reports read it.

All series of a forecast stand on one grid of interval starts (UTC). A value is the mean rate over the interval: kW for
power and heat, the metering unit per hour for the rest (``m3/h`` of gas), CNY/kWh for a price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lingtan.base.time import iso

Floats = npt.NDArray[np.float64]
QUANTILES: tuple[float, ...] = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
MEDIAN = QUANTILES.index(0.50)
SCHEMA = 1

Kind = Literal["load", "pv", "wind", "price"]
Level = Literal["meter", "enterprise", "park"]


@dataclass(frozen=True)
class Target:
    """A series that is forecast.

    ``id`` is ``ENTERPRISE:CARRIER`` for the load of an enterprise, the channel of a sub-meter, the asset of a plant,
    ``park:CARRIER``, ``park:pv`` and ``park:wind`` for sums, ``price`` for the spot price. ``parent`` is the target that
    it is a part of. ``lowest`` and ``highest`` are what is physically possible. [unit]
    """

    id: str
    kind: Kind
    level: Level
    unit: str
    carrier: str = "electricity"
    enterprise: str | None = None
    asset: str | None = None
    parent: str | None = None
    lowest: float = 0.0
    highest: float = float("inf")
    capacity_kw: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For files and ``--json``; an open bound is null."""
        found = dict(vars(self))
        found["lowest"] = None if np.isinf(self.lowest) else self.lowest
        found["highest"] = None if np.isinf(self.highest) else self.highest
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Target":
        """The target of :meth:`as_dict`."""
        values = dict(data)
        values["lowest"] = -np.inf if values["lowest"] is None else values["lowest"]
        values["highest"] = np.inf if values["highest"] is None else values["highest"]
        return cls(**values)


@dataclass(frozen=True)
class SeriesForecast:
    """The quantiles of one target, a row for each interval and a column for each of the forecast's quantiles. [target's unit]

    ``model`` names what made it: ``boosted``, ``physics+boosted``, or the rule fallen back to: ``similar-days``,
    ``weekly-naive``, ``seasonal-naive``, ``climatology``, ``zero``, ``unknown``; ``sum`` for a total. ``reason`` is the
    code of why, None for the first choice. ``flags`` are what the data showed: ``stuck``, ``gap``, ``level-shift``, ``new``,
    ``shut-down``, ``late``. ``known_until`` is the end of the last interval whose value was known.
    """

    target: Target
    values: Floats
    model: str
    reason: str | None = None
    flags: tuple[str, ...] = ()
    known_until: datetime | None = None

    @property
    def fallback(self) -> bool:
        """Whether it is not the first choice for its kind."""
        return self.reason is not None


@dataclass(frozen=True)
class Forecast:
    """What was expected at ``known_at``. Of the readings of revision ``as_of`` it used only those known then."""

    issued_at: datetime
    known_at: datetime
    start: datetime
    step_s: int
    steps: int
    series: Mapping[str, SeriesForecast]
    quantiles: tuple[float, ...] = QUANTILES
    zone: str = "Asia/Shanghai"
    as_of: int = 0
    model: str = ""  # digest of the trained model
    weather: str = "persistence+climatology"  # where expected weather came from
    notes: tuple[Mapping[str, Any], ...] = ()  # {"code": …, "target": …, values}: what a person should know
    digests: Mapping[str, str] = field(default_factory=dict)  # of the inputs

    @property
    def times(self) -> list[datetime]:
        """Interval starts (UTC)."""
        return [self.start + timedelta(seconds=self.step_s * i) for i in range(self.steps)]

    def quantile(self, target: str, q: float) -> Floats:
        """The ``q``-quantile of a target, interpolated between those that were forecast. [target's unit]"""
        values = self.series[target].values
        at = float(np.interp(q, self.quantiles, np.arange(len(self.quantiles))))
        low = int(at)
        high = min(low + 1, len(self.quantiles) - 1)
        return np.asarray(values[:, low] * (1 - (at - low)) + values[:, high] * (at - low))

    def median(self, target: str) -> Floats:
        """The median of a target. [target's unit]"""
        return self.quantile(target, 0.5)

    def mean(self, target: str) -> Floats:
        """The mean of a target, of the straight line through its quantiles. [target's unit]"""
        return np.asarray(self.series[target].values @ quantile_weights(self.quantiles))

    def as_dict(self) -> dict[str, Any]:
        """For files and ``--json``; values keep every digit."""
        return {
            "schema": SCHEMA,
            "issued_at": iso(self.issued_at),
            "known_at": iso(self.known_at),
            "start": iso(self.start),
            "step_s": self.step_s,
            "steps": self.steps,
            "quantiles": list(self.quantiles),
            "zone": self.zone,
            "as_of": self.as_of,
            "model": self.model,
            "weather": self.weather,
            "notes": [dict(n) for n in self.notes],
            "digests": dict(self.digests),
            "series": [
                {
                    "target": s.target.as_dict(),
                    "model": s.model,
                    "reason": s.reason,
                    "flags": list(s.flags),
                    "known_until": iso(s.known_until) if s.known_until else None,
                    "values": s.values.tolist(),
                }
                for s in self.series.values()
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Forecast":
        """The forecast of :meth:`as_dict`."""
        series = {}
        for row in data["series"]:
            target = Target.from_dict(row["target"])
            until = row["known_until"]
            series[target.id] = SeriesForecast(
                target,
                np.asarray(row["values"], float).reshape(data["steps"], len(data["quantiles"])),
                row["model"],
                row["reason"],
                tuple(row["flags"]),
                _instant(until) if until else None,
            )
        return cls(
            _instant(data["issued_at"]),
            _instant(data["known_at"]),
            _instant(data["start"]),
            data["step_s"],
            data["steps"],
            series,
            tuple(data["quantiles"]),
            data["zone"],
            data["as_of"],
            data["model"],
            data["weather"],
            tuple(data["notes"]),
            data["digests"],
        )


def quantile_weights(quantiles: Sequence[float]) -> Floats:
    """Weights under which quantiles average to the mean; beyond the outer ones the distribution stops."""
    q = np.asarray(quantiles, float)
    edges = np.concatenate([[0.0], (q[1:] + q[:-1]) / 2, [1.0]])
    return np.diff(edges)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
