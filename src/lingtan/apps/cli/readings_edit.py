"""``lingtan readings check|estimate|repair|revert``: validation, estimation and editing. Every change has a reason."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from datetime import datetime

    from lingtan.metering.checks import Finding
    from lingtan.metering.estimate import Filled
    from lingtan.services.edits import Edit
    from lingtan.services.workspace import Workspace

ChannelsOption = Annotated[
    list[str] | None, typer.Option("--channel", help="Only this channel; may be repeated · 计量点")
]
FromOption = Annotated[str, typer.Option("--from", help="From this time on, park time · 起始时间")]
ToOption = Annotated[str, typer.Option("--to", help="Before this time, park time · 结束时间")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept with the change · 理由")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing · 只看不写")]
ACTIONS = ("edit", "scale", "shift", "withdraw", "confirm")
SHOWN = 200


def register(app: typer.Typer) -> None:
    """Add the commands to the noun ``readings``."""
    for name, function in (("check", check), ("estimate", estimate), ("repair", repair), ("revert", revert)):
        app.command(name)(command(function))


def check(
    period: Annotated[str, typer.Option("--period", help="Year, month or day; else all · 期间")] = "",
    channel: ChannelsOption = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only this kind, such as gap · 类别")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Remarks too, every line · 全部列出")] = False,
    as_of: Annotated[int | None, typer.Option("--as-of", min=1, help="As known at a revision · 修订号")] = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What is missing or looks wrong, with the evidence and what may be done · 检查读数

    Example: lingtan readings check --period 2025-03 --kind sentinel
    """
    from lingtan.base.text import say
    from lingtan.base.time import iso
    from lingtan.services.check_readings import check_readings

    said = language(lang)
    space = workspace(park, said)
    made = check_readings(space, period, channels=channel or (), as_of=as_of)
    findings = [f for f in made.findings if not kind or str(f.kind) in kind]
    if json_:
        answer({"start": iso(made.start), "end": iso(made.end), "channels": made.channels, "readings": made.readings,
                "counts": made.counts(), "findings": [f.as_dict() for f in findings]})  # fmt: skip
        return
    shown = findings if all_ else [f for f in findings if f.severity != "info"][:SHOWN]
    if shown:
        _print_findings(space, shown, said)
    heads = [say(f"check-show.{n}", said) for n in ("kind", "error", "warning", "info")]
    rows = [
        [say(f"finding-kind.{k}", said), *(v.get(s, "") for s in ("error", "warning", "info"))]
        for k, v in made.counts().items()
    ]
    zone = space.park.park.timezone
    title = say("check-show.summary", said, channels=made.channels, readings=f"{made.readings:,}",
                start=_local(made.start, zone), end=_local(made.end, zone))  # fmt: skip
    if rows:
        typer.echo(title)
        table("", heads, rows, right=[1, 2, 3])
    else:
        talk(title)
    left = len(findings) - len(shown)
    talk(
        say(
            "check-show.clean" if not findings else "check-show.next" if left else "check-show.what-now",
            said,
            left=left,
        )
    )


def _print_findings(space: "Workspace", findings: "Sequence[Finding]", lang: str) -> None:
    from lingtan.base.text import say

    zone = space.park.park.timezone
    heads = [
        say(f"check-show.{n}", lang) for n in ("channel", "kind", "start", "end", "severity", "evidence", "suggestion")
    ]
    rows = [
        [f.channel, say(f"finding-kind.{f.kind}", lang), _local(f.start, zone), _local(f.end, zone),
         say(f"severity.{f.severity}", lang), _evidence(f, lang),
         say(f"suggestion.{f.suggestion}", lang)]
        for f in findings
    ]  # fmt: skip
    table("", heads, rows)


def _evidence(finding: "Finding", lang: str) -> str:
    """The values of a finding with their words."""
    from lingtan.base.text import say, sentences

    def word(key: str) -> str:
        return say(f"finding-value.{key}", lang) if f"finding-value.{key}" in sentences(lang) else key.replace("_", " ")

    return ", ".join(f"{word(k)} {v}" for k, v in finding.values.items() if v is not None)


def estimate(
    reason: ReasonOption,
    channel: ChannelsOption = None,
    start: FromOption = "",
    end: ToOption = "",
    method: Annotated[
        str, typer.Option("--method", help="auto, linear, similar-day, profile, parent, children, flat · 方法")
    ] = "auto",
    total: Annotated[str, typer.Option("--total", help="Known quantity of the one gap, kept exactly · 已知总量")] = "",
    dry_run: DryRunOption = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Fill gaps with estimates that name their method; measured readings are not touched · 估算缺失读数

    Example: lingtan readings estimate --channel pv-roof-a --from 2025-03-07 --to 2025-03-09 --reason "logger was down"
    """
    from lingtan.base.text import say
    from lingtan.base.time import iso
    from lingtan.metering.readings import Method
    from lingtan.services.estimate_gaps import estimate_gaps

    said = language(lang)
    space = workspace(park, said)
    made = estimate_gaps(
        space, _instant(space, start), _instant(space, end), reason=reason, channels=channel or (), method=method,
        total=_number(total) if total else None, dry_run=dry_run,
    )  # fmt: skip
    if json_:
        gaps = [{"channel": f.channel, "start": iso(f.start), "end": iso(f.end), "steps": f.steps,
                 "method": f.method.name.lower(), "total": f.total, "why": f.why} for f in made.filled]  # fmt: skip
        answer({**_edit_json(made.edit), "gaps": gaps})
        return
    if made.filled:
        _print_filled(space, made.filled, said)
    still = sum(1 for f in made.filled if f.method is Method.NONE)
    if still:
        talk(say("estimate-show.open", said, count=still))
    _print_edit(space, made.edit, said, rows=False)


def _print_filled(space: "Workspace", filled: "Sequence[Filled]", lang: str) -> None:
    from lingtan.base.text import say

    zone = space.park.park.timezone
    heads = [say(f"estimate-show.{n}", lang) for n in ("channel", "start", "end", "steps", "method", "total")]
    rows = [
        [f.channel, _local(f.start, zone), _local(f.end, zone), f.steps, say(f"method.{f.method.name.lower()}", lang),
         "" if f.total is None else f.total]
        for f in filled[:SHOWN]
    ]  # fmt: skip
    table("", heads, rows, right=[3, 5])


def repair(
    action: Annotated[str, typer.Argument(help="edit, scale, shift, withdraw or confirm · 操作")],
    reason: ReasonOption,
    channel: ChannelsOption = None,
    start: FromOption = "",
    end: ToOption = "",
    value: Annotated[str, typer.Option("--value", help="edit: the value of each reading · 数值")] = "",
    factor: Annotated[str, typer.Option("--factor", help="scale: times this · 系数")] = "",
    minutes: Annotated[
        int, typer.Option("--minutes", help="shift: later by so much, or earlier if negative · 分钟")
    ] = 0,
    found: Annotated[
        list[str] | None, typer.Option("--found", help="withdraw: what 'check' found of a kind · 按检查结果撤回")
    ] = None,
    period: Annotated[str, typer.Option("--period", help="with --found: the period checked · 期间")] = "",
    dry_run: DryRunOption = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Edit, scale, shift, withdraw or confirm readings, as a new revision · 修改读数

    Example: lingtan readings repair withdraw --found sentinel --found spike --reason "logger faults, see ticket 42"
    """
    from lingtan.base.errors import InputError
    from lingtan.base.ids import nearest

    said = language(lang)
    if action not in ACTIONS:
        raise InputError(
            "repair.unknown-action", action=action, known=", ".join(ACTIONS), nearest=nearest(action, ACTIONS) or "edit"
        )
    space = workspace(park, said)
    if found:
        from lingtan.services.repair_readings import withdraw_found

        if action != "withdraw":
            raise InputError("repair.found-withdraws", action=action)
        findings, edit = withdraw_found(space, found, period, reason=reason, channels=channel or (), dry_run=dry_run)
        if json_:
            answer({**_edit_json(edit), "findings": [f.as_dict() for f in findings]})
            return
        if findings:
            _print_findings(space, findings[:SHOWN], said)
    else:
        edit = _repaired(space, action, channel or [], (start, end), (value, factor, minutes), reason, dry_run)
        if json_:
            answer(_edit_json(edit))
            return
    _print_edit(space, edit, said, rows=not found)


def _repaired(
    space: "Workspace", action: str, channels: list[str], stretch: tuple[str, str], given: tuple[str, str, int], reason: str,
    dry_run: bool,
) -> "Edit":  # fmt: skip
    from datetime import timedelta

    from lingtan.base.errors import InputError
    from lingtan.services import repair_readings as do

    start, end = (_instant(space, text) for text in stretch)
    if len(channels) != 1 or start is None:
        raise InputError("repair.where")
    where = do.Stretch(channels[0], start, end or start + timedelta(microseconds=1))
    value, factor, minutes = given
    if action == "edit":
        return do.edit_values(space, where, _number(value), reason=reason, dry_run=dry_run)
    if action == "scale":
        return do.scale_values(space, where, _number(factor), reason=reason, dry_run=dry_run)
    if action == "shift":
        return do.shift(space, where, timedelta(minutes=minutes), reason=reason, dry_run=dry_run)
    return (do.withdraw if action == "withdraw" else do.confirm)(space, where, reason=reason, dry_run=dry_run)


def revert(
    reason: ReasonOption,
    rev: Annotated[int | None, typer.Option("--rev", min=1, help="The commit to take back · 要撤销的修订")] = None,
    channel: ChannelsOption = None,
    start: FromOption = "",
    end: ToOption = "",
    to: Annotated[
        int | None, typer.Option("--to-rev", min=1, help="Back to what was known then · 恢复到该修订")
    ] = None,
    dry_run: DryRunOption = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Take a commit back, or set a stretch to what it was at a revision, as a new revision · 撤销修改

    Example: lingtan readings revert --rev 12 --reason "wrong channel"
    """
    from lingtan.base.errors import InputError
    from lingtan.base.text import say
    from lingtan.services.revert import revert_commit, revert_stretch

    said = language(lang)
    space = workspace(park, said)
    if rev is not None and to is None and not channel:
        made = revert_commit(space, rev, reason=reason, dry_run=dry_run)
    else:
        first, last = _instant(space, start), _instant(space, end)
        if rev is not None or to is None or not channel or len(channel) != 1 or first is None or last is None:
            raise InputError("revert.what")
        made = revert_stretch(space, channel[0], first, last, to, reason=reason, dry_run=dry_run)
    if json_:
        answer({**_edit_json(made.edit), "kept": made.kept})
        return
    if made.kept:
        talk(say("revert-show.kept", said, count=made.kept))
    _print_edit(space, made.edit, said)


def _instant(space: "Workspace", text: str) -> "datetime | None":
    from lingtan.base.time import parse_instant

    return parse_instant(text, space.park.park.timezone) if text else None


def _number(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    from lingtan.base.errors import InputError

    try:
        number = Decimal(text)
    except InvalidOperation:
        raise InputError("repair.bad-number", text=text) from None
    if not number.is_finite() or abs(number.adjusted()) > 24:
        raise InputError("repair.bad-number", text=text)
    return number


def _local(at: "datetime", zone: str) -> str:
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _edit_json(edit: "Edit") -> dict[str, Any]:
    return {
        "rev": edit.commit.rev if edit.commit else None,
        "kind": edit.commit.kind if edit.commit else None,
        "rows": edit.rows.num_rows,
        "reason": edit.commit.reason if edit.commit else None,
        "notes": dict(edit.notes),
    }


def _print_edit(space: "Workspace", edit: "Edit", lang: str, *, rows: bool = True) -> None:
    """Old and new numbers of the first rows, and the revision."""
    from lingtan.base.text import say
    from lingtan.metering.channels import Book
    from lingtan.metering.readings import Quality

    if rows and edit.rows.num_rows:
        book, zone = Book(space.park), space.park.park.timezone
        before = {(r["channel"], r["start"]): r["value"] for r in edit.before.to_pylist()}
        heads = [say(f"edit-show.{n}", lang) for n in ("channel", "start", "before", "after", "quality")]
        shown = [
            [book.name(r["channel"]), _local(r["start"], zone), _thousandths(before.get((r["channel"], r["start"]))),
             _thousandths(r["value"]), say(f"quality.{Quality(r['quality']).name.lower()}", lang)]
            for r in edit.rows.slice(0, 20).to_pylist()
        ]  # fmt: skip
        table("", heads, shown, right=[2, 3])
    if edit.notes.get("dropped"):
        talk(say("edit-show.dropped", lang, count=edit.notes["dropped"]))
    if not edit.rows.num_rows:
        talk(say("edit-show.nothing", lang))
    elif edit.commit is None:
        talk(say("edit-show.dry", lang, rows=edit.rows.num_rows))
    else:
        talk(say("edit-show.done", lang, rows=edit.rows.num_rows, rev=edit.commit.rev))


def _thousandths(value: int | None) -> str:
    return "" if value is None else f"{value / 1000:,.3f}"
