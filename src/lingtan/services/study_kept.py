"""What is kept of a study, for those who tell it: the answers, the series, the record."""

from pathlib import Path
from typing import Any

from lingtan.base.errors import DataError, SourceError
from lingtan.optimize.study.record import Study
from lingtan.services.run_study import ANSWERS
from lingtan.services.studies import kept, read_bytes, results_folder


def write_file(path: Path, data: bytes) -> Path:
    """Write a file, with the folders to it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise SourceError("study.unwritable", path=path, why=error.strerror or "") from None
    return path


def kept_answers(path: Path) -> dict[str, dict[str, Any]]:
    """All answers that are kept, by name; ``study.not-run`` if none is."""
    found = {name: kept(results_folder(path), name) for name in ANSWERS}
    there = {k: v for k, v in found.items() if v is not None}
    if not there:
        raise DataError("study.not-run", study=path, answer="plan")
    return there


def kept_series(path: Path) -> bytes:
    """The hourly series that are kept, as Parquet."""
    file = results_folder(path) / "series.parquet"
    if not file.is_file():
        raise DataError("study.not-run", study=path, answer="plan")
    return read_bytes(file)


def study_yaml(path: Path) -> bytes:
    """The study as YAML, also of a workbook."""
    data = read_bytes(path)
    if path.suffix.lower() == ".xlsx":
        from lingtan.services.study_workbook import yaml_from_workbook

        return yaml_from_workbook(data, path.name)
    return data


def study_record(path: Path) -> Study | None:
    """The record of a study file, or None where it is wrong."""
    from lingtan.optimize.study.file import parse_study

    return parse_study(study_yaml(path), path.name)[0]
