"""What stands behind the pages of the roles: statements sum to the account, peers stay unknown, forms say where they are wrong."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingtan.base.errors import AccessError, InputError
from lingtan.services import benchmark as bench
from lingtan.services.close_period import close_period
from lingtan.services.closings import find_closing, frozen_run
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace
from tests.closing_case import PARK, filled, workspace

MONTHLY = """
  - {id: m20, enterprise: a, manual: true, channels: [{id: a-coke, carrier: coke, activity: final, unit: t, step: 1month}]}
  - {id: m21, enterprise: a, manual: true, channels: [{id: a-stock, carrier: diesel, activity: stock, unit: t, kind: level, step: 1month}]}
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Run]:
    space = filled(tmp_path_factory.mktemp("roles") / "park")
    closing = close_period(space, "2025", floor=0.0, reason="test")
    return space, frozen_run(space, find_closing(space, closing.id))


@pytest.fixture
def forming(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "park", PARK.rstrip("\n") + MONTHLY)


def test_statements_of_all_members_sum_to_the_account(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.energy_statement import energy_statement

    _, run = closed
    members = sorted({p.enterprise for p in run.account.postings})
    made = [energy_statement(run, e, "2025", None) for e in members]
    assert made
    for i, measure in enumerate(m.id for m in run.rules.measures):
        assert sum(m.amounts[i].direct for m in made) == run.account.total(measure)
        assert sum(m.amounts[i].transfer for m in made) == run.account.total(measure)
        for m in made:
            assert sum(m.amounts[i].by_category.values()) == m.amounts[i].transfer


def test_every_address_of_a_statement_is_one(closed: tuple[Workspace, Run]) -> None:
    from lingtan.carbon.address import known, parse_address
    from lingtan.services.energy_statement import energy_statement

    _, run = closed
    there = known(run.account, run.indicators)
    made = energy_statement(run, "a", "2025-01", None)
    found = [x.address for x in made.lines if x.address]
    found += [made.address(a.measure) for a in made.amounts if a.transfer]
    assert len(found) >= 3
    for address in found:
        parse_address(address, there)


def test_a_month_that_the_run_does_not_have_is_refused(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.energy_statement import energy_statement

    with pytest.raises(InputError):
        energy_statement(closed[1], "a", "2031-01", None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 1e6), min_size=0, max_size=12), st.floats(0.01, 1e6))
def test_nothing_is_shown_of_too_few_and_never_an_extreme(others: list[float], own: float) -> None:
    found = bench._group("C33", {str(i): v for i, v in enumerate(others)}, dict.fromkeys(map(str, range(20)), "C39"), 5)
    assert found[0] in ("section", "park")
    if len(others) < bench.PEERS:
        assert found[0] == "park"
        return
    low, middle, high = bench._quartiles(found[1])
    assert low <= middle <= high
    for shown in (low, middle, high):
        assert shown == bench._rounded(shown)  # two significant digits: no value of anybody


def test_with_few_members_the_benchmark_says_nothing_of_them(closed: tuple[Workspace, Run]) -> None:
    _, run = closed
    park = run.park.model_copy(
        update={"enterprises": [e.model_copy(update={"output_value_cny": {2025: 10**8}}) for e in run.park.enterprises]}
    )
    found = bench.benchmark(replace(run, park=park), "a")
    assert found
    for s in found:
        assert s.peers < bench.PEERS
        assert (s.rank, s.quartile, s.quartiles) == (None, None, None)


def test_pseudonyms_stay_and_totals_sum_to_the_park(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_books import sealed_totals

    space, run = closed
    key = workspace_key(space)[0]
    first, again = (sealed_totals(space, run, key) for _ in range(2))
    assert first == again
    for measure, total in run.record["totals"].items():
        for view in ("direct", "transfer"):
            assert sum(getattr(t, view).get(measure, 0) for t in first) == int(total)


def test_the_digest_of_a_book_is_the_one_in_the_sealed_pack(closed: tuple[Workspace, Run]) -> None:
    from lingtan.reports.evidence import container
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.seal_evidence import seal_evidence
    from lingtan.services.sealed_books import sealed_totals

    space, run = closed
    key = workspace_key(space)[0]
    packed = json.loads(
        bytes(container.read(seal_evidence(space, "2025", key, profile="park").data)[0]["enterprises.json"])
    )
    assert sorted(packed.values()) == sorted(t.digest for t in sealed_totals(space, run, key))


def test_questions_go_into_the_full_pack_and_the_pack_still_verifies(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.questions import answer, ask
    from lingtan.services.sealed_packs import packs, seal_pack
    from lingtan.services.verify_evidence import verify_evidence
    from lingtan.wiring import embedded_engine

    space, run = closed
    before = seal_pack(space, "2025", "full")
    made = ask(space, "why?", by="v", role="verifier", run=run, figure="co2")
    answer(space, made.id, "because", by="o", role="operator")
    after = seal_pack(space, "2025", "full")
    assert before != after
    found = verify_evidence(space.blobs.get(after) or b"", embedded_engine, trust=workspace_key(space)[0].public)
    assert found.faults == []
    assert found.authentic
    assert [(p.profile, p.sealed, p.questions) for p in packs(space)] == [("full", True, 1), ("park", False, 0)]


def test_a_form_comes_back_as_it_went_out(forming: Workspace, tmp_path: Path) -> None:
    from lingtan.services.monthly_form import form_csv, form_fields, read_form
    from lingtan.wiring import form_writer

    fields = form_fields(forming, "a", "2025-03", "zh")
    assert {f.channel for f in fields if f.fillable} == {"a-coke", "a-stock"}
    for name, data in (
        ("f.csv", form_csv(fields, "a", "2025-03", "zh")),
        ("f.xlsx", form_writer()(fields, "a", "A", "2025-03", "en")),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        found = read_form(forming, path, "a", "2025-03", fields)
        assert (found.problems, found.entries) == ((), ())
        assert set(found.empty) == {"a-coke", "a-stock"}


def test_every_problem_of_a_form_is_told_at_once_with_its_place(forming: Workspace, tmp_path: Path) -> None:
    from lingtan.services.monthly_form import form_fields, read_form

    fields = form_fields(forming, "a", "2025-03", "en")
    path = tmp_path / "bad.csv"
    path.write_text(
        "enterprise id,b\nmonth,2025-04\nchannel,unit,value\na-coke,kg,3\na-cokes,t,1\na-stock,t,-2\na-stock,t,5\n"
        "b-use,kWh,4\n",
        encoding="utf-8",
    )
    found = read_form(forming, path, "a", "2025-03", fields)
    told = {(p.code, p.row, p.column) for p in found.problems}
    assert told == {
        ("other-enterprise", 1, "B"), ("other-month", 2, "B"), ("unit", 4, "B"), ("unknown", 5, "A"),
        ("negative", 6, "C"), ("twice", 7, "A"), ("unknown", 8, "A"),
    }  # fmt: skip
    assert not any("b-use" in p.values.get("nearest", "") for p in found.problems)  # others' channels are not named


def test_new_values_are_written_at_once_and_replacing_ones_after_review(forming: Workspace) -> None:
    from lingtan.services.monthly_form import Entry, FilledForm, form_fields
    from lingtan.services.submit_form import decide_form, draft_form, forms, submit_form

    def filled_form(value: str) -> FilledForm:
        known = {f.channel: f.known for f in form_fields(forming, "a", "2025-03", "en")}
        pairs = (("a-coke", Fraction(value)), ("a-stock", Fraction(7)))
        entries = tuple(Entry(c, v, 4, known[c], known[c] is not None and known[c] != v, False) for c, v in pairs)
        return FilledForm(entries, (), ())

    head = forming.store.head()
    first = submit_form(
        forming, draft_form(forming, "a", "2025-03", "f.csv", b"1", filled_form("2.5"), by="me").id, by="me"
    )
    assert (first.state, first.rev) == ("done", head + 1)
    with pytest.raises(InputError):
        submit_form(forming, first.id, by="me")
    known = {f.channel: f.known for f in form_fields(forming, "a", "2025-03", "en")}
    assert (known["a-coke"], known["a-stock"]) == (Fraction("2.5"), Fraction(7))
    second = submit_form(
        forming, draft_form(forming, "a", "2025-03", "g.csv", b"2", filled_form("3"), by="me").id, by="me"
    )
    assert (second.state, dict(second.replaced)) == ("waiting", {"a-coke": "2.5"})
    assert forming.store.head() == head + 1
    with pytest.raises(AccessError):
        decide_form(forming, second.id, by="me", approve=True)
    with pytest.raises(InputError):
        decide_form(forming, second.id, by="boss", approve=False)  # without a reason
    done = decide_form(forming, second.id, by="boss", approve=True)
    assert (done.state, done.rev) == ("done", head + 2)
    assert [f.state for f in forms(forming, enterprise="a")] == ["done", "done"]
    assert forms(forming, enterprise="b") == []


def test_the_year_end_is_inside_its_interval_for_a_steady_year_and_none_when_whole(
    closed: tuple[Workspace, Run],
) -> None:
    from lingtan.services.show_overview import Month, YearPath
    from lingtan.services.year_end import year_end

    _, run = closed
    values = [100 + 5 * (m % 3) for m in range(12)]
    months = tuple(
        Month(202501 + i, True, v, 10 * v, sum(values[: i + 1]), 10 * sum(values[: i + 1]))
        for i, v in enumerate(values)
    )
    way = YearPath(months, Fraction(1, 5), None, None, "co2", "tce_equivalent")
    assert year_end(run, path=way) is None
    for known in range(3, 12):
        found = year_end(run, known=known, path=way)
        assert found is not None
        assert found.co2_low is not None
        assert found.co2_high is not None
        assert found.co2_low <= sum(values) <= found.co2_high
        assert found.core == pytest.approx(0.1)
        assert found.gap_co2 == pytest.approx(found.co2 - 0.2 * found.tce)
    few = year_end(run, known=2, path=way)
    assert few is not None
    assert few.co2_low is None


def test_the_gap_is_the_sum_of_its_months(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.year_end import gap_by_month

    _, run = closed
    core = next(i for i in run.indicators if i.id == "core")
    parts = gap_by_month(run)
    gap = sum((sum(by.values()) - allowed for _, by, allowed in parts), Fraction(0))
    assert gap == core.numerator * 10**12 - (core.target or 0) * core.denominator * 10**12


def test_green_share_is_of_the_parts_that_are_shown(closed: tuple[Workspace, Run]) -> None:
    from lingtan.services.power_supply import power_supply

    made = power_supply(closed[1])
    assert made.kinds
    assert sum(x.wh for x in made.kinds) == made.supplied_wh
    assert made.green_share == sum((x.share for x in made.kinds if x.green), Fraction(0))


TARIFF = """
tariffs:
  - id: two-part
    connection: grid
    region: CN-JS
    voltage: 110kV
    customer: two_part
    basis: demand
    energy_cny_per_kwh: {peak: 1.0, valley: 0.25}
    windows: [{period: peak, windows: ["08:00-20:00"]}, {period: valley, windows: [rest]}]
    demand_cny_per_kw_month: 40
    source: test
"""


def test_power_costs_value_each_hour_by_its_period_and_divide_the_fixed_part(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal

    import pyarrow as pa

    from lingtan.services.ingest import ingest
    from lingtan.services.power_costs import cost_of, kept_costs, power_costs

    park = """
schema: 1
park: {id: p, name: p, region: CN-JS, operator: zone, synthetic: true}
enterprises: [{id: zone, name: Zone}, {id: a, name: A}, {id: b, name: B}]
connections: [{id: grid, kind: public_grid}]
meters:
  - {id: m1, channels: [{id: grid-in, carrier: electricity, activity: import, unit: kWh, step: 1h, connection: grid}]}
  - {id: m2, enterprise: a, channels: [{id: a-use, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
  - {id: m3, enterprise: b, channels: [{id: b-use, carrier: electricity, activity: use, unit: kWh, step: 1h}]}
"""
    space = workspace(tmp_path / "park", park.strip() + "\n" + TARIFF.strip() + "\n")
    begin, hours = datetime(2025, 2, 28, 16, tzinfo=UTC), 31 * 24  # March in China
    starts = [begin + timedelta(hours=h) for h in range(hours)]
    for channel, kwh in (("grid-in", 40.0), ("a-use", 30.0), ("b-use", 10.0)):
        ingest(
            space,
            pa.table(
                {
                    "channel": [channel] * hours,
                    "start": pa.array(starts, pa.timestamp("us", tz="UTC")),
                    "value": [kwh] * hours,
                }
            ),
        )
    assert kept_costs(space, "2025") is None
    costs = power_costs(space, "2025")
    assert set(costs["months"]) == {"2025-03"}
    assert "2025-04" in costs["failed"]
    a, b = (cost_of(costs, e, "2025-03") for e in ("a", "b"))
    assert a is not None
    assert b is not None
    assert {x.period: (x.kwh, x.amount) for x in a.lines if x.period} == {
        "peak": (Decimal(31 * 12 * 30), Decimal("11160.00")),
        "valley": (Decimal(31 * 12 * 30), Decimal("2790.00")),
    }
    fixed = [x.amount for c in (a, b) for x in c.lines if not x.period]
    assert fixed == [Decimal("1200.00"), Decimal("400.00")]  # 40 kW at 40 CNY, by use
    assert a.total + b.total == a.bill
    assert kept_costs(space, "2025") == costs
    assert cost_of(costs, "zone", "2025-03") is None
