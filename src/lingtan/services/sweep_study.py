"""Many runs of a study over processes; each kept as it ends, so that a stopped sweep goes on; failures stand apart."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lingtan.base.errors import InputError, LingtanError
from lingtan.base.ids import digest
from lingtan.services.studies import keep, kept, open_study, results_folder

Task = Mapping[str, float]


@dataclass(frozen=True)
class Swept:
    """What became of a sweep."""

    folder: Path
    done: tuple[dict[str, Any], ...]
    failed: tuple[dict[str, Any], ...]
    skipped: int


def tasks_of(study: Any, *, cross: bool = False) -> list[dict[str, float]]:
    """The runs of a study's sensitivities: each alone, or all combinations of their factors."""
    if not study.sensitivities:
        raise InputError("study.no-sensitivities")
    if cross:
        axes = [[(s.path, f) for f in s.factors] for s in study.sensitivities]
        return [dict(combination) for combination in product(*axes)]
    return [{s.path: f} for s in study.sensitivities for f in s.factors]


def sweep_study(
    path: Path,
    *,
    processes: int = 2,
    cross: bool = False,
    gap: float | None = None,
    again: bool = False,
    engine: str = "processes",
    hear: Callable[[int, int, dict[str, Any]], None] = lambda done, total, result: None,
) -> Swept:
    """Run every task that is not kept yet.

    Parameters
    ----------
    engine
        ``processes``, or ``dask`` or ``ray`` (extras of the same names): the cluster that their environment variables name,
        or one of so many processes here.
    """
    opened = open_study(path)
    tasks = tasks_of(opened.study, cross=cross)
    folder = results_folder(path) / "sweep"
    wanted = []
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for task in tasks:
        name = _name(opened.digest, task, gap)
        before = None if again else kept(folder, name)
        if before is not None and "error" not in before:
            done.append(before)
        else:
            wanted.append((name, task))
    skipped = len(done)
    for count, (name, result) in enumerate(_results(engine, path, wanted, gap, processes), 1):
        keep(folder, name, result)
        (failed if "error" in result else done).append(result)
        hear(skipped + count, len(tasks), result)
    done.sort(key=lambda r: sorted(r["task"].items()))
    return Swept(folder, tuple(done), tuple(failed), skipped)


def _name(study: str, task: Task, gap: float | None) -> str:
    return digest({"study": study, "task": dict(task), "gap": gap})[:16]


def _results(
    engine: str, path: Path, wanted: Sequence[tuple[str, Task]], gap: float | None, processes: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    if engine == "dask":
        yield from _on_dask(path, wanted, gap, processes)
    elif engine == "ray":
        yield from _on_ray(path, wanted, gap, processes)
    elif engine != "processes":
        raise InputError("study.unknown-engine", engine=engine)
    elif processes <= 1 or len(wanted) <= 1:
        for name, task in wanted:
            yield name, one(str(path), dict(task), gap)
    else:
        # spawned, not forked: a forked child may hang on locks of threads that it does not have
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            running = {pool.submit(one, str(path), dict(task), gap): name for name, task in wanted}
            for future in as_completed(running):
                error = future.exception()
                name = running[future]
                task = next(t for n, t in wanted if n == name)
                yield name, future.result() if error is None else _failure(dict(task), error)


def _on_dask(
    path: Path, wanted: Sequence[tuple[str, Task]], gap: float | None, processes: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """On the cluster of this process or of ``DASK_SCHEDULER_ADDRESS``; without one, on one that is made for it here."""
    try:
        from distributed import Client, LocalCluster  # type: ignore[import-not-found,unused-ignore]
        from distributed import as_completed as completed  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("study.engine-missing", engine="dask", install="pip install lingtan[dask]") from None
    with ExitStack() as stack:
        try:
            client = Client.current()
        except ValueError:
            address = os.environ.get("DASK_SCHEDULER_ADDRESS")
            if address is None:
                address = stack.enter_context(
                    LocalCluster(n_workers=processes, threads_per_worker=1, dashboard_address=None)
                )
            client = stack.enter_context(Client(address))
        running = {client.submit(one, str(path), dict(task), gap, pure=False): (name, task) for name, task in wanted}
        for future in completed(list(running)):
            name, task = running[future]
            error = future.exception()
            yield name, future.result() if error is None else _failure(dict(task), error)


def _on_ray(
    path: Path, wanted: Sequence[tuple[str, Task]], gap: float | None, processes: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """On the cluster of this process or of ``RAY_ADDRESS``; without one, on one that is made for it here."""
    try:
        import ray  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("study.engine-missing", engine="ray", install="pip install lingtan[ray]") from None
    ours = not ray.is_initialized()
    if ours:
        here = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": processes, "include_dashboard": False}
        ray.init(log_to_driver=False, **here)
    try:
        remote = ray.remote(one)
        running = {remote.remote(str(path), dict(task), gap): (name, task) for name, task in wanted}
        while running:
            ready, _ = ray.wait(list(running))
            for reference in ready:
                name, task = running.pop(reference)
                try:
                    yield name, ray.get(reference)
                except ray.exceptions.RayError as error:
                    yield name, _failure(dict(task), error)
    finally:
        if ours:
            ray.shutdown()


def one(path: str, task: dict[str, float], gap: float | None) -> dict[str, Any]:
    """One run in whatever process: the plan with these numbers multiplied, or the error."""
    try:
        return {"task": task, **_run(path, task, gap)}
    except LingtanError as error:
        return _failure(task, error)


def _run(path: str, task: dict[str, float], gap: float | None) -> dict[str, Any]:
    from lingtan.optimize.study.answers import varied
    from lingtan.optimize.study.plan import solve_case
    from lingtan.optimize.study.result import number

    opened = open_study(Path(path))
    study = opened.study
    for where, factor in task.items():
        study = varied(study, where, factor)
    changed = opened.with_study(study)
    plan = solve_case(changed.case(), changed.rules, gap=gap, tidy=False)
    found: dict[str, Any] = {
        "status": plan.status,
        "cost": number(plan.cost),
        "lower_bound": number(plan.lower_bound),
        "gap": number(plan.gap),
        "sizes": {k: round(v, 2) for k, v in plan.sizes.items()},
    }
    if plan.found:
        found["emissions_t"] = number(plan.tallies.get("emissions", 0.0) / 1000)
    return found


def _failure(task: dict[str, float], error: BaseException) -> dict[str, Any]:
    code = error.code if isinstance(error, LingtanError) else type(error).__name__
    return {"task": task, "error": {"code": code, "text": str(error)}}
