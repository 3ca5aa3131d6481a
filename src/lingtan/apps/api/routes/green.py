"""Green power: who used which kilowatt-hours, how well they match, agreements, intensities, the ratios of the notices."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import MonthNumber, Time
from lingtan.apps.web.need import Need, Room, of_enterprise
from lingtan.services.access.policy import Kind

room = Room()
GREEN = Need(Kind.GREEN, thing=of_enterprise(Kind.GREEN))
PARK = Need(Kind.GREEN)
Year = Annotated[str, Query(pattern=r"^\d{4}(-\d{2})?$", description="A year or month.", examples=["2025"])]
Who = Annotated[str, Query(max_length=63, description="Only this enterprise.", examples=["foundry"])]


class Trace(Shape):
    """By consumer the energy of each source, scores, losses. [Wh]"""

    trace: str
    period: str
    step_s: int
    as_of: int
    rule: str
    storage: str
    losses: str
    consumers: dict[str, dict[str, Any]]
    exports: dict[str, dict[str, int]]
    losses_and_unmetered_wh: dict[str, int]
    overmetered_wh: dict[str, Any] | list[Any] | int


class Scores(Shape):
    """Shares of green power by hour, month and year, certificates, carbon by location, market and trace, the hours that cost."""

    trace: str
    period: str
    scores: list[dict[str, Any]]


class ContractRow(Shape):
    """A contract in a month. [Wh]"""

    contract: str
    sort: str
    enterprise: str
    source: str
    month: MonthNumber
    contracted_wh: int
    generated_wh: int | None
    metered_wh: int
    delivered_wh: int | None
    settled_wh: int
    price_cny_per_kwh: str | None
    document: str
    deviation_wh: int
    amount_cny: str | None


class IntensityRow(Shape):
    """Of a carrier in an hour; null where nothing was used."""

    hour: Time
    carrier: str
    unit: str
    average: float | None
    marginal: float | None


class Ratio(Shape):
    """A ratio that a notice asks for. [Wh]"""

    id: str
    value: float | None
    numerator_wh: int
    denominator_wh: int
    sense: str
    limit: float
    met: bool | None
    margin_wh: int
    source: str


class Ratios(Shape):
    """The ratios now and at the end of the year; `outlook` says how the rest of it was taken."""

    trace: str
    period: str
    hours_with_data: int
    ratios: list[Ratio]
    at_year_end: list[Ratio]
    outlook: str


@room.declared("GET", "/green/trace", GREEN, tags=["green"], responses=body(Trace), response_model=None)
def trace(
    request: Request,
    period: Year,
    enterprise: Who = "",
    step: Annotated[str, Query(pattern="^(15min|30min|1h)$")] = "1h",
) -> Response:
    """Who used which kilowatt-hours, traced interval by interval."""
    return answer(request, _work(request, "trace", period=period, enterprise=enterprise, step=step))


@room.declared("GET", "/green/scores", GREEN, tags=["green"], responses=body(Scores), response_model=None)
def scores(request: Request, period: Year, enterprise: Who = "") -> Response:
    """How well green power matched what was used: the park (`name` null) and every enterprise, or one."""
    return answer(request, _work(request, "scores", period=period, enterprise=enterprise))


@room.declared("GET", "/green/contracts", GREEN, tags=["green"], responses=table(ContractRow), response_model=None)
def contracts(request: Request, period: Year, enterprise: Who = "", limit: Limit = 1000, after: After = 0) -> Response:
    """Direct-supply agreements and green trades by month: contracted, generated, metered, settled."""
    found = _work(request, "contracts", period=period, enterprise=enterprise)
    return rows(request, found, limit=limit, after=after)


@room.declared("GET", "/green/intensity", PARK, tags=["green"], responses=table(IntensityRow), response_model=None)
def intensity(request: Request, period: Year, limit: Limit = 10_000, after: After = 0) -> Response:
    """Average and marginal carbon intensity of electricity, heat and steam by hour."""
    return rows(request, _work(request, "intensity", period=period), limit=limit, after=after)


@room.declared("GET", "/green/rules", PARK, tags=["green"], responses=body(Ratios), response_model=None)
def ratios(request: Request, period: Year) -> Response:
    """The ratios that the notices ask for, with what is to spare or lacking, and the outlook to the end of the year."""
    return answer(request, _work(request, "ratios", period=period))


def _work(request: Request, job: str, **asked: str) -> Any:
    return request.app.state.portal.background.wait("figures", job, asked, 300)
