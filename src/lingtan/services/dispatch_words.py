"""Reasons of a schedule in words."""

from collections.abc import Mapping
from typing import Any

from lingtan.base.text import say


def reason_text(reason: Mapping[str, Any], lang: str) -> str:
    """The sentence of a reason."""
    values = {k: f"{v:.3f}" for k, v in reason["values"].items()}
    told = {"price": "–", "other": "–", "added": "–", "earns": "–", **values}
    return say(f"dispatch.reason-{reason['code']}", lang, **told)
