"""``lingtan park``: the park file."""

from importlib.util import find_spec

import typer

app = typer.Typer(
    help="The park file: new, check, show, schema, log, diff, change-meter · 园区档案", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """The park file: new, check, show, schema, log, diff, change-meter · 园区档案"""


if find_spec("lingtan.apps.cli.park_change") is not None:
    from lingtan.apps.cli import park_change  # noqa: F401 - it registers `park change-meter`
