"""Members under pseudonyms with the digests of their sealed books, and the check of a book."""

from typing import Annotated

from fastapi import Body, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, AnyRow, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Digest, Micrograms
from lingtan.apps.web.need import Need, Room, released
from lingtan.apps.web.pages.regulator import check_book, closed
from lingtan.apps.web.pages.shared import member
from lingtan.services.access.policy import Kind

room = Room()
TONNE = 10**12


class BookShape(Shape):
    """An enterprise's postings with the salt of their digest."""

    enterprise: str
    result: Digest
    salt: str
    fields: list[str]
    postings: list[list[str | int]]


class CheckShape(Shape):
    """What a shown book is; `sums_fit`: it sums to what stands under its pseudonym."""

    fits: bool
    digest: Digest
    closing: str
    pseudonym: str
    postings: int
    direct: dict[str, Micrograms]
    transfer: dict[str, Micrograms]
    sums_fit: bool


@room.declared(
    "GET", "/aggregates", Need(Kind.ENTERPRISE, thing=released(Kind.ENTERPRISE)), tags=["aggregates"],
    responses=table(AnyRow, closing=str, result=str, totals_micrograms=dict[str, str]),
    response_model=None,
)  # fmt: skip
def aggregates(
    request: Request,
    period: Annotated[str, Query(pattern=r"^(\d{4})?$", description="A closed year; else the newest.")] = "",
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """Totals of a closed year under pseudonyms; they sum to the park's, each with the digest of its sealed book."""
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_books import sealed_totals

    portal = request.app.state.portal
    shown = closed(portal, period)
    space = portal.space()
    found = [
        {"pseudonym": t.pseudonym, "book_digest": t.digest}
        | {f"{m}_direct_t": f"{t.direct.get(m, 0) / TONNE:.6f}" for m in shown.run.rules.core.values()}
        | {f"{m}_transfer_t": f"{t.transfer.get(m, 0) / TONNE:.6f}" for m in shown.run.rules.core.values()}
        for t in sealed_totals(space, shown.run, workspace_key(space)[0])
    ]
    told = {"closing": shown.id, "result": shown.run.record["result"], "totals_micrograms": shown.run.record["totals"]}
    return rows(request, found, limit=limit, after=after, **told)


@room.declared(
    "POST", "/aggregates/check", Need(Kind.ENTERPRISE, thing=released(Kind.ENTERPRISE)), tags=["aggregates"],
    responses=body(CheckShape), response_model=None,
)  # fmt: skip
def check(request: Request, book: Annotated[dict[str, object], Body()]) -> Response:
    """Whether a book, as `GET /enterprises/{enterprise}/book` gives it, is one that the park was sealed with."""
    import json

    made = check_book(request.app.state.portal, json.dumps(book).encode())
    told = vars(made) | {k: {m: str(v) for m, v in (getattr(made, k) or {}).items()} for k in ("direct", "transfer")}
    return answer(request, told)


@room.declared(
    "GET", "/enterprises/{enterprise}/book", Need(Kind.ENTRY, thing=released(Kind.ENTRY)), tags=["aggregates"],
    responses=body(BookShape), response_model=None,
)  # fmt: skip
def book(request: Request, enterprise: str, period: Annotated[str, Query(pattern=r"^(\d{4})?$")] = "") -> Response:
    """One's own book of a closed year, with the salt of its digest, to show to whom one wants."""
    from lingtan.services.enterprise_book import enterprise_book
    from lingtan.services.evidence_keys import workspace_key

    portal = request.app.state.portal
    member(request, enterprise)
    space = portal.space()
    year = str(closed(portal, period).run.record["period"])
    return answer(request, enterprise_book(space, enterprise, year, workspace_key(space)[0]))
