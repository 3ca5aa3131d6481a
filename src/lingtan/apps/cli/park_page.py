"""The park as ``lingtan park show`` prints it."""

from typing import TYPE_CHECKING, Any

import typer

from lingtan.apps.cli.options import table
from lingtan.base.text import say

if TYPE_CHECKING:
    from lingtan.park.model import Park
    from lingtan.services.accounted_size import AccountedSize

# list -> its columns
_TABLES: dict[str, tuple[str, ...]] = {
    "enterprises": ("id", "name", "industry", "site", "output_value_cny", "value_added_cny"),
    "connections": ("id", "name", "carrier", "kind", "source", "capacity"),
    "assets": ("id", "name", "kind", "enterprise", "capacity", "energy"),
    "processes": ("id", "name", "enterprise", "factor", "product"),
    "products": ("id", "name", "enterprise", "output", "energy", "limit_kgce_per_unit", "standard"),
    "wastes": ("id", "name", "enterprise", "kind"),
    "certificates": ("id", "holder", "kind", "year", "vintage", "kwh"),
    "tariffs": ("id", "connection", "region", "voltage", "customer", "basis"),
}


def size_as_json(park: "Park", size: "AccountedSize | None") -> dict[str, Any]:
    """The stated size class beside the accounted one."""
    return {
        "stated": park.park.size_class,
        "accounted": size.size_class if size else None,
        "energy_tce": f"{float(size.energy_tce):.3f}" if size else None,
        "run": size.run if size else None,
        "differs": bool(size and park.park.size_class and park.park.size_class != size.size_class),
    }


def print_park(park: "Park", found: dict[str, Any], size: "AccountedSize | None", lang: str) -> None:
    """Everything about the park, and what is missing for each indicator."""
    info = found["park"]
    if park.park.synthetic:
        typer.echo(say("park-show.synthetic", lang))
    typer.echo(say("park-show.head", lang, name=info["name"], id=info["id"], region=info["region"]))
    boundary = info["boundary"]
    if boundary.get("description"):
        typer.echo(say("park-show.boundary", lang, text=boundary["description"]))
    if boundary.get("area_km2"):
        typer.echo(say("park-show.area", lang, area=boundary["area_km2"]))
    typer.echo(say("park-show.counts", lang, **info["counts"]))
    typer.echo(_size(park, size, lang))
    for name, columns in _TABLES.items():
        items = found[name]
        if items:
            used = [c for c in columns if c == "id" or any(i.get(c) for i in items)]
            typer.echo("")
            heads = [say(f"park-show.column-{c}", lang) for c in used]
            table(say(f"park-show.{name}", lang), heads, [[_cell(i.get(c)) for c in used] for i in items])
    typer.echo("\n" + say("park-show.meters", lang))
    for meter in found["meters"]:
        _print_meter(meter, lang)
    if found["virtual_meters"]:
        typer.echo("\n" + say("park-show.virtual_meters", lang))
        for virtual in found["virtual_meters"]:
            act = say(f"activity.{virtual['activity']}", lang)
            typer.echo(f"  {virtual['id']} ({virtual['carrier']}, {act}) = {virtual['formula']}")
            if virtual["expanded"] != virtual["formula"]:
                typer.echo(f"    = {virtual['expanded']}")
    typer.echo("\n" + say("park-show.missing", lang))
    for name, lacks in found["missing"].items():
        said = [say(f"park-missing.{lack['code']}", lang, **_worded(lack["values"], lang)) for lack in lacks]
        text = say("park-show.separator", lang).join(said) or say("park-show.nothing-missing", lang)
        title = say("park-show.intensity", lang) if name == "intensity" else say(f"indicator.{name}", lang)
        typer.echo(f"  {title}: {text}")


def _size(park: "Park", size: "AccountedSize | None", lang: str) -> str:
    stated = say(f"park-show.size-{park.park.size_class or 'none'}", lang)
    if size is None:
        return say("park-show.size-stated", lang, stated=stated)
    accounted = say(f"park-show.size-{size.size_class}", lang)
    differs = park.park.size_class is not None and park.park.size_class != size.size_class
    key = "park-show.size-differs" if differs else "park-show.size-both"
    tce = f"{float(size.energy_tce):,.0f}"
    return say(key, lang, stated=stated, accounted=accounted, tce=tce, year=size.year)


def _print_meter(meter: dict[str, Any], lang: str) -> None:
    indent = "  " * (meter["depth"] + 1)
    parts = [str(meter[k]) for k in ("name", "enterprise", "class", "rating") if meter.get(k)]
    manual = [say("park-show.manual", lang)] if meter.get("manual") else []
    typer.echo(f"{indent}{meter['id']}  {' · '.join([*parts, *manual])}".rstrip())
    for channel in meter["channels"]:
        act = say(f"activity.{channel['activity']}", lang)
        words = [channel["carrier_name"], act, f"{channel['unit']} / {channel['step']}", channel["kind"]]
        if channel["multiplier"] != "1":
            words.append(f"× {channel['multiplier']}")
        words += [f"{k}={channel[k]}" for k in ("connection", "asset", "process", "waste") if channel.get(k)]
        if channel["replacements"]:
            words.append(say("park-show.replacements", lang, number=channel["replacements"]))
        typer.echo(f"{indent}  - {channel['id']}: {' · '.join(words)}")


def _worded(values: dict[str, Any], lang: str) -> dict[str, Any]:
    worded = dict(values)
    if "activity" in values:
        worded["activity"] = say(f"activity.{values['activity']}", lang)
    return worded


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_number(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return "" if value is None else _number(value)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)
