"""Text of times to instants in UTC.

The usual spellings are read column-wise; others (``2025年3月7日 8时15分``, ``24:00``, Excel's serial days, full-width digits)
one by one, each distinct text once.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

from lingtan.base.errors import InputError

YEARS = range(1990, 2201)
MANY = 10_000
_SPAN_US = tuple(int(datetime(y, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000 for y in (YEARS[0], YEARS[-1]))
_EPOCH_1900 = datetime(1899, 12, 30)  # so that serial 61 is 1 March 1900: Excel has a 29 February 1900
_EPOCH_1904 = datetime(1904, 1, 1)
_FAST = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "%Y-%m-%d %H:%M"),
    (re.compile(r"\d{4}/\d\d?/\d\d? \d\d?:\d\d:\d\d"), "%Y/%m/%d %H:%M:%S"),
    (re.compile(r"\d{4}/\d\d?/\d\d? \d\d?:\d\d"), "%Y/%m/%d %H:%M"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "%Y-%m-%dT%H:%M:%S"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d"), "%Y-%m-%dT%H:%M"),
)
_DATE = r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?"
_DATE_LAST = r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y2>\d{4})"
_COMPACT = r"(?P<cy>(?:19|20|21)\d{2})(?P<cm>\d{2})(?:(?P<cd>\d{2})(?:(?P<ch>\d{2})(?P<cmin>\d{2})(?P<cs>\d{2})?)?)?"
_CLOCK = r"(?P<H>\d{1,2})(?::(?P<M>\d{1,2})(?::(?P<S>\d{1,2})(?P<f>\.\d{1,9})?)?)?:?"
_OFFSET = r"(?P<z>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)"
_TIME = re.compile(
    rf"(?:{_DATE}|{_DATE_LAST}|{_COMPACT})(?:(?:t| +|-(?=\d\d:))(?P<pm>am|pm)? ?{_CLOCK} ?(?P<pm2>am|pm)? ?{_OFFSET}?)?"
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?")
CLOCK = re.compile(rf"{_CLOCK}")
_WORDS = (
    ("年", "-"), ("月", "-"), ("号", " "), ("日", " "), ("时", ":"), ("点", ":"), ("分", ":"), ("秒", " "),
    ("上午", " am "), ("下午", " pm "), ("t24:", " 24:"),
)  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """How times are written: the zone of those without an offset, Excel's day zero, day before month."""

    zone: str = "Asia/Shanghai"
    date_1904: bool = False
    day_first: bool | None = None


@dataclass(frozen=True)
class Instants:
    """Instants of a column; ``precision`` is ``instant``, ``day``, ``month`` or ``year``, the coarsest seen.

    ``at`` is null where the text is no time; ``ends_day`` says that some text wrote 24:00.
    """

    at: pl.Series
    precision: str
    ends_day: bool = False
    ambiguous: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Boolean))


def zone_of(name: str) -> tzinfo:
    """A zone by IANA name or fixed offset, such as ``Asia/Shanghai``, ``UTC``, ``+08:00``.

    Raises
    ------
    InputError
        If it is neither.
    """
    found = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", name.strip(), re.IGNORECASE)
    if found:
        minutes = int(found.group(2)) * 60 + int(found.group(3) or 0)
        if minutes < 15 * 60:
            return timezone(timedelta(minutes=minutes if found.group(1) == "+" else -minutes))
    try:
        return ZoneInfo(name.strip())
    except (ValueError, OSError, KeyError):
        raise InputError("import.bad-zone", zone=name) from None


def instants(column: pl.Series, clock: Clock) -> Instants:
    """A column of times as UTC instants, each text by the zone of ``clock`` unless it states an offset."""
    zone = zone_of(clock.zone)
    if isinstance(column.dtype, pl.Datetime):
        return _typed(column, zone)
    if column.dtype == pl.Date:
        return replace(_typed(column.cast(pl.Datetime("us")), zone), precision="day")
    text = column if column.dtype == pl.String else column.cast(pl.String, strict=False)
    if text.len() >= MANY:
        coded = text.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
        if len(coded.dictionary) * 2 <= text.len():  # each distinct text once
            each = _texts(pl.Series(coded.dictionary, dtype=pl.String), clock, zone)
            where = pl.Series(coded.indices)
            vague = each.ambiguous if each.ambiguous.len() else pl.Series([False] * each.at.len())
            return replace(each, at=each.at.gather(where), ambiguous=vague.gather(where).fill_null(False))
    return _texts(text, clock, zone)


def _texts(text: pl.Series, clock: Clock, zone: tzinfo) -> Instants:
    local = _fast(text)
    rest = text.filter(local.is_null() & text.is_not_null()).unique()
    at = to_utc(local, zone)
    ambiguous = local.is_not_null() & at.is_null()
    if rest.len() == 0:
        return Instants(at, "instant", ambiguous=ambiguous)
    read = _slow(rest.to_list(), clock, zone)
    table = pl.DataFrame(
        {"text": rest, "slow": [r[0] for r in read], "vague": [r[2] for r in read]},
        schema={"text": pl.String, "slow": pl.Datetime("us", "UTC"), "vague": pl.Boolean},
    )
    frame = pl.DataFrame({"text": text, "at": at, "vague0": ambiguous})
    joined = frame.join(table, on="text", how="left", maintain_order="left")
    precisions = {r[1] for r in read if r[0] is not None}
    if local.is_not_null().any():
        precisions.add("instant")
    precision = next((p for p in ("instant", "day", "month", "year") if p in precisions), "instant")
    return Instants(
        joined.select(pl.coalesce("at", "slow"))["at"],
        precision,
        any(r[0] is not None and r[3] for r in read),
        joined.select(pl.col("vague0") | pl.col("vague").fill_null(False))["vague0"],
    )


def to_utc(local: pl.Series, zone: tzinfo) -> pl.Series:
    """Local times of a zone as UTC; those that the zone has twice or never are null."""
    if isinstance(zone, ZoneInfo):
        placed = local.dt.replace_time_zone(zone.key, ambiguous="null", non_existent="null")
        return placed.dt.convert_time_zone("UTC")
    offset = zone.utcoffset(None) or timedelta(0)
    return (local - offset).dt.replace_time_zone("UTC")


def _typed(column: pl.Series, zone: tzinfo) -> Instants:
    stamps = column.dt.cast_time_unit("us") if column.dtype.time_unit != "us" else column  # type: ignore[attr-defined]
    number = stamps.to_physical()  # of a damaged file it may be any year
    stamps = pl.DataFrame({"v": stamps, "n": number}).select(
        pl.when(pl.col("n").is_between(_SPAN_US[0], _SPAN_US[1])).then("v")
    )["v"]
    aware = column.dtype.time_zone is not None  # type: ignore[attr-defined]
    at = stamps.dt.convert_time_zone("UTC") if aware else to_utc(stamps, zone)
    return Instants(at, "instant", ambiguous=at.is_null() & column.is_not_null())


def _fast(text: pl.Series) -> pl.Series:
    """Local times of one usual spelling; null where the text is another."""
    sample = text.drop_nulls().head(1).to_list()
    for pattern, form in _FAST:
        if sample and pattern.fullmatch(sample[0]):
            local = text.str.to_datetime(form, strict=False, time_unit="us")
            sane = local.dt.year().is_between(YEARS[0], YEARS[-1])
            return pl.DataFrame({"v": local, "ok": sane}).select(pl.when("ok").then("v"))["v"]
    return pl.Series(text.name, [None] * 0, dtype=pl.Datetime("us")).extend_constant(None, text.len())


Read = tuple[datetime | None, str, bool, bool]  # instant, precision, ambiguous, wrote 24:00


def _slow(texts: Iterable[str], clock: Clock, zone: tzinfo) -> list[Read]:
    texts = list(texts)
    day_first = clock.day_first if clock.day_first is not None else _day_first(texts)
    return [_one(t, day_first, clock.date_1904, zone) for t in texts]


def _day_first(texts: list[str]) -> bool | None:
    """Whether ``07/03/2025`` is 7 March, by dates that can only be read one way; None if nothing tells."""
    pairs = [
        (int(f.group(1)), int(f.group(2))) for t in texts if (f := re.match(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}", t))
    ]
    if any(a > 12 for a, _ in pairs):
        return True
    return False if any(b > 12 for _, b in pairs) else None


def plain_time(text: str) -> str:
    """A time text in half-width, lower case, Chinese words replaced by marks."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    for word, mark in _WORDS:
        plain = plain.replace(word, mark)
    plain = re.sub(r"-(?=\s|$)", "", re.sub(r"\s*([-:/])\s*(?=\d)", r"\1", plain.strip()))
    return re.sub(r"\s+", " ", plain).strip().rstrip(":")


def _one(text: str, day_first: bool | None, date_1904: bool, zone: tzinfo) -> Read:
    nothing: Read = (None, "instant", False, False)
    if len(text) > 64:
        return nothing
    plain = plain_time(text)
    if plain.endswith(".0") and plain[:-2].isdigit():
        plain = plain[:-2]
    found = _TIME.fullmatch(plain)
    if found is None:
        return _numeric(plain, date_1904, zone) if _NUMBER.fullmatch(plain) else nothing
    g = found.groupdict()
    try:
        return _assemble(g, day_first, zone)
    except (ValueError, OverflowError):
        return nothing


def _assemble(g: dict[str, str | None], day_first: bool | None, zone: tzinfo) -> Read:
    precision = "instant"
    if g["y2"]:
        a, b = int(g["a"] or 0), int(g["b"] or 0)
        if day_first is None and a != b:
            raise ValueError("day or month first")
        year, month, day = int(g["y2"]), (b if day_first else a), (a if day_first else b)
        precision = "day"
    elif g["cy"]:
        year, month, day = int(g["cy"]), int(g["cm"] or 1), int(g["cd"] or 1)
        precision = "day" if g["cd"] else "month"
    else:
        year, month, day = int(g["y"] or 0), int(g["m"] or 1), int(g["d"] or 1)
        precision = "day" if g["d"] else "month" if g["m"] else "year"
    if year not in YEARS:
        raise ValueError("year")
    hour = g["H"] or g["ch"]
    local = datetime(year, month, day)
    if hour is None:
        at, vague = _place(local, zone)
        return at, precision, vague, False
    if precision not in ("day",):
        raise ValueError("a clock needs a day")
    h, m, s = int(hour), int(g["M"] or g["cmin"] or 0), int(g["S"] or g["cs"] or 0)
    half = g["pm"] or g["pm2"]
    if half and h <= 12:
        h = h % 12 + (12 if half == "pm" else 0)
    if h > 24 or m > 59 or s > 59 or (h == 24 and (m or s)):
        raise ValueError("clock")
    local += timedelta(hours=h, minutes=m, seconds=s, microseconds=int(float(g["f"] or 0) * 1e6))
    if g["z"]:
        zone = _offset(g["z"])
    at, vague = _place(local, zone)
    return at, "instant", vague, h == 24


def _numeric(plain: str, date_1904: bool, zone: tzinfo) -> Read:
    """Excel's serial days, and seconds or milliseconds since 1970."""
    number = float(plain)
    if 20_000 <= number < 110_000:
        local = (_EPOCH_1904 if date_1904 else _EPOCH_1900) + timedelta(days=number)
        # a serial day is a float; the second that was meant is the nearest one
        local = (local + timedelta(milliseconds=500)).replace(microsecond=0)
        at, vague = _place(local, zone)
        return at, "instant" if "." in plain and number % 1 else "day", vague, False
    if 6e8 <= number < 4.2e9:
        return datetime.fromtimestamp(int(number), UTC), "instant", False, False
    if 6e11 <= number < 4.2e12:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(number)), "instant", False, False
    return None, "instant", False, False


def _place(local: datetime, zone: tzinfo) -> tuple[datetime | None, bool]:
    """A local time in UTC; (None, True) if the zone has it twice or never."""
    first = local.replace(tzinfo=zone).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return (first, False) if first == second else (None, True)


@lru_cache(maxsize=64)
def _offset(text: str) -> tzinfo:
    return UTC if text in ("z", "utc", "gmt") else zone_of(text.upper())
