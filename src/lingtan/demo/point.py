"""One channel of one meter, with the true quantity behind it and the file that it is delivered in."""

from dataclasses import dataclass, field

from lingtan.demo.members import FEEDERS
from lingtan.demo.span import Ints
from lingtan.park.activities import Activity

STEAM_GJ_PER_T = "2.79"
# group, that is the file that a channel is delivered in -> decimals of its numbers
GROUPS = {
    "gateway": 1, "mains": 2, **{f"subs-{n}": 3 for n in FEEDERS}, "center": 2, "renewables": 2, "gas": 1, "water": 1,
    "steam": 3, "bills": 0, "fuels": 2, "waste": 2, "stocks": 2, "output": 3, "recovery": 2, "weather": 2, "history": 0,
    "water-form": 0, "product-form": 3,
}  # fmt: skip


@dataclass
class Point:
    """One channel of one meter. ``truth`` is in 1/1000 of the carrier's unit, per step (or at each instant for levels)."""

    id: str
    zh: str
    en: str
    carrier: str
    activity: Activity
    unit: str
    truth: Ints
    group: str
    accuracy: str = "0.5S"
    enterprise: str | None = None
    parent: str | None = None
    meter: str = ""
    kind: str = "interval"
    step: str = "15min"
    multiplier: str = "1"
    content: str | None = None
    digits: int | None = None
    loss_share: str | None = None
    manual: bool = False
    links: dict[str, str] = field(default_factory=dict)
    # filled by the meters
    delivered_multiplier: str | None = None
    history: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meter = self.meter or f"m.{self.id}"

    @property
    def decimals(self) -> int:
        """Decimals of the numbers in the file."""
        return GROUPS[self.group]
