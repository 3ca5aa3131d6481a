"""Rolling dispatch: measure, plan, hand over, step after step; what fails is survived and told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lingtan.base.errors import DataError, InputError, SolveError, SourceError
from lingtan.base.time import iso
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.planner import RESERVE, Planner, Step, state_after
from lingtan.optimize.dispatch.record import STORES, Description
from lingtan.optimize.dispatch.schedule import Schedule, make_schedule
from lingtan.services.access.ports import AuditLog
from lingtan.services.dispatch_ports import Measured, Plant
from lingtan.services.hand_over import Sent, Supervisor

Expect = Callable[[Horizon, State], Inputs]
MAX_AGE_H = 6.0  # of an older forecast that stands in for a late one


@dataclass
class Rolled:
    """What happened in a rolling run."""

    schedules: list[Schedule] = field(default_factory=list)
    sent: list[tuple[datetime, list[Sent]]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)


class Rolling:
    """One description run step after step; the model stays loaded and the last good answer is remembered."""

    def __init__(
        self, description: Description, expect: Expect, plant: Plant, audit: AuditLog, *, time_limit_s: float = 1.0
    ) -> None:
        self.description, self.expect, self.plant, self.audit = description, expect, plant, audit
        self.planner = Planner(description, time_limit_s=time_limit_s, reserve=RESERVE)
        self.supervisor = Supervisor(description, audit)
        self.approved: Schedule | None = None
        self.inputs: Inputs | None = None
        self._state = State()
        self._left: State | None = None  # where the last approved plan leaves the park after its first step
        self._month: int | None = None

    def step(
        self,
        at: datetime,
        rolled: Rolled,
        *,
        steps: int,
        by: str,
        approve: Callable[[Schedule], Schedule] = lambda s: s,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """One step: the newest approved schedule is handed over, whatever failed on the way to a newer one."""
        measured, alarms = self.supervisor.measured(self.plant, at)
        rolled.alarms += alarms
        self._state = self._after(measured)
        horizon = Horizon(at, steps, self.description.step_minutes, self.description.timezone)
        inputs = self._expected(horizon, rolled)
        if inputs is not None:
            try:
                plan = self.planner.plan(inputs)
                rolled.ways.append(plan.way)
                if plan.way == "previous-commitment":
                    rolled.alarms.append(
                        {"code": "dispatch.alarm-slow", "at": iso(at), "values": {"limit_s": self.planner.time_limit_s}}
                    )
                self._seen_peaks(measured, plan)
                schedule = approve(make_schedule(self.description, self.planner, plan, by=by, at=at))
                rolled.schedules.append(schedule)
                self._left = None
                if schedule.status == "approved":
                    self.approved, self._left = schedule, state_after(self.description, plan, 1)
            except SolveError as error:
                rolled.alarms.append({"code": "dispatch.alarm-no-plan", "at": iso(at), "values": {"why": error.code}})
        sent, alarms = self.supervisor.hand_over(self.approved, self.plant, at=at, overrides=overrides, by=by)
        rolled.alarms += alarms
        rolled.sent.append((at, sent))

    def _expected(self, horizon: Horizon, rolled: Rolled) -> Inputs | None:
        """What is expected; a late forecast is stood in for by the last one, shifted, while it is not too old."""
        try:
            self.inputs = self.expect(horizon, self._state)
            return self.inputs
        except (DataError, InputError, SourceError) as error:  # a table that is being written counts as late
            rolled.alarms.append(
                {"code": "dispatch.alarm-late", "at": iso(horizon.start), "values": {"why": error.code}}
            )
        last = self.inputs
        if last is None:
            return None
        shift = round((horizon.start - last.horizon.start) / timedelta(minutes=horizon.step_minutes))
        if shift * horizon.hours > MAX_AGE_H or shift >= horizon.steps:
            return None
        index = [min(t + shift, last.horizon.steps - 1) for t in range(horizon.steps)]
        series = {k: v[index] for k, v in last.series.items()}
        prices = {
            k: replace(
                p, import_cny_per_kwh=p.import_cny_per_kwh[index], export_cny_per_kwh=p.export_cny_per_kwh[index]
            )
            for k, p in last.prices.items()
        }
        months = len(set(horizon.months().tolist()))
        prices = {k: replace(p, demand_cny_per_kw=p.demand_cny_per_kw[-months:]) for k, p in prices.items()}
        return Inputs(horizon, series, prices, self._state, dict.fromkeys(series, "last-shifted"))

    def _after(self, measured: Measured | None) -> State:
        """The measured state; what nobody measures, and a silent plant, is taken to be where the last plan left it."""
        left = self._left or self._state
        if measured is None:
            return replace(left, peak_kw=self._state.peak_kw)
        content = {u.id: measured.content_kwh.get(u.id, 0.0) for u in self.description.units if u.kind in STORES}
        content |= {f.id: measured.content_kwh[f.id] for f in self.description.fleets if f.id in measured.content_kwh}
        pipes = [u.id for u in self.description.units if u.kind == "network"]
        outputs = {k: v for k, v in left.output_kw.items() if k.split(".")[0] in pipes}  # heat under way
        outputs |= {k: v * self._rated(k) for k, v in measured.power_kw.items()}
        on, before = dict(measured.on), self._state
        h = self.description.step_minutes / 60
        so = {k: h + (before.hours_so.get(k, 0.0) if v == before.on[k] else 0.0) for k, v in on.items()
              if k in before.on and (v != before.on[k] or k in before.hours_so)}  # fmt: skip
        return State(content, on, outputs, before.peak_kw, left.backlog_kwh, so)

    def _rated(self, asset: str) -> float:
        unit = self.description.unit(asset)
        if unit is None or unit.kind in STORES:
            return 1.0
        return (unit.efficiency or 1.0) if unit.kind in ("chp", "boiler", "electric_boiler", "fuel_cell") else 1.0

    def _seen_peaks(self, measured: Measured | None, plan: Step) -> None:
        """The month's peak follows what the connection takes now: as measured, else as planned from what is measured elsewhere."""
        month = plan.inputs.horizon.months()[0]
        if self._month is not None and month != self._month:
            self._state = replace(self._state, peak_kw={})
        self._month = month
        told = measured.power_kw if measured else {}
        self.note_peak({g.id: told.get(g.id, float(plan.series[f"{g.id}.import"][0])) for g in self.description.grids})

    def note_peak(self, peaks: Mapping[str, float]) -> None:
        """Carry the month's highest import."""
        held = dict(self._state.peak_kw)
        for grid, kw in peaks.items():
            held[grid] = max(held.get(grid, 0.0), kw)
        self._state = replace(self._state, peak_kw=held)
