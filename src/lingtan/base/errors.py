"""One tree of errors, and the problems they carry.

::

    LingtanError
    ├── InputError    a file, an option or a value is wrong          exit 2, HTTP 422
    ├── DataError     the data do not allow the answer               exit 3, HTTP 409
    ├── SolveError    the model has no solution                      exit 4, HTTP 422
    ├── AccessError   not allowed                                    exit 5, HTTP 401/403
    └── SourceError   a disk, a file or a server does not answer     exit 6, HTTP 503

An error has a stable ``code`` and ``values``; its sentence stands in ``locales/<lang>/*.toml`` under that code.
Files are checked whole: an error may carry many :class:`Problem` records, each with its place.
Anything else that is raised is a bug and is let through.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lingtan.base import text


@dataclass(frozen=True)
class Place:
    """Where something stands: file, sheet, row, column, or a path inside a document."""

    file: str | None = None
    sheet: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        return self.format("en")

    def format(self, lang: str) -> str:
        """The place in words, such as ``park.yaml, line 12, meters[3].class``."""
        parts = [self.file] if self.file else []
        for key in ("sheet", "line", "row", "column", "path"):
            value = getattr(self, key)
            if value is not None:
                parts.append(text.say(f"place.{key}", lang, value=value))
        return text.say("place.join", lang).join(parts)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, with its place; ``severity`` is ``error`` or ``warning``."""

    code: str
    place: Place = field(default_factory=Place)
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"

    def format(self, lang: str = "en") -> str:
        """The sentence in ``lang``, led by the place."""
        where = self.place.format(lang)
        what = text.say(self.code, lang, **self.values)
        return f"{where}: {what}" if where else what

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """For ``--json`` and the API."""
        place = {k: v for k, v in vars(self.place).items() if v is not None}
        return {
            "code": self.code,
            "severity": self.severity,
            "place": place,
            "text": text.say(self.code, lang, **self.values),
            "values": {k: v if isinstance(v, int | float | bool | None) else str(v) for k, v in self.values.items()},
        }


class LingtanError(Exception):
    """The root. ``code`` finds the sentence, ``values`` fill it, ``problems`` list every place."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, /, *, problems: Iterable[Problem] = (), **values: Any) -> None:
        self.code = code
        self.values = values
        self.problems = tuple(problems)
        super().__init__(code, values)

    def format(self, lang: str = "en") -> str:
        """The sentence and, below it, one line for each problem."""
        lines = [text.say(self.code, lang, count=len(self.problems), **self.values)]
        lines += [f"  {p.format(lang)}" for p in self.problems]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.format("en")


class InputError(LingtanError):
    """A file, an option or a value is wrong."""

    exit_code = 2
    http_status = 422


class DataError(LingtanError):
    """The data do not allow the answer: missing, insufficient, contradicting."""

    exit_code = 3
    http_status = 409


class SolveError(LingtanError):
    """A model has no solution or the solver gave up."""

    exit_code = 4
    http_status = 422


class AccessError(LingtanError):
    """Not allowed."""

    exit_code = 5
    http_status = 403


class SourceError(LingtanError):
    """A disk, a file or a server does not answer."""

    exit_code = 6
    http_status = 503
