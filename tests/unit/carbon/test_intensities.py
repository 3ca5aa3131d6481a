"""CO2 and energy per output value and value added."""

from fractions import Fraction

from lingtan.base.time import Period
from lingtan.carbon.intensities import intensities
from lingtan.park.model import Park
from unit.carbon.case import account_of, park_of

CHANNELS = {
    "in": {"carrier": "electricity", "activity": "import", "connection": "grid"},
    "a": {"carrier": "electricity", "activity": "use", "enterprise": "plant-a"},
    "b": {"carrier": "electricity", "activity": "use", "enterprise": "plant-b"},
}
GRID = [{"id": "grid", "kind": "public_grid"}]
KWH = {"in": 8_760_000, "a": 5_256_000, "b": 2_628_000}


def park(values: dict[str, dict[str, dict[int, int]]]) -> Park:
    plain = park_of(CHANNELS, connections=GRID)
    members = [e.model_copy(update=values.get(e.id, {})) for e in plain.enterprises]
    return plain.model_copy(update={"enterprises": members})


BOTH = park({
    "plant-a": {"output_value_cny": {2025: 10**8}, "value_added_cny": {2025: 4 * 10**7}},
    "plant-b": {"output_value_cny": {2025: 10**8}, "value_added_cny": {2025: 10**7}},
})  # fmt: skip


def test_a_ratio_is_what_the_enterprise_used_over_its_value() -> None:
    account, _ = account_of(BOTH, KWH)
    found = {i.enterprise: i for i in intensities(account, BOTH)}
    assert list(found) == ["plant-a", "plant-b", None]
    tonnes = Fraction(5256) * Fraction("0.8325")
    assert found["plant-a"].tonnes["co2"] == tonnes
    assert found["plant-a"].per_10k_cny["output_value_cny", "co2"] == tonnes / 10_000
    assert found["plant-a"].per_10k_cny["value_added_cny", "co2"] == tonnes / 4_000
    assert (
        found["plant-b"].per_10k_cny["value_added_cny", "tce_equivalent"] == Fraction(2628) * Fraction("0.2856") / 1_000
    )


def test_the_park_is_everything_over_the_sum_of_values() -> None:
    account, _ = account_of(BOTH, KWH)
    whole = intensities(account, BOTH)[-1]
    assert whole.tonnes["co2"] == Fraction(8760) * Fraction("0.8325")
    assert whole.per_10k_cny["output_value_cny", "co2"] == whole.tonnes["co2"] / 20_000


def test_a_missing_value_is_no_ratio_and_no_zero() -> None:
    one = park({"plant-a": {"output_value_cny": {2025: 10**8}}, "plant-b": {"value_added_cny": {2025: -5}}})
    account, _ = account_of(one, KWH)
    found = {i.enterprise: i for i in intensities(account, one)}
    assert found["plant-b"].per_10k_cny["output_value_cny", "co2"] is None
    assert found["plant-b"].per_10k_cny["value_added_cny", "co2"] is None
    assert found[None].per_10k_cny["output_value_cny", "co2"] is None


def test_a_part_of_a_year_has_no_intensity() -> None:
    account, _ = account_of(BOTH, KWH)
    month = [m for m in account.months if m == int(Period.parse("2025-03").label.replace("-", ""))]
    assert intensities(type(account)(**{**vars(account), "months": tuple(month)}), BOTH) == []
