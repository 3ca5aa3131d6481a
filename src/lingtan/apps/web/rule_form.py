"""An alarm rule as a form: which fields a condition has, what stands in them, and the rule that they say."""

from collections.abc import Mapping
from typing import Any

from lingtan.metering.alarms.rule import Rule
from lingtan.metering.checks.finding import Kind as FindingKind
from lingtan.metering.checks.finding import Severity as FindingSeverity
from lingtan.services.alarm_rules import parse_rule

# kind -> fields of its condition: name, form ("number", "flag", "choice", "many", "words"), choices
FIELDS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "limit": (
        ("of", "choice", ("rating", "unit")),
        ("above", "number", ()),
        ("below", "number", ()),
        ("hysteresis", "number", ()),
    ),
    "change": (("of", "choice", ("rating", "unit")), ("by", "number", ())),
    "frozen": (("hours", "number", ()), ("zeros", "flag", ()), ("least_readings", "number", ())),
    "missing": (("steps", "number", ()), ("least_minutes", "number", ())),
    "silence": (("minutes", "number", ()),),
    "demand": (("share", "number", ()),),
    "balance": (("share", "number", ()), ("hours", "number", ())),
    "finding": (
        ("kinds", "many", tuple(str(k) for k in FindingKind)),
        ("least", "choice", tuple(str(s) for s in FindingSeverity)),
    ),
    "indicator": (("indicator", "words", ()), ("least_probability", "number", ())),
    "clock": (("minutes", "number", ()),),
    "rejected": (("cells", "number", ()),),
    "fault": (("codes", "words", ()),),
}
FIRST = {
    "limit": {"of": "rating", "above": "1", "hysteresis": "0.02"}, "change": {"of": "rating", "by": "0.8"},
    "frozen": {"hours": "24", "least_readings": "24"}, "missing": {"steps": "4", "least_minutes": "1440"}, "silence": {"minutes": "120"},
    "demand": {"share": "0.9"}, "balance": {"share": "0.1", "hours": "24"}, "finding": {"least": "warning"}, "indicator": {"indicator": "core"},
    "clock": {"minutes": "30"}, "rejected": {"cells": "1"}, "fault": {"codes": "dispatch."},
}  # fmt: skip
PREFIX = "c-"


def shown_fields(kind: str, held: Rule | None, given: Mapping[str, list[str]] | None) -> list[dict[str, Any]]:
    """The fields of a condition with what stands in them: what was typed, else what the rule says, else a first proposal."""
    stated: Mapping[str, Any] = FIRST.get(kind, {})
    if held is not None and held.kind == kind:
        stated = held.condition.model_dump(mode="json")
    found = []
    for name, form, choices in FIELDS[kind]:
        value = stated.get(name)
        typed = None if given is None else given.get(PREFIX + name)
        if typed is not None:
            value = typed if form == "many" else typed[0]
        if form == "words" and isinstance(value, list):
            value = ", ".join(value)
        many = list(value or ()) if form == "many" else []
        shown = "" if value is None else value
        found.append(
            {"name": PREFIX + name, "key": name, "form": form, "choices": choices, "value": shown, "many": many}
        )
    return found


def rule_of(form: Mapping[str, list[str]], kind: str) -> Rule:
    """The rule that a form says.

    Raises
    ------
    InputError
        ``alarm.bad-rule`` with every problem.
    """

    def one(name: str, default: str = "") -> str:
        return form.get(name, [default])[0].strip()

    def words(name: str) -> list[str]:
        return [
            w.strip()
            for part in form.get(name, [])
            for w in part.replace("，", ",").replace("\n", ",").split(",")
            if w.strip()
        ]

    condition: dict[str, Any] = {"kind": kind}
    for name, shape, _ in FIELDS[kind]:
        key = PREFIX + name
        if shape == "flag":
            condition[name] = bool(one(key))
        elif shape == "many":
            condition[name] = [v for v in form.get(key, []) if v]
        elif name == "codes":
            condition[name] = words(key)
        elif one(key):
            condition[name] = one(key)
    told = one("told", "all")
    data: dict[str, Any] = {
        "id": one("id"), "name": {"zh": one("name_zh") or one("name_en") or one("id"), "en": one("name_en") or one("name_zh") or one("id")},
        "condition": condition, "severity": one("severity"), "active": bool(one("active")),
        "scope": {k: words(k) for k in ("channels", "enterprises", "carriers", "activities")},
        "delay_minutes": one("delay_minutes") or 0, "quiet_minutes": one("quiet_minutes") or 0,
        "tell": None if told == "all" else [] if told == "nobody" else [v for v in form.get("tell", []) if v],
    }  # fmt: skip
    return parse_rule(data)
