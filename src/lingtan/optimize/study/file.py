"""The study file: text in, a :class:`~lingtan.optimize.study.record.Study` and every problem with its line out."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from lingtan.base.errors import InputError, Place, Problem
from lingtan.optimize.study.check import check_study
from lingtan.optimize.study.record import SCHEMA, Study
from lingtan.park.document import Document, read_document
from lingtan.park.file import decoded, raw_values, validation_problems

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
    study, more = _validated(document)
    problems = [*problems, *more]
    if study is not None:
        problems += check_study(study, document.place)
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


def _validated(document: Document) -> tuple[Study | None, list[Problem]]:
    raw = raw_values(document.root)
    if str(raw.get("schema", SCHEMA)) != str(SCHEMA):
        values = {"value": str(raw["schema"])[:60], "known": SCHEMA}
        return None, [Problem("park.unknown-schema", document.place(("schema",)), values)]
    raw["schema"] = SCHEMA
    try:
        return Study.model_validate(raw), []
    except ValidationError as error:
        return None, validation_problems(error, document, Study)
