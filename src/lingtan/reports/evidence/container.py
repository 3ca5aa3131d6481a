"""A zip in which no byte is free: stored entries, fixed stamps, no extra fields, no comment, one fixed order.

Any zip tool opens it. Reading accepts only what :func:`write` would have written, byte for byte, so that no flipped bit can hide in a
header, in padding or behind the end. Nothing is decompressed and nothing is written to a disk while reading.
"""

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from lingtan.base.errors import InputError

FIRST = ("manifest.json", "signature.json")
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}(?:/[a-z0-9][a-z0-9_.-]{0,63})?\Z")
MOST_FILES = 1000
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LIMIT = 2**32 - 1
_DAY = 0x21  # 1980-01-01, the first day a zip can name


@dataclass(frozen=True)
class Fault:
    """Something that is not as a seal writes it: which file or part, from which byte on."""

    where: str
    byte: int
    what: str


def order(name: str) -> tuple[int, str]:
    """The place of a file in a pack."""
    return (FIRST.index(name), name) if name in FIRST else (len(FIRST), name)


def write(files: Mapping[str, bytes]) -> bytes:
    """The pack of some files.

    Raises
    ------
    InputError
        ``evidence.too-large``, ``evidence.bad-name``.
    """
    parts: list[bytes] = []
    entries: list[tuple[str, int, int, int]] = []
    at = 0
    for name in sorted(files, key=order):
        if not NAME.match(name) or len(files) > MOST_FILES:
            raise InputError("evidence.bad-name", name=name)
        data = files[name]
        crc = zlib.crc32(data)
        head = _local(name, crc, len(data))
        entries.append((name, crc, len(data), at))
        parts += [head, data]
        at += len(head) + len(data)
        if at > _LIMIT:
            raise InputError("evidence.too-large", size=at)
    return b"".join([*parts, _tail(entries, at)])


def read(data: bytes) -> tuple[dict[str, memoryview], list[Fault]]:
    """The files of a pack and every fault of its form; a fault that hides where files begin ends the reading."""
    view = memoryview(data)
    files: dict[str, memoryview] = {}
    faults: list[Fault] = []
    entries: list[tuple[str, int, int, int]] = []
    at = 0
    while bytes(view[at : at + 4]) == b"PK\x03\x04" and len(files) < MOST_FILES:
        if at + _LOCAL.size > len(view):
            faults.append(Fault("header", at, "evidence-fault.cut-short"))
            return files, faults
        *_, crc, _, size, name_length, _ = _LOCAL.unpack_from(view, at)
        raw = bytes(view[at + _LOCAL.size : at + _LOCAL.size + name_length])
        name = raw.decode("utf-8", "replace")
        begin = at + _LOCAL.size + name_length
        if not NAME.match(name) or name in files:
            faults.append(Fault(name[:80], at, "evidence-fault.name"))
            return files, faults
        if begin + size > len(view):
            faults.append(Fault(name, at, "evidence-fault.cut-short"))
            return files, faults
        body = view[begin : begin + size]
        expected = _local(name, crc, size)
        if bytes(view[at:begin]) != expected:
            faults.append(Fault(name, at + _differs(bytes(view[at:begin]), expected), "evidence-fault.header"))
        if zlib.crc32(body) != crc:
            faults.append(Fault(name, begin, "evidence-fault.content"))
        files[name] = body
        entries.append((name, crc, size, at))
        at = begin + size
    names = [e[0] for e in entries]
    if names != sorted(names, key=order):
        faults.append(Fault("order", 0, "evidence-fault.order"))
    rest, expected = bytes(view[at : at + (1 << 20)]), _tail(entries, at)
    if len(view) - at != len(expected) or rest != expected:
        faults.append(Fault("directory", at + _differs(rest, expected), "evidence-fault.directory"))
    return files, faults


def _local(name: str, crc: int, size: int) -> bytes:
    raw = name.encode()
    return _LOCAL.pack(b"PK\x03\x04", 20, 0x0800, 0, 0, _DAY, crc, size, size, len(raw), 0) + raw


def _tail(entries: list[tuple[str, int, int, int]], at: int) -> bytes:
    directory = b"".join(
        _CENTRAL.pack(
            b"PK\x01\x02", 20, 20, 0x0800, 0, 0, _DAY, crc, size, size, len(name.encode()), 0, 0, 0, 0, 0, offset
        )
        + name.encode()
        for name, crc, size, offset in entries
    )
    return directory + _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), at, 0)


def _differs(one: bytes, two: bytes) -> int:
    """The first place in which two texts differ."""
    return next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
