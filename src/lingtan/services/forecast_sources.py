"""What forecasts ask of the outside world beside readings."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lingtan.forecast.history import History
    from lingtan.forecast.outlook import Archive
    from lingtan.forecast.shifts import Shifts


class ForecastSources(Protocol):
    """Weather forecasts with the moment they were issued, and spot prices with the moment they were known."""

    def weather(self, start: datetime, end: datetime) -> "Archive | None":
        """Forecasts for instants of ``[start, end)``, every issue of them that there is; None without a source.

        Raises
        ------
        InputError
            ``forecast.bad-table`` with the place of what cannot be read.
        SourceError
            ``forecast.weather-unreachable``.
        """
        ...

    def prices(self, start: datetime, end: datetime, step_s: int) -> "History | None":
        """The spot price as a series ``price``; None without a source. [CNY/kWh]"""
        ...

    def shifts(self) -> "Shifts | None":
        """What enterprises said of their production, with when they said it; None where nothing was said.

        Raises
        ------
        InputError
            ``forecast.bad-table`` with every problem and its place.
        """
        ...

    def state(self) -> str:
        """What stands for the content of the sources, for the names of kept models."""
        ...


class NoSources:
    """Neither weather forecasts nor prices nor plans of production."""

    def weather(self, start: datetime, end: datetime) -> "Archive | None":
        return None

    def prices(self, start: datetime, end: datetime, step_s: int) -> "History | None":
        return None

    def shifts(self) -> "Shifts | None":
        return None

    def state(self) -> str:
        return "none"
