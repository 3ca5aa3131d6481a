"""Forecasts for a replay: issued from what was known, corrected by what was known, nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lingtan.base.time import Period
from lingtan.forecast.history import DAY
from lingtan.services import dispatch_outlook
from lingtan.services.dispatch_outlook import Outlooks, issue_through
from tests.forecast_case import LITTLE, START_S, ZONE, panel


def at(day: int) -> datetime:
    return datetime.fromtimestamp(START_S, UTC) + timedelta(days=day)


@pytest.fixture(scope="module")
def made() -> Outlooks:
    whole = panel(40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch_outlook, "SPENT", LITTLE)
        return replace(issue_through(whole, Period("test", at(30), at(40), ZONE)), history=whole.history)


def test_an_issue_comes_every_six_hours_and_bands_at_local_midnights(made: Outlooks) -> None:
    assert np.all(np.diff(made.issued_s) == 6 * 3600)
    assert len(made.bands_s) == 10
    assert made.simple == 0
    assert made.quantiles(int(made.bands_s[3]), 24) is not None
    assert made.quantiles(int(made.bands_s[3]) + 3600, 24) is None


def test_what_is_expected_does_not_see_the_future(made: Outlooks) -> None:
    assert made.history is not None
    moment = int(made.issued_s[30]) + 2 * 3600
    column = (moment - made.history.start_s) // 3600
    before = made.expected(moment, 30)
    changed = made.history.values.copy()
    changed[:, column:] = 1e6
    other = replace(made, history=replace(made.history, values=changed), _learnt={})
    for name, values in other.expected(moment, 30).items():
        assert np.array_equal(values, before[name]), name


def test_the_newest_error_moves_the_next_hours_and_fades(made: Outlooks) -> None:
    moment = int(made.issued_s[30]) + 2 * 3600
    plain = replace(made, history=None).expected(moment, 30)["b:electricity"]
    assert made.history is not None
    row, column = made.ids.index("b:electricity"), (moment - made.history.start_s) // 3600
    higher = made.history.values.copy()
    higher[row, column - 1] += 300.0
    learnt = {int(made.issued_s[30]) // DAY: (np.full((4, 12), 0.5) ** np.arange(1, 13),) * 2}
    moved = replace(made, history=replace(made.history, values=higher), _learnt=learnt)
    lift = moved.expected(moment, 30)["b:electricity"] - plain
    assert lift[0] > lift[3] > lift[8] > 0
    assert lift[20] < 0.01 * lift[0]


def test_a_value_that_was_not_known_yet_does_not_move_anything(made: Outlooks) -> None:
    assert made.history is not None
    late = replace(made.history, available=made.history.available + 10 * DAY)
    moment = int(made.issued_s[30]) + 2 * 3600
    plain = replace(made, history=None).expected(moment, 30)
    for name, values in replace(made, history=late, _learnt={}).expected(moment, 30).items():
        assert values == pytest.approx(plain[name]), name


def test_how_long_an_error_stays_is_learnt_from_what_was_known_whichever_issue_asks_first(made: Outlooks) -> None:
    assert made.history is not None
    number = next(n for n in range(24, len(made.issued_s)) if made.issued_s[n] // DAY == made.issued_s[n + 3] // DAY)
    early = replace(made, _learnt={})._moves(number)
    later_first = replace(made, _learnt={})
    later_first._moves(number + 3)
    changed, moment = made.history.values.copy(), int(made.issued_s[number])
    changed[made.history.available > moment] = 1e6
    altered = replace(made, history=replace(made.history, values=changed), _learnt={})._moves(number)
    assert early[0].any()
    for others in (later_first._moves(number), altered):
        assert all(np.array_equal(a, b) for a, b in zip(early, others, strict=True))


def test_a_load_stamped_before_its_hour_has_ended_is_not_known_ahead(made: Outlooks) -> None:
    assert made.history is not None
    moment = int(made.issued_s[30])
    ahead = (moment - made.history.start_s) // 3600
    early = made.history.available.copy()
    early[:, ahead : ahead + 5] = moment - 60
    wrong = replace(made, history=replace(made.history, available=early), _learnt={})
    before = replace(made, _learnt={}).expected(moment, 30)
    for name, values in wrong.expected(moment, 30).items():
        assert np.array_equal(values, before[name]), name
