"""Electricity bills of the park's connections, ways to pay, and what an enterprise's power is worth by them."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.web.need import Need, Room, of_enterprise
from lingtan.apps.web.pages.shared import member
from lingtan.apps.web.render import language_of
from lingtan.services.access.policy import Kind

room = Room()
PARK = Need(Kind.BILL)
OWN = Need(Kind.BILL, thing=of_enterprise(Kind.BILL))
Period = Annotated[str, Query(pattern=r"^\d{4}(-\d{2})?$", description="A year or month.", examples=["2025"])]
Year = Annotated[str, Query(pattern=r"^\d{4}$", description="A year.", examples=["2025"])]
Connection = Annotated[str, Query(max_length=63, description="One connection; else all that have a tariff.")]
Money = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="CNY, exact.")]
WAIT_S = 240


class BillRow(Shape):
    """A month's bill of a connection; `lines` with quantity, price, amount and the clause each rests on. Money is exact text."""

    tariff: str
    connection: str
    month: str
    pricing: str
    basis: str | None
    total_cny: Money
    average_cny_per_kwh: str | None
    energy_kwh: str
    energy_by_period_kwh: dict[str, str]
    max_demand_kw: str | None
    demand_minutes: int
    export_kwh: str
    coverage: float
    estimated: float
    divided_kwh: str
    lines: list[dict[str, Any]]
    sources: dict[str, str]


class Compared(Shape):
    """The same months paid in every way, the cheapest first; `problem` says why one cannot be worked out."""

    connection: str
    now_cny: Money
    months: list[str]
    energy_kwh: str
    break_even_kwh_per_month: str | None
    options: list[dict[str, Any]]


class WorthRow(Shape):
    """A month of an enterprise's power at the prices of the park's bills; fixed parts by its share of the use."""

    month: str
    energy_kwh: str
    total_cny: Money
    share: str
    tariffs: list[str]
    lines: list[dict[str, Any]]


@room.declared(
    "GET", "/bills", PARK, tags=["bills"], responses=table(BillRow, failed=list[dict[str, Any]]), response_model=None
)
def bills(
    request: Request, period: Period, connection: Connection = "", limit: Limit = 100, after: After = 0
) -> Response:
    """Bills by the tariff in force, line by line; `failed` names months that are not known well enough."""
    from lingtan.apps.web.background import error_from

    made = request.app.state.portal.background.wait(
        "figures", "bills", {"period": period, "connection": connection}, WAIT_S
    )
    lang = language_of(request)
    failed = [
        {"month": f["month"], "code": f["error"]["code"], "text": error_from(f["error"]).format(lang)}
        for f in made["failed"]
    ]
    return rows(request, made["bills"], limit=limit, after=after, columns=list(BillRow.model_fields), failed=failed)


@room.declared("GET", "/bills/compare", PARK, tags=["bills"], responses=body(list[Compared]), response_model=None)
def compare(request: Request, period: Period, connection: Connection = "") -> Response:
    """Demand, contract or capacity; ordinary or under notice 1192: the same months paid in every way."""
    made = request.app.state.portal.background.wait(
        "figures", "bills-compared", {"period": period, "connection": connection}, WAIT_S
    )
    lang, found = language_of(request), []
    for one in made:
        problems = one.pop("problems_en")
        if lang != "zh":
            one["options"] = [{**o, "problem": p} for o, p in zip(one["options"], problems, strict=True)]
        found.append(one)
    return answer(request, found)


@room.declared(
    "GET", "/enterprises/{enterprise}/bills", OWN, tags=["bills"], responses=table(WorthRow), response_model=None
)
def worth(
    request: Request,
    enterprise: Annotated[str, Path(max_length=63, examples=["foundry"])],
    year: Year,
    limit: Limit = 100,
    after: After = 0,
) -> Response:
    """What an enterprise's power is worth by the park's bills, month by month: a value to compare by, no invoice."""
    from lingtan.services.power_costs import cost_of, kept_costs

    member(request, enterprise)
    portal = request.app.state.portal
    costs = kept_costs(portal.space(), year)
    if costs is None:
        portal.background.wait("figures", "power_costs", {"year": year}, WAIT_S)
        costs = kept_costs(portal.space(), year) or {"months": {}}
    made = [c for c in (cost_of(costs, enterprise, m) for m in sorted(costs["months"])) if c is not None]
    found = [
        {"month": c.month, "energy_kwh": str(c.kwh), "total_cny": str(c.total), "share": str(c.share.quantize(Decimal("0.000001"))), "tariffs": list(c.tariffs),
         "lines": [{"period": x.period or None, "kwh": str(x.kwh), "price": None if x.price is None else str(x.price), "amount": str(x.amount)} for x in c.lines]}
        for c in made
    ]  # fmt: skip
    return rows(request, found, limit=limit, after=after, columns=list(WorthRow.model_fields))
