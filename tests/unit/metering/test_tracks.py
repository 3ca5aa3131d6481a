"""Columns, channel terms and tracks: what the checks and the account see of the readings."""

from datetime import timedelta
from fractions import Fraction

import pyarrow as pa

from lingtan.base.ids import channel_key
from lingtan.metering.channels import Book
from lingtan.metering.columns import Columns
from lingtan.metering.track import moment, strangers, tracks
from tests.meter_rows import HOUR, T0, park, table

DAY = timedelta(days=1)


def test_rows_in_any_order_become_runs_by_channel_and_time() -> None:
    rows = table([("a", 0, 15, 1), ("a", 15, 15, 2), ("b", 0, 15, 3)])
    straight, mixed = Columns(rows), Columns(rows.take(pa.array([2, 1, 0])))
    assert [straight.value[low:high].tolist() for low, high in straight.runs()] == [
        mixed.value[low:high].tolist() for low, high in mixed.runs()
    ]
    assert len(list(straight.runs())) == 2


def test_a_withdrawn_value_is_no_row() -> None:
    rows = table([("a", 0, 15, 1), ("a", 15, 15, 2)])
    gone = rows.set_column(rows.schema.get_field_index("value"), "value", pa.array([1, None], pa.int64()))
    assert len(Columns(gone)) == 1


def test_eras_follow_each_other_and_the_one_in_force_is_found() -> None:
    change = {"from": T0 + HOUR, "multiplier": "20"}
    terms = Book(park({"multiplier": "10", "history": [change]})).terms(channel_key("a"))
    assert terms is not None
    at = int(T0.timestamp())
    assert [terms.era(at + s).factor for s in (0, 3599, 3600)] == [Fraction(10), Fraction(10), Fraction(20)]


def test_registers_are_kept_in_thousandths_of_the_reading_unit() -> None:
    change = {"from": T0, "final": "1.5", "initial": "0.25", "digits": 4}
    terms = Book(park({"kind": "counter", "digits": 5, "unit": "MWh", "history": [change]})).terms(channel_key("a"))
    assert terms is not None
    old, new = terms.eras
    assert (old.modulus, new.modulus) == (10**5 * 10**6, 10**4 * 10**6)
    assert (new.before, new.initial, new.swapped) == (1_500_000, 250_000, True)


def test_a_book_knows_the_channels_of_the_park_alone() -> None:
    book = Book(park({"id": "a"}))
    assert (channel_key("a") in book, channel_key("x") in book) == (True, False)
    assert book.terms(channel_key("x")) is None
    assert book.name(channel_key("x")) == str(channel_key("x"))
    rows = table([("a", 0, 15, 1), ("x", 0, 15, 2), ("x", 15, 15, 3)])
    assert strangers(rows, book) == {channel_key("x"): 2}


def test_a_track_has_the_rows_that_overlap_the_period_and_silent_channels_too() -> None:
    book = Book(park({"id": "a"}, {"id": "b"}))
    rows = table([("a", -30, 15, 1), ("a", -5, 15, 2), ("a", 0 + 10, 15, 3), ("a", 24 * 60, 15, 4)])
    found = {t.terms.id: t for t in tracks(rows, book, T0, T0 + DAY)}
    assert found["a"].value.tolist() == [2, 3]
    assert len(found["b"]) == 0
    assert moment(found["a"].start) == T0


def test_a_track_applies_the_multiplier_of_each_date() -> None:
    change = {"from": T0 + HOUR, "multiplier": "20"}
    book = Book(park({"multiplier": "10", "step": "1h", "history": [change]}))
    (track,) = tracks(table([("a", 0, 60, 1), ("a", 60, 60, 1)]), book, T0, T0 + DAY)
    assert track.accounted.tolist() == [10, 20]
    assert track.step == 3600


def test_numbers_for_people_are_in_the_channels_unit() -> None:
    (energy,) = tracks(table([("a", 0, 15, 1_500)]), Book(park({"unit": "kWh"})), T0, T0 + DAY)
    (power,) = tracks(table([("a", 0, 15, 1_500)]), Book(park({"unit": "kW", "step": "15min"})), T0, T0 + DAY)
    assert (energy.number(1_500), power.number(1_500)) == (1.5, 6.0)
