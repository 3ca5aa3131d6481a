"""Meters and channels taken by themselves: the tree, units, counters, replacements, capacities."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from lingtan.base.errors import Problem
from lingtan.base.ids import nearest
from lingtan.base.units import UNITS, canonical_unit, dimension
from lingtan.park.activities import Activity
from lingtan.park.check.view import Path, Quantity, View
from lingtan.park.model import Channel
from lingtan.park.tree import circles

_ENERGY = frozenset({"electricity", "energy"})
# units of capacity beside those of power
_RATES = frozenset({"kva", "mva", "gva", "kvar", "mvar", "t/h", "kg/h", "gj/h", "mj/h", "m3/h", "nm3/h", "m³/h", "nm³/h", "l/h", "t/d", "rt"})  # fmt: skip
_CAPACITY = re.compile(r"\s*[\d.,\s]*\d[\d.,]*\s*([^\d\s].*?)\s*\Z")


def check_meters(view: View) -> Iterator[Problem]:
    """Everything that can be said of a meter without knowing what it is for."""
    yield from _tree(view)
    for quantity in view.quantities:
        if isinstance(quantity.source, Channel):
            yield from _unit(view, quantity, quantity.source)
            yield from _kind(view, quantity.path, quantity.source)
            yield from _history(view, quantity.path, quantity.source)
    yield from _capacities(view)


def _tree(view: View) -> Iterator[Problem]:
    index = {meter.id: i for i, meter in enumerate(view.park.meters)}
    for circle in circles(view.park):
        names = " → ".join([*circle, circle[0]])
        yield view.error("parent-circle", ("meters", index[circle[0]], "parent"), circle=names)
    carriers = {m.id: {c.carrier for c in m.channels} for m in view.park.meters}
    for i, meter in enumerate(view.park.meters):
        if meter.parent in carriers and meter.parent != meter.id and not carriers[meter.id] & carriers[meter.parent]:
            yield view.warning("parent-other-carrier", ("meters", i, "parent"), meter=meter.id, parent=meter.parent)


def _unit(view: View, quantity: Quantity, channel: Channel) -> Iterator[Problem]:
    """The same questions as the arithmetic asks (``metering.channels.reading_unit``), answered beforehand."""
    path: Path = (*quantity.path, "unit")
    if quantity.carrier is None or (canonical_unit(channel.unit) is None and not quantity.accounted):
        return  # an unknown carrier is reported elsewhere; references may be in degrees and the like
    if canonical_unit(channel.unit) is None:
        yield view.error(
            "unknown-unit", path, value=channel.unit, nearest=nearest(channel.unit, UNITS) or quantity.carrier.unit
        )
        return
    have, want = dimension(channel.unit), dimension(quantity.carrier.unit)
    if have == "power":
        if want not in _ENERGY:
            yield view.error(
                "unit-is-power", path, value=channel.unit, carrier=channel.carrier, unit=quantity.carrier.unit
            )
        elif channel.kind != "interval":
            yield view.error("power-is-interval", path, value=channel.unit)
    elif have != want and not {have, want} <= _ENERGY:
        if channel.content is None:
            yield view.error(
                "unit-needs-content", path, value=channel.unit, carrier=channel.carrier, unit=quantity.carrier.unit
            )
        return
    if channel.content is not None:
        yield view.warning("content-unused", (*quantity.path, "content"), value=channel.unit, carrier=channel.carrier)


def _kind(view: View, path: Path, channel: Channel) -> Iterator[Problem]:
    if channel.kind == "counter" and channel.digits is None:
        yield view.warning("counter-without-digits", (*path, "kind"), channel=channel.id)
    if channel.kind != "counter" and channel.digits is not None:
        yield view.error("digits-without-counter", (*path, "digits"), channel=channel.id)
    if channel.activity is Activity.STOCK and channel.kind != "level":
        yield view.error("stock-is-level", (*path, "kind"), channel=channel.id)
    if channel.kind == "level" and channel.activity not in (Activity.STOCK, Activity.REFERENCE):
        yield view.error("level-is-stock", (*path, "kind"), channel=channel.id, activity=channel.activity.value)


def _history(view: View, path: Path, channel: Channel) -> Iterator[Problem]:
    entries = channel.history
    for i, (earlier, later) in enumerate(pairwise(entries), 1):
        if later.start <= earlier.start:
            yield view.error("history-order", (*path, "history", i, "from"), channel=channel.id)
    digits = channel.digits
    for i, entry in enumerate(entries):
        here: Path = (*path, "history", i)
        registers = entry.final is not None or entry.initial is not None
        if channel.kind != "counter" and (registers or entry.digits is not None):
            yield view.error("registers-without-counter", here, channel=channel.id)
            continue
        if entry.multiplier is None and not registers and entry.digits is None and entry.serial is None:
            yield view.warning("history-changes-nothing", here, channel=channel.id)
        swapped = registers or entry.serial is not None or entry.digits is not None
        if channel.kind == "counter" and swapped and (entry.final is None or entry.initial is None):
            yield view.warning("history-without-registers", here, channel=channel.id)
        yield from _fits(view, (*here, "final"), entry.final, digits)
        digits = entry.digits if entry.digits is not None else digits
        yield from _fits(view, (*here, "initial"), entry.initial, digits)


def _fits(view: View, path: Path, register: Decimal | None, digits: int | None) -> Iterator[Problem]:
    if register is not None and digits is not None and register >= 10**digits:
        yield view.error("register-too-large", path, value=str(register), digits=digits)


def _capacities(view: View) -> Iterator[Problem]:
    texts: list[tuple[Path, str | None]] = [
        *((("meters", i, "rating"), m.rating) for i, m in enumerate(view.park.meters)),
        *((("connections", i, "capacity"), c.capacity) for i, c in enumerate(view.park.connections)),
        *((("assets", i, "capacity"), a.capacity) for i, a in enumerate(view.park.assets)),
        *((("assets", i, "energy"), a.energy) for i, a in enumerate(view.park.assets)),
    ]
    for path, text in texts:
        if text is None:
            continue
        found = _CAPACITY.match(text[:80])
        unit = found.group(1) if found else ""
        if not found or (canonical_unit(unit) is None and unit.lower() not in _RATES):
            yield view.warning("not-a-capacity", path, value=text[:60], field=str(path[-1]))
