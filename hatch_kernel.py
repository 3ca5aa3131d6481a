"""Compiles the optimiser's inner loops when the package is built, so that nobody waits for a compiler at run time.

The machine's ``cc`` is used, else the one of the PyPI package ``ziglang``. Without either the package works, slower.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = "src/lingtan/optimize/chain"
SOURCES = ("kernel.c", "factor.c")  # the second includes the first
LIBRARY = "_kernel.bin"
# no contraction, no reordering: the same digits on every machine
FLAGS = ["-O3", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC"]
TIMEOUT_S = 300


def dependencies() -> list[str]:
    """What the build needs beside hatchling."""
    return [] if _compiler() else ["ziglang>=0.13"]


def make(root: str) -> str | None:
    """Path of the library below ``root``, or None if it cannot be made."""
    folder = Path(root, FOLDER)
    if not folder.is_dir():
        return None
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in SOURCES)).hexdigest()[:16]
    library = folder / LIBRARY
    if library.is_file() and digest.encode() in library.read_bytes():
        return f"{FOLDER}/{LIBRARY}"
    fresh = library.with_suffix(f".{os.getpid()}")
    command = [*(_compiler() or [sys.executable, "-m", "ziglang", "cc"]), *FLAGS, f'-DMADE_FROM="{digest}"']
    try:
        subprocess.run([*command, SOURCES[-1], "-o", fresh.name, "-lm"], cwd=folder, check=True, timeout=TIMEOUT_S)
        fresh.replace(library)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"the optimiser's kernel was not compiled ({error}); plans will be slower", file=sys.stderr)
        fresh.unlink(missing_ok=True)
        library.unlink(missing_ok=True)
        return None
    return f"{FOLDER}/{LIBRARY}"


def _compiler() -> list[str] | None:
    named = os.environ.get("CC") or next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    return named.split() if named else None


if __name__ == "__main__":
    print(make(str(Path(__file__).parent)) or "not made")
