"""What a file is, by its first bytes."""

KINDS = ("zip", "xls", "parquet", "arrow", "arrow_stream", "html", "xml_sheet", "text", "packed", "other", "empty")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"\x09\x08", "xls"),  # bare BIFF5 and BIFF8 streams
    (b"\x09\x04", "xls"),
    (b"\x09\x02", "xls"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow_stream"),
    (b"\x1f\x8b", "packed"),
    (b"BZh", "packed"),
    (b"7z\xbc\xaf", "packed"),
    (b"Rar!", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
    (b"%PDF", "other"),
    (b"\x89PNG", "other"),
    (b"\xff\xd8\xff", "other"),
    (b"GIF8", "other"),
    (b"\x7fELF", "other"),
    (b"MZ\x90", "other"),
    (b"SQLite format 3", "other"),
)


def kind(head: bytes) -> str:
    """One of ``KINDS`` for the first kilobytes of a file."""
    if not head:
        return "empty"
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    start = head[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "xml_sheet"
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        return "html"
    if start.startswith(b"<?xml") and b"<table" in start:
        return "html"
    return "text"
