"""How soon a command says something."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Figure, tell
from benchmarks.park_year import Size


def start(folder: Path, size: Size) -> None:
    """``import lingtan`` and ``lingtan --help`` in a new process, files warm, the middle of seven."""
    lines = {"import lingtan": ["-c", "import lingtan"], "lingtan --help": ["-m", "lingtan", "--help"]}
    for name, line in lines.items():
        runs, cpu = [], []
        for _ in range(8):
            before, begin = os.times(), time.perf_counter()
            subprocess.run([sys.executable, *line], check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            runs.append(time.perf_counter() - begin)
            cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
        spent = statistics.median(cpu[1:])
        tell(Figure(name, statistics.median(runs[1:]), "s", 0.5, note=f"{spent:.2f} CPU s"))
