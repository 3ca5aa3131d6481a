"""Write a new park file from a template, with the schema that editors check it by."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import is_slug
from lingtan.park.file import suggested_id
from lingtan.park.schema import park_schema

Template = Literal["minimal", "full"]
TEMPLATES: Final[tuple[Template, ...]] = ("minimal", "full")
PARK_FILE: Final = "park.yaml"
SCHEMA_FILE: Final = "park.schema.json"


def start_park(folder: Path, *, template: str = "minimal", name: str | None = None, id_: str | None = None) -> Path:
    """Write ``park.yaml`` and ``park.schema.json`` into ``folder``, which is made if needed; returns the park file.

    Raises
    ------
    InputError
        ``park-new.exists`` if there is a park file: nothing is overwritten. ``park-new.template``, ``park-new.bad-id``.
    SourceError
        ``park-new.unwritable`` if the folder cannot be written.
    """
    if template not in TEMPLATES:
        raise InputError("park-new.template", template=template, known=", ".join(TEMPLATES))
    slug = id_ or suggested_id(name or "", suggested_id(folder.resolve().name, "my-park"))
    if not is_slug(slug):
        raise InputError("park-new.bad-id", value=slug[:60])
    path = folder / PARK_FILE
    text = named(template_text(template), slug, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        (folder / SCHEMA_FILE).write_bytes(schema_bytes())
    except FileExistsError:
        raise InputError("park-new.exists", path=path) from None
    except OSError as error:
        raise SourceError("park-new.unwritable", path=path, why=error.strerror) from None
    return path


def template_text(template: str) -> str:
    """A packaged template."""
    return files("lingtan").joinpath("park", "templates", f"{template}.yaml").read_text(encoding="utf-8")


def named(text: str, slug: str, name: str | None) -> str:
    """The template with the park's own id and name."""
    text = re.sub(r"^(  id: )my-park", lambda found: found.group(1) + slug, text, count=1, flags=re.MULTILINE)
    if name is not None:
        quoted = json.dumps(name, ensure_ascii=False)  # a JSON string is a YAML one
        text = re.sub(r"^(  name: )\{.*\}$", lambda found: found.group(1) + quoted, text, count=1, flags=re.MULTILINE)
    return text


def schema_bytes() -> bytes:
    """The JSON schema as it is written to a file."""
    return (json.dumps(park_schema(), ensure_ascii=False, indent=1) + "\n").encode()
