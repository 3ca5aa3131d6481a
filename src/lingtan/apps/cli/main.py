"""``lingtan``: the nouns, each loaded only when it is used."""

import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from lingtan import __version__

# noun -> (module with ``app``, one line of help)
NOUNS: dict[str, tuple[str, str]] = {
    "park": ("park", "The park file: new, check, show, schema, log, diff, change-meter · 园区档案"),
    "readings": ("readings", "Meter data: import, check, repair, estimate, revert · 计量数据"),
    "account": ("account", "The carbon and energy account: run, show, explain, close, restate, diff · 核算"),
    "indicators": ("indicators", "The core and guiding indicators · 指标"),
    "green": ("green", "Green power: trace, rules, certificates, statements · 绿电"),
    "evidence": ("evidence", "Seal and verify an evidence pack · 证据包"),
    "store": ("store", "What the workspace keeps: log, seal, verify · 数据仓"),
    "bills": ("bills", "Electricity bills from readings, tariffs compared · 电费账单与比价"),
    "plan": ("plan", "Plan the cheapest credible way: new, check, run, show, compare, explain, sweep, export · 规划"),
    "forecast": ("forecast", "Forecasts of loads, PV, wind, prices: train, run, show, explain, score · 预测"),
    "dispatch": ("dispatch", "The next hours: plan, explain, approve, run, override, backtest · 调度"),
    "alarm": ("alarm", "Alarms: list, acknowledge, rules, who is told, webhooks, deliver · 告警"),
    "report": ("report", "Write a report file · 报告"),
    "serve": ("serve", "Serve the portal and the API · 门户与接口"),
    "mcp": ("mcp", "Figures for assistants, read-only (MCP) · 智能助手只读接口"),
    "user": ("user", "People who may sign in: add, list, password, disable · 用户"),
    "audit": ("audit", "The audit log: verify, head, list · 审计日志"),
    "demo": ("demo", "A synthetic demo park with known truth · 演示园区"),
}


class Nouns(TyperGroup):
    """A group whose members are imported on first use."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in NOUNS:
            return None
        module = importlib.import_module(f"lingtan.apps.cli.{NOUNS[cmd_name][0]}")
        found: Any = get_command(module.app)
        # completion is set up for the root alone
        found.params = [p for p in found.params if p.name not in ("install_completion", "show_completion")]
        found.help = found.help or NOUNS[cmd_name][1]
        found.name = cmd_name
        return found

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Nouns"):
            formatter.write_dl([(name, text) for name, (_, text) in NOUNS.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        from lingtan.base.ids import nearest

        if args and args[0] not in NOUNS and not args[0].startswith("-"):
            hint = nearest(args[0], NOUNS)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{hint}'?" if hint else ""))
        return super().resolve_command(ctx, args)


# no rich help here: it would import every noun to draw its table
app = typer.Typer(
    cls=Nouns,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lingtan, version {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version")
    ] = False,
) -> None:
    """Lingtan 零碳: from a park's meter files to its audited indicator.

    Every command takes --park DIR, --json and --lang zh|en. Try: lingtan demo
    """


# Typer brings its own copy of click, so the root must be made by Typer too: else its exit codes get lost
cli: Any = get_command(app)


def main() -> None:
    """Entry point; UTF-8 output whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    cli()


new_app = typer.Typer  # nouns make their app with it

if __name__ == "__main__":
    main()
