"""What every command takes (``--park``, ``--json``, ``--lang``) and how it answers.

A command is a plain function decorated with :func:`command`; errors become their sentence and exit code.
Heavy modules are imported inside the commands, so that ``lingtan --help`` stays fast.
"""

import functools
import json
import locale
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.base.errors import LingtanError

if TYPE_CHECKING:
    from lingtan.services.ports import Progress
    from lingtan.services.workspace import Workspace

ParkOption = Annotated[
    Path, typer.Option("--park", help="Folder of the park · 园区工作目录", show_default="current folder")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON · 以 JSON 输出")]
LangOption = Annotated[
    str, typer.Option("--lang", help="zh or en · 语言", show_default="from the environment, else zh")
]
HERE = Path()


def default_lang() -> str:
    """``LINGTAN_LANG``, else the locale of the environment if it is English, else Chinese."""
    stated = os.environ.get("LINGTAN_LANG")
    if stated in ("zh", "en"):
        return stated
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    return "en" if name.lower().startswith("en") else "zh"


def language(lang: str) -> str:
    """The language asked for; refuses an unknown one."""
    if not lang:
        return default_lang()
    if lang not in ("zh", "en"):
        raise typer.BadParameter("zh or en")
    return lang


def workspace(park: Path, lang: str) -> "Workspace":
    """Open the workspace in ``park``."""
    from lingtan.wiring import open_workspace

    return open_workspace(park, lang=lang)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Turn a Lingtan error into its sentence on stderr (or JSON on stdout) and its exit code."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except LingtanError as error:
            fail(error, as_json=bool(kwargs.get("json_")), lang=language(str(kwargs.get("lang") or "")))
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None

    return run


def fail(error: LingtanError, *, as_json: bool, lang: str) -> None:
    """Say what is wrong and leave with the error's exit code."""
    if as_json:
        problems = [p.as_dict(lang) for p in error.problems]
        values = {k: str(v) for k, v in error.values.items()}
        answer(
            {
                "error": {
                    "code": error.code,
                    "text": error.format(lang),
                    "values": values,
                    "problems": problems,
                }
            }
        )
    else:
        typer.echo(error.format(lang), err=True)
    raise typer.Exit(error.exit_code)


def answer(value: Any) -> None:
    """Print a result as JSON on stdout; decimals, dates and paths as their text."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def talk(text: str) -> None:
    """Say something that is no result, on stderr."""
    typer.echo(text, err=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Print a table on stdout; columns whose index is in ``right`` are right-aligned."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left", show_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        shown.add_column(column, justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(soft_wrap=False, width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
    console.print(shown)


def listener(lang: str, *, quiet: bool = False) -> "Callable[[Progress], None]":
    """Shows progress on stderr: one line that is rewritten on a terminal, a line per step elsewhere."""
    from lingtan.base.text import say

    live = sys.stderr.isatty()
    last: dict[str, str] = {"key": ""}

    def hear(progress: "Progress") -> None:
        if quiet:
            return
        what = say(f"progress.{progress.key}", lang, done=progress.done, total=progress.total, **progress.values)
        share = f" {progress.done}/{progress.total}" if progress.total else ""
        if live:
            end = "\n" if progress.total and progress.done >= progress.total else ""
            sys.stderr.write(f"\r\033[K{what}{share}{end}")
            sys.stderr.flush()
        elif progress.key != last["key"] or (progress.total and progress.done >= progress.total):
            last["key"] = progress.key
            sys.stderr.write(f"{what}{share}\n")

    return hear


def as_rows(items: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[list[Any]]:
    """Dictionaries as rows of a table."""
    return [[item.get(key) for key in keys] for item in items]
