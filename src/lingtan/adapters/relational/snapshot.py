"""A copy of the embedded database as it stands at one moment, while others go on writing."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from lingtan.adapters.relational.engine import FILE

# what belongs to the running portal: whoever restores signs in again
LEFT_OUT = ("sessions", "pending")


def snapshot(folder: Path) -> bytes | None:
    """The bytes of a consistent copy of ``portal.sqlite`` without sessions; None where there is none."""
    path = folder / FILE
    if not path.is_file():
        return None
    with tempfile.TemporaryDirectory() as waiting:
        copy = Path(waiting) / FILE
        with closing(sqlite3.connect(path, timeout=30)) as live, closing(sqlite3.connect(copy)) as made:
            live.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")
            there = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in LEFT_OUT:
                if table in there:
                    made.execute(f"DELETE FROM {table}")
            made.commit()
            made.execute("VACUUM")  # else what was deleted still stands in free pages
        return copy.read_bytes()
