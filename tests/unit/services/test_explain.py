"""Every figure has an address, and its passport adds up."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from lingtan.base.errors import InputError
from lingtan.base.units import rounded
from lingtan.carbon.address import known, listed, parse_address
from lingtan.carbon.passport import Node
from lingtan.services.close_period import close_period
from lingtan.services.explain import Below, explain, find_run, list_figures
from lingtan.services.keep_run import Run
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace
from tests.closing_case import START, commit, filled


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Run]:
    space = filled(tmp_path_factory.mktemp("explain"), range(10, 14))
    commit(space, {"grid-in": {20: 4321}}, file="corrected.csv")
    return space, run_account(space, "2025", floor=0)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def test_every_listed_figure_can_be_explained(made: tuple[Workspace, Run]) -> None:
    space, run = made
    figures = list_figures(space, run)
    assert len(figures) > 100
    for figure in figures[::7]:
        found = explain(space, figure, run, depth=3)
        assert found.recomputed
        assert found.tree.kind == "figure"
    assert {"core", "core.numerator", "co2", "co2/category=power", "certificates.covered"} <= set(figures)


def test_an_address_reads_back_as_it_is_written_whatever_the_order_of_its_keys(made: tuple[Workspace, Run]) -> None:
    _, run = made
    there = known(run.account, run.indicators)
    for figure in listed(run.account, there):
        assert str(parse_address(str(parse_address(figure, there)), there)) == str(parse_address(figure, there))
    one = parse_address("co2/month=2025-02/enterprise=plant", there)
    assert str(one) == str(parse_address("co2/enterprise=plant/month=202502", there))


@pytest.mark.parametrize(
    ("figure", "nearest"),
    [
        ("cor", "core"),
        ("core.numeratr", "numerator"),
        ("co2/categry=power", "category="),
        ("co2/category=pwer", "category=power"),
        ("co2/enterprise=plnt", "enterprise=plant"),
        ("power/side=inn", "side=in"),
        ("coverage/channel=grid-inn", "channel=grid-in"),
    ],
)
def test_an_unknown_part_names_the_nearest_known_one(made: tuple[Workspace, Run], figure: str, nearest: str) -> None:
    space, run = made
    with pytest.raises(InputError) as caught:
        explain(space, figure, run)
    assert caught.value.code == "figure.unknown"
    assert nearest in caught.value.format("en")


def test_the_parts_of_a_sum_add_up_to_it(made: tuple[Workspace, Run]) -> None:
    space, run = made
    for figure in ("co2", "tce_equivalent", "co2/view=transfer/enterprise=a"):
        tree = explain(space, figure, run, depth=5).tree
        assert int(tree.facts["micrograms"]) == sum(int(c.facts["micrograms"]) for c in tree.children)
        for child in tree.children:
            if child.kind == "sum":
                assert int(child.facts["micrograms"]) == sum(int(c.facts["micrograms"]) for c in child.children)
    assert int(explain(space, "co2", run).tree.facts["micrograms"]) == run.account.total("co2")


def test_the_core_shows_its_two_parts_with_rule_and_factor(made: tuple[Workspace, Run]) -> None:
    space, run = made
    nodes = list(walk(explain(space, "core", run).tree))
    core = next(i for i in run.indicators if i.id == "core")
    assert core.value is not None
    assert nodes[0].value is not None
    assert Decimal(nodes[0].value) == rounded(core.value, 1, 9)
    factors = {n.name for n in nodes if n.kind == "factor"}
    assert any("power_other" in f for f in factors)
    assert all(n.facts["source"] and n.facts["confidence"] for n in nodes if n.kind == "factor")
    assert any("附件4" in str(n.facts.get("clause")) for n in nodes if n.kind == "term")


def test_a_figure_leads_down_to_the_reading_its_revision_and_its_file(made: tuple[Workspace, Run]) -> None:
    space, run = made
    below = Below(START + timedelta(hours=20))
    nodes = list(walk(explain(space, "quantity/channel=grid-in", run, below=below).tree))
    hour = next(n for n in nodes if n.kind == "hour")
    reading = next(n for n in nodes if n.kind == "reading")
    assert hour.value == reading.value == "4321"
    assert (reading.facts["rev"], reading.facts["quality"]) == (3, "measured")
    assert next(n for n in walk(reading) if n.kind == "commit").facts["file"] == "corrected.csv"
    before = next(n for n in nodes if n.kind == "superseded")
    assert before.facts["rev"] == 2
    assert before.children[0].facts["file"] == "first.csv"


def test_a_transfer_names_its_pool_and_the_weight_of_the_user(made: tuple[Workspace, Run]) -> None:
    space, run = made
    tree = explain(space, "co2/view=transfer/category=transfer_power/enterprise=b", run).tree
    pool = next(n for n in walk(tree) if n.kind == "pool")
    assert 0 < Fraction(pool.facts["weight"]) < Fraction(pool.facts["all_weights"])
    assert {n.name.split(" ")[0] for n in pool.children} >= {"in/other", "fuel/natural_gas"}
    assert pool.value is not None
    summed = sum(Fraction(n.value or 0) for n in pool.children)
    assert abs(summed - Fraction(pool.value)) < Fraction(1, 10**4)


def test_coverage_counts_the_gap(made: tuple[Workspace, Run]) -> None:
    space, run = made
    year = 365 * 24
    tree = explain(space, "coverage/channel=a-use", run).tree
    assert tree.value is not None
    assert abs(float(tree.value) - 68 / year) < 1e-6


def test_a_closed_period_is_explained_from_what_was_frozen(tmp_path: Path) -> None:
    space = filled(tmp_path)
    close_period(space, "2025", floor=0)
    commit(space, {"grid-in": {20: 4321}})
    run, closing = find_run(space, period="2025")
    assert closing == "2025-ndrc-910-2025@0"
    tree = explain(space, "co2", run, closing=closing).tree
    assert int(tree.facts["micrograms"]) == run.account.total("co2")
    newest, none = find_run(space, period="2025", as_of=space.store.head())
    assert none is None
    assert newest.account.total("co2") != run.account.total("co2")


def test_what_a_posting_multiplies_gives_what_it_prints(made: tuple[Workspace, Run]) -> None:
    space, run = made
    tree = explain(space, "tce_equivalent", run, depth=5).tree
    postings = [n for n in walk(tree) if n.kind == "posting" and " × " in str(n.facts.get("formula"))]
    assert postings
    for node in postings:
        left, right = str(node.facts["formula"]).replace("−", "-").split(" = ")
        quantity, factor = (Decimal(part.split()[0]) for part in left.split(" × "))
        assert abs(quantity * factor / 1000 - Decimal(right.split()[0])) <= Decimal("0.000001"), node.facts["formula"]


def test_the_newest_run_is_the_one_of_the_rules_asked_for(made: tuple[Workspace, Run]) -> None:
    space, run = made
    space.blobs.put("last-run-ghg-protocol", b"another")
    assert find_run(space)[0].rules.id == run.rules.id == "ndrc-910-2025"
    with pytest.raises(InputError, match="another"):
        find_run(space, rules="ghg-protocol")
