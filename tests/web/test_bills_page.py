"""The bills pages and their API: the park's bills line by line, an enterprise's own worth, ways to pay."""

from decimal import Decimal

import pytest

from lingtan.base.ids import channel_key
from tests.closing_case import START, commit
from tests.web.portal_case import Browser, Clock, Portal

TARIFF = """
tariffs:
  - id: two-part
    connection: grid
    region: CN-JS
    voltage: 110kV
    customer: two_part
    basis: demand
    composition: {purchase: 0.40, line_loss: 0.01, transmission: 0.10, system_operation: 0.06, funds: {renewable: 0.019}}
    windows: [{period: peak, windows: ["08:00-20:00"]}, {period: flat, windows: [rest]}]
    ratios: {peak: 1.5}
    demand_cny_per_kw_month: 40
    capacity_cny_per_kva_month: 28
    capacity_kva: 1000
    average_load_factor: 0.6
    power_factor_standard: "0.90"
    power_factor: 0.95
    source: test
"""
MARCH = range(29 * 24, 60 * 24 + 1)  # hours from START that cover March 2025 in China


@pytest.fixture
def billed(portal_and_clock: tuple[Portal, Clock]) -> Portal:
    """A portal whose park has a tariff and the readings of a whole March."""
    portal, _ = portal_and_clock
    path = portal.root / "park.yaml"
    path.write_text(path.read_text(encoding="utf-8") + TARIFF, encoding="utf-8")
    space = portal.space()
    assert channel_key("grid-in")
    assert f"{START:%m-%d %H}" == "01-30 16"
    values = {
        "grid-in": dict.fromkeys(MARCH, 500),
        "a-use": dict.fromkeys(MARCH, 300),
        "b-use": dict.fromkeys(MARCH, 100),
    }
    commit(space, values, file="march.csv")  # type: ignore[arg-type]
    return portal


def test_the_park_s_bill_is_shown_line_by_line_and_sums(browser: Browser, billed: Portal) -> None:
    browser.become("operator")
    for lang in ("zh", "en"):
        page = browser.get(f"/bills?period=2025&lang={lang}")
        assert page.status_code == 200
        assert "2025-03" in page.text
        assert "bills-page." not in page.text
    rows = browser.get("/api/v1/bills?period=2025").json()
    assert [r["month"] for r in rows["rows"]] == ["2025-03"]
    assert {f["month"] for f in rows["failed"]} >= {"2025-01", "2025-12"}
    bill = rows["rows"][0]
    assert sum(Decimal(x["amount"]) for x in bill["lines"]) == Decimal(bill["total_cny"])
    assert Decimal(bill["energy_kwh"]) == 500 * 31 * 24
    assert {x["item"] for x in bill["lines"]} >= {
        "purchase",
        "transmission",
        "fund.renewable",
        "demand",
        "power_factor",
    }
    assert all(x["source"] for x in bill["lines"])
    drawn = browser.get("/bills/parts.json?period=2025").json()
    whole = sum(v for s in drawn["series"] for v in s["values"])
    assert whole == pytest.approx(float(bill["total_cny"]) / 10_000, abs=0.05)


def test_ways_to_pay_stand_side_by_side(browser: Browser, billed: Portal) -> None:
    browser.become("operator")
    found = browser.get("/api/v1/bills/compare?period=2025-03").json()[0]
    priced = [o for o in found["options"] if o["total_cny"] is not None]
    assert {(o["basis"], o["pricing"]) for o in priced} >= {
        ("demand", "ordinary"),
        ("capacity", "ordinary"),
        ("capacity", "direct_1192"),
    }
    assert found["break_even_kwh_per_month"]
    page = browser.get("/bills/compare?period=2025&lang=zh")
    assert page.status_code == 200


def test_an_enterprise_sees_what_its_own_power_is_worth_and_no_other_s(browser: Browser, billed: Portal) -> None:
    browser.become("enterprise")
    page = browser.get("/bills?period=2025&lang=zh")
    assert page.status_code == 200
    assert "2025-03" in page.text
    assert browser.get("/bills?period=2025&enterprise=b").status_code == 403
    assert browser.get("/bills/compare").status_code == 403
    assert browser.get("/bills/parts.json").status_code == 403
    mine = browser.get("/api/v1/enterprises/a/bills?year=2025").json()["rows"]
    assert [Decimal(m["energy_kwh"]) for m in mine if m["month"] == "2025-03"] == [Decimal(300 * 31 * 24)]
    assert browser.get("/api/v1/enterprises/b/bills?year=2025").status_code == 403
    assert browser.get("/api/v1/bills?period=2025").status_code == 403


def test_worths_of_all_enterprises_share_the_fixed_parts_of_the_bill(browser: Browser, billed: Portal) -> None:
    browser.become("operator")
    shares = [
        Decimal(m["share"])
        for e in ("a", "b", "plant", "zone")
        for m in browser.get(f"/api/v1/enterprises/{e}/bills?year=2025").json()["rows"]
        if m["month"] == "2025-03"
    ]
    assert sum(shares) == pytest.approx(Decimal(1), abs=Decimal("0.00001"))
    assert browser.get("/bills?enterprise=nobody").status_code == 404


def test_a_park_without_tariffs_says_what_to_do(browser: Browser) -> None:
    browser.become("operator")
    page = browser.get("/bills?lang=zh")
    assert page.status_code == 200
    assert "tariffs" in page.text
    assert browser.get("/api/v1/bills?period=2025").status_code == 422


@pytest.mark.parametrize(
    ("name", "status"), [("verifier", 200), ("consultant", 403), ("regulator", 403), ("admin", 200)]
)
def test_bills_are_for_those_who_check_them(browser: Browser, billed: Portal, name: str, status: int) -> None:
    assert browser.become(name).get("/bills?period=2025").status_code == status
