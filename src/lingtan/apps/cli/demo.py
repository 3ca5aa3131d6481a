"""``lingtan demo``: a synthetic park with known truth, from its meter files to its report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli import demo_score
from lingtan.apps.cli.options import JsonOption, LangOption, answer, command, language, listener, table, talk

if TYPE_CHECKING:
    from lingtan.demo.run import Story

app = typer.Typer()
FOLDER = Path("demo-park")
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the demo park · 目录")]


@app.callback(invoke_without_command=True)
@command
def demo(
    context: typer.Context,
    out: OutOption = FOLDER,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another park · 随机种子")] = 7,
    days: Annotated[int, typer.Option("--days", min=7, max=365, help="Days of 2025 · 天数")] = 365,
    force: Annotated[bool, typer.Option("--force", help="Replace another demo park in the folder · 覆盖")] = False,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the portal on a terminal · 打开门户")] = True,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Build a demo park, account a year of it and write its report · 生成演示园区，核算一年并出报告

    Example: lingtan demo --out demo-park
    """
    if context.invoked_subcommand is not None:
        return
    from lingtan.base.text import say
    from lingtan.demo.ahead import look_ahead
    from lingtan.demo.build import build_demo
    from lingtan.demo.run import run_demo
    from lingtan.services.write_report import Format
    from lingtan.wiring import forecast_sources, open_workspace, report_writer, simulated_plant, workspace_audit

    said = language(lang)
    hear = listener(said, quiet=json_)
    built = build_demo(out.resolve(), seed=seed, days=days, force=force, listener=hear)
    if not built.fresh and not json_:
        talk(say("demo.continues", said, folder=built.folder, seed=seed, days=days))
    formats: tuple[Format, ...] = ("docx", "xlsx")
    writers = {kind: report_writer(kind) for kind in formats}
    story = run_demo(built, lambda folder: open_workspace(folder, lang=said), writers, hear, lang=said)
    if built.whole_year:
        space = open_workspace(built.folder, lang=said)
        look_ahead(space, forecast_sources(space), workspace_audit(built.folder), simulated_plant, hear)
    if json_:
        answer(as_json(story))
    else:
        print_story(story, out, said)
    if serve:
        _serve(built.folder, said, quiet=json_)
    else:
        _accounts(built.folder, said, quiet=json_)


def as_json(story: "Story") -> dict[str, Any]:
    """The steps, the indicators and the account at the end."""
    from lingtan.apps.cli.account import as_json as account_json
    from lingtan.apps.cli.indicators import as_json as indicator_json

    return {
        "folder": str(story.built.folder),
        "fresh": story.built.fresh,
        "steps": [{"step": step, "run": run.id, **_core(run)} for step, run in story.runs],
        "indicators": [indicator_json(i) for i in story.last.indicators],
        "account": {k: v for k, v in account_json(story.last).items() if k != "postings"},
        "findings": dict(story.findings),
        "repairs": story.repairs,
        "causes": story.causes,
        "reports": [str(p) for p in story.reports],
    }


def _core(run: Any) -> dict[str, Any]:
    core = run.indicators[0]
    sure = core.interval.probability if core.interval else None
    value = None if core.value is None else f"{float(core.value):.6f}"
    return {
        "tco2": f"{float(core.numerator):.3f}",
        "tce": f"{float(core.denominator):.3f}",
        "core": value,
        "probability": sure,
    }


def print_story(story: "Story", out: Path, lang: str) -> None:
    """Tables of indicators and account, the steps on the way, the causes of the restatement, and how to go on."""
    from lingtan.apps.cli.account import print_account
    from lingtan.apps.cli.indicators import print_indicators
    from lingtan.base.text import say
    from lingtan.services.show_indicators import Shown
    from lingtan.wiring import open_workspace

    print_indicators(Shown(story.last, story.last.indicators), lang)
    print_account(open_workspace(story.built.folder, lang=lang), story.last, lang)
    rows = []
    for step, run in story.runs:
        core = _core(run)
        sure = "" if core["probability"] is None else f"{core['probability']:.0%}"
        rows.append(
            [
                say(f"demo.step-{step}", lang),
                f"{float(core['tco2']):,.1f}",
                f"{float(core['tce']):,.1f}",
                (core["core"] or "")[:6],
                sure,
            ]
        )
    if story.findings:
        kinds = ", ".join(f"{say(f'demo-score.kind-{k}', lang)} {n}" for k, n in sorted(story.findings.items()))
        talk(say("demo.checked", lang, count=sum(story.findings.values()), kinds=kinds, repairs=story.repairs))
    heads = [say(f"demo.column-{n}", lang) for n in ("step", "tco2", "tce", "core", "probability")]
    table(say("demo.steps", lang), heads, rows, right=[1, 2, 3, 4])
    if story.causes:
        rows = []
        for cause in story.causes:
            co2 = int(cause["totals_micrograms"].get("co2", "0")) / 1e12
            tce = int(cause["totals_micrograms"].get("tce_equivalent", "0")) / 1e12
            rows.append(["、".join(say(f"cause.{c}", lang) for c in cause["causes"]), f"{co2:+,.1f}", f"{tce:+,.1f}"])
        table(say("demo.causes", lang), [say("demo.column-cause", lang), *heads[1:3]], rows, right=[1, 2])
    if story.second is not None:
        totals = {m.id: float(story.second.account.total(m.id)) / 1e12 for m in story.second.rules.measures}
        talk(
            say(
                "demo.second",
                lang,
                totals=", ".join(f"{say(f'measure.{m}', lang)} {v:,.1f}" for m, v in totals.items()),
            )
        )
    for path in story.reports:
        talk(say("demo.report", lang, path=path))
    talk(say("demo.next", lang, park=out))


def _serve(folder: Path, lang: str, *, quiet: bool) -> None:
    """Serve the portal until Ctrl-C, on a terminal and once the portal is there."""
    import importlib.util
    import sys

    _accounts(folder, lang, quiet=quiet)
    if quiet or not sys.stdout.isatty() or importlib.util.find_spec("lingtan.apps.web.serve") is None:
        return
    importlib.import_module("lingtan.apps.web.serve").serve(folder, lang=lang)


def _accounts(folder: Path, lang: str, *, quiet: bool) -> None:
    """An account for each role, once; the passwords are made by chance and shown this once."""
    from lingtan.base.text import say
    from lingtan.services.access.demo_people import add_demo_people
    from lingtan.wiring import open_access

    if quiet:  # nobody would see the passwords
        return
    made = add_demo_people(open_access(folder).directory, lang)
    if made:
        _talk_of_roles(folder, lang)
        rows = [
            [p.user.name, say(f"role.{p.user.role.value}", lang), p.user.enterprise or "", p.password] for p in made
        ]
        heads = [say(f"access.column-{c}", lang) for c in ("name", "role", "enterprise")] + [
            say("portal.password", lang)
        ]
        table(say("access.demo-people", lang), heads, rows)
    else:
        talk(say("access.demo-people-known", lang))


def _talk_of_roles(folder: Path, lang: str) -> None:
    """What the demo's people said to each other, so that each role's page has something to show."""
    from lingtan.demo.role_story import add_role_story, newest_closed
    from lingtan.services.closings import find_closing, frozen_run
    from lingtan.wiring import open_workspace

    space = open_workspace(folder, lang=lang)
    closed = newest_closed(space)
    if closed:
        add_role_story(space, frozen_run(space, find_closing(space, closed)), closed, lang)


demo_score.register(app)
