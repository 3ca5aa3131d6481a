"""``lingtan park``: the park file."""

from importlib import import_module
from importlib.util import find_spec
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
    talk,
    workspace,
)

if TYPE_CHECKING:
    from lingtan.base.errors import Problem

app = typer.Typer(
    help="The park file: new, check, show, schema, log, diff, change-meter · 园区档案", no_args_is_help=True
)


@app.command("new")
@command
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of the park, made if needed · 园区目录")] = HERE,
    template: Annotated[str, typer.Option("--template", help="minimal or full · 模板")] = "minimal",
    name: Annotated[str, typer.Option("--name", help="Name of the park · 园区名称")] = "",
    id_: Annotated[str, typer.Option("--id", help="Id of the park, else from the name · 园区标识")] = "",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Write a commented park.yaml that checks clean · 写出带说明的园区档案

    Example: lingtan park new my-park --template full --name 滨海零碳产业园
    """
    from lingtan.base.text import say
    from lingtan.services.start_park import SCHEMA_FILE, start_park

    said = language(lang)
    path = start_park(folder, template=template, name=name or None, id_=id_ or None)
    if json_:
        answer({"park": path, "schema": path.parent / SCHEMA_FILE, "template": template})
    else:
        typer.echo(say("park-new.written", said, path=path))
        talk(say("park-new.next", said, folder=path.parent))


@app.command("check")
@command
def check(
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """Every problem of the park file at once, with its line · 一次列出园区档案的全部问题

    Exit code 2 if there are errors; warnings alone give 0. PARK may be a folder or a file.

    Example: lingtan park check --park my-park
    """
    from lingtan.base.text import say
    from lingtan.services.check_park import check_park_file

    said = language(lang)
    path, found, problems = check_park_file(park)
    errors = [p for p in problems if p.severity == "error"]
    warnings = [p for p in problems if p.severity != "error"]
    if json_:
        answer(
            {
                "file": path,
                "good": not errors,
                "errors": [p.as_dict(said) for p in errors],
                "warnings": [p.as_dict(said) for p in warnings],
            }
        )
    else:
        _list("park-check.errors", errors, said)
        _list("park-check.warnings", warnings, said)
        if not errors and found is not None:
            from lingtan.park.summary import counts

            key = "park-check.good-with-warnings" if warnings else "park-check.good"
            typer.echo(say(key, said, file=path, warnings=len(warnings), **counts(found)))
    if errors:
        raise typer.Exit(2)


def _list(title: str, problems: "list[Problem]", lang: str) -> None:
    from lingtan.base.text import say

    if problems:
        typer.echo(say(title, lang, count=len(problems)))
        for problem in problems:
            typer.echo(f"  {problem.format(lang)}")


@app.command("show")
@command
def show(
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What the park is, and what each indicator still lacks · 园区概况与各指标所缺内容

    Example: lingtan park show --park my-park
    """
    from lingtan.apps.cli.park_page import print_park, size_as_json
    from lingtan.park.summary import summary
    from lingtan.services.accounted_size import accounted_size

    said = language(lang)
    space = workspace(park, said)
    found = summary(space.park, said)
    size = accounted_size(space)
    if json_:
        answer({**found, "size_class": size_as_json(space.park, size), "revision": space.park_commit.rev})
    else:
        print_park(space.park, found, size, said)


@app.command("schema")
@command
def schema(
    out: Annotated[str, typer.Option("--out", help="File to write; else it is printed · 输出文件")] = "",
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The JSON schema of the park file, for editors · 园区档案的 JSON Schema（供编辑器使用）

    Example: lingtan park schema --out my-park/park.schema.json
    """
    from lingtan.base.errors import SourceError
    from lingtan.base.text import say
    from lingtan.services.start_park import schema_bytes

    said = language(lang)
    data = schema_bytes()
    if not out:
        typer.echo(data.decode(), nl=False)
        return
    try:
        Path(out).write_bytes(data)
    except OSError as error:
        raise SourceError("park-new.unwritable", path=out, why=error.strerror) from None
    if json_:
        answer({"schema": out, "bytes": len(data)})
    else:
        typer.echo(say("park-new.written", said, path=out))


@app.command("log")
@command
def log(
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """The revisions of the park file that were kept · 园区档案的历次修订

    Example: lingtan park log
    """
    from lingtan.apps.cli.options import table
    from lingtan.base.text import say
    from lingtan.base.time import iso
    from lingtan.services.park_revisions import park_changes, park_revisions

    said = language(lang)
    space = workspace(park, said)
    rows: list[dict[str, Any]] = []
    before: int | None = None
    for commit in park_revisions(space):
        changes = None if before is None else len(park_changes(space, before, commit.rev))
        rows.append({"rev": commit.rev, "at": iso(commit.at), "sha256": commit.content, "changes": changes})
        before = commit.rev
    if json_:
        answer(rows)
        return
    cells = [[r["rev"], r["at"], r["changes"], r["sha256"][:16]] for r in rows]
    heads = [say(f"park-revision.{n}", said) for n in ("rev", "at", "changes", "sha256")]
    table(say("park-revision.title", said), heads, cells, right=[0, 2])


@app.command("diff")
@command
def diff(
    before: Annotated[int, typer.Argument(help="Revision; else the one before · 起始修订号", min=0)] = 0,
    after: Annotated[int, typer.Argument(help="Revision; else the newest · 截止修订号", min=0)] = 0,
    park: ParkOption = HERE,
    json_: JsonOption = False,
    lang: LangOption = "",
) -> None:
    """What changed in the park file from one revision to another · 园区档案两次修订之间的变化

    Example: lingtan park diff 1 14
    """
    from lingtan.apps.cli.options import table
    from lingtan.base.text import say
    from lingtan.services.park_revisions import park_changes

    said = language(lang)
    space = workspace(park, said)
    changes = park_changes(space, before or None, after or None)
    if json_:
        answer([vars(c) for c in changes])
    elif not changes:
        typer.echo(say("park-revision.same", said))
    else:
        heads = [say(f"park-revision.{n}", said) for n in ("path", "before", "after")]
        table("", heads, [[c.path, c.before, c.after] for c in changes])


if find_spec("lingtan.apps.cli.park_change") is not None:
    import_module("lingtan.apps.cli.park_change").register(app)  # change-meter
