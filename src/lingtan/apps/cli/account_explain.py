"""``lingtan account explain``: the passport of a figure as a tree."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.account_options import AsOfOption, RulesOption, parse_as_of
from lingtan.apps.cli.options import (
    HERE,
    JsonOption,
    LangOption,
    ParkOption,
    answer,
    command,
    language,
    listener,
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.carbon.passport import Node


@command
def explain(
    figure: Annotated[str, typer.Argument(help="Address, such as core or co2/category=power · 数字的地址")] = "core",
    list_: Annotated[bool, typer.Option("--list", help="List the addresses instead · 列出全部地址")] = False,
    run: Annotated[str, typer.Option("--run", help="A run or closing id; else the newest run · 运行或结账编号")] = "",
    period: Annotated[str, typer.Option("--period", help="Year or month; frozen figures if closed · 期间")] = "",
    rules: RulesOption = "ndrc-910-2025",
    as_of: AsOfOption = "",
    depth: Annotated[int, typer.Option("--depth", min=1, max=5, help="1 formula … 5 everything · 展开层数")] = 4,
    hour: Annotated[str, typer.Option("--hour", help="Down to this hour: 2025-03-07T14:00 · 展开到某小时")] = "",
    readings: Annotated[int, typer.Option("--readings", min=0, help="Show that many readings · 显示读数条数")] = 0,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Open a figure to its formula, postings, factors, readings and files · 追溯一个数字的来源

    Example: lingtan account explain core --period 2025
    """
    from lingtan.base.time import parse_instant
    from lingtan.services.explain import Below, find_run, list_figures
    from lingtan.services.explain import explain as explained

    said = language(lang)
    space = workspace(park, said)
    zone = space.park.park.timezone
    hear = listener(said, quiet=json_)
    found, closing = find_run(space, run=run, period=period, rules=rules, as_of=parse_as_of(as_of, zone), listener=hear)
    if list_:
        figures = list_figures(space, found)
        if json_:
            answer({"run": found.id, "closing": closing, "figures": figures})
        else:
            typer.echo("\n".join(figures))
        return
    below = Below(parse_instant(hour, zone) if hour else None, readings)
    made = explained(space, figure, found, closing=closing, depth=depth, below=below, listener=hear)
    told = {
        "figure": made.address,
        "run": found.id,
        "closing": closing,
        "as_of": found.record["as_of"],
        "as_of_time": found.record["as_of_time"],
        "park": found.record["park"],
        "rules": found.record["rules"],
        "method": found.record["method"],
        "code": found.record["code"],
        "result": found.record["result"],
        "recomputed": made.recomputed,
    }
    if json_:
        answer({**told, "passport": made.tree.as_dict()})
        return
    print_passport(made.tree, told, said)


def print_passport(tree: "Node", told: dict[str, Any], lang: str) -> None:
    """The tree with what it rests on."""
    import sys

    from rich.console import Console
    from rich.tree import Tree

    from lingtan.base.text import say

    shown = Tree(_line(tree, lang))
    _grow(shown, tree, lang)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False)
    console.print(shown)
    talk(
        say(
            "passport.rests-on",
            lang,
            run=told["closing"] or told["run"],
            rev=told["as_of"],
            time=told["as_of_time"],
            park_rev=told["park"]["rev"],
            rules=f"{told['rules']['id']} {told['rules']['version']}",
            method=", ".join(f"{k} {v}" for k, v in told["method"].items()),
            result=str(told["result"])[:16],
        )
    )
    if not told["recomputed"]:
        talk(say("passport.not-recomputed", lang))


def _grow(branch: Any, node: "Node", lang: str) -> None:
    for child in node.children:
        _grow(branch.add(_line(child, lang)), child, lang)


def _line(node: "Node", lang: str) -> Any:
    """One node: what it is, its name, value and facts; a long fact stands on its own line."""
    from rich.text import Text

    from lingtan.base.text import say

    line = Text(say(f"passport-node.{node.kind}", lang), style="dim")
    line.append(f" {node.name}", style="bold")
    if node.value is not None:
        line.append(f"  {node.value} {node.unit}".rstrip(), style="cyan")
    for key, value in node.facts.items():
        if key in ("micrograms", "milli", "micro", "digest", "content", "formula_key") or value in (None, "", [], {}):
            continue
        words = _words(key, value, lang)
        if key in ("formula", "clause", "source", "document"):
            line.append(f"\n  {words}")
        else:
            line.append(f" · {words}", style="dim")
    return line


def _words(key: str, value: Any, lang: str) -> str:
    from lingtan.base.text import say, sentences

    if key.endswith("_key"):
        return say(str(value), lang) if str(value) in sentences(lang) else str(value)
    text = (
        "; ".join(say(str(v), lang, reason="") if str(v) in sentences(lang) else str(v) for v in value)
        if isinstance(value, list)
        else str(value)
    )
    if key == "formula":
        return say(text, lang) if text in sentences(lang) else text
    name = f"passport-fact.{key}"
    return f"{say(name, lang) if name in sentences(lang) else key.replace('_', ' ')}: {text}"
