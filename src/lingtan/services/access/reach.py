"""How deep somebody may look into a figure: park totals openly, what belongs to an enterprise only by its entries."""

from lingtan.base.errors import AccessError
from lingtan.carbon.address import Address
from lingtan.park.model import Park, channels, owner
from lingtan.services.access.policy import Action, Actor, Kind, Thing, allowed

FORMULA, SUMS, ALL = 1, 2, 5
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
