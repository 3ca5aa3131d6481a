"""DuckDB in process, through Ibis."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import ibis
import pyarrow as pa


class DuckDBEngine:
    """The embedded default."""

    name = "duckdb"

    def __init__(self, threads: int | None = None) -> None:
        self._connection = ibis.duckdb.connect()
        if threads:
            self._connection.raw_sql(f"SET threads = {threads}")
        self._connection.raw_sql("SET preserve_insertion_order = false")
        self._numbers = count()

    def table(self, data: pa.Table) -> Any:
        """A temporary table."""
        # not by ibis's create_table: with an Arrow table it sends DuckDB 2 an empty DROP VIEW
        name = f"small_{next(self._numbers)}"
        connection = self._connection.con
        connection.register(f"{name}_arrow", data)
        connection.execute(f"CREATE TEMP TABLE {name} AS FROM {name}_arrow")
        connection.unregister(f"{name}_arrow")
        return self._connection.table(name)

    def parquet(self, paths: Sequence[str]) -> Any:
        """Parquet files, read lazily."""
        return self._connection.read_parquet(list(paths), table_name=f"files_{next(self._numbers)}")

    def delta(self, path: str) -> Any:
        """The files of a Delta table's newest version; its own readers are slower (measured)."""
        from deltalake import DeltaTable

        return self.parquet(DeltaTable(path).file_uris())

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression."""
        return expression.to_pyarrow()

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()
