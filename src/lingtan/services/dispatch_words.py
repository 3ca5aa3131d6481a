"""Reasons and notes of a schedule in words."""

from collections.abc import Mapping
from typing import Any

from lingtan.base.text import say, sentences


def reason_text(reason: Mapping[str, Any], lang: str) -> str:
    """The sentence of a reason; the other side of a spread lies so many hours before or after, where one hour is the partner."""
    told = {k: f"{v:.3f}" for k, v in reason["values"].items()}
    hours = reason["values"].get("hours")
    variant = "" if not hours else "-later" if hours > 0 else "-earlier"
    told["hours"] = f"{abs(hours or 0.0):.1f}"
    key = f"dispatch.reason-{reason['code']}"
    if "added" not in told and f"{key}-plain" in sentences(lang):
        variant = "-plain"
    if f"{key}{variant}" not in sentences(lang):
        variant = ""
    return say(f"{key}{variant}", lang, **{"price": "–", "other": "–", "added": "–", "earns": "–", **told})


def note_text(note: Mapping[str, Any], lang: str, names: Mapping[str, str] = {}) -> str:
    """The sentence of what a schedule was planned with; ``names`` of assets, else their ids."""
    told = {k: f"{v:,}" if isinstance(v, int) else v for k, v in note.items() if k != "code"}
    if "asset" in told:
        told["asset"] = names.get(told["asset"], told["asset"])
    return say(note["code"], lang, **told)


def source_text(source: str, lang: str) -> str:
    """Where the expectation of a series came from: a forecast, or the simpler rule that stood in."""
    keys = (f"dispatch.from-{source}", f"forecast-model.{source}")
    return next((say(k, lang) for k in keys if k in sentences(lang)), source)


def assumption_text(note: Mapping[str, Any], lang: str, names: Mapping[str, str] = {}) -> str:
    """The sentence of what the park file leaves open: the value that was taken, or what was left out and why."""
    part, value = names.get(note["part"], note["part"]), f"{note['value']:,g}"
    return say(note.get("code", "dispatch.assumed"), lang, part=part, field=note["field"], value=value)
