"""Why each set-point is what it is: a code for each hour and asset, whose claim :mod:`explanation` states and checks."""

from dataclasses import dataclass, field

import numpy as np

from lingtan.optimize.dispatch.explanation_account import AT, SMALL_CNY, SMALL_KW, Account, Flags
from lingtan.optimize.dispatch.planner import Step
from lingtan.optimize.dispatch.record import GENERATION, STORES, Description, Grid, Need, Unit
from lingtan.optimize.model import FloatArray

Choices = tuple[tuple[Flags, str], ...]


@dataclass(frozen=True)
class Reason:
    """Why an asset does what it does from one step to another (exclusive)."""

    asset: str
    action: str  # import | export | charge | discharge | run | rest | take | curtail | put-off | catch-up | cut
    first: int
    last: int
    energy_kwh: float
    code: str
    values: dict[str, float] = field(default_factory=dict)


def reasons(description: Description, step: Step, account: Account | None = None) -> list[Reason]:
    """Every asset's reasons, in stretches of the same code."""
    account = account or Account(description, step)
    found: list[Reason] = []
    for grid in description.grids:
        found += _grid(account, grid)
    for unit in description.units:
        if unit.kind in STORES:
            found += _store(account, unit.id, unit.input or "", unit.output or unit.input or "")
        elif unit.kind in GENERATION:
            found += _generation(account, unit)
        else:
            found += _unit(account, unit)
    for fleet in description.fleets:
        found += _fleet(account, fleet.id, fleet.node)
    for need in description.needs:
        found += _need(account, need)
    return found


def _stretches(
    account: Account, asset: str, action: str, power: FloatArray, codes: np.ndarray, **values: FloatArray
) -> list[Reason]:
    """Steps of one code in a row become one reason with the mean of its values."""
    found, n, first = [], account.n, 0
    for t in range(1, n + 1):
        if t < n and codes[t] == codes[first]:
            continue
        if codes[first]:
            part = slice(first, t)
            told = {k: float(np.mean(v[part])) for k, v in values.items()}
            energy = float(power[part].sum() * account.hours)
            found.append(Reason(asset, action, first, t, energy, str(codes[first]), told))
        first = t
    return found


def _codes(account: Account, where: Flags, *choices: tuple[Flags, str]) -> np.ndarray:
    """Among some steps the first choice that holds at each; the empty text elsewhere."""
    names = [np.full(account.n, name, dtype="U24") for _, name in choices]
    return np.select([where & c for c, _ in choices], names, "")


def _always(account: Account) -> Flags:
    return np.ones(account.n, bool)


# -------------------------------------------------------------------- grids


def _grid(account: Account, grid: Grid) -> list[Reason]:
    bought, sold = account.column(f"{grid.id}.import"), account.column(f"{grid.id}.export")
    peak, full = account.peak_part(grid), account.at_limit(grid)
    prices = account.step.inputs.prices[grid.id]
    codes = _codes(
        account,
        bought > SMALL_KW,
        (full & (peak > 0), "grid-limit"),
        (peak > 0, "month-peak"),
        (_always(account), "need"),
    )
    found = _stretches(account, grid.id, "import", bought, codes, price=prices.import_cny_per_kwh, added=peak)
    given = sold > SMALL_KW
    if not given.any():
        return found
    gains = account.margin(f"{grid.id}.export") > SMALL_CNY
    top = (sold >= grid.export_kw * (1 - AT)) & gains
    codes = _codes(account, given, (top, "export-limit"), (_always(account), "surplus"))
    return found + _stretches(account, grid.id, "export", sold, codes, price=prices.export_cny_per_kwh)


# ------------------------------------------------------------------- stores


def partners(account: Account, name: str, t: int, action: str) -> tuple[list[int], bool]:
    """The steps whose power a charge is for, or a discharge comes from or is put back by; and whether it stays to the end.

    What is put in at ``t`` reaches every later step up to which the store does not run empty; what is taken out at ``t`` was
    put in since it was last empty. The other way round, a full store cuts off what fills it again.
    """
    charge, discharge = account.column(f"{name}.charge"), account.column(f"{name}.discharge")
    content = account.column(f"{name}.content")
    least, most = account.lower(f"{name}.content"), account.upper(f"{name}.content")
    room = AT * max(float(np.max(np.where(np.isfinite(most), most, 0.0))), 1.0)
    empty, full = content <= least + room, content >= most - room
    other = discharge if action == "charge" else charge
    ahead, back = (empty, full) if action == "charge" else (full, empty)
    found, s = [], t
    while s + 1 < account.n and not ahead[s]:
        s += 1
        if other[s] > SMALL_KW:
            found.append(s)
    ends = s == account.n - 1
    s = t
    while s - 1 >= 0 and not back[s - 1]:
        s -= 1
        if other[s] > SMALL_KW:
            found.append(s)
    return found, ends


def other_side(account: Account, name: str, node: str, out: str, action: str) -> tuple[FloatArray, FloatArray]:
    """What the other side of the round trip pays or asks at each step, and how many hours away it is, the sooner the nearer.

    Without another side in the horizon: what the content is worth, through the store, at no distance. [CNY/kWh], [h]
    """
    own = account.column(f"{name}.{action}")
    worth = np.abs(account.dual(f"{name}.content-balance")) * account.hours
    eta = _one_way(account.description, name)
    there = account.price(out if action == "charge" else node)
    weight = account.column(f"{name}.{'discharge' if action == 'charge' else 'charge'}")
    other, hours = worth / eta if action == "charge" else worth * eta, np.zeros(account.n)
    for t in np.flatnonzero(own > SMALL_KW):
        found, _ = partners(account, name, int(t), action)
        if found:
            other[t] = float(np.average(there[found], weights=weight[found]))
            hours[t] = (min(found, key=lambda s: abs(s - t)) - t) * account.hours
    return other, hours


def _one_way(description: Description, name: str) -> float:
    unit = description.unit(name)
    fleet = next((f for f in description.fleets if f.id == name), None)
    return (unit.efficiency if unit else fleet.efficiency if fleet else None) or 1.0


def _store(account: Account, name: str, node: str, out: str) -> list[Reason]:
    charge, discharge = account.column(f"{name}.charge"), account.column(f"{name}.discharge")
    found: list[Reason] = []
    if (charge > SMALL_KW).any():
        other, hours = other_side(account, name, node, out, "charge")
        stays, later = np.zeros(account.n, bool), np.zeros(account.n, bool)
        alone = account.alone(out, name)
        for t in np.flatnonzero(charge > SMALL_KW):
            reached, ends = partners(account, name, int(t), "charge")
            stays[t] = not reached and ends
            later[t] = bool(alone[reached].any())
        must = account.lower(f"{name}.content")[-1]
        level = bool(must > 0 and account.column(f"{name}.content")[-1] <= must * (1 + AT))
        codes = _codes(
            account,
            charge > SMALL_KW,
            (account.spare(node), "surplus"),
            *account.because(f"{name}.charge"),
            (account.crowded(node, name), "takes-up"),
            (later, "later-need"),
            (stays & level, "end-level"),
            (stays, "end-value"),
            (_always(account), "price-spread"),
        )
        found += _stretches(account, name, "charge", charge, codes, price=account.price(node), other=other, hours=hours)
    if (discharge > SMALL_KW).any():
        other, hours = other_side(account, name, node, out, "discharge")
        peak = sum((account.peak_part(g) for g in account.description.grids if g.node == out), np.zeros(account.n))
        codes = _codes(
            account,
            discharge > SMALL_KW,
            *account.because(f"{name}.discharge"),
            (account.alone(out, name), "only-source"),
            (hours == 0.0, "stored"),
            (_always(account), "price-spread"),
        )
        values = {"price": account.price(out), "other": other, "hours": hours, "added": peak}
        found += _stretches(account, name, "discharge", discharge, codes, **values)
    return found


def _fleet(account: Account, name: str, node: str) -> list[Reason]:
    charge, back = account.column(f"{name}.charge"), account.column(f"{name}.discharge")
    price = account.price(node)
    choice = _may_wait(account, name)
    codes = _codes(
        account,
        charge > SMALL_KW,
        (~choice, "departure"),
        (account.spare(node), "surplus"),
        *account.because(f"{name}.charge"),
        (_always(account), "cheap-hours"),
    )
    found = _stretches(account, name, "charge", charge, codes, price=price)
    if (back > SMALL_KW).any():
        other, hours = other_side(account, name, node, node, "discharge")
        codes = _codes(
            account,
            back > SMALL_KW,
            *account.because(f"{name}.discharge"),
            (hours == 0.0, "stored"),
            (_always(account), "price-spread"),
        )
        found += _stretches(account, name, "discharge", back, codes, price=price, other=other, hours=hours)
    return found


def _may_wait(account: Account, name: str) -> Flags:
    """Steps at which a fleet charges though it could charge in another hour of the same stay instead."""
    charge, top = account.column(f"{name}.charge"), account.upper(f"{name}.charge")
    here = top > SMALL_KW
    stay = np.cumsum(np.diff(here.astype(int), prepend=0) != 0)
    free = here & (top - charge > SMALL_KW)
    return np.array([bool((free & (stay == stay[t])).sum() - free[t] > 0) for t in range(account.n)])


# --------------------------------------------------------- units and needs


def _generation(account: Account, unit: Unit) -> list[Reason]:
    name = f"{unit.id}.power"
    power, top = account.column(name), account.upper(name)
    cut = np.maximum(top - power, 0.0)
    sold_out = np.zeros(account.n, bool)
    for grid in account.description.grids:
        if grid.node == unit.output:
            gains = account.step.inputs.prices[grid.id].export_cny_per_kwh > account.price(grid.node) + SMALL_CNY
            sold_out |= (
                (account.column(f"{grid.id}.export") >= grid.export_kw * (1 - AT)) & gains & (grid.export_kw > 0)
            )
    share = abs(account.solution.totals.get("export-share", 0.0)) > SMALL_CNY
    earns = account.earns(unit.id)
    own = (
        np.broadcast_to(np.asarray(account.model.columns[account.main[unit.id]].cost, float), (account.n,)) <= SMALL_CNY
    )
    codes = _codes(
        account,
        cut > np.maximum(SMALL_KW, AT * top),
        (share & sold_out | share & account.spare(unit.output or ""), "export-share"),
        (sold_out, "export-limit"),
        *account.because(name, -1.0),
        ((earns > -SMALL_CNY) & own, "no-use"),
        (earns < -SMALL_CNY, "too-dear"),
        (_always(account), "marginal"),
    )
    found = _stretches(account, unit.id, "curtail", cut, codes, earns=earns)
    taken = power > SMALL_KW
    codes = _codes(
        account,
        taken,
        (earns < -SMALL_CNY, "must-run"),
        (earns > SMALL_CNY, "cheapest"),
        (_always(account), "marginal"),
    )
    return found + _stretches(account, unit.id, "take", power, codes, earns=earns)


def _unit(account: Account, unit: Unit) -> list[Reason]:
    name = account.model.columns[account.main[unit.id]].name
    power, low, top = account.column(name), account.lower(name), account.upper(name)
    earns = account.earns(unit.id)
    running = power > SMALL_KW
    least = np.abs(account.dual(f"{unit.id}.minimum-load")) > SMALL_CNY
    ramp = np.abs(account.dual(f"{unit.id}.ramp")) > SMALL_CNY
    ramp = ramp | np.append(ramp[1:], False)
    if ramp.any():  # other limits may pin it where the ramp does
        ramp = ramp & account.moves_without(f"{unit.id}.ramp", name)
    held = (low > 0) & (power <= low * (1 + AT)) & (earns < -SMALL_CNY)
    codes = _codes(
        account,
        running,
        (held, "must-take"),
        (least, "must-run"),
        (ramp & (np.abs(earns) > SMALL_CNY) & ~((power >= top * (1 - AT)) & (earns > 0)), "ramp"),
        *account.because(name),
        (earns > SMALL_CNY, "cheapest"),
        (account.crowded(unit.input or "", unit.id), "takes-up"),
        (account.alone(unit.output or "", unit.id), "only-source"),
        (_always(account), "marginal"),
    )
    found = _stretches(account, unit.id, "run", power, codes, earns=earns)
    codes = _codes(
        account,
        ~running & (top > SMALL_KW),
        (_nothing_there(account, unit), "no-input"),
        *account.because(name, -1.0),
        (earns < -SMALL_CNY, "too-dear"),
        (np.abs(account.dual(f"{unit.id}.off")) > SMALL_CNY, "no-start"),
        (ramp, "ramp"),
        (_always(account), "tie"),
    )
    return found + _stretches(account, unit.id, "rest", power, codes, earns=earns)


def _nothing_there(account: Account, unit: Unit) -> Flags:
    """Steps at which what a unit would draw is not even enough for the needs of its node."""
    lacking = account.description.limits.unserved_cny_per_kwh
    if unit.input is None or lacking is None or f"{unit.input}-unserved.power" not in account.series:
        return np.zeros(account.n, bool)
    return account.price(unit.input) >= lacking * (1 - AT)


def _need(account: Account, need: Need) -> list[Reason]:
    price = account.price(need.node)
    found: list[Reason] = []
    backlog = account.column(f"{need.id}-shift.backlog")
    for label, action in (("put-off", "put-off"), ("caught-up", "catch-up")):
        power = account.column(f"{need.id}-shift.{label}")
        if not (power > SMALL_KW).any():
            continue
        other, hours = _shifted(account, need, label, backlog)
        carried = np.zeros(account.n, bool)
        if label == "caught-up":
            carried = np.isnan(other)
            other = np.where(carried, price, other)
        spare = account.spare(need.node) & (label == "caught-up")
        codes = _codes(
            account,
            power > SMALL_KW,
            (spare, "surplus"),
            (carried, "deadline"),
            *account.because(f"{need.id}-shift.{label}"),
            (_always(account), "price-spread"),
        )
        found += _stretches(account, need.id, action, power, codes, price=price, other=other, hours=hours)
    left = account.column(f"{need.id}-cut.left-out")
    if (left > SMALL_KW).any():
        name = f"{need.id}-cut.left-out"
        codes = _codes(account, left > SMALL_KW, *account.because(name), (_always(account), "too-dear"))
        earns = -np.maximum(account.margin(name), 0.0)
        found += _stretches(account, need.id, "cut", left, codes, price=price, earns=earns)
    return found


def _shifted(account: Account, need: Need, label: str, backlog: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Price and distance of the hours that a put-off need is caught up in, or the other way round; NaN without any."""
    own = account.column(f"{need.id}-shift.{label}")
    weight = account.column(f"{need.id}-shift.{'caught-up' if label == 'put-off' else 'put-off'}")
    price, none = account.price(need.node), backlog <= SMALL_KW
    other, hours = np.full(account.n, np.nan), np.zeros(account.n)
    for t in np.flatnonzero(own > SMALL_KW):
        s, found = int(t), []
        if label == "put-off":
            while s + 1 < account.n and not none[s]:
                s += 1
                if weight[s] > SMALL_KW:
                    found.append(s)
        else:
            while s - 1 >= 0 and not none[s - 1]:
                s -= 1
                if weight[s] > SMALL_KW:
                    found.append(s)
        if found:
            other[t] = float(np.average(price[found], weights=weight[found]))
            hours[t] = (min(found, key=lambda k: abs(k - t)) - t) * account.hours
    return (other if label == "caught-up" else np.where(np.isnan(other), price, other)), hours
