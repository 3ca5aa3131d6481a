"""The passport of any figure, beside the page or on its own."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Room, SignedIn, actor_of, check_thing
from lingtan.apps.web.portal import need_run
from lingtan.apps.web.render import language_of, render
from lingtan.base.text import label, say, sentences
from lingtan.park.carriers import carriers
from lingtan.services.access.policy import Action

room = Room()
HIDDEN = ("micrograms", "milli", "micro", "digest", "content", "formula_key")
AT_FIRST = 3


@room.page("/passport", SignedIn("how deep is decided by the figure"))
def passport_page(
    request: Request, figure: str, run: str = "", depth: int = AT_FIRST, hour: str = "", readings: int = 0
) -> Response:
    """The tree of one figure."""
    told = passport_of(request, figure, run=run, depth=depth, hour=hour, readings=readings)
    lang = language_of(request)
    park = request.app.state.portal.space().park
    names = {e.id: label(e.name, lang) for e in park.enterprises}
    names |= {c.id: label(c.name, lang, c.id) for m in park.meters for c in m.channels}
    names |= {i: (c.zh if lang == "zh" else c.en) for i, c in carriers(park).items() if i not in names}
    values = {"told": told, "facts": lambda node: _facts(node, lang), "name": lambda text: _name(text, names, lang)}
    part = request.headers.get("hx-request") == "true"
    return render(request, "passport-part.html" if part else "passport.html", values)


def passport_of(
    request: Request, figure: str, *, run: str, depth: int, hour: str = "", readings: int = 0
) -> dict[str, Any]:
    """A passport as deep as the asker may see; the read is checked and audited here.

    Raises
    ------
    AccessError
        If the figure may not be seen.
    InputError
        If there is no such figure or run.
    """
    from lingtan.carbon.address import known, parse_address
    from lingtan.services.access.reach import pruned, reach

    portal = request.app.state.portal
    shown = need_run(portal.shown(run=run, refresh=False))
    there = known(shown.run.account, shown.run.indicators)
    address = parse_address(figure, there)
    most, thing = reach(actor_of(request), address, shown.run.park, released=shown.closing is not None)
    check_thing(request, Action.READ, thing)
    deep = max(1, min(depth, most))
    below = most >= 4
    told: dict[str, Any] = portal.passport(
        run=shown.id,
        figure=str(address),
        depth=deep,
        hour=hour if below else "",
        readings=min(readings, 200) if below else 0,
    )
    return {**told, "passport": pruned(told["passport"], most), "most": most}


def _facts(node: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    """The facts of a node in words."""
    found = []
    for key, value in node.get("facts", {}).items():
        if key in HIDDEN or value in (None, "", [], {}):
            continue
        name = f"passport-fact.{key}"
        title = say(name, lang) if name in sentences(lang) else key.replace("_", " ")
        if key == "formula":
            title = say("indicator.column-formula", lang)
        items = value if isinstance(value, list) else [value]
        words = "; ".join(say(str(v), lang, reason="") if str(v) in sentences(lang) else str(v) for v in items)
        found.append((title, words.replace("tCO2", "tCO₂")))
    return found


def _name(text: str, names: dict[str, str], lang: str) -> str:
    """A node's name for people: the label of an enterprise or channel, the words of a category."""
    if text in names:
        return names[text]
    head, _, rest = text.partition("/")
    whole, _, part = head.partition(".")
    if part and not rest:
        key = f"portal.part-{part}"
        return f"{_name(whole, names, lang)} · {say(key, lang) if key in sentences(lang) else part}"
    if not rest:
        key = f"indicator.{head}" if f"indicator.{head}" in sentences(lang) else f"measure.{head}"
        return say(key, lang).replace("tCO2", "tCO₂") if key in sentences(lang) else text
    parts = []
    for item in rest.split("/"):
        key, _, value = item.partition("=")
        said = f"{key}.{value}"
        parts.append(names.get(value) or (say(said, lang) if said in sentences(lang) else value))
    title = f"measure.{head}" if f"measure.{head}" in sentences(lang) else f"pool.{head}"
    first = say(title, lang) if title in sentences(lang) else head
    return f"{first} · {' · '.join(parts)}"
