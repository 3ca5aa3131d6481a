"""``lingtan alarm rules | rule | set-rule | drop-rule``."""

from pathlib import Path
from typing import Annotated

import typer

from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    table,
    talk,
    workspace,
)

RuleId = Annotated[str, typer.Argument(help="Id of a rule · 规则标识")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept · 原因")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it; it is kept · 操作人")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name, done in (("rules", rules), ("rule", rule), ("set-rule", set_rule), ("drop-rule", drop_rule)):
        app.command(name)(done)


@command
def rules(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Every rule in force · 告警规则

    Example: lingtan alarm rules
    """
    from lingtan.base.text import label, say
    from lingtan.services.alarm_rules import rules_in_force

    said = language(lang)
    found = rules_in_force(workspace(park, said).alarms())
    if json_:
        answer([r.model_dump(mode="json") for r in found.values()])
        return
    heads = [say(f"alarms.{k}", said) for k in ("id", "name", "kind", "severity", "active")]
    rows = [
        [r.id, label(r.name, said, r.id), say(f"alarms.kind-{r.kind}", said), say(f"alarm.severity-{r.severity}", said),
         say("alarms.on" if r.active else "alarms.off", said)]
        for r in found.values()
    ]  # fmt: skip
    table(say("alarms.rules", said), heads, rows)


@command
def rule(rule: RuleId, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """One rule as a file that set-rule reads, and with --json its history · 一条规则

    Example: lingtan alarm rule over-rating > over-rating.json
    """
    import json

    from lingtan.base.time import iso
    from lingtan.services.alarm_rules import find_rule, rule_history

    book = workspace(park, language(lang)).alarms()
    found = find_rule(book, rule).model_dump(mode="json")
    if not json_:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    versions = [
        {"version": v.version, "at": iso(v.at), "by": v.by, "reason": v.reason, "rule": None if v.rule is None else v.rule.model_dump(mode="json")}
        for v in rule_history(book, rule)
    ]  # fmt: skip
    answer({"rule": found, "versions": versions})


@command
def set_rule(
    file: Annotated[Path, typer.Argument(help="JSON file of the rule · 规则文件")],
    reason: ReasonOption,
    by: ByOption = "cli",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """State a rule: a new one, or the next version · 新增或修改规则

    Example: lingtan alarm set-rule over-rating.json --reason "the transformer was replaced"
    """
    import json

    from lingtan.base.errors import InputError
    from lingtan.base.text import say
    from lingtan.services.alarm_rules import parse_rule, put_rule

    said = language(lang)
    space = workspace(park, said)
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("alarm.no-rule-file", file=file, why=str(error)[:200]) from None
    made = put_rule(space, parse_rule(stated if isinstance(stated, dict) else {}), by=by, reason=reason)
    answer({"rule": made.id, "version": made.version}) if json_ else talk(
        f"{made.id}: {say('alarms.version', said, version=made.version)}"
    )


@command
def drop_rule(
    rule: RuleId,
    reason: ReasonOption,
    by: ByOption = "cli",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Take a rule out of force; its history stays · 撤销规则

    Example: lingtan alarm drop-rule jump --reason "too many"
    """
    from lingtan.base.text import say
    from lingtan.services.alarm_rules import drop_rule as drop

    said = language(lang)
    made = drop(workspace(park, said), rule, by=by, reason=reason)
    answer({"rule": made.id, "version": made.version}) if json_ else talk(f"{made.id}: {say('alarms.dropped', said)}")
