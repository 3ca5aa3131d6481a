"""Forecasts of the very series that dispatch plans on, as they would have been issued through a period, and kept.

The series of a description are sums of channels; the load is what all supplies brought, so losses are in it. Forecasting these
sums themselves leaves no gap between what a plan expects and what it is settled against.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np

from lingtan.base.ids import digest, digest_bytes
from lingtan.base.time import Period
from lingtan.forecast.backtest import caught_up, train_all
from lingtan.forecast.boosted import Effort, can_learn
from lingtan.forecast.features import WINDOW
from lingtan.forecast.history import DAY, History
from lingtan.forecast.issue import Models, Panel, issue
from lingtan.forecast.record import QUANTILES, quantile_weights
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.model import FloatArray, IntArray
from lingtan.services.dispatch_targets import outlook_plan
from lingtan.services.forecast_models import TRAINED_DAYS, zone_seconds
from lingtan.services.forecast_panel import read_panel
from lingtan.services.forecast_sources import ForecastSources
from lingtan.services.ports import Listener, Progress, silent
from lingtan.services.workspace import Workspace

FOLDER = "dispatch/outlooks/"
VERSION = 1  # raised whenever the same inputs give other forecasts
STEP_S = 3600
AHEAD = 48  # hours that an issue reaches
EVERY_S = 6 * 3600  # between two issues
RETRAIN_S = 28 * DAY
SPENT = Effort(rows=60_000, trees=120, rate=0.08, horizon_s=2 * DAY)
LEARNT_DAYS = 28  # of issues from which is learnt how long an error stays
LEAST_ISSUES = 12
MOVED_H = 12  # hours ahead for which that is learnt; then it fades
FADE = 0.8
OFFSETS = (1, 3, 5)  # hours since an issue at which it is learnt
LATE_H = 3  # hours that the newest value may be old


@dataclass
class Outlooks:
    """Every issue of a period: ``means`` by (issue, series, hour ahead), ``bands`` the quantiles of the local midnights."""

    ids: tuple[str, ...]
    issued_s: IntArray
    means: FloatArray
    bands_s: IntArray
    bands: FloatArray
    simple: int = 0  # issues before there was a model
    history: History | None = None  # what came, with when it was known
    prices: frozenset[str] = frozenset()  # the series that may be known before their time
    _learnt: dict[int, tuple[FloatArray, FloatArray]] = field(default_factory=dict, repr=False)

    def expected(self, at_s: int, steps: int) -> dict[str, FloatArray]:
        """The newest issue at or before an instant, moved by how far the newest known value is from it."""
        number = int(np.searchsorted(self.issued_s, at_s, side="right")) - 1
        first = (at_s - int(self.issued_s[number])) // STEP_S
        table = self.means[number].astype(float)
        wide = table.shape[1]
        ahead = first + np.arange(steps)
        # beyond its end an issue goes on as on its last day
        found = table[:, np.where(ahead < wide, ahead, wide - 24 + (ahead - wide) % 24)]
        if self.history is not None:
            moves = self._moves(number)[min(first, 1)]
            for i in range(len(self.ids)):
                newest = self._newest(i, at_s, first, table)
                if newest is not None:
                    wrong, late = newest
                    lead = late + np.arange(steps)
                    stays = moves[i, np.minimum(lead, MOVED_H - 1)] * FADE ** np.maximum(lead - MOVED_H + 1, 0)
                    found[i] += wrong * stays
                    if self.history.values[i].min(initial=0.0, where=np.isfinite(self.history.values[i])) >= 0:
                        found[i] = np.maximum(found[i], 0.0)
            self._known_ahead(found, at_s)
        return dict(zip(self.ids, found, strict=True))

    def quantiles(self, at_s: int, steps: int) -> dict[str, FloatArray] | None:
        """Quantiles by step as issued at a local midnight; None where none was issued then."""
        number = int(np.searchsorted(self.bands_s, at_s))
        if number >= len(self.bands_s) or self.bands_s[number] != at_s or steps > self.bands.shape[2]:
            return None
        return {name: self.bands[number, i, :steps].astype(float) for i, name in enumerate(self.ids)}

    def _known_ahead(self, found: FloatArray, at_s: int) -> None:
        """What was published of the hours to come (day-ahead prices) is no forecast."""
        assert self.history is not None
        first = (at_s - self.history.start_s) // STEP_S
        values = self.history.values[:, first : first + found.shape[1]]
        known = np.isfinite(values) & (self.history.available[:, first : first + found.shape[1]] <= at_s)
        # a load that is stamped before its hour has ended comes from a wrong clock
        known &= np.array([name in self.prices for name in self.ids])[:, None]
        found[:, : values.shape[1]][known] = values[known]

    def _newest(self, row: int, at_s: int, first: int, table: FloatArray) -> tuple[float, int] | None:
        """How far the newest value that was known lies above what was forecast of it (at a fresh issue, of the hour after it).

        And how many hours later than it could be it is; None where nothing of the last hours was known.
        """
        assert self.history is not None
        last = (at_s - self.history.start_s) // STEP_S - 1
        for late in range(LATE_H):
            column = last - late
            if not 0 <= column < self.history.values.shape[1]:
                return None
            value = self.history.values[row, column]
            if np.isfinite(value) and self.history.available[row, column] <= at_s:
                return float(value - table[row, max(first - 1 - late, 0)]), late
        return None

    def _moves(self, number: int) -> tuple[FloatArray, FloatArray]:
        """By series and hour ahead the share of the newest error that comes again: at a fresh issue, and at an older one.

        Learnt from the issues of the weeks before, as far as their hours were over.
        """
        day = int(self.issued_s[number]) // DAY
        if day in self._learnt:
            return self._learnt[day]
        assert self.history is not None
        # as of the day's first issue, whichever of them asks first
        number = int(np.searchsorted(self.issued_s, day * DAY))
        moment = int(self.issued_s[number])
        seen = np.where(self.history.available <= moment, self.history.values, np.nan)
        reach = max(OFFSETS) + MOVED_H
        before = np.flatnonzero(
            (self.issued_s + reach * STEP_S <= moment)
            & (self.issued_s >= moment - LEARNT_DAYS * DAY)
            & (self.issued_s >= self.history.start_s + STEP_S)
        )
        made = []
        for offsets in ((0,), OFFSETS):
            both = np.zeros((len(self.ids), MOVED_H))
            square = np.full((len(self.ids), MOVED_H), 1e-9)
            for offset in offsets if len(before) >= LEAST_ISSUES else ():
                column = (self.issued_s[before] - self.history.start_s) // STEP_S + offset
                known = seen[:, column - 1] - self.means[before][:, :, max(offset - 1, 0)].T
                for lead in range(MOVED_H):
                    later = seen[:, column + lead] - self.means[before][:, :, offset + lead].T
                    good = np.isfinite(known) & np.isfinite(later)
                    both[:, lead] += np.where(good, known * later, 0).sum(axis=1)
                    square[:, lead] += np.where(good, known**2, 0).sum(axis=1)
            made.append(np.clip(both / square, 0.0, 1.0))
        self._learnt[day] = made[0], made[1]
        return self._learnt[day]


def outlook_panel(
    workspace: Workspace,
    description: Description,
    sources: ForecastSources,
    period: Period,
    *,
    as_of: int | None = None,
) -> Panel:
    """The series with what was known when, from half a year before a period to its end."""
    wanted = outlook_plan(description, workspace.park)
    start = period.start - timedelta(days=TRAINED_DAYS + WINDOW)
    return read_panel(workspace, start, period.end, sources, step_s=STEP_S, as_of=as_of, wanted=wanted)


def past_outlooks(
    workspace: Workspace,
    description: Description,
    sources: ForecastSources,
    period: Period,
    *,
    as_of: int | None = None,
    listener: Listener = silent,
) -> Outlooks:
    """Forecasts for each six hours of a period as they would have been issued; kept under the digest of what they rest on."""
    panel = outlook_panel(workspace, description, sources, period, as_of=as_of)
    history, prices = panel.history, frozenset(t.id for t in panel.targets if t.kind == "price")
    told = {
        "version": VERSION, "period": period.label, "ids": list(history.ids), "effort": vars(SPENT),
        "targets": digest([t.as_dict() for t in panel.targets]), "sources": sources.state(),
        "seen": digest_bytes(history.values.tobytes() + history.available.tobytes()),
    }  # fmt: skip
    name = f"{FOLDER}{period.label}-{digest(told)[:24]}.npz"
    kept = workspace.blobs.get(name)
    if kept is not None:
        with np.load(io.BytesIO(kept)) as data:
            arrays = {k: data[k] for k in ("issued_s", "means", "bands_s", "bands")}
            return Outlooks(history.ids, **arrays, simple=int(data["simple"]), history=history, prices=prices)
    made = issue_through(panel, period, listener=lambda done, total: listener(Progress("forecast-replay", done, total)))
    whole = io.BytesIO()
    np.savez_compressed(
        whole, issued_s=made.issued_s, means=made.means, bands_s=made.bands_s, bands=made.bands, simple=made.simple
    )
    workspace.blobs.put(name, whole.getvalue())
    return replace(made, history=history, prices=prices)


def issue_through(
    panel: Panel, period: Period, *, listener: Callable[[int, int], None] = lambda done, total: None
) -> Outlooks:
    """Issue every six hours from a period's start to its end; learn anew each four weeks from what was known."""
    zone_s = zone_seconds(period.zone, period.start)
    begin, end = int(period.start.timestamp()), int(period.end.timestamp())
    moments = list(range(begin, end, EVERY_S))
    weights, learns = quantile_weights(QUANTILES), can_learn()
    ids = panel.history.ids
    means: Any = np.zeros((len(moments), len(ids), AHEAD), np.float32)  # half the room of what is kept
    bands: list[Any] = []
    bands_s: list[int] = []
    simple = 0
    models, trained, before = Models({}, begin), -RETRAIN_S, begin
    for number, moment in enumerate(moments):
        due = moment - trained >= (RETRAIN_S if models.kinds else 7 * DAY)
        midnight = (moment + zone_s) % DAY == 0
        if due and midnight and learns:
            models = train_all(panel, moment, days=TRAINED_DAYS, effort=SPENT, zone_s=zone_s)
            trained = before = moment
        elif midnight and models.kinds:
            models = caught_up(panel, models, moment, max((moment - before) // DAY, 1))
            models = replace(models, kinds={k: replace(m, trained_at=moment) for k, m in models.kinds.items()})
            before = moment
        simple += not models.kinds
        made = issue(panel, models, moment, AHEAD)
        for i, name in enumerate(ids):
            means[number, i] = made.series[name].values @ weights
        if midnight:
            bands_s.append(moment)
            bands.append(np.stack([made.series[name].values for name in ids]).astype(np.float32))
        listener(number + 1, len(moments))
    return Outlooks(ids, np.array(moments, np.int64), means, np.array(bands_s, np.int64), np.stack(bands), simple)
