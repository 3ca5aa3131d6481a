"""No tracked file names the host of a package registry or a place on somebody's machine.

Prints ``file:line: what`` for each find; exit code 1 if there is one.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# in pieces, so that this file does not find itself
HOSTS = [
    "pypi" + r"\.org",
    "python" + r"hosted\.(org|com)",
    "npmjs" + r"\.(org|com)",
    "npmmir" + "ror",
    "crates" + r"\.io",
    r"proxy\.go" + r"lang\.org",
    "anaconda" + r"\.org",
    r"mirrors?\.[a-z.]*(tuna|aliyun|tencent|ustc|huawei)",
]
OPTIONS = ["--(extra-)?index" + "-url", "--find" + "-links", "--trusted" + "-host"]
PLACES = r"(?<![\w.:/-])/(work|root|home|Users|tmp|opt|mnt)/" + r"[\w.-]|[A-Z]:\\Users\\"
RULES = [
    ("a registry's host", re.compile("|".join(HOSTS), re.IGNORECASE)),
    ("an index option", re.compile("|".join(OPTIONS))),
    ("a machine's path", re.compile(PLACES)),
]


def tracked() -> list[Path]:
    """The files that git would publish: tracked, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in sorted({ROOT / name for name in names}) if path.is_file()]


def finds(text: str) -> list[tuple[int, str]]:
    """Line numbers and what is wrong in them."""
    return [
        (number, what)
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in RULES
        if pattern.search(line)
    ]


def main() -> int:
    """Look through every file that is text."""
    files = tracked()
    if not files:
        print("no tracked file: is this a git checkout?", file=sys.stderr)
        return 1
    bad = 0
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, what in finds(text):
            print(f"{path.relative_to(ROOT)}:{number}: {what}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
