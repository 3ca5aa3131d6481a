"""Make the folder of a demo park: its park file, its meter files and the truth."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from lingtan.base.errors import InputError, SourceError
from lingtan.services.ports import Listener, Progress, silent

MARK = "demo.json"
FILES, TRUTH, REPORTS = "files", "truth", "reports"
OURS = ("park.yaml", MARK, "story.json", FILES, TRUTH, REPORTS, "certificates", ".lingtan")
VERSION = 2  # raised when the same seed gives another park


@dataclass(frozen=True)
class Built:
    """A demo folder; ``fresh`` is False if it stood there already, from the same seed and days."""

    folder: Path
    seed: int
    days: int
    fresh: bool

    @property
    def files(self) -> list[Path]:
        """The meter files that come in time."""
        return sorted(p for p in (self.folder / FILES).iterdir() if p.is_file() and not p.name.startswith("."))

    @property
    def late(self) -> list[Path]:
        """The meter files that come late."""
        return sorted((self.folder / FILES / "late").glob("*.csv"))

    @property
    def whole_year(self) -> bool:
        """Whether a whole year was simulated."""
        return self.days >= 365

    @property
    def floor(self) -> float | None:
        """Coverage that an account of the year needs: of a shorter span no more than its share."""
        return None if self.whole_year else round(0.85 * self.days / 365, 4)


def build_demo(folder: Path, *, seed: int, days: int, force: bool = False, listener: Listener = silent) -> Built:
    """Simulate the park and write its files; a folder from the same seed and days is kept as it is.

    Raises
    ------
    InputError
        ``demo.other-park`` if the folder holds something else; with ``force`` what a demo made there is replaced.
    SourceError
        ``demo.unwritable``.
    """
    if not 7 <= days <= 365:
        raise InputError("demo.days", days=days)
    try:
        if folder.exists() and any(folder.iterdir()):
            mark = read_mark(folder)
            stated = {"seed": seed, "days": days, "version": VERSION}
            if not force and mark == stated:
                return Built(folder, seed, days, False)
            if mark is None or not force:
                told = "" if mark is None else f"seed {mark.get('seed')}, {mark.get('days')} days"
                raise InputError("demo.not-empty" if mark is None else "demo.other-park", folder=folder, found=told)
            _clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        _make(folder, seed, days, listener)
    except OSError as error:
        raise SourceError("demo.unwritable", folder=folder, why=error.strerror or str(error)) from None
    return Built(folder, seed, days, True)


def read_mark(folder: Path) -> dict[str, int] | None:
    """What the folder's demo was made from; None if it is no demo."""
    try:
        found = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _clear(folder: Path) -> None:
    for name in OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _make(folder: Path, seed: int, days: int, listener: Listener) -> None:
    from lingtan.demo.certificates import FOLDER, write_certificates
    from lingtan.demo.faults import Mischief
    from lingtan.demo.files import write_files
    from lingtan.demo.meters import read_all
    from lingtan.demo.park_file import park_yaml
    from lingtan.demo.simulate import simulate
    from lingtan.demo.span import Span
    from lingtan.demo.truth import write_truth

    span = Span(days)
    listener(Progress("demo-simulate", 0, 3, {"days": days, "seed": seed}))
    points = simulate(span, seed)
    readings = read_all(points, seed)
    faults = Mischief(readings, span, seed).all()
    listener(Progress("demo-files", 1, 3))
    write_files(readings, span, folder / FILES)
    write_certificates(points, span, folder / FOLDER)
    listener(Progress("demo-truth", 2, 3))
    write_truth(points, faults, span, folder / TRUTH)
    (folder / "park.yaml").write_text(park_yaml(points, span, seed), encoding="utf-8")
    # the mark comes last: a folder without it was not finished
    (folder / MARK).write_text(json.dumps({"seed": seed, "days": days, "version": VERSION}) + "\n", encoding="utf-8")
    listener(Progress("demo-truth", 3, 3))
