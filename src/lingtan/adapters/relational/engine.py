"""The database of a workspace: opened, brought to the newest layout, with what SQLite needs to be safe."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text

from lingtan.adapters.relational.tables import metadata
from lingtan.base.errors import SourceError

LAYOUT = 1
# layout -> what brings a database from the one before to it
UPGRADES: dict[int, Callable[[Any], None]] = {}


def open_database(url: str) -> Engine:
    """Connect and bring the layout up to date.

    Raises
    ------
    SourceError
        ``relational.newer`` for a database that a newer Lingtan made; ``relational.no-answer``.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if url.startswith("sqlite"):
        event.listen(engine, "connect", _sqlite)
    try:
        with engine.begin() as connection:
            fresh = not inspect(connection).has_table("layout")
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE IF NOT EXISTS layout (number INTEGER NOT NULL)"))
            if fresh:
                connection.execute(text("INSERT INTO layout VALUES (:n)"), {"n": LAYOUT})
            number = int(connection.execute(text("SELECT number FROM layout")).scalar_one())
            if number > LAYOUT:
                raise SourceError("relational.newer", number=number, known=LAYOUT)
            for step in range(number + 1, LAYOUT + 1):
                UPGRADES[step](connection)
                connection.execute(text("UPDATE layout SET number = :n"), {"n": step})
    except OSError as error:
        raise SourceError("relational.no-answer", url=url, detail=str(error)) from error
    return engine


def workspace_url(folder: Path) -> str:
    """The embedded database of a workspace."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'portal.sqlite'}"


def _sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
