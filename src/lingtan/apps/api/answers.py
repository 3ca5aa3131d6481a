"""Answers in the form that was asked for: JSON, CSV or Arrow, whole or by pages, with an ETag."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.base.errors import InputError
from lingtan.base.time import iso

ARROW, CSV, JSON = "application/vnd.apache.arrow.stream", "text/csv", "application/json"
Limit = Annotated[int, Query(ge=1, le=10_000, description="Rows of a page.")]
After = Annotated[int, Query(ge=0, le=2**53, description="Rows to pass over; see the link `next`.")]
ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Rows; as JSON with `rows`, `count` and, where there are more, `next`.",
        "content": {
            JSON: {"schema": {"type": "object"}},
            CSV: {"schema": {"type": "string"}},
            ARROW: {"schema": {"type": "string"}},
        },
    },
    304: {"description": "Not changed since the ETag that was sent."},
}


def answer(request: Request, value: Any, *, status: int = 200) -> Response:
    """Anything as JSON."""
    return _tagged(request, json.dumps(value, ensure_ascii=False, default=plain).encode(), JSON, status, {})


def rows(
    request: Request,
    found: Sequence[Mapping[str, Any]],
    *,
    limit: int,
    after: int,
    columns: Sequence[str] = (),
    **more: Any,
) -> Response:
    """A page of rows in the asked form."""
    page = [{k: plain_cell(v) for k, v in row.items()} for row in found[after : after + limit]]
    names = list(columns) or list(dict.fromkeys(k for row in page for k in row))
    there = after + limit < len(found)
    link = ""
    if there:
        query = {**dict(request.query_params), "limit": str(limit), "after": str(after + limit)}
        link = f"{request.url.path}?{urlencode(query)}"
    headers = {"link": f'<{link}>; rel="next"'} if link else {}
    kind = _form(request)
    if kind == CSV:
        return _tagged(request, _csv(names, page), "text/csv; charset=utf-8", 200, headers)
    if kind == ARROW:
        return _tagged(request, _arrow(names, page), ARROW, 200, headers)
    body = {"rows": page, "count": len(found), "next": link or None, **more}
    return _tagged(request, json.dumps(body, ensure_ascii=False, default=plain).encode(), JSON, 200, headers)


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


def _tagged(request: Request, body: bytes, kind: str, status: int, headers: Mapping[str, str]) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    told = {**headers, "etag": tag, "vary": "accept, authorization, cookie", "cache-control": "private, no-cache"}
    if request.method == "GET" and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    return Response(body, status, media_type=kind, headers=told)


def once(request: Request, body: bytes, make: Callable[[], Response]) -> Response:
    """A write that is done once for an ``Idempotency-Key``: sent again, the first answer comes back (kept a day, in memory).

    Raises
    ------
    InputError
        ``api.key-reused`` if another body comes under the same key.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        return make()
    portal = request.app.state.portal
    name = (request.state.actor.name, request.method, request.url.path, key[:200])
    content = hashlib.sha256(body).hexdigest()
    kept = portal.once.get(name)
    if kept is not None:
        if kept[0] != content:
            raise InputError("api.key-reused", key=key[:60])
        found: Response = kept[1]
        return Response(
            found.body, found.status_code, media_type=found.media_type, headers={"idempotency-replayed": "true"}
        )
    made = make()
    if made.status_code < 500:
        while len(portal.once) >= 5000:
            portal.once.pop(next(iter(portal.once)))
        portal.once[name] = (content, made)
    return made
