"""Issue a forecast: the model of each kind, the simpler rule where the data ask for one, bounds, sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from lingtan.base.ids import digest
from lingtan.forecast.boosted import Boosted, Outlook
from lingtan.forecast.calibration import monotone
from lingtan.forecast.coherent import reconciled
from lingtan.forecast.features import WINDOW, Outside
from lingtan.forecast.history import DAY, History, Seen
from lingtan.forecast.outlook import Surroundings
from lingtan.forecast.record import QUANTILES, Forecast, SeriesForecast, Target
from lingtan.forecast.rules import RULES
from lingtan.forecast.shifts import Planned, planned

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEW_DAYS = 3  # below: yesterday again
NEW_DAYS = 14
LATE_DAYS = 3  # without a value for longer: habit, not the model
LOST_DAYS = 14
OFF_SHARE = 0.03  # of its usual size: shut down
OFF_DAYS = 2
SHIFT = 0.35  # of its usual size, over three days
ABOVE_SEEN = 1.5  # times what was ever seen


@dataclass(frozen=True)
class Panel:
    """The targets of a park with their series, all on one grid, and the surroundings."""

    targets: tuple[Target, ...]
    history: History
    surroundings: Surroundings
    left_out: tuple[Mapping[str, Any], ...] = ()

    def of(self, kind: str) -> list[Target]:
        """The targets of a kind."""
        return [t for t in self.targets if t.kind == kind]

    def outlook(self, kind: str) -> Outlook:
        """What is expected outside for a kind."""
        return {"pv": self.surroundings.pv, "wind": self.surroundings.wind}.get(kind, self.surroundings.load)


@dataclass(frozen=True)
class Models:
    """A trained model for each kind that had enough to learn from."""

    kinds: Mapping[str, Boosted]
    trained_at: int
    digest: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For files."""
        return {
            "kinds": {k: m.as_dict() for k, m in self.kinds.items()},
            "trained_at": self.trained_at,
            "inputs": dict(self.inputs),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], name: str) -> "Models":
        """The models of :meth:`as_dict`."""
        kinds = {k: Boosted.from_dict(m) for k, m in data["kinds"].items()}
        return cls(kinds, data["trained_at"], name, data["inputs"])


def issue(
    panel: Panel,
    models: Models,
    at: int,
    steps: int,
    *,
    start: int | None = None,
    coherent: bool = True,
    as_of: int = 0,
) -> Forecast:
    """The forecast of every target from what was known at ``at``. [s since 1970]

    It begins at ``start``, else at the first full step after ``at``; day-ahead forecasts begin later than they are issued.
    """
    history = panel.history
    step = history.step_s
    begin = -(-(at if start is None else start) // step) * step
    origin = -(-at // step) * step
    leads = np.arange((begin - origin) // step, (begin - origin) // step + steps, dtype=np.int64)
    found: dict[str, SeriesForecast] = {}
    notes: list[Mapping[str, Any]] = list(panel.left_out)
    for kind in ("load", "pv", "wind", "price"):
        targets = panel.of(kind)
        if targets:
            _kind(panel, models.kinds.get(kind), kind, targets, at, origin, leads, found, notes)
    if coherent:
        values = {name: s.values for name, s in found.items()}
        place = {t.id: t for t in panel.targets}
        for name, made in reconciled(panel.targets, values).items():
            whole = found.get(name) or SeriesForecast(place[name], made, "sum")
            found[name] = replace(whole, values=made)
    return Forecast(
        issued_at=_utc(at),
        known_at=_utc(at),
        start=_utc(begin),
        step_s=step,
        steps=steps,
        series=found,
        zone=panel.surroundings.zone,
        as_of=as_of,
        model=models.digest,
        weather=panel.surroundings.source,
        notes=tuple(notes),
        digests={"seen": digest([history.ids, history.seen(at, WINDOW, origin=origin).values.round(9).tolist()])},
    )


def _kind(
    panel: Panel,
    model: Boosted | None,
    kind: str,
    targets: Sequence[Target],
    at: int,
    origin: int,
    leads: Ints,
    found: dict[str, SeriesForecast],
    notes: list[Mapping[str, Any]],
) -> None:
    history = panel.history.pick([t.id for t in targets])
    seen = history.seen(at, WINDOW, origin=origin)
    outside = panel.outlook(kind)(seen, at, leads)
    zone = panel.surroundings.zone
    made = model.predict(seen, leads, outside) if model is not None else None
    sums = {t.parent for t in panel.targets}
    plan: Planned | None = None
    moved: set[str | None] = set()
    if outside is not None and outside.level is not None and outside.level_seen is not None:
        plan = planned(
            seen, np.asarray(outside.level_seen, np.float64), np.asarray(outside.level, np.float64), QUANTILES
        )
        seen = replace(seen, values=np.asarray(plan.values, np.float64))
        moved = _with_plans(targets, outside)
    first = "physics+boosted" if outside is not None and outside.driver is not None else "boosted"
    for i, target in enumerate(targets):
        one = one_seen(seen, i)
        choice, reason, flags = judge(one, model is not None)
        if plan is not None and plan.stopped[i].any():
            flags = (*flags, "planned-stop")
        values = made[i] if made is not None and choice == "boosted" else None
        if target.id in moved:  # its parts know the plan
            continue
        if values is not None and not np.isfinite(values).all():
            values, choice, reason = None, "similar-days", "no-base"
        if values is None and target.id in sums:
            continue  # its parts say more than a simpler rule
        if values is None:
            values, choice, reason = fall_back(history.pick([target.id]), one, choice, reason, at, origin, leads, zone)
            if plan is not None:
                one_plan = Planned(
                    *(getattr(plan, f)[i : i + 1] for f in ("values", "gain", "offset", "rest", "stopped"))
                )
                values = np.asarray(one_plan.brought_down(values[None])[0], np.float64)
            notes.append({"code": f"forecast.reason-{reason}", "target": target.id, "model": choice})
        else:
            choice = first
        for flag in flags:
            notes.append({"code": f"forecast.flag-{flag}", "target": target.id, "model": choice})
        top = highest(history.pick([target.id]), at, target)
        values = np.clip(monotone(values, QUANTILES), target.lowest, top)
        if kind == "pv":
            sun = panel.surroundings.sun(origin + leads * history.step_s)
            if sun is not None:
                values = np.where((sun > 0)[:, None], values, 0.0)
        until = None
        if one.last[0] < one.values.shape[1]:
            until = _utc(int(seen.origin_s - one.last[0] * seen.step_s))
        found[target.id] = SeriesForecast(target, values, choice, reason, flags, until)


def _with_plans(targets: Sequence[Target], outside: Outside) -> set[str | None]:
    """Totals of targets whose plan is not the same all the time: these are told by their parts."""
    assert outside.level is not None
    assert outside.level_seen is not None
    whole = np.concatenate([outside.level_seen, outside.level], axis=1)
    parents = {t.id: t.parent for t in targets}
    found: set[str | None] = set()
    for t, level in zip(targets, np.where(np.isfinite(whole), whole, 1.0), strict=True):
        above = t.parent if level.min() < level.max() else None
        while above is not None:
            found.add(above)
            above = parents.get(above)
    return found


def one_seen(seen: Seen, row: int) -> Seen:
    """One series of what was seen."""
    part = slice(row, row + 1)
    return Seen(seen.ids[part], seen.start_s, seen.step_s, seen.values[part], seen.stuck[part])


def highest(history: History, at: int, target: Target) -> float:
    """The most that is possible: the rating, and half as much again as was ever known where there is a week of it."""
    known = history.values[history.known(at)]
    if len(known) < 7 * 24:
        return target.highest
    return min(target.highest, float(known.max()) * ABOVE_SEEN)


def judge(seen: Seen, has_model: bool) -> tuple[str, str | None, tuple[str, ...]]:
    """The model or rule for one series, the code of why it is not the first choice, and what the data showed."""
    values, day = seen.values[0], seen.day
    known = np.isfinite(values)
    daily = known.reshape(-1, day).mean(axis=1)
    days = int((daily >= 0.5).sum())
    age = float(seen.last[0]) / day
    flags: list[str] = []
    if seen.stuck[0, -2 * day :].any():
        flags.append("stuck")
    if days and daily[-7:].mean() < 0.8 and age < LATE_DAYS:
        flags.append("gap")
    if age >= 1:
        flags.append("late")
    first = int(np.argmax(known)) // day if known.any() else len(daily)
    if 0 < len(daily) - first < NEW_DAYS:
        flags.append("new")
    if days == 0:
        return "climatology", "nothing-known", tuple(flags)
    if _shut(values, day):
        return "zero", "shut-down", (*flags, "shut-down")
    if _shifted(values, day):
        flags.append("level-shift")
    if age > LOST_DAYS:
        return "climatology", "long-silent", tuple(flags)
    if age > LATE_DAYS:
        return "similar-days", "stuck" if "stuck" in flags else "silent", tuple(flags)
    if days < FEW_DAYS:
        return "seasonal-naive", "few-days", tuple(flags)
    if days < 7:
        return "similar-days", "few-days", tuple(flags)
    if not has_model:
        return "similar-days", "no-model", tuple(flags)
    return "boosted", None, tuple(flags)


def _shut(values: Floats, day: int) -> bool:
    recent, before = values[-OFF_DAYS * day :], values[: -OFF_DAYS * day]
    recent, before = recent[np.isfinite(recent)], before[np.isfinite(before)]
    if len(recent) < day or len(before) < 3 * day:
        return False
    size = float(np.median(before))
    return size > 0 and float(np.abs(recent).max()) < OFF_SHARE * size


def _shifted(values: Floats, day: int) -> bool:
    means = _daily(values, day)
    recent, before = means[-3:], means[-24:-3]
    recent, before = recent[np.isfinite(recent)], before[np.isfinite(before)]
    if len(recent) < 3 or len(before) < 10:
        return False
    middle = float(np.median(before))
    outside = bool(recent.min() > before.max() or recent.max() < before.min())
    return outside and abs(float(recent.mean()) - middle) > SHIFT * max(abs(middle), 1e-9)


def _daily(values: Floats, day: int) -> Floats:
    table = values.reshape(-1, day)
    known = np.isfinite(table)
    many = known.sum(axis=1)
    return np.where(many >= day // 2, np.where(known, table, 0).sum(axis=1) / np.maximum(many, 1), np.nan)


def fall_back(
    history: History, seen: Seen, choice: str, reason: str | None, at: int, origin: int, leads: Ints, zone: str
) -> tuple[Floats, str, str | None]:
    """Quantiles by the rule, or by the next simpler one until all values are there; the rule that gave them."""
    if choice == "zero":
        level = seen.values[0][np.isfinite(seen.values[0])][-seen.day :]
        values = np.tile(np.quantile(level, QUANTILES), (len(leads), 1))
        usual = RULES["similar-days"](seen, leads, QUANTILES, zone)[0]
        # it may start again: the longer ahead, the likelier, which only the upper quantiles show
        ahead = (leads + 1) * seen.step_s / DAY
        values[:, -1] = np.where(ahead > 1, np.fmax(values[:, -1], usual[:, -1]), values[:, -1])
        values[:, -2] = np.where(ahead > 2, np.fmax(values[:, -2], usual[:, -2]), values[:, -2])
        return values, "zero", reason
    order = ["similar-days", "weekly-naive", "seasonal-naive", "climatology"]
    names = [choice, *[n for n in order if n != choice]]
    values = np.full((len(leads), len(QUANTILES)), np.nan)
    used = None
    for name in names:
        look = seen
        if name == "climatology":
            span = max((origin - history.start_s) // DAY + 1, 1)
            look = history.seen(at, int(span), origin=origin)
        made = RULES[name](look, leads, QUANTILES, zone)[0]
        need = ~np.isfinite(values)
        if np.isfinite(made).any():
            used = used or name
        values = np.where(need, made, values)
        if np.isfinite(values).all():
            return values, used or name, reason
    if not np.isfinite(values).any():
        return np.zeros_like(values), "unknown", "nothing-known"
    middle = np.nanmean(values, axis=0)
    return np.where(np.isfinite(values), values, middle), used or "climatology", reason


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
