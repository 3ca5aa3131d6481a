"""``lingtan demo score``: the demo park against its known truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingtan.apps.cli.options import JsonOption, LangOption, answer, command, language, listener, table, talk, workspace

if TYPE_CHECKING:
    from lingtan.demo.score import Score

ParkFolder = Annotated[
    Path | None,
    typer.Option("--park", help="Folder of the demo park · 演示园区目录", show_default="here, else demo-park"),
]


def register(app: typer.Typer) -> None:
    """Add the command to ``lingtan demo``."""
    app.command("score")(score)


@command
def score(park: ParkFolder = None, json_: JsonOption = False, lang: LangOption = "") -> None:
    """Compare findings and account with the truth: recall, precision, errors · 与真值比较：查全、查准与误差

    Example: lingtan demo score
    """
    from lingtan.demo.score import score_demo

    said = language(lang)
    here = Path()
    folder = park or (here if (here / "demo.json").is_file() else here / "demo-park")
    found = score_demo(workspace(folder, said), listener=listener(said, quiet=json_))
    if json_:
        answer(as_json(found))
    else:
        print_score(found, said)


def as_json(found: "Score") -> dict[str, Any]:
    """The score as JSON."""
    return {
        "faults": [{**vars(f), "recall": f.recall, "precision": f.precision} for f in found.faults],
        "missed": found.missed,
        "wrong": [f.as_dict() for f in found.wrong],
        "true": {"tco2": found.true_tco2, "tce": found.true_tce, "core": found.true_core},
        "tracing": [vars(t) for t in found.tracing],
        "accounts": [
            {**vars(a), "worst_enterprise": a.worst_enterprise, "median_enterprise": a.median_enterprise}
            for a in found.accounts
        ],
    }


def print_score(found: "Score", lang: str) -> None:
    """Faults by kind; then the account in its states; then the errors by carrier."""
    from lingtan.base.text import say

    rows = [
        [
            say(f"demo-score.kind-{f.kind}", lang),
            f.faults,
            f.found,
            f.named,
            _share(f.recall),
            f.findings,
            f.right,
            _share(f.precision),
        ]
        for f in found.faults
    ]
    total = [sum(getattr(f, n) for f in found.faults) for n in ("faults", "found", "named", "findings", "right")]
    rows.append([say("demo-score.all", lang), *total[:3], _share(total[1] / total[0] if total[0] else None), *total[3:],
                 _share(total[4] / total[3] if total[3] else None)])  # fmt: skip
    names = ("kind", "faults", "found", "named", "recall", "findings", "right", "precision")
    table(
        say("demo-score.faults", lang),
        [say(f"demo-score.column-{n}", lang) for n in names],
        rows,
        right=list(range(1, 8)),
    )
    rows = [
        [
            say("demo-score.state-true", lang),
            f"{found.true_tco2:,.1f}",
            f"{found.true_tce:,.1f}",
            f"{found.true_core:.4f}",
            "",
            "",
            "",
        ]
    ]
    for a in found.accounts:
        who, worst = a.worst_enterprise
        rows.append([say(f"demo-score.state-{a.state}", lang), f"{a.emissions_tco2:,.1f}", f"{a.energy_tce:,.1f}", f"{a.core:.4f}",
                     f"{a.core_error:+.3%}", f"{a.median_enterprise:.3%}", f"{worst:+.2%} {who}"])  # fmt: skip
    states = ("state", "tco2", "tce", "core", "core-error", "median", "worst")
    table(
        say("demo-score.accounts", lang),
        [say(f"demo-score.column-{n}", lang) for n in states],
        rows,
        right=[1, 2, 3, 4, 5],
    )
    carriers = sorted({c for a in found.accounts for c in a.carriers})
    rows = [[c, *(f"{a.carriers.get(c, 0):+.3%}" for a in found.accounts)] for c in carriers]
    heads = [
        say("demo-score.column-carrier", lang),
        *(say(f"demo-score.state-{a.state}", lang) for a in found.accounts),
    ]
    table(say("demo-score.carriers", lang), heads, rows, right=list(range(1, len(heads))))
    rows = [
        [say(f"green-rule.{t.rule}", lang), f"{t.true_mwh:,.0f}", f"{t.misplaced:.3%}", f"{t.green_error:+.3%}",
         f"{t.worst[1]:+.3%} {t.worst[0]}"]
        for t in found.tracing
    ]  # fmt: skip
    heads = [say(f"demo-trace.{n}", lang) for n in ("rule", "true", "misplaced", "green", "worst")]
    table(say("demo-trace.title", lang), heads, rows, right=[1, 2, 3])
    if found.missed:
        talk(say("demo-score.missed", lang, number=len(found.missed)))
        for fault in found.missed[:10]:
            talk(f"  {fault['kind']} {fault['channel']} {fault['start']}")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
