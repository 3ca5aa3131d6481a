"""The dispatch file: every problem at its place, and a round trip."""

import pytest

from lingtan.base.errors import InputError
from lingtan.optimize.dispatch.file import dump, load_description

GOOD = """
schema: 1
units:
  - {id: battery, kind: battery, input: el, capacity_kw: 100, energy_kwh: 200}
needs:
  - {id: load, node: el, series: load}
grids:
  - {id: grid, node: el, import_kw: 500, price_cny_per_kwh: 0.6}
constants: {load: 80}
"""


def test_a_description_survives_its_file() -> None:
    found = load_description(GOOD.encode())
    assert load_description(dump(found).encode()) == found


def test_every_problem_is_shown_with_its_line() -> None:
    bad = GOOD.replace("energy_kwh: 200", "wear_cny_per_kwh: 0").replace("node: el, series", "node: ell, series")
    bad = bad.replace("price_cny_per_kwh: 0.6", "tariff: none")
    with pytest.raises(InputError) as raised:
        load_description(bad.encode())
    found = {(p.code, p.place.line) for p in raised.value.problems}
    assert found == {("dispatch.needs-field", 4), ("dispatch.unfed", 6), ("dispatch.no-tariff", 8)}


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(InputError):
        load_description(GOOD.replace("capacity_kw", "capacity_mw").encode())


def test_a_fleet_that_cannot_be_ready_in_time_is_told_before_any_plan() -> None:
    fleet = "fleets: [{id: ev, node: el, vehicles: 3, charger_kw: 7, battery_kwh: 40, arrives: 2, leaves: 4}]\n"
    with pytest.raises(InputError) as raised:
        load_description((GOOD + fleet).encode())
    assert [(p.code, p.values["needed"]) for p in raised.value.problems] == [("dispatch.fleet-time", "3")]
    assert load_description((GOOD + fleet.replace("leaves: 4", "leaves: 6")).encode()).fleets
