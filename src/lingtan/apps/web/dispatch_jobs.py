"""Dispatch work of the child processes: plan, solve again without a limit, roll on the simulated plant, backtest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lingtan.apps.web.job_space import space_of
from lingtan.services.ports import Listener, Progress


def plan(
    root: Path,
    listener: Listener,
    *,
    by: str,
    at: str = "",
    hours: int | None = None,
    step: int | None = None,
    scenarios: int = 0,
    linear: bool = False,
) -> dict[str, Any]:
    """A proposal for the next hours."""
    from lingtan.base.time import parse_instant
    from lingtan.services.forecast_models import default_at
    from lingtan.services.plan_dispatch import plan_dispatch
    from lingtan.wiring import forecast_sources, workspace_audit

    space = space_of(root)
    start = parse_instant(at, space.park.park.timezone) if at else default_at(space)
    made = plan_dispatch(
        space, start=start, by=by, audit=workspace_audit(root), hours=hours, step_minutes=step, scenarios=scenarios,
        linear=linear, sources=forecast_sources(space), listener=listener,
    )  # fmt: skip
    worth = None if made.two_stage is None else made.two_stage.as_dict()
    return {
        "schedule": made.schedule.id,
        "status": made.schedule.status,
        "cost_cny": made.schedule.cost_cny,
        "scenarios": worth,
    }


def without(root: Path, listener: Listener, *, schedule: str, limit: str, asset: str = "") -> dict[str, Any]:
    """The horizon solved again without a limit."""
    from lingtan.services.dispatch_store import kept_schedule
    from lingtan.services.explain_dispatch import without_limit

    space = space_of(root)
    other = without_limit(space, kept_schedule(space, schedule), limit, asset)
    moved = [{"point": n, "steps": s, "most_kw": most} for n, (s, most) in other.moved.items()]
    return {
        "limit": other.limit,
        "asset": other.asset,
        "saves_cny": other.saves_cny,
        "moved": sorted(moved, key=lambda m: -float(m["most_kw"])),
    }


def check(root: Path, listener: Listener, *, schedule: str, asset: str = "") -> dict[str, Any]:
    """Every step of a schedule's reasons, solved again without what it names."""
    from dataclasses import asdict

    from lingtan.services.dispatch_store import kept_schedule
    from lingtan.services.explain_dispatch import check_reasons

    space = space_of(root)
    found = [asdict(c) for c in check_reasons(space, kept_schedule(space, schedule), asset)]
    totals = {k: sum(c[k] for c in found) for k in ("confirmed", "degenerate", "refuted", "moved")}
    return {"schedule": schedule, "asset": asset, "total": sum(totals.values()), **totals, "reasons": found}


def roll(
    root: Path,
    listener: Listener,
    *,
    by: str,
    at: str,
    steps: int = 4,
    hours: int = 24,
    auto: bool = False,
    silent: list[str] | None = None,
) -> dict[str, Any]:
    """Measure, plan, hand over, step after step, on the simulated plant."""
    from lingtan.base.time import parse_instant
    from lingtan.services.dispatch_kept import keep_roll
    from lingtan.services.roll_dispatch import roll_dispatch
    from lingtan.wiring import forecast_sources, simulated_plant, workspace_audit

    space = space_of(root)
    listener(Progress("dispatch-roll", 0, None))
    rolled = roll_dispatch(
        space, parse_instant(at, space.park.park.timezone), simulated_plant, audit=workspace_audit(root), by=by,
        steps=steps, hours=hours, auto=auto, silent=silent or (), sources=forecast_sources(space), listener=listener,
    )  # fmt: skip
    return {
        "roll": keep_roll(space, rolled, by=by, steps=steps, hours=hours, auto=auto),
        "alarms": len(rolled.alarms),
        "schedules": [s.id for s in rolled.schedules],
    }


def backtest(
    root: Path, listener: Listener, *, period: str, ways: list[str], expect: str = "forecast"
) -> dict[str, Any]:
    """What the past would have cost under each way to run."""
    from lingtan.services.backtest_dispatch import backtest_dispatch
    from lingtan.services.dispatch_kept import keep_backtest
    from lingtan.wiring import forecast_sources

    space = space_of(root)

    def hear(way: str, done: int, total: int) -> None:
        listener(Progress(f"dispatch-way-{way}", done, total))

    made = backtest_dispatch(
        space, period, ways=tuple(ways), expect=expect, sources=forecast_sources(space), hear=hear, listener=listener
    )
    return {"backtest": keep_backtest(space, made), "ways": [o["way"] for o in made["outcomes"]]}


DISPATCH_JOBS: dict[str, Callable[..., Any]] = {
    "dispatch_backtest": backtest,
    "dispatch_check": check,
    "dispatch_plan": plan,
    "dispatch_roll": roll,
    "dispatch_without": without,
}
