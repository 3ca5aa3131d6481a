"""What the API tells of studies."""

from typing import Annotated, Any

from pydantic import Field

from lingtan.apps.api.answers import Responses, Shape, table


class StudyRow(Shape):
    """A study in short; `answers` says of each kept answer its status, cost, bound and gap, and whether the file changed since."""

    study: str
    name: Any
    digest: str
    changed_at: str
    changed_by: str
    given: Annotated[list[str], Field(description="Channels of the park that were given to it.")]
    answers: dict[str, dict[str, Any]]


class Checked(Shape):
    """Every problem at once; where costs and factors come from."""

    study: str
    digest: str
    good: bool
    problems: list[dict[str, Any]]
    costs: list[dict[str, Any]]
    factors: dict[str, str]


class Run(Shape):
    """A run of an answer: `queued`, `running`, `stopped`, `interrupted`, `failed` or `done`; with its progress while it works."""

    study: str
    answer: str
    state: str
    options: dict[str, Any]
    by: str
    asked_at: str
    ended_at: str | None = None
    status: str | None = None
    progress: dict[str, Any] | None = None
    stopping: bool | None = None
    problem: str | None = None


class Answer(Shape):
    """An answer as `lingtan plan show --json` gives it; `stale` if the study changed since."""

    stale: bool
    answer: dict[str, Any]


class Explained(Shape):
    """Why this plan, or why none."""

    study: str
    status: str | None
    cost: float | None
    lower_bound: float | None
    gap: float | None
    why: dict[str, Any] | None
    conflict: list[dict[str, Any]] | None
    relaxation: list[dict[str, Any]] | None


class Side(Shape):
    """One plan among those compared."""

    name: str
    status: str | None
    cost: float | None
    lower_bound: float | None
    gap: float | None
    emissions_t: float | None
    sizes: dict[str, float]


class LibraryRow(Shape):
    """A parameter of a technology with its range, source and confidence."""

    technology: str
    zh: str
    en: str
    parameter: str
    year: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    region: str
    confidence: str
    source_document: str


class Options(Shape):
    """What an answer may be asked with."""

    gap: Annotated[float | None, Field(ge=1e-7, le=0.5, description="Proven gap to stop at.")] = None
    budget: Annotated[float | None, Field(ge=0, le=1e13, description="CNY a year, for `least-carbon`.")] = None
    within: Annotated[
        float | None, Field(ge=0.0001, le=1, description="Share above the cheapest, for `alternatives`.")
    ] = None
    steps: Annotated[int | None, Field(ge=2, le=50, description="Points, for `frontier`.")] = None
    solver: Annotated[str | None, Field(pattern="^(auto|chain|highs)$")] = None
    cross: Annotated[bool, Field(description="All combinations, for `sweep`.")] = False
    anew: Annotated[bool, Field(description="Do not go on from a stopped run.")] = False


STUDIES: Responses = table(StudyRow)
