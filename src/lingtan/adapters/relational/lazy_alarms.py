"""The book of alarms before it is opened: knows whether there is a database, and opens it when anything else is asked."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lingtan.adapters.relational.alarms import RelationalAlarms


class LazyAlarms:
    """Stands for a :class:`~lingtan.adapters.relational.alarms.RelationalAlarms`; SQLAlchemy is imported when it is needed."""

    def __init__(self, url: Callable[[], str], file: Path | None) -> None:
        self._url, self._file = url, file
        self._made: RelationalAlarms | None = None

    def fresh(self) -> bool:
        """Whether there is no database yet."""
        return self._made is None and self._file is not None and not self._file.exists()

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            from lingtan.adapters.relational.alarms import RelationalAlarms
            from lingtan.adapters.relational.engine import open_database

            self._made = RelationalAlarms(open_database(self._url()))
        return getattr(self._made, name)
