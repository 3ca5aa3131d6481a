"""Laws of forecasts: what was not yet known changes nothing; quantiles do not cross; parts add up."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast_case import HOUR, LITTLE, START_S, ZONE, ZONE_S, panel
from lingtan.base.ids import digest
from lingtan.forecast.backtest import caught_up, train_all
from lingtan.forecast.coherent import reconciled
from lingtan.forecast.features import WINDOW, build
from lingtan.forecast.history import DAY, NEVER, History
from lingtan.forecast.issue import Panel, issue
from lingtan.forecast.outlook import Archive
from lingtan.forecast.record import MEDIAN, QUANTILES, Forecast, Target
from lingtan.forecast.rules import RULES, weighted_quantiles
from lingtan.forecast.scores import crps, pinball
from lingtan.forecast.shifts import Shift, Shifts


def disturbed(history: History, at: int, seed: int) -> History:
    """Everything that was not known at ``at`` shuffled, multiplied, taken away or made available later."""
    rng = np.random.default_rng(seed)
    unknown = ~history.known(at)
    values, available = history.values.copy(), history.available.copy()
    rows, columns = np.nonzero(unknown)
    values[rows, columns] = rng.permutation(values[rows, columns]) * rng.uniform(-50, 50, len(rows))
    gone = rng.random(len(rows)) < 0.2
    values[rows[gone], columns[gone]] = np.nan
    later = at + 1 + rng.integers(0, 90 * DAY, len(rows))
    # what is stamped as known before its interval ends is still not known
    ends = history.start_s + history.step_s * (columns + 1)
    early = (ends > at) & (rng.random(len(rows)) < 0.3)
    available[rows, columns] = np.where(early, at - 1, later)
    return replace(history, values=values, available=available)


def with_late_readings(made: Panel, seed: int) -> Panel:
    """Some readings become known hours or weeks after their interval."""
    rng = np.random.default_rng(seed)
    shape = made.history.values.shape
    late = rng.integers(0, 30 * DAY, shape) * (rng.random(shape) < 0.05) + rng.integers(0, 6 * HOUR, (shape[0], 1))
    history = replace(made.history, available=made.history.available + late)
    issued = START_S + DAY * np.repeat(np.arange(50), 24)
    archive = Archive(
        issued, issued + HOUR * np.tile(np.arange(24), 50) * 2, {"temperature_c": rng.standard_normal(1200)}
    )
    return replace(made, history=history, surroundings=replace(made.surroundings, archive=archive))


@settings(max_examples=6)
@given(seed=st.integers(0, 2**31), hour=st.integers(0, 30))
def test_nothing_that_was_not_yet_known_changes_a_model_or_a_forecast(seed: int, hour: int) -> None:
    before = with_late_readings(panel(), seed)
    at = START_S + 38 * DAY + hour * HOUR + 1234
    air, archive = before.surroundings.temperature, before.surroundings.archive
    assert air is not None
    assert archive is not None
    later = archive.issued_s > at
    changed = {"temperature_c": np.where(later, 99.0, archive.values["temperature_c"])}
    after = replace(
        before,
        history=disturbed(before.history, at, seed + 1),
        surroundings=replace(
            before.surroundings, temperature=disturbed(air, at, seed + 2), archive=replace(archive, values=changed)
        ),
    )
    assert not np.array_equal(before.history.values, after.history.values, equal_nan=True)
    told = []
    for one in (before, after):
        models = train_all(one, at - 5 * DAY, days=60, effort=LITTLE, zone_s=ZONE_S)
        assert set(models.kinds) == {"load", "pv"}
        ready = caught_up(one, models, at)
        assert ready.kinds["load"].calibration.offsets.tolist() != models.kinds["load"].calibration.offsets.tolist()
        told.append((digest(models.as_dict()), digest(ready.as_dict()), digest(issue(one, ready, at, 48).as_dict())))
    assert told[0] == told[1]


def plans(seed: int, at: int) -> tuple[Shifts, Shifts]:
    """Plans of production; and the same with everything that was stated after ``at`` turned into something else."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(30):
        begin = START_S + int(rng.integers(0, 50 * 24)) * HOUR
        stated = begin + int(rng.integers(-10 * DAY, 5 * DAY))
        level = None if rng.random() < 0.2 else float(rng.choice([0.0, 0.5, 1.0]))
        rows.append(Shift(stated, "ab"[rng.integers(2)], begin, begin + int(rng.integers(1, 96)) * HOUR, level))
    # a stop that is stated a second too late for the forecast, and one in time
    rows += [Shift(at + 1, "a", at, at + 2 * DAY, 0.0), Shift(at, "b", at + 6 * HOUR, at + 30 * HOUR, 0.0)]
    changed = [r if r.stated_s <= at else replace(r, level=1.3, begin_s=0, end_s=2**40) for r in rows]
    order = rng.permutation(len(changed))
    return Shifts(tuple(rows), ZONE), Shifts(tuple(changed[i] for i in order), ZONE)


def with_prices(made: Panel, seed: int) -> Panel:
    """A spot price that is known a day ahead or a day late."""
    rng = np.random.default_rng(seed)
    values = 0.4 + 0.1 * rng.standard_normal((1, made.history.values.shape[1]))
    known = made.history.available[:1] + rng.integers(-20 * HOUR, DAY, values.shape)
    price = Target("price", "price", "park", "CNY/kWh", lowest=-2.0, highest=10.0)
    history = replace(
        made.history,
        ids=(*made.history.ids, "price"),
        values=np.vstack([made.history.values, values]),
        available=np.vstack([made.history.available, known]),
    )
    return replace(made, targets=(*made.targets, price), history=history)


@settings(max_examples=2)
@given(seed=st.integers(0, 2**31), hour=st.integers(0, 30))
def test_no_plan_weather_or_price_that_was_not_yet_known_changes_a_forecast(seed: int, hour: int) -> None:
    before = with_prices(with_late_readings(panel(), seed), seed + 3)
    at = START_S + 38 * DAY + hour * HOUR + 1234
    rng = np.random.default_rng(seed + 4)
    first = before.surroundings.archive
    assert first is not None
    # forecasts of sun and wind too, each issued some days before or after the hour that it is for
    hours = START_S + HOUR * np.arange(52 * 24)
    issued = hours + rng.integers(-3 * DAY, 3 * DAY, len(hours))
    names = ("temperature_c", "ghi_w_m2", "wind_m_s")
    values = {n: 10 * rng.random(len(hours)) for n in names}
    changed = {n: np.where(issued > at, -500.0, v) for n, v in values.items()}
    one, two = plans(seed, at)
    around = before.surroundings
    told = []
    for made, weather, plan in (
        (before, values, one),
        (replace(before, history=disturbed(before.history, at, seed + 1)), changed, two),
    ):
        here = replace(made, surroundings=replace(around, archive=Archive(issued, hours, weather), shifts=plan))
        models = train_all(here, at, days=20, effort=replace(LITTLE, trees=6), zone_s=ZONE_S)
        assert {"load", "price"} <= set(models.kinds)
        told.append((digest(models.as_dict()), digest(issue(here, models, at, 48).as_dict())))
    assert told[0] == told[1]


@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), share=st.floats(0, 0.95))
def test_features_see_no_further_than_what_was_seen_however_much_is_missing(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    history = panel().history
    holes = replace(history, values=np.where(rng.random(history.values.shape) < share, np.nan, history.values))
    at = START_S + 40 * DAY + 7 * HOUR
    leads = np.arange(168)
    one = build(holes.seen(at, WINDOW), leads, ZONE)
    two = build(disturbed(holes, at, seed).seen(at, WINDOW), leads, ZONE)
    assert np.array_equal(one.features, two.features, equal_nan=True)
    for rule in RULES.values():
        mine = rule(holes.seen(at, WINDOW), leads, QUANTILES, ZONE)
        assert np.array_equal(
            mine, rule(disturbed(holes, at, seed).seen(at, WINDOW), leads, QUANTILES, ZONE), equal_nan=True
        )


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), parts=st.integers(1, 6), own=st.booleans())
def test_medians_of_parts_add_up_and_bands_stay_sensible(seed: int, parts: int, own: bool) -> None:
    rng = np.random.default_rng(seed)
    targets = [Target("top", "load", "park", "kW")]
    values = {}
    for i in range(parts):
        targets.append(Target(f"e{i}", "load", "enterprise", "kW", parent="top", highest=120.0))
        values[f"e{i}"] = np.sort(rng.uniform(0, 100, (5, len(QUANTILES))), axis=1)
        for j in range(i % 3):
            targets.append(Target(f"e{i}m{j}", "load", "meter", "kW", parent=f"e{i}", highest=90.0))
            values[f"e{i}m{j}"] = np.sort(rng.uniform(0, 80, (5, len(QUANTILES))), axis=1)
    if own:
        values["top"] = np.sort(rng.uniform(0, 100 * parts, (5, len(QUANTILES))), axis=1)
    made = reconciled(targets, values)
    assert set(made) == {t.id for t in targets}
    for t in targets:
        below = [c.id for c in targets if c.parent == t.id]
        if below:
            total = np.sum([made[c][:, MEDIAN] for c in below], axis=0)
            np.testing.assert_allclose(made[t.id][:, MEDIAN], total, rtol=1e-12, atol=1e-9)
            widths = np.sum([made[c][:, -1] - made[c][:, 0] for c in below], axis=0)
            assert (made[t.id][:, -1] - made[t.id][:, 0] <= widths + 1e-9).all()
        assert (np.diff(made[t.id], axis=1) >= -1e-9).all()
        assert (made[t.id] >= -1e-9).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31))
def test_a_forecast_survives_its_file(seed: int) -> None:
    made = panel(40)
    found = issue(
        made, train_all(made, START_S, days=1, effort=LITTLE, zone_s=ZONE_S), START_S + 30 * DAY + seed % DAY, 12
    )
    assert Forecast.from_dict(found.as_dict()).as_dict() == found.as_dict()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e6, 1e6))
def test_scores_are_least_for_what_came(values: list[float], actual: float) -> None:
    table = np.sort(np.array(values))[:, None] * np.ones(len(QUANTILES))
    came = np.full(len(values), actual)
    assert (pinball(came, table, QUANTILES) >= 0).all()
    assert (crps(came, table, QUANTILES) >= 0).all()
    exact = np.repeat(came[:, None], len(QUANTILES), 1)
    assert np.allclose(crps(came, exact, QUANTILES), 0)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=40), st.integers(1, 5))
def test_equal_weights_give_quantiles_between_the_values(values: list[float], many: int) -> None:
    table = np.array(values)[None, None, :]
    found = weighted_quantiles(table, np.ones((1, len(values))) * many, QUANTILES)[0, 0]
    assert found.min() >= min(values) - 1e-9
    assert found.max() <= max(values) + 1e-9
    assert (np.diff(found) >= -1e-9).all()


def test_an_unknown_reading_has_no_moment_at_which_it_is_known() -> None:
    history = panel().history
    never = replace(history, available=np.full_like(history.available, NEVER))
    assert not never.known(history.end_s + DAY).any()
