"""Matching scores, the ratios of the notices, and intensities."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError
from lingtan.green.intensity import marginal, of_generation, of_mix
from lingtan.green.rules import Limits, Quantities, ratios, year_end
from lingtan.green.scores import costliest_hours, matching
from tests.unit.green.networks import ints

series = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=50)


@given(series, st.integers(1, 12))
def test_a_finer_score_is_never_higher(rows: list[tuple[int, int]], every: int) -> None:
    green, used = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    scores = matching(green, used, np.arange(green.size) // every)
    assert scores.hourly.matched_wh <= scores.monthly.matched_wh <= scores.yearly.matched_wh <= int(used.sum())
    assert int(scores.missed_wh.sum()) == int(used.sum()) - scores.hourly.matched_wh


def test_scores_by_hand() -> None:
    # two hours of one month: 10 green of 4 used, 0 green of 6 used
    scores = matching(ints(10, 0), ints(4, 6), ints(1, 1))
    assert (scores.hourly.share, scores.monthly.share) == (Fraction(4, 10), Fraction(1))
    assert costliest_hours(scores.missed_wh) == [(1, 6)]


def test_nothing_used_has_no_score() -> None:
    assert matching(ints(5), ints(0), ints(1)).hourly.share is None


def test_ratios_of_direct_supply_by_hand() -> None:
    found = {r.id: r for r in ratios(Quantities(direct=900, curtailed=100, exported=100, own=50, load=2000), 2026)}
    assert found["self_use_of_generation"].value == Fraction(800, 1000)
    assert found["self_use_of_load"].value == Fraction(800, 2000)
    assert found["export_of_generation"].value == Fraction(100, 1000)
    assert found["direct_supply"].value == Fraction(850, 2000)
    assert found["direct_supply"].met is False
    assert found["direct_supply"].margin_wh == -150
    assert found["self_use_of_generation"].margin_wh == 200


def test_the_share_of_load_is_raised_in_the_year_that_the_notice_says() -> None:
    q = Quantities(direct=330, curtailed=0, exported=0, own=0, load=1000)
    assert {r.id: r.met for r in ratios(q, 2029)}["self_use_of_load"] is True
    assert {r.id: r.met for r in ratios(q, 2030)}["self_use_of_load"] is False
    assert {r.id: r.met for r in ratios(q, 2027, Limits(load_share_raised_from=2026))}["self_use_of_load"] is False


def test_available_generation_can_leave_out_what_was_curtailed() -> None:
    q = Quantities(direct=600, curtailed=400, exported=0, own=0, load=1000)
    assert {r.id: r.value for r in ratios(q, 2026)}["self_use_of_generation"] == Fraction(6, 10)
    without = ratios(q, 2026, Limits(available="used_exported"))
    assert {r.id: r.value for r in without}["self_use_of_generation"] == 1


def test_year_end_goes_on_as_so_far() -> None:
    assert year_end(Quantities(10, 2, 1, 0, 20), 2190, 8760) == Quantities(40, 8, 4, 0, 80)


def test_intensity_of_a_mix_asks_for_every_factor_that_matters() -> None:
    mixes = np.array([[0.5, 0.5, 0.0]])
    assert of_mix(mixes, ["pv", "grid", "opening"], {"pv": 0.0, "grid": 0.8})[0] == pytest.approx(0.4)
    with pytest.raises(DataError) as refused:
        of_mix(mixes, ["pv", "grid", "opening"], {"pv": 0.0})
    assert refused.value.code == "green.no-factor"


def test_the_marginal_source_is_the_first_with_room() -> None:
    order = [("pv", 0.0, ints(10, 10), ints(10, 12)), ("chp", 0.4, ints(5, 5), ints(6, 6))]
    assert marginal(order, 0.8325).tolist() == [0.4, 0.0]
    assert marginal([("pv", 0.0, ints(10), ints(10))], 0.8325).tolist() == [0.8325]


def test_the_french_series_is_reproduced_from_its_generation_mix(real_data: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(real_data / "carbon" / "fr_generation_mix_ci_2020_hourly.parquet")
    published = json.loads((real_data / "golden" / "mix_to_ci_factors.json").read_text())["factors_g_per_kWh"]
    names = [c.removesuffix("_MW") for c in frame.columns if c.endswith("_MW") and not c.startswith("Hydro Pumped")]
    assert len(names) > 10
    generation = {name: frame[f"{name}_MW"].to_numpy() for name in names}
    found = of_generation(generation, {name: published.get(name, 0.0) for name in names})
    np.testing.assert_allclose(found, frame["ci_g_kwh"].to_numpy(), rtol=1e-12)
