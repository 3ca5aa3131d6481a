"""The right to write: one process at a time, freed by the system when the process dies."""

import os
import secrets
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from lingtan.adapters.store.disk import disk_errors, make_folder
from lingtan.base.errors import SourceError
from lingtan.base.time import iso

POLL_S = 0.002  # batches take about a millisecond; the usual 50 ms would starve a second writer


class WriteLock:
    """Reentrant within a thread. ``foreign`` is set when somebody else wrote since; whoever has looked clears it."""

    def __init__(self, root: Path, timeout_s: float) -> None:
        self._root = root
        self._timeout_s = timeout_s
        self._mutex = threading.RLock()
        self._file: FileLock | None = None
        self._depth = 0
        self._token = f"{os.getpid()} {socket.gethostname()} {iso(datetime.now(UTC))} {secrets.token_hex(8)}".encode()
        self.foreign = True

    def __enter__(self) -> Self:
        self._mutex.acquire()
        try:
            if not self._depth:
                self._take()
            self._depth += 1
        except BaseException:
            self._mutex.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth and self._file is not None:
            self._file.release()
        self._mutex.release()

    def _take(self) -> None:
        with disk_errors(self._root):
            if self._file is None:
                make_folder(self._root)
                self._file = FileLock(self._root / "lock", thread_local=False, poll_interval=POLL_S)
            try:
                self._file.acquire(timeout=self._timeout_s)
            except Timeout:
                raise SourceError("store.locked", path=str(self._root), who=self._who()) from None
            try:
                # times of folders are too coarse to tell whether another process wrote; the name of the last writer is not
                if self._last() != self._token:
                    self.foreign = True
                    (self._root / "writer").write_bytes(self._token)
            except BaseException:
                self._file.release()
                raise

    def _last(self) -> bytes:
        try:
            return (self._root / "writer").read_bytes()
        except FileNotFoundError:
            return b""

    def _who(self) -> str:
        pid, host, since, *_ = [*self._last().decode(errors="replace").split(), "?", "?", "?"]
        return f"{pid}@{host} ({since})"
