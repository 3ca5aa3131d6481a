"""``lingtan plan``: studies of the cheapest credible way to the target."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.options import JsonOption, LangOption, answer, command, language, table, talk
from lingtan.apps.cli.plan_progress import Stop, hearing
from lingtan.apps.cli.plan_tables import print_answer, print_problems, print_rows
from lingtan.apps.cli.plan_why import print_explanation

if TYPE_CHECKING:
    from lingtan.optimize.study.profiles import Floats

app = typer.Typer(help="Plan the cheapest credible way to zero carbon, with a proof · 规划", no_args_is_help=True)
StudyArgument = Annotated[Path, typer.Argument(help="Study file, .yaml or .xlsx · 研究文件")]
AnswerOption = Annotated[
    str,
    typer.Option(
        "--answer",
        help="plan, least-carbon, frontier, alternatives, pathway, scenarios or sensitivities · 要哪种答案",
    ),
]


@app.callback()
def _group() -> None:
    """Plan the cheapest credible way to zero carbon, with a proof · 规划"""


def readings(park: Path, channel: str, period: Any) -> "Floats":
    """Hourly power of a channel of a park workspace."""
    from lingtan.services.channel_power import channel_power
    from lingtan.wiring import open_workspace

    return channel_power(open_workspace(park), channel, period)


@app.command("new")
@command
def new(
    study: StudyArgument,
    force: Annotated[bool, typer.Option("--force", help="Replace an old one · 覆盖")] = False,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Write a complete study that runs as it stands · 写出一份可直接运行的完整研究

    Example: lingtan plan new site.yaml
    """
    from lingtan.base.text import say
    from lingtan.services.start_study import start_study

    path = start_study(study, force=force)
    if json_:
        answer({"study": str(path)})
    else:
        typer.echo(say("plan.written", language(lang), path=path))


@app.command("schema")
@command
def schema(
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The JSON schema of study files, for editors · 研究文件的 JSON schema

    Example: lingtan plan schema > study.schema.json
    """
    from lingtan.optimize.study.file import study_schema

    answer(study_schema())


@app.command("check")
@command
def check(study: StudyArgument, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Every problem of the study at once, with its line · 一次列出全部问题及其行号

    Example: lingtan plan check site.yaml
    """
    from lingtan.services.studies import check_study_file

    said = language(lang)
    opened, problems = check_study_file(study, readings)
    good = opened is not None
    if json_:
        answer({"good": good, "problems": [p.as_dict(said) for p in problems]})
    else:
        print_problems(study, opened, problems, said)
    if not good:
        raise typer.Exit(2)


@app.command("run")
@command
def run(
    study: StudyArgument,
    answer_: AnswerOption = "plan",
    gap: Annotated[float | None, typer.Option("--gap", min=1e-7, max=0.5, help="Proven gap to stop at · 间隙")] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="CNY a year, for least-carbon · 预算")] = None,
    within: Annotated[float, typer.Option("--within", help="Share above the cheapest, for alternatives")] = 0.03,
    steps: Annotated[int, typer.Option("--steps", min=2, max=50, help="Points of the frontier · 前沿点数")] = 8,
    only: Annotated[list[str] | None, typer.Option("--only", help="Technology, for alternatives; repeat")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Do not resume a stopped run · 从头开始")] = False,
    solver: Annotated[str, typer.Option("--solver", help="auto, chain or highs · 求解器")] = "auto",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Solve the study; shows the gap; Ctrl-C stops and keeps, the next run goes on · 求解并显示间隙，可中断续算

    Example: lingtan plan run site.yaml --answer frontier
    """
    from lingtan.services.run_study import run_study
    from lingtan.services.studies import open_study
    from lingtan.wiring import now

    said = language(lang)
    opened = open_study(study, readings)
    stop = Stop()
    with stop:
        result = run_study(
            opened,
            answer_,
            now=now(),
            gap=gap,
            budget=budget,
            within=within,
            steps=steps,
            only=only or (),
            resume=not anew,
            solver=solver,
            hear=hearing(said, stop, quiet=json_),
        )
    if json_:
        answer(result)
    else:
        print_answer(opened.study, result, said)
        talk(str(opened.results))
    if result.get("status") in ("infeasible", "unbounded", "unsolved"):
        raise typer.Exit(4)


@app.command("show")
@command
def show(
    study: StudyArgument, answer_: AnswerOption = "plan", json_: JsonOption = False, lang: LangOption = ""
) -> None:
    """An answer that was kept: sizes, cost, bound, gap, indicators, money · 查看已保存的答案

    Example: lingtan plan show site.yaml --answer pathway
    """
    said = language(lang)
    result, record = _kept(study, answer_, said)
    if json_:
        answer(result)
    else:
        print_answer(record, result, said)


@app.command("explain")
@command
def explain(study: StudyArgument, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Prices of limits; what each technology earns and what would bring it in; why there is no plan · 为什么

    Example: lingtan plan explain site.yaml
    """
    said = language(lang)
    result, record = _kept(study, "plan", said)
    keys = ("status", "cost", "lower_bound", "gap", "why", "conflict", "relaxation")
    if json_:
        answer({k: result.get(k) for k in keys})
    else:
        print_explanation(record, result, said)


def _kept(study: Path, name: str, lang: str) -> tuple[dict[str, Any], Any]:
    from lingtan.base.errors import DataError
    from lingtan.base.ids import digest_bytes
    from lingtan.base.text import say
    from lingtan.optimize.study.file import parse_study
    from lingtan.services.studies import kept, read_bytes, results_folder

    data = read_bytes(study)
    if study.suffix.lower() == ".xlsx":
        from lingtan.services.study_workbook import yaml_from_workbook

        data = yaml_from_workbook(data, study.name)
    result = kept(results_folder(study), name)
    if result is None:
        raise DataError("study.not-run", study=study, answer=name)
    if result.get("digest") != digest_bytes(data):
        talk(say("plan.changed", lang, study=study))
    record, _, _ = parse_study(data, study.name)
    return result, record


@app.command("compare")
@command
def compare(
    studies: Annotated[list[Path], typer.Argument(help="Two or more studies that were run · 两个以上已求解的研究")],
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Plans of several studies side by side · 多个研究的方案并列

    Example: lingtan plan compare a.yaml b.yaml
    """
    from lingtan.services.run_study import compare_results

    said = language(lang)
    results = {path.stem: _kept(path, "plan", said)[0] for path in studies}
    rows = compare_results(results)
    if json_:
        answer(rows)
        return
    print_rows(rows, said)


@app.command("sweep")
@command
def sweep(
    study: StudyArgument,
    processes: Annotated[int, typer.Option("--processes", min=1, max=256, help="Side by side · 并行进程数")] = 2,
    cross: Annotated[bool, typer.Option("--cross", help="All combinations of the sensitivities · 全组合")] = False,
    gap: Annotated[float | None, typer.Option("--gap", min=1e-7, max=0.5, help="Proven gap to stop at")] = None,
    again: Annotated[bool, typer.Option("--again", help="Run also what is kept already · 重算")] = False,
    engine: Annotated[str, typer.Option("--engine", help="processes, dask or ray · 执行引擎")] = "processes",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Many runs over processes or a cluster; kept as they end, so it resumes; failures apart · 批量求解，可续算

    Example: lingtan plan sweep site.yaml --processes 2 --cross
    """
    from lingtan.base.text import say
    from lingtan.services.sweep_study import sweep_study

    said = language(lang)

    def hear(done: int, total: int, result: dict[str, Any]) -> None:
        if not json_:
            what = ", ".join(f"{k} × {v:g}" for k, v in result["task"].items())
            talk(say("plan.swept", said, done=done, total=total, what=what))

    found = sweep_study(study, processes=processes, cross=cross, gap=gap, again=again, engine=engine, hear=hear)
    if json_:
        answer({"done": found.done, "failed": found.failed, "skipped": found.skipped, "folder": str(found.folder)})
    else:
        rows = [
            [
                ", ".join(f"{k} × {v:g}" for k, v in r["task"].items()),
                r.get("status"),
                _money(r.get("cost")),
                _share(r.get("gap")),
                _tonnes(r.get("emissions_t")),
            ]
            for r in found.done
        ]
        rows += [
            [
                ", ".join(f"{k} × {v:g}" for k, v in r["task"].items()),
                r["error"]["code"],
                r["error"]["text"][:60],
                None,
                None,
            ]
            for r in found.failed
        ]
        keys = ("task", "status", "cost", "gap", "emissions")
        table(say("plan.sweep-title", said), [say(f"plan.columns.{k}", said) for k in keys], rows, right=[2, 3, 4])
    if found.failed:
        raise typer.Exit(4)


def _money(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3%}"


def _tonnes(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


@app.command("export")
@command
def export(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("--out", help="File: .xlsx .yaml .parquet .mps .nc, or a folder for figures")],
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The answers as Excel, the series as Parquet, figures as SVG, the model as MPS or PyPSA netCDF · 导出

    Example: lingtan plan export site.yaml --out site.xlsx
    """
    from lingtan.base.text import say
    from lingtan.services.export_study import export_study

    said = language(lang)
    written = export_study(study, out, lang=said, readings=readings)
    if json_:
        answer({"written": [str(p) for p in written]})
    else:
        for path in written:
            typer.echo(say("plan.written", said, path=path))


@app.command("library")
@command
def library(
    technology: Annotated[str, typer.Argument(help="One technology; all if not given · 技术")] = "",
    region: Annotated[str, typer.Option("--region", help="China, Europe, Global or US · 地区")] = "",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Costs and efficiencies of technologies with ranges and sources · 技术库：成本、效率、区间与来源

    Example: lingtan plan library battery_ci_cabinet
    """
    from lingtan.base.errors import InputError
    from lingtan.base.ids import nearest
    from lingtan.base.text import say
    from lingtan.optimize.library import entries, names, technologies

    said = language(lang)
    if technology and technology not in technologies():
        raise InputError(
            "library.unknown", technology=technology, nearest=nearest(technology, names()) or ", ".join(names()[:8])
        )
    found = [
        e for e in entries() if (not technology or e.technology == technology) and (not region or e.region == region)
    ]
    if json_:
        answer([vars(e) for e in found])
        return
    rows = [
        [
            e.technology,
            e.zh if said == "zh" else e.en,
            e.parameter,
            e.year,
            e.value,
            f"{e.low}–{e.high}" if e.low is not None else "",
            e.unit,
            e.region,
            e.confidence,
            e.source_document,
        ]
        for e in found
    ]
    keys = ("technology", "name", "parameter", "year", "value", "range", "unit", "region", "confidence", "source")
    table(say("library.title", said), [say(f"library.columns.{k}", said) for k in keys], rows, right=[4])
