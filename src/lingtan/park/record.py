"""The types of the park file's fields: ids, labels, exact numbers, times; and the record that all of them stand in."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from lingtan.base.ids import is_slug


def _slug(text: str) -> str:
    if not is_slug(text):
        raise PydanticCustomError("park.bad-id", "an id has a-z, 0-9, '-', '_' and '.', at most 63 characters")
    return text


def _decimal(value: Any) -> Any:
    # a float stands for its shortest text, which is what an author would have written
    if not isinstance(value, float | str):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return value
    # beyond this no park has a number, and exact arithmetic with it would not end
    if number.is_finite() and (abs(number.adjusted()) > 24 or len(number.as_tuple().digits) > 40):
        raise PydanticCustomError("park.absurd-number", "no number of a park is that large or that small")
    return number


def _instant(value: Any) -> Any:
    # pydantic alone would take 20250101 for seconds since 1970
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value.strip())
        except ValueError:
            at = None
        if at is None or not 1990 <= at.year <= 2200:
            raise PydanticCustomError("park.bad-time", "a time looks like 2025-03-07T08:00")
        return at
    return value


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise PydanticCustomError("park.bad-time", "a day looks like 2025-03-07") from None
    return value


Slug = Annotated[str, AfterValidator(_slug)]
Label = str | dict[Literal["zh", "en"], str]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
NonNegative = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0)]
Positive = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0)]
Share = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=1)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
Year = Annotated[int, Field(ge=1990, le=2200)]
Step = Literal["1min", "5min", "10min", "15min", "30min", "1h", "1d", "1month", "1year"]


class Record(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
