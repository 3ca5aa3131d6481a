"""Money as in China, solved by hand; and what a plan pays for one more kilowatt-hour is what the bill would charge."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.inputs import Horizon, Inputs, State
from lingtan.optimize.dispatch.money import all_prices
from lingtan.optimize.dispatch.planner import Planner, state_after
from lingtan.optimize.dispatch.record import Description, Limits, Money, Unit
from lingtan.park.tariffs.bill import Usage, bill
from lingtan.park.tariffs.record import PERIODS, Tariff
from lingtan.park.tariffs.terms import resolve
from tests.unit.optimize.dispatch.parks import MIDNIGHT, battery, description, inputs

NO_BATTERY = battery(capacity_kw=0.0)
SUN = Unit(id="sun", kind="pv", output="el", available="sun")
PARTS = {
    "purchase": "0.40",
    "line_loss": "0.02",
    "transmission": "0.10",
    "system_operation": "0.05",
    "funds": {"renewable": "0.019"},
}
WINDOWS = [
    {"period": "peak", "windows": ["14:00-22:00"]}, {"period": "valley", "windows": ["00:00-08:00"]}, {"period": "flat", "windows": ["rest"]},
    {"period": "sharp_peak", "windows": ["18:00-20:00"], "months": [7, 8]},
]  # fmt: skip
RATIOS = {"sharp_peak": "2.0", "peak": "1.7", "valley": "0.4"}
OF_HOUR = {3: "valley", 10: "flat", 15: "peak", 18: "sharp_peak"}  # in July


def tariff(**fields: object) -> Tariff:
    """Two-part by demand, composed of its parts, purchase and line loss by period."""
    given = {
        "id": "t", "connection": "grid", "region": "CN-JS", "voltage": "110kV", "basis": "demand", "composition": PARTS,
        "ratios": RATIOS, "windows": WINDOWS, "demand_cny_per_kw_month": "40",
    }  # fmt: skip
    return Tariff.model_validate(given | fields)


def paid_by(*tariffs: Tariff, **grid: object) -> Description:
    """A need and a connection on these tariffs."""
    return description(
        NO_BATTERY, grid={"price_series": None, "tariff": tariffs[0].id, **grid}, tariffs=list(tariffs), timezone="Asia/Shanghai"
    )  # fmt: skip


def prices(described: Description, start: datetime = MIDNIGHT, hours: int = 24, **series: object):  # type: ignore[no-untyped-def]
    horizon = Horizon(start, hours, 60)
    return all_prices(described, horizon, {"load": np.ones(hours), **series})["grid"]  # type: ignore[dict-item]


TARIFFS = {
    "parts": tariff(),
    "published": tariff(energy_cny_per_kwh={"sharp_peak": "1.3", "peak": "1.0", "flat": "0.6", "valley": "0.3"}, composition=None),
    "1192": tariff(pricing="direct_1192", basis="capacity", capacity_kva="500", capacity_cny_per_kva_month="28",
                   average_load_factor="0.6"),
    "1192 by demand": tariff(pricing="direct_1192", capacity_kva="500", average_load_factor="0.6"),
    "spot": tariff(purchase="spot"),
    "power factor": tariff(power_factor_standard="0.90", power_factor="0.85"),
    "spot and power factor": tariff(purchase="spot", power_factor_standard="0.90", power_factor="0.97"),
    "1192 at spot": tariff(pricing="direct_1192", purchase="spot", capacity_kva="500", average_load_factor="0.6"),
    "contract": tariff(basis="contract", contract_kw="1000"),
}  # fmt: skip


@pytest.mark.parametrize("name", TARIFFS)
def test_one_more_kilowatt_hour_costs_the_plan_what_the_bill_charges(name: str) -> None:
    kind, spot = TARIFFS[name], 0.37
    terms = resolve(kind, date(2025, 7, 1))
    used = dict.fromkeys(PERIODS[:4], Decimal(1_000_000))

    def charged(more_kwh: dict[str, Decimal], max_kw: int) -> float:
        kwh = {p: v + more_kwh.get(p, Decimal(0)) for p, v in used.items()}
        at_spot = Decimal(str(spot)) * sum(kwh.values()) if kind.purchase == "spot" else None
        return float(bill(terms, Usage(kwh, max_kw=Decimal(max_kw), spot_cny=at_spot)).total)

    described = paid_by(kind, price_series="spot" if kind.purchase == "spot" else None)
    series = {"spot": np.full(24, spot)} if kind.purchase == "spot" else {}
    found = prices(described, **series)
    base = charged({}, 2000)
    for hour, period in OF_HOUR.items():
        more = (charged({period: Decimal(1_000_000)}, 2000) - base) / 1_000_000
        assert found.import_cny_per_kwh[hour] == pytest.approx(more, abs=1e-6), (name, period)
    over = 2.0 if found.contract_kw is not None else 1.0
    assert over * found.demand_cny_per_kw[0] == pytest.approx((charged({}, 3000) - base) / 1000, abs=1e-4)


def test_under_1192_energy_is_paid_without_transmission_and_the_fee_does_not_move_the_plan() -> None:
    # by hand, flat: 0.40 + 0.02 + 0.05 + 0.019; ordinary 0.10 more; valley: (0.40 + 0.02) × 0.4 + 0.05 + 0.019
    direct, ordinary = prices(paid_by(TARIFFS["1192"])), prices(paid_by(TARIFFS["parts"]))
    assert direct.import_cny_per_kwh[[3, 10]] == pytest.approx([0.237, 0.489])
    assert ordinary.import_cny_per_kwh - direct.import_cny_per_kwh == pytest.approx(np.full(24, 0.10))
    assert direct.demand_cny_per_kw == pytest.approx([0.0])  # by capacity: the month's fee is paid whatever is done
    # a boiler at 0.45 a kWh: gas below the ordinary flat price, power below it under 1192
    units = [
        Unit(id="gas", kind="boiler", output="heat", capacity_kw=100, efficiency=1.0, price_cny_per_kwh=0.55),
        Unit(id="electric", kind="electric_boiler", input="el", output="heat", capacity_kw=100, efficiency=1.0),
    ]
    chosen = {}
    for name in ("1192", "parts"):
        made = TARIFFS[name].model_copy(update={"basis": "capacity", "capacity_cny_per_kva_month": Decimal(28)})
        described = paid_by(made)
        described = described.model_copy(
            update={"units": units, "needs": [described.needs[0].model_copy(update={"node": "heat", "series": "heat"})]}
        )
        horizon = Horizon(datetime(2025, 7, 10, 1, tzinfo=UTC), 2, 60)  # 9 to 11 in the morning: flat
        series = {"heat": np.full(2, 50.0)}
        step = Planner(described).plan(Inputs(horizon, series, all_prices(described, horizon, series)))
        chosen[name] = step.series["electric.input"].sum(), step.solution.cost
    assert chosen["1192"] == pytest.approx((100.0, 100 * 0.489))
    assert chosen["parts"] == pytest.approx((0.0, 100 * 0.55))


def test_direct_supply_is_taken_first_and_only_the_rest_pays_the_grids_parts() -> None:
    line = Unit(id="line", kind="direct_line", output="el", available="wind", capacity_kw=80, price_cny_per_kwh=0.30)
    described = paid_by(TARIFFS["1192"]).model_copy(update={"units": [line]})
    horizon = Horizon(datetime(2025, 7, 10, 1, tzinfo=UTC), 2, 60)
    series = {"load": np.array([100.0, 50.0]), "wind": np.array([120.0, 120.0])}
    step = Planner(described).plan(Inputs(horizon, series, all_prices(described, horizon, series)))
    assert step.series["line.power"] == pytest.approx([80, 50])
    assert step.series["grid.import"] == pytest.approx([20, 0], abs=1e-9)
    assert step.solution.cost == pytest.approx(130 * 0.30 + 20 * 0.489)


def test_a_sharp_peak_begins_with_its_month_in_the_middle_of_a_horizon() -> None:
    found = prices(paid_by(tariff()), start=datetime(2025, 6, 30, 4, tzinfo=UTC), hours=36)  # noon, 30 June
    at = [(datetime(2025, 6, 30, 12).hour + h) % 24 for h in range(36)]
    evening = [i for i, hour in enumerate(at) if hour in (18, 19)]
    flat, peak, sharp = 0.42, 0.42 * 1.7 + 0.169, 0.42 * 2.0 + 0.169
    assert flat < peak < sharp
    assert found.import_cny_per_kwh[evening] == pytest.approx([peak, peak, sharp, sharp])
    assert len(found.demand_cny_per_kw) == 2  # one charge for each month


def test_a_new_tariff_is_paid_from_its_first_month() -> None:
    old = tariff(id="old", valid_to="2025-07-31")
    new = tariff(
        id="new", valid_from="2025-08-01", demand_cny_per_kw_month="48", composition={**PARTS, "purchase": "0.50"}
    )
    found = prices(paid_by(old, new), start=datetime(2025, 7, 31, 4, tzinfo=UTC), hours=24)
    assert found.demand_cny_per_kw == pytest.approx([40.0, 48.0])
    assert found.import_cny_per_kwh[[0, 22]] == pytest.approx([0.42 + 0.169, 0.52 + 0.169])  # flat before and after


def test_the_months_peak_goes_from_day_to_day_and_the_next_month_starts_anew() -> None:
    described = description(battery(energy_kwh=1000.0, end_level=None))
    planner, state, seen = Planner(described), State(content_kwh={"battery": 0.0}), []
    # by hand: 29 July 150 kW is paid; 30 July 120 is free; 31 July 200 is held at 150 by the battery; 1 August pays 90 anew
    for day, top in ((28, 150), (29, 120), (30, 200), (31, 90)):
        series = {"load": [60] * 22 + [top, top], "price": [0.5] * 24}
        given = inputs(described, series, state=replace(state, content_kwh={"battery": 0.0}), demand=40.0,
                       start=datetime(2025, 7, day, 16, tzinfo=UTC))  # fmt: skip
        if day != 30:  # without a battery
            given = replace(given, state=replace(given.state, content_kwh={"battery": 0.0}))
            step = Planner(described.model_copy(update={"units": [NO_BATTERY]})).plan(given)
        else:
            step = planner.plan(given)
        energy = 0.5 * (sum(step.series["grid.import"]))
        seen.append((step.series["grid.import"].max(), step.solution.cost - energy))
        state = state_after(described, step, 24)
    tops, demand = [s[0] for s in seen], [s[1] for s in seen]
    assert tops == pytest.approx([150, 120, 150, 90], abs=1e-5)
    assert demand[0] == pytest.approx(40 * 150, rel=1e-4)
    assert demand[1] == pytest.approx(0.0, abs=1e-3)
    assert demand[2] == pytest.approx(0.001 * 100, abs=0.1)  # wear and nothing else
    assert demand[3] == pytest.approx(40 * 90, rel=1e-4)


def test_within_one_horizon_each_month_pays_its_own_peak_and_the_first_keeps_what_it_has_seen() -> None:
    described = description(NO_BATTERY)
    series = {"load": [100, 180, 70, 90], "price": [0.0] * 4}
    given = inputs(described, series, state=State(peak_kw={"grid": 150.0}), demand=40.0,
                   start=datetime(2025, 7, 31, 14, tzinfo=UTC))  # fmt: skip
    step = Planner(described).plan(given)  # two hours of July, two of August
    assert step.solution.cost == pytest.approx(40 * (180 - 150) + 40 * 90)


def test_exports_are_paid_limited_in_power_and_share_or_forbidden() -> None:
    series = {"load": [20, 20], "sun": [100, 100], "price": [0.5, 0.5]}
    paid = {"export_kw": 60.0, "export_price_cny_per_kwh": 0.2}
    free = description(SUN, grid=paid)
    step = Planner(free).plan(inputs(free, series))
    assert step.series["grid.export"] == pytest.approx([60, 60])  # 20 kW of sun are left
    assert step.solution.cost == pytest.approx(-0.2 * 120)
    share = description(SUN, grid=paid, limits=Limits(export_share=0.2))
    step = Planner(share).plan(inputs(share, series))
    # x = 0.2 (20 + x): 5 kW
    assert step.series["grid.export"].sum() == pytest.approx(10.0)
    assert step.series["sun.power"].sum() == pytest.approx(50.0)
    never = description(SUN, grid={**paid, "export_kw": 0.0})
    step = Planner(never).plan(inputs(never, series))
    assert "grid.export" not in step.series
    assert step.series["sun.power"] == pytest.approx([20, 20])


def test_an_export_price_by_the_hour_is_taken_and_a_negative_one_stops_the_sun() -> None:
    described = description(SUN, grid={"export_kw": 100.0, "export_price_series": "sold"})
    series = {"load": [20, 20], "sun": [100, 100], "price": [0.5, 0.5], "sold": [0.3, -0.1]}
    step = Planner(described).plan(inputs(described, series))
    assert step.series["grid.export"] == pytest.approx([80, 0], abs=1e-9)


def test_the_tariffs_own_export_price_counts_where_the_connection_has_none() -> None:
    found = prices(paid_by(tariff(export_cny_per_kwh="0.39"), export_kw=10.0))
    assert found.export_cny_per_kwh == pytest.approx(np.full(24, 0.39))


def test_certificates_and_carbon_are_of_the_signal_and_the_factor_by_the_hour_moves_the_battery() -> None:
    described = description(
        battery(), grid={"factor_series": "mix"}, money=Money(carbon_cny_per_kg=0.1, certificate_cny_per_kwh=0.03, certificate_share=0.5)
    )  # fmt: skip
    series = {"load": [100, 100], "price": [0.5, 0.5], "mix": [0.2, 0.9]}
    step = Planner(described).plan(inputs(described, series, state=State(content_kwh={"battery": 0.0})))
    assert step.series["battery.discharge"] == pytest.approx([0, 100], abs=1e-6)  # 0.07 a kWh saved for 0.001 of wear
    assert step.solution.cost == pytest.approx(200 * (0.5 + 0.015 + 0.1 * 0.2) + 0.001 * 100)


def test_a_tariff_that_lacks_what_its_pricing_needs_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        prices(paid_by(tariff(purchase="spot")))
    assert raised.value.code == "tariff.needs"
    with pytest.raises(InputError) as raised:
        prices(
            paid_by(
                tariff(
                    pricing="direct_1192",
                    composition=None,
                    energy_cny_per_kwh={"flat": "0.6", "peak": "1", "valley": "0.3", "sharp_peak": "1.2"},
                )
            )
        )
    assert raised.value.code == "tariff.no-composition"
