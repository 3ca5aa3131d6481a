"""Whose a target of forecasts is, and how people call it."""

from collections.abc import Mapping

from lingtan.base.text import label, say, sentences
from lingtan.forecast.record import Target
from lingtan.forecast.targets import plan
from lingtan.park.carriers import carriers
from lingtan.park.model import Park, channels


def owners(park: Park) -> dict[str, str | None]:
    """The enterprise of every target; None for the park's own."""
    return {t.id: t.enterprise for t in plan(park, meters=True).targets} | {"price": None}


def target_name(park: Park, target: Target, lang: str) -> str:
    """The name of a target: enterprise and carrier, asset, channel, or the park's sum."""
    people = {e.id: e.name for e in park.enterprises}
    known = carriers(park)
    carrier = str(getattr(known[target.carrier], lang)) if target.carrier in known else target.carrier
    if target.kind == "price":
        return say("forecast-kind.price", lang)
    if target.level == "park":
        what = carrier if target.kind == "load" else say(f"forecast-kind.{target.kind}", lang)
        return say("forecast-portal.of-park", lang, what=what)
    if target.kind in ("pv", "wind"):
        found = next((a.name for a in park.assets if a.id == target.id), None)
        return label(found, lang, target.id)
    who = label(people.get(target.enterprise or ""), lang, target.enterprise or target.id)
    if target.level == "enterprise":
        return f"{who} · {carrier}"
    if target.id.endswith(":rest"):
        return f"{who} · {say('forecast-portal.rest', lang, carrier=carrier)}"
    held = channels(park).get(target.id)
    return f"{who} · {label(held[1].name, lang, target.id) if held else target.id}"


def name_of_id(park: Park, name: str, kind: str, lang: str, targets: Mapping[str, Target] | None = None) -> str:
    """The name of a target by its id, for records that keep no more."""
    found = (targets or {t.id: t for t in plan(park, meters=True).targets}).get(name)
    if found is not None:
        return target_name(park, found, lang)
    key = f"forecast-kind.{kind}"
    return say(key, lang) if name == "price" and key in sentences(lang) else name
