"""A schedule in words and numbers, as the pages of dispatch tell it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from starlette.requests import Request

from lingtan.apps.web.pages.gantt import set_point
from lingtan.apps.web.render import num
from lingtan.base.errors import LingtanError
from lingtan.base.text import label, say, sentences
from lingtan.optimize.dispatch.record import Description, Fleet, Need, Unit
from lingtan.optimize.dispatch.schedule import Schedule
from lingtan.park.model import Park
from lingtan.services.dispatch_flows import needs
from lingtan.services.dispatch_store import kept_schedule, schedule_ids
from lingtan.services.dispatch_words import note_text, reason_text, source_text

LOOKED = 60  # newest schedules that are looked through
GREEN = ("pv", "wind", "direct_line")


def newest(space: Any) -> list[Schedule]:
    """The newest schedules, the last made first."""
    found = [kept_schedule(space, name) for name in schedule_ids(space)[-LOOKED:]]
    return sorted(found, key=lambda s: s.made_at, reverse=True)


def names_of(park: Park, description: Description, lang: str) -> dict[str, str]:
    """What units, grids, fleets and needs are called."""
    lines = {c.id: c.name for c in park.connections}
    assets = {a.id: a.name for a in park.assets}
    found = {g.id: label(lines.get(g.id), lang, g.id) for g in description.grids}
    parts: list[Unit | Fleet | Need] = [*description.units, *description.fleets, *description.needs]
    for part in parts:
        found[part.id] = label(part.name or assets.get(part.id) or lines.get(part.id), lang, part.id)
    for need in description.needs:
        key = f"dispatch-portal.{need.id}"
        if need.name is None and key in sentences(lang):
            found[need.id] = say(key, lang)
    return found


def node_word(node: str, lang: str) -> str:
    """A node in words, where it is a usual one."""
    key = f"dispatch-portal.node-{node}"
    return say(key, lang) if key in sentences(lang) else node


def point_word(point: str, names: dict[str, str], lang: str) -> str:
    """A set-point's column in words."""
    asset, _, column = point.rpartition(".")
    key = f"dispatch-portal.point-{column}"
    name = names.get(asset, names.get(asset.removesuffix("-shift").removesuffix("-cut"), asset))
    return f"{name} · {say(key, lang) if key in sentences(lang) else column}"


def condition_word(name: str, names: dict[str, str], lang: str) -> str:
    """A condition of a plan in words: a node, or an asset's column."""
    return point_word(name, names, lang) if "." in name else names.get(name, node_word(name, lang))


def reason_line(one: Schedule, number: int, names: dict[str, str], lang: str, space: Any) -> dict[str, Any]:
    """A reason as a line: who, from when to when, what, how much, why."""
    reason = one.reasons[number]
    hours = (reason["last"] - reason["first"]) * one.step_minutes / 60
    first, last = (f"{at_step(one, reason[k], space):%m-%d %H:%M}" for k in ("first", "last"))
    return {
        "number": number, "asset": reason["asset"], "name": names.get(reason["asset"], reason["asset"]),
        "span": f"{first} – {last[6:] if last[:5] == first[:5] else last}",
        "action": reason["action"], "word": say(f"dispatch.action-{reason['action']}", lang), "energy_kwh": reason["energy_kwh"],
        "mean_kw": reason["energy_kwh"] / hours if hours else 0.0, "hours": hours, "why": reason_text(reason, lang), "code": reason["code"],
    }  # fmt: skip


def bindings(one: Schedule, names: dict[str, str], lang: str) -> list[dict[str, Any]]:
    """The limits that hold the cost up, with what a unit more would save."""
    return [
        {**b, "word": say(f"dispatch.limit-{b['limit']}", lang), "name": names.get(b["asset"], b["asset"]), "hours": b["steps"] * one.step_minutes / 60}
        for b in one.bindings
    ]  # fmt: skip


def changes(one: Schedule, names: dict[str, str], lang: str, space: Any) -> list[dict[str, Any]]:
    """What would change the plan, as sentences."""
    return [
        {**c, "text": say(f"dispatch.{c['code']}", lang, asset=names.get(c["asset"], c["asset"]), at=f"{at_step(one, c['step'], space):%m-%d %H:%M}", by=f"{c['by_cny_per_kwh']:.3f}")}
        for c in one.changes
    ]  # fmt: skip


def broken(violation: Any, lang: str) -> str:
    """A soft limit that the plan breaks, as a sentence."""
    return say(
        "dispatch.broken", lang, limit=violation["limit"], amount=num(violation["amount"], 1), unit=violation["unit"]
    )


def sources(one: Schedule, lang: str) -> dict[str, list[str]]:
    """Series by where their expectation came from."""
    found: dict[str, list[str]] = {}
    for name, source in one.sources.items():
        found.setdefault(source_text(source, lang), []).append(name)
    return found


def assumed(one: Schedule, names: dict[str, str], lang: str) -> list[str]:
    """What the plan itself took for granted, in sentences."""
    return [note_text(note, lang, names) for note in one.notes]


def hourly(description: Description, one: Schedule, reason: Any, space: Any) -> list[dict[str, Any]]:
    """The hours of a stretch: mean set-point and the price at the asset's node."""
    kw = set_point(one, reason["asset"])
    unit = description.unit(reason["asset"])
    grid = next((g for g in description.grids if g.id == reason["asset"]), None)
    node = grid.node if grid else (unit.output or unit.input or "") if unit else ""
    price = np.asarray(one.prices.get(node, []), float)
    per = max(1, 60 // one.step_minutes)
    rows = []
    for low in range(reason["first"], reason["last"], per):
        part = slice(low, min(low + per, reason["last"]))
        rows.append(
            {"at": f"{at_step(one, low, space):%m-%d %H:%M}", "kw": float(kw[part].mean()), "price": float(price[part].mean()) if len(price) else None}
        )  # fmt: skip
    return rows


def totals(one: Schedule, found: list[Any]) -> dict[str, float | None]:
    """Energies of the horizon. [kWh]"""
    hours = one.step_minutes / 60

    def energy(groups: tuple[str, ...], into: bool) -> float:
        return float(
            sum(f.kw.sum() for f in found if f.node == "electricity" and f.group in groups and f.into is into) * hours
        )

    use = needs(list(found), "electricity")
    total = float(use.sum() * hours) if use is not None else None
    bought = [f.kw for f in found if f.group == "grid" and f.into]
    green = energy(GREEN, True) - energy(("grid",), False)
    return {
        "use": total, "import": energy(("grid",), True), "export": energy(("grid",), False), "green": green / total if total else None,
        "peak_kw": float(np.sum(bought, axis=0).max()) if bought else None,
        "gap": abs(one.cost_cny - one.lower_bound_cny) / max(abs(one.cost_cny), 1.0),
    }  # fmt: skip


def status_of(one: Schedule, now: datetime) -> str:
    """The status as it is now: a proposal that nobody approved in time has expired."""
    return "expired" if one.status == "proposed" and now >= one.valid_until else one.status


def clock(one: Schedule, space: Any) -> dict[str, Any]:
    """The time axis of a chart."""
    zone = ZoneInfo(one_zone(space))
    offset = int((one.start.astimezone(zone).utcoffset() or timedelta()).total_seconds())
    return {"start": int(one.start.timestamp()), "step": one.step_minutes * 60, "offset": offset}


def at_step(one: Schedule, step: int, space: Any) -> datetime:
    """The beginning of a step in the park's time."""
    return (one.start + timedelta(minutes=one.step_minutes * step)).astimezone(ZoneInfo(one_zone(space)))


def end_of(one: Schedule) -> datetime:
    """Where a schedule ends."""
    return one.start + timedelta(minutes=one.step_minutes * one.steps)


def one_zone(space: Any) -> str:
    """The park's zone."""
    return str(space.park.park.timezone)


def defaults(request: Request) -> dict[str, str]:
    """What forms propose: the last full day that there are readings of, or now."""
    from lingtan.services.forecast_models import default_at

    space = request.app.state.portal.space()
    try:
        at = default_at(space).astimezone(ZoneInfo(one_zone(space)))
    except LingtanError:
        return {"at": ""}
    day = at.replace(hour=0, minute=0)
    return {"at": f"{day - timedelta(days=1) if at == day else day:%Y-%m-%dT%H:%M}"}


def rounded(values: Any) -> list[float]:
    return [round(float(v), 2) for v in values]
