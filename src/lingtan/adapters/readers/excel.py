"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods), read by a process of its own that may die of them."""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import polars as pl

from lingtan.adapters.readers.limits import MEBI, Limits
from lingtan.base.errors import InputError
from lingtan.metering.shapes.numbers import parse_number
from lingtan.metering.shapes.sheet import Sheet

WORKER = Path(__file__).with_name("excel_worker.py")  # by its path: it needs nothing else of the package
Notes = list[tuple[str, dict[str, str]]]


class ExcelReader:
    """Reads workbooks through one worker process, which is started on first use and again after it died."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._worker: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def read(self, path: Path, kind: str, file: str) -> tuple[list[Sheet], Notes]:
        """The visible sheets of a workbook, merged cells filled, and notes on what was left out.

        Raises
        ------
        InputError
            ``import.unfolds`` (a zip bomb), ``import.damaged``, ``import.encrypted``, ``import.too-wide``,
            ``import.too-many-cells``, ``import.empty``.
        """
        if kind == "zip":
            check_archive(path, file, self._limits)
        with tempfile.TemporaryDirectory(prefix="lingtan-") as folder:
            answer = self._ask(path, folder, file)
            if "code" in answer:
                raise InputError(answer["code"], file=file, **answer["values"])
            notes: Notes = [("import.hidden-sheet", {"sheet": name}) for name in answer["hidden"]]
            if answer["formulas"]:
                notes.append(("import.formulas-without-value", {"count": str(answer["formulas"])}))
            facts = {"date_1904": "1"} if answer["date_1904"] else {}
            sheets = []
            for item in answer["sheets"]:
                frame = pl.read_ipc(item["file"])
                if frame.height and not all(c.null_count() == frame.height for c in frame):
                    frame = filled(frame, item["merged"])
                    sheets.append(Sheet(file, frame, name=item["name"], facts=facts))
        if not sheets:
            raise InputError("import.empty", file=file)
        return sheets, notes

    def close(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with contextlib.suppress(OSError):
                if worker.stdin:
                    worker.stdin.close()
                worker.kill()
            worker.wait()
            if worker.stdout:
                worker.stdout.close()

    def _ask(self, path: Path, folder: str, file: str) -> dict[str, Any]:
        ask = {"path": str(path), "out": folder, "columns": self._limits.columns, "cells": self._limits.cells}
        with self._lock:
            worker = self._running()
            late = threading.Event()

            def stop() -> None:
                late.set()
                worker.kill()

            timer = threading.Timer(self._limits.seconds, stop)
            timer.daemon = True
            timer.start()
            try:
                assert worker.stdin is not None
                assert worker.stdout is not None
                worker.stdin.write(json.dumps(ask) + "\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
            except OSError:
                line = ""
            finally:
                timer.cancel()
            if not line:
                self.close()
                if late.is_set():
                    raise InputError("import.too-slow", file=file, seconds=self._limits.seconds)
                raise InputError("import.unfolds", file=file)
            return dict(json.loads(line))

    def _running(self) -> "subprocess.Popen[str]":
        if self._worker is not None and self._worker.poll() is None:
            return self._worker
        self.close()
        self._worker = subprocess.Popen(
            [sys.executable, "-P", str(WORKER), str(self._limits.memory_bytes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
        return self._worker


def check_archive(path: Path, file: str, limits: Limits) -> None:
    """Refuse an archive that is no workbook or unfolds beyond the limits, by what it states; the worker bounds the rest."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise InputError("import.damaged", file=file, detail=str(error)[:200]) from None
    names = {e.filename for e in entries}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml", "[Content_Types].xml"}:
        raise InputError("import.not-a-workbook", file=file, inside=", ".join(sorted(names)[:5]))
    size = sum(e.file_size for e in entries)
    steep = any(
        e.file_size > 64 * MEBI and e.file_size > limits.unpacked_ratio * max(1, e.compress_size) for e in entries
    )
    if size > limits.unpacked_bytes or len(entries) > limits.entries or steep:
        raise InputError("import.unfolds", file=file)


def filled(frame: pl.DataFrame, merged: list[list[int]]) -> pl.DataFrame:
    """Merged cells with words hold them in each of their cells; numbers, and titles over the whole width, stay alone."""
    if not merged:
        return frame
    changes: dict[int, list[tuple[int, int, str]]] = {}
    for top, left, bottom, right in merged:
        if top >= frame.height or left >= frame.width or right < left or bottom < top:
            continue
        text = frame[top, left]
        wide = min(right, frame.width - 1) - left + 1
        if text is None or parse_number(text) is not None or (wide > 1 and wide * 5 >= frame.width * 4):
            continue
        for column in range(left, min(right, frame.width - 1) + 1):
            changes.setdefault(column, []).append((top, min(bottom, frame.height - 1), text))
    columns = []
    for column, ranges in changes.items():
        cells = frame[:, column].to_list()
        for top, bottom, text in ranges:
            for row in range(top, bottom + 1):
                if cells[row] is None:
                    cells[row] = text
        columns.append(pl.Series(frame.columns[column], cells, dtype=pl.String))
    return frame.with_columns(columns)
