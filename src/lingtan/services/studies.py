"""A study on disk: the file, the files beside it, and the folder where its answers are kept."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan.base.errors import DataError, InputError, Place, Problem, SourceError
from lingtan.base.ids import digest_bytes
from lingtan.base.time import Period
from lingtan.carbon.factors import FactorBook
from lingtan.carbon.rules.model import RuleSet, packaged_rules, parse_rules
from lingtan.optimize.study.case import Case, Chain
from lingtan.optimize.study.factors import Factors, factors
from lingtan.optimize.study.file import parse_study
from lingtan.optimize.study.profiles import Floats, Inputs, inputs
from lingtan.optimize.study.record import Scenario, Study

Readings = Callable[[Path, str, Period], Floats]


@dataclass(frozen=True)
class Opened:
    """A study that may be run."""

    path: Path
    study: Study
    digest: str
    rules: RuleSet
    factors: Factors
    inputs: Inputs
    problems: tuple[Problem, ...] = ()
    readings: Readings | None = None

    def case(self, **more: Any) -> Case:
        """The base case."""
        return Case(self.study, self.factors, [Chain(self.inputs)], reference=self.inputs, **more)

    def with_study(self, study: Study) -> "Opened":
        """The same files under a changed study; series are made anew."""
        made = make_inputs(self.path, study, self.readings)
        return Opened(
            self.path,
            study,
            self.digest,
            self.rules,
            factors(study, self.rules, FactorBook.packaged()),
            made,
            (),
            self.readings,
        )

    def chain(self, scenario: Scenario) -> Chain:
        """A scenario's year, with its own weather if it names a seed."""
        found = self.inputs
        if scenario.weather_seed is not None:
            found = make_inputs(self.path, self.study, self.readings, seed=scenario.weather_seed)
        return Chain(found, scenario, weight=scenario.probability)

    @property
    def results(self) -> Path:
        """The folder of answers."""
        return results_folder(self.path)


def results_folder(path: Path) -> Path:
    """Beside the study, named like it."""
    return path.with_name(f"{path.stem}.results")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises
    ------
    InputError
        ``study.no-file``.
    SourceError
        ``study.unreadable``.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise InputError("study.no-file", path=path) from None
    except OSError as error:
        raise SourceError("study.unreadable", path=path, why=error.strerror or "") from None


def make_inputs(
    path: Path, study: Study, readings: Readings | None, *, seed: int | None = None, locate: Any = lambda p: Place()
) -> Inputs:
    """The series of a study whose files stand beside it."""
    folder = path.resolve().parent
    park = (folder / study.study.park).resolve() if study.study.park else None

    def channel(name: str, period: Period) -> Floats:
        if park is None or readings is None:
            raise InputError("study.needs", id=name, what="study.park")
        return readings(park, name, period)

    return inputs(
        study, files=lambda name: read_bytes(_inside(folder, name)), readings=channel, locate=locate, seed=seed
    )


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise InputError("study.outside-folder", path=name)
    return path


def check_study_file(path: Path, readings: Readings | None = None) -> tuple[Opened | None, list[Problem]]:
    """The study, ready to run, and every problem of the file, its profiles, factors and rule set at once."""
    data = read_bytes(path)
    if path.suffix.lower() == ".xlsx":
        from lingtan.services.study_workbook import yaml_from_workbook

        data = yaml_from_workbook(data, path.name)
    study, problems, locate = parse_study(data, path.name)
    if study is None:
        return None, problems
    made = found = rules = None
    try:
        made = make_inputs(path, study, readings, locate=locate)
    except (InputError, DataError, SourceError) as error:
        problems += error.problems or [Problem(error.code, Place(file=path.name), error.values)]
    try:
        rules = find_rules(path, study.targets.rules)
        found = factors(study, rules, FactorBook.packaged())
    except (InputError, DataError) as error:
        place = locate(("supplies",)) if error.code == "study.no-factors" else locate(("targets", "rules"))
        problems += [Problem(p.code, place, p.values) for p in error.problems] or [
            Problem(error.code, place, error.values)
        ]
    if found is not None:
        problems += _prices(study, found, locate)
    problems.sort(key=lambda p: (p.place.line or 0, p.code))
    if made is None or found is None or rules is None or any(p.severity == "error" for p in problems):
        return None, problems
    return Opened(path, study, digest_bytes(data), rules, found, made, tuple(problems), readings), problems


def _prices(study: Study, found: Factors, locate: Any) -> list[Problem]:
    from lingtan.optimize.study.factors import price_per_kwh

    problems = []
    for i, supply in enumerate(study.supplies):
        try:
            price_per_kwh(supply, found.fuels[supply.id])
        except InputError as error:
            problems.append(Problem(error.code, locate(("supplies", i, "price_unit")), error.values))
    return problems


def open_study(path: Path, readings: Readings | None = None) -> Opened:
    """The study, ready to run.

    Raises
    ------
    InputError
        ``study.invalid`` with every problem.
    """
    opened, problems = check_study_file(path, readings)
    if opened is None:
        raise InputError("study.invalid", problems=problems, file=path.name)
    return opened


def find_rules(path: Path, name: str) -> RuleSet:
    """A rule set beside the study (``rules/<id>.toml``) or a packaged one."""
    own = path.resolve().parent / "rules" / f"{name}.toml"
    return parse_rules(own.read_bytes(), str(own)) if own.is_file() else packaged_rules(name)


def keep(folder: Path, name: str, value: Mapping[str, Any]) -> Path:
    """Write an answer whole or not at all."""
    return _write(folder / f"{name}.json", json.dumps(value, ensure_ascii=False, indent=1, default=str).encode())


def kept(folder: Path, name: str) -> dict[str, Any] | None:
    """An answer that was kept, or None."""
    try:
        found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise SourceError("study.unreadable", path=folder / f"{name}.json", why=str(error)) from None
    return found


def keep_series(folder: Path, name: str, columns: Mapping[str, Any]) -> Path:
    """Write hourly series as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(columns)), sink, compression="zstd")
    return _write(folder / f"{name}.parquet", sink.getvalue().to_pybytes())


def keep_state(folder: Path, state: Any) -> None:
    """Keep where the solver stands, so that a stopped run goes on from there."""
    from io import BytesIO

    arrays = {k: v for k, v in vars(state).items() if isinstance(v, np.ndarray)} if hasattr(state, "__dict__") else {}
    if arrays:
        buffer = BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        _write(folder / "state.npz", buffer.getvalue())


def kept_state(folder: Path) -> Any:
    """Where a stopped run stood, or None."""
    from lingtan.optimize.chain.iterate import Iterate

    try:
        with np.load(folder / "state.npz") as found:
            return Iterate(**{name: found[name] for name in found.files})
    except (OSError, ValueError, TypeError):
        return None


def forget_state(folder: Path) -> None:
    """The run is done."""
    (folder / "state.npz").unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise SourceError("study.unwritable", path=path, why=error.strerror or "") from None
    return path
