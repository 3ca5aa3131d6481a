"""Which channel of the park a name in a file means."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lingtan.base.ids import nearest
from lingtan.metering.shapes import words
from lingtan.park.model import Channel, Label, Meter, Park, channels


@dataclass(frozen=True)
class Match:
    """The channel that was found, or why none was: ``code`` with the candidates or the nearest known name."""

    channel: str | None = None
    code: str | None = None
    candidates: tuple[str, ...] = ()
    nearest: str | None = None


class Register:
    """The names of a park's channels: ids, labels, serials, meters, and what the mapping adds."""

    def __init__(self, park: Park, stated: Mapping[str, str] | None = None) -> None:
        self.channels: dict[str, tuple[Meter, Channel]] = channels(park)
        self._stated = {words.key(k): v for k, v in (stated or {}).items()}
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._meters: dict[str, set[str]] = defaultdict(set)
        self._spellings: dict[str, str] = {}
        for meter, channel in self.channels.values():
            self._add_channel(meter, channel)
        for meter in park.meters:
            for text in self._meter_names(meter):
                self._meters[words.key(text)].update(c.id for c in meter.channels)
                self._spellings.setdefault(words.key(text), text)

    def find(self, parts: Iterable[str]) -> Match:
        """The channel that the parts of a name (ids of the row, header of the column) mean together."""
        texts = [p for p in parts if p]
        joined = words.key("".join(texts))
        stated = self.find_stated(texts)
        if stated is not None:
            return stated
        for text in [joined, *(words.key(t) for t in reversed(texts))]:
            found = self._exact.get(text)
            if found and len(found) == 1:
                return Match(next(iter(found)))
        sets = [s for t in texts if (s := self._exact.get(words.key(t)) or self._meters.get(words.key(t)))]
        if not sets:
            return self._by_beginning(joined, texts)
        common = set.intersection(*sets) or sets[0]
        return self._narrow(common, "".join(texts))

    def find_stated(self, parts: Iterable[str]) -> Match | None:
        """The channel that the mapping gives for the parts, joined or one of them; None if it gives none."""
        texts = [p for p in parts if p]
        for text in [words.key("".join(texts)), *(words.key(t) for t in texts)]:
            if text in self._stated:
                return self._check(self._stated[text])
        return None

    def _by_beginning(self, joined: str, texts: list[str]) -> Match:
        """``1#进线有功电量`` is the meter ``1#进线`` with a word for what it measures."""
        heads = [k for k in self._meters if len(k) > 1 and joined.startswith(k)]
        if heads:
            best = max(heads, key=len)
            rest = joined[len(best) :]
            if words.BESIDE.search(rest):
                return Match(code="import.beside")
            if words.ENERGY.search(rest) or words.POWER.search(rest) or words.role(rest) == "value":
                return self._narrow(self._meters[best], joined)
        if any(words.BESIDE.search(t) for t in texts):
            return Match(code="import.beside")
        return self._unknown(texts)

    def _narrow(self, found: set[str], text: str) -> Match:
        if words.BESIDE.search(text) and not any(
            words.BESIDE.search(n) for c in found for n in labels(self.channels[c][1].name)
        ):
            return Match(code="import.beside")
        if len(found) > 1:
            for pattern, activities in words.DIRECTIONS:
                if pattern.search(text):
                    kept = {c for c in found if self.channels[c][1].activity in activities}
                    if len(kept) == 1:
                        return Match(next(iter(kept)))
                    break
            return Match(code="import.ambiguous-channel", candidates=tuple(sorted(found)))
        return Match(next(iter(found)))

    def _check(self, channel: str) -> Match:
        if channel in self.channels:
            return Match(channel)
        return Match(code="import.unknown-channel", nearest=nearest(channel, self.channels))

    def _unknown(self, texts: list[str]) -> Match:
        for text in sorted(texts, key=len, reverse=True):
            close = nearest(words.key(text), self._spellings)
            if close:
                return Match(code="import.unknown-channel", nearest=self._spellings[close])
        return Match(code="import.unknown-channel")

    def _add_channel(self, meter: Meter, channel: Channel) -> None:
        own = [channel.id, *labels(channel.name), *(h.serial for h in channel.history if h.serial)]
        for text in list(own):
            self._exact[words.key(text)].add(channel.id)
            self._spellings.setdefault(words.key(text), text)
        for head in self._meter_names(meter):
            for text in own:
                self._exact[words.key(head + text)].add(channel.id)

    @staticmethod
    def _meter_names(meter: Meter) -> list[str]:
        return [meter.id, *labels(meter.name)]


def labels(label: Label | None) -> list[str]:
    """The spellings of a label that are written out."""
    if label is None:
        return []
    return [label] if isinstance(label, str) else [v for v in label.values() if v]
