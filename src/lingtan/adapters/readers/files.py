"""One file to a Book, whatever it is."""

import hashlib
from pathlib import Path

from lingtan.adapters.readers.limits import LIMITS, Limits
from lingtan.adapters.readers.sniff import kind
from lingtan.base.errors import InputError, SourceError
from lingtan.metering.shapes.sheet import Book, Sheet

Notes = list[tuple[str, dict[str, str]]]
ENDINGS = {
    "zip": (".xlsx", ".xlsm", ".xlsb", ".ods"), "xls": (".xls", ".et"), "parquet": (".parquet", ".pq"),
    "arrow": (".arrow", ".feather", ".ipc"), "arrow_stream": (".arrow", ".arrows", ".ipc"),
    "text": (".csv", ".txt", ".tsv", ".dat", ".asc"), "html": (".html", ".htm"),
}  # fmt: skip


class FileReader:
    """Reads files; keeps a worker for workbooks until it is closed."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._excel: object | None = None

    def read(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Book:
        """The tables of a file.

        Raises
        ------
        InputError
            If it is no table, damaged, or larger than the limits allow.
        SourceError
            If the file cannot be opened.
        """
        file = path.name
        try:
            if path.is_dir():
                raise InputError("import.folder", file=str(path))
            size = path.stat().st_size
            if size > self._limits.file_bytes:
                raise InputError("import.too-big", file=file, size=size, limit=self._limits.file_bytes)
            with path.open("rb") as source:
                sha = hashlib.file_digest(source, "sha256").hexdigest()
                source.seek(0)
                head = source.read(8192)
        except FileNotFoundError:
            raise InputError("import.no-file", file=str(path)) from None
        except (OSError, ValueError) as error:
            raise SourceError("workspace.unreadable", path=str(path), why=str(error)[:200]) from None
        what = kind(head)
        notes: Notes = []
        if path.suffix.lower() not in ENDINGS.get(what, ()) and what in ENDINGS:
            notes.append(("import.wrong-ending", {"ending": path.suffix or "–", "kind": what}))
        sheets, reader = self._sheets(path, what, file, notes, encoding, delimiter)
        return Book(file, sha, reader, tuple(sheets), tuple(notes))

    def close(self) -> None:
        """End the worker, if one was started."""
        from lingtan.adapters.readers.excel import ExcelReader

        if isinstance(self._excel, ExcelReader):
            self._excel.close()
        self._excel = None

    def _sheets(
        self, path: Path, what: str, file: str, notes: Notes, encoding: str | None, delimiter: str | None
    ) -> tuple[list[Sheet], str]:
        if what in ("zip", "xls"):
            from lingtan.adapters.readers.excel import ExcelReader

            if not isinstance(self._excel, ExcelReader):
                self._excel = ExcelReader(self._limits)
            sheets, more = self._excel.read(path, what, file)
            notes += more
            return sheets, "excel"
        if what in ("parquet", "arrow", "arrow_stream"):
            from lingtan.adapters.readers.columnar import read_columns

            return [read_columns(path, what, file, self._limits)], "columnar"
        if what in ("text", "html"):
            return self._text(path, what, file, notes, encoding, delimiter)
        raise InputError(f"import.kind-{what.replace('_', '-')}", file=file)

    def _text(
        self, path: Path, what: str, file: str, notes: Notes, encoding: str | None, delimiter: str | None
    ) -> tuple[list[Sheet], str]:
        from lingtan.adapters.readers.encoding import decode

        text = decode(path.read_bytes(), file, encoding)
        if text.nuls:
            notes.append(("import.nul-bytes", {"count": str(text.nuls)}))
        if what == "html":
            from lingtan.adapters.readers.html_table import read_page

            return read_page(text, file, self._limits), "html"
        from lingtan.adapters.readers.csv_file import read_text

        sheet = read_text(text, file, self._limits, delimiter)
        return [sheet], f"csv {text.encoding}"
