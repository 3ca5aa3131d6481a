"""What every indicator is made of: exact quotient, target, coverage, and how sure it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lingtan.base.ids import channel_key
from lingtan.base.units import MILLI
from lingtan.carbon.account import Account, Posting
from lingtan.carbon.points import Point
from lingtan.carbon.uncertainty import ESTIMATE_SIGMA, Interval, Sources, class_sigma, interval
from lingtan.park.activities import Activity
from lingtan.park.model import channels

TONNE = 10**12  # µg
Quantities = Mapping[tuple[int, int], int]  # (channel key, month) -> 1/1000 unit


@dataclass(frozen=True)
class Indicator:
    """A ratio with its parts, its target and how sure it is.

    ``numerator`` and ``denominator`` are exact, in ``units``; ``value`` is None where the denominator is zero.
    """

    id: str
    value: Fraction | None
    numerator: Fraction
    denominator: Fraction
    units: tuple[str, str]
    unit: str
    target: Fraction | None
    lower_is_better: bool
    interval: Interval | None = None
    coverage: Fraction | None = None
    excluded: str | None = None
    notes: tuple[str, ...] = ()
    details: tuple[Mapping[str, object], ...] = ()
    extra: Mapping[str, Fraction | str] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none, or no value."""
        if self.value is None or self.target is None or self.excluded:
            return None
        return self.value <= self.target if self.lower_is_better else self.value >= self.target


def quotient(
    account: Account,
    name: str,
    numerator: Fraction,
    denominator: Fraction,
    units: tuple[str, str],
    unit: str,
    target: Fraction | None,
    *,
    lower: bool,
    sources: Sources | None = None,
    notes: Iterable[str] = (),
    details: Iterable[Mapping[str, object]] = (),
    extra: Mapping[str, Fraction | str] | None = None,
) -> Indicator:
    """The indicator that a numerator and a denominator make, with its interval where ``sources`` tell of errors."""
    value = numerator / denominator if denominator else None
    band = None
    if sources is not None and value is not None:
        band = interval(
            float(numerator), float(denominator), sources.parts, sources.sigmas, limit=target, lower_is_better=lower
        )
    expected, covered = account.coverage.expected_in_all_s, account.coverage.covered_in_all_s
    return Indicator(
        id=name,
        value=value,
        numerator=numerator,
        denominator=denominator,
        units=units,
        unit=unit,
        target=target,
        lower_is_better=lower,
        interval=band,
        coverage=Fraction(covered, expected) if expected else None,
        excluded=account.compiled.park.accounting.excluded_indicators.get(name),
        notes=tuple(notes),
        details=tuple(details),
        extra=extra or {},
    )


def target_of(account: Account, name: str) -> Fraction | None:
    """What the rule set asks of a guiding indicator."""
    stated = account.compiled.rules.guiding.get(name)
    return None if stated is None else Fraction(stated)


def tonnes(account: Account, measure: str) -> Fraction:
    """A measure of the account. [t]"""
    return Fraction(account.total(measure), TONNE)


def total_of(account: Account, point: Point, quantities: Quantities) -> Fraction:
    """The quantity of a point in the months of the account. [1/1000 unit]"""
    return sum(
        (quantities.get((channel_key(c), m), 0) * f for c, f in point.terms.items() for m in account.months),
        Fraction(0),
    )


def quantity_of(
    account: Account, quantities: Quantities, group: str, activity: Activity, carrier: str | None = None
) -> Fraction:
    """The quantities of a group of carriers with one activity. [unit]"""
    total = Fraction(0)
    for point in account.compiled.points:
        if point.carrier.group == group and point.activity is activity and carrier in (None, point.carrier.id):
            total += total_of(account, point, quantities)
    return total / MILLI


def sources_of(
    account: Account,
    numerator: str,
    denominator: str,
    *,
    keep: Callable[[Posting], bool] | None = None,
    carrier: str | None = None,
) -> Sources:
    """Meters, estimates and factors behind a ratio of two measures; ``keep`` limits the numerator."""
    accuracy = {c: m.accuracy for c, (m, _) in channels(account.compiled.park).items()}
    points = {p.id: p for p in account.compiled.points}
    estimated = account.coverage.estimated_shares
    factors = account.compiled.factors()
    found = Sources()
    for measure, top in ((numerator, True), (denominator, False)):
        for p in account.select(measure):
            if (carrier and p.carrier != carrier) or (top and keep is not None and not keep(p)):
                continue
            amount = p.micrograms / TONNE
            n, d = (amount, 0.0) if top else (0.0, amount)
            factor = factors.get(p.factor)
            if factor is not None and factor.uncertainty is not None:
                found.add(f"factor:{factor.id}", float(factor.uncertainty) / 1.96, numerator=n, denominator=d)
            point = points.get(p.point)
            for channel in point.terms if point else ():
                share = 1.0 / len(point.terms) if point else 0.0
                found.add(
                    f"meter:{channel}", class_sigma(accuracy.get(channel)), numerator=n * share, denominator=d * share
                )
                found.add(
                    f"estimate:{channel}",
                    ESTIMATE_SIGMA * estimated.get(channel, 0.0),
                    numerator=n * share,
                    denominator=d * share,
                )
    return found
