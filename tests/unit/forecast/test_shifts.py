"""What enterprises said of their production, in forecasts."""

from dataclasses import replace

import numpy as np
import pytest

from forecast_case import HOUR, START_S, ZONE, ZONE_S, one
from lingtan.forecast.backtest import train_all
from lingtan.forecast.boosted import Effort
from lingtan.forecast.explain import explain
from lingtan.forecast.history import DAY
from lingtan.forecast.issue import Models, Panel, issue
from lingtan.forecast.record import MEDIAN, QUANTILES, Target
from lingtan.forecast.scores import pinball
from lingtan.forecast.shifts import Shift, Shifts

WHO = "x:electricity"
DAYS = 84
EFFORT = Effort(trees=30, rate=0.15, rows=8000, horizon_s=2 * DAY, hours=(0, 9))


def rotating() -> tuple[np.ndarray, list[Shift]]:
    """A plant whose crews work two days and rest one, by day or by night in turn: no weekday tells which."""
    rng = np.random.default_rng(5)
    load = np.full(DAYS * 24, 20.0)
    plan = []
    for day in range(DAYS):
        if day % 3 == 2:
            spans = [(0, 24, 0.0)]
        else:
            first, last = ((8, 20), (14, 24))[(day // 3) % 2]
            spans = [(0, first, 0.0), (first, last, 1.0), (last, 24, 0.0)]
            load[day * 24 + first : day * 24 + last] = 100.0
        for begin, end, level in spans:
            start = START_S + day * DAY
            stated = start - 7 * DAY  # the roster hangs out a week before
            if end > begin:
                plan.append(Shift(stated, "x", start + begin * HOUR, start + end * HOUR, level))
    return load * (1 + 0.03 * rng.standard_normal(len(load))), plan


def with_plan(panel: Panel, rows: list[Shift]) -> Panel:
    return replace(panel, surroundings=replace(panel.surroundings, shifts=Shifts(tuple(rows), ZONE)))


def told(panel: Panel, at: int, hours: int = 48, effort: Effort = EFFORT) -> np.ndarray:
    models = train_all(panel, at, days=70, effort=effort, zone_s=ZONE_S)
    return np.asarray(issue(panel, models, at, hours).series[WHO].values)


def test_a_roster_of_rotating_shifts_pays() -> None:
    load, rows = rotating()
    panel, history = one(load)
    knows = with_plan(panel, rows)
    losses = np.zeros(2)
    at = START_S + 70 * DAY
    for i, park in enumerate((panel, knows)):
        models = train_all(park, at, days=70, effort=EFFORT, zone_s=ZONE_S)
        for day in range(10):
            values = issue(park, models, at + day * DAY, 24).series[WHO].values
            actual = history.labels(history.end_s, at + day * DAY, np.arange(24))
            losses[i] += pinball(actual, values, QUANTILES).mean()
    assert losses[1] < 0.25 * losses[0]


def test_a_planned_stop_pulls_the_forecast_down_before_it_comes_and_lets_it_up_after() -> None:
    from forecast_case import series

    load = series(60, off=1.0)
    at = START_S + 50 * DAY
    begin, end = at + 12 * HOUR, at + 36 * HOUR
    panel, _ = one(load)
    stop = Shift(at - DAY, "x", begin, end, 0.0)
    plain, made = told(panel, at), told(with_plan(panel, [stop]), at)
    assert made[12:36, MEDIAN].max() < 0.2 * plain[12:36, MEDIAN].min()
    assert (made[12:36, -1] < plain[12:36, MEDIAN]).all()
    np.testing.assert_allclose(made[:12], plain[:12], rtol=0.05)
    np.testing.assert_allclose(made[36:], plain[36:], rtol=0.05)


@pytest.mark.parametrize("late", [1, HOUR])
def test_a_stop_that_was_not_yet_stated_changes_nothing(late: int) -> None:
    load = np.tile([50.0, 100.0] * 12, 40) + np.random.default_rng(1).standard_normal(960)
    panel, _ = one(load)
    at = START_S + 36 * DAY
    stop = Shift(at + late, "x", at, at + DAY, 0.0)
    assert np.array_equal(told(panel, at), told(with_plan(panel, [stop]), at))


def test_a_plan_can_be_withdrawn_and_the_last_word_counts() -> None:
    begin, end = START_S, START_S + DAY
    times = np.arange(begin, end, HOUR)
    rows = (
        Shift(begin - 3 * DAY, "x", begin, end, 0.0),
        Shift(begin - 2 * DAY, "x", begin, begin + 6 * HOUR, 0.5, carrier="electricity"),
        Shift(begin - DAY, "x", begin + 12 * HOUR, end, None),
    )
    plan = Shifts(rows, ZONE)
    found = plan.levels((WHO, "y:electricity"), begin, times)
    assert found is not None
    assert found[0, [0, 6, 12]].tolist()[:2] == [0.5, 0.0]
    assert np.isnan(found[0, 12:]).all()
    assert np.isnan(found[1]).all()
    early = plan.levels((WHO,), begin - 3 * DAY, times)
    assert early is not None
    assert (early == 0).all()
    assert plan.levels((WHO,), begin - 4 * DAY, times) is None


def test_hours_over_midnight_belong_to_the_day_on_which_they_began() -> None:
    # 27 September 2025 is a Saturday, the 28th a Sunday that is worked (moved for National Day)
    saturday = 1_758_902_400
    times = np.arange(saturday, saturday + 3 * DAY, HOUR)
    night = Shifts((Shift(0, "x", 0, 2**40, 1.0, weekdays=frozenset({7}), hours=(20 * HOUR, 8 * HOUR)),), ZONE)
    found = night.levels((WHO,), saturday, times)
    assert found is not None
    works = np.flatnonzero(found[0] == 1.0).tolist()
    # Friday's night until 8 on Saturday, Sunday's from 20 on until 8 on Monday, Monday's from 20 on
    assert works == [*range(8), *range(44, 56), *range(68, 72)]


def test_a_stop_that_is_over_neither_counts_as_a_shut_down_nor_weighs_on_habit() -> None:
    from forecast_case import series

    load = series(60, off=1.0)
    plain_panel, _ = one(load.copy())
    at = START_S + 50 * DAY
    stopped = load.copy()
    stopped[44 * 24 : 50 * 24] = 1.0 + 0.1 * np.random.default_rng(2).standard_normal(144)
    panel, _ = one(stopped)
    stop = Shift(at - 20 * DAY, "x", START_S + 44 * DAY, at, 0.0)
    knows = with_plan(panel, [stop])
    models = train_all(knows, at, days=70, effort=EFFORT, zone_s=ZONE_S)
    made = issue(knows, models, at, 24).series[WHO]
    assert made.model == "boosted"
    usual = told(plain_panel, at, 24)[:, MEDIAN].mean()
    assert abs(made.values[:, MEDIAN].mean() / usual - 1) < 0.1
    blind = issue(panel, Models({}, at), at, 24).series[WHO]
    assert blind.model == "zero"


def test_a_total_follows_the_plan_of_its_parts_and_the_plan_is_a_driver() -> None:
    from forecast_case import panel as small

    park = small(50)
    at = START_S + 45 * DAY
    stop = Shift(at - DAY, "b", at, at + 2 * DAY, 0.0)
    knows = with_plan(park, [stop])
    models = train_all(knows, at, days=60, effort=EFFORT, zone_s=ZONE_S)
    before, after = issue(park, models, at, 24), issue(knows, models, at, 24)
    assert "planned-stop" in after.series["b:electricity"].flags
    a = np.median(after.median("a:electricity") / before.median("a:electricity"))
    assert abs(a - 1) < 0.1
    total = after.median("a:electricity") + after.median("b:electricity")
    np.testing.assert_allclose(after.median("park:electricity"), total)
    assert after.median("park:electricity").mean() < 0.55 * before.median("park:electricity").mean()
    target = next(t for t in knows.targets if t.id == "b:electricity")
    assert isinstance(target, Target)
    why = explain(knows, models.kinds["load"], target, at, np.arange(24))
    assert why.drivers["plan"] < -0.5 * why.base
