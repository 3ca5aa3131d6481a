"""The mapping file: what a person says about a meter file, where recognition is not enough."""

from io import StringIO
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.park.model import Record, Step

SHAPES = ("long", "wide", "day_row", "bill", "periods", "form")
Shape = Literal["long", "wide", "day_row", "bill", "periods", "form"]


class Mapping(Record):
    """Everything is optional: what is not said is recognised.

    ``channels`` gives the park's channel for a name in the file; ``channel`` (or ``default``) the one for a file that
    names none; ``missing`` lists sentinel values.
    """

    shape: Shape | None = None
    sheet: str | list[str] | None = None
    header_row: int | None = Field(default=None, ge=1, description="Row of the headers, counted from 1.")
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    time: str | list[str] | None = Field(default=None, description="Column of the time, or [date, clock].")
    start: str | None = None
    end: str | None = None
    name: str | list[str] | None = Field(default=None, validation_alias=AliasChoices("name", "names", "meter"))
    value: str | list[str] | None = Field(default=None, validation_alias=AliasChoices("value", "values"))
    unit_column: str | None = None
    quality: str | None = None
    unit: str | None = None
    quantity: Literal["power", "energy"] | None = None
    zone: str | None = None
    stamp: Literal["start", "end"] | None = None
    step: Step | None = None
    day_first: bool | None = None
    decimal_comma: bool = False
    missing: tuple[str | int | float, ...] = ()
    duplicates: Literal["reject", "last", "first"] = "reject"
    channels: dict[str | int, str] = Field(default={})
    channel: str | None = None
    ignore: tuple[str, ...] = ()
    fill_down: bool = False
    period: str | None = Field(default=None, description="Year or month of a form that does not say it.")
    cumulative: bool | None = Field(default=None, description="Quantities are sums since January (1-本月).")
    enterprise: str | None = None
    form: Literal["205-1", "205-2", "205-3", "205-4"] | None = None


def parse_mapping(text: str, name: str = "mapping.yaml") -> Mapping:
    """The mapping that a YAML text says.

    Raises
    ------
    InputError
        With every problem: bad YAML, unknown keys (with the nearest known one), values of the wrong kind.
    """
    try:
        value = YAML(typ="safe", pure=True).load(StringIO(text))
    except (YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = Place(file=name, line=None if line is None else line + 1)
        raise InputError(
            "import.bad-mapping", file=name, problems=[Problem("import.bad-yaml", place, {"what": _short(error)})]
        ) from None
    if value is None:
        return Mapping()
    if not isinstance(value, dict):
        raise InputError(
            "import.bad-mapping", file=name, problems=[Problem("import.not-a-table", Place(file=name), {})]
        )
    return check_mapping(value, name)


def check_mapping(value: dict[str, Any], name: str = "mapping") -> Mapping:
    """A mapping from its fields; raises InputError with every problem."""
    try:
        return Mapping.model_validate(value)
    except ValidationError as error:
        problems = []
        for item in error.errors():
            path = ".".join(str(p) for p in item["loc"])
            place = Place(file=name, path=path)
            if item["type"] == "extra_forbidden":
                known = nearest(str(item["loc"][-1]), Mapping.model_fields) or "channels"
                problems.append(Problem("import.unknown-key", place, {"key": path, "nearest": known}))
            else:
                problems.append(Problem("import.bad-value", place, {"key": path, "what": item["msg"]}))
        raise InputError("import.bad-mapping", file=name, problems=problems) from None


def _short(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]
