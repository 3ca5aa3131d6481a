"""What an enterprise comes for: its statement, its place among others, its green statement, its monthly forms."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, File, Query, UploadFile
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, file, rows, table
from lingtan.apps.api.shapes import Micrograms, Time
from lingtan.apps.web.need import Need, Room, actor_of, of_enterprise, released
from lingtan.apps.web.pages.enterprises import costs_of
from lingtan.apps.web.pages.forms import fields_of, own_form, understood
from lingtan.apps.web.pages.shared import choose, member
from lingtan.apps.web.portal import need_run
from lingtan.services.access.policy import Action, Kind

room = Room()
METERED = Need(Kind.READING, thing=of_enterprise(Kind.READING))
FILL = Need(Kind.READING, Action.WRITE, of_enterprise(Kind.READING))
REVIEW = Need(Kind.READING, Action.APPROVE, of_enterprise(Kind.READING))
Who = Annotated[str, InPath(max_length=63)]
Year = Annotated[str, Query(pattern=r"^(\d{4})?$", description="A year; else the newest.")]
Span = Annotated[str, Query(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$", description="A month, or a year.")]
Month = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
ZIP = "application/zip"
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class QuantityLine(Shape):
    """A carrier and activity: its quantity in the carrier's unit, as exact as three decimals; coverage is of the whole year."""

    carrier: str
    activity: str
    unit: str
    quantity: str
    month_before: str | None
    covered: float | None
    estimated: float | None
    channels: list[str]


class AmountLine(Shape):
    """A measure of the account, where it arose and after transfers; `figure` is for `/explain`."""

    measure: str
    direct_micrograms: Micrograms
    transfer_micrograms: Micrograms
    figure: str


class CostLine(Shape):
    """A period of the day: its energy at the mean price of the park's bills; `period` empty: the share of fixed parts."""

    period: str
    kwh: str
    price_cny_per_kwh: str | None
    cny: str


class Statement(Shape):
    """The energy statement of an enterprise. `cost_missing` says why there is no cost; `pending` that it is being worked out."""

    enterprise: str
    period: str
    run: str
    as_of_time: Time
    synthetic: bool
    quantities: list[QuantityLine]
    amounts: list[AmountLine]
    cost: list[CostLine]
    cost_total_cny: str | None
    cost_missing: str | None
    pending: bool


class StandingRow(Shape):
    """A measure among the others of `group`; `rank`, `quartile` and quartiles are null where there are fewer than `least` others."""

    measure: str
    unit: str
    lower_is_better: bool
    value: float | None
    group: str
    peers: int
    rank: int | None
    quartile: int | None
    quartiles: list[float] | None


class FieldRow(Shape):
    """A line of the monthly form; `known` is what stands for the month, in the unit that the form asks for."""

    channel: str
    name: str
    group: str
    activity: str
    unit: str
    fillable: bool
    level: bool
    known: str | None
    month_before: str | None


class SubmissionRow(Shape):
    """A submitted form; `replaced` is what stood there. `state`: draft, waiting, done or refused."""

    id: str
    enterprise: str
    month: str
    file: str
    sha256: str
    by: str
    at: Time
    values: dict[str, str]
    replaced: dict[str, str]
    state: str
    note: str
    decided_by: str
    decided_at: str
    reason: str
    rev: int


class ProblemRow(Shape):
    """What is wrong at a place of a form."""

    code: str
    sheet: str
    row: int
    column: str
    values: dict[str, str]
    text: str


class Understood(Shape):
    """What a form was understood to say: a draft to submit, or every problem with its place."""

    draft: SubmissionRow | None
    problems: list[ProblemRow]
    empty: list[str]


@room.declared(
    "GET", "/enterprises/{enterprise}/statement", METERED, tags=["enterprises"], responses=body(Statement), response_model=None
)  # fmt: skip
def statement(request: Request, enterprise: Who, period: Span) -> Response:
    """The energy statement of a month or year: quantities, what the power is worth by the park's bills, carbon."""
    from lingtan.services.energy_statement import energy_statement
    from lingtan.services.monthly_form import plain

    member(request, enterprise)
    shown = need_run(choose(request, period[:4], ""))
    made = energy_statement(
        shown.run, enterprise, period, costs_of(request, str(shown.run.period.year)), run_id=shown.id
    )
    pending = made.cost_failed == "statement.cost-not-yet"
    told = {
        "enterprise": enterprise, "period": period, "run": made.run, "as_of_time": made.as_of_time, "synthetic": made.synthetic,
        "quantities": [
            {"carrier": x.carrier, "activity": x.activity.value, "unit": x.unit, "quantity": plain(x.quantity),
             "month_before": None if x.before is None else plain(x.before), "covered": None if x.covered is None else float(x.covered),
             "estimated": None if x.estimated is None else float(x.estimated), "channels": list(x.channels)} for x in made.lines
        ],
        "amounts": [
            {"measure": a.measure, "direct_micrograms": str(a.direct), "transfer_micrograms": str(a.transfer), "figure": made.address(a.measure)}
            for a in made.amounts
        ],
        "cost": [
            {"period": c.period, "kwh": str(c.kwh), "price_cny_per_kwh": None if c.price is None else str(c.price), "cny": str(c.amount)}
            for c in (made.cost.lines if made.cost else ())
        ],
        "cost_total_cny": str(made.cost.total) if made.cost else None,
        "cost_missing": made.cost_failed or None, "pending": pending,
    }  # fmt: skip
    return answer(request, told)


@room.declared(
    "GET", "/enterprises/{enterprise}/statement/{format}", METERED, tags=["enterprises"], responses=file(*TYPES.values()),
    response_model=None,
)  # fmt: skip
def statement_file(
    request: Request, enterprise: Who, format: Annotated[str, InPath(pattern="^(pdf|xlsx|docx)$")], period: Span,
    lang: Annotated[str, Query(pattern="^(zh|en)$")] = "zh",
) -> Response:  # fmt: skip
    """The energy statement as a document."""
    member(request, enterprise)
    shown = need_run(choose(request, period[:4], "", refresh=False))
    told = {"run": shown.id, "enterprise": enterprise, "month": period, "format": format, "lang": lang}
    made = request.app.state.portal.background.wait("figures", "energy_statement", told, 300)
    return FileResponse(Path(made["path"]), media_type=TYPES[format], filename=f"{enterprise}-{period}-{lang}.{format}")


@room.declared(
    "GET", "/enterprises/{enterprise}/benchmark", Need(Kind.ENTERPRISE, thing=released(Kind.ENTERPRISE)), tags=["enterprises"],
    responses=table(StandingRow, run=str, least=int), response_model=None,
)  # fmt: skip
def standing(request: Request, enterprise: Who, period: Year = "", limit: Limit = 100, after: After = 0) -> Response:
    """The place of an enterprise among the others, who stay unnamed; no value of any one of them is given."""
    from lingtan.services.benchmark import PEERS, benchmark

    member(request, enterprise)
    shown = need_run(choose(request, period, "", kind=Kind.ENTERPRISE))
    found = [
        {"measure": s.measure, "unit": s.unit, "lower_is_better": s.lower_is_better, "value": s.value, "group": s.group, "peers": s.peers,
         "rank": s.rank, "quartile": s.quartile, "quartiles": list(s.quartiles) if s.quartiles else None}
        for s in benchmark(shown.run, enterprise)
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after, run=shown.id, least=PEERS)


@room.declared(
    "GET", "/enterprises/{enterprise}/green-statement", Need(Kind.GREEN, thing=of_enterprise(Kind.GREEN)), tags=["enterprises"],
    responses=file(ZIP), response_model=None,
)  # fmt: skip
def green_statement(request: Request, enterprise: Who, period: Year = "") -> Response:
    """The signed green statement, verified offline by `lingtan evidence verify`."""
    member(request, enterprise)
    shown = need_run(choose(request, period, "", refresh=False))
    asked = {"enterprise": enterprise, "period": str(shown.run.record["period"])}
    made = request.app.state.portal.background.wait("figures", "green_statement", asked, 300)
    return FileResponse(Path(made["path"]), media_type=ZIP, filename=f"green-{enterprise}-{asked['period']}.zip")


@room.declared(
    "GET", "/forms/{enterprise}", METERED, tags=["forms"], responses=table(FieldRow, month=str), response_model=None
)  # fmt: skip
def form(request: Request, enterprise: Who, month: Month, limit: Limit = 1000, after: After = 0) -> Response:
    """The lines of a month's form."""
    from lingtan.services.monthly_form import plain

    member(request, enterprise)
    found = [
        {**{k: getattr(f, k) for k in ("channel", "name", "group", "activity", "unit", "fillable", "level")},
         "known": None if f.known is None else plain(f.known), "month_before": None if f.before is None else plain(f.before)}
        for f in fields_of(request, enterprise, month)
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after, month=month)


@room.declared(
    "POST", "/forms/{enterprise}", FILL, tags=["forms"], responses=body(Understood), response_model=None
)  # fmt: skip
def upload(request: Request, enterprise: Who, month: Month, form: Annotated[UploadFile, File()]) -> Response:
    """Understand a filled form (Excel or CSV); nothing is written until its draft is submitted."""
    from lingtan.apps.web.render import language_of
    from lingtan.base.text import say
    from lingtan.services.submit_form import draft_form

    member(request, enterprise)
    data = form.file.read(4 * 2**20 + 1)
    filled, name = understood(request, enterprise, month, form.filename or "form", data)
    draft = None
    if not filled.problems and filled.entries:
        by = actor_of(request).name
        draft = draft_form(request.app.state.portal.space(), enterprise, month, name, data, filled, by=by)
    lang = language_of(request)
    problems = [
        {**vars(p), "values": dict(p.values), "text": say(f"forms.{p.code}", lang, **p.values)} for p in filled.problems
    ]
    told = {"draft": None if draft is None else vars(draft), "problems": problems, "empty": list(filled.empty)}
    return answer(request, told)


@room.declared(
    "POST", "/forms/{enterprise}/submit", FILL, tags=["forms"], responses=body(SubmissionRow), response_model=None
)  # fmt: skip
def submit(
    request: Request, enterprise: Who, form: Annotated[str, Body(max_length=40)], note: Annotated[str, Body(max_length=500)] = ""
) -> Response:  # fmt: skip
    """Submit a draft: written at once, or handed to the operator where it would replace data."""
    from lingtan.services.submit_form import submit_form

    own_form(request, enterprise, form)
    return answer(
        request, vars(submit_form(request.app.state.portal.space(), form, by=actor_of(request).name, note=note))
    )


@room.declared(
    "POST", "/forms/{enterprise}/decision", REVIEW, tags=["forms"], responses=body(SubmissionRow), response_model=None
)  # fmt: skip
def decide(
    request: Request, enterprise: Who, form: Annotated[str, Body(max_length=40)], approve: Annotated[bool, Body()],
    reason: Annotated[str, Body(max_length=500)] = "",
) -> Response:  # fmt: skip
    """The operator's review of a form that replaces data."""
    from lingtan.services.submit_form import decide_form

    own_form(request, enterprise, form)
    space, by = request.app.state.portal.space(), actor_of(request).name
    return answer(request, vars(decide_form(space, form, by=by, approve=approve, reason=reason)))


@room.declared(
    "GET", "/forms/{enterprise}/submitted", METERED, tags=["forms"], responses=table(SubmissionRow), response_model=None
)  # fmt: skip
def submitted(request: Request, enterprise: Who, limit: Limit = 100, after: After = 0) -> Response:
    """Forms that were submitted, the newest first."""
    from lingtan.services.submit_form import forms

    member(request, enterprise)
    found: list[dict[str, Any]] = [vars(s) for s in forms(request.app.state.portal.space(), enterprise=enterprise)]
    return rows(request, found, limit=limit, after=after)
