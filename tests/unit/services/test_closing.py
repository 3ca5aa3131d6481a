"""A closed period keeps its figures; a restatement says what changed, by how much and why."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from lingtan.base.errors import DataError, InputError
from lingtan.carbon.difference import amounts, difference, total
from lingtan.carbon.factors import FactorBook
from lingtan.metering.readings import Quality
from lingtan.services.attribute import ORDER, attribute
from lingtan.services.close_period import close_period
from lingtan.services.closings import closings, current_closing, find_closing, frozen_run
from lingtan.services.compare_runs import compare_runs
from lingtan.services.keep_run import load_run
from lingtan.services.restate_period import restate_period, summed
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace
from tests.closing_case import PARK, commit, filled, workspace


def closed(root: Path, leave_out: range = range(10, 14)) -> Workspace:
    space = filled(root, leave_out)
    close_period(space, "2025", floor=0)
    return space


def test_a_closed_period_keeps_its_figures_whatever_comes_later(tmp_path: Path) -> None:
    space = closed(tmp_path)
    before = frozen_run(space, closings(space)[0])
    commit(space, {"grid-in": dict.fromkeys(range(30), 9000)})
    after = frozen_run(space, closings(space)[0])
    assert after.account.postings == before.account.postings
    assert after.indicators == before.indicators
    assert run_account(space, "2025", floor=0).account.digest != before.account.digest


def test_a_period_is_closed_once_and_after_its_end(tmp_path: Path) -> None:
    space = closed(tmp_path)
    with pytest.raises(DataError) as caught:
        close_period(space, "2025", floor=0)
    assert caught.value.code == "account.already-closed"
    with pytest.raises(DataError) as caught:
        close_period(space, "2026", floor=0)
    assert caught.value.code == "account.period-open"


def test_an_open_period_cannot_be_restated(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        restate_period(filled(tmp_path), "2025", floor=0)
    assert caught.value.code == "account.not-closed"


def test_nothing_new_posts_no_restatement(tmp_path: Path) -> None:
    space = closed(tmp_path)
    assert restate_period(space, "2025", floor=0).closing is None
    assert len(closings(space)) == 1


def test_each_cause_is_named_and_the_causes_sum_to_the_difference(tmp_path: Path) -> None:
    space = filled(tmp_path, range(10, 20))
    commit(space, {"a-use": dict.fromkeys(range(10, 13), 200)}, Quality.ESTIMATED, kind="estimate")
    close_period(space, "2025", floor=0)
    commit(space, {"a-use": {10: 300, 11: 310}}, file="late.csv")  # replaces estimates
    commit(space, {"a-use": {14: 320, 15: 330}}, file="late.csv")  # fills a gap
    commit(space, {"a-use": {16: 150}}, Quality.ESTIMATED, kind="estimate")
    commit(space, {"grid-in": {5: 5000}, "chp-gas": {40: 900}}, file="corrected.csv")
    commit(space, {"line-in": {7: None}}, kind="withdraw")
    space = workspace(tmp_path, PARK.replace("kwh: 40000", "kwh: 10000"))
    made = restate_period(space, "2025", floor=0, reason="three files")
    names = [n for c in made.causes for n in c.names]
    assert names == ["late", "estimated", "estimate_replaced", "corrected", "withdrawn", "park"]
    whole = difference(amounts(made.before.account.postings), amounts(made.after.account.postings))
    assert whole
    assert summed(made.causes) == whole
    by_name = {c.names[0]: c for c in made.causes}
    assert total(by_name["corrected"].moved, "co2") > 0
    assert total(by_name["late"].moved, "co2") == 0  # a use moves between enterprises only
    assert any(c.view == "transfer" for c in by_name["late"].moved)
    late = by_name["late"].details[0]
    assert (late["channel"], late["readings"], late["commits"][0]["file"]) == ("a-use", 2, "late.csv")
    assert [d["path"] for d in by_name["park"].details] == ["certificates[gec].kwh"]
    core = made.after.account
    assert made.causes[-1].core == Fraction(core.total("co2"), core.total("tce_equivalent"))
    held = current_closing(space, "2025", "ndrc-910-2025")
    assert held is not None
    assert (held.id, held.record["restates"]) == ("2025-ndrc-910-2025@1", "2025-ndrc-910-2025@0")
    assert held.record["previous"] == find_closing(space, "2025-ndrc-910-2025@0").record["hash"]


def test_a_changed_factor_and_a_changed_rule_are_causes(tmp_path: Path) -> None:
    space = closed(tmp_path)

    def changed() -> FactorBook:
        return FactorBook(
            replace(f, value=f.value * 2, edition="test") if f.subject == "power_other" else f
            for f in FactorBook.packaged()
        )

    space = replace(space, factors=changed)
    made = restate_period(space, "2025", floor=0)
    assert [c.names for c in made.causes] == [("factors",)]
    assert total(made.causes[0].moved, "co2") == made.before.account.total("co2", category="power")
    before = run_account(space, "2025", floor=0)
    folder = tmp_path / "rules"
    folder.mkdir()
    text = (Path(__file__).parents[3] / "src/lingtan/carbon/rules/data/ndrc-910-2025.toml").read_text(encoding="utf-8")
    (folder / "ndrc-910-2025.toml").write_text(text.replace("credit_exports = true", "credit_exports = false"), "utf-8")
    after = run_account(space, "2025", floor=0)
    causes = attribute(space, before, after)
    assert [c.names for c in causes] == [("rules",)]
    assert summed(causes) == difference(amounts(before.account.postings), amounts(after.account.postings))
    assert set(ORDER) >= {n for c in causes for n in c.names}


def test_two_sides_of_any_sort_can_be_compared_both_ways(tmp_path: Path) -> None:
    space = closed(tmp_path)
    rev = space.store.head()
    commit(space, {"grid-in": {5: 5000}})
    run = run_account(space, "2025", floor=0)
    there = compare_runs(space, "2025-ndrc-910-2025@0", run.id)
    back = compare_runs(space, run.id, str(rev), period="2025")
    assert there.moved
    assert back.moved == {k: -v for k, v in there.moved.items()}
    assert summed(back.causes) == back.moved
    with pytest.raises(InputError) as caught:
        compare_runs(space, "2025-ndrc-910-2025@7", run.id)
    assert "2025-ndrc-910-2025@0" in caught.value.format("en")


def test_a_damaged_closing_is_refused(tmp_path: Path) -> None:
    space = closed(tmp_path)
    closing = closings(space)[0]
    path = Path(space.blobs.path(f"frozen/{closing.record['frozen']}/postings.parquet"))
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DataError) as caught:
        frozen_run(space, closing)
    assert caught.value.code == "account.closing-damaged"
    record = Path(space.blobs.path("closings/2025-ndrc-910-2025/0000.json"))
    plain = json.loads(record.read_text(encoding="utf-8"))
    plain["totals"]["co2"] = "1"
    record.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(DataError):
        closings(space)


def test_a_kept_run_says_the_same_without_computing(tmp_path: Path) -> None:
    space = filled(tmp_path)
    run = run_account(space, "2025", floor=0)
    again = load_run(space, run.id)
    assert again.account.digest == run.account.digest
    assert again.account.coverage == run.account.coverage
    assert again.account.kinds == run.account.kinds
    assert again.indicators == run.indicators
    with pytest.raises(InputError):
        load_run(space, "2025-ndrc-910-2025-0000000000")
