"""Factors and points: what a quantity was multiplied by, and which channels it came from."""

from collections.abc import Sequence
from fractions import Fraction

from lingtan.base.units import MICRO
from lingtan.carbon.account import Account
from lingtan.carbon.factors import Factor
from lingtan.carbon.passport.node import Node, Subject, number, some
from lingtan.carbon.points import Point, all_points


def factor_node(factor: Factor, depth: int = 4) -> Node:
    """A factor with everything that says who stands behind it."""
    facts = {
        "set": factor.set,
        "edition": factor.edition,
        "source": factor.source,
        "reference": factor.source_ref,
        "confidence": factor.confidence,
        "link": factor.source_link,
        "region": factor.region,
        "valid_from": factor.valid_from.isoformat() if factor.valid_from else None,
        "valid_to": factor.valid_to.isoformat() if factor.valid_to else None,
        "uncertainty": None if factor.uncertainty is None else number(factor.uncertainty),
        "micro": factor.micro,
        "applied": None if number(factor.value, 9) == (applied := number(Fraction(factor.micro, MICRO))) else applied,
        "notes": factor.notes,
        "digest": factor.digest,
    }
    parts = [
        Node(
            "part",
            p.name,
            p.value,
            p.unit,
            some({"source": p.source, "reference": p.source_ref, "confidence": p.confidence}),
        )
        for p in factor.parts
    ]
    below = tuple(parts) if depth > 3 else ()
    return Node("factor", factor.id, number(factor.value, 9), factor.unit, some(facts), below)


def all_points_of(account: Account) -> dict[str, Point]:
    """Points that are accounted, by id; sub-meters besides."""
    return {**all_points(account.compiled.park), **{p.id: p for p in account.compiled.points}}


def point_node(subject: Subject, point: Point, months: Sequence[int]) -> Node:
    """A point: its formula over channels, and each channel."""
    told = {v.id: v.formula for v in subject.account.compiled.park.virtual_meters}
    terms = " + ".join(f"{number(f)} × {c}" if f != 1 else c for c, f in point.terms.items()).replace("+ -1 × ", "− ")
    facts = {
        "formula": f"{point.id} = {terms}",
        "stated_formula": told.get(point.id),
        "carrier": point.carrier.id,
        "activity": point.activity.value,
        "enterprise": point.enterprise,
        "connection": point.connection,
        "asset": point.asset,
        "process": point.process,
    }
    below = tuple(subject.channel(c, sorted(months)) for c in point.terms) if subject.depth > 3 else ()
    return Node("point", point.id, None, point.carrier.unit, some(facts), below)
