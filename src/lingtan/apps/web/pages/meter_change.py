"""Another meter, or another multiplier, from a moment on: shown first with what it does to the readings, then written."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Need, Room
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import InputError, LingtanError
from lingtan.base.text import label
from lingtan.base.time import parse_instant
from lingtan.park.model import channels, owner
from lingtan.services.access.policy import Action, Kind

room = Room()
READ, CHANGE = Need(Kind.METER), Need(Kind.METER, Action.WRITE)
Short = Annotated[str, Form(max_length=63)]
FIELDS = ("multiplier", "final", "initial", "digits", "serial")


@room.page("/meters/change", CHANGE)
def change(request: Request, channel: Annotated[str, Query(max_length=120)] = "") -> Response:
    """The form, and every change that was made."""
    return _page(request, {"channel": channel})


@room.act("/meters/change", CHANGE)
def change_now(
    request: Request,
    channel: Annotated[str, Form(max_length=120)],
    start: Short,
    reason: Annotated[str, Form(max_length=500)],
    multiplier: Short = "",
    final: Short = "",
    initial: Short = "",
    digits: Short = "",
    serial: Short = "",
    write: Annotated[bool, Form()] = False,
) -> Response:
    """Try a change, or write it."""
    filled = {"channel": channel, "start": start, "reason": reason, "multiplier": multiplier, "final": final, "initial": initial,
              "digits": digits, "serial": serial}  # fmt: skip
    try:
        made = changed(request, filled, write=write)
    except LingtanError as error:
        return _page(request, filled, failure=error.format(language_of(request)), status=error.http_status)
    return _page(request, {} if write else filled, made=made, written=write)


def changed(request: Request, filled: dict[str, str], *, write: bool) -> Any:
    """What a change does; written if that is asked.

    Raises
    ------
    InputError
        ``meter-change.number``, ``meter-change.when``; what the service raises.
    """
    from lingtan.services.change_meter import change_meter

    space = request.app.state.portal.space()
    if not filled.get("start", "").strip():
        raise InputError("meter-change.when")
    numbers = {k: _number(k, filled.get(k, "")) for k in ("multiplier", "final", "initial", "digits")}
    return change_meter(
        space, filled["channel"], parse_instant(filled["start"], space.park.park.timezone), reason=filled["reason"],
        multiplier=numbers["multiplier"], final=numbers["final"], initial=numbers["initial"],
        digits=None if numbers["digits"] is None else int(numbers["digits"]), serial=filled.get("serial", "").strip(),
        dry_run=not write,
    )  # fmt: skip


def history(request: Request) -> list[dict[str, Any]]:
    """Every replacement and new multiplier of the park file, the newest first."""
    space = request.app.state.portal.space()
    found = [
        {"channel": name, "meter": meter.id, "start": h.start, **{f: getattr(h, f) for f in (*FIELDS, "reason")}}
        for name, (meter, channel) in channels(space.park).items()
        for h in channel.history
    ]
    return sorted(found, key=lambda x: str(x["start"]), reverse=True)


def _number(name: str, text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise InputError("meter-change.number", field=name, said=text[:40]) from None
    if not value.is_finite() or (name == "digits" and value != int(value)):
        raise InputError("meter-change.number", field=name, said=text[:40])
    return value


def _page(
    request: Request, filled: dict[str, str], *, made: Any = None, written: bool = False, failure: str = "", status: int = 200
) -> Response:  # fmt: skip
    park, lang = request.app.state.portal.space().park, language_of(request)
    people = {e.id: label(e.name, lang, e.id) for e in park.enterprises}
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, (meter, channel) in channels(park).items():
        held = owner(park, meter, channel)
        groups.setdefault(people.get(held, held), []).append((name, label(channel.name, lang, name)))
    values = {
        "filled": {"channel": "", "start": "", "reason": "", **dict.fromkeys(FIELDS, ""), **filled}, "groups": groups, "made": made, "written": written,
        "failure": failure, "history": history(request), "names": {n: label(c.name, lang, n) for n, (_, c) in channels(park).items()},
        "kinds": {n: (c.kind, c.multiplier, c.unit) for n, (_, c) in channels(park).items()},
    }  # fmt: skip
    return render(request, "meter-change.html", values, status=status)
