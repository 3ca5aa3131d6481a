"""``lingtan alarm``: see alarms, acknowledge, rules, targets, webhooks; judge and deliver without a server."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli import alarm_rules, alarm_targets
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

if TYPE_CHECKING:
    from lingtan.services.alarm_ports import Alarm
    from lingtan.services.workspace import Workspace

app = typer.Typer(help="Alarms: list, acknowledge, rules, targets, webhooks, deliver · 告警", no_args_is_help=True)
alarm_rules.register(app)
alarm_targets.register(app)
AlarmId = Annotated[str, typer.Argument(help="Id of an alarm · 告警编号")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it; it is kept · 操作人")]


@app.command("list")
@command
def list_(
    state: Annotated[str, typer.Option("--state", help="live, open, acknowledged, cleared or all · 状态")] = "live",
    severity: Annotated[str, typer.Option("--severity", help="notice, warning, serious or critical · 级别")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", help="Of one enterprise · 企业")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many · 条数")] = 100,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Alarms: what holds, and what nobody has seen · 告警列表

    Example: lingtan alarm list --severity warning
    """
    from lingtan.base.text import say
    from lingtan.services.alarm_ports import STATES, Wanted
    from lingtan.services.alarms import alarm_dict

    said = language(lang)
    space = workspace(park, said)
    wanted = Wanted(
        states=[state] if state in STATES else None, severities=[severity] if severity else None, enterprise=enterprise or None,
        live=True if state == "live" else None,
    )  # fmt: skip
    book = space.alarms()
    found = [] if book.fresh() else book.alarms(wanted, limit=limit, urgent_first=state == "live")
    if json_:
        answer([{**alarm_dict(a), "text": _text(space, a, said)} for a in found])
        return
    if not found:
        talk(say("alarms.none-such" if severity or enterprise or state != "live" else "alarms.none-live", said))
        return
    names = ("severity", "state", "about", "text", "whose", "raised")
    heads = [say("alarms.id", said), *(say(f"alarms.{n}", said) for n in names)]
    table(say("alarms.list", said), heads, [_line(space, a, said) for a in found])


@app.command("show")
@command
def show(alarm: AlarmId, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """One alarm with its story · 告警详情

    Example: lingtan alarm show 01KEJKD8S0HV4XKJ4WCH14CTHY
    """
    from lingtan.base.text import say
    from lingtan.base.time import iso
    from lingtan.services.alarms import alarm_dict, find_alarm
    from lingtan.services.say_alarm import local_text

    said = language(lang)
    space = workspace(park, said)
    found = find_alarm(space.alarms(), alarm)
    notes = space.alarms().notes(found.id)
    if json_:
        story = [{"at": iso(n.at), "by": n.by, "act": n.act, "text": n.text} for n in notes]
        answer({**alarm_dict(found), "text": _text(space, found, said), "notes": story})
        return
    talk(" │ ".join(_line(space, found, said)))
    rows = [[local_text(n.at, space.park), say(f"alarms.act-{n.act}", said), n.by, n.text] for n in notes]
    table(say("alarms.story", said), [say(f"alarms.{k}", said) for k in ("made", "state", "by", "remark")], rows)


@app.command("acknowledge")
@command
def acknowledge(
    alarm: AlarmId,
    text: Annotated[str, typer.Option("--text", help="A remark · 备注")] = "",
    by: ByOption = "cli",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Say that somebody has seen it · 确认

    Example: lingtan alarm acknowledge 01KEJKD8S0HV4XKJ4WCH14CTHY --text "on site at 9" --by chen
    """
    from lingtan.services.alarms import acknowledge as done
    from lingtan.services.alarms import alarm_dict

    said = language(lang)
    space = workspace(park, said)
    made = done(space, alarm, by=by, text=text)
    _audit(space, "acknowledge", made, by)
    answer(alarm_dict(made)) if json_ else talk(" │ ".join(_line(space, made, said)))


@app.command("comment")
@command
def comment(
    alarm: AlarmId,
    text: Annotated[str, typer.Argument(help="What is to be said · 内容")],
    by: ByOption = "cli",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Say something about an alarm; it is kept for good · 备注

    Example: lingtan alarm comment 01KEJKD8S0HV4XKJ4WCH14CTHY "the meter was replaced"
    """
    from lingtan.services.alarms import alarm_dict
    from lingtan.services.alarms import comment as done

    said = language(lang)
    space = workspace(park, said)
    made = done(space, alarm, text, by=by)
    _audit(space, "comment", made, by)
    answer(alarm_dict(made)) if json_ else talk(" │ ".join(_line(space, made, said)))


@app.command("check")
@command
def check(
    period: Annotated[str, typer.Option("--period", help="A year, month or day to check too · 期间")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Judge what only time shows (late channels, a silent park) and, with a period, the findings of the checks · 立即判断

    Example: lingtan alarm check --period 2025-07
    """
    from lingtan.base.text import say
    from lingtan.services.watch_clock import watch_clock
    from lingtan.services.watch_findings import check_and_watch

    said = language(lang)
    space = workspace(park, said)
    changed = watch_clock(space) + (check_and_watch(space, period) if period else 0)
    answer({"changed": changed}) if json_ else talk(say("alarms.changed", said, count=changed))


@app.command("deliver")
@command
def deliver(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Send what waits, once; a server does it by itself · 发送待投递消息

    Example: lingtan alarm deliver
    """
    from lingtan.base.text import say
    from lingtan.services.deliver import deliver_due
    from lingtan.wiring import message_senders, portal_address

    said = language(lang)
    space = workspace(park, said)
    made = deliver_due(space, message_senders(space), portal=portal_address())
    answer(vars(made)) if json_ else talk(say("alarms.delivered", said, **vars(made)))


def _text(space: "Workspace", alarm: "Alarm", lang: str) -> str:
    from lingtan.services.say_alarm import alarm_text

    return alarm_text(alarm, space.park, lang)


def _line(space: "Workspace", alarm: "Alarm", lang: str) -> list[str]:
    from lingtan.base.text import say
    from lingtan.services.say_alarm import enterprise_text, local_text, subject_text

    return [
        alarm.id, say(f"alarm.severity-{alarm.severity}", lang), say(f"alarm.state-{alarm.state}", lang), subject_text(alarm, space.park, lang),
        _text(space, alarm, lang), enterprise_text(alarm, space.park, lang), local_text(alarm.raised_at, space.park),
    ]  # fmt: skip


def _audit(space: "Workspace", action: str, alarm: "Alarm", by: str) -> None:
    from lingtan.wiring import workspace_audit

    detail: dict[str, Any] = {"enterprise": alarm.enterprise or ""}
    workspace_audit(space.root).append(
        at=space.clock(), actor=by, role="operator", action=action, kind="alarm", object=alarm.id, detail=detail
    )
