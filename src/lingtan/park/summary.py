"""What the park is, as plain values: for ``lingtan park show``, the API and pages."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lingtan.base.text import label
from lingtan.park.carriers import carriers
from lingtan.park.formula import expand_all
from lingtan.park.missing import missing
from lingtan.park.model import Channel, Meter, Park, owner
from lingtan.park.tree import walk


def summary(park: Park, lang: str) -> dict[str, Any]:
    """Every part of the park with its names in ``lang``; numbers are text, so that they stay exact."""
    known = carriers(park)
    expanded = expand_all(park)
    return {
        "park": {
            **_plain(park.park, lang),
            "boundary": _plain(park.boundary, lang, leave=("geojson",)),
            "counts": counts(park),
        },
        "enterprises": _list(park.enterprises, lang),
        "sites": _list(park.sites, lang, leave=("geojson",)),
        "connections": _list(park.connections, lang),
        "assets": _list(park.assets, lang),
        "processes": _list(park.processes, lang),
        "products": _list(park.products, lang),
        "wastes": _list(park.wastes, lang),
        "certificates": _list(park.certificates, lang),
        "tariffs": _list(park.tariffs, lang),
        "meters": [
            {
                **_plain(meter, lang, leave=("channels",)),
                "depth": depth,
                "channels": [
                    {
                        **_channel(park, meter, channel, lang),
                        "carrier_name": (known[channel.carrier].zh if lang == "zh" else known[channel.carrier].en),
                    }
                    for channel in meter.channels
                ],
            }
            for meter, depth in walk(park)
        ],
        "virtual_meters": [
            {**_plain(v, lang), "expanded": written(expanded[v.id]), "terms": _terms(expanded[v.id])}
            for v in park.virtual_meters
        ],
        "missing": {name: [{"code": c, "values": v} for c, v in lacks] for name, lacks in missing(park).items()},
    }


def counts(park: Park) -> dict[str, int]:
    """How many there are of each."""
    return {
        "enterprises": len(park.enterprises),
        "connections": len(park.connections),
        "assets": len(park.assets),
        "meters": len(park.meters),
        "channels": sum(len(m.channels) for m in park.meters),
        "virtual_meters": len(park.virtual_meters),
    }


def written(terms: dict[str, Fraction]) -> str:
    """A sum of channels as it would be written: ``a + 0.98 * b - c``.

    Examples
    --------
    >>> written({"a": Fraction(1), "b": Fraction(49, 50), "c": Fraction(-1)})
    'a + 0.98 * b - c'
    """
    text = ""
    for name, factor in terms.items():
        sign = ("- " if factor < 0 else "+ ") if text else ("-" if factor < 0 else "")
        size = abs(factor)
        text += f"{' ' if text else ''}{sign}{'' if size == 1 else f'{_decimal(size)} * '}{name}"
    return text


def _terms(terms: dict[str, Fraction]) -> dict[str, str]:
    return {name: _decimal(factor) for name, factor in terms.items()}


def _decimal(factor: Fraction) -> str:
    """A coefficient as its decimal text; they come from decimals, so it ends."""
    return f"{(Decimal(factor.numerator) / Decimal(factor.denominator)).normalize():f}"


def _channel(park: Park, meter: Meter, channel: Channel, lang: str) -> dict[str, Any]:
    plain = _plain(channel, lang)
    return {**plain, "enterprise": owner(park, meter, channel), "replacements": len(channel.history)}


def _list(items: Iterable[Any], lang: str, *, leave: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [_plain(item, lang, leave=leave) for item in items]


def _plain(record: Any, lang: str, *, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values that are stated, with labels in one language."""
    values: dict[str, Any] = record.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=set(leave))
    for key in ("name", "builder", "product", "description"):
        if key in values:
            values[key] = label(values[key], lang)
    return values
