"""The engine that a word names: ``duckdb``, ``duckdb:4`` (threads), or the address of a Spark Connect server."""

from lingtan.base.errors import InputError
from lingtan.services.ports import Engine


def engine_of(word: str) -> Engine:
    """The engine, connected.

    Raises
    ------
    InputError
        ``engine.unknown``; ``engine.not-installed`` with the line that installs it.
    SourceError
        ``engine.no-answer``.
    """
    kind, _, rest = word.partition(":")
    if kind in ("spark", "sc") and rest.startswith("//") and len(rest) > 2:
        from lingtan.adapters.engines.spark import SparkEngine

        return SparkEngine(word)
    if kind == "duckdb" and (rest == "" or (rest.isdecimal() and int(rest))):
        from lingtan.adapters.engines.duckdb import DuckDBEngine

        return DuckDBEngine(threads=int(rest) if rest else None)
    raise InputError("engine.unknown", word=word)
