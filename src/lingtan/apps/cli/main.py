"""``lingtan``: the nouns, each loaded only when it is used."""

import importlib
import sys
from typing import Any

import click
import typer
from typer.main import get_command

# noun -> (module with ``app``, one line of help)
NOUNS: dict[str, tuple[str, str]] = {
    "park": ("park", "The park file: new, check, show, change-meter · 园区档案"),
    "readings": ("readings", "Meter data: import, check, repair, estimate, revert · 计量数据"),
    "account": ("account", "The carbon and energy account: run, show, explain, close, restate, diff · 核算"),
    "indicators": ("indicators", "The core and guiding indicators · 指标"),
    "evidence": ("evidence", "Seal and verify an evidence pack · 证据包"),
    "store": ("store", "What the workspace keeps: log, seal, verify · 数据仓"),
    "report": ("report", "Write a report file · 报告"),
    "demo": ("demo", "A synthetic demo park with known truth · 演示园区"),
}


class Nouns(click.Group):
    """A group whose members are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module = importlib.import_module(f"lingtan.apps.cli.{NOUNS[cmd_name][0]}")
        found: Any = get_command(module.app)
        found.help = found.help or NOUNS[cmd_name][1]
        found.name = cmd_name
        return found  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Nouns"):
            formatter.write_dl([(name, text) for name, (_, text) in NOUNS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from lingtan.base.ids import nearest

        if args and args[0] not in NOUNS and not args[0].startswith("-"):
            hint = nearest(args[0], NOUNS)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{hint}'?" if hint else ""))
        return super().resolve_command(ctx, args)


@click.group(cls=Nouns, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lingtan")
def cli() -> None:
    """Lingtan 零碳: from a park's meter files to its audited indicator.

    Every command takes --park DIR, --json and --lang zh|en. Try: lingtan demo
    """


def main() -> None:
    """Entry point; UTF-8 output whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    cli()


new_app = typer.Typer  # nouns make their app with it

if __name__ == "__main__":
    main()
