"""An error has a code, values, problems with places, and an exit code by its kind."""

import pytest

from lingtan.base.errors import (
    AccessError,
    DataError,
    InputError,
    LingtanError,
    Place,
    Problem,
    SolveError,
    SourceError,
)

PLACE = Place(file="park.yaml", line=12, path="meters[3].class")


@pytest.mark.parametrize(
    ("kind", "exit_code", "http_status"),
    [
        (InputError, 2, 422),
        (DataError, 3, 409),
        (SolveError, 4, 422),
        (AccessError, 5, 403),
        (SourceError, 6, 503),
    ],
)
def test_the_kind_of_an_error_decides_exit_code_and_status(
    kind: type[LingtanError], exit_code: int, http_status: int
) -> None:
    error = kind("time.bad-period", period="x")
    assert (error.exit_code, error.http_status) == (exit_code, http_status)
    assert isinstance(error, LingtanError)


def test_a_place_is_said_in_the_language_asked_for() -> None:
    assert PLACE.format("en") == "park.yaml, line 12, meters[3].class"
    assert PLACE.format("zh") == "park.yaml，第 12 行，meters[3].class"
    assert str(Place()) == ""


def test_every_problem_is_shown_on_a_line_of_its_own() -> None:
    problems = [Problem("units.unknown", PLACE, {"unit": u, "nearest": "kWh"}) for u in ("kWhh", "kVh", "kWt")]
    lines = InputError("time.bad-period", problems=problems, period="x").format("en").splitlines()
    assert len(lines) == 1 + len(problems)
    assert all(line.startswith("  park.yaml, line 12") for line in lines[1:])
    assert "'kVh'" in lines[2]


def test_a_problem_without_place_is_only_its_sentence() -> None:
    problem = Problem("units.different", values={"unit": "t", "target": "kWh"})
    assert problem.format("en") == "'t' and 'kWh' do not measure the same thing."


def test_a_problem_for_machines_has_code_place_and_values() -> None:
    told = Problem("units.unknown", PLACE, {"unit": "kWhh", "nearest": "kWh"}, "warning").as_dict("en")
    assert told["code"] == "units.unknown"
    assert told["severity"] == "warning"
    assert told["place"] == {"file": "park.yaml", "line": 12, "path": "meters[3].class"}
    assert told["values"] == {"unit": "kWhh", "nearest": "kWh"}
    assert "kWhh" in told["text"]


def test_the_text_of_an_error_is_its_english_sentence() -> None:
    assert str(InputError("time.bad-period", period="soon")) == InputError("time.bad-period", period="soon").format(
        "en"
    )
    assert "'soon'" in str(InputError("time.bad-period", period="soon"))
