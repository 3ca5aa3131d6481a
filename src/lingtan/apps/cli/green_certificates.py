"""``lingtan green certificates``: the register of certificates by serial number."""

import json
from pathlib import Path
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
    listener,
    table,
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.green.certificates.register import Event

app = typer.Typer(help="Green certificates by serial number · 绿证台账", no_args_is_help=True)
SerialsArgument = Annotated[list[str], typer.Argument(help="Serials, or ranges FIRST..LAST · 编号或编号段")]
HolderOption = Annotated[str, typer.Option("--holder", help="Who holds them; else the operator · 持有人")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, kept with the record · 原因，随记录保存")]


@app.command("import")
@command
def import_(
    files: Annotated[list[Path], typer.Argument(help="Issue files, or claims of another park (.json) · 核发文件")],
    holder: HolderOption = "",
    month: Annotated[str, typer.Option("--month", help="Month of generation where the file has none · 发电年月")] = "",
    other: Annotated[str, typer.Option("--other", help="The park whose claims the file holds · 其他园区")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Import issue files whole or not at all; a serial is issued once · 导入绿证核发文件

    Example: lingtan green certificates import 绿证核发.xlsx
    """
    from lingtan.base.text import say
    from lingtan.services.certificates import import_certificates

    said = language(lang)
    space = workspace(park, said)
    found = []
    for file in files:
        found += import_certificates(space, file, holder=holder, month=month, other_park=other)
    if json_:
        answer([vars(i) for i in found])
    for item in [] if json_ else found:
        typer.echo(say("certificates-text.imported", said, file=item.file, count=f"{item.certificates:,}",
                       ranges=item.ranges, rev=item.rev))  # fmt: skip


@app.command("list")
@command
def list_(
    holder: HolderOption = "",
    plant: Annotated[str, typer.Option("--plant", help="Only this plant · 只看该电站")] = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Certificates by holder, plant, month and state · 绿证清单

    Example: lingtan green certificates list
    """
    from lingtan.base.text import say
    from lingtan.services.certificate_register import load_register
    from lingtan.services.certificates import lots

    said = language(lang)
    found = lots(load_register(workspace(park, said)), holder=holder, plant=plant)
    if json_:
        answer(found)
        return
    rows = [
        [r["holder"], r["plant"], f"{r['month'] // 100}-{r['month'] % 100:02d}" if r["month"] else "–", f"{r['certificates']:,}",
         say(f"certificates-text.tradable-{r['tradable']}", said), say(f"certificates-text.{r['state']}", said),
         r["year"] or "", r["consumer"], r["first"]]
        for r in found
    ]  # fmt: skip
    heads = ("holder", "plant", "month", "count", "tradable", "state", "year", "consumer", "serials")
    table(
        say("certificates-text.title", said), [say(f"certificates-text.col-{h}", said) for h in heads], rows, right=[3]
    )


@app.command("transfer")
@command
def transfer(
    serials: SerialsArgument,
    to: Annotated[str, typer.Option("--to", help="Who gets them · 受让方")],
    holder: HolderOption = "",
    reason: ReasonOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Hand certificates on; what cannot be traded stays · 绿证划转

    Example: lingtan green certificates transfer GEC-2025-00000001..GEC-2025-00000500 --to battery-cells
    """
    from lingtan.services.certificates import operator_of
    from lingtan.services.certificates import transfer as move

    said = language(lang)
    space = workspace(park, said)
    _said(move(space, serials, holder=holder or operator_of(space.park), to=to, reason=reason), said, json_)


@app.command("cancel")
@command
def cancel(
    serials: SerialsArgument,
    year: Annotated[int, typer.Option("--year", help="Year of consumption · 消费年")],
    holder: HolderOption = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What for · 用途")] = "",
    consumer: Annotated[str, typer.Option("--for", help="Whose consumption; else the holder's · 消费主体")] = "",
    reason: ReasonOption = "",
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Cancel certificates for the consumption of a year; it cannot be undone · 绿证核销

    Example: lingtan green certificates cancel GEC-2025-00000001..GEC-2025-00000500 --year 2025
    """
    from lingtan.services.certificates import cancel as retire

    said = language(lang)
    space = workspace(park, said)
    made = retire(space, serials, holder=holder, year=year, purpose=purpose, consumer=consumer, reason=reason)
    _said(made, said, json_)


@app.command("expire")
@command
def expire(park: ParkOption = HERE, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Mark what is past its two years as expired · 过期处理

    Example: lingtan green certificates expire
    """
    from lingtan.base.text import say
    from lingtan.services.certificates import expire as end

    said = language(lang)
    count = end(workspace(park, said))
    if json_:
        answer({"expired": count})
    else:
        typer.echo(say("certificates-text.ended", said, count=f"{count:,}"))


@app.command("claims")
@command
def claims(
    out: Annotated[Path | None, typer.Option("--out", help="File to write · 输出文件")] = None,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What this park has cancelled, for another park to import and check against · 本园区已核销清单

    Example: lingtan green certificates claims --out claims.json
    """
    from lingtan.base.text import say
    from lingtan.services.certificates import claims as told

    said = language(lang)
    found = told(workspace(park, said))
    if out is not None:
        out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if json_ or out is None:
        answer(found)
    else:
        typer.echo(say("certificates-text.told", said, count=f"{found['certificates']:,}", file=out))


@app.command("check")
@command
def check(
    period: Annotated[str, typer.Option("--period", help="Year, such as 2025 · 年度")],
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Find kilowatt-hours that are claimed twice: by use, by contract, by certificate · 重复声明检查

    Example: lingtan green certificates check --period 2025
    """
    from lingtan.base.text import say
    from lingtan.services.certificates import check_claims

    said = language(lang)
    found, register, made = check_claims(workspace(park, said), period, listener=listener(said, quiet=json_))
    if json_:
        answer({"certificates": register.total, "trace": made.id, "double_claims": [_claim_json(c) for c in found]})
    elif not found:
        typer.echo(say("certificates-text.clean", said, count=f"{register.total:,}"))
    else:
        rows = [
            [say(f"double-claim.{c.kind}", said), c.about,
             f"{c.month // 100}-{c.month % 100:02d}" if c.month > 9999 else c.month, f"{c.kwh:,}",
             ", ".join(f"{k} {v:,}" for k, v in c.values.items())]
            for c in found
        ]  # fmt: skip
        heads = [say(f"certificates-text.col-{h}", said) for h in ("claim", "about", "month", "kwh", "values")]
        table(say("certificates-text.claims", said, count=len(found)), heads, rows, right=[3])
    if found:
        talk(say("certificates-text.found", said, count=len(found), kwh=f"{sum(c.kwh for c in found):,}"))
        raise typer.Exit(3)


def _claim_json(c: Any) -> dict[str, Any]:
    return {"kind": c.kind, "about": c.about, "month": c.month, "kwh": c.kwh, "values": dict(c.values),
            "by_hour_wh": [int(v) for v in c.by_hour_wh]}  # fmt: skip


def _said(event: "Event", lang: str, json_: bool) -> None:
    from lingtan.base.text import say

    told = {"event": event.kind, "on": event.on.isoformat(), "certificates": event.ranges.count, **event.values}
    if json_:
        answer(told)
    else:
        typer.echo(say(f"certificates-text.done-{event.kind}", lang, count=f"{event.ranges.count:,}",
                       to=event.values.get("to", "–"), year=event.values.get("year", "–")))  # fmt: skip
