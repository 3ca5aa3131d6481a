"""A Spark Connect engine inside the test process: Sail, from the extra ``cluster``.

Tests marked ``cluster`` take the fixture ``sail``, an Ibis backend. They skip where the extra is not installed, unless
``LINGTAN_REQUIRE_CLUSTER=1`` (CI) turns that into a failure.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

NEEDED = ("pysail", "pyspark")
REQUIRED = os.environ.get("LINGTAN_REQUIRE_CLUSTER") == "1"


@pytest.fixture(scope="session")
def sail() -> Iterator[Any]:
    """An Ibis PySpark backend connected to a Sail server of its own."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing and not REQUIRED:
        pytest.skip(f"no {', '.join(missing)}: pip install 'lingtan[cluster]'")
    os.environ.setdefault("RUST_LOG", "error")
    import ibis
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    backend = ibis.pyspark.connect(session)
    yield backend
    backend.disconnect()
    server.stop()


@pytest.fixture(scope="session")
def as_arrow(sail: Any) -> Callable[[Any], pa.Table]:
    """Runs an expression on the engine and reads the answer as Arrow.

    ``backend.to_pyarrow`` goes through pandas, where an int64 column with a missing value becomes float64 and loses digits.
    """

    def run(expression: Any) -> pa.Table:
        table: pa.Table = sail._session.sql(str(sail.compile(expression))).toArrow()
        return table

    return run
