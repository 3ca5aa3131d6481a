"""What somebody may read, whoever shows it: each use case demands its object from the gate itself, and writes nothing."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.text import label, say
from lingtan.base.time import iso, parse_instant
from lingtan.carbon.address import month_text
from lingtan.park.model import channels, owner
from lingtan.services.access.gate import Gate
from lingtan.services.access.policy import Action, Kind, Scope, Thing
from lingtan.services.workspace import Workspace

if TYPE_CHECKING:
    from lingtan.services.keep_run import Run

RULES = "ndrc-910-2025"
MOST_LINES, MOST_POINTS, MOST_ALARMS = 200, 500, 200
TONNE = 10**12
R = Action.READ
Answer = dict[str, Any]


class Reader:
    """Figures of one workspace for one asker. Only accounts that were kept are read; none is made."""

    def __init__(
        self, workspace: Workspace, gate: Gate, lang: str = "en", *, runs: "dict[str, Run] | None" = None
    ) -> None:
        self._space, self._gate, self._lang = workspace, gate, lang
        self._runs = {} if runs is None else runs  # runs that were loaded: they never change

    def park(self) -> Answer:
        """The park in short, and which years were accounted."""
        self._gate.demand(R, Thing(Kind.OVERVIEW))
        info = self._space.park.park
        found = {
            "id": info.id, "name": label(info.name, self._lang, info.id), "region": info.region, "timezone": info.timezone,
            "synthetic": info.synthetic, "years": sorted({str(r["period"])[:4] for r in self._records().values()}),
        }  # fmt: skip
        if self._gate.scope(Kind.ENTERPRISE) is Scope.ALL:
            found["enterprises"] = {e.id: label(e.name, self._lang, e.id) for e in self._space.park.enterprises}
        return found

    def periods(self) -> Answer:
        """Accounts that were kept, and closed periods with their restatements."""
        from lingtan.services.closings import closings

        self._gate.demand(R, Thing(Kind.ACCOUNT))
        keys = ("period", "as_of", "as_of_time", "result", "made_at", "synthetic")
        runs = [
            {"run": k, "rules": r["rules"]["id"], **{n: r.get(n) for n in keys}} for k, r in self._records().items()
        ]
        told = ("id", "kind", "period", "as_of_time", "result", "reason", "made_at")
        closed = [{k: c.record.get(k) for k in told} for c in closings(self._space)]
        return {"runs": runs, "closings": closed}

    def indicators(self, period: str = "", run: str = "") -> Answer:
        """The core indicator and the guiding ones: value, unit, target, whether met, interval, coverage, address."""
        from lingtan.services.show_indicators import show_indicators

        self._gate.demand(R, Thing(Kind.OVERVIEW))
        found, closing = self._chosen(Kind.OVERVIEW, period, run)
        rows = [
            {
                "figure": i.id, "name": say(f"indicator.{i.id}", self._lang), "value": _plain(i.value), "unit": i.unit,
                "target": _plain(i.target), "met": i.met, "excluded": i.excluded, "coverage": _plain(i.coverage),
                "interval": None if i.interval is None else {k: _plain(v) for k, v in vars(i.interval).items()},
                "notes": [str(n) for n in i.notes],
            }
            for i in show_indicators(self._space, found).indicators
        ]  # fmt: skip
        return {"run": self._told(found, closing), "indicators": rows}

    def ledger(
        self,
        measure: str = "co2",
        view: str = "direct",
        where: Mapping[str, str] | None = None,
        period: str = "",
        run: str = "",
    ) -> Answer:
        """One level of the ledger below ``where``; each line has the address of its figure."""
        from lingtan.services.drill_ledger import LEVELS, drill

        asked = {k: v for k, v in (where or {}).items() if v}
        wrong = sorted(set(asked) - set(LEVELS))
        if wrong:
            raise InputError("read.level", level=wrong[0][:60], known=", ".join(LEVELS))
        if self._gate.scope(Kind.ENTRY) is Scope.OWN and "enterprise" not in asked:
            asked = {"enterprise": self._gate.actor.enterprise or "", **asked}
        found, closing = self._chosen(Kind.ENTRY, period, run)
        # who may see the park's account but not its entries gets sums that name no enterprise
        deep = self._gate.scope(Kind.ENTRY) is not None
        thing = (
            Thing(Kind.ENTRY, asked.get("enterprise"), released=closing is not None) if deep else Thing(Kind.ACCOUNT)
        )
        self._gate.demand(R, thing)
        measures = [m.id for m in found.rules.measures]
        if measure not in measures:
            raise InputError("read.measure", measure=measure[:60], known=", ".join(measures))
        made = drill(found, measure, view, asked) if deep else _by_category(found, measure, asked)
        lines = [
            {"level": x.key, "value": x.value, "tonnes": _tonnes(x.micrograms), "micrograms": str(x.micrograms), "count": x.count,
             "figure": x.address or None}
            for x in made.lines[:MOST_LINES]
        ]  # fmt: skip
        total = {"tonnes": _tonnes(made.micrograms), "micrograms": str(made.micrograms), "figure": made.address or None}
        more = len(made.lines) - len(lines)
        return {
            "run": self._told(found, closing), "measure": measure, "view": view, "where": asked, "level": made.level, "total": total,
            "lines": lines, "lines_left_out": more,
        }  # fmt: skip

    def enterprises(self, period: str = "", run: str = "") -> Answer:
        """Totals of enterprises: all, one's own, or under pseudonyms, as the role allows."""
        from lingtan.services.show_enterprises import totals_for

        scope = self._gate.scope(Kind.ENTERPRISE)
        found, closing = self._chosen(Kind.ENTERPRISE, period, run)
        mine = self._gate.actor.enterprise if scope is Scope.OWN else None
        self._gate.demand(R, Thing(Kind.ENTERPRISE, mine, released=closing is not None))
        made = totals_for(self._space, found, self._gate.actor, self._lang, released=closing is not None)
        rows = [
            {"enterprise": t.id, "name": t.name, "direct_t": {m: _tonnes(v) for m, v in t.direct.items()},
             "transfer_t": {m: _tonnes(v) for m, v in t.transfer.items()}}
            for t in made
        ]  # fmt: skip
        return {"run": self._told(found, closing), "enterprises": rows}

    def passport(self, figure: str, run: str = "", depth: int = 3) -> Answer:
        """Where a figure comes from: formula, sums, postings, factors, channels; as deep as the role may look."""
        from lingtan.carbon.address import known, parse_address
        from lingtan.services.access.reach import pruned, reach
        from lingtan.services.explain import explain

        found, closing = self._chosen(Kind.ENTRY, "", run)
        address = parse_address(figure, known(found.account, found.indicators))
        most, thing = reach(self._gate.actor, address, found.park, released=closing is not None)
        self._gate.demand(R, thing)
        deep = max(1, min(depth, most))
        made = explain(self._space, str(address), found, closing=closing, depth=deep)
        return {
            "run": self._told(found, closing), "figure": made.address, "depth": deep, "deepest_allowed": most,
            "recomputed": made.recomputed, "passport": pruned(made.tree.as_dict(), most),
        }  # fmt: skip

    def channels(self) -> Answer:
        """Meter channels that the asker may read, with carrier, unit and owner."""
        scope, park = self._gate.scope(Kind.METER), self._space.park
        mine = self._gate.actor.enterprise if scope is Scope.OWN else None
        self._gate.demand(R, Thing(Kind.METER, mine))
        rows = [
            {"channel": name, "name": label(c.name, self._lang, name), "enterprise": owner(park, m, c), "carrier": c.carrier,
             "activity": str(c.activity), "unit": c.unit}
            for name, (m, c) in sorted(channels(park).items())
            if mine is None or owner(park, m, c) == mine
        ]  # fmt: skip
        return {"channels": rows}

    def series(self, channel: str, start: str, end: str, points: int = 200) -> Answer:
        """The rate of a channel in ``[start, end)`` by stretches: mean, least, greatest; null where nothing is known."""
        from lingtan.services.show_series import show_series

        park = self._space.park
        known = channels(park)
        held = known.get(channel)
        # one that does not exist is the park's: who may not see the park's is not told
        self._gate.demand(R, Thing(Kind.READING, enterprise=owner(park, *held) if held else None))
        if held is None:
            raise InputError("portal.unknown-channel", channel=channel[:60], nearest=nearest(channel, known) or "–")
        zone = park.park.timezone
        few = max(1, min(points, MOST_POINTS))
        made = show_series(self._space, channel, parse_instant(start, zone), parse_instant(end, zone), points=few)
        rows = [
            {"start": iso(made.start + timedelta(seconds=made.step_s * i)), "mean": _number(a), "least": _number(b), "greatest": _number(c)}
            for i, (a, b, c) in enumerate(zip(made.mean, made.least, made.greatest, strict=True))
        ]  # fmt: skip
        return {
            "channel": channel, "unit": made.unit, "step_s": made.step_s, "synthetic": park.park.synthetic, "stretches": rows,
        }  # fmt: skip

    def green(self, period: str = "", run: str = "") -> Answer:
        """Power and heat by kind (direct supply, certificates, own, other) with shares, and by month with addresses."""
        found, closing = self._chosen(Kind.GREEN, period, run)
        self._gate.demand(R, Thing(Kind.GREEN, released=closing is not None))
        sums: dict[tuple[str, str], dict[str, int]] = {}
        months = []
        for (pool, side, kind, month), milli in sorted(found.account.kinds.items()):
            kinds = sums.setdefault((pool, side), {})
            kinds[kind] = kinds.get(kind, 0) + milli
            when = f"{month // 100}-{month % 100:02d}"
            address = f"{pool}/side={side}/kind={kind}/month={when}"
            months.append(
                {
                    "pool": pool,
                    "side": side,
                    "kind": kind,
                    "month": when,
                    "quantity_milli": str(milli),
                    "figure": address,
                }
            )
        year = [
            {"pool": pool, "side": side, "kind": kind, "quantity_milli": str(v), "share": round(v / total, 6) if total else None}
            for (pool, side), kinds in sums.items()
            for total in (sum(kinds.values()),)
            for kind, v in kinds.items()
        ]  # fmt: skip
        return {
            "run": self._told(found, closing),
            "unit": say("read.milli", self._lang),
            "year": year,
            "months": months,
        }

    def alarms(self, state: str = "", limit: int = 50) -> Answer:
        """Alarms, the newest first: all, or one's own."""
        from lingtan.services.alarm_ports import Wanted
        from lingtan.services.say_alarm import alarm_text

        mine = self._gate.actor.enterprise if self._gate.scope(Kind.ALARM) is Scope.OWN else None
        self._gate.demand(R, Thing(Kind.ALARM, mine))
        states = ("open", "acknowledged", "cleared")
        if state and state not in states:
            raise InputError("read.alarm-state", state=state[:60], known=", ".join(states))
        book = self._space.alarms()
        wanted = Wanted(states=[state] if state else None, enterprise=mine)
        found = [] if book.fresh() else book.alarms(wanted, limit=max(1, min(limit, MOST_ALARMS)))
        rows = [
            {"id": a.id, "text": alarm_text(a, self._space.park, self._lang), "severity": a.severity, "state": a.state, "rule": a.rule,
             "enterprise": a.enterprise, "channel": a.channel, "begun": iso(a.begun), "seen": iso(a.seen), "count": a.count}
            for a in found
        ]  # fmt: skip
        return {"alarms": rows}

    def quality(self, period: str = "", run: str = "") -> Answer:
        """How much of each channel's time is covered by readings, and how much of it was estimated. [s]"""
        found, closing = self._chosen(Kind.READING, period, run)
        self._gate.demand(R, Thing(Kind.READING, released=closing is not None))
        keys = ("expected_s", "covered_s", "estimated_s", "rejected_s")
        sums: dict[str, dict[str, int]] = {}
        for c in found.account.coverage:
            mine = sums.setdefault(c.channel, dict.fromkeys(keys, 0))
            for key in keys:
                mine[key] += int(getattr(c, key))
        rows = [
            {
                "channel": k,
                **v,
                "share_covered": round(v["covered_s"] / v["expected_s"], 6) if v["expected_s"] else None,
            }
            for k, v in sums.items()
        ]
        return {"run": self._told(found, closing), "channels": rows}

    # ---- which account ---------------------------------------------------------------------------------------------------

    def _records(self) -> dict[str, Mapping[str, Any]]:
        blobs = self._space.blobs
        names = [n for n in blobs.names("runs/") if n.endswith("/run.json")]
        return {n.split("/")[1]: json.loads(blobs.get(n) or b"{}") for n in names}

    def _chosen(self, kind: Kind, period: str, run: str) -> "tuple[Run, str | None]":
        """The run that is asked for; who sees only what was released gets the newest closing instead of an open run."""
        from lingtan.services.closings import closings, current_closing
        from lingtan.services.explain import find_run

        if not run and self._gate.scope(kind) in (Scope.RELEASED, Scope.PSEUDONYM):
            closed = [c for c in closings(self._space) if not period or c.record["period"] == period]
            if not closed:
                raise InputError("figure.no-run")
            run = closed[-1].id
        if not run:
            mine = [(k, r) for k, r in self._records().items() if r["rules"]["id"] == RULES]
            mine = [(k, r) for k, r in mine if str(r["period"]) == period] if period else mine
            if not mine:
                raise InputError("figure.no-run")
            best = max(
                mine,
                key=lambda kr: (len(str(kr[1]["period"])) == 4, str(kr[1]["period"]), kr[1]["as_of"], kr[1]["made_at"]),
            )
            run = best[0]
        if run not in self._runs:
            while len(self._runs) >= 3:
                self._runs.pop(next(iter(self._runs)))
            self._runs[run] = find_run(self._space, run=run)[0]
        found = self._runs[run]
        if "@" in run:
            return found, run
        held = current_closing(self._space, str(found.record["period"]), found.rules.id)
        open_ = (
            held is None
            or held.record["result"] != found.record["result"]
            or held.record["as_of"] != found.record["as_of"]
        )
        # an open run counts as its closing for those who may see open runs only
        return found, None if open_ or held is None or self._gate.scope(kind) is Scope.RELEASED else held.id

    def _told(self, run: "Run", closing: str | None) -> Answer:
        keys = ("period", "as_of", "as_of_time", "result", "synthetic", "code")
        stale = run.rev != self._space.store.head()
        return {"id": run.id, "closing": closing, "rules": run.rules.id, "newer_readings": stale} | {
            k: run.record[k] for k in keys
        }


def _by_category(run: "Run", measure: str, where: Mapping[str, str]) -> Any:
    """The park's sums by month and category, without anything of single members."""
    from lingtan.services.drill_ledger import Drilled, Line

    wrong = sorted(set(where) - {"month", "category"})
    if wrong:
        raise InputError("read.level", level=wrong[0], known="month, category")
    level = next((k for k in ("month", "category") if k not in where), "category")
    sums: dict[str, list[int]] = {}
    for p in run.account.postings:
        told = {"month": month_text(p.month), "category": p.category}
        if p.measure == measure and p.view == "direct" and all(told[k] == v for k, v in where.items()):
            found = sums.setdefault(told[level], [0, 0])
            found[0] += p.micrograms
            found[1] += 1

    def address(keys: Mapping[str, str]) -> str:
        return measure + "".join(f"/{k}={keys[k]}" for k in ("category", "month") if k in keys)

    lines = tuple(Line(level, v, s, n, address({**where, level: v})) for v, (s, n) in sorted(sums.items()))
    return Drilled(measure, "direct", where, level, lines, sum(s for s, _ in sums.values()), address(where))


def _tonnes(micrograms: int) -> str:
    return f"{Decimal(micrograms) / TONNE:.6f}"


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{float(value):.12g}"
    if hasattr(value, "astimezone"):
        return iso(value.astimezone(UTC))
    return value
