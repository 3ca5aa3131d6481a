"""Every problem that a park file can have is provoked once, and stands on the line where it is."""

import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lingtan.base.errors import InputError
from lingtan.park import file
from lingtan.park.file import MAX_PROBLEMS, load_park, parse_bytes, parse_park
from unit.park.park_text import as_text, channel, full, meter, parsed

Change = Callable[[Any], Any]


def put(*path: Any, **values: Any) -> Change:
    """A change that updates the table at a path."""

    def change(plain: Any) -> None:
        at = plain
        for part in path:
            at = at[part]
        at.update(values)

    return change


def on(name: str, **values: Any) -> Change:
    """A change of a channel."""
    return lambda plain: channel(plain, name).update(values)


def of(name: str, **values: Any) -> Change:
    """A change of a meter."""
    return lambda plain: meter(plain, name).update(values)


def drop(*path: Any) -> Change:
    def change(plain: Any) -> None:
        at = plain
        for part in path[:-1]:
            at = at[part]
        del at[path[-1]]

    return change


def without(name: str, *keys: str) -> Change:
    def change(plain: Any) -> None:
        for key in keys:
            channel(plain, name).pop(key)

    return change


def add(*path: Any, **values: Any) -> Change:
    def change(plain: Any) -> None:
        at = plain
        for part in path:
            at = at[part]
        at.append(values)

    return change


def formula(text: str) -> Change:
    return put("virtual_meters", 0, formula=text)


def two_formulas(first: str, second: str) -> Change:
    def change(plain: Any) -> None:
        one = plain["virtual_meters"][0]
        plain["virtual_meters"].append({**one, "id": "second", "formula": second})
        one["formula"] = first

    return change


def history(*entries: dict[str, Any], name: str = "grid-import") -> Change:
    return on(name, history=list(entries))


def collide(plain: Any) -> None:
    plain["meters"][0]["channels"][0]["id"] = "one"
    plain["meters"][0]["channels"][0].pop("history")


def bare(plain: Any) -> None:
    for key in ("meters", "virtual_meters", "products"):
        plain[key] = []


def coefficient(plain: Any) -> None:
    one = plain["virtual_meters"][0]
    factor = "0." + "0" * 18 + "1"
    names = ["plant-b-power", *(f"v{i}" for i in range(8))]
    plain["virtual_meters"] = [
        {**one, "id": after, "formula": f"{factor} * {before}"} for before, after in pairwise(names)
    ]


VALUES: dict[str, Change] = {
    "park.unknown-schema": put(schema=7),
    "park.unknown-timezone": put("park", timezone="Asia/Shanghay"),
    "park.missing-key": drop("park", "region"),
    "park.unknown-key": put("park", regoin="CN-JS"),
    "park.unknown-key-listed": put("park", xyzzy="1"),
    "park.unknown-word": on("plant-a-power", activity="usee"),
    "park.unknown-word-listed": on("plant-a-power", activity="qqqq"),
    "park.not-text": put("park", region=["a"]),
    "park.not-a-list": put(meters="m"),
    "park.not-a-table": put(park="p"),
    "park.empty-list": of("m-grid", channels=[]),
    "park.not-yes-or-no": put("park", synthetic="perhaps"),
    "park.not-a-number": on("grid-import", multiplier="80 x"),
    "park.not-a-whole-number": on("grid-import", digits="8.5"),
    "park.absurd-number": on("grid-import", multiplier="1e99"),
    "park.out-of-range": on("grid-import", multiplier="-1"),
    "park.bad-time": history({"from": "yesterday", "multiplier": 2}),
    "park.bad-id": put("park", id="My Park"),
    "park.bad-label": put("park", name={"de": "Park"}),
    # names
    "park.duplicate-id": add("enterprises", id="plant-a", name="again"),
    "park.number-id": on("plant-b-line-1", id="12.5"),
    "park.key-collision": collide,
    "park.reserved-id": add("enterprises", id="park", name="park"),
    "park.built-in-carrier": add("carriers", id="natural_gas", name="gas", group="fossil", unit="m3"),
    "park.unknown-reference": of("m-plant-a", enterprise="plant-aa"),
    "park.unknown-reference-listed": of("m-plant-a", enterprise="qqqq"),
    "park.unknown-region": put("park", region="江苏省"),
    "park.unknown-region-listed": put("park", region="Atlantis"),
    "park.unknown-indicator": put("accounting", excluded_indicators={"water_reus": "no water"}),
    "park.unknown-indicator-listed": put("accounting", excluded_indicators={"qqqq": "no water"}),
    # meters and channels
    "park.parent-circle": of("m-grid", parent="m-plant-a"),
    "park.parent-other-carrier": of("m-chp-gas", parent="m-grid"),
    "park.unknown-unit": on("plant-a-power", unit="kwhh"),
    "park.unit-is-power": on("plant-a-coal", unit="kW"),
    "park.power-is-interval": on("grid-import", unit="kW"),
    "park.unit-needs-content": lambda plain: channel(plain, "steam-import").pop("content"),
    "park.content-unused": on("plant-a-power", content=2),
    "park.counter-without-digits": lambda plain: channel(plain, "grid-import").pop("digits"),
    "park.digits-without-counter": on("plant-a-power", digits=6),
    "park.stock-is-level": on("plant-a-coal-stock", kind="interval"),
    "park.level-is-stock": on("plant-a-power", kind="level"),
    "park.history-order": history(
        {"from": "2025-06-01", "multiplier": 2}, {"from": "2025-05-01", "multiplier": 3}
    ),
    "park.registers-without-counter": history({"from": "2025-06-01", "final": 1, "initial": 0}, name="plant-a-power"),
    "park.history-changes-nothing": history({"from": "2025-06-01", "reason": "?"}),
    "park.history-without-registers": history({"from": "2025-06-01", "serial": "7"}),
    "park.register-too-large": history({"from": "2025-06-01", "final": 10**9, "initial": 0}),
    "park.not-a-capacity": put("assets", 0, capacity="much"),
    # what quantities do
    "park.activity-of-carrier": on("plant-a-power", activity="final"),
    "park.needs-connection": lambda plain: channel(plain, "wind-import").pop("connection"),
    "park.connection-unused": on("plant-a-power", connection="grid"),
    "park.connection-carrier": on("steam-import", connection="grid"),
    "park.kind-of-power": on("plant-a-power", kind_of_power="other"),
    "park.direct-from-grid": on("grid-import", kind_of_power="direct_nonfossil"),
    "park.needs-asset": lambda plain: channel(plain, "battery-charge").pop("asset"),
    "park.fuel-without-asset": lambda plain: channel(plain, "chp-gas").pop("asset"),
    "park.asset-kind": on("battery-charge", asset="pv-a"),
    "park.process-needs-output": on("plant-a-power", process="kiln"),
    "park.output-unused": lambda plain: (
        plain["products"].clear(), plain["processes"].clear(), channel(plain, "clinker-output").pop("process")
    ),
    "park.waste-kind": on("ash-made", waste="process-water"),
    # formulas
    "park.counted-twice": put("virtual_meters", 0, activity="use"),
    "park.formula-units": formula("plant-b-power - plant-b-steam"),
    "formula.constant": formula("plant-b-power + 3"),
    "formula.empty": formula("plant-b-power - plant-b-power"),
    "formula.cycle": two_formulas("second", "office-power"),
    "formula.coefficient": coefficient,
    "formula.no-sign": formula("plant-b-power plant-a-power"),
    "formula.unexpected": formula("plant-b-power )"),
    "formula.not-linear": formula("plant-b-power * plant-a-power"),
    "formula.too-deep": formula("(" * 60 + "plant-b-power" + ")" * 60),
    "formula.unclosed": formula("(plant-b-power"),
    "formula.ends": formula("plant-b-power +"),
    "formula.bad-character": formula("plant-b-power / 2"),
    "formula.bad-number": formula("1..2 * plant-b-power"),
    "formula.unknown-id": formula("plant-b-powr"),
    "formula.unknown-id-far": formula("qqqq"),
    # statements
    "park.vintage-after-year": put("certificates", 0, vintage=2026),
    "park.vintage-too-old": put("certificates", 0, vintage=2021),
    "park.factor-not-heat": put("connections", 0, factor_kgco2_per_gj=100, factor_source="x"),
    "park.factor-without-source": lambda plain: plain["connections"][2].pop("factor_source"),
    "park.direct-not-green": put("connections", 1, source="fossil"),
    "park.tariff-not-power": put("tariffs", 0, connection="heat-main"),
    "park.equivalent-implausible": put(
        "accounting", equivalent_kgce_per_kwh={"2025": {"value": "0.1229", "source": "x"}}
    ),
    "park.exclusion-without-reason": put("accounting", excluded_indicators={"water_reuse": " "}),
    "park.carrier-value-empty": put("accounting", carriers=[{"carrier": "diesel", "source": "x"}]),
    "park.validity-order": put("accounting", "carriers", 0, valid_to="2024-01-01"),
    "park.validity-overlap": lambda plain: plain["accounting"]["carriers"].append(plain["accounting"]["carriers"][0]),
    "park.not-geojson": put("boundary", geojson={"type": "Circle"}),
    "park.industry-code": put("enterprises", 0, industry="cement"),
    # what is missing
    "park.no-enterprises": put(enterprises=[]),
    "park.no-meters": bare,
    "park.no-boundary-meters": lambda plain: plain.update(
        meters=[{"id": "m", "channels": [{"id": "t", "carrier": "temperature", "activity": "reference", "unit": "C"}]}]
    ),
    "park.no-equivalent": put("accounting", equivalent_kgce_per_kwh={}),
    "park.fuel-not-used": on("plant-a-coal", activity="reference"),
    "park.asset-unmetered": add("assets", id="pv-b", kind="pv"),
    "park.asset-without-fuel": on("chp-gas", activity="reference"),
    "park.connection-unmetered": add("connections", id="second-line", kind="public_grid"),
    "park.process-without-output": without("clinker-output", "process"),
    "park.waste-unmetered": add("wastes", id="more", name="more", enterprise="plant-a", kind="solid"),
    "park.enterprises-unmetered": add("enterprises", id="plant-c", name="C"),
}  # fmt: skip

HEAD = "schema: 1\npark: {id: p, name: p, region: CN-JS}\n"
TEXTS: dict[str, str] = {
    "park.not-a-park": "- a\n- b\n",
    "park.bad-character": HEAD + "sites: ['\x07']\n",
    "park.two-documents": HEAD + "---\na: 1\n",
    "park.too-deep": HEAD + "boundary:\n  geojson: " + "[" * 60 + "]" * 60 + "\n",
    "park.bad-alias": HEAD + "sites: *nothing\n",
    "park.alias-bomb": "a: &a [" + "x, " * 100 + "]\n" + "".join(f"k{i}: [{'*a, ' * 30}]\n" for i in range(200)),
    "park.bad-key": HEAD + "? [a, b]\n: 1\n",
    "park.bad-merge": HEAD + "boundary:\n  <<: text\n",
    "park.duplicate-key": HEAD + "sites: []\nsites: []\n",
    "park.tag": HEAD + "sites: !!set {a}\n",
    "park.tab": HEAD + "boundary:\n\tarea_km2: 3\n",
    "park.full-width-colon": "schema: 1\npark:\n  id： p\n  name: p\n",
    "park.syntax-colon": HEAD + "boundary: area: 3\n",
    "park.syntax-unclosed": HEAD + "sites: [{id: a\n",
    "park.syntax-indent": HEAD + "meters:\n  - id: a\n b: 2\n",
    "park.syntax": HEAD + "a: @b\n",
}  # fmt: skip
ELSEWHERE = {
    "park.invalid", "park.too-long", "park.encoding", "park.more-problems", "park.wrong-value", "formula.no-virtual",
}  # fmt: skip


def codes(root: Path) -> set[str]:
    found = set()
    for name in ("park", "park_check"):
        tables = tomllib.loads((root / f"src/lingtan/locales/en/{name}.toml").read_text(encoding="utf-8"))
        found |= {f"{table}.{key}" for table in ("park", "formula") for key in tables.get(table, {})}
    return found


def test_every_code_of_a_park_file_has_a_case(root: Path) -> None:
    known = codes(root)
    assert len(known) > 90
    assert sorted(known - set(VALUES) - set(TEXTS) - ELSEWHERE) == []
    assert sorted((set(VALUES) | set(TEXTS) | ELSEWHERE) - known) == []


def test_the_template_has_no_problem() -> None:
    park, problems = parsed()
    assert park is not None
    assert [p.format() for p in problems] == []


@pytest.mark.parametrize("code", sorted(VALUES))
def test_a_spoilt_value_is_found_on_its_line(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if code == "park.key-collision":
        monkeypatch.setattr("lingtan.park.check.names.channel_key", lambda name: 1)
    plain = full()
    VALUES[code](plain)
    text = as_text(plain)
    _, problems = parse_park(text)
    found = [p for p in problems if p.code == code]
    assert found, [p.format() for p in problems]
    for problem in found:
        assert problem.format("en") != problem.format("zh")
        assert problem.place.file == "park.yaml"
        assert problem.place.line is not None
        assert 1 <= problem.place.line <= text.count("\n") + 1


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_broken_text_is_found_on_its_line(code: str) -> None:
    _, problems = parse_park(TEXTS[code])
    assert code in [p.code for p in problems], [p.format() for p in problems]
    for problem in problems:
        assert problem.place.line is not None or code == "park.too-long"
        problem.format("zh")


def test_a_problem_names_its_very_line() -> None:
    text = "schema: 1\npark:\n  id: p\n  name: p\n  region: CN-JS\nenterprises:\n  - id: a\n    nmae: A\n"
    _, problems = parse_park(text)
    lines = {(p.code, p.place.line, p.place.path) for p in problems}
    assert ("park.unknown-key", 8, "enterprises[0].nmae") in lines
    assert ("park.missing-key", 7, "enterprises[0]") in lines


def test_all_problems_come_at_once_in_the_order_of_lines() -> None:
    def spoil(plain: Any) -> None:
        for code in ("park.bad-id", "park.out-of-range", "park.unknown-word", "park.not-yes-or-no"):
            VALUES[code](plain)

    _, problems = parsed(spoil)
    assert {"park.bad-id", "park.out-of-range", "park.unknown-word", "park.not-yes-or-no"} <= {p.code for p in problems}
    lines = [p.place.line or 0 for p in problems]
    assert lines == sorted(lines)


def test_a_very_bad_file_is_cut_with_a_count() -> None:
    text = HEAD + "meters:\n" + "  - {id: A B}\n" * (MAX_PROBLEMS + 50)
    _, problems = parse_park(text)
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].code == "park.more-problems"


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lingtan.park.document.MAX_CHARACTERS", 10)
    assert [p.code for p in parse_park(HEAD)[1]] == ["park.too-long"]


@pytest.mark.parametrize(
    ("data", "looks", "line"),
    [
        ("schema: 1\nname: 园区".encode("gbk"), "GBK", 2),
        ("a: 1".encode("utf-16"), "UTF-16", 1),
        (b"\x00\x01\xff", "binary", 1),
    ],
)
def test_another_encoding_is_named(data: bytes, looks: str, line: int) -> None:
    park, problems = parse_bytes(data)
    assert park is None
    assert [(p.code, p.values["looks"], p.place.line) for p in problems] == [("park.encoding", looks, line)]


def test_loading_refuses_errors_and_lets_warnings_pass() -> None:
    with pytest.raises(InputError) as refused:
        load_park(b"schema: 1\n")
    assert refused.value.code == "park.invalid"
    assert refused.value.problems
    plain = full()
    VALUES["park.industry-code"](plain)
    assert load_park(as_text(plain).encode()).park.id == "my-park"


def test_a_kind_of_mistake_without_a_sentence_of_its_own_still_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(file._CODES, "bool_parsing")
    _, problems = parsed(VALUES["park.not-yes-or-no"])
    assert [(p.code, p.place.path) for p in problems] == [("park.wrong-value", "park.synthetic")]


def test_a_province_may_be_misnamed_by_its_name() -> None:
    _, problems = parsed(put("park", region="Jiangsu"))
    assert [p.values["nearest"] for p in problems if p.code == "park.unknown-region"] == ["CN-JS"]
