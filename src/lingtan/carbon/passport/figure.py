"""Any figure by its address: indicators with their parts, sums, flows, channels, certificates."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from lingtan.carbon.address import Address
from lingtan.carbon.indicators import Indicator, counts_as_clean
from lingtan.carbon.passport.flows import certificates_node, flow_node, kind_nodes
from lingtan.carbon.passport.node import Node, Subject, number, some
from lingtan.carbon.passport.points import point_node
from lingtan.carbon.passport.postings import measure_node


def passport(subject: Subject, address: Address) -> Node:
    """The tree of a figure."""
    if address.sort == "indicator":
        return _indicator(subject, address)
    if address.sort == "measure":
        return measure_node(subject, str(address), address.head, dict(address.where))
    if address.sort == "flow":
        return flow_node(subject, address)
    if address.sort == "certificates":
        return certificates_node(subject, address)
    where = dict(address.where)
    months = [int(where["month"])] if "month" in where else list(subject.account.months)
    node = subject.channel(str(where["channel"]), months)
    coverage = [c for c in subject.account.coverage if c.channel == where["channel"] and c.month in months]
    share = Fraction(sum(c.covered_s for c in coverage), sum(c.expected_s for c in coverage)) if coverage else None
    if address.head == "coverage" and share is not None:
        return Node("figure", str(address), number(share, 6), "1", {"formula": "Σ covered_s / Σ expected_s"}, (node,))
    return Node("figure", str(address), node.value, node.unit, {"formula": "Σ hour"}, (node,))


def _indicator(subject: Subject, address: Address) -> Node:
    indicator = subject.known.indicators[address.head]
    if address.where:
        key, wanted = address.where[0]
        row = next(dict(d) for d in indicator.details if str(d.get(key)) == wanted)
        shown = row.get("kgce_per_unit") or row.get("rate")
        plain = {k: number(v) if isinstance(v, Fraction) else v for k, v in row.items()}
        text = number(shown) if isinstance(shown, Fraction) else None
        return Node("figure", str(address), text, "kgce" if "kgce" in row else "1", plain)
    if address.part in ("numerator", "denominator"):
        return _part(subject, indicator, address.part, str(address))
    if address.part is not None:
        value_of = indicator.extra.get(address.part, getattr(indicator, address.part, None))
        unit = {"gap_tco2": "tCO2", "gap_tce": "tce", "certificates_tce": "tce", "coverage": "1"}.get(
            address.part, indicator.unit
        )
        plain_value = number(value_of) if isinstance(value_of, Fraction) else str(value_of)
        return Node("figure", str(address), plain_value, unit, {"of": indicator.id, **_told(indicator)})
    n, d = number(indicator.numerator), number(indicator.denominator)
    value = None if indicator.value is None else number(indicator.value, 9)
    facts: dict[str, Any] = {
        "formula": f"{n} {indicator.units[0]} / {d} {indicator.units[1]} = {value}",
        "formula_key": f"formula.{indicator.id}",
        "target": None if indicator.target is None else number(indicator.target),
        "coverage": None if indicator.coverage is None else number(indicator.coverage, 6),
        **_told(indicator),
    }
    children = [_part(subject, indicator, p, f"{indicator.id}.{p}") for p in ("numerator", "denominator")]
    if indicator.interval is not None:
        band = indicator.interval
        told = {"low": f"{band.low:.9g}", "high": f"{band.high:.9g}", "probability": band.probability}
        children.append(Node("uncertainty", "95 %", f"{band.sigma:.6g}", indicator.unit, told))
    return Node("figure", str(address), value, indicator.unit, some(facts), tuple(children))


def _told(indicator: Indicator) -> dict[str, Any]:
    extra = {k: v if isinstance(v, str) else number(v) for k, v in indicator.extra.items()}
    return {**extra, "notes": list(indicator.notes), "excluded": indicator.excluded}


def _part(subject: Subject, indicator: Indicator, part: str, name: str) -> Node:
    value = getattr(indicator, part)
    unit = indicator.units[0 if part == "numerator" else 1]
    core = subject.account.compiled.rules.core
    below: tuple[Node, ...] = ()
    if indicator.id == "core":
        measure = core["emissions" if part == "numerator" else "energy"]
        below = (measure_node(subject, measure, measure, {}),)
    elif indicator.id == "clean_energy":
        measure = core["energy"]
        clean = indicator.id if part == "numerator" else None
        below = (measure_node(subject, measure, measure, {}, only=counts_as_clean(subject.account) if clean else None),)
    elif indicator.id == "direct_supply":
        wanted = ("direct", "own_nonfossil") if part == "numerator" else None
        below = tuple(kind_nodes(subject, "power", kinds=wanted))
    elif indicator.details:
        rows = [{k: number(v) if isinstance(v, Fraction) else v for k, v in d.items()} for d in indicator.details]
        below = tuple(
            Node(
                "detail", str(r.get("product") or r.get("carrier")), str(r.get("kgce") or r.get("used")), unit, some(r)
            )
            for r in rows
        )
    if not below and subject.depth > 1:
        below = tuple(_activity_nodes(subject, indicator.id, part))
    return Node("figure", name, number(value), unit, {}, below)


_STREAMS = {
    ("solid_waste", "numerator"): ("solid_waste", ("utilised", "utilised_stock")),
    ("solid_waste", "denominator"): ("solid_waste", ("generated", "utilised_stock")),
    ("water_reuse", "numerator"): ("water", ("reuse",)),
    ("water_reuse", "denominator"): ("water", ("reuse", "intake")),
    ("waste_energy", "numerator"): ("waste_energy", ("utilised_energy",)),
    ("waste_energy", "denominator"): ("waste_energy", ("recoverable",)),
}


def _activity_nodes(subject: Subject, indicator: str, part: str) -> Iterable[Node]:
    group, activities = _STREAMS.get((indicator, part), ("", ()))
    for point in subject.account.compiled.points:
        if point.carrier.group == group and point.activity.value in activities:
            yield point_node(subject, point, subject.account.months)
