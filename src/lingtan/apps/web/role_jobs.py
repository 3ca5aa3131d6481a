"""Jobs of the pages of enterprises, verifiers and regulators, for the child processes; see ``jobs``."""

from pathlib import Path
from typing import Any

from lingtan.services.ports import Listener


def aggregate_report(root: Path, listener: Listener, *, closing: str, format: str, lang: str) -> dict[str, Any]:
    """The report of a closing without names, made once; where it lies."""
    from lingtan import __version__
    from lingtan.apps.web.job_space import space_of
    from lingtan.reports.aggregate_report import Member
    from lingtan.reports.aggregate_report import aggregate_report as document
    from lingtan.services.closings import find_closing, frozen_run
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_books import sealed_totals
    from lingtan.services.write_report import told
    from lingtan.wiring import report_writer

    space = space_of(root)
    run = frozen_run(space, find_closing(space, closing))
    name = f"cache/reports/{__version__}/{closing}-{run.record['result'][:12]}-aggregate-{lang}.{format}"
    if space.blobs.get(name) is None:
        members = [
            Member(t.pseudonym, t.direct, t.transfer, t.digest)
            for t in sealed_totals(space, run, workspace_key(space)[0])
        ]
        space.blobs.put(name, report_writer(format)(document(told(run, lang), members, closing)))
    return {"path": space.blobs.path(name)}


ROLE_JOBS = {"aggregate_report": aggregate_report}
