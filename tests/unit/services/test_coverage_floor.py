"""The least coverage is stated by use; a figure below it is refused, and the refusal shows the coverage."""

import pyarrow as pa
import pytest

from lingtan.base.errors import DataError
from lingtan.carbon.coverage import coverages
from lingtan.park.model import Park
from lingtan.services.run_account import coverage_floor, refuse_thin
from tests.meter_rows import park


def stated(**floors: str) -> Park:
    return park({"id": "a"}).model_copy(
        update={"accounting": Park.model_validate(
            {"park": {"id": "p", "name": "P", "region": "CN-JS"}, "accounting": {"coverage_floor": floors}}
        ).accounting}
    )  # fmt: skip


def test_each_use_has_its_own_floor() -> None:
    site = stated(account="0.9", indicator="0")
    assert coverage_floor(site, "account", 0.95) == 0.9
    assert coverage_floor(site, "indicator", 0.5) == 0.0
    assert coverage_floor(site, "forecast", 0.8) == 0.8


def test_a_refusal_shows_the_coverage() -> None:
    known = {
        "channel": 1,
        "month": 202501,
        "covered_s": 423,
        "estimated_s": 0,
        "spread_s": 0,
        "rejected_s": 0,
        "rev": 1,
    }
    thin = coverages({1: "a"}, pa.Table.from_pylist([known]), {202501: 1000})
    with pytest.raises(DataError) as refused:
        refuse_thin(thin, 0.95, stated())
    assert "42.3%" in refused.value.format("en")
    assert "95.0%" in refused.value.format("zh")
    refuse_thin(thin, 0.4, stated())
