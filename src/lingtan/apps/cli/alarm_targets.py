"""``lingtan alarm targets | add-target | drop-target | test | webhook | log``."""

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

TargetId = Annotated[str, typer.Argument(help="Id of a target · 通知对象标识")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    done = (
        ("targets", targets), ("add-target", add_target), ("add-webhook", add_webhook), ("drop-target", drop_target), ("test", try_now),
        ("log", log),
    )  # fmt: skip
    for name, one in done:
        app.command(name)(one)


@command
def targets(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Who and what is told · 通知对象与订阅

    Example: lingtan alarm targets
    """
    from lingtan.base.text import say

    said = language(lang)
    book = workspace(park, said).alarms()
    found = [] if book.fresh() else book.targets()
    if json_:
        answer([{**vars(t), "events": list(t.events)} for t in found])
        return
    heads = [say(f"alarms.{k}", said) for k in ("id", "way", "name", "address", "least", "events", "active")]
    rows = [
        [t.id, say(f"alarms.way-{t.kind}", said), t.label, t.address or t.secret, say(f"alarm.severity-{t.least}", said), ", ".join(t.events),
         say("alarms.on" if t.active else "alarms.off", said)]
        for t in found
    ]  # fmt: skip
    table(say("alarms.targets", said), heads, rows)


@command
def add_target(
    target: TargetId,
    kind: Annotated[str, typer.Option("--kind", help="email, wecom or dingtalk · 方式")],
    address: Annotated[str, typer.Option("--address", help="Of an e-mail · 邮箱")] = "",
    secret: Annotated[
        str, typer.Option("--secret", help="Name of a robot's secret in the environment, not the secret · 密钥名称")
    ] = "",
    least: Annotated[str, typer.Option("--least", help="notice, warning, serious, critical · 最低级别")] = "warning",
    speaks: Annotated[str, typer.Option("--speaks", help="zh or en, for the messages · 消息语言")] = "zh",
    label: Annotated[str, typer.Option("--label", help="Name · 名称")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Tell somebody: an e-mail address or a group robot · 新增或修改通知对象

    Example: lingtan alarm add-target duty --kind email --address duty@example.com --least serious
    """
    from lingtan.services.alarm_ports import Target
    from lingtan.services.alarm_targets import put_target
    from lingtan.wiring import message_senders

    space = workspace(park, language(lang))
    stated = Target(target, kind, label, address, secret, speaks, least)
    made = put_target(space, stated, senders=message_senders(space), by="cli")
    answer({**vars(made), "events": []}) if json_ else talk(f"{made.id}: {made.kind} {made.address or made.secret}")


@command
def add_webhook(
    target: TargetId,
    url: Annotated[str, typer.Argument(help="https address · 网址")],
    event: Annotated[
        list[str], typer.Option("--event", help="Such as alarm.raised; may be given several times · 事件")
    ],
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Push signed events to a program; the key is shown once · 新增 webhook 订阅

    Example: lingtan alarm add-webhook scada https://example.com/hook --event alarm.raised --event readings.imported
    """
    from lingtan.base.text import say
    from lingtan.services.alarm_ports import Target
    from lingtan.services.alarm_targets import put_target
    from lingtan.wiring import message_senders

    said = language(lang)
    space = workspace(park, said)
    senders = message_senders(space)
    made = put_target(
        space, Target(target, "webhook", "", url, events=tuple(event)), senders=senders, by="cli", new=True
    )
    key = senders.webhook_secret(made)
    if json_:
        answer({"id": made.id, "url": made.address, "events": list(made.events), "secret": key})
        return
    talk(say("alarms.secret-once", said, webhook=made.id))
    typer.echo(key)


@command
def drop_target(target: TargetId, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Take a target or a webhook away · 删除

    Example: lingtan alarm drop-target duty
    """
    from lingtan.services.alarm_targets import find_target

    book = workspace(park, language(lang)).alarms()
    found = find_target(book, target)
    book.drop_target(found.id)
    answer({"dropped": found.id}) if json_ else talk(f"– {found.id}")


@command
def try_now(target: TargetId, park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Send a test message now · 发送测试

    Example: lingtan alarm test duty
    """
    from lingtan.base.text import say
    from lingtan.services.alarm_targets import try_target
    from lingtan.services.deliver import deliver_due
    from lingtan.wiring import message_senders, portal_address

    said = language(lang)
    space = workspace(park, said)
    made = try_target(space, target, by="cli")
    deliver_due(space, message_senders(space), portal=portal_address())
    now = next(d for d in space.alarms().deliveries(target=target, limit=50) if d.id == made.id)
    if json_:
        answer({"id": now.id, "state": now.state, "status": now.status, "detail": now.detail})
    else:
        talk(f"{target}: {say(f'alarms.delivery-{now.state}', said)} {now.detail}".strip())


@command
def log(
    target: Annotated[str, typer.Option("--target", help="Of one target · 通知对象")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many · 条数")] = 50,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What was sent, what waits, what failed · 投递记录

    Example: lingtan alarm log --target duty
    """
    from lingtan.base.text import say
    from lingtan.services.say_alarm import local_text

    said = language(lang)
    space = workspace(park, said)
    book = space.alarms()
    found = [] if book.fresh() else book.deliveries(target=target or None, limit=limit)
    if json_:
        answer([vars(d) for d in found])
        return
    heads = [say(f"alarms.{k}", said) for k in ("made", "target", "event", "delivery", "tries", "answer")]
    rows = [
        [
            local_text(d.made_at, space.park),
            d.target,
            d.event,
            say(f"alarms.delivery-{d.state}", said),
            str(d.tries),
            d.detail or str(d.status or ""),
        ]
        for d in found
    ]
    table(say("alarms.deliveries", said), heads, rows, right=[4])
