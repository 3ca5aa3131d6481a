"""When does a rule's condition hold? By hand, and as a law: in pieces as in one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.base.ids import channel_key
from lingtan.metering.alarms.rule import Change, Clock, Frozen, Limit, Missing, Rule, Scope, Severity
from lingtan.metering.alarms.watch import Marks, Noted, Watch, pack, unpack
from lingtan.metering.readings import SCHEMA
from lingtan.park.model import Park


def _channel(id: str, **more: object) -> dict[str, object]:
    return {"id": id, "carrier": "electricity", "activity": "use", "unit": "kWh", "step": "15min", **more}


PARK = Park.model_validate(
    {
        "park": {"id": "small", "name": "small", "region": "CN-JS"},
        "enterprises": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}],
        "meters": [
            {"id": "m1", "enterprise": "a", "channels": [_channel("load", multiplier=10, max_per_hour=400)]},
            {
                "id": "m2",
                "enterprise": "b",
                "channels": [_channel("gas", carrier="natural_gas", activity="final", unit="m3", kind="counter")],
            },
            {"id": "m3", "channels": [_channel("air", activity="reference", unit="C", step="1h")]},
        ],
    }
)
START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
LATER = START + 365 * 86400
STEP = 900


def rule(condition: object, **more: object) -> Rule:
    return Rule.model_validate({"id": "r", "name": "r", "condition": condition, "severity": Severity.WARNING, **more})


def watch(*rules: Rule) -> Watch:
    return Watch(PARK, rules)


def batch(
    channel: str, values: list[int | None], *, first: int = 0, step: int = STEP, seconds: int | None = None
) -> pa.Table:
    """Readings in the reading unit, one a step."""
    rows = [
        {
            "channel": channel_key(channel), "start": datetime.fromtimestamp(START + (first + i) * step, UTC),
            "seconds": step if seconds is None else seconds, "value": None if v is None else v * 1000, "quality": 0, "method": 0,
            "available_at": None,
        }
        for i, v in enumerate(values)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def feed(seen: Watch, table: pa.Table, marks: Marks | None = None, now: int = LATER) -> tuple[list[Noted], Marks]:
    return seen.feed(table, marks or Marks(), now)


def test_a_rate_above_the_rating_is_told_in_kilowatts_with_the_multiplier() -> None:
    seen = watch(rule(Limit(of="rating", above=1)))
    # 9 kWh in a quarter hour times 10 are 360 kW, 11 are 440 kW; the rating is 400 kW
    noted, _ = feed(seen, batch("load", [9, 9, 11, 9]))
    (one,) = noted
    assert (one.found.count, one.found.holds, one.found.peak / 1000, one.limit / 1000) == (1, False, 440.0, 400.0)
    assert seen.unit(one.terms) == "kW"
    assert one.found.begin == START + 2 * STEP


def test_a_limit_in_the_channels_unit_and_a_low_limit() -> None:
    high, low = rule(Limit(above="300")), rule(Limit(below="100"), id="low")
    noted, marks = feed(watch(high, low), batch("load", [8, 2]))
    assert [(n.rule.id, n.upward, n.found.holds) for n in noted] == [("r", True, False), ("low", False, True)]
    assert ("low/low", channel_key("load")) in marks.pending


def test_a_delay_asks_the_condition_to_hold_so_long() -> None:
    seen = watch(rule(Limit(of="rating", above=1), delay_minutes=45))
    assert feed(seen, batch("load", [11, 11, 9, 11, 11]))[0] == []
    (one,) = feed(seen, batch("load", [11, 11, 11, 9]))[0]
    assert one.found.count == 1


def test_hysteresis_keeps_a_flapping_value_one_episode() -> None:
    values = [11, 10, 11, 10, 11, 9]
    steady = watch(rule(Limit(of="rating", above=1, hysteresis="0.05")))
    nervous = watch(rule(Limit(of="rating", above=1, hysteresis=0)))
    assert feed(steady, batch("load", values))[0][0].found.count == 1
    assert feed(nervous, batch("load", values))[0][0].found.count == 3


def test_what_holds_is_told_once_and_clears_when_it_is_back() -> None:
    seen = watch(rule(Limit(of="rating", above=1)))
    noted, marks = feed(seen, batch("load", [11]))
    assert noted[0].found.holds
    noted, marks = feed(seen, batch("load", [11, 12], first=1), marks)
    assert noted == []
    noted, marks = feed(seen, batch("load", [5], first=3), marks)
    assert (noted[0].found.ended, noted[0].found.holds, noted[0].found.peak / 1000) == (True, False, 480.0)
    assert marks.pending == {}


def test_older_readings_and_withdrawals_say_nothing_of_the_present() -> None:
    seen = watch(rule(Limit(of="rating", above=1)))
    _, marks = feed(seen, batch("load", [5], first=10))
    assert feed(seen, batch("load", [99, 99]), marks)[0] == []
    assert feed(seen, batch("load", [None], first=20), marks)[0] == []


def test_a_gap_ends_an_episode() -> None:
    seen = watch(rule(Limit(of="rating", above=1), delay_minutes=60))
    _, marks = feed(seen, batch("load", [11, 11]))
    # a day later it is another matter
    assert feed(seen, batch("load", [11, 11], first=96), marks)[0] == []


def test_a_frozen_meter_is_told_but_a_resting_one_is_not() -> None:
    seen = watch(rule(Frozen(hours=3, least_readings=6)))
    assert feed(seen, batch("load", [0] * 40))[0] == []
    assert feed(seen, batch("load", [7] * 11))[0] == []
    (one,) = feed(seen, batch("load", [7] * 13 + [8]))[0]
    assert (one.found.begin, one.found.end) == (START, START + 13 * STEP)
    assert feed(watch(rule(Frozen(hours=3, zeros=True))), batch("load", [0] * 13))[0][0].found.holds
    # a register that stands still says that nothing flows
    assert feed(seen, batch("gas", [500] * 30, step=3600, seconds=0))[0] == []


def test_a_sudden_change_between_two_readings() -> None:
    seen = watch(rule(Change(of="rating", by="0.5")))
    _, marks = feed(seen, batch("load", [2, 3]))
    (one,) = feed(seen, batch("load", [9], first=2), marks)[0]
    assert one.found.peak / 1000 == pytest.approx(240.0)  # 6 kWh times 10 in a quarter hour


def test_a_counter_is_judged_by_its_rise_and_a_temperature_as_it_is() -> None:
    seen = watch(
        rule(Limit(above=50), scope=Scope(channels=["gas"])),
        rule(Limit(above=35), id="hot", scope=Scope(channels=["air"])),
    )
    noted, _ = feed(seen, batch("gas", [100, 140, 200, 10, 20], step=3600, seconds=0))
    assert [(n.found.count, n.found.peak / 1000) for n in noted] == [(1, 60.0)]  # the fall to 10 is no rise
    (hot,) = feed(seen, batch("air", [30, 36], step=3600))[0]
    assert (hot.rule.id, hot.found.peak / 1000, seen.unit(hot.terms)) == ("hot", 36.0, "C")


def test_readings_from_the_future_are_a_clock_fault_and_do_not_blind_the_watch() -> None:
    seen = watch(rule(Clock(minutes=30)), rule(Limit(of="rating", above=1), id="limit"))
    now = START + 4 * STEP
    noted, marks = feed(seen, batch("load", [11], first=100), now=now)
    assert [(n.rule.id, round(n.found.peak)) for n in noted] == [("r", 97 * 15)]
    noted, _ = feed(seen, batch("load", [11], first=3), marks, now=now)
    assert sorted((n.rule.id, n.found.holds, n.found.ended) for n in noted) == [
        ("limit", True, False),
        ("r", False, True),
    ]


def test_a_scope_leaves_out_what_it_does_not_name() -> None:
    for scope, many in (
        (Scope(enterprises=["b"]), 0),
        (Scope(enterprises=["a"]), 1),
        (Scope(carriers=["steam"]), 0),
        (Scope(activities=["use"]), 1),
    ):
        assert len(feed(watch(rule(Limit(of="rating", above=1), scope=scope)), batch("load", [11]))[0]) == many


def test_a_limit_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="above or below"):
        Limit()


def test_patience_is_longer_for_channels_that_people_read() -> None:
    from lingtan.metering.alarms.late import patience

    load = PARK.meters[0].channels[0]
    assert patience(load, Missing(steps=4, least_minutes=0)) == timedelta(hours=1)
    assert patience(load.model_copy(update={"step": "1month"}), Missing(steps=1, least_minutes=0)) == timedelta(days=46)


VALUES = st.lists(st.one_of(st.integers(0, 14), st.none()), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    values=VALUES, cuts=st.lists(st.integers(0, 60), max_size=5), delay=st.sampled_from([0, 30]), seed=st.integers(0, 9)
)
def test_pieces_in_any_order_of_rows_tell_the_same_as_one_batch(
    values: list[int | None], cuts: list[int], delay: int, seed: int
) -> None:
    rules = (
        rule(Limit(of="rating", above="1", hysteresis="0.05"), delay_minutes=delay), rule(Frozen(hours=1, least_readings=2), id="still"),
        rule(Change(of="rating", by="0.3"), id="jump"),
    )  # fmt: skip
    seen = watch(*rules)
    whole = batch("load", values)
    shuffled = whole.take(pa.array(np.random.default_rng(seed).permutation(len(values))))
    at_once, end = feed(seen, shuffled)
    told: dict[str, int] = {}
    marks = Marks()
    edges = sorted({0, len(values), *(c for c in cuts if c < len(values))})
    for a, b in pairwise(edges):
        noted, marks = feed(seen, whole.slice(a, b - a), unpack(pack(marks)))
        for one in noted:
            told[one.rule.id] = told.get(one.rule.id, 0) + one.found.count
    assert {k: v for k, v in told.items() if v} == {n.rule.id: n.found.count for n in at_once if n.found.count}
    assert marks.pending == end.pending
