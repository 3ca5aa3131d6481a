"""Tools and resources for assistants, each one call of :class:`lingtan.services.read_for.Reader`."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from pydantic import Field

from lingtan import __version__
from lingtan.base.errors import InputError, LingtanError
from lingtan.services.glossary import glossary
from lingtan.services.read_for import Reader

try:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ResourceError, ToolError
    from mcp.types import ToolAnnotations
except ImportError as error:
    raise InputError("mcp.extra") from error

ABOUT = """Figures of one zero-carbon industrial park (零碳园区): indicators, carbon and energy ledger, meter series, green power, alarms.

Everything is read-only and is cut to what the token's user may see. Nearly every figure has an address (`figure`); `passport` says where it
comes from, down to postings, factors and readings. Quote the run (`run.id`, `run.as_of_time`) beside a figure, say so where
`synthetic` is true or `newer_readings` is true, and never add, scale or estimate what was not read. Amounts are exact: tonnes as decimal
text, micrograms as integers in text. Begin with `park` and `periods`."""
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Year = Annotated[
    str,
    Field(
        description="A year such as 2025, or a month such as 2025-03 that was accounted; empty for the newest.",
        max_length=10,
    ),
]
RunId = Annotated[
    str, Field(description="A run or closing (`…@n`) from `periods`; empty to choose by period.", max_length=120)
]
Text = Annotated[str, Field(max_length=200)]
Answer = dict[str, Any]


def mcp_server(reader: Callable[[str], Reader], *, lang: str = "en") -> MCPServer:
    """The server; ``reader`` gives, for the name of a tool, what the asker may read at this moment."""
    server: MCPServer = MCPServer(
        "lingtan", title="Lingtan 零碳", instructions=ABOUT, version=__version__, log_level="WARNING"
    )

    def tool(function: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(function)
        def asked(*args: Any, **kwargs: Any) -> Answer:
            try:
                return function(*args, **kwargs)
            except LingtanError as error:
                raise ToolError(f"{error.code}: {error.format(lang)}") from None

        return server.tool(annotations=READ_ONLY)(asked)

    @tool
    def park() -> Answer:
        """The park in short: name, region, time zone, whether its data are synthetic, years that were accounted. 园区概况"""
        return reader("park").park()

    @tool
    def periods() -> Answer:
        """Accounts that were kept and closed periods with their restatements. 核算与关账"""
        return reader("periods").periods()

    @tool
    def indicators(period: Year = "", run: RunId = "") -> Answer:
        """Core and guiding indicators: value, unit, target, whether met, 95 % interval, coverage, address. 指标"""
        return reader("indicators").indicators(period, run)

    @tool
    def ledger(
        measure: Annotated[
            str, Field(description="co2 (tCO2), energy (tce) or another measure of the rule set.", max_length=40)
        ] = "co2",
        view: Annotated[
            str, Field(description="direct: where it arises; transfer: by who uses it.", pattern="^(direct|transfer)$")
        ] = "direct",
        enterprise: Text = "",
        month: Annotated[str, Field(description="YYYY-MM", max_length=7)] = "",
        category: Text = "",
        carrier: Text = "",
        period: Year = "",
        run: RunId = "",
    ) -> Answer:
        """One level of the ledger below what is named: by enterprise, month, category, carrier, entry. 台账下钻"""
        where = {"enterprise": enterprise, "month": month, "category": category, "carrier": carrier}
        return reader("ledger").ledger(measure, view, where, period, run)

    @tool
    def enterprises(period: Year = "", run: RunId = "") -> Answer:
        """Totals of enterprises: all, one's own, or under pseudonyms, as the role allows. 企业合计"""
        return reader("enterprises").enterprises(period, run)

    @tool
    def passport(
        figure: Annotated[
            str,
            Field(
                description="An address, such as core or co2/category=power/month=2025-03.",
                min_length=1,
                max_length=400,
            ),
        ],
        run: RunId = "",
        depth: Annotated[
            int, Field(description="1 formula, 2 sums, 3 postings with factors, 4 channels, 5 everything.", ge=1, le=5)
        ] = 3,
    ) -> Answer:
        """Where a figure comes from: formula, numbers, factors with sources, postings, readings. 数字的来历"""
        return reader("passport").passport(figure, run, depth)

    @tool
    def channels() -> Answer:
        """Meter channels that may be read, with carrier, activity, unit and owner. 计量通道"""
        return reader("channels").channels()

    @tool
    def series(
        channel: Text,
        start: Annotated[str, Field(description="ISO 8601; without an offset, in the park's zone.", max_length=40)],
        end: Annotated[str, Field(description="ISO 8601, not included.", max_length=40)],
        points: Annotated[int, Field(ge=1, le=500)] = 200,
    ) -> Answer:
        """The rate of a channel by stretches: mean, least, greatest; null where nothing is known. 时间序列"""
        return reader("series").series(channel, start, end, points)

    @tool
    def green_share(period: Year = "", run: RunId = "") -> Answer:
        """Power and heat by kind (direct supply, certificates, own, other): shares of the year, months with addresses. 绿电占比"""
        return reader("green_share").green(period, run)

    @tool
    def alarms(
        state: Annotated[str, Field(description="open, acknowledged or cleared; empty for all.", max_length=20)] = "",
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
    ) -> Answer:
        """Alarms, the newest first. 告警"""
        return reader("alarms").alarms(state, limit)

    @tool
    def data_quality(period: Year = "", run: RunId = "") -> Answer:
        """How much of each channel's time is covered, estimated, rejected. [s] 数据质量"""
        return reader("data_quality").quality(period, run)

    @tool
    def find_word(
        word: Annotated[str, Field(description="Part of a name, Chinese or English.", min_length=1, max_length=60)],
    ) -> Answer:
        """Words of the glossary with their Chinese and English names and units. 词汇表"""
        low = word.lower()
        found = [w for w in glossary() if low in f"{w['name']} {w['zh']} {w['en']}".lower()]
        return {"words": found[:60], "more": max(0, len(found) - 60)}

    @server.resource("lingtan://glossary", title="词汇表 · Glossary", mime_type="application/json")
    def words() -> list[dict[str, str]]:
        """Every word with its Chinese and English names and unit."""
        return glossary()

    @server.resource("lingtan://park", title="园区 · The park", mime_type="application/json")
    def the_park() -> Answer:
        """The park in short."""
        return _resource(lambda: reader("park").park(), lang)

    @server.resource("lingtan://indicators/{period}", title="指标 · Indicators", mime_type="application/json")
    def indicators_of(period: str) -> Answer:
        """Indicators of a year."""
        return _resource(lambda: reader("indicators").indicators(period), lang)

    @server.resource("lingtan://passport/{+figure}", title="来历 · Passport", mime_type="application/json")
    def passport_of(figure: str) -> Answer:
        """The passport of a figure of the newest account."""
        return _resource(lambda: reader("passport").passport(figure), lang)

    return server


def _resource(read: Callable[[], Answer], lang: str) -> Answer:
    try:
        return read()
    except LingtanError as error:
        raise ResourceError(f"{error.code}: {error.format(lang)}") from None
