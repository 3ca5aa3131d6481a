"""What goes wrong on the way: gaps, spikes, a stuck meter, a clock, a replaced meter, a wrong multiplier, a late file.

Every fault is put in at a known place and listed, so that finding them can be scored. Places are shares of the span:
they are where they should be in a year, and still inside a shorter span.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from lingtan.demo.meters import Readings
from lingtan.demo.span import PER_DAY, YEAR, Span, stream

EVENTS = frozenset({"replacement", "rollover", "late"})  # nothing is wrong with these numbers
WRONG_MULTIPLIER = "solar-glass-furnace-gas"
TRUE_MULTIPLIER = "1.25"
REPLACED, ROLLED, RESET = "chp-gas", "textile-water", "pcb-water"
SHIFTED, STUCK, ZEROED = "bearings-power", "cold-store-power", "air-gases-power"
SPIKED = ("plastics-power", "auto-parts-line-a", "pharma-power")
SENTINEL, TWICE = "pv-logistics", "battery-discharge"
LATE = ("steam-import-fossil", "steam-import-biomass")
OUTAGE = "subs-5"
DAY_GAPS = ("grid-import", "cathode-line-b", "data-center-it-a", "pv-auto", "chp-power")
ZERO_STEPS, STUCK_STEPS, OUTAGE_STEPS = 240, 120, 36


@dataclass(frozen=True)
class Fault:
    """One thing that was done to a channel's numbers in ``[start, end)``."""

    channel: str
    kind: str
    start: datetime
    end: datetime
    detail: str


class Mischief:
    """Puts faults into readings and remembers them."""

    def __init__(self, readings: dict[str, Readings], span: Span, seed: int) -> None:
        self.readings = readings
        self.span = span
        self.rng = stream(seed, "faults")
        self.found: list[Fault] = []

    def note(self, channel: str, kind: str, first: int, end: int, detail: str) -> None:
        """Remember a fault of the quarter hours ``[first, end)``."""
        self.found.append(Fault(channel, kind, self.span.at(first), self.span.at(end), detail))

    def place(self, day: float, steps: int) -> tuple[int, int]:
        """A stretch that begins on a day of the year, drawn into a shorter span."""
        length = max(2, min(steps, self.span.size // 8))
        first = min(int(day / 365 * self.span.size), self.span.size - length - 1)
        return max(first, 5), max(first, 5) + length

    def all(self) -> list[Fault]:
        """Every fault, in the order in which they are put in."""
        self._counters()
        self._runs()
        self._points()
        self._missing()
        return sorted(self.found, key=lambda f: (f.start, f.channel, f.kind))

    def _counters(self) -> None:
        old = self.readings[REPLACED]
        at, _ = self.place(167.43, 2)
        scale = 10**old.point.decimals
        final = int(old.ticks[at])
        initial = 12 * scale + 4
        old.ticks[at:] += initial - final
        when = self.span.at(at)
        old.point.history.append(
            {
                "from": when.isoformat(),
                "final": _decimal(final, old.point.decimals),
                "initial": _decimal(initial, old.point.decimals),
                "serial": f"SYN-{YEAR}-0617",
                "reason": "周期检定换表 / replaced for verification",
            }
        )
        self.note(REPLACED, "replacement", at, at + 1, f"final {final}, initial {initial}, declared in park.yaml")

        rolled = self.readings[ROLLED]
        whole = 10 ** ((rolled.point.digits or 7) + rolled.point.decimals)
        at, _ = self.place(214.3, 2)
        moved = rolled.ticks - rolled.ticks[at] + whole
        rolled.ticks = moved % whole
        crossing = int(np.argmax(moved >= whole))
        self.note(ROLLED, "rollover", crossing, crossing + 1, f"register of {rolled.point.digits} digits")

        reset = self.readings[RESET]
        at, _ = self.place(251.6, 2)
        reset.ticks[at:] -= reset.ticks[at]
        self.note(RESET, "reset", at, at + 1, "register fell to zero, not declared")

        wrong = self.readings[WRONG_MULTIPLIER].point
        wrong.delivered_multiplier = "1"
        self.note(WRONG_MULTIPLIER, "multiplier", 0, self.span.size, f"park.yaml says 1, true {TRUE_MULTIPLIER}")

    def _runs(self) -> None:
        zeroed = self.readings[ZEROED]
        first, end = self.place(73.2, ZERO_STEPS)
        zeroed.ticks[first:end] = 0
        self.note(ZEROED, "zero_run", first, end, "a lost signal written as zero")
        stuck = self.readings[STUCK]
        first, end = self.place(222.5, STUCK_STEPS)
        stuck.ticks[first:end] = stuck.ticks[first]
        self.note(STUCK, "stuck", first, end, f"stuck at {stuck.ticks[first]} ticks")
        shifted = self.readings[SHIFTED]
        first, end = self.place(128.0, 16 * PER_DAY)
        first, end = first // PER_DAY * PER_DAY or PER_DAY, end // PER_DAY * PER_DAY
        end = max(end, first + PER_DAY)
        shifted.ticks[first:end] = shifted.ticks[first - 4 : end - 4].copy()
        self.note(SHIFTED, "time_shift", first, end, "clock one hour slow: stamps 60 min late")

    def _points(self) -> None:
        for name in SPIKED:
            spiked = self.readings[name]
            for at in np.sort(self.rng.choice(np.arange(10, self.span.size - 10), 3, replace=False)).tolist():
                times = int(self.rng.integers(18, 45))
                spiked.ticks[at] = (spiked.ticks[at] + 1) * times
                self.note(name, "spike", at, at + 1, f"times {times}")
        plant = self.readings[SENTINEL]
        for day in (40.5, 131.4, 288.6):
            first, end = self.place(day, 6)
            plant.ticks[first:end] = 65_535 * 10**plant.point.decimals
            self.note(SENTINEL, "sentinel", first, end, "65535")
        station = self.readings["air-temperature"]
        first, end = self.place(190.1, 9)
        station.ticks[first:end] = -99 * 10**station.point.decimals
        self.note("air-temperature", "sentinel", first, end, "-99")
        twice = self.readings[TWICE]
        first, end = self.place(305.7, 12)
        twice.twice = list(range(first, end))
        self.note(TWICE, "duplicate", first, end, "rows stand in the file twice, with the same value")

    def _missing(self) -> None:
        busy = {f.channel for f in self.found if f.kind not in EVENTS}
        groups = ("mains", "subs-1", "subs-2", "subs-3", "subs-4", "subs-6", "gateway", "steam", "center")
        free = [
            r for r in self.readings.values() if r.point.group in groups and r.point.id not in {*busy, *DAY_GAPS, *LATE}
        ]
        chosen = self.rng.choice(len(free), min(24, len(free)), replace=False)
        for i in sorted(chosen.tolist()):
            for at in np.sort(self.rng.choice(np.arange(8, self.span.size - 8, 3), 4, replace=False)).tolist():
                free[i].missing[at] = True
                self.note(free[i].point.id, "gap", at, at + 1, "one quarter hour")
        for i, name in enumerate(DAY_GAPS):
            first, end = self.place(33.0 + 61 * i, PER_DAY)
            self.readings[name].missing[first:end] = True
            self.note(name, "gap", first, end, "a day")
        first, end = self.place(199.35, OUTAGE_STEPS)
        for r in self.readings.values():
            if r.point.group == OUTAGE:
                r.missing[first:end] = True
                self.note(r.point.id, "outage", first, end, "communication of a district")
        first, end = self.place(313.0, 11 * PER_DAY)
        for name in LATE:
            self.readings[name].late[first:end] = True
            self.note(name, "late", first, end, "comes in late/")


def _decimal(ticks: int, decimals: int) -> str:
    whole, part = divmod(ticks, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
