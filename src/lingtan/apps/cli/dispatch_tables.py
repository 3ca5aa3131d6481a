"""Tables and sentences of ``lingtan dispatch``."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from lingtan.apps.cli.options import table
from lingtan.base.text import say
from lingtan.services.dispatch_words import assumption_text, note_text, reason_text, source_text

if TYPE_CHECKING:
    from lingtan.optimize.dispatch.counterfactual import Without
    from lingtan.optimize.dispatch.derive import Note
    from lingtan.optimize.dispatch.scenarios import TwoStage
    from lingtan.optimize.dispatch.schedule import Schedule
    from lingtan.services.explain_dispatch import Checked
    from lingtan.services.run_dispatch import Rolled

SHOWN_POINTS = (".charge", ".discharge", ".power", ".input", ".import", ".export", ".put-off", ".caught-up", ".forth")
MOST_REASONS = 60


def _clock(schedule: "Schedule", step: int, zone: str) -> str:
    at = schedule.start + timedelta(minutes=schedule.step_minutes * step)
    return f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"


def print_schedule(schedule: "Schedule", notes: "Sequence[Note]", lang: str) -> None:
    """The head, energies and extremes of each set-point, soft limits broken, assumptions."""
    hours = schedule.step_minutes / 60
    gap = abs(schedule.cost_cny - schedule.lower_bound_cny) / max(abs(schedule.cost_cny), 1.0)
    typer.echo(
        say(
            "dispatch.head",
            lang,
            id=schedule.id,
            status=say(f"dispatch.status-{schedule.status}", lang),
            cost=f"{schedule.cost_cny:,.0f}",
            tonnes=f"{schedule.emissions_kg / 1000:,.1f}",
            way=say(f"dispatch.solved-{schedule.way}", lang),
            gap=f"{gap:.2%}",
        )
    )
    rows = []
    for name, values in schedule.set_points.items():
        if name.endswith(SHOWN_POINTS) and max(values) > 1e-3 and "~" not in name:
            rows.append([name, f"{sum(values) * hours:,.0f}", f"{max(values):,.0f}", f"{values[0]:,.0f}"])
    keys = ("point", "energy", "highest", "first")
    table(say("dispatch.points", lang), [say(f"dispatch.column-{k}", lang) for k in keys], rows, right=(1, 2, 3))
    for broken in schedule.violations:
        amount = f"{broken['amount']:,.1f}"
        typer.echo(say("dispatch.broken", lang, limit=broken["limit"], amount=amount, unit=broken["unit"]))
    sources = sorted({source_text(s, lang) for s in schedule.sources.values()})
    if sources:
        typer.echo(say("dispatch.from", lang, sources=", ".join(sources)))
    for given in schedule.notes:
        typer.echo(note_text(given, lang))
    for note in notes:
        typer.echo(assumption_text(vars(note), lang))


def _local(stamp: str, zone: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def print_schedules(
    found: "Sequence[Schedule]", held: Mapping[str, Any], alarms: Sequence[Mapping[str, Any]], zone: str, lang: str
) -> None:
    """All schedules, what is held by hand, the newest alarms."""
    rows = [
        [s.id, say(f"dispatch.status-{s.status}", lang), f"{s.cost_cny:,.0f}", ", ".join(a.by for a in s.approvals)]
        for s in found
    ]
    keys = ("schedule", "status", "cost", "approved")
    table(say("dispatch.schedules", lang), [say(f"dispatch.column-{k}", lang) for k in keys], rows, right=(2,))
    for asset, hold in held.items():
        until = _local(hold["until"], zone)
        typer.echo(say("dispatch.holds", lang, asset=asset, kw=hold["kw"], until=until, by=hold["by"]))
    for alarm in alarms[-10:]:
        typer.echo(f"{_local(alarm['at'], zone)} {say(alarm['code'], lang, **alarm['values'])}")


def print_explanation(schedule: "Schedule", asset: str, zone: str, lang: str) -> None:
    """Reasons by asset and time, binding limits, what would change the plan."""
    rows = []
    for reason in schedule.reasons:
        if (asset and reason["asset"] != asset) or (not asset and reason["action"] == "rest"):
            continue
        first, last = (_clock(schedule, reason[k], zone) for k in ("first", "last"))
        span = f"{first}–{last[6:] if last[:5] == first[:5] else last}"
        action = say(f"dispatch.action-{reason['action']}", lang)
        rows.append([reason["asset"], span, action, f"{reason['energy_kwh']:,.0f}", reason_text(reason, lang)])
    keys = ("asset", "time", "action", "energy", "why")
    table(
        say("dispatch.reasons", lang),
        [say(f"dispatch.column-{k}", lang) for k in keys],
        rows[:MOST_REASONS],
        right=(3,),
    )
    for binding in schedule.bindings:
        limit = say(f"dispatch.limit-{binding['limit']}", lang)
        worth = f"{binding['saves_per_unit']:,.3f}"
        typer.echo(
            say(
                "dispatch.binds",
                lang,
                limit=limit,
                asset=binding["asset"],
                steps=binding["steps"],
                worth=worth,
                unit=binding["unit"],
            )
        )
    for change in schedule.changes[:8]:
        at = _clock(schedule, change["step"], zone)
        typer.echo(
            say(f"dispatch.{change['code']}", lang, asset=change["asset"], at=at, by=f"{change['by_cny_per_kwh']:.3f}")
        )
    for broken in schedule.violations:
        typer.echo(
            say("dispatch.broken", lang, limit=broken["limit"], amount=f"{broken['amount']:,.1f}", unit=broken["unit"])
        )


def print_checked(schedule: "Schedule", checked: "Sequence[Checked]", zone: str, lang: str) -> None:
    """Each reason with how many of its steps the test confirms, finds tied, refutes; and all of them."""
    rows = []
    for one in checked:
        reason = schedule.reasons[one.number]
        first, last = (_clock(schedule, reason[k], zone) for k in ("first", "last"))
        counts = [str(n) if n else "" for n in (one.confirmed, one.degenerate, one.refuted, one.moved)]
        action = say(f"dispatch.action-{reason['action']}", lang)
        rows.append([reason["asset"], f"{first}–{last[6:]}", action, reason_text(reason, lang), *counts])
    keys = ("asset", "time", "action", "why", "confirmed", "tied", "refuted", "moved")
    table(say("dispatch.reasons", lang), [say(f"dispatch.column-{k}", lang) for k in keys], rows, right=(4, 5, 6, 7))
    whole = {k: sum(getattr(c, k) for c in checked) for k in ("confirmed", "degenerate", "refuted", "moved")}
    typer.echo(say("dispatch.checked", lang, total=sum(whole.values()), **whole))


def print_without(other: "Without", lang: str) -> None:
    """What the plan saves without a limit, and what moves."""
    limit = say(f"dispatch.limit-{other.limit}", lang)
    typer.echo(say("dispatch.without", lang, limit=limit, saves=f"{other.saves_cny:,.2f}", count=len(other.moved)))
    for name, (steps, most) in sorted(other.moved.items(), key=lambda item: -item[1][1])[:12]:
        typer.echo("  " + say("dispatch.moves", lang, name=name, steps=steps, most=f"{most:,.0f}"))


def print_scenarios(found: "TwoStage", lang: str) -> None:
    """What planning on scenarios is worth, and what knowing would be."""
    numbers = {k: f"{v:,.0f}" if v is not None else "∞" for k, v in found.as_dict().items()}
    typer.echo(say("dispatch.scenarios", lang, **numbers))


def print_roll(rolled: "Rolled", zone: str, lang: str) -> None:
    """What was sent in each step, and the alarms."""
    rows = []
    for at, sent in rolled.sent:
        for s in sent:
            got = say("dispatch.no-answer", lang) if s.acknowledged_kw is None else f"{s.acknowledged_kw:,.0f}"
            if abs(s.sent_kw) > 1e-3 or s.acknowledged_kw is None:
                rows.append(
                    [
                        f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}",
                        s.asset,
                        f"{s.sent_kw:,.0f}",
                        got,
                        say(f"dispatch.source-{s.source}", lang),
                    ]
                )
    keys = ("time", "asset", "sent", "answered", "source")
    table(say("dispatch.handed", lang), [say(f"dispatch.column-{k}", lang) for k in keys], rows, right=(2, 3))
    for alarm in rolled.alarms:
        at = datetime.fromisoformat(alarm["at"]).astimezone(ZoneInfo(zone))
        typer.echo(f"{at:%m-%d %H:%M} {say(alarm['code'], lang, **alarm['values'])}")


def print_backtest(result: Mapping[str, Any], lang: str) -> None:
    """One row for each way to run."""
    rows = []
    for o in result["outcomes"]:
        cycles = ", ".join(f"{k} {v:,.0f}" for k, v in o["cycles"].items())
        rows.append(
            [
                say(f"dispatch.way-{o['way']}", lang), f"{o['cost_cny'] / 1e4:,.1f}", f"{o['demand_cny'] / 1e4:,.1f}",
                f"{o['emissions_t']:,.0f}", f"{o['green_share']:.1%}", f"{o['peak_kw'] / 1000:,.1f}", cycles,
                f"{o['regret_cny'] / 1e4:,.1f}", f"{o['regret_t']:,.0f}",
            ]
        )  # fmt: skip
    keys = ("way", "cost10k", "demand10k", "emissions", "green", "peak", "cycles", "regret", "regret_t")
    title = say("dispatch.backtest", lang, period=result["period"])
    table(title, [say(f"dispatch.column-{k}", lang) for k in keys], rows, right=(1, 2, 3, 4, 5, 7, 8))
    typer.echo(
        say(
            "dispatch.backtest-note",
            lang,
            expected=say(f"dispatch.expected-{result['expected_from']}", lang),
            habit=say(f"dispatch.habit-{result['habit_from']}", lang),
        )
    )
    for name, share in result["filled"].items():
        typer.echo(say("dispatch.filled", lang, series=name, share=f"{share:.1%}"))
    for note in result["assumptions"]:
        typer.echo(assumption_text(note, lang))
