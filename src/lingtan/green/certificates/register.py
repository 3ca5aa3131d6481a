"""The register: which serials there are, who holds them, and what became of them. Events make a new register or are refused.

The rules (国家能源局 implementing rules of 2026; numbers in docs/rules): a certificate is 1 MWh and is issued once; self-used
and off-grid power gives one that cannot be traded, storage gives none; it is valid for two years after the month of
generation; one that is cancelled stays so; from consumption year 2026 on its year of generation is the year of consumption.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from lingtan.base.errors import DataError
from lingtan.carbon.shares import Ints
from lingtan.green.certificates.serials import Ranges, serial_range

HELD, CANCELLED, EXPIRED, ELSEWHERE = range(4)
STATES = ("held", "cancelled", "expired", "elsewhere")
VALID_YEARS = 2
SAME_YEAR_FROM = 2026  # consumption year from which vintage and consumption must be of one year
KWH = 1000
NO_STORAGE = ("storage", "battery", "储能")


@dataclass(frozen=True)
class Batch:
    """What certificates of one issue have in common. ``month`` is yyyymm of generation."""

    plant: str
    month: int
    kind: str = ""
    tradable: bool = True
    source: str = ""  # the file, or the trade that they came with

    @property
    def year(self) -> int:
        """The vintage."""
        return self.month // 100

    @property
    def last_month(self) -> int:
        """The last month in which it is valid, yyyymm."""
        return self.month + 100 * VALID_YEARS


@dataclass(frozen=True)
class Use:
    """What certificates were cancelled for: a year of consumption, a purpose, and whose consumption."""

    year: int
    purpose: str = ""
    consumer: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to serials. ``kind``: issue, transfer, cancel, expire, elsewhere.

    ``batches`` and ``batch`` (of each range) belong to an issue; ``values`` are holder, to, year, purpose, consumer, park,
    and ``sha256`` of the file that brought it.
    """

    kind: str
    on: date
    ranges: Ranges
    values: Mapping[str, Any] = field(default_factory=dict)
    batches: tuple[Batch, ...] = ()
    batch: Ints | None = None


def _ints(*values: int) -> Ints:
    return np.array(values, np.int64)


@dataclass(frozen=True)
class Register:
    """Lots of serials, sorted by series and first number; lots never overlap."""

    series_names: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    batches: tuple[Batch, ...] = ()
    uses: tuple[Use, ...] = ()
    series: Ints = field(default_factory=_ints)
    first: Ints = field(default_factory=_ints)
    last: Ints = field(default_factory=_ints)
    batch: Ints = field(default_factory=_ints)
    holder: Ints = field(default_factory=_ints)
    state: Ints = field(default_factory=_ints)
    use: Ints = field(default_factory=_ints)  # -1: none
    files: frozenset[str] = frozenset()
    events: int = 0

    @property
    def counts(self) -> Ints:
        """Certificates in each lot."""
        return np.asarray(self.last - self.first + 1)

    @property
    def total(self) -> int:
        """Certificates that are or were there."""
        return int(self.counts.sum())

    def text(self, i: int) -> str:
        """A lot's serials as people write them."""
        return serial_range(self.series_names[int(self.series[i])], int(self.first[i]), int(self.last[i]))

    def cancelled_kwh(self, year: int, consumer: str | None = None) -> int:
        """What was cancelled for a year of consumption (and for one consumer). [kWh]"""
        wanted = [u.year == year and consumer in (None, u.consumer) for u in self.uses]
        mine = (self.state == CANCELLED) & np.array([*wanted, False])[self.use]
        return int(self.counts[mine].sum()) * KWH


COLUMNS = ("series", "first", "last", "batch", "holder", "state", "use")


def apply(register: Register, event: Event) -> Register:
    """The register after an event.

    Raises
    ------
    DataError
        With the reason and the serials that it concerns; the register that was given stays as it is.
    """
    if len(event.ranges) == 0 and event.kind != "expire":
        raise DataError("certificates.nothing")
    sha = str(event.values.get("sha256") or "")
    if sha and sha in register.files:
        raise DataError("certificates.replayed", file=event.values.get("file", sha[:12]))
    _refuse_twice(event.ranges)
    changed = {"issue": _issue, "transfer": _transfer, "cancel": _cancel, "expire": _expire, "elsewhere": _elsewhere}
    if event.kind not in changed:
        raise DataError("certificates.unknown-event", kind=event.kind)
    after = changed[event.kind](register, event)
    return replace(after, files=register.files | ({sha} if sha else set()), events=register.events + 1)


def _refuse_twice(ranges: Ranges) -> None:
    order = np.lexsort((ranges.first, ranges.series))
    s, a, b = ranges.series[order], ranges.first[order], ranges.last[order]
    if (a < 0).any() or (b < a).any():
        bad = int(np.flatnonzero((a < 0) | (b < a))[0])
        raise DataError("certificates.bad-range", first=str(a[bad]), last=str(b[bad]))
    over = np.flatnonzero((s[1:] == s[:-1]) & (a[1:] <= b[:-1]))
    if over.size:
        i = order[over[0] + 1]
        raise DataError("certificates.overlap-inside", serials=ranges.text(int(i)), number=int(over.size))


def _issue(register: Register, event: Event) -> Register:
    assert event.batch is not None
    for batch in event.batches:
        if batch.kind.lower() in NO_STORAGE:
            raise DataError("certificates.storage", plant=batch.plant)
        if not (1 <= batch.month % 100 <= 12 and 2000 <= batch.year <= event.on.year):
            raise DataError("certificates.bad-month", plant=batch.plant, month=batch.month)
    names, series = _joined(register.series_names, event.ranges.names, event.ranges.series)
    _refuse_known(register, names, series, event.ranges)
    holders, holder = _joined(register.holders, (str(event.values["holder"]),), np.zeros(len(series), np.int64))
    fresh = {
        "series": series, "first": event.ranges.first, "last": event.ranges.last,
        "batch": event.batch + len(register.batches), "holder": holder,
        "state": np.full(len(series), HELD, np.int64), "use": np.full(len(series), -1, np.int64),
    }  # fmt: skip
    both: Any = {name: np.concatenate([getattr(register, name), fresh[name]]) for name in COLUMNS}
    order = np.lexsort((both["first"], both["series"]))
    return replace(
        register,
        series_names=names,
        holders=holders,
        batches=(*register.batches, *event.batches),
        **{name: values[order] for name, values in both.items()},
    )


def _refuse_known(register: Register, names: Sequence[str], series: Ints, ranges: Ranges) -> None:
    """No serial is issued twice, and none that another park has used."""
    for s in np.unique(series):
        mine, new = np.flatnonzero(register.series == s), np.flatnonzero(series == s)
        if not mine.size:
            continue
        at = np.searchsorted(register.first[mine], ranges.last[new], "right") - 1
        hit = (at >= 0) & (register.last[mine[np.maximum(at, 0)]] >= ranges.first[new])
        if hit.any():
            i, lot = new[np.flatnonzero(hit)[0]], mine[at[hit][0]]
            code = (
                "certificates.claimed-elsewhere" if register.state[lot] == ELSEWHERE else "certificates.issued-before"
            )
            who = register.holders[int(register.holder[lot])]
            raise DataError(
                code, serials=ranges.text(int(i)), known=register.text(int(lot)), number=int(hit.sum()), park=who
            )


def _transfer(register: Register, event: Event) -> Register:
    register, mine = select(register, event.ranges)
    _need_held(register, mine, str(event.values["holder"]), event.on)
    fixed = np.array([not b.tradable for b in register.batches])[register.batch[mine]]
    if fixed.any():
        raise DataError("certificates.not-tradable", **_which(register, mine[fixed]))
    to = str(event.values["to"])
    if to == event.values["holder"]:
        raise DataError("certificates.same-holder", holder=to)
    holders, index = _joined(register.holders, (to,), _ints(0))
    holder = register.holder.copy()
    holder[mine] = index[0]
    return replace(register, holders=holders, holder=holder)


def _cancel(register: Register, event: Event) -> Register:
    register, mine = select(register, event.ranges)
    _need_held(register, mine, str(event.values["holder"]), event.on)
    year = int(event.values["year"])
    vintage = np.array([b.year for b in register.batches])[register.batch[mine]]
    wrong = vintage != year if year >= SAME_YEAR_FROM else (vintage > year) | (vintage < year - VALID_YEARS)
    if wrong.any():
        code = "certificates.wrong-year" if year >= SAME_YEAR_FROM else "certificates.vintage"
        raise DataError(code, year=year, vintage=int(vintage[wrong][0]), **_which(register, mine[wrong]))
    use = Use(year, str(event.values.get("purpose") or ""), str(event.values.get("consumer") or ""))
    uses = register.uses if use in register.uses else (*register.uses, use)
    state, used = register.state.copy(), register.use.copy()
    state[mine], used[mine] = CANCELLED, uses.index(use)
    return replace(register, uses=uses, state=state, use=used)


def _expire(register: Register, event: Event) -> Register:
    late = expired(register, event.on)
    if not late.any():
        raise DataError("certificates.none-expired", on=event.on.isoformat())
    return replace(register, state=np.where(late, EXPIRED, register.state))


def expired(register: Register, on: date) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Lots that are held and past their two years."""
    limit = np.array([*(b.last_month for b in register.batches), 0])[register.batch]
    return np.asarray((register.state == HELD) & (limit < on.year * 100 + on.month))


def _elsewhere(register: Register, event: Event) -> Register:
    """What another park has used: none of it may be known here, and none may come later."""
    names, series = _joined(register.series_names, event.ranges.names, event.ranges.series)
    for s in np.unique(series):
        mine, new = np.flatnonzero(register.series == s), np.flatnonzero(series == s)
        at = np.searchsorted(register.first[mine], event.ranges.last[new], "right") - 1
        hit = (
            (at >= 0) & mine.size
            if not mine.size
            else (at >= 0) & (register.last[mine[np.maximum(at, 0)]] >= event.ranges.first[new])
        )
        if np.any(hit):
            lot = int(mine[at[hit][0]])
            raise DataError(
                "certificates.two-parks",
                park=str(event.values["park"]),
                serials=register.text(lot),
                state=STATES[int(register.state[lot])],
                number=int(np.sum(hit)),
            )
    batches = (*register.batches, Batch("", 0, source=str(event.values["park"])))
    holders, index = _joined(register.holders, (str(event.values["park"]),), _ints(0))
    size = len(series)
    fresh = {
        "series": series, "first": event.ranges.first, "last": event.ranges.last,
        "batch": np.full(size, len(batches) - 1), "holder": np.full(size, index[0]),
        "state": np.full(size, ELSEWHERE, np.int64), "use": np.full(size, -1, np.int64),
    }  # fmt: skip
    both: Any = {name: np.concatenate([getattr(register, name), fresh[name]]) for name in COLUMNS}
    order = np.lexsort((both["first"], both["series"]))
    return replace(
        register, series_names=names, holders=holders, batches=batches, **{n: v[order] for n, v in both.items()}
    )


def _need_held(register: Register, mine: Ints, holder: str, on: date) -> None:
    """Every serial must be held, by whom it is said, and be valid."""
    for state, code in ((CANCELLED, "cancelled"), (EXPIRED, "expired"), (ELSEWHERE, "claimed-elsewhere")):
        bad = mine[register.state[mine] == state]
        if bad.size:
            park = register.holders[int(register.holder[bad[0]])]
            use = int(register.use[bad[0]])
            year = str(register.uses[use].year) if use >= 0 else "–"
            raise DataError(f"certificates.{code}", year=year, park=park, **_which(register, bad))
    known = register.holders.index(holder) if holder in register.holders else -1
    others = mine[register.holder[mine] != known]
    if others.size:
        owner = register.holders[int(register.holder[others[0]])]
        raise DataError("certificates.other-holder", holder=holder, owner=owner, **_which(register, others))
    late = mine[expired(register, on)[mine]]
    if late.size:
        raise DataError("certificates.expired", year="–", park=holder, **_which(register, late))


def _which(register: Register, lots: Ints) -> dict[str, Any]:
    return {"serials": register.text(int(lots[0])), "number": int(register.counts[lots].sum())}


def select(register: Register, ranges: Ranges) -> tuple[Register, Ints]:
    """The register with lots cut where ranges begin and end, and which lots the ranges are.

    Raises
    ------
    DataError
        ``certificates.unknown`` if a serial was never issued.
    """
    names = {name: i for i, name in enumerate(register.series_names)}
    where = np.array([names.get(n, -1) for n in ranges.names])[ranges.series]
    if (where < 0).any():
        raise DataError("certificates.unknown", serials=ranges.text(int(np.flatnonzero(where < 0)[0])))
    cut = register
    for s in np.unique(where):
        mine = where == s
        cut = _cut(cut, int(s), np.unique(np.concatenate([ranges.first[mine], ranges.last[mine] + 1])))
    chosen = []
    for s in np.unique(where):
        lots, mine = np.flatnonzero(cut.series == s), np.flatnonzero(where == s)
        low = np.searchsorted(cut.first[lots], ranges.first[mine])
        high = np.searchsorted(cut.last[lots], ranges.last[mine], "right")
        sums = np.concatenate([[0], np.cumsum(cut.counts[lots])])
        whole = sums[np.maximum(high, low)] - sums[low] == ranges.last[mine] - ranges.first[mine] + 1
        if not whole.all():
            raise DataError("certificates.unknown", serials=ranges.text(int(mine[np.flatnonzero(~whole)[0]])))
        marks = np.zeros(lots.size + 1, np.int64)
        np.add.at(marks, low, 1)
        np.add.at(marks, high, -1)
        chosen.append(lots[np.cumsum(marks[:-1]) > 0])
    return cut, np.concatenate(chosen)


def _cut(register: Register, series: int, edges: Ints) -> Register:
    """Lots of a series cut so that each edge is the first of a lot, where it lies inside one."""
    lots = np.flatnonzero(register.series == series)
    at = np.searchsorted(register.first[lots], edges, "right") - 1
    inside = (
        (at >= 0)
        & (register.first[lots[np.maximum(at, 0)]] < edges)
        & (register.last[lots[np.maximum(at, 0)]] >= edges)
    )
    if not inside.any():
        return register
    split, begin = lots[at[inside]], edges[inside]
    columns: Any = {
        name: np.insert(getattr(register, name), split + 1, getattr(register, name)[split]) for name in COLUMNS
    }
    place = split + 1 + np.arange(split.size)
    columns["first"][place] = begin
    columns["last"][place - 1] = begin - 1
    return replace(register, **columns)


def _joined(old: Sequence[str], new: Sequence[str], index: Ints) -> tuple[tuple[str, ...], Ints]:
    """Names of both, and the index of the new ones in them."""
    at = {name: i for i, name in enumerate(old)}
    for name in new:
        at.setdefault(name, len(at))
    return tuple(at), np.array([at[n] for n in new], np.int64)[index]
