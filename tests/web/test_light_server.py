"""The server starts quickly and stays small: what is heavy is loaded by child processes, or when a page first needs it."""

import subprocess
import sys

HEAVY = (
    "pandas",
    "polars",
    "scipy",
    "duckdb",
    "pvlib",
    "lightgbm",
    "highspy",
    "ibis",
    "deltalake",
    "sklearn",
    "docx",
    "typst",
)
TELL = """
import sys
import lingtan.apps.web.serve, lingtan.apps.web.app
print(*[m for m in sys.argv[1:] if m in sys.modules])
"""


def test_the_server_loads_nothing_heavy_when_it_starts() -> None:
    done = subprocess.run([sys.executable, "-c", TELL, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
