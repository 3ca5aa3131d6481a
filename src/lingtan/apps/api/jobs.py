"""What the API asks of the child processes: each job takes the park's folder, a listener and plain arguments, and answers with plain JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lingtan.services.ports import Listener

AXES = ("category", "enterprise", "month")
TOLD = ("id", "period", "as_of", "as_of_time", "result", "code", "synthetic", "rules", "totals")


def factors(root: Path, listener: Listener, *, period: str, rules: str) -> list[dict[str, Any]]:
    """The factors that an account uses."""
    from lingtan.apps.web.job_space import space_of
    from lingtan.base.time import Period
    from lingtan.carbon.account import compile_account
    from lingtan.park.carriers import carriers
    from lingtan.services.run_account import find_rules

    space = space_of(root)
    stated = space.park.accounting
    book = space.factors().with_values(
        stated.carriers, carriers=carriers(space.park), equivalent=stated.equivalent_kgce_per_kwh
    )
    year = Period.parse(period, space.park.park.timezone).year
    used = compile_account(space.park, find_rules(space, rules), book, year).factors()
    keys = ("id", "unit", "source", "source_ref", "source_link", "confidence")
    return [{k: str(getattr(f, k)) for k in keys} | {"value": f"{float(f.value):.12g}"} for f in used.values()]


def difference(root: Path, listener: Listener, *, before: str, after: str, period: str, rules: str) -> dict[str, Any]:
    """Two accounts and the causes of what differs. [µg]"""
    from lingtan.apps.web.job_space import space_of
    from lingtan.carbon.difference import along
    from lingtan.services.compare_runs import compare_runs
    from lingtan.services.restate_period import cause_dict

    made = compare_runs(space_of(root), before, after, period=period, rules=rules, listener=listener)
    measures = sorted({c.measure for c in made.moved})
    return {
        "before": {k: made.before.record[k] for k in TOLD},
        "after": {k: made.after.record[k] for k in TOLD},
        "difference_micrograms": {
            m: {a: {str(k): str(v) for k, v in along(made.moved, m, a).items()} for a in AXES} for m in measures
        },
        "causes": [cause_dict(c) for c in made.causes],
    }


def trace(root: Path, listener: Listener, *, period: str, enterprise: str, step: str) -> dict[str, Any]:
    """Who used which kilowatt-hours. [Wh]"""
    from lingtan.apps.cli.green import known_consumer, trace_json
    from lingtan.apps.web.job_space import space_of
    from lingtan.services.trace_green import trace_green

    made = trace_green(space_of(root), period, step=step, listener=listener)
    known_consumer(made, enterprise)
    return trace_json(made, enterprise)


def scores(root: Path, listener: Listener, *, period: str, enterprise: str) -> dict[str, Any]:
    """Green by hour, month and year, and carbon counted in three ways."""
    from lingtan.apps.cli.green import known_consumer
    from lingtan.apps.cli.green_more import score_json
    from lingtan.apps.web.job_space import space_of
    from lingtan.services.green_scores import green_scores

    made = green_scores(space_of(root), period, enterprise=enterprise, listener=listener)
    known_consumer(made.trace, enterprise)
    return {"trace": made.trace.id, "period": made.trace.period.label, "scores": [score_json(s) for s in made.scores]}


def contracts(root: Path, listener: Listener, *, period: str, enterprise: str) -> list[dict[str, Any]]:
    """Agreements and green trades by month. [Wh]"""
    from lingtan.apps.web.job_space import space_of
    from lingtan.services.green_contracts import green_contracts

    _, found = green_contracts(space_of(root), period, listener=listener)

    def text(value: Any) -> str | None:
        return None if value is None else str(value)

    return [
        {**vars(s), "price_cny_per_kwh": text(s.price_cny_per_kwh), "deviation_wh": s.deviation_wh, "amount_cny": text(s.amount_cny)}
        for s in found
        if enterprise in ("", s.enterprise)
    ]  # fmt: skip


def intensity(root: Path, listener: Listener, *, period: str) -> list[dict[str, Any]]:
    """Carbon intensity of each carrier by hour."""
    from lingtan.apps.web.job_space import space_of
    from lingtan.base.time import iso
    from lingtan.services.green_intensity import green_intensity

    made = green_intensity(space_of(root), period, listener=listener)
    hours = [iso(at) for at in made.hours]

    def plain(value: float) -> float | None:
        return None if value != value else round(float(value), 9)

    return [
        {"hour": at, "carrier": i.carrier, "unit": i.unit, "average": plain(a), "marginal": plain(m)}
        for i in made.carriers
        for at, a, m in zip(hours, i.average, i.marginal, strict=True)
    ]


def ratios(root: Path, listener: Listener, *, period: str) -> dict[str, Any]:
    """The ratios that the notices ask for, now and at the end of the year."""
    from lingtan.apps.cli.green import ratio_json
    from lingtan.apps.web.job_space import space_of
    from lingtan.services.green_rules import green_rules

    made = green_rules(space_of(root), period, listener=listener)
    return {
        "trace": made.trace.id, "period": made.trace.period.label, "hours_with_data": made.hours_with_data,
        "ratios": [ratio_json(r) for r in made.ratios], "at_year_end": [ratio_json(r) for r in made.at_year_end],
        "outlook": made.outlook,
    }  # fmt: skip


def estimate(
    root: Path,
    listener: Listener,
    *,
    reason: str,
    channels: list[str],
    start: str,
    end: str,
    method: str,
    dry_run: bool,
) -> dict[str, Any]:
    """Fill gaps with estimates that name their method."""
    from lingtan.apps.web.job_space import space_of
    from lingtan.base.time import iso, parse_instant
    from lingtan.services.estimate_gaps import estimate_gaps

    space = space_of(root)
    zone = space.park.park.timezone
    first, last = (parse_instant(x, zone) if x else None for x in (start, end))
    made = estimate_gaps(space, first, last, reason=reason, channels=channels, method=method, dry_run=dry_run)
    gaps = [
        {"channel": f.channel, "start": iso(f.start), "end": iso(f.end), "steps": f.steps, "method": f.method.name.lower(),
         "total": None if f.total is None else str(f.total), "why": f.why}
        for f in made.filled
    ]  # fmt: skip
    rev = made.edit.commit.rev if made.edit.commit else None
    return {"rev": rev, "rows": made.edit.rows.num_rows, "gaps": gaps}


def revert(root: Path, listener: Listener, *, rev: int, reason: str, dry_run: bool) -> dict[str, Any]:
    """Take a commit back."""
    from lingtan.apps.web.job_space import space_of
    from lingtan.services.revert import revert_commit

    made = revert_commit(space_of(root), rev, reason=reason, dry_run=dry_run)
    new = made.edit.commit.rev if made.edit.commit else None
    return {"rev": new, "rows": made.edit.rows.num_rows, "kept": made.kept}


API_JOBS: dict[str, Callable[..., Any]] = {
    "contracts": contracts,
    "difference": difference,
    "estimate": estimate,
    "factors": factors,
    "intensity": intensity,
    "ratios": ratios,
    "revert": revert,
    "scores": scores,
    "trace": trace,
}
