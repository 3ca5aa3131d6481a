"""``lingtan park change-meter``: another meter, or another multiplier, from a moment on."""

from typing import Annotated, Any

import typer

from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    talk,
    workspace,
)


def register(app: typer.Typer) -> None:
    """Add the command to the noun ``park``."""
    app.command("change-meter")(command(change_meter))


def change_meter(
    channel: Annotated[str, typer.Argument(help="The channel · 计量点")],
    start: Annotated[str, typer.Option("--from", help="From this moment on, park time · 起始时间")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the park file · 理由")],
    multiplier: Annotated[str, typer.Option("--multiplier", help="The new multiplier · 新倍率")] = "",
    final: Annotated[str, typer.Option("--final", help="The old register's last state · 旧表止码")] = "",
    initial: Annotated[str, typer.Option("--initial", help="The new register's first state · 新表起码")] = "",
    digits: Annotated[
        int | None, typer.Option("--digits", min=1, max=12, help="Whole digits of the new register · 位数")
    ] = None,
    serial: Annotated[str, typer.Option("--serial", help="The new meter's number · 表号")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the effect, write nothing · 只看不写")] = False,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Replace a meter or correct its multiplier in park.yaml, comments kept, and show the effect · 换表与倍率更正

    Example: lingtan park change-meter glass-gas --from 2025-01-01 --multiplier 1.25 --reason "corrector was not stated"
    """
    from lingtan.apps.cli.readings_edit import _number
    from lingtan.base.text import say
    from lingtan.base.time import iso, parse_instant
    from lingtan.services.change_meter import change_meter as change

    said = language(lang)
    space = workspace(park, said)

    def number(text: str) -> Any:
        return _number(text) if text else None

    made = change(
        space, channel, parse_instant(start, space.park.park.timezone), reason=reason, multiplier=number(multiplier),
        final=number(final), initial=number(initial), digits=digits, serial=serial, dry_run=dry_run,
    )  # fmt: skip
    if json_:
        answer({"channel": made.channel, "from": iso(made.start), "entry": made.entry, "unit": made.unit,
                "before": str(made.before), "after": str(made.after), "rev": made.commit.rev if made.commit else None})  # fmt: skip
        return
    entry = ", ".join(f"{k}: {v}" for k, v in made.entry.items())
    typer.echo(f"{made.channel}: {entry}")
    typer.echo(say("change-meter-show.effect", said, before=f"{made.before:,}", after=f"{made.after:,}",
                   difference=f"{made.after - made.before:+,}", unit=made.unit))  # fmt: skip
    if made.commit:
        talk(say("change-meter-show.done", said, rev=made.commit.rev))
    else:
        talk(say("change-meter-show.dry", said))
