"""Bytes of a text file to UTF-8: byte order marks, UTF-8, GB 18030 (GBK, GB 2312), UTF-16, and NUL bytes left by loggers."""

import codecs
from dataclasses import dataclass

import polars as pl

from lingtan.base.errors import InputError

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = frozenset(range(1, 32)) - {9, 10, 11, 12, 13, 26, 27}


@dataclass(frozen=True)
class Text:
    """UTF-8 bytes without mark, the encoding that they had, and how many NUL bytes were taken out."""

    data: bytes
    encoding: str
    nuls: int = 0


def decode(data: bytes, file: str, stated: str | None = None) -> Text:
    """The text of a file.

    Raises
    ------
    InputError
        ``import.bad-encoding`` if the bytes are no text in the stated encoding, or in any that is known;
        ``import.binary`` if they are no text at all.
    """
    if stated:
        return _as_stated(data, file, stated)
    for mark, name in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return (
                _plain(rest, name if name != "utf-8" else "utf-8-bom") if name == "utf-8" else _wide(rest, name, file)
            )
    wide = _looks_wide(data[:4096])
    if wide:
        return _wide(data, wide, file)
    if data.isascii():
        return _sane(_plain(data, "utf-8"), file)
    if is_utf8(data):
        return _sane(_plain(data, "utf-8"), file)
    try:
        data.decode("utf-8")
        return _sane(_plain(data, "utf-8"), file)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # cut in the middle of the last character
            return _sane(_plain(data[: error.start], "utf-8"), file)
        first = error.start
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 4:
            raise InputError("import.bad-encoding", file=file, encoding="UTF-8, GB 18030", at=first) from None
        text = data[: error.start].decode("gb18030")
    return _sane(_plain(text.encode(), "gb18030"), file)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8; several times faster than decoding them."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _as_stated(data: bytes, file: str, stated: str) -> Text:
    try:
        name = codecs.lookup(stated).name
    except LookupError:
        raise InputError("import.unknown-encoding", file=file, encoding=stated) from None
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError, UnicodeError) as error:
        raise InputError("import.bad-encoding", file=file, encoding=stated, at=getattr(error, "start", 0)) from None
    return _plain(text.removeprefix("\ufeff").encode("utf-8", "replace"), name)


def _wide(data: bytes, name: str, file: str) -> Text:
    unit = 4 if "32" in name else 2
    try:
        text = data[: len(data) // unit * unit].decode(name)
        return _plain(text.encode(), name)
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise InputError("import.bad-encoding", file=file, encoding=name, at=error.start) from None


def _looks_wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its Latin text is NUL."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 4 and odd * 3 > half and even * 10 < odd:
        return "utf-16-le"
    return "utf-16-be" if half >= 4 and even * 3 > half and odd * 10 < even else None


def _plain(data: bytes, name: str) -> Text:
    nuls = data.count(b"\0")
    return Text(data.replace(b"\0", b"") if nuls else data, name, nuls)


def _sane(text: Text, file: str) -> Text:
    """Text as such; bytes that are mostly control characters are none."""
    head = text.data[:4096]
    odd = sum(1 for b in head if b in _CONTROLS)
    if head and odd * 20 > len(head):
        raise InputError("import.binary", file=file)
    return text
