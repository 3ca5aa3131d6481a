"""What keeps the server's process small: it reads and shows, heavy work is done by its children."""

import contextlib
import ctypes
import gc
import sys
import time
from importlib.abc import MetaPathFinder

import pyarrow as pa

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h
LARGE = 2**20  # bytes from which on memory is taken of the system and given back when it is free
ARENAS = 1


def keep_small() -> None:
    """To be called before the first request: one heap for all threads, Arrow on them, and Arrow without pandas."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, ARENAS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)
    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what each thread ever read
    if "pandas" not in sys.modules:
        arrow_without_pandas()


def settle() -> None:
    """To be called when all is loaded: what is there stays, and the collector need not walk over it with every full round."""
    gc.collect()
    gc.freeze()


def give_back(every_s: float = 10.0) -> None:
    """Hand free memory back to the system every so often, for as long as the process lives."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return
    while True:
        time.sleep(every_s)
        trim(0)


class _Absent(MetaPathFinder):
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Nothing, loudly, for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def arrow_without_pandas() -> None:
    """Let Arrow look for pandas now and not find it: else its first array loads 45 MB to see whether it is a pandas one.

    Who imports pandas afterwards gets it all the same.
    """
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(absent)
