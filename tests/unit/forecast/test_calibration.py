"""Bands from held-out days, and what coverage counts."""

import numpy as np

from forecast_case import HOUR, LITTLE, START_S, ZONE_S, panel
from lingtan.forecast.backtest import backtest
from lingtan.forecast.calibration import bucket_of, conformal, further_out
from lingtan.forecast.history import DAY
from lingtan.forecast.record import QUANTILES


def test_levels_move_out_the_more_the_fewer_the_days_and_never_beyond_what_there_is() -> None:
    few, many = further_out(QUANTILES, 10, 1.0), further_out(QUANTILES, 1000, 1.0)
    assert few[3] == many[3] == 0.5
    assert (few[:3] <= many[:3]).all()
    assert (few[4:] >= many[4:]).all()
    assert (few[0], few[-1]) == (0.0, 1.0)
    assert np.allclose(further_out(QUANTILES, 10, 0.0), QUANTILES)


def test_bands_of_many_plants_with_days_of_their_own_hold_the_days_that_come() -> None:
    """Hours of a day err alike, so four weeks are few: bands of their plain quantiles hold less than they say."""
    rng = np.random.default_rng(7)
    plants, days, hours = 40, 28, 24

    sizes = rng.lognormal(0, 0.3, (1, plants, 1))

    def errors(count: int) -> np.ndarray:
        return sizes * (rng.standard_normal((count, plants, 1)) + 0.2 * rng.standard_normal((count, plants, hours)))

    ids = tuple(f"e{i}" for i in range(plants))
    raw = np.zeros((days, plants, hours, len(QUANTILES))) + np.array([-1, -0.7, -0.3, 0, 0.3, 0.7, 1.0])
    buckets = np.tile(bucket_of(np.arange(hours), HOUR), (days, 1))
    made = conformal(ids, QUANTILES, raw, errors(days), np.ones((days, plants)), buckets)
    bands = made.apply(ids, raw[0], np.ones(plants), buckets[0])
    came = errors(400)
    held = ((came >= bands[None, :, :, 0]) & (came <= bands[None, :, :, -1])).mean()
    assert 0.875 <= held <= 0.93


def test_pv_at_night_is_no_merit_of_a_band() -> None:
    made = backtest(
        panel(50), [START_S + 44 * DAY, START_S + 45 * DAY], steps=24, days=40, effort=LITTLE, zone_s=ZONE_S, keep=0
    )
    own = {(s.target, s.bucket_h): s for s in made.scores if s.method == "forecast"}
    night, day = own["pv-a", 6], own["pv-a", 24]
    assert night.counted < night.values
    assert 0 < day.counted < day.values
    load = own["a:electricity", 24]
    assert load.counted == load.values
