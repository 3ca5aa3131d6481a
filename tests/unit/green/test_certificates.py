"""The register of certificates: what is allowed, and everything that is refused with nothing changed."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingtan.base.errors import DataError, InputError
from lingtan.green.certificates.claims import PlantMonth, plant_claims, year_claims
from lingtan.green.certificates.register import CANCELLED, HELD, Batch, Event, Register, apply, select
from lingtan.green.certificates.serials import ranges
from lingtan.green.certificates.sheet import issue_events
from lingtan.metering.shapes.sheet import Sheet

ON = date(2026, 3, 1)


def issue(
    *texts: str, plant: str = "pv", month: int = 202506, tradable: bool = True, sha: str = "", **more: Any
) -> Event:
    found = ranges(texts)
    batch = Batch(plant, month, more.pop("kind", "solar"), tradable)
    values = {"holder": "zone", "sha256": sha, "file": "f.csv", **more}
    return Event("issue", ON, found, values, (batch,), np.zeros(len(found), np.int64))


def transfer(*texts: str, holder: str = "zone", to: str = "mill") -> Event:
    return Event("transfer", ON, ranges(texts), {"holder": holder, "to": to})


def cancel(*texts: str, holder: str = "zone", year: int = 2025, on: date = ON, consumer: str = "") -> Event:
    return Event("cancel", on, ranges(texts), {"holder": holder, "year": year, "consumer": consumer})


def after(*events: Event) -> Register:
    register = Register()
    for event in events:
        register = apply(register, event)
    return register


def refused(register: Register, event: Event, code: str) -> DataError:
    before = [getattr(register, n).copy() for n in ("series", "first", "last", "holder", "state", "use")]
    with pytest.raises(DataError) as error:
        apply(register, event)
    assert error.value.code == f"certificates.{code}"
    assert error.value.format("en")
    assert error.value.format("zh")
    for name, values in zip(("series", "first", "last", "holder", "state", "use"), before, strict=True):
        assert (getattr(register, name) == values).all()
    return error.value


ISSUED = after(issue("A-001..A-100"))


def test_a_transfer_cuts_the_range_and_the_rest_stays() -> None:
    register = apply(ISSUED, transfer("A-010..A-019", "A-050"))
    of = {h: int(register.counts[register.holder == i].sum()) for i, h in enumerate(register.holders)}
    assert of == {"zone": 89, "mill": 11}
    assert register.total == 100


def test_a_transfer_after_cancelling_is_refused() -> None:
    register = apply(ISSUED, cancel("A-001..A-020"))
    error = refused(register, transfer("A-015..A-030"), "cancelled")
    assert error.values["serials"] == "A-015..A-020"


def test_cancelling_twice_is_refused() -> None:
    refused(apply(ISSUED, cancel("A-001..A-020")), cancel("A-020..A-021"), "cancelled")


@pytest.mark.parametrize("texts", [("A-100..A-120",), ("A-050",), ("A-200", "A-001..A-100")])
def test_a_serial_is_issued_once(texts: tuple[str, ...]) -> None:
    refused(ISSUED, issue(*texts), "issued-before")


def test_overlapping_serials_within_one_event_are_refused() -> None:
    refused(Register(), issue("A-001..A-010", "A-010..A-020"), "overlap-inside")
    refused(ISSUED, transfer("A-001..A-010", "A-005"), "overlap-inside")


def test_a_certificate_of_another_year_is_refused_from_2026_on() -> None:
    refused(ISSUED, cancel("A-001", year=2026), "wrong-year")
    assert apply(ISSUED, cancel("A-001", year=2025)).cancelled_kwh(2025) == 1000


def test_before_2026_a_vintage_of_two_years_counts_and_no_later_one() -> None:
    register = after(issue("A-001..A-009", month=202312), issue("B-001..B-009", month=202512))
    assert apply(register, cancel("A-001", year=2025, on=date(2025, 12, 1))).cancelled_kwh(2025) == 1000
    refused(register, cancel("B-001", year=2024), "vintage")


@pytest.mark.parametrize("texts", [("A--1",), ("A-010..A-001",), ("A-001..B-002",), ("",), ("none",), ("A-01..A-001",)])
def test_what_is_no_range_is_refused(texts: tuple[str, ...]) -> None:
    if texts == ("A--1",):
        refused(ISSUED, transfer(*texts), "unknown")  # a dash is of the series, numbers are never negative
        return
    with pytest.raises(DataError):
        ranges(texts)


def test_negative_numbers_are_refused() -> None:
    event = issue("A-500..A-600")
    event.ranges.first[0] = -5
    refused(Register(), event, "bad-range")


def test_a_replayed_import_is_refused() -> None:
    register = after(issue("A-001..A-010", sha="ab"))
    refused(register, issue("B-001..B-010", sha="ab"), "replayed")


def test_two_parks_cannot_claim_one_serial() -> None:
    other = Event("elsewhere", ON, ranges(["A-090..A-110"]), {"park": "other"})
    refused(ISSUED, other, "two-parks")
    register = after(Event("elsewhere", ON, ranges(["A-090..A-110"]), {"park": "other"}))
    refused(register, issue("A-100..A-120"), "claimed-elsewhere")


def test_what_somebody_else_holds_cannot_be_handed_on() -> None:
    refused(ISSUED, transfer("A-001", holder="forge"), "other-holder")
    refused(apply(ISSUED, transfer("A-001")), cancel("A-001"), "other-holder")


def test_what_was_never_issued_is_refused() -> None:
    refused(ISSUED, transfer("A-100..A-101"), "unknown")
    refused(ISSUED, transfer("C-001"), "unknown")


def test_certificates_of_self_used_power_stay_with_their_holder_and_can_be_cancelled() -> None:
    register = after(issue("A-001..A-010", tradable=False))
    refused(register, transfer("A-001"), "not-tradable")
    assert apply(register, cancel("A-001")).cancelled_kwh(2025) == 1000


def test_storage_gets_no_certificates() -> None:
    refused(Register(), issue("A-001", kind="储能"), "storage")


def test_after_two_years_a_certificate_is_dead() -> None:
    register = after(issue("A-001..A-010", month=202402), issue("B-001", month=202403))
    refused(register, cancel("A-001", year=2024, on=ON), "expired")
    ended = apply(register, Event("expire", ON, ranges([]), {}))
    assert ended.state.tolist() == [2, HELD]
    refused(ended, transfer("A-001"), "expired")


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20), st.booleans()), max_size=25))
def test_certificates_are_conserved_over_their_life(steps: list[tuple[int, int, bool]]) -> None:
    register = after(issue("A-001..A-040", "A-043..A-090"), issue("B-001..B-030"))
    for first, length, ends in steps:
        text = f"A-{first:03d}..A-{first + length:03d}"
        try:
            register = apply(register, cancel(text) if ends else transfer(text))
        except DataError:
            continue
    assert register.total == 118
    order = np.lexsort((register.first, register.series))
    assert (order == np.arange(order.size)).all()
    same = register.series[1:] == register.series[:-1]
    assert (register.first[1:][same] > register.last[:-1][same]).all()
    assert register.cancelled_kwh(2025) == 1000 * int(register.counts[register.state == CANCELLED].sum())


def test_select_finds_exactly_what_is_asked() -> None:
    cut, mine = select(ISSUED, ranges(["A-003..A-004", "A-090..A-100"]))
    assert int(cut.counts[mine].sum()) == 13


def test_a_self_used_kilowatt_hour_whose_certificate_was_sold_is_found() -> None:
    register = apply(after(issue("A-001..A-100")), transfer("A-001..A-080", to="a buyer"))
    used = np.array([30_000_000, 0, 20_000_000], np.int64)
    found = plant_claims(register, [PlantMonth("pv", 202506, 110_000, 60_000, used)], ["zone", "mill"])
    assert [(c.kind, c.kwh) for c in found] == [("sold-and-used", 20_000)]
    assert found[0].by_hour_wh.tolist() == [12_000_000, 0, 8_000_000]


def test_selling_what_was_exported_is_no_double_claim() -> None:
    register = apply(after(issue("A-001..A-060")), transfer("A-001..A-060", to="a buyer"))
    assert plant_claims(register, [PlantMonth("pv", 202506, 110_000, 60_000)], ["zone"]) == []


def test_more_certificates_than_generation_are_found_and_a_rest_is_carried() -> None:
    register = after(issue("A-001..A-100"), issue("B-001..B-010", month=202507))
    months = [PlantMonth("pv", 202506, 100_600, 100_600), PlantMonth("pv", 202507, 9_400, 9_400)]
    assert plant_claims(register, months, ["zone"]) == []
    short = plant_claims(register, [PlantMonth("pv", 202506, 90_000, 90_000)], ["zone"])
    assert [(c.kind, c.kwh) for c in short] == [("issued-beyond-generation", 10_000)]


def test_a_year_is_held_against_use_park_file_and_trades() -> None:
    register = apply(after(issue("A-001..A-100")), cancel("A-001..A-060", consumer="mill"))
    kinds = {
        c.kind: c.kwh
        for c in year_claims(
            register,
            2025,
            coverable_kwh=50_000,
            stated_kwh=7_000,
            use_kwh={"mill": 20_000},
            trades=[("t", "mill", "pv", 150_000)],
        )
    }
    assert kinds == {"stated-twice": 7_000, "cancelled-beyond-use": 40_000, "trade-beyond-certificates": 50_000}


def sheet(rows: list[list[str]]) -> Sheet:
    width = max(map(len, rows))
    return Sheet("f.csv", pl.DataFrame({f"c{i}": [r[i] if i < len(r) else None for r in rows] for i in range(width)}))


HEAD = ["起始编号", "终止编号", "数量（张）", "项目名称", "发电年月", "电源类型", "是否可交易"]


def test_an_issue_file_with_a_title_and_chinese_headers_is_read() -> None:
    rows = [["核发清单"], HEAD, ["G-001", "G-100", "100", "一号电站", "2025年3月", "风电", "是"],
            ["G-101", "G-150", "50", "一号电站", "2025-03", "风电", "是"], ["合计", "", "150", "", "", "", ""]]  # fmt: skip
    (event,) = issue_events(sheet(rows), ON, holder="zone", sha256="x")
    assert (event.ranges.count, len(event.ranges)) == (150, 1)
    assert event.batches == (Batch("一号电站", 202503, "风电", True, "f.csv"),)


def test_single_serials_become_ranges_by_plant_and_month() -> None:
    rows = [
        ["证书编号", "电站", "发电年月"],
        *[[f"S{i:05d}", "甲" if i < 50 else "乙", "202506"] for i in range(1, 101)],
    ]
    (event,) = issue_events(sheet(rows), ON, holder="zone", sha256="x")
    assert [event.ranges.text(i) for i in range(2)] == ["S00001..S00049", "S00050..S00100"]


def test_every_bad_row_of_an_issue_file_is_named() -> None:
    rows = [HEAD, ["G-001", "G-100", "99", "甲", "2025-03", "", ""], ["G", "G", "", "甲", "2025-03", "", ""],
            ["G-300", "G-200", "", "甲", "2025-13", "", ""], ["G-400", "H-500", "", "", "", "", ""]]  # fmt: skip
    with pytest.raises(InputError) as error:
        issue_events(sheet(rows), ON, holder="zone", sha256="x")
    codes = sorted(p.code.split(".")[1] for p in error.value.problems)
    assert set(codes) == {"row-count", "row-serial", "row-range", "row-month", "row-plant"}
    assert error.value.format("zh")
