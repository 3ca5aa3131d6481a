"""What commands on forecasts share: times, horizons and names of models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from lingtan.services.workspace import Workspace


def model_name(name: str, lang: str) -> str:
    """A model or rule in words."""
    from lingtan.base.text import say

    return say(f"forecast-model.{name}", lang)


def instant(space: "Workspace", text: str) -> "datetime | None":
    """A time of the park's zone; None for none."""
    from lingtan.base.time import parse_instant

    return parse_instant(text, space.park.park.timezone) if text else None


def revision(space: "Workspace", text: str) -> int | None:
    """A revision by its number or by a time; None for the newest."""
    from lingtan.apps.cli.account_options import parse_as_of

    found = parse_as_of(text, space.park.park.timezone)
    return found if found is None or isinstance(found, int) else space.store.rev_at(found)


def hours_of(text: str) -> float:
    """``48h`` or ``7d`` in hours."""
    from lingtan.base.errors import InputError

    number, unit = text.strip()[:-1], text.strip()[-1:]
    try:
        return float(number) * {"h": 1, "d": 24}[unit]
    except (ValueError, KeyError):
        raise InputError("forecast.bad-horizon", hours=text, most=168) from None


def utc(moment: int) -> "datetime":
    """Seconds since 1970 as an instant."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC)


def local(space: "Workspace", at: "datetime") -> str:
    """An instant in the park's zone."""
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(space.park.park.timezone)):%Y-%m-%d %H:%M}"
