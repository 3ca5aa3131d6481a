"""Pages from templates: language, numbers, units, times, and the links that open passports."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse

from lingtan.apps.web.assets import asset
from lingtan.apps.web.guard import cookies_of
from lingtan.apps.web.menu import menu_of
from lingtan.base.text import LANGUAGES, label, say, sentences
from lingtan.services.access.policy import Action, Kind, scope_of

Number = int | float | Fraction
LANG_COOKIE = "lt_lang"
UNITS = {"tCO2": "tCO₂", "tCO2/tce": "tCO₂/tce", "tCO2e": "tCO₂e", "kgCO2": "kgCO₂", "m3": "m³"}


@cache
def environment() -> Environment:
    """Jinja, with escaping and without undefined names."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, num=num, tonnes=tonnes, percent=percent, unit=unit, quote=quote)
    return made


def language_of(connection: HTTPConnection) -> str:
    """``?lang=``, else the choice of the browser's cookie, else the profile's, else what the browser speaks, else the portal's."""
    asked = connection.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    kept = cookies_of(connection.headers).get(LANG_COOKIE)
    if kept in LANGUAGES:
        return kept
    user = getattr(connection.state, "user", None)
    if user is not None:
        return str(user.lang)
    spoken = connection.headers.get("accept-language", "").lower()
    if spoken:
        return (
            "zh" if spoken.startswith("zh") else "en" if spoken.startswith("en") else connection.app.state.portal.lang
        )
    return str(connection.app.state.portal.lang)


def render(
    request: Request, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200, park: bool = True
) -> HTMLResponse:
    """A page. ``park=False`` for pages before anybody signed in: they say nothing of the park."""
    portal = request.app.state.portal
    lang = language_of(request)
    actor, user = request.state.actor, request.state.user
    told: dict[str, Any] = {
        "request": request,
        "lang": lang,
        "other_lang": "en" if lang == "zh" else "zh",
        "lang_url": _lang_url(request, "en" if lang == "zh" else "zh"),
        "t": lambda key, **v: say(key, lang, **v),
        "known": lambda key: key in sentences(lang),
        "label": lambda value, fallback="": label(value, lang, fallback),
        "csrf": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(request.state.csrf or ""),
        "csrf_token": request.state.csrf or "",
        "kwh": lambda value, digits=1: kwh(value, lang, digits),
        "kwh_unit": "万kWh" if lang == "zh" else "MWh",
        "may": lambda kind, action="read": (
            actor is not None and scope_of(actor, Kind(kind), Action(action)) is not None
        ),
        "actor": actor,
        "user": user,
        "menu": [],
        "path": request.url.path,
        "park": None,
        "synthetic": False,
        "fig": lambda address, text, run="": figure(address, text, run),
    }
    if park and actor is not None:
        space = portal.space()
        told |= {
            "park": space.park,
            "park_name": label(space.park.park.name, lang, space.park.park.id),
            "synthetic": space.park.park.synthetic,
            "menu": menu_of(actor, lang, request.url.path),
            "zone": space.park.park.timezone,
            "local": lambda at, seconds=False: local(at, space.park.park.timezone, seconds=seconds),
        }
    page = environment().get_template(template).render({**told, **(values or {})})
    answer = HTMLResponse(page, status_code=status)
    answer.headers["vary"] = "cookie, accept-language"
    answer.headers["content-language"] = lang
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        answer.set_cookie(LANG_COOKIE, asked, max_age=31_536_000, samesite="lax", secure=request.state.secure, path="/")
    return answer


def figure(address: str, text: str, run: str = "") -> Markup:
    """A number that opens its passport at the side."""
    if not address:
        return Markup("{}").format(text)
    query = urlencode({"figure": address, **({"run": run} if run else {})})
    return Markup('<a class="figure" href="/passport?{}" data-passport>{}</a>').format(query, text)


def num(value: Number | None, digits: int = 0, *, sign: bool = False) -> str:
    """A number with thousands separators; a dash for none."""
    if value is None:
        return "–"
    text = f"{float(value):{'+' if sign else ''},.{digits}f}"
    return text.replace("-", "−")


def tonnes(micrograms: int | None, digits: int = 1) -> str:
    """Micrograms as tonnes."""
    return num(None if micrograms is None else Fraction(micrograms, 10**12), digits)


def percent(value: Number | None, digits: int = 1) -> str:
    """A share as percent."""
    return "–" if value is None else f"{float(value):.{digits}%}".replace("-", "−")


def kwh(value: Number | None, lang: str, digits: int = 1) -> str:
    """Energy in 万kWh for Chinese readers, in MWh for others; the unit is ``kwh_unit``."""
    return num(None if value is None else float(value) / (1e4 if lang == "zh" else 1e3), digits)


def unit(name: str) -> str:
    """A unit as it is written."""
    return UNITS.get(name, name)


def local(at: datetime | str | None, zone: str, *, seconds: bool = False) -> str:
    """An instant in the park's zone."""
    if at is None:
        return "–"
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{when.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"


def _lang_url(request: Request, lang: str) -> str:
    query = {**dict(request.query_params), "lang": lang}
    return f"{request.url.path}?{urlencode(query)}"
