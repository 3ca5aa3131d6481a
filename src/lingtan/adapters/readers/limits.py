"""How large a file may be, and how far it may unfold."""

from dataclasses import dataclass

MEBI = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds on one file; what is beyond is refused with the sizes."""

    file_bytes: int = 2048 * MEBI
    text_bytes: int = 2048 * MEBI
    page_bytes: int = 64 * MEBI  # a web page is read by a slow reader
    unpacked_bytes: int = 2048 * MEBI
    unpacked_ratio: int = 400  # for parts larger than 64 MiB
    entries: int = 10_000
    columns: int = 4_096
    cells: int = 60_000_000  # of one sheet
    rows: int = 200_000_000  # of a columnar file
    memory_bytes: int = 4096 * MEBI  # of the process that reads workbooks
    seconds: float = 300.0


LIMITS = Limits()
