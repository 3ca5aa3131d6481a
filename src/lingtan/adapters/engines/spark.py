"""Any Spark Connect server, through Ibis: Apache Spark 4 on a cluster, Sail in tests and on small ones.

The server reads the files of the workspace itself, so it must see them under the same path (a shared disk).
"""

import socket
import warnings
from collections.abc import Sequence
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from lingtan.base.errors import InputError, SourceError

INSTALL = "pip install 'lingtan[cluster]'"
UTC_TIME = pa.timestamp("us", tz="UTC")
PORT = 15002  # Spark Connect's own
PATIENCE_S = 10.0
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a wrong number
}


class SparkEngine:
    """An engine elsewhere; ``address`` is ``spark://host:port`` or ``sc://host:port/;token=…``."""

    name = "spark"

    def __init__(self, address: str) -> None:
        try:
            import ibis
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise InputError("engine.not-installed", name="spark", install=INSTALL) from error
        remote = "sc://" + address.split("://", 1)[-1]
        try:
            _knock(remote)
            self._session: Any = SparkSession.builder.remote(remote).create()
            for name, value in SETTINGS.items():
                self._session.conf.set(name, value)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="'verifySchema' is ignored")
                self._backend: Any = ibis.pyspark.connect(self._session)
        except Exception as error:  # grpc's and Spark's errors have no common root
            raise SourceError("engine.no-answer", address=_shown(address), detail=_first_line(error)) from error
        self._numbers = count()

    def table(self, data: pa.Table) -> Any:
        """A small table, sent along with the expressions that use it."""
        return self._named(self._session.createDataFrame(data))

    def parquet(self, paths: Sequence[str]) -> Any:
        """Parquet files, read lazily by the server."""
        return self._named(self._session.read.parquet(*paths))

    def delta(self, path: str) -> Any:
        """A Delta table's newest version, read lazily by the server."""
        return self._named(self._session.read.format("delta").load(path))

    def collect(self, expression: Any) -> pa.Table:
        """Run an expression; the answer never goes through pandas, where integers beside a gap lose digits."""
        text = str(self._backend.compile(expression))
        found: pa.Table = self._session.sql(text).toArrow()
        fields = [
            pa.field(
                f.name, UTC_TIME if pa.types.is_timestamp(f.type) else f.type
            )  # ibis knows Spark's instants as naive
            for f in expression.as_table().schema().to_pyarrow()
        ]
        return found.cast(pa.schema(fields))

    def close(self) -> None:
        """End the session; the server stays."""
        self._session.stop()

    def _named(self, frame: Any) -> Any:
        name = f"lingtan_{id(self)}_{next(self._numbers)}"
        frame.createOrReplaceTempView(name)
        return self._backend.table(name)


def _knock(remote: str) -> None:
    """Refuse at once where nobody listens; Spark's client alone would try for ten minutes."""
    found = urlsplit(remote)
    with socket.create_connection((found.hostname or "", found.port or PORT), timeout=PATIENCE_S):
        pass


def _shown(address: str) -> str:
    return address.split("/;")[0]  # what follows may be a secret


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
