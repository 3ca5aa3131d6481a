"""A roll: window by window through all chains, each begun where the last one ended."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lingtan.optimize.highs import Loaded
from lingtan.optimize.model import FloatArray, GlobalRecord, Model, Timeline, TotalRecord, Values
from lingtan.optimize.rolling.check import terms_by_step
from lingtan.optimize.solution import Progress, Solution

KEPT = 48  # steps of each window that are kept
AHEAD = 24  # steps that it looks further
WINDOW_GAP = 1e-3
WINDOW_SECONDS = 2.0
MISSED = 1.5  # a content that is missing at a window's end costs so many times its price
OVER = 4.0  # so does what a total is exceeded by
DIGITS = 4  # sizes of an interior answer are rounded up to so many
GROWN_DIGITS = 3

Listener = Callable[[Progress], bool | None]


@dataclass
class Stand:
    """What is handed from window to window."""

    before: FloatArray  # value of each column in the step before
    saved: FloatArray  # of each total against the relaxed answer


class Roll:
    """A roll through all chains; ``series`` holds a row for each column."""

    def __init__(self, model: Model, relaxed: Solution, tighter: float, gap: float) -> None:
        self.model, self.relaxed, self.gap = model, relaxed, gap
        steps = len(model.timeline)
        self.plan = np.array([np.broadcast_to(relaxed.series[c.name], (steps,)) for c in model.columns])
        self.chosen = np.array([relaxed.sizes[g.name] for g in model.globals])
        self.series = self.plan.copy()
        self.peaks = {i for c in model.columns if c.within is not None for i in np.unique(c.within) if i >= 0}
        self.peaks = {i for i in self.peaks if ".peak-" in model.globals[i].name}
        self.chosen = self._written(self.chosen)
        self.seen = dict.fromkeys(self.peaks, 0.0)
        self.used = terms_by_step(model, self.plan)  # of each total, by step
        self.price = tighter * np.array([relaxed.totals.get(t.name, 0.0) for t in model.totals])
        self.cost = self._priced_columns()
        self.stores = self._stores()
        self.stuck: tuple[int, int, Stand] | None = None

    def _spread(self, values: Values) -> FloatArray:
        return np.broadcast_to(np.asarray(values, float), (len(self.model.timeline),))

    def _written(self, chosen: FloatArray) -> FloatArray:
        """Sizes rounded up a little, so that those of an interior answer can be operated and be written down."""
        found = chosen.copy()
        for i in self.sized():
            record = self.model.globals[i]
            if record.unit is None and chosen[i] > 0.0:
                found[i] = max(_grown(float(chosen[i]), record, DIGITS), min(chosen[i], record.upper))
        return found

    def sized(self) -> set[int]:
        """Global columns that bound a column and are no peak."""
        inside = {int(i) for c in self.model.columns if c.within is not None for i in np.unique(c.within) if i >= 0}
        return inside - self.peaks

    def missed(self) -> dict[str, float]:
        """What the operation uses of each priced total beyond the relaxed answer."""
        used = (terms_by_step(self.model, self.series) - self.used).sum(axis=1)
        found = {}
        for k, total in enumerate(self.model.totals):
            beyond = float(used[k] if np.isfinite(total.upper) else -used[k])
            if total.terms and self.price[k] and beyond > 0.0:
                found[total.name] = beyond
        return found

    def _priced_columns(self) -> list[FloatArray]:
        """Costs with the totals at their prices."""
        cost = [self._spread(c.cost).copy() for c in self.model.columns]
        for total, price in zip(self.model.totals, self.price, strict=True):
            for column, value in total.terms:
                cost[column] -= price * self._spread(value)
        return cost

    def _stores(self) -> dict[int, tuple[int, FloatArray]]:
        """Columns that a row carries over by itself (contents, backlogs): the row and the coefficient of the step before."""
        found = {}
        for r, row in enumerate(self.model.rows):
            now = {column for column, _ in row.now}
            equal = np.array_equal(self._spread(row.lower), self._spread(row.upper))
            for column, value in row.before:
                if equal and len(row.before) == 1 and column in now:
                    found[column] = (r, self._spread(value))
        return found

    def run(self, listener: Listener | None) -> bool:
        """Whether every window has an answer."""
        timeline = self.model.timeline
        spent, number = 0.0, 0
        for start, end in zip(timeline.starts, timeline.ends + 1, strict=True):
            stand = self._first(int(start), int(end))
            if stand is None:
                return False
            last = stand.before.copy()
            at = int(start)
            while at < end:
                stop = min(at + KEPT + AHEAD, int(end))
                kept = int(end) if stop == end else at + KEPT
                found = self._window(at, stop, stand, last if stop == end else None)
                if found is None:
                    return False
                self._keep(found, at, kept, stand)
                spent += float(sum(c[at:kept] @ s[at:kept] for c, s in zip(self.cost, self.series, strict=True)))
                number, at = number + 1, kept
                if (
                    listener is not None
                    and listener(Progress(number, spent, self.relaxed.lower_bound, np.inf, 0.0)) is False
                ):
                    return False
        return True

    def _first(self, start: int, end: int) -> Stand | None:
        """The stand before the first step: for a circle that of a roll through the chain's last window."""
        saved = np.zeros(len(self.model.totals))
        given = np.zeros(len(self.model.columns))
        cyclic = False
        for i, column in enumerate(self.model.columns):
            if isinstance(column.before, str):
                cyclic = True
                given[i] = self.plan[i, end - 1]
            else:
                chain = int(self.model.timeline.chain[start])
                given[i] = float(np.ravel(np.broadcast_to(column.before, (chain + 1,)))[chain])
        if not cyclic:
            return Stand(given, saved)
        at = max(start, end - KEPT - AHEAD)
        before = self.plan[:, at - 1 if at > start else end - 1].copy()
        before = np.where([c.integer for c in self.model.columns], np.round(before), before)
        found = self._window(at, end, Stand(before, saved), self.plan[:, end - 1], loose=True)
        if found is None:
            return None
        ended = np.array([found.series[c.name][-1] for c in self.model.columns])
        circle = np.array([isinstance(c.before, str) for c in self.model.columns])
        return Stand(np.where(circle, ended, given), saved)

    def _window(
        self, start: int, stop: int, stand: Stand, last: FloatArray | None, *, loose: bool = False
    ) -> Solution | None:
        """The steps from ``start`` to ``stop``; ``last`` is where the circle must close."""
        for close in (True, False) if last is not None else (False,):
            part = self._part(start, stop, stand, last if close else None, loose)
            share = (stop - start) / len(self.model.timeline)
            # the cost of a window with its prices may be near nothing, so that a relative gap alone means little
            nearly = max(self.gap, WINDOW_GAP) * abs(self.relaxed.cost) * share
            found = Loaded(part, mip_abs_gap=nearly).run(gap=self.gap, time_limit_s=WINDOW_SECONDS)
            if found.series:
                return found
        self.stuck = (start, stop, stand)
        return None

    def larger(self) -> dict[str, float] | None:
        """Sizes that give the window that got stuck an operation; None if none do."""
        assert self.stuck is not None
        start, stop, stand = self.stuck
        part = self._part(start, stop, stand, None, True)
        for i in self.sized():
            record = self.model.globals[i]
            part.globals[i] = replace(record, lower=self.chosen[i], upper=max(record.upper, self.chosen[i]), unit=None)
        found = Loaded(part).run(gap=self.gap, time_limit_s=WINDOW_SECONDS)
        if not found.series:
            return None
        more = {}
        for i in self.sized():
            record = self.model.globals[i]
            grown = found.sizes[record.name] > self.chosen[i] * (1 + 1e-9) + 1e-9
            more[record.name] = _grown(found.sizes[record.name], record) if grown else float(self.chosen[i])
        return (
            more if any(v > relaxed for v, relaxed in ((v, self.relaxed.sizes[k]) for k, v in more.items())) else None
        )

    def _part(self, start: int, stop: int, stand: Stand, last: FloatArray | None, loose: bool) -> Model:
        model, here = self.model, slice(start, stop)
        whole = model.timeline
        part = Model(Timeline(whole.hours[here], whole.weight[here], whole.chain[here] * 0, whole.period[here] * 0))

        def cut(values: Values) -> Values:
            return values if np.ndim(values) == 0 else np.asarray(values)[here]

        for i, column in enumerate(model.columns):
            within = None if column.within is None else column.within[here]
            lower, upper = cut(column.lower), cut(column.upper)
            if last is not None and (i in self.stores or (column.integer and not loose)):
                lower, upper = self._spread(column.lower)[here].copy(), self._spread(column.upper)[here].copy()
                lower[-1] = upper[-1] = last[i]
            part.columns.append(
                replace(
                    column, lower=lower, upper=upper, cost=self.cost[i][here], within=within, share=cut(column.share),
                    before=float(stand.before[i]),
                )
            )  # fmt: skip
        for row in model.rows:
            terms = [[(c, cut(v)) for c, v in side] for side in (row.now, row.before)]
            fixed = [(g if isinstance(g, int) else g[here], cut(v)) for g, v in row.fixed]
            lower, upper = cut(row.lower), cut(row.upper)
            if loose and row.before and not any(c in self.stores for c, _ in row.before):
                lower, upper = self._spread(row.lower)[here].copy(), self._spread(row.upper)[here].copy()
                lower[0], upper[0] = -np.inf, np.inf
            part.rows.append(replace(row, lower=lower, upper=upper, now=terms[0], before=terms[1], fixed=fixed))
        part.globals = [self._global(i, record, start, stop) for i, record in enumerate(model.globals)]
        if last is None and not loose:
            self._ends(part, stop)
        if not loose:
            self._totals(part, here, stand)
        return part

    def _global(self, i: int, record: GlobalRecord, start: int, stop: int) -> GlobalRecord:
        if i not in self.peaks:
            return replace(record, lower=self.chosen[i], upper=self.chosen[i], cost=0.0, unit=None)
        # a peak that was planned or seen is paid for already
        cost = record.cost - sum(
            p * v for t, p in zip(self.model.totals, self.price, strict=True) for g, v in t.fixed if g == i
        )
        low = min(max(self.chosen[i], self.seen[i]), record.upper)
        return replace(record, lower=low, upper=record.upper, cost=float(cost))

    def _ends(self, part: Model, stop: int) -> None:
        """Contents end where the relaxed ones do; what is missing is paid at the price of the store's row."""
        ahead = stop % len(self.model.timeline)
        for column, (row, value) in self.stores.items():
            name = self.model.rows[row].name
            worth = abs(
                float(self.relaxed.prices[name][ahead] * self.model.timeline.counted_hours[ahead] * value[ahead])
            )
            goal = float(self.plan[column, stop - 1])
            with part.owned_by(name):
                missing = part.global_column(f"missing-{stop}", upper=max(goal, 0.0), cost=MISSED * worth + 1e-6)
                last = np.zeros(len(part.timeline))
                last[-1] = 1.0
                part.total(f"end-{stop}", [], fixed=[(missing, 1.0)], lower=goal)
                part.totals[-1] = replace(part.totals[-1], terms=[(column, last)])

    def _totals(self, part: Model, here: slice, stand: Stand) -> None:
        """Of each total the window may use what the relaxed answer uses there, and what was saved before."""
        for k, (total, price) in enumerate(zip(self.model.totals, self.price, strict=True)):
            if not total.terms or not price:
                continue
            use = float(self.used[k, here].sum())
            cap = np.isfinite(total.upper)
            with part.owned_by(total.name):
                over = part.global_column("over", upper=1e15, cost=OVER * abs(float(price)))
            terms: list[tuple[int, Values]] = [(c, self._spread(v)[here]) for c, v in total.terms]
            limit = use + float(stand.saved[k])
            low, high = (-np.inf, limit) if cap else (limit, np.inf)
            part.totals.append(
                TotalRecord(f"{total.name}.window", total.owner, low, high, terms, [(over.index, -1.0 if cap else 1.0)])
            )

    def _keep(self, found: Solution, start: int, kept: int, stand: Stand) -> None:
        many = kept - start
        for i, column in enumerate(self.model.columns):
            values = found.series[column.name][:many]
            self.series[i, start:kept] = np.round(values) if column.integer else values
        for i in self.peaks:
            for c, column in enumerate(self.model.columns):
                if column.within is not None:
                    mine = column.within[start:kept] == i
                    if mine.any():
                        share = np.maximum(self._spread(column.share)[start:kept][mine], 1e-12)
                        self.seen[i] = max(self.seen[i], float((self.series[c, start:kept][mine] / share).max()))
        stand.before = self.series[:, kept - 1].copy()
        used = terms_by_step(self.model, self.series, slice(start, kept)).sum(axis=1)
        stand.saved += self.used[:, start:kept].sum(axis=1) - used


def _grown(size: float, record: GlobalRecord, digits: int = GROWN_DIGITS) -> float:
    """A size that a person would write down, in whole units where those are asked for."""
    step = record.unit or 10.0 ** (np.floor(np.log10(max(size, 1e-9))) - digits + 1)
    return float(min(np.ceil(size / step - 1e-9) * step, record.upper))
