"""What a forecast does with what happens in parks."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from forecast_case import HOUR, LITTLE, START_S, ZONE_S, one, panel, series
from lingtan.forecast.backtest import backtest, train_all
from lingtan.forecast.history import DAY, regular, stuck_runs
from lingtan.forecast.issue import Models, Panel, issue
from lingtan.forecast.record import MEDIAN, QUANTILES, Forecast, quantile_weights

NONE = Models({}, START_S)


def at(day: int, hour: int = 0) -> int:
    return START_S + day * DAY + hour * HOUR


@pytest.fixture(scope="module")
def trained() -> tuple[Panel, Models]:
    made = panel()
    return made, train_all(made, at(40), days=60, effort=LITTLE, zone_s=ZONE_S)


def alone(values: np.ndarray, day: int, models: Models = NONE, hours: int = 24) -> Forecast:
    made, _ = one(values)
    return issue(made, models, at(day), hours)


def test_medians_come_near_a_plant_that_keeps_its_habits(trained: tuple[Panel, Models]) -> None:
    made, models = trained
    found = issue(made, models, at(41), 48)
    actual = made.history.labels(at(50), at(41), np.arange(48))
    for name in ("a:electricity", "b:electricity"):
        row = made.history.ids.index(name)
        assert found.series[name].model == "boosted"
        assert np.abs(found.median(name) - actual[row]).mean() < 0.08 * actual[row].mean()
    together = found.median("a:electricity") + found.median("b:electricity")
    np.testing.assert_allclose(found.median("park:electricity"), together)


def test_pv_makes_nothing_at_night_and_never_more_than_it_can(trained: tuple[Panel, Models]) -> None:
    made, models = trained
    found = issue(made, models, at(41), 168)
    values = found.series["pv-a"].values
    night = np.array([t.astimezone(UTC).hour in (14, 15, 16, 17, 18, 19) for t in found.times])
    assert found.series["pv-a"].model == "physics+boosted"
    assert night.any()
    assert not values[night].any()
    assert values.min() >= 0
    assert 100 < values.max() <= 1050


def test_the_same_inputs_give_the_same_digits(trained: tuple[Panel, Models]) -> None:
    made, models = trained
    again = train_all(made, at(40), days=60, effort=LITTLE, zone_s=ZONE_S)
    assert again.as_dict() == models.as_dict()
    assert issue(made, again, at(41), 24).as_dict() == issue(made, models, at(41), 24).as_dict()


def test_a_day_ahead_forecast_may_begin_later_than_it_is_issued(trained: tuple[Panel, Models]) -> None:
    made, models = trained
    found = issue(made, models, at(41, 10), 24, start=at(42))
    assert found.issued_at == datetime.fromtimestamp(at(41, 10), UTC)
    assert found.start == datetime.fromtimestamp(at(42), UTC)
    assert len(found.times) == 24


def test_a_new_enterprise_is_forecast_by_the_model_of_all_and_said_to_be_new(trained: tuple[Panel, Models]) -> None:
    _, models = trained
    values = series(50, level=77)
    values[: 30 * 24] = np.nan
    found = alone(values, 40, models).series["x:electricity"]
    assert (found.model, found.reason) == ("boosted", None)
    assert "new" in found.flags
    assert 20 < found.values[:, MEDIAN].mean() < 90


def test_without_a_model_similar_days_stand_in_and_say_so() -> None:
    found = alone(series(40), 35)
    one_ = found.series["x:electricity"]
    assert (one_.model, one_.reason, one_.fallback) == ("similar-days", "no-model", True)
    assert {n["code"] for n in found.notes} == {"forecast.reason-no-model"}


@pytest.mark.parametrize(("known", "model"), [(2, "seasonal-naive"), (5, "similar-days")])
def test_few_days_give_a_simpler_rule(known: int, model: str) -> None:
    values = series(40)
    values[: (35 - known) * 24] = np.nan
    found = alone(values, 35).series["x:electricity"]
    assert (found.model, found.reason) == (model, "few-days")
    assert np.isfinite(found.values).all()


def test_a_series_without_any_reading_is_unknown_not_missing() -> None:
    found = alone(np.full(40 * 24, np.nan), 35).series["x:electricity"]
    assert (found.model, found.reason, found.known_until) == ("unknown", "nothing-known", None)
    assert not found.values.any()


def test_a_shut_down_stays_down_and_may_start_again_in_the_upper_quantiles() -> None:
    values = series(40)
    values[32 * 24 :] = 0.2
    found = alone(values, 35, hours=72).series["x:electricity"]
    assert (found.model, found.reason) == ("zero", "shut-down")
    assert found.values[:, MEDIAN].max() < 1
    assert found.values[-1, -1] > 20
    assert found.values[5, -1] < 1


def test_a_meter_that_stopped_is_not_believed() -> None:
    values = series(40)
    values[31 * 24 :] = 55.5
    found = alone(values, 35).series["x:electricity"]
    assert (found.model, found.reason) == ("similar-days", "stuck")
    assert "stuck" in found.flags
    assert found.known_until == datetime.fromtimestamp(at(31), UTC)
    assert not np.allclose(found.values[:, MEDIAN], 55.5)


def test_a_series_that_is_usually_constant_is_not_stuck() -> None:
    assert not stuck_runs(np.append(np.repeat([4.0, 5.0, 4.0, 5.0], 8), 3.0)[None], 6).any()
    day = series(10)[None]
    day[0, 100:110] = 7.0
    assert stuck_runs(day, 6)[0, 100:110].all()


def test_a_level_shift_is_said_and_followed(trained: tuple[Panel, Models]) -> None:
    _, models = trained
    values = series(50, off=1.0)
    values[37 * 24 :] *= 2
    found = alone(values, 41, models).series["x:electricity"]
    assert "level-shift" in found.flags
    assert found.values[:, MEDIAN].mean() > 1.15 * series(50, off=1.0).mean()


def test_long_silence_falls_back_step_by_step() -> None:
    values = series(60)
    for silent, model, reason in ((5, "similar-days", "silent"), (20, "climatology", "long-silent")):
        gone = values.copy()
        gone[(50 - silent) * 24 :] = np.nan
        found = alone(gone, 50).series["x:electricity"]
        assert (found.model, found.reason) == (model, reason)
        assert np.isfinite(found.values).all()


def test_no_value_goes_far_beyond_what_was_ever_seen(trained: tuple[Panel, Models]) -> None:
    made, models = trained
    wild = replace(made, history=replace(made.history, values=made.history.values.copy()))
    wild.history.values[0, 39 * 24 : 40 * 24] *= 3
    found = issue(wild, models, at(40), 168)
    assert found.series["a:electricity"].values.max() <= 1000
    assert found.series["a:electricity"].values.min() >= 0


def test_a_backtest_scores_every_method_at_every_horizon() -> None:
    made = panel()
    seen: list[int] = []
    found = backtest(
        made, [at(d) for d in (36, 37, 38, 39)], steps=48, days=40, effort=LITTLE, zone_s=ZONE_S, keep=2,
        listener=lambda done, total: seen.append(done),
    )  # fmt: skip
    assert seen == [1, 2, 3, 4]
    assert {(s.bucket_h, s.method) for s in found.scores} >= {
        (b, m) for b in (6, 24, 48) for m in ("forecast", "weekly-naive", "seasonal-naive", "climatology")
    }
    assert found.trained == (at(36),)
    assert len(found.samples) == 2
    skill = found.skill("b:electricity", 24, "weekly-naive")
    assert skill is not None
    assert skill > 0
    own = {s.target: s for s in found.scores if s.method == "forecast" and s.bucket_h == 24}
    assert all(0.5 <= s.covered_90 <= 1 for s in own.values())


def test_the_mean_of_a_straight_distribution_is_its_middle() -> None:
    weights = quantile_weights(QUANTILES)
    assert weights.sum() == pytest.approx(1)
    assert weights @ np.array(QUANTILES) == pytest.approx(0.5)


def test_a_quarter_hour_grid_works_like_an_hourly_one() -> None:
    values = np.repeat(series(30), 4)
    rng = np.random.default_rng(5)
    made, _ = one(values * rng.uniform(0.99, 1.01, len(values)), step_s=900)
    found = issue(made, NONE, START_S + 25 * DAY + 450, 96)
    assert found.start == datetime.fromtimestamp(START_S + 25 * DAY + 900, UTC)
    assert found.step_s == 900
    assert regular(values, start_s=0, step_s=900).day == 96
