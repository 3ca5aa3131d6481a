"""``lingtan account close | restate | diff | list | show``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.account_options import (
    AsOfOption,
    FloorOption,
    PeriodOption,
    ReasonOption,
    RulesOption,
    parse_as_of,
    tonnes,
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
    table,
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.carbon.difference import Amounts
    from lingtan.services.attribute import Cause
    from lingtan.services.keep_run import Run

AXES = ("category", "enterprise", "month")


@command
def close(
    period: PeriodOption,
    rules: RulesOption = "ndrc-910-2025",
    floor: FloorOption = None,
    reason: ReasonOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Close a period: its figures stay for ever · 结账：期间数字永久冻结

    Example: lingtan account close --period 2025
    """
    from lingtan.base.text import say
    from lingtan.services.close_period import close_period

    said = language(lang)
    space = workspace(park, said)
    made = close_period(
        space, period, rules=rules, floor=floor, reason=reason or None, listener=listener(said, quiet=json_)
    )
    if json_:
        answer(made.record)
        return
    typer.echo(say("closing.closed", said, closing=made.id, rev=made.as_of, result=made.record["result"][:16]))
    _totals(made.record, said)


@command
def restate(
    period: PeriodOption,
    rules: RulesOption = "ndrc-910-2025",
    as_of: AsOfOption = "",
    floor: FloorOption = None,
    reason: ReasonOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Account a closed period again and post the difference with its causes · 重述已结账期间并列明原因

    Example: lingtan account restate --period 2025 --reason "late file of the steam meter"
    """
    from lingtan.base.text import say
    from lingtan.services.restate_period import cause_dict, restate_period

    said = language(lang)
    space = workspace(park, said)
    made = restate_period(
        space,
        period,
        rules=rules,
        as_of=parse_as_of(as_of, space.park.park.timezone),
        floor=floor,
        reason=reason or None,
        listener=listener(said, quiet=json_),
    )
    if json_:
        answer(
            {
                "changed": made.closing is not None,
                "closing": made.closing.record if made.closing else None,
                "causes": [cause_dict(c) for c in made.causes],
            }
        )
        return
    if made.closing is None:
        typer.echo(say("closing.nothing-changed", said, period=made.after.period.label))
        return
    typer.echo(say("closing.restated", said, closing=made.closing.id, before=made.closing.record["restates"]))
    print_causes(made.before, made.after, made.causes, said)


@command
def diff(
    before: Annotated[
        str, typer.Argument(help="A run, a closing (…@0), a revision or a time · 运行、结账、修订号或时间")
    ],
    after: Annotated[str, typer.Argument(help="The other side · 另一方")],
    period: Annotated[str, typer.Option("--period", help="What to account for a revision or a time · 期间")] = "",
    rules: RulesOption = "ndrc-910-2025",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Compare two accounts by category, enterprise and month, with causes · 比较两次核算并说明原因

    Example: lingtan account diff 2025-ndrc-910-2025@0 2025-ndrc-910-2025@1
    """
    from lingtan.carbon.difference import along
    from lingtan.services.compare_runs import compare_runs
    from lingtan.services.restate_period import cause_dict

    said = language(lang)
    space = workspace(park, said)
    made = compare_runs(space, before, after, period=period, rules=rules, listener=listener(said, quiet=json_))
    if json_:
        measures = sorted({c.measure for c in made.moved})
        answer(
            {
                "before": made.before.record,
                "after": made.after.record,
                "difference_micrograms": {
                    m: {
                        **{a: {str(k): str(v) for k, v in along(made.moved, m, a).items()} for a in AXES},
                        "enterprise_after_transfers": {
                            str(k): str(v) for k, v in along(made.moved, m, "enterprise", after_transfers=True).items()
                        },
                    }
                    for m in measures
                },
                "causes": [cause_dict(c) for c in made.causes],
            }
        )
        return
    print_causes(made.before, made.after, made.causes, said)
    print_axes(made.moved, [m.id for m in made.after.rules.measures], said)


@command
def list_(
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Closings and restatements · 结账与重述列表

    Example: lingtan account list
    """
    from lingtan.base.text import say
    from lingtan.services.closings import closings

    said = language(lang)
    found = closings(workspace(park, said))
    if json_:
        answer([{k: v for k, v in c.record.items() if k not in ("causes", "files")} for c in found])
        return
    if not found:
        talk(say("closing.none", said))
        return
    measures = sorted({m for c in found for m in c.record["totals"]})
    rows = [
        [
            c.id,
            say(f"closing.kind-{c.record['kind']}", said),
            c.record["made_at"],
            c.as_of,
            *(tonnes(int(c.record["totals"][m])) if m in c.record["totals"] else "" for m in measures),
            "; ".join(say(f"cause.{n}", said) for cause in c.record.get("causes", []) for n in cause["causes"]),
            c.record["reason"] or "",
        ]
        for c in found
    ]
    heads = [say(f"closing.column-{n}", said) for n in ("id", "kind", "made", "rev")]
    heads += [say(f"measure.{m}", said) for m in measures]
    heads += [say(f"closing.column-{n}", said) for n in ("causes", "reason")]
    table(say("closing.list", said), heads, rows, right=range(3, 4 + len(measures)))


@command
def show(
    what: Annotated[
        str, typer.Argument(help="A closing or run id; else the closing of --period · 结账或运行编号")
    ] = "",
    period: Annotated[str, typer.Option("--period", help="Year or month · 期间")] = "",
    rules: RulesOption = "ndrc-910-2025",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Show an account as it was frozen, without computing · 按冻结内容显示核算结果

    Example: lingtan account show --period 2025
    """
    from lingtan.apps.cli.account import as_json, print_account
    from lingtan.base.text import say
    from lingtan.services.explain import find_run

    said = language(lang)
    space = workspace(park, said)
    found, closing = find_run(space, run=what, period=period, rules=rules, listener=listener(said, quiet=json_))
    if json_:
        answer({**as_json(found), "closing": closing})
        return
    if closing:
        talk(say("closing.shown", said, closing=closing, time=found.record["as_of_time"]))
    print_account(space, found, said)


def _totals(record: Mapping[str, Any], lang: str) -> None:
    from lingtan.base.text import say

    rows = [[say(f"measure.{m}", lang), m, tonnes(int(v))] for m, v in record["totals"].items()]
    heads = [say(f"closing.column-{n}", lang) for n in ("measure", "figure", "amount")]
    table(str(record["id"]), heads, rows, right=[2])


def print_causes(before: "Run", after: "Run", causes: "Sequence[Cause]", lang: str) -> None:
    """What was, each cause with its amount, what is; the causes sum to the difference."""
    from lingtan.base.text import say
    from lingtan.carbon.difference import total

    measures = [m.id for m in after.rules.measures]
    rows: list[list[Any]] = [["", before.id, *(tonnes(before.account.total(m)) for m in measures), ""]]
    for cause in causes:
        name = " + ".join(say(f"cause.{n}", lang) for n in cause.names)
        core = "" if cause.core is None else f"{float(cause.core):.6f}"
        rows.append([name, str(cause.count), *(_signed(total(cause.moved, m)) for m in measures), core])
    rows.append(["", after.id, *(tonnes(after.account.total(m)) for m in measures), ""])
    heads = [say(f"closing.column-{n}", lang) for n in ("cause", "count")]
    heads += [*(say(f"measure.{m}", lang) for m in measures), say("closing.column-core", lang)]
    table(say("closing.causes", lang), heads, rows, right=range(2, 3 + len(measures)))
    for cause in causes:
        for detail in cause.details[:8]:
            name = " + ".join(say(f"cause.{n}", lang) for n in cause.names)
            talk(f"  {name}: " + ", ".join(f"{k} {_short(v)}" for k, v in detail.items() if v not in (None, [])))


def print_axes(moved: "Amounts", measures: Sequence[str], lang: str) -> None:
    """The difference by category, by enterprise after transfers, and by month."""
    from lingtan.base.text import say
    from lingtan.carbon.difference import along

    for axis in AXES:
        sums = {m: along(moved, m, axis, after_transfers=axis == "enterprise") for m in measures}
        keys = sorted({k for s in sums.values() for k in s}, key=str)
        rows = [[str(k), *(_signed(sums[m].get(k, 0)) for m in measures)] for k in keys]
        if rows:
            heads = [say(f"closing.axis-{axis}", lang), *(say(f"measure.{m}", lang) for m in measures)]
            table(say("closing.difference", lang, axis=heads[0]), heads, rows, right=range(1, 1 + len(measures)))


def _signed(micrograms: int) -> str:
    text = tonnes(micrograms)
    return f"+{text}" if micrograms > 0 else text


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(f"rev {c['rev']} {c.get('file') or ''}".strip() for c in value if isinstance(c, dict))
    return str(value)
