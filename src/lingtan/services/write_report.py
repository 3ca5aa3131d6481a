"""Write the report of a period: account and indicators as a document, and the document as a file."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lingtan.base.errors import DataError, InputError, SourceError
from lingtan.reports.account_report import account_report
from lingtan.reports.document import Document
from lingtan.reports.told import Told
from lingtan.services.keep_run import Run
from lingtan.services.ports import Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.workspace import Workspace

Format = Literal["docx", "xlsx", "pdf"]
FORMATS: tuple[Format, ...] = ("docx", "xlsx", "pdf")
Writer = Callable[[Document], bytes]


@dataclass(frozen=True)
class Written:
    """A report file: where it is, its digest and the run that it tells of."""

    path: Path
    format: str
    bytes: int
    sha256: str
    run: Run
    document: Document


def write_report(
    workspace: Workspace,
    period: str,
    writer: Writer,
    path: Path,
    *,
    format: Format,
    rules: str = "ndrc-910-2025",
    second: str | None = "ghg-protocol",
    floor: float | None = None,
    lang: str | None = None,
    listener: Listener = silent,
) -> Written:
    """Account the period, and write its report to ``path``, whole or not at all.

    ``second`` names a rule set whose totals stand beside; it is left out where the park cannot be accounted under it.
    """
    run = run_account(workspace, period, rules=rules, floor=floor, listener=listener)
    other: Run | None = None
    if second and second != rules:
        try:
            other = run_account(workspace, period, rules=second, floor=floor, listener=listener)
        except DataError:  # the account command says why; the report is about the first rule set
            other = None
    said = lang or workspace.lang
    document = account_report(told(run, said, other=told(other, said) if other else None))
    data = writer(document)
    _save(path, data)
    return Written(path, format, len(data), hashlib.sha256(data).hexdigest(), run, document)


def told(run: Run, lang: str, *, other: Told | None = None) -> Told:
    """A run as the report's sections take it."""
    return Told(lang, run.record, run.account, run.rules, run.park, run.indicators, run.factors, other)


def format_of(text: str, path: Path | None) -> Format:
    """The format asked for, or that of the file's ending; Word if neither says."""
    word = (text or (path.suffix.lstrip(".") if path else "") or "docx").lower()
    for known in FORMATS:
        if word == known:
            return known
    raise InputError("report.unknown-format", format=word, known=", ".join(FORMATS))


def _save(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SourceError("report.unwritable", path=path, why=error.strerror) from None
