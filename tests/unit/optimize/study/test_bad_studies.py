"""Bad studies: every problem is named with its line, all at once, and nothing ends in a traceback."""

from pathlib import Path

import pytest

from lingtan.services.studies import check_study_file
from study_case import SMALL, write


def codes(folder: Path, text: str) -> dict[str, int | None]:
    opened, problems = check_study_file(write(folder, text))
    assert opened is None
    return {p.code: p.place.line for p in problems if p.severity == "error"}


def test_the_small_study_is_good(tmp_path: Path) -> None:
    opened, problems = check_study_file(write(tmp_path))
    assert opened is not None, problems
    assert problems == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("node: heat, profile: warm", "node: cold, profile: warm", "study.unknown"),
        ("profile: sun, capex", "profile: moon, capex", "study.unknown"),
        ("lifetime: 25, maximum: 6000", "maximum: 6000", "study.no-cost"),
        ("efficiency: 0.94", "efficiency: 94", "study.above-one"),
        ("source: el, cop_profile: lift", "cop_profile: lift", "study.needs"),
        ("maximum: 8000, minimum", "maximum: 8000, minimum: 9000, minimum", "study.minimum-above-maximum"),
        ("price: 3.2, price_unit: m3", "price: 3.2, price_unit: kg", "study.price-unit"),
        ("carrier: natural_gas", "carrier: moonshine", "study.unknown-carrier"),
        ("demand_cny_per_kw_month: 39", "", "tariff.incomplete"),
        ("purchase: 0.384470, ", "", "park.missing-key"),
        ("region: CN-HB, year", "region: Atlantis, year", "study.unknown"),
        ("intensity: 1.5", "intensity: 1.5\n  rules: ndrc-911", "rules.unknown"),
        ("pattern: two_shift", "pattern: five_shift", "park.unknown-word"),
        ("peak_kw: 2000", "peak_kw: -2000", "park.out-of-range"),
        ("peak_kw: 2000", "peak_kw: 2000 kW", "park.not-a-number"),
        ("peak_kw: 2000", "peak_kw: .nan", "park.not-a-number"),
        ("peak_kw: 2000", "peak_kw: 2000, annual_kwh: 1000", "study.two-sizes"),
        ("gap: 0.001", "gap: 0.001, gapp: 1", "park.unknown-key"),
        ("id: store", "id: roof", "study.two-of-a-name"),
        ("price: 3.2, price_unit: m3", "price: -0.1", "study.unbounded"),
    ],
)
def test_a_mistake_is_named_on_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in SMALL
    found = codes(tmp_path, SMALL.replace(old, new, 1))
    if code == "tariff.incomplete":
        assert any(c.startswith("tariff.") for c in found)
        return
    assert code in found
    assert found[code], "a line"


def test_a_node_that_nothing_feeds_is_named(tmp_path: Path) -> None:
    text = SMALL.replace("node: heat, source: el", "node: el, source: el").replace(
        "node: heat, source: gas", "node: el, source: gas"
    )
    assert "study.disconnected" in codes(tmp_path, text)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("profile: sun, capex", "profile: moon, capex").replace("efficiency: 0.94", "efficiency: 94")
    text = text.replace("peak_kw: 800", "peak_kw: 800, annual_kwh: 5")
    assert set(codes(tmp_path, text)) >= {"study.unknown", "study.above-one", "study.two-sizes"}


def series(folder: Path, rows: list[str], *, name: str = "load.csv") -> str:
    (folder / name).write_text("\n".join(["time,kw", *rows]) + "\n", encoding="utf-8")
    return SMALL.replace(
        "{id: load, shape: {pattern: two_shift, seed: 1}}", "{id: load, file: load.csv, column: kw, unit: MW}"
    )


def hourly(zone: str = "", year: int = 2025) -> list[str]:
    from datetime import datetime, timedelta

    start = datetime(year, 1, 1)
    return [f"{start + timedelta(hours=h):%Y-%m-%dT%H:%M}{zone},{1 + h % 24 / 24}" for h in range(8760)]


def test_a_good_file_is_read_in_its_unit(tmp_path: Path) -> None:
    text = series(tmp_path, hourly())
    opened, problems = check_study_file(write(tmp_path, text))
    assert opened is not None, problems
    assert opened.inputs.series["load"][:3] == pytest.approx([1000.0, 1041.667, 1083.333], abs=1e-2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows[:100] + rows[105:], "study.missing-hours"),
        (lambda rows: [*rows[:100], rows[99], *rows[100:]], "study.twice"),
        (lambda rows: [*rows[:10], rows[10].split(",")[0] + ",NaN", *rows[11:]], "study.not-numbers"),
        (lambda rows: [*rows[:10], rows[10].split(",")[0] + ",", *rows[11:]], "study.not-numbers"),
        (lambda rows: [*rows[:10], rows[10].split(",")[0] + ",-3", *rows[11:]], "study.negative"),
        (lambda rows: [r.replace(":00,", ":30,") for r in rows], "study.not-hourly"),
        (lambda rows: [r.replace("2025-", "2024-") for r in rows if "02-29" not in r], "study.outside"),
        (lambda rows: [r.replace("2025-", "20-") for r in rows], "time.bad-instant"),
        (lambda rows: [], "study.empty-file"),
    ],
)
def test_bad_series_are_named(tmp_path: Path, change: object, code: str) -> None:
    text = series(tmp_path, change(hourly()))  # type: ignore[operator]
    assert code in codes(tmp_path, text)


def test_without_times_the_number_of_hours_must_be_that_of_the_year(tmp_path: Path) -> None:
    (tmp_path / "load.csv").write_text("kw\n" + "1\n" * 8784, encoding="utf-8")
    text = SMALL.replace("{id: load, shape: {pattern: two_shift, seed: 1}}", "{id: load, file: load.csv, column: kw}")
    assert "study.hours" in codes(tmp_path, text)


def test_days_of_a_clock_change_are_read_by_their_offset_and_without(tmp_path: Path) -> None:
    """In a zone with summer time a local series has a missing hour in spring and a double one in autumn."""
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2025, 1, 1, tzinfo=zone).astimezone(UTC)
    instants = [(start + timedelta(hours=h)).astimezone(zone) for h in range(8760)]
    base = SMALL.replace("region: CN-HB, year", "region: CN-HB, timezone: Europe/Berlin, year")
    for form in ("%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M"):
        rows = [f"{at.strftime(form)},{1 + i % 7}" for i, at in enumerate(instants)]
        text = series(tmp_path, rows).replace("region: CN-HB, year", "region: CN-HB, timezone: Europe/Berlin, year")
        opened, problems = check_study_file(write(tmp_path, text))
        assert opened is not None, problems
        assert len(opened.inputs.series["load"]) == 336
    assert base != SMALL


def test_shares_above_one_and_wrong_units_are_named(tmp_path: Path) -> None:
    rows = hourly()
    (tmp_path / "sun.csv").write_text("\n".join(["time,p", *rows]), encoding="utf-8")
    text = SMALL.replace("{id: sun, pv: {tilt_deg: 20}}", "{id: sun, file: sun.csv, column: p, unit: MW}")
    assert "study.share-above-one" in codes(tmp_path, text)
    assert "study.wrong-unit" in codes(tmp_path, text.replace("unit: MW", "unit: bananas"))
    assert "study.no-column" in codes(tmp_path, text.replace("column: p", "column: q"))


def test_files_outside_the_folder_and_missing_ones_are_refused(tmp_path: Path) -> None:
    text = series(tmp_path, hourly())
    assert "study.outside-folder" in codes(tmp_path, text.replace("file: load.csv", "file: ../load.csv"))
    assert "study.no-file" in codes(tmp_path, text.replace("file: load.csv", "file: lord.csv"))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a: [", b"- 1\n", b"schema: 2\n", b"schema: 1\nstudy: 3\n"])
def test_hostile_files_end_in_problems(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    opened, problems = check_study_file(path)
    assert opened is None
    assert problems


def test_mistakes_of_shape_do_not_hide_mistakes_of_sense(tmp_path: Path) -> None:
    text = (
        SMALL.replace("ratios: {", "ratioss: {")
        .replace("gap: 0.001", "gap: 7")
        .replace("node: heat, profile: warm", "node: heta, profile: warm")
    )
    _, problems = check_study_file(write(tmp_path, text))
    said = {(p.code, p.place.path) for p in problems}
    assert {"tariffs[0].ratioss", "study.gap", "demands[1].node"} <= {path for _, path in said}
    # an entry that cannot be read does not make what leads to it wrong
    text = SMALL.replace("{id: gas, carrier: fuel}", "{id: gas, carrier: nonsense}")
    _, problems = check_study_file(write(tmp_path, text))
    assert [p.place.path for p in problems] == ["nodes[2].carrier"]
