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
def server() -> Iterator[str]:
    """The address of a Sail server of our own."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing and not REQUIRED:
        pytest.skip(f"no {', '.join(missing)}: pip install 'lingtan[cluster]'")
    os.environ.setdefault("RUST_LOG", "error")
    from pysail.spark import SparkConnectServer

    sail = SparkConnectServer("127.0.0.1", 0)
    sail.start(background=True)
    _, port = sail.listening_address
    yield f"spark://127.0.0.1:{port}"
    sail.stop()


@pytest.fixture(scope="session")
def sail(server: str) -> Iterator[Any]:
    """An Ibis PySpark backend connected to that server."""
    import ibis
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(server.replace("spark://", "sc://")).create()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    backend = ibis.pyspark.connect(session)
    yield backend
    backend.disconnect()


@pytest.fixture(scope="session")
def as_arrow(sail: Any) -> Callable[[Any], pa.Table]:
    """Runs an expression on the engine and reads the answer as Arrow.

    ``backend.to_pyarrow`` goes through pandas, where an int64 column with a missing value becomes float64 and loses digits.
    """

    def run(expression: Any) -> pa.Table:
        table: pa.Table = sail._session.sql(str(sail.compile(expression))).toArrow()
        return table

    return run
