"""Names: each given once, each reference to something that is there."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from lingtan.base.errors import Problem
from lingtan.base.ids import channel_key
from lingtan.park.carriers import BUILT_IN
from lingtan.park.check.view import Path, View
from lingtan.park.regions import REGIONS, region_code


class _Named(Protocol):
    @property
    def id(self) -> str: ...


# list in the file -> (key, list that it refers to)
_REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "enterprises": (("site", "sites"),),
    "connections": (("carrier", "carriers"),),
    "assets": (("enterprise", "enterprises"), ("site", "sites")),
    "processes": (("enterprise", "enterprises"),),
    "products": (("enterprise", "enterprises"), ("output", "channels")),
    "wastes": (("enterprise", "enterprises"),),
    "meters": (("enterprise", "enterprises"), ("site", "sites"), ("parent", "meters")),
    "certificates": (("holder", "enterprises"),),
    "tariffs": (("connection", "connections"),),
}
_QUANTITY_REFERENCES = (
    ("carrier", "carriers"),
    ("enterprise", "enterprises"),
    ("connection", "connections"),
    ("asset", "assets"),
    ("process", "processes"),
    ("waste", "wastes"),
)


def check_names(view: View) -> Iterator[Problem]:
    """Duplicate and reserved ids, and references to nothing."""
    yield from _duplicates(view)
    yield from _channel_ids(view)
    yield from _references(view)


def _duplicates(view: View) -> Iterator[Problem]:
    for name in ("sites", "carriers", *_REFERENCES):
        yield from _twice(view, _paths(name, getattr(view.park, name)))
    yield from _twice(view, [((*q.path, "id"), q.source.id) for q in view.quantities])
    for name in ("nodes", "lines", "agreements", "trades"):
        items = getattr(view.park.tracing, name)
        yield from _twice(view, [(("tracing", name, i, "id"), item.id) for i, item in enumerate(items)])


def _paths(name: str, items: Sequence[_Named]) -> list[tuple[Path, str]]:
    return [((name, i, "id"), item.id) for i, item in enumerate(items)]


def _twice(view: View, found: Iterable[tuple[Path, str]]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, name in found:
        if name in first:
            yield view.error("duplicate-id", path, value=name, first=view.place(first[name]).line or 0)
        else:
            first[name] = path


def _channel_ids(view: View) -> Iterator[Problem]:
    keys: dict[int, str] = {}
    for quantity in view.quantities:
        name = quantity.source.id
        if name.replace(".", "").isdigit():
            yield view.error("number-id", (*quantity.path, "id"), value=name)
        other = keys.setdefault(channel_key(name), name)
        if other != name:
            yield view.error("key-collision", (*quantity.path, "id"), value=name, other=other)
    for i, enterprise in enumerate(view.park.enterprises):
        if enterprise.id == "park":
            yield view.error("reserved-id", ("enterprises", i, "id"), value="park")
    for i, carrier in enumerate(view.park.carriers):
        if carrier.id in BUILT_IN:
            yield view.error("built-in-carrier", ("carriers", i, "id"), value=carrier.id)


def _tracing(view: View, known: dict[str, dict[str, None]]) -> Iterator[Problem]:
    tracing = view.park.tracing
    nodes = {n.id: None for n in tracing.nodes}
    sources = {**known["assets"], **known["connections"]}

    def missing(path: Path, word: str | None, among: dict[str, None], target: str) -> Iterator[Problem]:
        if word is not None and word not in among:
            yield view.unknown("unknown-reference", path, word, among, field=str(path[-1]), list=target)

    for name in ("connections", "assets", "meters"):
        for i, item in enumerate(getattr(view.park, name)):
            yield from missing((name, i, "node"), item.node, nodes, "tracing.nodes")
    for i, line in enumerate(tracing.lines):
        at: Path = ("tracing", "lines", i)
        yield from missing((*at, "from"), line.start, nodes, "tracing.nodes")
        yield from missing((*at, "to"), line.end, nodes, "tracing.nodes")
        yield from missing((*at, "sent"), line.sent, known["channels"], "channels")
        yield from missing((*at, "received"), line.received, known["channels"], "channels")
    for i, agreement in enumerate(tracing.agreements):
        at = ("tracing", "agreements", i)
        yield from missing((*at, "source"), agreement.source, sources, "assets, connections")
        yield from missing((*at, "enterprise"), agreement.enterprise, known["enterprises"], "enterprises")
    for i, trade in enumerate(tracing.trades):
        yield from missing(
            ("tracing", "trades", i, "enterprise"), trade.enterprise, known["enterprises"], "enterprises"
        )


def _references(view: View) -> Iterator[Problem]:
    park = view.park
    known: dict[str, dict[str, None]] = {
        name: {item.id: None for item in getattr(park, name)}
        for name in ("sites", "enterprises", "connections", "assets", "processes", "wastes", "meters")
    }
    known["carriers"] = dict.fromkeys(view.carriers)
    known["channels"] = {q.source.id: None for q in view.quantities}

    def missing(path: Path, word: str | None, target: str) -> Iterator[Problem]:
        if word is not None and word not in known[target]:
            yield view.unknown("unknown-reference", path, word, known[target], field=str(path[-1]), list=target)

    for name, references in _REFERENCES.items():
        for i, item in enumerate(getattr(park, name)):
            for key, target in references:
                yield from missing((name, i, key), getattr(item, key), target)
    for quantity in view.quantities:
        for key, target in _QUANTITY_REFERENCES:
            yield from missing((*quantity.path, key), getattr(quantity.source, key), target)
    for i, product in enumerate(park.products):
        for j, channel in enumerate(product.energy):
            if channel not in known["channels"]:
                path: Path = ("products", i, "energy", j)
                yield view.unknown(
                    "unknown-reference", path, channel, known["channels"], field="energy", list="channels"
                )
    yield from _tracing(view, known)
    yield from missing(("park", "operator"), park.park.operator, "enterprises")
    for i, value in enumerate(park.accounting.carriers):
        yield from missing(("accounting", "carriers", i, "carrier"), value.carrier, "carriers")
    for name in park.accounting.energy_basis:
        yield from missing(("accounting", "energy_basis", name), name, "carriers")
    if park.park.region not in REGIONS:
        path = ("park", "region")
        meant = region_code(park.park.region)
        if meant is not None:  # a province by its name
            yield view.error("unknown-region", path, value=park.park.region, nearest=meant)
        else:
            yield view.unknown("unknown-region", path, park.park.region, REGIONS)
