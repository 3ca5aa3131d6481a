"""Telling, counting, clearing, acknowledging; rules with history; what imports, checks, accounts and time do to alarms."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from lingtan.base.errors import InputError
from lingtan.metering.alarms.rule import Rule
from lingtan.services.alarm_ports import Target, Wanted
from lingtan.services.alarm_rules import (
    PACKAGED,
    drop_rule,
    find_rule,
    parse_rule,
    put_rule,
    rule_history,
    rules_in_force,
)
from lingtan.services.alarms import acknowledge, comment, settle, tell
from lingtan.services.count_alarms import count_alarms
from lingtan.services.say_alarm import alarm_text, subject_text
from lingtan.services.workspace import Workspace
from tests.closing_case import CHANNELS, HOURS, PARK, START, batch, commit, filled, first_readings, workspace

SILENT = "dispatch.alarm-silent"


def space_in(tmp_path: Path, park: str = PARK) -> Workspace:
    return workspace(tmp_path / "park", park)


def told(space: Workspace) -> list[tuple[str, str, str, int]]:
    return sorted((a.rule, a.subject, a.state, a.count) for a in space.alarms().alarms(Wanted()))


def test_telling_twice_is_one_alarm_and_it_clears_and_comes_again(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    assert space.alarms().fresh()
    first = tell(space, SILENT, subject="chp", values={"asset": "chp", "kw": 3.0})
    again = tell(space, SILENT, subject="chp", values={"asset": "chp", "kw": 4.0})
    other = tell(space, SILENT, subject="pv-a", values={"asset": "pv-a", "kw": 4.0})
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.id == again.id, first.id == other.id, again.count, again.severity) == (True, False, 2, "serious")
    assert settle(space, SILENT, subject="chp") is not None
    assert settle(space, SILENT, subject="chp") is None
    back = tell(space, SILENT, subject="chp", values={"asset": "chp", "kw": 5.0})
    assert back is not None
    assert (back.id, back.state, back.count) == (first.id, "open", 3)  # nobody has seen it: the same alarm
    acknowledge(space, first.id, by="li")
    settle(space, SILENT, subject="chp")
    new = tell(space, SILENT, subject="chp", values={"asset": "chp", "kw": 5.0})
    assert new is not None
    assert new.id != first.id
    acts = [(n.act, n.by) for n in space.alarms().notes(first.id)]
    assert acts == [("raised", ""), ("cleared", ""), ("again", ""), ("acknowledged", "li"), ("cleared", "")]
    assert alarm_text(back, space.park, "en") == "chp does not answer (5.00 kW); look on site"


def test_the_longest_beginning_of_a_code_decides_and_a_rule_may_keep_it_back(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    for code, rule in (
        (SILENT, "plant-fault"),
        ("dispatch.alarm-slow", "dispatch-note"),
        ("forecast.late", "forecast-fault"),
        ("x.y", "other-fault"),
    ):
        made = tell(space, code, values={"asset": "a", "kw": 1, "limit_s": 1})
        assert made is not None
        assert made.rule == rule
    put_rule(space, PACKAGED["forecast-fault"].model_copy(update={"active": False}), by="li", reason="too many")
    assert tell(space, "forecast.late", subject="pv") is None
    urgent = tell(space, "x.z", severity="critical", enterprise="a")
    assert urgent is not None
    assert (urgent.severity, urgent.enterprise) == ("critical", "a")


def test_seeing_and_remarks_are_kept_and_counted(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    made = tell(space, "x.y", enterprise="a")
    tell(space, "x.z")
    assert made is not None
    assert count_alarms(space)["holding"]["warning"] == 2
    assert count_alarms(space, "a")["unseen"] == 1
    seen = acknowledge(space, made.id, by="li", text="on my way")
    assert (seen.state, seen.acknowledged_by) == ("acknowledged", "li")
    assert acknowledge(space, made.id, by="wu").acknowledged_by == "li"
    comment(space, made.id, "  a fuse  ", by="wu")
    with pytest.raises(InputError, match="empty"):
        comment(space, made.id, " ", by="wu")
    with pytest.raises(InputError, match="no alarm"):
        acknowledge(space, "01KG0", by="li")
    assert [(n.act, n.by, n.text) for n in space.alarms().notes(made.id)][1:] == [
        ("acknowledged", "li", "on my way"),
        ("comment", "wu", "a fuse"),
    ]
    assert count_alarms(space, "a")["unseen"] == 0


def test_rules_are_versions_and_a_packaged_one_comes_back(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    book = space.alarms()
    assert rules_in_force(book) == PACKAGED
    changed = PACKAGED["over-rating"].model_copy(update={"delay_minutes": 30})
    assert put_rule(space, changed, by="li", reason="flicker").version == 1
    assert find_rule(book, "over-rating").delay_minutes == 30
    drop_rule(space, "over-rating", by="li", reason="not wanted")
    with pytest.raises(InputError, match="no alarm rule"):
        find_rule(book, "over-rating")
    put_rule(space, PACKAGED["over-rating"], by="li", reason="again")
    assert [(v.version, v.reason, v.rule is None) for v in rule_history(book, "over-rating")] == [
        (1, "flicker", False), (2, "not wanted", True), (3, "again", False),
    ]  # fmt: skip


def test_a_rule_that_names_what_is_not_there_is_refused_with_every_name(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    stated = {
        "id": "mine", "name": "mine", "severity": "warning", "condition": {"kind": "limit", "above": 5},
        "scope": {"channels": ["a-usee"], "enterprises": ["a", "q"]}, "tell": ["nobody"],
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        put_rule(space, parse_rule(stated), by="li", reason="test")
    assert sorted(p.values["name"] for p in caught.value.problems) == ["a-usee", "nobody", "q"]
    assert "Did you mean a-use?" in caught.value.format("en")
    with pytest.raises(InputError) as caught:
        parse_rule({"id": "Bad Id", "name": "x", "severity": "loud", "condition": {"kind": "limit"}})
    assert len(caught.value.problems) >= 3


LIMIT = {
    "id": "a-limit",
    "name": {"zh": "甲", "en": "A"},
    "severity": "serious",
    "condition": {"kind": "limit", "above": 250},
}


def limited(space: Workspace, **more: object) -> Rule:
    made = parse_rule({**LIMIT, "scope": {"channels": ["a-use"]}, **more})
    put_rule(space, made, by="li", reason="test")
    return made


def test_readings_that_come_in_raise_and_clear_and_the_owner_is_named(tmp_path: Path) -> None:
    from lingtan.services.ingest import ingest

    space = space_in(tmp_path)
    limited(space)
    ingest(space, batch({"a-use": {0: 200, 1: 300}}))
    (alarm,) = space.alarms().alarms(Wanted(rule="a-limit"))
    assert (alarm.state, alarm.enterprise, alarm.channel, alarm.values["value"]) == ("open", "a", "a-use", 300.0)
    assert alarm_text(alarm, space.park, "zh") == "300.0 kW，高于限值 250.0 kW"
    assert subject_text(alarm, space.park, "zh") == "a-use"
    ingest(space, batch({"a-use": {2: 320}}))
    ingest(space, batch({"a-use": {2: 320}}))  # sent again: nothing new
    ingest(space, batch({"a-use": {3: 100}}))
    assert told(space) == [("a-limit", "a-use", "cleared", 1)]
    ingest(space, batch({"a-use": {4: 300}}))
    assert told(space) == [("a-limit", "a-use", "open", 2)]
    put_rule(space, limited(space).model_copy(update={"active": False}), by="li", reason="off")
    assert told(space) == [("a-limit", "a-use", "cleared", 2)]  # what is judged no more does not hold


def test_an_import_is_safe_whatever_the_alarms_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from lingtan.services import watch_readings
    from lingtan.services.ingest import ingest

    def broken(*_: object) -> int:
        raise OSError("no room")

    monkeypatch.setattr(watch_readings, "watch_readings", broken)
    receipt = ingest(space_in(tmp_path), batch({"a-use": {0: 1}}))
    assert receipt.commit.rows == 1
    assert "was not watched" in caplog.text


def test_a_park_without_anything_to_tell_makes_no_database(tmp_path: Path) -> None:
    from lingtan.services.ingest import ingest

    space = space_in(tmp_path)
    ingest(space, batch(first_readings()))
    assert space.alarms().fresh()
    assert not (space.root / ".lingtan" / "portal.sqlite").exists()


REAL = PARK.replace(", synthetic: true", "")


def test_a_late_channel_and_a_silent_park_are_told_by_the_clock(tmp_path: Path) -> None:
    from lingtan.services.watch_clock import watch_clock

    space = workspace(tmp_path / "park", REAL)
    values = {name: dict.fromkeys(range(HOURS if name != "b-use" else 20), 1) for name in CHANNELS}
    commit(space, values)
    # a year after the last reading nothing comes at all; b-use was late before
    watch_clock(space)
    assert told(space) == [("late-channel", "b-use", "open", 1), ("park-silent", "park", "open", 1)]
    watch_clock(space)
    assert told(space) == [("late-channel", "b-use", "open", 1), ("park-silent", "park", "open", 1)]
    late = space.alarms().alarms(Wanted(rule="late-channel"))[0]
    assert (late.enterprise, late.begun) == ("b", START + timedelta(hours=20))
    commit(space, {"b-use": dict.fromkeys(range(20, HOURS), 1)}, file="late.csv")
    watch_clock(space)
    assert [s for r, _, s, _ in told(space) if r == "late-channel"] == ["cleared"]


def test_a_synthetic_year_that_is_over_is_not_silent(tmp_path: Path) -> None:
    from lingtan.services.watch_clock import watch_clock

    space = filled(tmp_path / "park")
    assert watch_clock(space) == 0


TREE = (
    PARK
    + "  - {id: k1, enterprise: b, parent: m6, channels: [{id: b-hall, carrier: electricity, activity: use, unit: kWh, step: 1h}]}\n"
)


def test_meters_that_do_not_balance_today(tmp_path: Path) -> None:
    from lingtan.services.watch_clock import watch_clock

    space = space_in(tmp_path, TREE)
    put_rule(space, PACKAGED["balance-now"].model_copy(update={"active": True}), by="li", reason="test")
    commit(space, {"b-use": dict.fromkeys(range(48), 100), "b-hall": {h: 99 if h < 24 else 60 for h in range(48)}})
    watch_clock(space)
    (alarm,) = space.alarms().alarms(Wanted(rule="balance-now"))
    assert (alarm.channel, alarm.values["share"]) == ("b-use", 0.4)
    commit(space, {"b-hall": dict.fromkeys(range(24, 48), 98)}, file="b.csv")
    watch_clock(space)
    assert told(space)[0][2] == "cleared"


def test_findings_are_one_alarm_a_channel_and_kind_and_go_when_repaired(tmp_path: Path) -> None:
    from lingtan.metering.checks.finding import Finding, Kind, Severity
    from lingtan.services.repair_readings import Stretch, withdraw
    from lingtan.services.watch_findings import watch_findings

    space = filled(tmp_path / "park")
    hour = timedelta(hours=1)

    def spike(at: int, channel: str = "a-use") -> Finding:
        return Finding(
            channel, Kind.SPIKE, START + at * hour, START + (at + 1) * hour, Severity.ERROR, "withdraw", {"value": 9}
        )

    end = START + HOURS * hour
    watch_findings(space, START, end, [spike(3), spike(9), spike(5, "b-use")])
    assert [(s, state) for _, s, state, _ in told(space)] == [("a-use:spike", "open"), ("b-use:spike", "open")]
    withdraw(space, Stretch("a-use", START + 3 * hour, START + 4 * hour), reason="spike")
    (alarm,) = space.alarms().alarms(Wanted(channel="a-use"))
    assert (alarm.state, alarm.values["stretches"]) == ("open", 1)
    # a check of the first hours says nothing of the ninth
    watch_findings(space, START, START + 6 * hour, [])
    assert [(s, state) for _, s, state, _ in told(space)] == [("a-use:spike", "open"), ("b-use:spike", "cleared")]
    withdraw(space, Stretch("a-use", START + 9 * hour, START + 10 * hour), reason="spike")
    assert {state for _, _, state, _ in told(space)} == {"cleared"}
    assert alarm_text(alarm, space.park, "en").startswith("spike, 1 times, last 2025-01-31 09:00 – 10:00")


def test_a_core_indicator_that_misses_its_target_is_told_and_clears_when_it_is_met(tmp_path: Path) -> None:
    from lingtan.services.run_account import run_account
    from lingtan.services.watch_account import watch_indicators

    space = filled(tmp_path / "park")
    run = run_account(space, "2025", floor=0.0)
    core = next(i for i in run.indicators if i.id == "core")
    assert core.value is not None
    missed = dataclasses.replace(core, target=core.value / 2)
    watch_indicators(space, dataclasses.replace(run, indicators=[missed]))
    (alarm,) = space.alarms().alarms(Wanted(rule="core-target"))
    assert alarm_text(alarm, space.park, "zh").startswith("2025 年单位能耗碳排放（核心）为 1.37，高于目标 0.68")
    watch_indicators(
        space, dataclasses.replace(run, indicators=[dataclasses.replace(core, target=core.value * 2, interval=None)])
    )
    assert ("core-target", alarm.subject, "cleared", 1) in told(space)


def test_the_months_demand_is_told_at_each_step_up_and_goes_with_the_month(tmp_path: Path) -> None:
    import pyarrow as pa

    from lingtan.services.ingest import ingest

    park = PARK.replace("{id: grid, kind: public_grid}", "{id: grid, kind: public_grid, capacity: 1000 kVA}")
    space = space_in(
        tmp_path,
        park.replace(
            "activity: import, unit: kWh, step: 1h, connection: grid",
            "activity: import, unit: kWh, step: 15min, connection: grid",
        ),
    )

    def push(quarter: int, kwh: float) -> None:
        at = START + timedelta(minutes=15 * quarter)
        ingest(
            space,
            pa.table({"channel": ["grid-in"], "start": pa.array([at], pa.timestamp("us", tz="UTC")), "value": [kwh]}),
        )

    push(0, 200.0)
    assert told(space) == []
    push(1, 230.0)  # 920 kW
    assert told(space) == [("demand-90", "grid:2025-01", "open", 1)]
    push(2, 100.0)
    push(3, 260.0)
    assert [(r, s) for r, _, s, _ in told(space)] == [("demand-100", "open"), ("demand-90", "open")]
    alarm = space.alarms().alarms(Wanted(rule="demand-100"))[0]
    assert (
        alarm_text(alarm, space.park, "en")
        == "highest demand in 2025-01 is 1,040 kW, 104.0% of the connection's 1,000 kW (no demand is declared)"
    )
    push(4 * 24 * 3, 10.0)  # February
    assert {s for _, _, s, _ in told(space)} == {"cleared"}


def test_dispatch_faults_are_told_and_gone_when_they_no_longer_happen(tmp_path: Path) -> None:
    from lingtan.base.time import iso
    from lingtan.services.tell_dispatch import tell_dispatch

    space = space_in(tmp_path)
    at = [START + timedelta(minutes=15 * i) for i in range(3)]
    silent = [{"code": SILENT, "at": iso(t), "values": {"asset": "chp", "kw": 1.0}} for t in at]
    plant = [{"code": "dispatch.alarm-plant", "at": iso(at[0]), "values": {}}]
    tell_dispatch(space, [*plant, *silent], at[2])
    assert told(space) == [
        ("plant-fault", "dispatch.alarm-plant", "cleared", 1),
        ("plant-fault", f"{SILENT}:chp", "open", 3),
    ]


def test_who_is_told_follows_severity_quiet_time_and_the_rule(tmp_path: Path) -> None:
    space = space_in(tmp_path)
    book = space.alarms()
    for name, least in (("all", "notice"), ("night", "serious")):
        book.put_target(Target(name, "email", name, f"{name}@example.com", least=least))
    book.put_target(Target("prog", "webhook", "", "https://example.com", events=("alarm.raised", "alarm.cleared")))

    def sent() -> list[tuple[str, str]]:
        return sorted((d.target, d.event) for d in book.deliveries(limit=100))

    tell(space, "x.y")
    assert sent() == [("all", "alarm.raised"), ("prog", "alarm.raised")]
    settle(space, "x.y")
    tell(space, "x.y")  # within the quiet time: programs are told, people are not woken again
    assert sent() == [
        ("all", "alarm.raised"),
        ("prog", "alarm.cleared"),
        ("prog", "alarm.raised"),
        ("prog", "alarm.raised"),
    ]
    tell(space, SILENT, subject="chp", values={"asset": "chp", "kw": 1})
    assert ("night", "alarm.raised") in sent()
    put_rule(space, PACKAGED["other-fault"].model_copy(update={"tell": []}), by="li", reason="test")
    before = len(sent())
    tell(space, "x.new")
    assert len(sent()) == before + 1  # the program alone


def test_events_go_to_those_who_subscribed(tmp_path: Path) -> None:
    from lingtan.services.ingest import ingest
    from lingtan.services.run_account import run_account

    space = filled(tmp_path / "park")
    book = space.alarms()
    book.put_target(Target("prog", "webhook", "", "https://example.com", events=("readings.imported", "account.run")))
    book.put_target(Target("off", "webhook", "", "https://example.com", events=("readings.imported",), active=False))
    ingest(space, batch({"a-use": {100: 5}}))
    run = run_account(space, "2025", floor=0.0)
    told_ = {d.event: d.body for d in book.deliveries(limit=10)}
    assert {d.target for d in book.deliveries(limit=10)} == {"prog"}
    assert told_["readings.imported"]["data"]["channels"] == ["a-use"]
    assert told_["account.run"]["data"] == {"run": run.id, "period": "2025", "rules": "ndrc-910-2025"}


def test_what_has_not_begun_or_not_come_yet_is_no_gap(tmp_path: Path) -> None:
    from lingtan.services.watch_months import due_month, watch_month

    space = filled(tmp_path / "park")
    # one channel begins a month before the others, and is a day ahead of them
    early = {h: 100 + h % 7 for h in range(-720, HOURS + 24)}
    commit(space, {"gas-in": early}, file="early.csv")
    for _ in range(4):
        if month := due_month(space):
            watch_month(space, month)
    assert due_month(space) == ""
    assert [(r, s) for r, s, *_ in told(space) if r == "data-missing"] == []
    # readings that are missing in between are
    commit(space, {"b-use": dict.fromkeys(range(HOURS + 30, HOURS + 60), 100)}, file="after.csv")
    for _ in range(4):
        if month := due_month(space):
            watch_month(space, month)
    assert ("data-missing", "b-use:gap") in [(r, s) for r, s, *_ in told(space)]
