"""Sums of the account, posting by posting."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction

from lingtan.base.units import MICRO, MILLI
from lingtan.carbon.account import Posting
from lingtan.carbon.address import month_text
from lingtan.carbon.indicators import TONNE
from lingtan.carbon.passport.flows import kind_node, transfer_node
from lingtan.carbon.passport.node import Node, Subject, number, some
from lingtan.carbon.passport.points import all_points_of, factor_node, point_node

POSTINGS_SHOWN = 12
_POOL_CARRIER = {"electricity": "power", "heat": "heat"}


def measure_node(
    subject: Subject,
    name: str,
    measure: str,
    where: dict[str, str | int],
    only: Callable[[Posting], bool] | None = None,
) -> Node:
    """A sum of postings: by category first where it is cut by none, then the largest postings one by one."""
    account = subject.account
    cut = {k: v for k, v in where.items() if k != "view"}
    view = {"view": str(where["view"])} if "view" in where else {}
    chosen = [p for p in account.select(measure, **cut, **view) if only is None or only(p)]
    value = sum(p.micrograms for p in chosen)
    unit = next(m.unit for m in account.compiled.rules.measures if m.id == measure)
    facts = {
        "formula": f"Σ {len(chosen)} × (quantity × factor) = {number(Fraction(value, TONNE))} {unit}",
        "micrograms": str(value),
        "months": f"{month_text(account.months[0])} … {month_text(account.months[-1])}",
    }
    children: list[Node] = []
    if "category" not in where and subject.depth > 1:
        groups: dict[str, int] = defaultdict(int)
        for p in chosen:
            groups[p.category] += p.micrograms
        for category, part in sorted(groups.items(), key=lambda g: -abs(g[1])):
            inner = f"{measure}/category={category}" if not where else f"{name}/category={category}"
            below = (
                tuple(posting_nodes(subject, [p for p in chosen if p.category == category]))
                if subject.depth > 2
                else ()
            )
            children.append(Node("sum", inner, number(Fraction(part, TONNE)), unit, {"micrograms": str(part)}, below))
    elif subject.depth > 1:
        children += posting_nodes(subject, chosen)
    return Node("figure", name, number(Fraction(value, TONNE)), unit, facts, tuple(children))


def posting_nodes(subject: Subject, chosen: Sequence[Posting]) -> list[Node]:
    """Postings of one point, factor and meaning together over the months; the largest first, the rest as one sum."""
    groups: dict[tuple[str, ...], list[Posting]] = defaultdict(list)
    for p in chosen:
        groups[p.view, p.category, p.enterprise, p.carrier, p.activity, p.kind, p.point, p.factor].append(p)
    ranked = sorted(groups.values(), key=lambda g: (-abs(sum(p.micrograms for p in g)), g[0]))
    shown = ranked if subject.depth > 4 else ranked[:POSTINGS_SHOWN]
    nodes = [transfer_node(subject, g) if g[0].view == "transfer" else _posting(subject, g) for g in shown]
    rest = ranked[len(shown) :]
    if rest:
        amount = sum(p.micrograms for g in rest for p in g)
        nodes.append(Node("rest", str(len(rest)), number(Fraction(amount, TONNE)), "t", {"micrograms": str(amount)}))
    return nodes


def _posting(subject: Subject, group: Sequence[Posting]) -> Node:
    p, account = group[0], subject.account
    quantity, amount = sum(q.quantity for q in group), sum(q.micrograms for q in group)
    factor = subject.factors.get(p.factor)
    point = all_points_of(account).get(p.point)
    unit = point.carrier.unit if point else "kWh" if p.carrier == "electricity" else "GJ"
    per = number(Fraction(factor.micro, MICRO), 6) if factor else "?"  # as the ledger multiplies it
    sign = "−" if amount * (factor.micro if factor else 1) * quantity < 0 else ""
    formula = (
        f"{sign}{number(Fraction(quantity, MILLI), 3)} {unit} × {per} {factor.unit if factor else ''} "
        f"= {number(Fraction(amount, TONNE))} t"
    )
    facts = {
        "formula": formula,
        "enterprise": p.enterprise,
        "carrier": p.carrier,
        "activity": p.activity,
        "kind": p.kind,
        "months": len(group),
        "micrograms": str(amount),
    }
    children: list[Node] = []
    if subject.depth > 2:
        children.append(_term(subject, p))
        if factor is not None:
            children.append(factor_node(factor, subject.depth))
        months = [q.month for q in group]
        if p.carrier in _POOL_CARRIER and p.activity in ("import", "export", "generation"):
            children.append(kind_node(subject, p, months))
        if point is not None:
            children.append(point_node(subject, point, months))
        if subject.depth > 3 and len(group) > 1:
            children += [
                Node(
                    "month",
                    month_text(q.month),
                    number(Fraction(q.micrograms, TONNE)),
                    "t",
                    {"micrograms": str(q.micrograms)},
                )
                for q in sorted(group, key=lambda q: q.month)
            ]
    return Node("posting", p.point, number(Fraction(amount, TONNE)), "t", some(facts), tuple(children))


def _term(subject: Subject, p: Posting) -> Node:
    rules = subject.account.compiled.rules
    term = next((t for t in rules.terms if t.id == p.kind), None)
    if term is not None:
        clause, name = term.clause, term.id
    elif p.measure.startswith("tce"):
        name = "energy"
        clause = next((t.clause for t in rules.terms if t.measure == "tce"), rules.power.clause)
    else:
        name = _POOL_CARRIER.get(p.carrier, p.category)
        clause = rules.heat.clause if name == "heat" else rules.power.clause
    facts = {"clause": clause, "rules": f"{rules.id} {rules.version}", "document": rules.document}
    return Node("term", name, None, "", {**facts, "confidence": rules.confidence})
