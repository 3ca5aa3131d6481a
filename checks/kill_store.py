"""Kill the process that writes the store, again and again, at random moments, and look whether anything is wrong.

A child commits batches and seals now and then; it says each acknowledgement aloud. The parent kills it (SIGKILL) after a
random time, opens the store, and holds it against what was said: every acknowledged batch must be there, whole and once.

Example: ``python checks/kill_store.py --kills 1000`` (about 20 minutes). Exit code 1 if anything was lost, torn or doubled.
"""

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from lingtan.adapters.store import FolderStore
from lingtan.metering.readings import SCHEMA

ROWS = 400
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
LONGEST_S = 0.4  # between the child's first word and its death


def batch(number: int) -> pa.Table:
    """Batch ``number``: each batch is a channel of its own, over two months; every third also corrects the first batch."""
    hours = np.arange(ROWS) + number % 1000
    channel = np.full(ROWS, (number * 2654435761 % 2**31) << 32)
    value = hours * 7 + number
    if number % 3 == 0:
        channel[-5:], hours[-5:], value[-5:] = 7, np.arange(5), number
    start = (int(FIRST.timestamp()) + hours * 3600) * 1_000_000
    columns = [channel, start, np.full(ROWS, 3600, np.int32), value, np.zeros(ROWS, np.int8), np.zeros(ROWS, np.int8)]
    arrays = [pa.array(c).cast(f.type) for c, f in zip(columns, SCHEMA, strict=False)]
    return pa.Table.from_arrays([*arrays, pa.nulls(ROWS, SCHEMA.field("available_at").type)], schema=SCHEMA)


def work(root: Path, number: int, seed: int) -> None:
    """The child: commit and seal for ever, and say so."""
    chance = random.Random(seed)
    store = FolderStore(root)
    importlib.import_module("deltalake")  # else most children die while it, or pandas for the first array, is read
    batch(0)
    print("ready", flush=True)
    while True:
        if chance.random() < 0.15:
            store.seal(before=chance.choice([None, "2025-02"]))
            print("sealed", flush=True)
        receipt = store.commit(batch(number), kind="import", at=FIRST + timedelta(seconds=number), source={"n": number})
        assert receipt.commit.rev > 0
        print(number, flush=True)
        number += 1


def round_of(root: Path, number: int, seed: int) -> tuple[list[str], bool]:
    """One child from start to death: what it said, and whether it died while it was at work."""
    command = [sys.executable, __file__, "--child", str(root), str(number), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, LONGEST_S))
        child.send_signal(signal.SIGKILL)
        said = child.stdout.read().split("\n")[:-1]  # a word cut off was not said
    return said, first == "ready\n" and child.returncode == -signal.SIGKILL


def check(root: Path, acknowledged: int, through: int) -> dict[str, int]:
    """What is wrong with the store, which must hold the batches up to ``acknowledged``, after a kill."""
    store = FolderStore(root)
    commits = store.commits()
    numbers = [int(c.source["n"]) for c in commits]
    table = store.readings(history=True)
    rows = Counter(table["rev"].to_pylist())
    keys = store.readings().select(["channel", "start"])
    return {
        "lost": len(set(range(acknowledged + 1)) - set(numbers)),
        "torn": sum(rows[c.rev] != ROWS for c in commits),
        "doubled": len(numbers) - len(set(numbers)) + keys.num_rows - keys.group_by(["channel", "start"]).aggregate([]).num_rows,
        "unsaid": len([n for n in numbers if n > through]),
    }  # fmt: skip


def campaign(kills: int, seed: int, folder: Path) -> dict[str, int]:
    """``kills`` deaths; a store is begun anew every 25, so that looking stays quick."""
    total: Counter[str] = Counter()
    chance = random.Random(seed)
    root, number, acknowledged = folder / "0", 0, -1
    for kill in range(kills):
        if kill % 25 == 0:
            if kill:
                total["problems"] += len(FolderStore(root).verify())
                shutil.rmtree(root)
            root, number, acknowledged = folder / str(kill), 0, -1
        said, at_work = round_of(root, number, chance.randrange(2**31))
        spoken = [int(word) for word in said if word.isdecimal()]
        acknowledged = max([acknowledged, *spoken])
        total["kills"] += at_work
        total["acknowledged"] += len(spoken)
        total["seals"] += said.count("sealed")
        total["left_half_written"] += len(list(root.rglob("*.tmp")))
        if not (root / "landing").exists():
            continue
        found = check(root, acknowledged, acknowledged)
        for name, many in found.items():
            total[name] += many
        number = acknowledged + 1 + found["unsaid"]
        acknowledged = number - 1
    if root.exists():
        total["problems"] += len(FolderStore(root).verify())
    names = ("kills", "acknowledged", "seals", "lost", "torn", "doubled", "problems", "unsaid", "left_half_written")
    return {name: int(total[name]) for name in names}


def main() -> int:
    """Run a campaign, or be its child."""
    if sys.argv[1:2] == ["--child"]:
        work(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    parser = argparse.ArgumentParser(description="Kill the store's writer at random moments.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(asked.kills, asked.seed, Path(folder))
    print(json.dumps({**found, "seconds": round(time.monotonic() - begin), "cores": os.cpu_count()}))
    return 1 if found["lost"] or found["torn"] or found["doubled"] or found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
