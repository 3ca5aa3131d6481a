"""An alarm in words: its sentence with the values as people read them, times in the park's zone, names of the park."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lingtan.base.text import label, say, sentences
from lingtan.base.time import parse_instant
from lingtan.park.model import Park, channels
from lingtan.services.alarm_ports import Alarm

SHARES = frozenset({"share", "allowed", "probability"})
UNITS = {"m3": "m³", "m3/h": "m³/h", "C": "°C"}


def alarm_text(alarm: Alarm, park: Park, lang: str) -> str:
    """The sentence."""
    return spoken(alarm.code, alarm.values, park, lang)


def spoken(code: str, values: Mapping[str, Any], park: Park, lang: str) -> str:
    """The sentence of a code with its values."""
    shown = {k: _shown(k, v, park, lang) for k, v in values.items()}
    if spans := values.get("spans"):
        shown["last"] = span_text(spans[-1], park)
    try:
        return say(code, lang, **shown).replace("CO2", "CO₂")
    except (KeyError, IndexError):  # a sentence of a newer version wants values that this alarm does not have
        return f"{code} {shown}"


def subject_text(alarm: Alarm, park: Park, lang: str) -> str:
    """What it is about: a channel by its name, else the subject as it was told."""
    if alarm.channel is not None:
        held = channels(park).get(alarm.channel)
        return label(held[1].name, lang, alarm.channel) if held else alarm.channel
    connection = alarm.values.get("connection")
    if connection:
        return next((label(c.name, lang, c.id) for c in park.connections if c.id == connection), str(connection))
    asset = alarm.values.get("asset")
    if asset:
        return next((label(a.name, lang, a.id) for a in park.assets if a.id == asset), str(asset))
    return str(alarm.values.get("file") or "") or label(park.park.name, lang, park.park.id)


def enterprise_text(alarm: Alarm, park: Park, lang: str) -> str:
    """Whose it is."""
    if alarm.enterprise is None:
        return say("alarm.of-park", lang)
    return next((label(e.name, lang, e.id) for e in park.enterprises if e.id == alarm.enterprise), alarm.enterprise)


def span_text(span: Sequence[str], park: Park) -> str:
    """A stretch of time; the day is said once where it is the same."""
    begin, end = _local(span[0], park), _local(span[1], park)
    return f"{begin} – {end[11:] if end[:10] == begin[:10] else end}"


def _shown(key: str, value: Any, park: Park, lang: str) -> Any:
    if key in SHARES and isinstance(value, int | float):
        return f"{value:.1%}".replace("-", "−")
    if key == "since":
        return _local(value, park)
    if key == "kind" and f"finding-kind.{value}" in sentences(lang):
        return say(f"finding-kind.{value}", lang)
    if key == "indicator" and f"indicator.{value}" in sentences(lang):
        return say(f"indicator.{value}", lang)
    if key == "unit":
        return UNITS.get(str(value), value)
    if key == "asset":
        return next((label(a.name, lang, a.id) for a in park.assets if a.id == value), value)
    if isinstance(value, float):
        return _number(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) and key != "year" else value


def _number(value: float) -> str:
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 10 else 4 if size < 1 else 2
    text = f"{value:,.{digits}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text and digits > 2 else text


def _local(at: str, park: Park) -> str:
    return local_text(parse_instant(at), park)


def local_text(when: datetime, park: Park) -> str:
    """An instant in the park's zone."""
    return f"{when.astimezone(ZoneInfo(park.park.timezone)):%Y-%m-%d %H:%M}"
