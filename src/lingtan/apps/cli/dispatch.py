"""``lingtan dispatch``: set-points with reasons, approved by people, handed to the plant; and what they would have been worth."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from lingtan.apps.cli.dispatch_backtest import backtest
from lingtan.apps.cli.dispatch_options import AtOption, ByOption, FileOption, IdArgument, KnownOption, open_known
from lingtan.apps.cli.dispatch_tables import (
    print_checked,
    print_explanation,
    print_roll,
    print_scenarios,
    print_schedule,
    print_schedules,
    print_without,
)
from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    workspace,
)

if TYPE_CHECKING:
    from datetime import datetime

    from lingtan.services.access.ports import AuditLog
    from lingtan.services.workspace import Workspace

app = typer.Typer(help="Plan the next hours of every asset, and say why · 调度", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Plan the next hours of every asset, and say why · 调度"""


def _who(by: str) -> str:
    return by or getpass.getuser()


def _at(opened: "Workspace", text: str) -> "datetime":
    from lingtan.base.time import parse_instant
    from lingtan.services.forecast_models import default_at

    return parse_instant(text, opened.park.park.timezone) if text else default_at(opened)


def _audit(opened: "Workspace") -> "AuditLog":
    from lingtan.wiring import workspace_audit

    return workspace_audit(opened.root)


@app.command("new")
@command
def new(
    force: Annotated[bool, typer.Option("--force", help="Replace an old one · 覆盖")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Write dispatch.yaml from the park file, every assumption told · 由园区档案生成调度文件

    Example: lingtan dispatch new --park my-park
    """
    from lingtan.base.errors import InputError
    from lingtan.base.text import say
    from lingtan.optimize.dispatch.derive import derive
    from lingtan.optimize.dispatch.file import dump
    from lingtan.services.dispatch_store import FILE
    from lingtan.services.dispatch_words import assumption_text

    opened, said = workspace(park, lang), language(lang)
    path = opened.root / FILE
    if path.exists() and not force:
        raise InputError("dispatch.exists", path=str(path))
    description, notes = derive(opened.park)
    path.write_text(dump(description), encoding="utf-8")
    if json_:
        answer({"file": str(path), "assumptions": [vars(n) for n in notes]})
        return
    typer.echo(say("dispatch.written", said, path=str(path), count=len(notes)))
    for note in notes:
        typer.echo("  " + assumption_text(vars(note), said))


@app.command("plan")
@command
def plan(
    at: AtOption = "",
    hours: Annotated[int | None, typer.Option("--hours", help="1 to 168 · 时长")] = None,
    step: Annotated[int | None, typer.Option("--step", help="Minutes: 5, 15, 30 or 60 · 步长")] = None,
    scenarios: Annotated[
        int, typer.Option("--scenarios", min=0, max=9, help="Plan on so many scenarios of the forecast · 情景数")
    ] = 0,
    linear: Annotated[bool, typer.Option("--linear", help="On and off may be parts · 线性")] = False,
    known: KnownOption = "",
    file: FileOption = None,
    by: ByOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Propose set-points for the next hours, with reasons · 提出调度计划及理由

    Example: lingtan dispatch plan --at 2025-07-15 --hours 24
    """
    from lingtan.services.plan_dispatch import plan_dispatch
    from lingtan.wiring import forecast_sources

    opened, said = open_known(park, lang, known), language(lang)
    start = _at(opened, at)
    made = plan_dispatch(
        opened,
        start=start,
        by=_who(by),
        audit=_audit(opened),
        hours=hours,
        step_minutes=step,
        file=file,
        linear=linear,
        scenarios=scenarios,
        sources=forecast_sources(opened),
        listener=listener(said, quiet=json_),
    )
    if json_:
        worth = None if made.two_stage is None else made.two_stage.as_dict()
        answer({**made.schedule.as_dict(), "assumptions": [vars(n) for n in made.notes], "scenarios": worth})
    else:
        print_schedule(made.schedule, made.notes, said)
        if made.two_stage is not None:
            print_scenarios(made.two_stage, said)


@app.command("show")
@command
def show(
    schedule: IdArgument = "",
    all_: Annotated[bool, typer.Option("--all", help="List every schedule · 列出全部")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """A schedule's set-points; or the list of schedules and alarms · 查看计划

    Example: lingtan dispatch show --all
    """
    from lingtan.services.dispatch_store import alarms, kept_schedule, overrides, schedule_ids

    opened, said = workspace(park, lang), language(lang)
    if all_:
        found = [kept_schedule(opened, name) for name in schedule_ids(opened)]
        if json_:
            rows = [{"id": s.id, "status": s.status, "cost_cny": s.cost_cny, "way": s.way} for s in found]
            answer({"schedules": rows, "overrides": overrides(opened), "alarms": alarms(opened)})
        else:
            print_schedules(found, overrides(opened), alarms(opened), opened.park.park.timezone, said)
        return
    one = kept_schedule(opened, schedule)
    if json_:
        answer(one.as_dict())
    else:
        print_schedule(one, [], said)


@app.command("explain")
@command
def explain(
    schedule: IdArgument = "",
    asset: Annotated[str, typer.Option("--asset", help="Only this asset · 仅此设备")] = "",
    without_: Annotated[
        str, typer.Option("--without", help="Solve again without a limit, such as month-peak · 去掉某约束再算")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Solve each hour again without what its reason names · 逐时验证各条理由")
    ] = False,
    file: FileOption = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Why each set-point, what binds, what would change the plan · 解释计划

    Example: lingtan dispatch explain --asset battery --check
    """
    from lingtan.services.dispatch_store import kept_schedule
    from lingtan.services.explain_dispatch import check_reasons, without_limit

    opened, said = workspace(park, lang), language(lang)
    one = kept_schedule(opened, schedule)
    if check:
        checked = check_reasons(opened, one, asset, file=file)
        if json_:
            answer([{**one.reasons[c.number], **vars(c)} for c in checked])
        else:
            print_checked(one, checked, opened.park.park.timezone, said)
        return
    if without_:
        other = without_limit(opened, one, without_, asset, file=file)
        if json_:
            answer(vars(other))
        else:
            print_without(other, said)
        return
    if json_:
        reasons = [r for r in one.reasons if not asset or r["asset"] == asset]
        answer(
            {
                "id": one.id,
                "reasons": reasons,
                "bindings": one.bindings,
                "changes": one.changes,
                "violations": one.violations,
            }
        )
    else:
        print_explanation(one, asset, opened.park.park.timezone, said)


@app.command("approve")
@command
def approve(
    schedule: IdArgument = "",
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead · 驳回")] = False,
    by: ByOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Stand for a schedule, or refuse it · 批准或驳回计划

    Example: lingtan dispatch approve --by li.wei
    """
    from lingtan.base.text import say
    from lingtan.services.approve_dispatch import approve_dispatch

    opened, said = workspace(park, lang), language(lang)
    changed = approve_dispatch(opened, schedule, by=_who(by), audit=_audit(opened), refuse=refuse)
    if json_:
        answer({"id": changed.id, "status": changed.status, "approvals": [a.by for a in changed.approvals]})
    else:
        typer.echo(say("dispatch.now", said, id=changed.id, status=say(f"dispatch.status-{changed.status}", said)))


@app.command("override")
@command
def override(
    asset: Annotated[str, typer.Argument(help="Unit or fleet · 设备")],
    kw: Annotated[float | None, typer.Option("--kw", help="Hold this power; without it, give back · 功率")] = None,
    hours: Annotated[float, typer.Option("--hours", help="For so long · 时长")] = 1.0,
    file: FileOption = None,
    by: ByOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Hold an asset by hand for some hours, or give it back · 手动控制

    Example: lingtan dispatch override battery --kw 0 --hours 2
    """
    from datetime import timedelta

    from lingtan.base.text import say
    from lingtan.services.approve_dispatch import override as hold
    from lingtan.services.dispatch_store import description_of

    opened, said = workspace(park, lang), language(lang)
    until = opened.clock() + timedelta(hours=hours)
    hold(opened, description_of(opened, file)[0], asset, kw, until=until, by=_who(by), audit=_audit(opened))
    if json_:
        answer({"asset": asset, "kw": kw, "until": until})
    else:
        typer.echo(
            say("dispatch.held" if kw is not None else "dispatch.released", said, asset=asset, kw=kw, hours=hours)
        )


@app.command("run")
@command
def run(
    at: AtOption = "",
    steps: Annotated[int, typer.Option("--steps", min=1, max=2000, help="How many steps · 步数")] = 4,
    hours: Annotated[int, typer.Option("--hours", min=1, max=168, help="Look ahead · 展望时长")] = 24,
    auto: Annotated[bool, typer.Option("--auto", help="Approve each plan in my name · 以本人名义自动批准")] = False,
    silent_: Annotated[
        list[str] | None, typer.Option("--silent", help="Asset that does not answer; repeat · 失联设备")
    ] = None,
    known: KnownOption = "",
    file: FileOption = None,
    by: ByOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Roll on the simulated plant: measure, plan, hand over, step after step · 在模拟厂站上滚动调度

    Example: lingtan dispatch run --at 2025-07-15T08:00 --steps 8 --auto
    """
    from lingtan.services.roll_dispatch import roll_dispatch
    from lingtan.wiring import forecast_sources, simulated_plant

    opened, said = open_known(park, lang, known), language(lang)
    rolled = roll_dispatch(
        opened,
        _at(opened, at),
        simulated_plant,
        audit=_audit(opened),
        by=_who(by),
        steps=steps,
        hours=hours,
        auto=auto,
        silent=silent_ or (),
        sources=forecast_sources(opened),
        file=file,
        listener=listener(said, quiet=json_),
    )
    if json_:
        answer(
            {
                "schedules": [s.id for s in rolled.schedules],
                "ways": rolled.ways,
                "sent": [{"at": t, "set_points": [vars(s) for s in sent]} for t, sent in rolled.sent],
                "alarms": rolled.alarms,
            }
        )
    else:
        print_roll(rolled, opened.park.park.timezone, said)


app.command("backtest")(backtest)
