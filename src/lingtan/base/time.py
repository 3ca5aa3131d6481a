"""Periods and local time. Inside, time is UTC; the park's zone is used only where a day or a month is meant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lingtan.base.errors import InputError

DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, order=True)
class Period:
    """A calendar year, month or day in a zone: ``[start, end)`` in UTC, with the label it was asked by."""

    label: str
    start: datetime
    end: datetime
    zone: str = DEFAULT_ZONE

    @classmethod
    def parse(cls, label: str, zone: str = DEFAULT_ZONE) -> "Period":
        """``2025``, ``2025-03`` or ``2025-03-07`` in ``zone``.

        Raises
        ------
        InputError
            If the label is none of these.
        """
        found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", label.strip())
        if found is None:
            raise InputError("time.bad-period", period=label)
        month, day = (int(g) if g else None for g in found.groups()[1:])
        tz = ZoneInfo(zone)
        try:
            # a month or day that is written as 0 is wrong; one that is not written is the first
            start = datetime(int(found.group(1)), 1 if month is None else month, 1 if day is None else day, tzinfo=tz)
            if day is not None:
                end = datetime.combine(start.date() + timedelta(days=1), start.time(), tzinfo=tz)
            elif month is not None:
                end = datetime(start.year + month // 12, month % 12 + 1, 1, tzinfo=tz)
            else:
                end = datetime(start.year + 1, 1, 1, tzinfo=tz)
            first, last = start.astimezone(UTC), end.astimezone(UTC)
        except (ValueError, OverflowError):
            raise InputError("time.bad-period", period=label) from None
        clean = "-".join([f"{start.year:04d}", *([f"{month:02d}"] if month else []), *([f"{day:02d}"] if day else [])])
        return cls(clean, first, last, zone)

    @property
    def year(self) -> int:
        """The calendar year in the zone."""
        return int(self.label[:4])

    @property
    def hours(self) -> int:
        """Whole hours in the period. [h]"""
        return int((self.end - self.start).total_seconds() // 3600)

    def months(self) -> list["Period"]:
        """The months that the period touches, each whole."""
        first = self.start.astimezone(ZoneInfo(self.zone))
        last = (self.end - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone))
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        return [
            Period.parse(
                f"{first.year + (first.month - 1 + i) // 12:04d}-{(first.month - 1 + i) % 12 + 1:02d}",
                self.zone,
            )
            for i in range(count)
        ]

    def contains(self, at: datetime) -> bool:
        """Whether the instant lies in ``[start, end)``."""
        return self.start <= at < self.end


def parse_instant(text: str, zone: str = DEFAULT_ZONE) -> datetime:
    """An ISO instant as UTC; without an offset it is local time of ``zone``; a bare date is its midnight."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError("time.bad-instant", instant=text) from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)


def iso(at: datetime) -> str:
    """An instant as ISO text in UTC, ending in Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
