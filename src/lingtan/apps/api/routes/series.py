"""The course of channels, as charts draw it: mean, least and greatest by stretch; hours as a calendar; several side by side."""

import math
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, rows, table
from lingtan.apps.api.routes.readings import Instant, thing_of_channel
from lingtan.apps.api.shapes import Time
from lingtan.apps.web.need import Need, Room, SignedIn, check_thing
from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.base.time import iso, parse_instant
from lingtan.park.model import channels, owner
from lingtan.services.access.policy import Action, Kind, Thing

room = Room()
CHANNEL = Need(Kind.READING, thing=thing_of_channel(Kind.READING))
AsOf = Annotated[int | None, Query(ge=0, le=2**53, description="Only what was known at this revision.")]
Points = Annotated[
    int, Query(ge=1, le=40_000, description="At most about so many stretches, each of whole quarters of an hour.")
]
MOST_CHANNELS = 20


class StretchRow(Shape):
    """The rate in a stretch; null where nothing is known."""

    start: Time
    mean: float | None
    least: float | None
    greatest: float | None


class HourRow(Shape):
    """The mean rate of an hour."""

    start: Time
    mean: float | None


class WideRow(Shape):
    """A stretch with the mean rate of each channel, under its name."""

    model_config = {"extra": "allow"}

    start: Time


@room.declared(
    "GET", "/channels/{channel}/series", CHANNEL, tags=["readings"], responses=table(StretchRow, channel=str, unit=str, step_s=int),
    response_model=None,
)  # fmt: skip
def series(
    request: Request,
    channel: str,
    start: Instant,
    end: Instant,
    points: Points = 1200,
    as_of: AsOf = None,
    limit: Limit = 10_000,
    after: After = 0,
) -> Response:
    """The rate of a channel in `[start, end)` as fine as `points` allow: kW for energy in kWh, else the unit an hour."""
    from lingtan.services.show_series import show_series

    begin, finish = span(request, start, end)
    made = show_series(request.app.state.portal.space(), channel, begin, finish, points=points, as_of=as_of)
    found = [
        {"start": at, "mean": plain(m), "least": plain(low), "greatest": plain(high)}
        for at, m, low, high in zip(
            times(made.start, made.step_s, made.mean.size), made.mean, made.least, made.greatest, strict=True
        )
    ]
    return rows(request, found, limit=limit, after=after, channel=channel, unit=made.unit, step_s=made.step_s)


@room.declared(
    "GET", "/channels/{channel}/hours", CHANNEL, tags=["readings"], responses=table(HourRow, channel=str, unit=str), response_model=None
)  # fmt: skip
def hours(
    request: Request,
    channel: str,
    start: Instant,
    end: Instant,
    as_of: AsOf = None,
    limit: Limit = 10_000,
    after: After = 0,
) -> Response:
    """The mean rate of each hour in `[start, end)`, at most twelve years: the heat map."""
    from lingtan.base.time import Period
    from lingtan.services.show_series import show_hours

    begin, finish = span(request, start, end)
    made = show_hours(request.app.state.portal.space(), channel, Period("", begin, finish), as_of=as_of)
    found = [
        {"start": at, "mean": plain(m)}
        for at, m in zip(times(made.start, 3600, made.mean.size), made.mean, strict=True)
    ]
    return rows(request, found, limit=limit, after=after, channel=channel, unit=made.unit)


@room.declared(
    "GET", "/series", SignedIn("each channel's owner is checked"), tags=["readings"],
    responses=table(WideRow, units=dict[str, str], step_s=int), response_model=None,
)  # fmt: skip
def several(
    request: Request,
    channel: Annotated[
        list[str], Query(min_length=1, max_length=MOST_CHANNELS, description="Repeated for several channels.")
    ],
    start: Instant,
    end: Instant,
    points: Points = 1200,
    as_of: AsOf = None,
    limit: Limit = 10_000,
    after: After = 0,
) -> Response:
    """The mean rates of several channels side by side, a column each."""
    from lingtan.services.show_series import show_series

    space = request.app.state.portal.space()
    known = channels(space.park)
    named = list(dict.fromkeys(channel))
    for name in named:
        held = known.get(name)
        check_thing(request, Action.READ, Thing(Kind.READING, enterprise=owner(space.park, *held) if held else None))
        if held is None:
            raise InputError("portal.unknown-channel", channel=name[:60], nearest=nearest(name[:60], known) or "–")
    begin, finish = span(request, start, end)
    made = [show_series(space, name, begin, finish, points=points, as_of=as_of) for name in named]
    first = made[0]
    found: list[dict[str, Any]] = [{"start": at} for at in times(first.start, first.step_s, first.mean.size)]
    for one in made:
        for row, value in zip(found, one.mean, strict=True):
            row[one.channel] = plain(value)
    units = {one.channel: one.unit for one in made}
    return rows(request, found, limit=limit, after=after, columns=["start", *named], units=units, step_s=first.step_s)


def span(request: Request, start: str, end: str) -> tuple[datetime, datetime]:
    """Two instants in the park's zone, the first on a quarter of an hour."""
    zone = request.app.state.portal.space().park.park.timezone
    begin, finish = parse_instant(start, zone), parse_instant(end, zone)
    try:
        whole = datetime.fromtimestamp(int(begin.timestamp()) // 900 * 900, ZoneInfo(zone))
        return whole, finish.astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError, OSError):
        raise InputError("api.no-span") from None


def times(start: datetime, step_s: int, count: int) -> list[str]:
    """The begin of each stretch, in UTC."""
    first = int(start.timestamp())
    zero = datetime.fromtimestamp(0, ZoneInfo("UTC"))
    return [iso(zero + timedelta(seconds=first + i * step_s)) for i in range(count)]


def plain(value: float) -> float | None:
    """A number, or nothing."""
    return None if math.isnan(value) else round(float(value), 3)
