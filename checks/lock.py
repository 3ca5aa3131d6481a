"""requirements.lock: exact versions with their hashes, for every platform, without index addresses.

``python checks/lock.py`` writes it anew with uv; ``--check`` reads it offline and says where it no longer fits
pyproject.toml. The extra ``cluster`` is not in it: it needs an older pandas, so it lives in an environment of its own.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEAD = "# Exact versions and hashes of Lingtan and its checks. Written by checks/lock.py; used by `make locked`.\n"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *;[^\\]*)? *\\?$")
EXTRAS = ("mcp", "sso", "test", "dev")


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for, the own extras resolved."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(r for extra in EXTRAS for r in project["optional-dependencies"][extra])]
    return [found for line in lines if (found := Requirement(line)).name != project["name"]]


def pins(text: str) -> dict[str, list[tuple[Version, int]]]:
    """Each locked name with its versions (by platform) and their number of hashes."""
    found: dict[str, list[tuple[Version, int]]] = {}
    for entry in re.split(r"(?<!\\)\n", text):
        first, *rest = entry.splitlines() or [""]
        if match := PIN.match(first):
            hashes = sum("--hash=sha256:" in line for line in rest)
            found.setdefault(canonicalize_name(match[1]), []).append((Version(match[2]), hashes))
    return found


def problems() -> list[str]:
    """A line for each thing in which the lock does not fit."""
    if not LOCK.is_file():
        return [f"{LOCK.name} is missing: make lock"]
    text = LOCK.read_text(encoding="utf-8")
    locked = pins(text)
    found = [f"{LOCK.name}: {name} has no hash" for name, versions in locked.items() if not all(n for _, n in versions)]
    found += [f"{LOCK.name}: an address in '{line}'" for line in text.splitlines() if "://" in line or "@ " in line]
    for need in wanted():
        versions = locked.get(canonicalize_name(need.name), [])
        if not any(need.specifier.contains(version, prereleases=True) for version, _ in versions):
            found.append(f"{LOCK.name}: nothing fits '{need}': make lock")
    return found


def write() -> int:
    """Resolve anew with uv, as a user of pip would get it today."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        print("this needs uv: pip install uv", file=sys.stderr)
        return 2
    command = [uv, "pip", "compile", "pyproject.toml", *(f"--extra={extra}" for extra in EXTRAS), "--universal"]
    command += ["--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    done = subprocess.run([*command, "--quiet", "--upgrade"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    LOCK.write_text(HEAD + done.stdout, encoding="utf-8")
    return 0


def main() -> int:
    """Write, or with ``--check`` compare."""
    if "--check" not in sys.argv[1:]:
        return write()
    found = problems()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
