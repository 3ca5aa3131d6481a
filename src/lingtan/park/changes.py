"""What differs between two park files, key by key; members of lists are told by their ids."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lingtan.park.model import Park


@dataclass(frozen=True)
class ChangedKey:
    """A key of the park file and what stood there; None where it did not stand."""

    path: str
    before: str | None
    after: str | None


def changed_keys(before: Park, after: Park) -> list[ChangedKey]:
    """Every difference, by path such as ``meters[m1].channels[grid-in].multiplier``."""
    one, two = (p.model_dump(mode="json", by_alias=True) for p in (before, after))
    return list(_changes("", one, two))


def _changes(path: str, before: Any, after: Any) -> Iterator[ChangedKey]:
    if before == after:
        return
    one, two = _named(before), _named(after)
    if one is None or two is None:
        yield ChangedKey(path, _text(before), _text(after))
        return
    for key in [*one, *(k for k in two if k not in one)]:
        step = f"[{key}]" if isinstance(before, list) else f".{key}" if path else str(key)
        if key in one and key in two:
            yield from _changes(f"{path}{step}", one[key], two[key])
        else:
            yield ChangedKey(f"{path}{step}", _text(one.get(key)), _text(two.get(key)))


def _named(value: Any) -> dict[str, Any] | None:
    """A table, or a list of things with ids as a table; None for anything else."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(v, dict) and "id" in v for v in value):
        return {str(v["id"]): v for v in value}
    return None


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= 120 else f"{text[:119]}…"
