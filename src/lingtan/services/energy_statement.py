"""The energy statement of an enterprise for a month or a year: what it used, what that is worth, what it answers for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lingtan.base.errors import InputError
from lingtan.carbon.address import month_text
from lingtan.park.activities import Activity
from lingtan.services.enterprise_energy import amounts_of, energy_of
from lingtan.services.keep_run import Run
from lingtan.services.power_costs import CostLine, PowerCost, cost_of


@dataclass(frozen=True)
class Line:
    """A carrier and activity: its quantity in the period and in the month before [carrier unit].

    ``address`` is that of its passport: of one channel that the account rests on; empty for sums, water and waste.
    """

    carrier: str
    activity: Activity
    unit: str
    quantity: Fraction
    before: Fraction | None
    covered: Fraction | None
    estimated: Fraction | None
    channels: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True)
class Amount:
    """A measure of the account: where it arose, after transfers, and that of the month before. [µg]"""

    measure: str
    direct: int
    transfer: int
    before: int | None
    by_category: Mapping[str, int]  # after transfers


@dataclass(frozen=True)
class EnergyStatement:
    """What one enterprise is told of a period."""

    enterprise: str
    period: str
    run: str
    as_of_time: str
    synthetic: bool
    lines: tuple[Line, ...]
    amounts: tuple[Amount, ...]
    cost: PowerCost | None
    cost_failed: str  # why there is none: a code, or empty

    def address(self, measure: str, view: str = "transfer", category: str = "") -> str:
        """The address of an amount's passport."""
        parts = [measure]
        parts += ["view=transfer"] if view == "transfer" else []
        parts += [f"category={category}"] if category else []
        parts += [f"enterprise={self.enterprise}"]
        parts += [f"month={self.period}"] if len(self.period) > 4 else []
        return "/".join(parts)


def energy_statement(
    run: Run, enterprise: str, period: str, costs: Mapping[str, Any] | None, *, run_id: str = ""
) -> EnergyStatement:
    """The statement of a month (``YYYY-MM``) or of the run's year.

    Raises
    ------
    InputError
        ``statement.month`` if the run has no such month.
    """
    there = {month_text(m): m for m in run.account.months}
    whole = period == str(run.record["period"])
    if not whole and period not in there:
        raise InputError("statement.month", month=period[:10], first=min(there), last=max(there))
    months = sorted(there.values()) if whole else [there[period]]
    earlier = None if whole else _before(months[0])
    lines = []
    accounted = {c.channel for c in run.account.coverage}
    for u in energy_of(run, enterprise):
        quantity = sum((u.months.get(m, Fraction(0)) for m in months), Fraction(0))
        before = u.months.get(earlier) if earlier is not None else None
        address = ""
        if len(u.channels) == 1 and u.channels[0] in accounted:
            address = f"quantity/channel={u.channels[0]}{'' if whole else f'/month={period}'}"
        lines.append(Line(u.carrier, u.activity, u.unit, quantity, before, u.covered, u.estimated, u.channels, address))
    amounts = []
    for measure in (m.id for m in run.rules.measures):
        moved, direct = (amounts_of(run, enterprise, measure, v) for v in ("transfer", "direct"))
        amounts.append(
            Amount(
                measure,
                sum(sum(direct.get(m, {}).values()) for m in months),
                sum(sum(moved.get(m, {}).values()) for m in months),
                sum(moved[earlier].values()) if earlier in moved else None,
                _by_category([moved.get(m, {}) for m in months]),
            )
        )
    cost, failed = _cost(costs, enterprise, [month_text(m) for m in months], period)
    return EnergyStatement(
        enterprise, period, run_id or run.id, str(run.record["as_of_time"]), bool(run.record["synthetic"]),
        tuple(lines), tuple(amounts), cost, failed,
    )  # fmt: skip


def _before(month: int) -> int:
    return month - 1 if month % 100 > 1 else month - 89


def _by_category(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for part in parts:
        for category, amount in part.items():
            found[category] += amount
    return dict(sorted(((c, v) for c, v in found.items() if v), key=lambda cv: -abs(cv[1])))


def _cost(
    costs: Mapping[str, Any] | None, enterprise: str, months: Sequence[str], period: str
) -> tuple[PowerCost | None, str]:
    """The cost of the months together; a year with a month missing has none."""
    if costs is None:
        return None, "statement.cost-not-yet"
    made: list[PowerCost] = []
    for month in months:
        found = cost_of(dict(costs), enterprise, month)
        if found is None:
            failed = costs["failed"]
            return None, str(failed.get(month) or failed.get("") or "statement.no-power")
        made.append(found)
    if len(made) == 1:
        return made[0], ""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in made:
        for line in one.lines:
            sums[line.period][0] += line.kwh
            sums[line.period][1] += line.amount
    order = sorted(sums, key=lambda p: (p == "", p))
    lines = tuple(CostLine(p, sums[p][0], sums[p][1] / sums[p][0] if sums[p][0] else None, sums[p][1]) for p in order)
    bill = sum((m.bill for m in made), Decimal(0))
    share = sum((m.share for m in made), Decimal(0)) / len(made)
    return PowerCost(period, lines, share, bill, tuple(sorted({t for m in made for t in m.tariffs}))), ""
