"""Laws of the account: rebuilding, order, sums, as-of, transfers, seals."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.closing_case import CHANNELS, HOURS, PARK, commit, filled, first_readings, workspace

from lingtan.carbon.difference import amounts, difference
from lingtan.carbon.factors import FactorBook
from lingtan.metering.readings import Quality
from lingtan.reports.evidence import container
from lingtan.reports.evidence.signature import Key
from lingtan.services.attribute import attribute
from lingtan.services.close_period import close_period
from lingtan.services.keep_run import Run
from lingtan.services.restate_period import summed
from lingtan.services.run_account import run_account
from lingtan.services.seal_evidence import seal_evidence
from lingtan.services.verify_evidence import verify_evidence
from lingtan.services.workspace import Workspace
from lingtan.wiring import embedded_engine, open_workspace

FEW = settings(max_examples=6)
Edit = tuple[str, str, int, int, int]  # how, channel, first hour, how many, value
readings = st.tuples(
    st.sampled_from(["late", "estimate", "correct", "withdraw"]),
    st.sampled_from(CHANNELS),
    st.integers(0, HOURS - 4),
    st.integers(1, 4),
    st.integers(0, 5000),
)
others = st.tuples(st.sampled_from(["park", "factor", "rule"]), st.just(""), st.integers(1, 9), st.just(0), st.just(0))
edits = st.lists(st.one_of(readings, readings, others), min_size=1, max_size=4)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def apply(space: Workspace, edit: Edit) -> Workspace:
    """The workspace after one more piece of knowledge."""
    how, channel, first, count, value = edit
    hours = range(first, first + count)
    if how == "park":
        (space.root / "park.yaml").write_text(PARK.replace("kwh: 40000", f"kwh: {first * 1000}"), encoding="utf-8")
        again = open_workspace(space.root, clock=space.clock)
        return replace(again, factors=space.factors)
    if how == "factor":
        book = FactorBook(
            replace(f, value=f.value * (10 + first) / 10) if f.subject in ("power_other", "natural_gas") else f
            for f in FactorBook.packaged()
        )
        return replace(space, factors=lambda: book)
    if how == "rule":
        source = Path(__file__).parents[2] / "src/lingtan/carbon/rules/data/ndrc-910-2025.toml"
        text = source.read_text(encoding="utf-8")
        (space.root / "rules").mkdir(exist_ok=True)
        changed = text.replace(
            "credit_exports = true", "credit_exports = false" if first % 2 else "credit_exports = true"
        )
        (space.root / "rules" / "ndrc-910-2025.toml").write_text(changed, encoding="utf-8")
        return space
    if how == "withdraw":
        commit(space, {channel: dict.fromkeys(hours, None)}, kind="withdraw")
    else:
        quality = Quality.ESTIMATED if how == "estimate" else Quality.MEASURED
        commit(space, {channel: {h: value + h for h in hours}}, quality)
    return space


def account(space: Workspace, as_of: int | None = None) -> Run:
    return run_account(space, "2025", floor=0, as_of=as_of)


def forget(space: Workspace) -> None:
    """Throw away everything that is kept only for speed."""
    for name in ("cache", "runs"):
        shutil.rmtree(Path(space.blobs.path(name)), ignore_errors=True)


@FEW
@given(edits)
def test_incremental_equals_full_rebuild_bit_for_bit(made: list[Edit]) -> None:
    with folder() as root:
        space = filled(root, range(10, 14))
        account(space)
        for edit in made:
            space = apply(space, edit)
            kept = account(space)
        forget(space)
        rebuilt = account(space)
        assert rebuilt.account.postings == kept.account.postings
        assert rebuilt.account.coverage == kept.account.coverage
        assert rebuilt.id == kept.id
        assert rebuilt.record["result"] == kept.record["result"]


@FEW
@given(st.permutations(list(CHANNELS)), st.integers(1, HOURS - 1))
def test_the_order_of_arrival_does_not_matter(names: list[str], cut: int) -> None:
    whole = first_readings()
    with folder() as one, folder() as two:
        straight, mixed = filled(one), workspace(two)
        for part in (range(cut, HOURS), range(cut)):
            for name in names:
                commit(mixed, {name: {h: whole[name][h] for h in part}}, file=f"{name}.csv")
        assert account(mixed).account.postings == account(straight).account.postings


@FEW
@given(edits)
def test_parts_sum_to_the_whole_on_every_axis_and_transfers_to_zero(made: list[Edit]) -> None:
    with folder() as root:
        space = filled(root)
        for edit in made:
            space = apply(space, edit)
        found = account(space).account
        moved = {"power": 0, "heat": 0}
        for measure in (m.id for m in found.compiled.rules.measures):
            whole = found.total(measure)
            assert whole == int(account(space).record["totals"][measure])
            for axis in ("category", "enterprise", "month", "carrier", "activity", "kind", "point", "factor"):
                for view in ("direct", "transfer"):
                    values = {getattr(p, axis) for p in found.select(measure, view=view)}
                    assert sum(found.total(measure, view=view, **{axis: v}) for v in values) == whole
            for month in found.months:
                assert (
                    sum(
                        p.micrograms
                        for p in found.postings
                        if (p.view, p.measure, p.month) == ("transfer", measure, month)
                    )
                    == 0
                )
        for (pool, side, _, _), value in found.kinds.items():
            if pool == "power" and side == "in":
                moved["power"] += value
        assert moved["power"] == sum(p.quantity for p in found.select("co2", carrier="electricity", activity="import"))


@FEW
@given(edits)
def test_a_view_as_of_a_revision_never_sees_later_knowledge(made: list[Edit]) -> None:
    plain = [e for e in made if e[0] not in ("factor", "rule")] or [("late", "grid-in", 1, 2, 77)]
    with folder() as root:
        space = filled(root, range(10, 14))
        then = [(space.store.head(), account(space).record["result"])]
        for edit in plain:
            space = apply(space, edit)
            then.append((space.store.head(), account(space).record["result"]))
        forget(space)
        for rev, result in then:
            assert account(space, rev).record["result"] == result


@FEW
@given(edits)
def test_the_causes_of_a_difference_sum_to_it(made: list[Edit]) -> None:
    with folder() as root:
        space = filled(root, range(10, 14))
        before = account(space)
        for edit in made:
            space = apply(space, edit)
        after = account(space)
        causes = attribute(space, before, after)
        assert summed(causes) == difference(amounts(before.account.postings), amounts(after.account.postings))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    space = filled(tmp_path_factory.mktemp("pack"))
    close_period(space, "2025", floor=0)
    return seal_evidence(space, "2025", Key(bytes(32))).data


def broken(data: bytes) -> bool:
    """Whether a verification finds a fault; it stops before it computes anything."""
    return not verify_evidence(data, embedded_engine).intact


@settings(max_examples=300)
@given(data=st.data())
def test_any_flipped_bit_of_a_pack_is_found(pack: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(pack) - 1))
    bit = data.draw(st.integers(0, 7))
    spoiled = bytearray(pack)
    spoiled[at] ^= 1 << bit
    assert broken(bytes(spoiled))


def test_every_byte_outside_the_contents_is_watched(pack: bytes) -> None:
    files, _ = container.read(pack)
    inside = set()
    for name, body in files.items():
        begin = pack.index(bytes(body), pack.index(name.encode()))
        inside |= set(range(begin, begin + len(body)))
    outside = [i for i in range(len(pack)) if i not in inside]
    assert len(outside) > 500
    rng = random.Random(1)
    for at in [*rng.sample(outside, 250), *outside[-60:]]:
        spoiled = bytearray(pack)
        spoiled[at] ^= 1 << rng.randrange(8)
        assert broken(bytes(spoiled)), at


@settings(max_examples=60)
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True), st.binary(max_size=40), max_size=5))
def test_a_container_reads_back_what_was_written(files: dict[str, bytes]) -> None:
    found, faults = container.read(container.write(files))
    assert faults == []
    assert {n: bytes(d) for n, d in found.items()} == files
