"""What one enterprise metered and answers for: quantities by carrier and month, and its carbon and coal equivalent."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lingtan.base.ids import channel_key
from lingtan.base.time import Period
from lingtan.carbon.address import month_text
from lingtan.carbon.points import points
from lingtan.park.activities import FUEL_BURNT, Activity
from lingtan.services.keep_run import Run

MILLI = 1000
# what a statement shows, in this order
SHOWN = (
    Activity.USE,
    *sorted(FUEL_BURNT),
    Activity.FEEDSTOCK,
    Activity.GENERATION,
    Activity.OUTPUT,
    Activity.INTAKE,
    Activity.REUSE,
    Activity.DISCHARGE_WATER,
    Activity.GENERATED,
    Activity.UTILISED,
    Activity.UTILISED_STOCK,
)


@dataclass(frozen=True)
class Used:
    """One carrier and activity of an enterprise: its quantity by month [carrier unit], and how much of the time is known."""

    carrier: str
    activity: Activity
    unit: str
    months: Mapping[int, Fraction]
    covered: Fraction | None
    estimated: Fraction | None
    channels: tuple[str, ...]

    @property
    def total(self) -> Fraction:
        """The quantity of all months."""
        return sum(self.months.values(), Fraction(0))


def energy_of(run: Run, enterprise: str) -> list[Used]:
    """The quantities of an enterprise's own points, sub-meters told from meters."""
    return energies(run, enterprise).get(enterprise, [])


def energies(run: Run, only: str = "") -> dict[str, list[Used]]:
    """The quantities of every enterprise, or of one."""
    sums: dict[int, dict[int, int]] = defaultdict(dict)
    whole = {m: _seconds(m, run) for m in run.account.months}
    covered: dict[int, list[int]] = defaultdict(lambda: [sum(whole.values()), 0, 0])
    columns = (run.sums.column(n).to_pylist() for n in ("channel", "month", "value", "covered_s", "estimated_s"))
    for channel, month, value, covered_s, estimated_s in zip(*columns, strict=True):
        sums[channel][month] = value
        if month in whole:
            covered[channel][1] += covered_s
            covered[channel][2] += estimated_s
    known: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for c in run.account.coverage:
        for i, seconds in enumerate((c.expected_s, c.covered_s, c.estimated_s)):
            known[c.channel][i] += seconds
    inside = frozenset(run.account.months)
    found: dict[tuple[str, str, Activity], dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    names: dict[tuple[str, str, Activity], set[str]] = defaultdict(set)
    units: dict[str, str] = {}
    for point in points(run.park):
        if point.activity not in SHOWN or (only and point.enterprise != only):
            continue
        key = (point.enterprise, point.carrier.id, point.activity)
        units[point.carrier.id] = point.carrier.unit
        names[key] |= point.terms.keys()
        for channel, part in point.terms.items():
            for month, value in sums.get(channel_key(channel), {}).items():
                if month in inside:
                    found[key][month] += part * Fraction(value, MILLI)
    order = {a: i for i, a in enumerate(SHOWN)}
    made: dict[str, list[Used]] = defaultdict(list)
    for (who, carrier, activity), months in found.items():
        channels = names[who, carrier, activity]
        # what the account does not rest on (water, waste) has no expected time there: the whole period is expected
        seen = [known[c] if c in known else covered[channel_key(c)] for c in channels]
        expected = sum(s[0] for s in seen)
        shares = [Fraction(sum(s[i] for s in seen), expected) if expected else None for i in (1, 2)]
        told = dict(sorted(months.items()))
        made[who].append(Used(carrier, activity, units[carrier], told, shares[0], shares[1], tuple(sorted(channels))))
    return {e: sorted(used, key=lambda u: (order[u.activity], -u.total)) for e, used in made.items()}


def _seconds(month: int, run: Run) -> int:
    when = Period.parse(month_text(month), run.period.zone)
    return int((when.end - when.start).total_seconds())


def amounts_of(run: Run, enterprise: str, measure: str, view: str = "transfer") -> dict[int, dict[str, int]]:
    """A measure of an enterprise by month and category. [µg]"""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for p in run.account.postings:
        if p.measure == measure and p.enterprise == enterprise and (view == "transfer" or p.view == "direct"):
            found[p.month][p.category] += p.micrograms
    return {m: dict(c) for m, c in sorted(found.items())}
