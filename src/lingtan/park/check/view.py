"""A park as the checks look at it: every quantity alike, every path with its place."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lingtan.base.errors import Place, Problem
from lingtan.base.ids import nearest
from lingtan.park.activities import Activity
from lingtan.park.carriers import CarrierInfo, carriers
from lingtan.park.model import Channel, Meter, Park, VirtualMeter

Path = tuple[str | int, ...]
Placer = Callable[[Sequence[str | int]], Place]


@dataclass(frozen=True)
class Quantity:
    """A channel or a virtual meter: what may be accounted."""

    path: Path
    source: Channel | VirtualMeter
    meter: Meter | None
    carrier: CarrierInfo | None

    @property
    def group(self) -> str:
        """The carrier's group; empty if the carrier is unknown."""
        return self.carrier.group if self.carrier else ""

    @property
    def accounted(self) -> bool:
        """Whether it is more than a reference."""
        return self.source.activity is not Activity.REFERENCE


@dataclass(frozen=True)
class View:
    """The park, the places of its parts, and what the rules ask for more than once."""

    park: Park
    place: Placer

    @cached_property
    def carriers(self) -> dict[str, CarrierInfo]:
        """Carriers by id, built-in ones too."""
        return carriers(self.park)

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Channels, then virtual meters, in the order of the file."""
        real = [
            Quantity(("meters", i, "channels", j), channel, meter, self.carriers.get(channel.carrier))
            for i, meter in enumerate(self.park.meters)
            for j, channel in enumerate(meter.channels)
        ]
        virtual = [
            Quantity(("virtual_meters", i), v, None, self.carriers.get(v.carrier))
            for i, v in enumerate(self.park.virtual_meters)
        ]
        return real + virtual

    def error(self, code: str, path: Path, **values: Any) -> Problem:
        """A problem that must be mended."""
        return Problem(f"park.{code}", self.place(path), values)

    def warning(self, code: str, path: Path, **values: Any) -> Problem:
        """A problem that a person should see."""
        return Problem(f"park.{code}", self.place(path), values, "warning")

    def unknown(self, code: str, path: Path, word: str, known: Collection[str], **values: Any) -> Problem:
        """``word`` is none of ``known``: the error names the nearest, or that there is none."""
        near = nearest(word, known)
        if near is not None:
            return self.error(code, path, value=word, nearest=near, **values)
        return self.error(f"{code}-listed", path, value=word, known=listed(known), **values)


def listed(words: Collection[str], limit: int = 12) -> str:
    """The first words of a list, for a sentence."""
    shown = ", ".join(list(words)[:limit])
    return (shown + (" …" if len(words) > limit else "")) or "–"
