"""Jobs of the planning lane: check, run, sweep and export a study of the workspace; a run stops when its stop file is there."""

import contextlib
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.base.errors import InputError, Problem, SolveError
from lingtan.services.ports import Listener, Progress

if TYPE_CHECKING:
    from lingtan.services.studies import Readings

EVERY_S = 0.3
_plans: list[str] = []  # what this process works on
EXPORTS = (".xlsx", ".parquet", ".mps", ".nc", ".zip")


def at_work() -> bool:
    """Whether this process works on a plan that can keep where it stands."""
    return bool(_plans)


def stop_path(root: Path, study: str, answer: str) -> Path:
    """The file whose presence asks a run to stop."""
    from lingtan.services.studies import results_folder
    from lingtan.services.study_shelf import study_path

    return results_folder(study_path(root, study)) / f"stop-{answer}"


def check(root: Path, listener: Listener, *, study: str) -> dict[str, Any]:
    """Every problem of a study, and where its costs and factors come from."""
    from lingtan.services.studies import check_study_file
    from lingtan.services.study_shelf import study_path

    opened, problems = check_study_file(study_path(root, study), _readings(root, study))
    found: dict[str, Any] = {
        "good": opened is not None,
        "problems": [plain_problem(p) for p in problems],
        "costs": [],
        "factors": {},
    }
    if opened is not None:
        from lingtan.optimize.study.costs import costs_of

        for t in opened.study.technologies:
            try:
                costs = costs_of(opened.study, t)
            except InputError:
                continue
            found["costs"].append(
                {
                    "id": t.id,
                    "capex": costs.capex,
                    "fixed_om": costs.fixed_om,
                    "lifetime": costs.lifetime,
                    "sources": dict(costs.sources),
                }
            )
        found["factors"] = dict(opened.factors.sources)
    return found


def run(root: Path, listener: Listener, *, study: str, answer: str, options: dict[str, Any]) -> dict[str, Any]:
    """Work out an answer and keep it; what became of it in short."""
    from lingtan.services.run_study import run_study
    from lingtan.services.studies import open_study
    from lingtan.services.study_shelf import study_path
    from lingtan.wiring import now

    path = study_path(root, study)
    asked = _asked(stop_path(root, study, answer))
    if asked():
        raise SolveError("plan-page.stopped")
    listener(Progress("plan-run", values={"what": "open"}))
    opened = open_study(path, _readings(root, study))
    tell = _teller(listener)

    def hear(key: str, progress: Any) -> bool | None:
        if not asked():
            tell(key, progress)
            return None
        if answer == "plan":  # where it stands is kept, and the next run goes on from there
            return False
        raise SolveError("plan-page.stopped")

    if answer == "plan":
        _plans.append(study)
    try:
        made = run_study(opened, answer, now=now(), hear=hear, **options)
    finally:
        _plans.clear()
    return {"status": made.get("status", "solved"), "cost": made.get("cost"), "gap": made.get("gap")}


def sweep(root: Path, listener: Listener, *, study: str, options: dict[str, Any]) -> dict[str, Any]:
    """Run every variation that is not kept yet, over processes; the table of all of them is kept."""
    from lingtan.base.time import iso
    from lingtan.services.studies import keep, open_study, results_folder
    from lingtan.services.study_shelf import study_path
    from lingtan.services.sweep_study import sweep_study
    from lingtan.wiring import now

    path = study_path(root, study)
    asked = _asked(stop_path(root, study, "sweep"))
    opened = open_study(path, _readings(root, study))

    def hear(done: int, total: int, result: dict[str, Any]) -> None:
        listener(
            Progress("plan-run", done, total, {"what": ", ".join(f"{k} × {v:g}" for k, v in result["task"].items())})
        )
        if asked():
            raise SolveError("plan-page.stopped")

    found = sweep_study(path, hear=hear, **options)
    result = {
        "study": opened.study.study.id, "answer": "sweep", "digest": opened.digest, "made_at": iso(now()), "status": "solved",
        "done": list(found.done), "failed": list(found.failed), "skipped": found.skipped, "cross": bool(options.get("cross")),
    }  # fmt: skip
    keep(results_folder(path), "sweep", result)
    return {"status": "solved", "done": len(found.done), "failed": len(found.failed)}


def export(root: Path, listener: Listener, *, study: str, suffix: str, lang: str, digest: str) -> dict[str, Any]:
    """A file of a study; ``.zip`` holds the figures. Made once for the answers that are kept."""
    import zipfile

    from lingtan.services.export_study import export_study
    from lingtan.services.studies import results_folder
    from lingtan.services.study_shelf import study_path

    path = study_path(root, study)
    folder = results_folder(path) / "export"
    out = folder / f"{study}-{lang}-{digest[:16]}{suffix}"
    if out.is_file():
        return {"path": str(out)}
    if suffix == ".zip":
        made = export_study(path, folder / f"figures-{lang}", lang=lang, readings=_readings(root, study))
        part = out.with_name(f"{out.name}.part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
            for figure in made:
                pack.write(figure, figure.name)
        part.replace(out)
    else:
        export_study(path, out, lang=lang, readings=_readings(root, study))
    return {"path": str(out)}


def plain_problem(problem: Problem) -> dict[str, Any]:
    """A problem as it travels between processes."""
    values = {k: v if isinstance(v, int | float | bool | None) else str(v) for k, v in problem.values.items()}
    return {"code": problem.code, "place": vars(problem.place), "values": values, "severity": problem.severity}


def _readings(root: Path, study: str) -> "Readings":
    from lingtan.services.study_shelf import given_readings

    def readings(park: Path, channel: str, period: Any) -> Any:
        from lingtan.apps.web.jobs import space_of

        return given_readings(space_of(root), study)(park, channel, period)

    return readings


def _asked(stop: Path) -> Callable[[], bool]:
    """Whether to stop: somebody asked, or the server that wants the answer is gone."""
    parent = os.getppid()
    return lambda: stop.exists() or os.getppid() != parent


def _teller(listener: Listener) -> Callable[[str, Any], None]:
    last: dict[str, Any] = {"at": 0.0, "key": ""}

    def tell(key: str, progress: Any) -> None:
        now = time.monotonic()
        if key == last["key"] and now - last["at"] < EVERY_S:
            return
        last.update(at=now, key=key)

        def finite(value: float) -> float | None:
            return float(value) if math.isfinite(value) else None

        values = {
            "what": key,
            "gap": finite(progress.gap),
            "cost": finite(progress.cost),
            "bound": finite(progress.lower_bound),
        }
        with contextlib.suppress(OSError):  # the server is gone: nobody hears
            listener(Progress("plan-run", progress.iteration, None, values))

    return tell
