"""The study file: text in, a :class:`~lingtan.optimize.study.record.Study` and every problem with its line out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lingtan.base.errors import InputError, Place, Problem
from lingtan.optimize.study.check import check_study
from lingtan.optimize.study.record import SCHEMA, Study
from lingtan.park.document import Document, read_document
from lingtan.park.file import decoded, raw_values, validation_problems

ROUNDS = 4  # of leaving out what is wrong in shape
Locate = Callable[[tuple[str | int, ...]], Place]


def parse_study(data: bytes, name: str = "study.yaml") -> tuple[Study | None, list[Problem], Locate]:
    """The study in the bytes of a file, everything that is wrong with it, and where each part of it stands."""
    nowhere: Locate = lambda path: Place(file=name)  # noqa: E731
    text, problem = decoded(data, name)
    if text is None:
        return None, [problem] if problem else [], nowhere
    document, problems = read_document(text, name)
    if document is None:
        return None, problems, nowhere
    study, more, rest = _validated(document)
    problems = [*problems, *more]
    if study is not None:
        problems += check_study(study, document.place)
    elif rest is not None:
        problems += _beside(check_study(rest.study, document.place), rest.left_out)
    problems.sort(key=lambda p: (p.place.line or 0, p.code))
    return study, problems, document.place


def load_study(data: bytes, name: str = "study.yaml") -> Study:
    """The study in the bytes of a file.

    Raises
    ------
    InputError
        ``study.invalid`` with every problem, warnings too, if there is an error among them.
    """
    study, problems, _ = parse_study(data, name)
    if study is None or any(p.severity == "error" for p in problems):
        raise InputError("study.invalid", problems=problems, file=name)
    return study


def study_schema() -> dict[str, Any]:
    """The JSON schema of the study file."""
    made = Study.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "Lingtan study · 零碳规划研究"}


@dataclass(frozen=True)
class _Rest:
    """What of a study is right in shape, and which entries were left out or changed for it."""

    study: Study
    left_out: set[str]


def _validated(document: Document) -> tuple[Study | None, list[Problem], _Rest | None]:
    raw = raw_values(document.root)
    if str(raw.get("schema", SCHEMA)) != str(SCHEMA):
        values = {"value": str(raw["schema"])[:60], "known": SCHEMA}
        return None, [Problem("park.unknown-schema", document.place(("schema",)), values)], None
    raw["schema"] = SCHEMA
    try:
        return Study.model_validate(raw), [], None
    except ValidationError as error:
        return None, validation_problems(error, document, Study), _rest(raw, error)


def _rest(raw: dict[str, Any], error: ValidationError) -> _Rest | None:
    """The study without what is wrong in shape, so that the rest may be checked in the same go; None if little is left."""
    left_out: set[str] = set()
    for _ in range(ROUNDS):
        for found in error.errors():
            place = _path(raw, found["loc"])
            if place:
                _drop(raw, place)
                left_out.add(_entry(place))
        try:
            return _Rest(Study.model_validate(raw), left_out)
        except ValidationError as again:
            error = again
    return None


def _path(raw: Any, loc: tuple[int | str, ...]) -> list[int | str]:
    """The part of an error's place that exists in the document: words of unions are no keys."""
    here: Any = raw
    path: list[int | str] = []
    for step in loc:
        known = step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int)
        if known:
            path.append(step)
            here = _inside(here, step)
    return path


def _inside(here: Any, step: int | str) -> Any:
    return here[step]


def _drop(raw: Any, path: list[int | str]) -> None:
    """Leave a key out; an entry of a list stays in its place as long as anything of it is right."""
    here: Any = raw
    for step in path[:-1]:
        here = here[step]
    if isinstance(here, dict):
        here.pop(path[-1], None)
    elif isinstance(here, list) and isinstance(path[-1], int) and path[-1] < len(here):
        here[path[-1]] = {} if here[path[-1]] != {} else here[path[-1]]


def _entry(path: list[int | str]) -> str:
    """An entry as places name it: ``technologies[3]``, ``targets``."""
    return f"{path[0]}[{path[1]}]" if len(path) > 1 and isinstance(path[1], int) else str(path[0])


def _beside(problems: list[Problem], left_out: set[str]) -> list[Problem]:
    """Problems that do not come from what was left out."""
    lists = {name.split("[")[0] for name in left_out}
    kept = []
    for problem in problems:
        where = problem.place.path or ""
        mine = any(where == name or where.startswith((f"{name}.", f"{name}[")) for name in left_out)
        led_there = problem.code == "study.unknown" and f"{problem.values.get('what')}s" in {*lists, *_plural(lists)}
        if not mine and not led_there and problem.code != "study.disconnected":
            kept.append(problem)
    return kept


def _plural(lists: set[str]) -> set[str]:
    return {"partys"} if "parties" in lists else set()
