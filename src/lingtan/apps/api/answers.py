"""Answers in the form that was asked for: JSON, CSV or Arrow, whole or by pages; and how a route says what it answers."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from lingtan.base.time import iso

ARROW, CSV, JSON = "application/vnd.apache.arrow.stream", "text/csv", "application/json"
Limit = Annotated[int, Query(ge=1, le=10_000, description="Rows of a page.")]
After = Annotated[int, Query(ge=0, le=2**53, description="Where the page begins; `next` carries it.")]
Responses = dict[int | str, dict[str, Any]]
NEXT = "The address of the page that follows, in the same run or revision; null at the end."


class Shape(BaseModel):
    """What an answer looks like: it describes, answers themselves are not validated (tests and the fuzz run do)."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def table(row: type[BaseModel], **more: Any) -> Responses:
    """A list of ``row`` as JSON by pages, as CSV or Arrow; ``more`` are fields beside the rows."""
    fields: dict[str, Any] = {
        "rows": (list[row], ...),  # type: ignore[valid-type]
        "count": (int, Field(ge=0, description="Rows of all pages.")),
        "next": (str | None, Field(description=NEXT)),
        **{k: (v, ...) for k, v in more.items()},
    }
    made = create_model(f"{row.__name__}Page", __base__=Shape, **fields)
    return {200: {"description": "Rows.", "model": made, "content": FORMS, "headers": LINK}}


def body(shape: Any, status: int = 200, words: str = "The answer.") -> Responses:
    """One thing as JSON."""
    return {status: {"description": words, "model": shape}}


def file(*kinds: str, words: str = "The file.") -> Responses:
    """A file of one of some media types."""
    return {
        200: {"description": words, "content": {k: {"schema": {"type": "string", "format": "binary"}} for k in kinds}}
    }


class AnyRow(Shape):
    """A row of a list."""

    model_config = ConfigDict(extra="allow")


class AnyRows(Shape):
    """A page of rows, and what stands beside them."""

    model_config = ConfigDict(extra="allow")

    rows: list[AnyRow]
    count: Annotated[int, Field(ge=0, description="Rows of all pages.")]
    next: Annotated[str | None, Field(description=NEXT)]


FORMS: dict[str, Any] = {CSV: {"schema": {"type": "string"}}, ARROW: {"schema": {"type": "string", "format": "binary"}}}
LINK = {"Link": {"schema": {"type": "string"}, "description": 'The page that follows, as `rel="next"`.'}}
ROWS: Responses = {200: {"description": "Rows.", "model": AnyRows, "content": FORMS, "headers": LINK}}


def answer(request: Request, value: Any, *, status: int = 200) -> Response:
    """Anything as JSON."""
    return Response(json.dumps(value, ensure_ascii=False, default=plain).encode(), status, media_type=JSON)


def rows(
    request: Request,
    found: Sequence[Mapping[str, Any]],
    *,
    limit: int,
    after: int,
    columns: Sequence[str] = (),
    cursor: int | None = None,
    count: int | None = None,
    pin: Mapping[str, str | int] = {},
    **more: Any,
) -> Response:
    """A page of rows in the asked form.

    ``pin`` are parameters that the address of the next page carries, so that all pages are of one revision; those of a run are of
    that run. With ``cursor``, ``found`` is the page itself and ``cursor`` where the next one begins (0 for none).
    """
    mine = found if cursor is not None else found[after : after + limit]
    page = [{k: plain_cell(v) for k, v in row.items()} for row in mine]
    names = list(columns) or list(dict.fromkeys(k for row in page for k in row))
    follow = cursor if cursor is not None else after + limit if after + limit < len(found) else 0
    link = _next(request, limit, follow, {**pin, **_run(more)}) if follow else ""
    headers = {"link": f'<{link}>; rel="next"'} if link else {}
    kind = _form(request)
    if kind == CSV:
        return Response(_csv(names, page), headers=headers, media_type="text/csv; charset=utf-8")
    if kind == ARROW:
        return Response(_arrow(names, page), headers=headers, media_type=ARROW)
    body = {"rows": page, "count": len(found) if count is None else count, "next": link or None, **more}
    return Response(json.dumps(body, ensure_ascii=False, default=plain).encode(), headers=headers, media_type=JSON)


def _run(more: Mapping[str, Any]) -> Mapping[str, str]:
    run = more.get("run")
    return {"run": run["closing"] or run["id"]} if isinstance(run, dict) else {}


def _next(request: Request, limit: int, after: int, pin: Mapping[str, str | int]) -> str:
    """The address of the next page."""
    asked = [(k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "after", *pin)]
    return f"{request.url.path}?{urlencode([*asked, *pin.items(), ('limit', limit), ('after', after)])}"


def plain(value: Any) -> Any:
    """What JSON has no form for, as text."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Fraction):
        return f"{float(value):.12g}"
    return str(value)


def plain_cell(value: Any) -> Any:
    """A cell: numbers beyond what JavaScript counts exactly are given as text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    return value if isinstance(value, int | float | str | list | dict) else plain(value)


def _form(request: Request) -> str:
    accepted = request.headers.get("accept", "")
    return ARROW if "apache.arrow" in accepted else CSV if CSV in accepted else JSON


def _csv(names: Sequence[str], page: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_safe(row.get(n)) for n in names] for row in page)
    return ("\ufeff" + out.getvalue()).encode()  # spreadsheets know Chinese by the mark


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is led by a quote."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def _arrow(names: Sequence[str], page: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa

    def column(name: str) -> pa.Array:
        values = [row.get(name) for row in page]
        try:
            return pa.array(values)
        except pa.ArrowException:
            return pa.array([None if v is None else str(v) for v in values])

    table = pa.table({n: column(n) for n in names})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data
