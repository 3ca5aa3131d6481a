"""A month summed anew only in the buckets that changed equals the month summed whole."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from lingtan.base.time import Period
from lingtan.carbon.account import compile_account
from lingtan.services import month_sums
from lingtan.services.activities import activity_pieces
from lingtan.services.basis import basis_as_of
from lingtan.services.compute_account import METHOD
from lingtan.services.month_sums import ORDER, Sums
from lingtan.services.workspace import Workspace
from tests.closing_case import commit, filled


def summed(space: Workspace) -> Sums:
    basis = basis_as_of(space, "ndrc-910-2025", space.store.head())
    year = Period.parse("2025", basis.park.park.timezone)
    pieces = activity_pieces(space, basis.park, year, basis.view)
    compiled = compile_account(basis.park, basis.rules, basis.book, 2025)
    return month_sums.month_sums(space, compiled, pieces, year, METHOD)


def sums_and_flows(found: Sums) -> tuple[pa.Table, pa.Table]:
    flows = found.flows.sort_by(ORDER)
    return found.sums.sort_by([("channel", "ascending"), ("month", "ascending")]), flows


@pytest.mark.parametrize(
    "change",
    [
        {"a-use": {40: 777}},
        {"a-use": {40: None}},
        {"grid-in": {1: 5, 70: 9}, "b-use": {3: 2}},
        {"pv": dict.fromkeys(range(72))},
    ],
)
def test_exchanged_buckets_give_the_whole_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, dict[int, int | None]]
) -> None:
    space = filled(tmp_path)
    summed(space)
    commit(space, change)
    exchanged: list[bool] = []
    real = month_sums._exchanged
    monkeypatch.setattr(month_sums, "_exchanged", lambda *a: exchanged.append((found := real(*a)) is not None) or found)
    again = sums_and_flows(summed(space))
    assert any(exchanged)
    shutil.rmtree(tmp_path / ".lingtan" / "cache")
    whole = sums_and_flows(summed(space))
    assert not exchanged[-1]
    assert again[0].equals(whole[0])
    moved = again[1].filter(pa.compute.not_equal(again[1]["value"], 0))
    assert moved.equals(whole[1].filter(pa.compute.not_equal(whole[1]["value"], 0)))


def test_a_month_whose_old_pieces_are_gone_is_summed_whole(tmp_path: Path) -> None:
    space = filled(tmp_path)
    before = summed(space)
    commit(space, {"a-use": {40: 777}})
    shutil.rmtree(tmp_path / ".lingtan" / "cache" / "activity")
    after = summed(space)
    assert after.engine != "kept"
    assert not after.sums.equals(before.sums)
