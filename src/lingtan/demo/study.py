"""The demo park's study: its own readings at the gate, planned to near zero carbon, with an answer to look at."""

import logging
from importlib.resources import files
from typing import TYPE_CHECKING

from lingtan.base.errors import LingtanError
from lingtan.services.ports import Listener, Progress, silent

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

log = logging.getLogger(__name__)
STUDY = "gate-power-2030"
POINTS, GAP = 4, 0.01  # of the frontier: quick, and proven to a hundredth


def put_study(space: "Workspace", listener: Listener = silent) -> None:
    """Put the study on the workspace's shelf, and work out the plan and its frontier; one that is there stays as it is."""
    from lingtan.services.run_study import run_study
    from lingtan.services.studies import open_study
    from lingtan.services.study_shelf import given_readings, save_study, study_ids, study_path

    if STUDY in study_ids(space.root):
        return
    listener(Progress("demo-study", 0, 2))
    text = files("lingtan.demo").joinpath(f"{STUDY}.yaml").read_text(encoding="utf-8")
    save_study(space.root, STUDY, text, by="demo", at=space.clock(), gives=True, new=True)
    try:
        opened = open_study(study_path(space.root, STUDY), given_readings(space, STUDY))
        run_study(opened, "plan", now=space.clock())
        listener(Progress("demo-study", 1, 2))
        run_study(opened, "frontier", now=space.clock(), steps=POINTS, gap=GAP)
    except LingtanError as error:  # with another seed readings may miss at the gate: the study stays, to be mended
        log.warning("the demo's study has no answer: %s", error)
    listener(Progress("demo-study", 2, 2))
