"""The longest files and functions, to look at: a list, not a limit.

Example: ``make rooms`` or ``python checks/rooms.py 20``.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONG_FILE = 400


def files() -> list[tuple[int, Path]]:
    """Lines and path of every source and test file, the longest first."""
    found = [p for folder in ("src", "tests", "checks", "benchmarks") for p in (ROOT / folder).rglob("*.py")]
    return sorted(((len(p.read_text(encoding="utf-8").splitlines()), p) for p in found), reverse=True)


def functions(path: Path) -> list[tuple[int, str]]:
    """Lines and place of each function of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def main() -> int:
    """Print both lists; a source file over 400 lines is marked."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    every = files()
    print("longest files")
    for lines, path in every[:count]:
        mark = "  over 400: two subjects?" if lines > LONG_FILE and "src" in path.parts else ""
        print(f"{lines:6}  {path.relative_to(ROOT)}{mark}")
    print("longest functions")
    longest = sorted((f for _, path in every if "src" in path.parts for f in functions(path)), reverse=True)
    for lines, place in longest[:count]:
        print(f"{lines:6}  {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
