"""``lingtan readings``: bring meter data in, see what came, look at what was refused.

``check``, ``repair``, ``estimate`` and ``revert`` stand in ``readings_edit``; its ``register(app)`` adds them here.
"""

import importlib
import importlib.util

import typer

app = typer.Typer(help="Meter data · 计量数据", no_args_is_help=True)

if importlib.util.find_spec("lingtan.apps.cli.readings_edit"):
    importlib.import_module("lingtan.apps.cli.readings_edit").register(app)
