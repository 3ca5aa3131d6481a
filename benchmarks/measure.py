"""Measuring, and saying what was measured on what."""

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version

PACKAGES = ("numpy", "pyarrow", "duckdb", "ibis-framework", "deltalake", "polars", "highspy")


@dataclass
class Watch:
    """Seconds of wall clock and of processor, the latter over all threads."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def watch() -> Iterator[Watch]:
    """Time a block."""
    found = Watch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu


@dataclass(frozen=True)
class Figure:
    """What was measured. ``asked`` is a bound: at least it if ``least``, else at most; None where none is asked."""

    name: str
    value: float
    unit: str
    asked: float | None = None
    least: bool = False
    note: str = ""

    @property
    def good(self) -> bool:
        """Whether the bound is kept."""
        return self.asked is None or (self.value >= self.asked if self.least else self.value <= self.asked)


def peak_gib() -> float:
    """The most memory that this process ever held. [GiB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def tell(figure: Figure) -> None:
    """Hand a figure to the parent process."""
    sys.stdout.write(json.dumps(asdict(figure)) + "\n")
    sys.stdout.flush()


def machine() -> str:
    """Processor, memory, load and versions."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    versions = ", ".join(f"{p} {version(p)}" for p in PACKAGES)
    return (
        f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}\n"
        f"Python {platform.python_version()}, {versions}\nload over 1, 5, 15 minutes: {load}"
    )


def as_table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| what | asked | measured | |", "|---|---|---|---|"]
    for f in figures:
        asked = "" if f.asked is None else f"{'≥' if f.least else '≤'} {number(f.asked)} {f.unit}"
        mark = "" if f.asked is None else ("ok" if f.good else "**missed**")
        lines.append(f"| {f.name}{f' ({f.note})' if f.note else ''} | {asked} | {number(f.value)} {f.unit} | {mark} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
