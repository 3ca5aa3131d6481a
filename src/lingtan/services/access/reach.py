"""How deep somebody may look into a figure: park totals openly, what belongs to an enterprise only by its entries."""

from collections.abc import Mapping
from typing import Any

from lingtan.base.errors import AccessError
from lingtan.carbon.address import Address
from lingtan.park.model import Park, channels, owner
from lingtan.services.access.policy import Action, Actor, Kind, Thing, allowed

FORMULA, SUMS, ALL = 1, 2, 5
# what a passport may say to those who see park totals only
OPEN_NODES = frozenset({"figure", "sum", "uncertainty", "certificate"})
OPEN_FACTS = frozenset(
    {
        "formula",
        "formula_key",
        "target",
        "coverage",
        "gap_tce",
        "gap_tco2",
        "size_class",
        "notes",
        "months",
        "low",
        "high",
        "probability",
    }
)
# keys that cut a park's figure without saying whose it is
OPEN_KEYS = frozenset({"category", "month", "carrier", "kind", "side"})


def reach(actor: Actor, address: Address, park: Park, *, released: bool) -> tuple[int, Thing]:
    """The greatest depth of a figure's passport for somebody, and the object that it stands for.

    Raises
    ------
    AccessError
        ``access.refused`` where not even the figure may be seen.
    """
    enterprise, detail = whose(address, park)
    thing = Thing(Kind.ENTRY, enterprise=enterprise, released=released)
    if allowed(actor, Action.READ, thing):
        return ALL, thing
    if not detail:
        account = Thing(Kind.ACCOUNT, released=released)
        if allowed(actor, Action.READ, account):
            return SUMS, account
        overview = Thing(Kind.OVERVIEW)
        if address.sort == "indicator" and allowed(actor, Action.READ, overview):
            return FORMULA, overview
    total = Thing(Kind.ENTERPRISE, enterprise=enterprise, released=released)
    keys = {k for k, _ in address.where}
    if enterprise is not None and keys <= OPEN_KEYS | {"enterprise", "view"} and allowed(actor, Action.READ, total):
        return FORMULA, total
    raise AccessError("access.refused", role=actor.role.value, action="read", kind=Kind.ENTRY.value)


def whose(address: Address, park: Park) -> tuple[str | None, bool]:
    """The enterprise that a figure belongs to, and whether it says something of one enterprise or one point."""
    where = {k: str(v) for k, v in address.where}
    if "enterprise" in where:
        return where["enterprise"], True
    if "channel" in where:
        held = channels(park).get(where["channel"])
        return (owner(park, *held) if held else None), True
    if "product" in where:
        return next((p.enterprise for p in park.products if p.id == where["product"]), None), True
    if "point" in where:
        held = channels(park).get(where["point"])
        virtual = {v.id: v.enterprise for v in park.virtual_meters}
        return (owner(park, *held) if held else virtual.get(where["point"])), True
    return None, bool(where.keys() - OPEN_KEYS) or address.sort == "channel"


def pruned(node: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """A passport's tree without postings, points, channels and whatever else speaks of single members."""
    if depth >= ALL:
        return dict(node)
    kept = {k: v for k, v in node.items() if k not in ("children", "facts")}
    facts = {k: v for k, v in node.get("facts", {}).items() if k in OPEN_FACTS}
    children = [
        pruned(c, depth) for c in node.get("children", []) if c["kind"] in OPEN_NODES and _open(str(c.get("name", "")))
    ]
    return kept | ({"facts": facts} if facts else {}) | ({"children": children} if children else {})


def _open(name: str) -> bool:
    keys = {item.partition("=")[0] for item in name.split("/")[1:]}
    return keys <= OPEN_KEYS
