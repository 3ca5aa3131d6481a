"""A new study: a complete file that runs as it stands."""

from importlib.resources import files
from pathlib import Path

from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import is_slug
from lingtan.park.file import suggested_id


def start_study(path: Path, *, force: bool = False) -> Path:
    """Write the sample study to ``path``, with an id made of its name; ``.xlsx`` writes it as a workbook.

    Raises
    ------
    InputError
        ``study.exists`` if there is a file already and ``force`` is not given.
    """
    if path.exists() and not force:
        raise InputError("study.exists", path=path)
    text = files("lingtan.optimize.study").joinpath("templates", "study.yaml").read_text(encoding="utf-8")
    name = path.stem if is_slug(path.stem) else suggested_id(path.stem, "study-1")
    text = text.replace("id: sample-site", f"id: {name}")
    data = text.encode()
    if path.suffix.lower() == ".xlsx":
        from lingtan.services.study_workbook import workbook_from_yaml

        data = workbook_from_yaml(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise SourceError("study.unwritable", path=path, why=error.strerror or "") from None
    return path
