"""Each check fires on the fault that it is for, at its place, and is silent on what only looks like it."""

import numpy as np
import pytest

from lingtan.metering.checks import Finding, Kind, Severity
from tests.meter_rows import park
from tests.unit.metering.checks.case import PER_DAY, START, START_S, counter, found, plant, rows, table

AT = 20 * PER_DAY + 40  # a morning at work


def test_a_clean_series_has_no_finding() -> None:
    assert found(rows("a", plant())) == []


def test_a_clean_counter_has_no_finding() -> None:
    assert found(rows("a", counter(plant()), counter=True), {"id": "a", "kind": "counter"}) == []


def test_a_gap_is_found_with_its_ends() -> None:
    keep = np.ones(42 * PER_DAY, bool)
    keep[AT : AT + 7] = False
    assert found(rows("a", plant(), keep=keep)) == [("a", "gap", AT, AT + 7)]


def test_a_channel_without_a_reading_is_one_gap() -> None:
    site = park({"id": "a"}, {"id": "b"})
    assert found(rows("a", plant()), site=site) == [("b", "gap", 0, 42 * PER_DAY)]


def test_missing_states_of_a_register_are_a_gap() -> None:
    keep = np.ones(42 * PER_DAY + 1, bool)
    keep[AT : AT + 3] = False
    assert found(rows("a", counter(plant()), counter=True, keep=keep), {"id": "a", "kind": "counter"}) == [
        ("a", "gap", AT, AT + 3)
    ]


def test_the_same_gap_in_three_channels_is_an_outage() -> None:
    keep = np.ones(42 * PER_DAY, bool)
    keep[AT : AT + 9] = False
    names = ("a", "b", "c")
    parts = [rows(n, plant(seed=i), keep=keep) for i, n in enumerate(names)]
    assert found(table(*parts), *({"id": n} for n in names)) == [(n, "outage", AT, AT + 9) for n in names]


@pytest.mark.parametrize("number", [-99, 65535, 9999.9, -9999])
def test_a_sentinel_is_told_by_its_number(number: float) -> None:
    values = plant()
    values[AT : AT + 4] = round(number * 1000)
    assert found(rows("a", values)) == [("a", "sentinel", AT, AT + 4)]


def test_a_number_like_a_sentinel_within_the_usual_range_is_a_reading() -> None:
    values = plant(level=1_000_000)
    values[AT] = 999_000
    assert found(rows("a", values)) == []


def test_a_register_that_passes_9999_is_no_sentinel() -> None:
    values = counter(np.full(42 * PER_DAY, 1000), begin=9_000_000)
    values = values + np.arange(len(values)) % 7  # a meter that moves
    assert (values[990:1010] >= 9_999_000).any()
    assert found(rows("a", values, counter=True), {"id": "a", "kind": "counter"}) == []


def test_a_spike_stands_alone() -> None:
    values = plant()
    values[AT] *= 20
    assert found(rows("a", values)) == [("a", "spike", AT, AT + 1)]


def test_a_peak_that_comes_and_goes_slowly_is_no_spike() -> None:
    values = plant()
    values[AT : AT + 12] += np.rint(60_000 * np.sin(np.linspace(0, np.pi, 12))).astype(np.int64)
    assert not [f for f in found(rows("a", values)) if f[1] == "spike"]


def test_a_dip_in_a_load_that_never_rests_is_a_spike_down() -> None:
    values = plant()
    values = values // 4 + 30_000
    values[AT : AT + 2] = 10
    assert found(rows("a", values)) == [("a", "spike", AT, AT + 2)]


def test_a_stuck_meter_is_found() -> None:
    values = plant()
    values[AT : AT + 60] = values[AT]
    assert found(rows("a", values)) == [("a", "stuck", AT, AT + 60)]


def test_a_coarse_meter_that_repeats_itself_is_not_stuck() -> None:
    values = (plant(level=6_000) // 1000 * 1000) + 1000
    assert found(rows("a", values)) == []


def test_a_plant_at_its_limit_is_not_stuck() -> None:
    values = np.minimum(plant(), 36_000)
    assert found(rows("a", values)) == []


def test_zeros_at_working_hours_are_a_lost_signal() -> None:
    values = plant()
    values[AT : AT + 20] = 0
    assert found(rows("a", values)) == [("a", "zero_run", AT, AT + 20)]


def test_the_night_of_a_pv_plant_is_right() -> None:
    sun = np.clip(np.sin((np.arange(PER_DAY) - 26) / 44 * np.pi), 0, None)
    rng = np.random.default_rng(2)
    values = np.rint(80_000 * sun * rng.uniform(0.3, 1, (42, 1)) * rng.uniform(0.8, 1, (42, PER_DAY))).astype(np.int64)
    values[:, :27] = 0
    values[:, 70:] = 0
    site = park({"id": "a", "activity": "generation"})
    assert found(rows("a", values.reshape(-1)), site=site) == []
    values[20, :] = 0
    assert [f[1] for f in found(rows("a", values.reshape(-1)), site=site)] == ["zero_run"]


def test_a_machine_that_runs_when_it_is_wanted_has_zeros() -> None:
    rng = np.random.default_rng(3)
    on = np.repeat(rng.random(42 * 12) < 0.5, 8)
    values = np.where(on, plant(), 0)
    site = park({"id": "a"})
    from datetime import timedelta

    from lingtan.metering.channels import Book
    from lingtan.metering.checks import check

    findings = check(rows("a", values), Book(site), START, START + timedelta(days=42))
    assert not [f for f in findings if f.severity is not Severity.INFO]


def test_negative_quantities_and_those_above_the_rating_are_errors() -> None:
    values = plant()
    values[AT] = -5_000
    values[AT + 300 : AT + 308] = 70_000
    channel = {"id": "a", "max_per_hour": "200"}
    kinds = {f[1]: f[2:] for f in found(rows("a", values), channel)}
    assert kinds["negative"] == (AT, AT + 1)
    assert kinds["implausible"] == (AT + 300, AT + 308)


def test_a_confirmed_value_is_left_alone() -> None:
    values = plant()
    good = rows("a", values, keep=np.arange(len(values)) != AT)
    spike = values.copy()
    spike[AT] *= 30
    vouched = rows("a", spike, keep=np.arange(len(values)) == AT, quality=3)
    assert found(table(good, vouched)) == []


def register(values: np.ndarray, **channel: object) -> list[tuple[str, str, float, float]]:
    return found(rows("a", values, counter=True), {"id": "a", "kind": "counter", **channel})


def test_a_rollover_is_an_event() -> None:
    values = counter(plant(), begin=10_000_000_000 - 30_000_000) % 10_000_000_000
    kinds = register(values, digits=7)
    assert [f[1] for f in kinds] == ["rollover"]


def test_a_register_that_falls_to_zero_is_reset_not_rolled_over() -> None:
    values = counter(plant(), begin=6_000_000_000)
    values[AT:] -= values[AT]
    assert register(values, digits=7) == [("a", "reset", AT - 1, AT)]


def test_another_register_is_a_replacement() -> None:
    values = counter(plant(), begin=600_000_000)
    values[AT:] -= 300_000_000
    assert register(values) == [("a", "replacement", AT - 1, AT)]


def test_a_declared_replacement_is_an_event_without_fault() -> None:
    values = counter(plant(), begin=600_000_000)
    final = values[AT]
    values[AT:] -= final - 12_000
    at = START.timestamp() + AT * 900
    from datetime import UTC, datetime

    history = [{"from": datetime.fromtimestamp(at, UTC).isoformat(), "final": f"{final / 1000:.3f}", "initial": "12"}]
    assert register(values, history=history) == [("a", "replacement", AT, AT + 1)]


def test_one_bad_state_of_a_register_is_a_spike() -> None:
    values = counter(plant(), begin=600_000_000)
    values[AT] = 5
    assert register(values) == [("a", "spike", AT, AT + 1)]


@pytest.mark.parametrize("hours", [1, -1, 8])
def test_a_clock_that_is_off_is_found_with_its_days(hours: int) -> None:
    values = plant(days=84)
    first, end = 30 * PER_DAY, 44 * PER_DAY
    values[first:end] = values[first - 4 * hours : end - 4 * hours].copy()
    from datetime import timedelta

    from lingtan.metering.channels import Book
    from lingtan.metering.checks import check

    findings = check(rows("a", values), Book(park({"id": "a"})), START, START + timedelta(days=84))
    assert [(f.kind, f.values["hours"]) for f in findings] == [(Kind.TIME_SHIFT, hours)]
    assert findings[0].start == START + timedelta(days=30)
    assert findings[0].end == START + timedelta(days=44)


def test_a_level_shift_names_the_multiplier() -> None:
    values = plant(days=120)
    values[60 * PER_DAY :] *= 2
    from datetime import timedelta

    from lingtan.metering.channels import Book
    from lingtan.metering.checks import check

    findings = check(rows("a", values), Book(park({"id": "a"})), START, START + timedelta(days=120))
    assert [str(f.kind) for f in findings] == ["level_shift"]
    assert findings[0].values["multiplier"] == "2.0"
    assert abs((findings[0].start - START) / timedelta(days=1) - 60) <= 3


def test_a_slow_rise_is_no_level_shift() -> None:
    values = plant(days=120)
    values = np.rint(values * np.repeat(np.linspace(1, 2.5, 120), PER_DAY)).astype(np.int64)
    assert found(rows("a", values), days=120) == []


def test_readings_that_overlap_are_duplicates() -> None:
    hourly = rows("a", np.array([100_000]), step=3600)
    shifted = hourly.set_column(1, "start", [[START_S * 1_000_000 + AT * 900_000_000 + 60_000_000]]).cast(hourly.schema)
    kinds = [f[1] for f in found(table(rows("a", plant()), shifted))]
    assert kinds == ["duplicate"]


def test_a_day_that_is_a_copy_of_the_day_before_is_found() -> None:
    values = plant()
    values[21 * PER_DAY : 22 * PER_DAY] = values[20 * PER_DAY : 21 * PER_DAY]
    assert found(rows("a", values)) == [("a", "duplicate", 21 * PER_DAY, 22 * PER_DAY)]


def test_what_came_late_is_an_event() -> None:
    rev = np.ones(42 * PER_DAY, np.int64)
    rev[AT : AT + 96] = 2
    assert found(rows("a", plant(), rev=rev)) == [("a", "late", AT, AT + 96)]


def test_readings_of_an_unknown_channel_are_told() -> None:
    findings = found(table(rows("a", plant()), rows("zz", plant(1))))
    assert [f[1] for f in findings] == ["stranger"]


def test_a_finding_speaks_json() -> None:
    import json

    one = Finding("a", Kind.GAP, START, START, Severity.ERROR, "estimate", {"missing": 3})
    assert json.loads(json.dumps(one.as_dict()))["start"] == "2024-12-31T16:00:00Z"
