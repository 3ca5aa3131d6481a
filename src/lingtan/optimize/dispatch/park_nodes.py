"""The nodes of a park that dispatch balances, and what was used at each, from the channels of its park file.

A node is a carrier: electricity, steam, hot water, heat, cooling, hydrogen. What was used at it is all that came in less what
went out, into stores, and into the converters that dispatch decides on.
"""

from collections.abc import Collection

from lingtan.park.activities import Activity
from lingtan.park.model import Asset, Channel, Park, channels

POWER, STEAM, HYDROGEN = "electricity", "steam", "hydrogen"
HEATS = (STEAM, "hot_water", "heat")
NODES = (POWER, *HEATS, "cooling", HYDROGEN)
# where an asset's meters do not say it
USUAL = {
    "heat_pump": "hot_water", "chiller": "cooling", "cold_store": "cooling", "electrolyser": HYDROGEN, "hydrogen_tank": HYDROGEN,
    "battery": POWER,
}  # fmt: skip
KWH_PER_KG = {HYDROGEN: 33.33}  # lower heating value
SIGNS = {
    Activity.IMPORT: 1.0, Activity.GENERATION: 1.0, Activity.DISCHARGE: 1.0,
    Activity.EXPORT: -1.0, Activity.CHARGE: -1.0,
}  # fmt: skip
OUT = (Activity.GENERATION, Activity.CHARGE, Activity.DISCHARGE)


class Nodes:
    """The metered channels of a park by what they are tied to."""

    def __init__(self, park: Park) -> None:
        self.channels: dict[str, Channel] = {name: c for name, (_, c) in channels(park).items()}
        self._lines = {c.id: c.carrier for c in park.connections}

    def of(
        self, *, asset: str = "", connection: str = "", activity: Activity | None = None, carrier: str = ""
    ) -> list[str]:
        """The channels tied to an asset or a connection, in the order of the park file."""
        return [
            c.id
            for c in self.channels.values()
            if (not asset or c.asset == asset)
            and (not connection or c.connection == connection)
            and (activity is None or c.activity == activity)
            and (not carrier or c.carrier == carrier)
        ]

    def heat(self, asset: Asset) -> str:
        """The node that an asset's heat, cold or gas goes to: as it is metered, else the usual one of its kind."""
        for channel in self.channels.values():
            if channel.asset == asset.id and channel.activity in OUT and channel.carrier in NODES[1:]:
                return channel.carrier
        if asset.kind in USUAL:
            return USUAL[asset.kind]
        there = {c.carrier for c in self.channels.values()} | set(self._lines.values())
        return next((h for h in HEATS if h in there), STEAM)

    def balance(self, node: str, converters: Collection[str] = ()) -> dict[str, float]:
        """What was used at a node: channels and their signs. ``converters`` are assets whose draw is decided by dispatch."""
        per = KWH_PER_KG.get(node, 1.0)
        made: dict[str, float] = {}
        for channel in self.channels.values():
            if channel.carrier != node or channel.kind == "level":
                continue
            if channel.asset in converters and channel.activity is Activity.USE:
                made[channel.id] = -per
            elif (channel.connection or channel.asset) and channel.activity in SIGNS:
                made[channel.id] = per * SIGNS[channel.activity]
        return made
