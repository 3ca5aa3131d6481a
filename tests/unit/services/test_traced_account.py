"""The account that shares power as traced: totals stay, enterprises move, and it says so."""

from typing import Any

import numpy as np
import pytest

from lingtan.base.time import Period
from lingtan.carbon.account import Account
from lingtan.carbon.power_use import PowerUse
from lingtan.carbon.transfers import pool_users, pools
from lingtan.park.model import Park
from lingtan.services.trace_green import traced_series
from lingtan.services.traced_power import in_account, power_use
from unit.carbon.case import account_of, park_of

YEAR = Period.parse("2025", "Asia/Shanghai")
HOURS = 8760


def case(**tracing: Any) -> Park:
    def power(activity: str, **more: Any) -> dict[str, Any]:
        return {"carrier": "electricity", "activity": activity, **more}

    return park_of(
        {
            "grid-in": power("import", connection="grid"),
            "line-in": power("import", connection="line"),
            "grid-out": power("export", connection="grid"),
            "sun": power("generation", asset="pv"),
            "engine": power("generation", asset="chp"),
            "engine-gas": {"carrier": "natural_gas", "activity": "thermal_power", "asset": "chp"},
            "charged": power("charge", asset="battery"),
            "given": power("discharge", asset="battery"),
            "mill-use": power("use", enterprise="mill"),
            "forge-use": power("use", enterprise="forge"),
            "heater-use": power("use", enterprise="zone", asset="heater"),
            "heat-made": {"carrier": "heat", "activity": "generation", "asset": "heater"},
            "mill-heat": {"carrier": "heat", "activity": "use", "enterprise": "mill"},
        },
        connections=[
            {"id": "grid", "kind": "public_grid"},
            {"id": "line", "kind": "direct_line", "source": "wind"},
        ],
        assets=[
            {"id": "pv", "kind": "pv"},
            {"id": "chp", "kind": "gas_chp"},
            {"id": "battery", "kind": "battery", "efficiency": "0.95", "energy": "100 MWh"},
            {"id": "heater", "kind": "electric_boiler"},
        ],
        tracing=tracing,
    )


def quantities() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    found = {n: rng.integers(0, 50, HOURS) for n in ("line-in", "sun", "engine", "mill-use", "forge-use", "heater-use")}
    charged, given, level = np.zeros(HOURS, np.int64), np.zeros(HOURS, np.int64), 0
    for t in range(HOURS):
        if t % 24 < 6:
            charged[t] = min(8, int((90 - level) / 0.95))
            level += int(charged[t] * 0.95)
        elif t % 24 > 17:
            given[t] = min(6, int(level * 0.9))
            level -= int(given[t] / 0.9)
    found |= {"charged": charged, "given": given}
    balance = found["mill-use"] + found["forge-use"] + found["heater-use"] + charged - given
    balance -= found["line-in"] + found["sun"] + found["engine"]
    found |= {"grid-in": np.maximum(balance, 0), "grid-out": np.maximum(-balance, 0)}
    found["engine-gas"] = found["engine"] * 250
    return found | {"heat-made": found["heater-use"] * 3, "mill-heat": found["heater-use"] * 3}


AGREED = [{"id": "a", "source": "line", "enterprise": "mill"}]
RULES = [
    {"rule": "proportional"},
    {"rule": "proportional", "storage": "fifo", "losses": "consumers"},
    {"rule": "contractual", "agreements": AGREED},
]


def made(park: Park) -> tuple[Account, PowerUse]:
    """The account by metered use, and the trace of its power."""
    found = quantities()
    account, _ = account_of(park, found)
    power = {n: v * 1_000_000 for n, v in found.items() if n not in ("engine-gas", "heat-made", "mill-heat")}
    trace = traced_series(park, YEAR, 3600, 1, power)
    users, _ = pool_users(account.compiled, dict(account.series), "power", "zone")
    return account, power_use(trace, users)


@pytest.mark.parametrize("tracing", RULES, ids=["proportional", "fifo", "contractual"])
def test_the_pool_is_shared_exactly_whatever_the_rule(tracing: dict[str, Any]) -> None:
    account, use = made(case(**tracing))
    for measure, pool in pools(account.compiled, account.crossing, dict(account.series), use=use, by_source=True):
        power = pool["power"]
        by_month = [np.flatnonzero(use.months == m) for m in np.unique(use.months)]
        for hours in by_month:
            assert int(power.parts[:, hours].sum()) == int(power.amount[hours].sum()), measure
        assert (np.sum(power.by_source, axis=0) == power.parts).all()
        heat = pool["heat"]
        assert int(heat.parts.sum()) == int(heat.amount.sum())


def test_whoever_has_the_direct_line_under_contract_carries_less() -> None:
    shares = {}
    for name, tracing in (("plain", RULES[0]), ("agreed", RULES[2])):
        account, use = made(case(**tracing))
        power = dict(pools(account.compiled, account.crossing, dict(account.series), ["co2"], use))["co2"]["power"]
        shares[name] = {e: int(power.parts[i].sum()) for i, (e, a) in enumerate(power.users) if not a}
    assert shares["agreed"]["mill"] < shares["plain"]["mill"]
    assert shares["agreed"]["forge"] > shares["plain"]["forge"]


def test_what_was_charged_is_carried_by_who_got_it_later() -> None:
    _, use = made(case(rule="proportional"))
    taken, released = use.weights(["grid-in"])
    store = taken[len(use.users) :].sum()
    assert store > 0
    assert 0.5 * store < released.sum() < store  # some was exported, some lost


def test_the_account_traces_where_a_rule_is_stated() -> None:
    assert not in_account(case())
    assert in_account(case(rule="proportional"))
    assert not in_account(case(rule="proportional", in_account=False))
    assert in_account(case(in_account=True))
