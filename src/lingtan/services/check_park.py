"""Read a park file and say everything that is wrong with it."""

from collections.abc import Iterator
from pathlib import Path

from lingtan.base.errors import InputError, Problem, SourceError
from lingtan.base.ids import nearest
from lingtan.park.document import read_document
from lingtan.park.file import parse_bytes
from lingtan.park.model import Park
from lingtan.services.start_park import PARK_FILE


def check_park_file(place: Path) -> tuple[Path, Park | None, list[Problem]]:
    """The file, the park in it (None if it cannot be read as one) and its problems in the order of their lines.

    ``place`` is a workspace or the file itself.

    Raises
    ------
    InputError
        ``workspace.no-park`` if there is no such file.
    SourceError
        ``workspace.unreadable`` if it cannot be read.
    """
    path = place / PARK_FILE if place.is_dir() else place
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("workspace.no-park", folder=place.resolve()) from None
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None
    park, problems = parse_bytes(data, name=path.name)
    if park is not None:
        problems = sorted([*problems, *_factors(park, data, path.name)], key=lambda p: p.place.line or 0)
    return path, park, problems


def _factors(park: Park, data: bytes, name: str) -> Iterator[Problem]:
    """Processes whose factor nobody knows: their account would be refused."""
    if not park.processes:
        return
    from lingtan.carbon.factors import FactorBook

    document, _ = read_document(data.decode("utf-8-sig"), name)
    known = sorted({f.subject for f in FactorBook.packaged() if f.set == "process" and f.measure == "co2"})
    stated = {v.carrier for v in park.accounting.carriers if v.kgco2_per_unit is not None}
    for i, process in enumerate(park.processes):
        if document is not None and process.factor not in known and process.factor not in stated:
            place = document.place(("processes", i, "factor"))
            near = nearest(process.factor, known)
            code = "park-check.no-process-factor" if near is None else "park-check.process-factor"
            yield Problem(code, place, {"value": process.factor, "nearest": near or "–"}, "warning")
