"""Jobs of the pages of enterprises, verifiers and regulators, for the child processes; see ``jobs``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lingtan.apps.web.job_space import space_of
from lingtan.services.ports import Listener


def aggregate_report(root: Path, listener: Listener, *, closing: str, format: str, lang: str) -> dict[str, Any]:
    """The report of a closing without names, made once; where it lies."""
    from lingtan import __version__
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


def power_costs(root: Path, listener: Listener, *, year: str) -> dict[str, Any]:
    """The prices of a year's bills and everybody's use by period; kept."""
    from lingtan.services.power_costs import power_costs as work_out

    return {"failed": work_out(space_of(root), year, listener=listener)["failed"]}


def energy_statement(
    root: Path, listener: Listener, *, run: str, enterprise: str, month: str, format: str, lang: str
) -> dict[str, Any]:
    """The energy statement of an enterprise as a file; where it lies."""
    from lingtan import __version__
    from lingtan.base.ids import digest
    from lingtan.reports.energy_statement import energy_statement_document
    from lingtan.services.explain import find_run
    from lingtan.services.tell_statement import told_statement
    from lingtan.wiring import report_writer

    space = space_of(root)
    found, closing = find_run(space, run=run)
    said = told_statement(space, found, enterprise, month, lang, run_id=closing or found.id, listener=listener)
    name = f"cache/statements/{digest([__version__, repr(said), format, lang])}.{format}"
    if space.blobs.get(name) is None:
        space.blobs.put(name, report_writer(format)(energy_statement_document(said, lang)))
    return {"path": space.blobs.path(name)}


def green_statement(root: Path, listener: Listener, *, enterprise: str, period: str) -> dict[str, Any]:
    """The signed green statement of an enterprise; where it lies."""
    from lingtan import __version__
    from lingtan.base.ids import digest
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.green_statement import green_statement as sign
    from lingtan.wiring import report_writer

    space = space_of(root)
    rests_on = [__version__, enterprise, period, space.store.head(), space.park_commit.content]
    name = f"cache/green-statements/{digest(rests_on)}.zip"
    if space.blobs.get(name) is None:
        made = sign(space, enterprise, period, workspace_key(space)[0], report_writer("pdf"), listener=listener)
        space.blobs.put(name, made.data)
    return {"path": space.blobs.path(name)}


def check_claims(root: Path, listener: Listener, *, period: str) -> dict[str, Any]:
    """Every double claim of a year."""
    from lingtan.services.certificates import check_claims as check

    found, _, _ = check(space_of(root), period, listener=listener)
    return {"found": [{"kind": c.kind, "about": c.about, "month": _month(c.month), "kwh": int(c.kwh)} for c in found]}


def _month(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}" if month > 9999 else str(month)


def green_passport(root: Path, listener: Listener, *, period: str, enterprise: str = "") -> dict[str, Any]:
    """What the green figures of an enterprise or the park rest on."""
    from lingtan.services.green_passport import green_passport as made

    return made(space_of(root), period, enterprise, listener=listener)


def check_pack(root: Path, listener: Listener, *, period: str, profile: str) -> dict[str, Any]:
    """Seal the pack of a period if it is not, and verify it as its receiver would, trusting the park's own key."""
    from lingtan.services.evidence_keys import workspace_key
    from lingtan.services.sealed_packs import seal_pack
    from lingtan.services.verify_evidence import verify_evidence
    from lingtan.wiring import embedded_engine

    space = space_of(root)
    name = seal_pack(space, period, profile, listener=listener)
    data = space.blobs.get(name) or b""
    key = workspace_key(space)[0]
    found = verify_evidence(data, embedded_engine, trust=key.public, listener=listener)
    told = {"intact": found.intact, "authentic": found.authentic, "key": found.key, "bytes": len(data)}
    return {**told, "passed": found.passed, "faults": found.faults, "unchecked": found.unchecked}


ROLE_JOBS: dict[str, Callable[..., Any]] = {
    "aggregate_report": aggregate_report,
    "check_claims": check_claims,
    "check_pack": check_pack,
    "energy_statement": energy_statement,
    "green_passport": green_passport,
    "green_statement": green_statement,
    "power_costs": power_costs,
}
