"""The database of a workspace: opened, brought to the newest layout, with what SQLite needs to be safe."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, select, text

from lingtan.adapters.relational import alarm_tables as _alarm_tables  # noqa: F401  tables of their own in the same database
from lingtan.adapters.relational.tables import audit, audit_head, metadata
from lingtan.base.errors import SourceError

LAYOUT = 2
FILE = "portal.sqlite"  # in the workspace's own folder
GENESIS = "0" * 64  # what the first line of the audit log follows
# layout -> what brings a database from the one before to it
UPGRADES: dict[int, Callable[[Any], None]] = {}


def _upgrade(number: int) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    def register(step: Callable[[Any], None]) -> Callable[[Any], None]:
        UPGRADES[number] = step
        return step

    return register


@_upgrade(2)
def _passkeys_and_head(connection: Any) -> None:
    """When a passkey was last used, and where the audit log ends."""
    if "used_at" not in {c["name"] for c in inspect(connection).get_columns("passkeys")}:
        kind = "DATETIME" if connection.dialect.name == "sqlite" else "TIMESTAMP"
        connection.execute(text(f"ALTER TABLE passkeys ADD COLUMN used_at {kind}"))
    _mark_head(connection)


def _mark_head(connection: Any) -> None:
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc())).first()
    seq, hash_ = (last.seq, last.hash) if last else (0, GENESIS)
    connection.execute(audit_head.insert().values(id=1, seq=seq, hash=hash_))


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
            if url.startswith("sqlite"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # two that open an older database do not both upgrade it
            fresh = not inspect(connection).has_table("layout")
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE IF NOT EXISTS layout (number INTEGER NOT NULL)"))
            if fresh:
                connection.execute(text("INSERT INTO layout VALUES (:n)"), {"n": LAYOUT})
                _mark_head(connection)
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
    path = folder / FILE
    with contextlib.suppress(FileExistsError, OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # it holds secrets: its owner's alone
    return f"sqlite:///{path}"


def _sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
