"""Ten thousand spoilt park files: each must be read or refused in words, with lines; never a traceback.

Example: ``python checks/fuzz_park.py --count 10000 --seed 7``
"""

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator

from lingtan.base.errors import Problem
from lingtan.park.file import parse_bytes
from lingtan.services.start_park import TEMPLATES, template_text

SLOW_S = 10.0
WORDS = [
    "null", "~", "true", "-1", "1e400", "NaN", ".inf", "0x10", "1_000", "2025-13-40", "9" * 400, "园区", "''", '""', "[]",
    "{}", "[[[[", "*a", "&a b", "!!python/object:os.system x", "<<: *a", "- -", "? x", "|", ">", "%TAG", "---", "...", "：",
    "\t", "\u3000", "\ufeff", "\x07", "\x85", "\ud7ff", "１２３", "a: b: c", "#", "@", "`", "import", "kWh", "grid-import",
    "1 + 1", "a" * 70, "schema: 2", "id: park", "2025-06-03T10:30", "24:00",
]  # fmt: skip


def spoilt(seed: int, count: int) -> Iterator[bytes]:
    """Park files with one to six faults each, the same for the same seed."""
    draw = random.Random(seed)
    texts = [template_text(t) for t in TEMPLATES]
    for _ in range(count):
        lines = draw.choice(texts).split("\n")
        for _ in range(draw.choice([1, 1, 1, 2, 3, 6])):
            lines = draw.choice(SPOIL)(draw, lines) or [""]
        data = "\n".join(lines).encode("utf-8", errors="replace")
        yield draw.choice(BYTES)(draw, data) if draw.random() < 0.15 else data


def _value(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    head, colon, _ = lines[at].partition(": ")
    lines[at] = f"{head}{colon}{draw.choice(WORDS)}"
    return lines


def _character(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    line = lines[at]
    i = draw.randint(0, len(line))
    lines[at] = (
        line[:i] + draw.choice([*":-{}[],&*#?|>'\"%@!`\t ", "：", "\x00", "é", "𠮷"]) + line[i + draw.randint(0, 1) :]
    )
    return lines


def _drop(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    return lines[:at] + lines[at + draw.randint(1, 5) :]


def _repeat(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    return lines[:at] + lines[at : at + draw.randint(1, 9)] * draw.choice([2, 2, 3, 40]) + lines[at:]


def _indent(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    lines[at] = draw.choice(["  ", " ", "\t", "      "]) + lines[at] if draw.random() < 0.5 else lines[at].lstrip()
    return lines


def _swap(draw: random.Random, lines: list[str]) -> list[str]:
    a, b = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def _nest(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    depth = draw.choice([3, 60, 2000])
    lines[at] = lines[at].partition(":")[0] + ": " + "[" * depth + "]" * draw.choice([depth, 0])
    return lines


def _word(draw: random.Random, lines: list[str]) -> list[str]:
    at = draw.randrange(len(lines))
    words = lines[at].split(" ")
    i = draw.randrange(len(words))
    words[i] = draw.choice(WORDS) if draw.random() < 0.5 else words[i][::-1]
    lines[at] = " ".join(words)
    return lines


SPOIL = [_value, _value, _value, _word, _word, _character, _drop, _repeat, _indent, _swap, _nest]


def _cut(draw: random.Random, data: bytes) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _flip(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _gbk(draw: random.Random, data: bytes) -> bytes:
    return data.decode("utf-8").encode("gb18030")


def _utf16(draw: random.Random, data: bytes) -> bytes:
    return data.decode("utf-8").encode("utf-16")


BYTES = [_cut, _flip, _gbk, _utf16]


def outcome(data: bytes) -> tuple[str, list[Problem]]:
    """How a file ended: ``good``, ``warnings``, ``errors`` (a park with faults) or ``refused`` (no park)."""
    park, problems = parse_bytes(data)
    for problem in problems:
        for lang in ("zh", "en"):
            if problem.format(lang).endswith(f"{problem.code} {problem.values}"):
                raise AssertionError(f"no sentence for {problem.code} in {lang}")
        if problem.place.line is None and problem.code not in ("park.too-long", "park.more-problems"):
            raise AssertionError(f"no line: {problem.format()}")
        lines = data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + data.count(b"\xe2\x80") + 2
        if problem.place.line is not None and not 1 <= problem.place.line <= lines:
            raise AssertionError(f"line out of the file: {problem.format()}")
    if park is None:
        if not any(p.severity == "error" for p in problems):
            raise AssertionError("no park and no error")
        return "refused", problems
    if any(p.severity == "error" for p in problems):
        return "errors", problems
    return ("warnings" if problems else "good"), problems


def main() -> int:
    """Exit code 1 if a file ended in a traceback, without a place, or took too long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    bad = 0
    slowest = 0.0
    begin = time.process_time()
    for i, data in enumerate(spoilt(asked.seed, asked.count)):
        start = time.process_time()
        try:
            how, problems = outcome(data)
        except Exception:
            bad += 1
            print(f"file {i} of seed {asked.seed}:", file=sys.stderr)
            traceback.print_exc()
            continue
        took = time.process_time() - start
        slowest = max(slowest, took)
        outcomes[how] += 1
        codes.update({p.code for p in problems})
        if took > SLOW_S:
            bad += 1
            print(f"file {i} of seed {asked.seed} took {took:.1f} s", file=sys.stderr)
    print(
        f"{asked.count} spoilt park files, seed {asked.seed}, {time.process_time() - begin:.0f} CPU s, slowest {slowest:.2f} s"
    )
    for how, number in sorted(outcomes.items()):
        print(f"  {how:<10} {number:6}")
    print(f"  tracebacks {bad:6}")
    print("codes: " + ", ".join(f"{code} {number}" for code, number in codes.most_common()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
