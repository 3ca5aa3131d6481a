"""Certificates of the workspace: import, transfer, cancel, expire; what another park used; the check for double claims."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from lingtan.base.errors import InputError
from lingtan.base.ids import digest_bytes, nearest
from lingtan.base.text import label
from lingtan.carbon.shares import Ints
from lingtan.green.certificates.claims import DoubleClaim, PlantMonth, plant_claims, promised_twice, year_claims
from lingtan.green.certificates.register import CANCELLED, STATES, Event, Register
from lingtan.green.certificates.serials import Ranges, ranges
from lingtan.green.certificates.sheet import issue_events
from lingtan.park.model import Asset, Connection, Park
from lingtan.services.certificate_register import load_register, post
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace, trace_green
from lingtan.services.workspace import Workspace

CLAIMS_SCHEMA = "lingtan-certificate-claims-1"


@dataclass(frozen=True)
class Issued:
    """What an import brought."""

    file: str
    certificates: int
    ranges: int
    batches: int
    rev: int


def today(workspace: Workspace) -> date:
    """The park's day."""
    return workspace.clock().astimezone(ZoneInfo(workspace.park.park.timezone)).date()


def import_certificates(
    workspace: Workspace, path: Path, *, holder: str = "", month: str = "", other_park: str = ""
) -> list[Issued]:
    """Import an issue file, or with ``other_park`` the claims of another park; whole or not at all.

    Raises
    ------
    InputError, DataError
        With the reason and the serials or rows; nothing is changed then.
    """
    on = today(workspace)
    if path.suffix.lower() == ".json":
        return [_import_claims(workspace, path, on, other_park)]
    reader = workspace.files()
    try:
        book = reader.read(path)
    finally:
        reader.close()
    who = known_holder(workspace.park, holder) if holder else operator_of(workspace.park)
    events = []
    for sheet in book.sheets:
        events += issue_events(sheet, on, holder=who, sha256=book.sha256, month=month)
    register = load_register(workspace)
    trial = register
    from lingtan.green.certificates.register import apply

    events = [_named(workspace.park, e) for e in events]
    for event in events:  # all or none
        trial = apply(trial, event)
    found = []
    for event in events:
        register, commit = post(workspace, event, register=register)
        found.append(Issued(book.file, event.ranges.count, len(event.ranges), len(event.batches), commit.rev))
    return found


def _named(park: Park, event: Event) -> Event:
    """Plants of the park by their id, whatever language the file names them in; holders too."""
    things: list[Asset | Connection] = [*park.assets, *park.connections]
    plants = {n: t.id for t in things for n in _names(t)}
    people = {n: e.id for e in park.enterprises for n in _names(e)}
    from dataclasses import replace

    batches = tuple(replace(b, plant=plants.get(b.plant, b.plant)) for b in event.batches)
    holder = str(event.values["holder"])
    return replace(event, batches=batches, values={**event.values, "holder": people.get(holder, holder)})


def _names(thing: Any) -> set[str]:
    return {thing.id, *(label(thing.name, lang) for lang in ("zh", "en") if thing.name is not None)}


def operator_of(park: Park) -> str:
    """Who holds what nobody else is named for."""
    return park.park.operator or "park"


def known_holder(park: Park, name: str) -> str:
    """An enterprise by id or name; anybody else (a buyer) as written."""
    return next((e.id for e in park.enterprises if name in _names(e)), name)


def transfer(workspace: Workspace, serials: Sequence[str], *, holder: str, to: str, reason: str = "") -> Event:
    """Hand certificates on."""
    values = {"holder": known_holder(workspace.park, holder), "to": known_holder(workspace.park, to), "reason": reason}
    event = Event("transfer", today(workspace), ranges(serials), values)
    post(workspace, event)
    return event


def cancel(
    workspace: Workspace,
    serials: Sequence[str],
    *,
    holder: str = "",
    year: int,
    purpose: str = "",
    consumer: str = "",
    reason: str = "",
) -> Event:
    """Cancel certificates for the consumption of a year; ``consumer`` is whose consumption it is, else the holder's."""
    who = known_holder(workspace.park, holder) if holder else operator_of(workspace.park)
    whose = consumer or ("" if who == operator_of(workspace.park) else who)
    if whose and whose not in {e.id for e in workspace.park.enterprises}:
        ids = [e.id for e in workspace.park.enterprises]
        raise InputError("certificates.no-consumer", consumer=whose, nearest=nearest(whose, ids) or ids[0])
    values = {"holder": who, "year": year, "purpose": purpose, "consumer": whose, "reason": reason}
    event = Event("cancel", today(workspace), ranges(serials), values)
    post(workspace, event)
    return event


def expire(workspace: Workspace) -> int:
    """Take out of hand what is past its two years; how many."""
    before = load_register(workspace)
    nothing = Ranges((), *(np.zeros(0, np.int64) for _ in range(3)))
    after, _ = post(workspace, Event("expire", today(workspace), nothing), register=before)
    return sum(int(r.counts[r.state == STATES.index("expired")].sum()) * s for r, s in ((after, 1), (before, -1)))


def claims(workspace: Workspace) -> dict[str, Any]:
    """What this park has cancelled, for another park to check against."""
    register = load_register(workspace)
    mine = np.flatnonzero(register.state == CANCELLED)
    return {
        "schema": CLAIMS_SCHEMA,
        "park": workspace.park.park.id,
        "serials": [register.text(int(i)) for i in mine],
        "certificates": int(register.counts[mine].sum()),
    }


def _import_claims(workspace: Workspace, path: Path, on: date, other_park: str) -> Issued:
    try:
        data = path.read_bytes()
        told = json.loads(data)
        texts = [str(t) for t in told["serials"]]
        park = other_park or str(told["park"])
        known = told["schema"] == CLAIMS_SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("certificates.no-claims", file=path.name) from None
    if not known or park == workspace.park.park.id:
        raise InputError("certificates.no-claims", file=path.name)
    values = {"park": park, "file": path.name, "sha256": digest_bytes(data)}
    event = Event("elsewhere", on, ranges(texts), values)
    _, commit = post(workspace, event)
    return Issued(path.name, event.ranges.count, len(event.ranges), 0, commit.rev)


def lots(register: Register, *, holder: str = "", plant: str = "") -> list[dict[str, Any]]:
    """Certificates by holder, plant, month and state."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for i in range(len(register.first)):
        batch, use = register.batches[int(register.batch[i])], int(register.use[i])
        who, state = register.holders[int(register.holder[i])], STATES[int(register.state[i])]
        if holder not in ("", who) or plant not in ("", batch.plant):
            continue
        year, purpose, consumer = (
            (register.uses[use].year, register.uses[use].purpose, register.uses[use].consumer)
            if use >= 0
            else (None, "", "")
        )
        key = (who, batch.plant, batch.month, batch.kind, batch.tradable, state, year, purpose, consumer)
        cell = found.setdefault(key, [0, i, i])
        cell[0] += int(register.counts[i])
        cell[2] = i
    names = ("holder", "plant", "month", "kind", "tradable", "state", "year", "purpose", "consumer")
    return [
        {
            **dict(zip(names, key, strict=True)),
            "certificates": count,
            "first": register.text(low),
            "last": register.text(high),
        }
        for key, (count, low, high) in sorted(found.items(), key=lambda item: [str(k) for k in item[0]])
    ]


def check_claims(
    workspace: Workspace, period: str, *, listener: Listener = silent, made: GreenTrace | None = None
) -> tuple[list[DoubleClaim], Register, GreenTrace]:
    """Every double claim of a year across the physical, the contractual and the certificate layer."""
    register = load_register(workspace)
    trace = made or trace_green(workspace, period, listener=listener)
    park, year = trace.park, trace.period.year
    people = [*(e.id for e in park.enterprises), operator_of(park), "park"]
    found = plant_claims(register, plants_of(trace), people)
    network = trace.traced.network
    kinds = trace.flows.kinds
    bought = sum(int(t.wh.sum()) for n, t in network.sources.items() if kinds[n] == "grid") // 1000
    use = {e: _not_green(trace, e) // 1000 for e in trace.enterprises}
    stated = sum(c.kwh for c in park.certificates if c.year == year)
    trades = [
        (t.id, t.enterprise, t.plant, sum(t.kwh_by_month.values())) for t in park.tracing.trades if t.year == year
    ]
    found += year_claims(register, year, coverable_kwh=bought, stated_kwh=stated, use_kwh=use, trades=trades)
    found += list(_promised(trace))
    return found, register, trace


def plants_of(trace: GreenTrace) -> list[PlantMonth]:
    """Green plants of the park by month: what they gave, what left the park, what was used inside by hour."""
    columns = {name: k for k, name in enumerate(trace.traced.columns)}
    out: Mapping[str, Ints] = {n: trace.by_consumer[n] for n in trace.flows.exports}
    found = []
    by_plant: dict[str, list[str]] = {}
    for source, kind in trace.flows.kinds.items():
        if kind in ("own_nonfossil", "direct"):
            by_plant.setdefault(trace.flows.points[source], []).append(source)
    for plant, sources in by_plant.items():
        given = np.sum([trace.traced.network.sources[s].wh for s in sources], axis=0)
        exported = np.zeros_like(given)
        for s in sources:
            for rows in out.values():
                exported = exported + rows[columns[s]]
        for month in np.unique(trace.months):
            here = trace.months == month
            used = np.maximum(given[here] - exported[here], 0)
            found.append(
                PlantMonth(plant, int(month), int(given[here].sum()) // 1000, int(exported[here].sum()) // 1000, used)
            )
    return found


def _not_green(trace: GreenTrace, enterprise: str) -> int:
    rows = trace.of(enterprise)
    return sum(
        int(r.sum())
        for c, r in zip(trace.traced.columns, rows, strict=True)
        if trace.kind(c) not in ("direct", "own_nonfossil")
    )


def _promised(trace: GreenTrace) -> list[DoubleClaim]:
    """Agreements on one source that promise more than it gave, by their curves and shares."""
    from lingtan.services.green_contracts import promised_wh

    found = []
    for source, promised, given in promised_wh(trace):
        for month in np.unique(trace.months):
            here = trace.months == month
            claim = promised_twice(source, int(month), promised[here], given[here])
            if claim is not None:
                found.append(claim)
    return found
