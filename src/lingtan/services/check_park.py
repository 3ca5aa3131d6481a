"""Read a park file and say everything that is wrong with it."""

from pathlib import Path

from lingtan.base.errors import InputError, Problem, SourceError
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
    return path, park, problems
