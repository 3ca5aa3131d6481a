"""Every hour of every reason of complete parks, solved again without the limit or price that it names; and that a wrong reason is found."""

from collections import Counter
from dataclasses import replace

import pytest
from checks.explain_parks import park

from lingtan.optimize.dispatch.explanation import Checker
from lingtan.optimize.dispatch.explanation_worth import worths
from lingtan.optimize.dispatch.planner import RESERVE, Planner
from lingtan.optimize.dispatch.reasons import Reason, reasons


def checker(seed: int) -> Checker:
    described, given = park(seed, complete=True)
    planner = Planner(described, gap=1e-4, reserve=RESERVE)
    return Checker(described, planner.price(planner.plan(given)))


@pytest.fixture(scope="module")
def whole() -> Checker:
    return checker(6)


@pytest.fixture(scope="module")
def told(whole: Checker) -> list[Reason]:
    return reasons(whole.description, whole.step, whole.account)


def test_no_hour_of_any_reason_is_refuted_and_nothing_is_left_unexplained(whole: Checker, told: list[Reason]) -> None:
    claims = whole.check(told)
    counts = Counter(c.verdict for c in claims)
    assert len(claims) > 300
    assert [c for c in claims if c.verdict == "refuted"] == []
    assert counts["confirmed"] >= 0.9 * len(claims)
    assert whole.unexplained(told) == []
    assert len({c.code for c in claims}) >= 9


def test_a_limits_price_is_what_one_unit_more_saves(whole: Checker) -> None:
    found = worths(whole)
    assert found
    assert [w for w in found if w.verdict == "refuted"] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("cheapest", "must-run"),
        ("cheapest", "month-peak"),
        ("only-source", "ramp"),
        ("too-dear", "no-input"),
        ("price-spread", "month-peak"),
        ("month-peak", "carbon"),
        ("marginal", "must-take"),
    ],
)
def test_a_wrong_reason_is_refuted(whole: Checker, told: list[Reason], right: str, wrong: str) -> None:
    """Each hour's reason replaced by one that is not true: hardly any may pass, and those only as ties."""
    tried = [r for r in told if r.code == right and r.action not in ("import", "take", "curtail", "cut")]
    claims = [c for r in tried for c in whole.check([replace(r, code=wrong)])]
    assert len(claims) >= 3
    assert sum(c.verdict == "refuted" for c in claims) >= 0.6 * len(claims)


def test_a_set_point_without_a_reason_is_found(whole: Checker, told: list[Reason]) -> None:
    kept = [r for r in told if r.asset != "battery"]
    assert {name for name, _ in whole.unexplained(kept)} == {"battery.charge", "battery.discharge"}


def test_a_spread_that_is_told_too_small_is_not_confirmed(whole: Checker, told: list[Reason]) -> None:
    """The check takes the other side's price from the plan, not from the reason: with another side it does not pass."""
    whole.trials._sides.clear()
    claims = [c for r in told if r.code == "price-spread" and r.action == "discharge" for c in whole.check([r])]
    for key, (other, hours) in list(whole.trials._sides.items()):
        whole.trials._sides[key] = (other + 10.0, hours)  # as if charging had cost more than discharging brings
    again = [c for r in told if r.code == "price-spread" and r.action == "discharge" for c in whole.check([r])]
    whole.trials._sides.clear()
    assert sum(c.verdict == "confirmed" for c in again) < sum(c.verdict == "confirmed" for c in claims)
