"""What answers look like: the shapes of the API's description. Exact amounts are text; emissions in t or µg, energy in tce or Wh."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from lingtan.apps.api.answers import Shape

Micrograms = Annotated[str, Field(pattern=r"^-?\d+$", description="Exact. [µg]", examples=["45159192780000"])]
Tonnes = Annotated[str, Field(pattern=r"^-?\d+\.\d{6}$", description="[t]", examples=["45.159193"])]
Milli = Annotated[
    str, Field(pattern=r"^-?\d+$", description="Exact, in 1/1000 of the metering unit.", examples=["30766500"])
]
Time = Annotated[str, Field(description="UTC, ISO 8601.", examples=["2025-01-01T00:00:00Z"])]
YearMonth = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$", examples=["2025-01"])]
MonthNumber = Annotated[int, Field(ge=0, le=999_912, examples=[202501])]
Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
Address = Annotated[str, Field(description="For `/explain`.", examples=["co2/category=power/month=2025-01"])]
Words = str | dict[str, str] | None


class RunInfo(Shape):
    """The run behind figures: frozen by `closing`, or open; `stale` while newer data are being accounted."""

    id: str
    closing: str | None
    stale: bool
    rules: str
    period: str
    as_of: int
    as_of_time: Time
    result: Digest
    synthetic: bool
    code: str


class ParkInfo(Shape):
    """The park in short."""

    id: str
    name: Words
    region: str
    timezone: str
    synthetic: bool
    park_revision: int
    head: int
    years: list[str]


class RunRow(Shape):
    """A kept account."""

    id: str
    period: str
    as_of: int
    as_of_time: Time
    result: Digest
    code: str
    made_at: Time
    synthetic: bool
    rules: str


class Interval(Shape):
    """The 95 % interval, and the probability that the target is met."""

    low: float
    high: float
    sigma: float
    probability: float | None


class IndicatorShape(Shape):
    """An indicator with its exact parts as decimal text."""

    id: str
    value: str | None
    numerator: str | None
    denominator: str | None
    units: list[str]
    unit: str
    target: str | None
    lower_is_better: bool
    interval: Interval | None
    coverage: str | None
    excluded: str | None
    notes: list[str]
    details: list[dict[str, Any]]
    extra: dict[str, Any]
    met: bool | None


class Indicators(Shape):
    """The core indicator and the guiding ones."""

    run: RunInfo
    indicators: list[IndicatorShape]


class AccountCell(Shape):
    """A measure in a category and month."""

    measure: str
    category: str
    month: YearMonth
    tonnes: Tonnes
    micrograms: Micrograms
    figure: Address


class AccountShape(Shape):
    """The park's totals."""

    run: RunInfo
    totals_micrograms: dict[str, Micrograms]
    cells: list[AccountCell]


class PostingRow(Shape):
    """An entry of the ledger."""

    view: str
    measure: str
    enterprise: str
    month: MonthNumber
    category: str
    carrier: str
    activity: str
    kind: str
    point: str
    factor: str
    quantity: Milli
    micrograms: Micrograms


class EnterpriseRow(Shape):
    """An enterprise's totals: `<measure>_direct_t` and `<measure>_transfer_t` of each measure of the rules. [t]"""

    model_config = ConfigDict(extra="allow")

    enterprise: str
    name: str


class Passport(Shape):
    """How a figure came about, as a tree of `kind`, `name`, `value`, `unit`, `facts`, `children`."""

    figure: Address
    run: str
    closing: str | None
    recomputed: bool
    depth: int
    most: int
    as_of: int
    as_of_time: Time
    park: dict[str, Any]
    rules: dict[str, Any]
    method: dict[str, Any]
    code: str
    result: Digest
    period: str
    synthetic: bool
    passport: dict[str, Any]


class FigureRow(Shape):
    """A figure."""

    figure: Address


class ClosingRow(Shape):
    """A closed period (number 0) or its restatement, chained by hashes."""

    id: str
    kind: str
    number: int
    period: str
    as_of: int
    as_of_time: Time
    result: Digest
    totals: dict[str, Micrograms]
    reason: str | None
    made_at: Time
    previous: Digest
    hash: Digest


class ClosingShape(Shape):
    """Everything that a closing froze; a restatement with its causes."""

    model_config = ConfigDict(extra="allow")

    id: str
    kind: str
    period: str
    as_of: int
    result: Digest
    hash: Digest
    previous: Digest


class Closed(Shape):
    """What became of closing or restating; null where nothing changed."""

    closing: str | None


class Accounted(Shape):
    """The run that was made."""

    run: str


class KindRow(Shape):
    """Power or heat of a kind in a month."""

    pool: str
    side: str
    kind: str
    month: YearMonth
    quantity_milli: Milli
    figure: Address


class QualityRow(Shape):
    """What is known of a channel in a month. [s]"""

    channel: str
    month: MonthNumber
    expected_s: int
    covered_s: int
    estimated_s: int
    spread_s: int
    rejected_s: int
    rev: int


class ChannelRow(Shape):
    """A channel of a meter."""

    channel: str
    key: str
    name: str
    meter: str
    class_: Annotated[str | None, Field(alias="class")]
    parent: str | None
    enterprise: str
    carrier: str
    activity: str
    unit: str
    kind: str
    step: str
    multiplier: str


class ReadingRow(Shape):
    """A reading. `value` in 1/1000 of the stored unit; `quality` and `method` as numbers of the store."""

    start: Time
    seconds: int
    value: int | str | None
    quality: int
    method: int
    available_at: Time | None
    rev: int


class Pushed(Shape):
    """What became of pushed readings."""

    rev: int
    rows: int
    content: Digest
    duplicate: bool
    superseded: bool


class Flow(Shape):
    """Power of a source, into the park or out of it. [kW]"""

    group: str
    into: bool
    kw: float


class Live(Shape):
    """Power now; `replay` where a synthetic park's year is played; `none` where nothing is known."""

    at: Time
    replay: bool
    flows: list[Flow]
    use_kw: float


class NoLive(Shape):
    """Nothing is known."""

    none: bool


class TokenShape(Shape):
    """A token without its secret."""

    id: str
    label: str
    scopes: list[str]
    made_at: Time
    expires_at: Time | None
    last_used_at: Time | None


class NewToken(TokenShape):
    """A new token; its secret is shown once."""

    secret: str


class Tokens(Shape):
    """The asker's tokens."""

    rows: list[TokenShape]


class UserShape(Shape):
    """A user without anything secret."""

    name: str
    enterprise: str | None
    label: str
    lang: str
    active: bool
    role: str
    second_factor: bool


class Users(Shape):
    """Everybody with an account."""

    rows: list[UserShape]


class Me(Shape):
    """Who asks, and what may be done: `kind:action` with whose objects."""

    name: str
    role: str
    enterprise: str | None
    by_token: bool
    may: dict[str, str]


class AuditRow(Shape):
    """A line of the audit log."""

    seq: int
    at: Time
    actor: str
    role: str
    action: str
    kind: str
    object: str
    detail: dict[str, Any]
    previous: str
    hash: str


class Verified(Shape):
    """Whether the chain is whole, and where it is not."""

    sound: bool
    broken: list[str]
