"""The technology library: Chinese rows first, ranges and sources, and no silent fallback."""

import pytest

from lingtan.base.errors import InputError
from lingtan.optimize.library import entries, lookup, technologies


def test_every_row_has_a_source_and_a_confidence_and_chinese_rows_stand_first() -> None:
    rows = entries()
    assert len(rows) > 400
    assert all(r.source_document and r.confidence and r.unit for r in rows)
    assert [r.region for r in rows] == sorted((r.region for r in rows), key=["China", "Global", "US", "Europe"].index)
    assert len(technologies()) > 50


def test_a_chinese_price_is_found_with_its_range() -> None:
    found = lookup("battery_ci_cabinet", "capex", year=2025)
    assert (found.value, found.low, found.high) == (800, 650, 1000)
    assert "general-knowledge" in found.source


def test_several_rows_give_their_median_and_all_of_them() -> None:
    found = lookup("wind_onshore", "capex", year=2030)
    assert len(found.rows) > 2
    assert found.low <= found.value <= found.high
    assert found.source.startswith("median of")


def test_another_region_or_year_is_never_taken_silently() -> None:
    with pytest.raises(InputError) as refused:
        lookup("electric_boiler_cn", "lifetime", year=2025)
    assert "capex" in str(refused.value)
    with pytest.raises(InputError, match="Europe 2025"):
        lookup("hp_air_district", "capex", year=2025)
    assert lookup("hp_air_district", "capex", year=2025, regions=("China", "Europe")).entry.region == "Europe"


def test_an_unknown_technology_names_the_nearest() -> None:
    with pytest.raises(InputError, match="battery_ci_cabinet"):
        lookup("battery_ci_cabinets", "capex", year=2025)
