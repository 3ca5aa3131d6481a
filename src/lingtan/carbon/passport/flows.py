"""Power and heat: why they count as their kind, how a pool was shared, and the certificates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lingtan.base.units import MILLI
from lingtan.carbon.account import Posting, month_index
from lingtan.carbon.address import Address
from lingtan.carbon.indicators import TONNE
from lingtan.carbon.passport.node import Node, Subject, number, some
from lingtan.carbon.passport.points import all_points_of, point_node


def kind_node(subject: Subject, p: Posting, months: Sequence[int]) -> Node:
    """Why power or heat counts as its kind."""
    crossed, park = subject.account.crossing, subject.account.compiled.park
    point = all_points_of(subject.account).get(p.point)
    connection = next((c for c in park.connections if point and c.id == point.connection), None)
    facts: dict[str, Any] = {"reason_key": f"kind-reason.{'out' if p.activity == 'export' else p.kind}"}
    if connection is not None:
        facts |= {"connection": connection.id, "connection_kind": connection.kind, "source": connection.source}
    if p.kind in ("certificate", "other") and p.carrier == "electricity":
        facts |= {
            "certificates_kwh": crossed.certificate_kwh,
            "covered_kwh": number(Fraction(crossed.covered_wh, MILLI), 3),
            "coverable_kwh": number(Fraction(crossed.coverable_wh, MILLI), 3),
            "certificates": [f"{c.id}: {c.kwh} kWh ({c.source})" for c in park.certificates],
        }
    return Node("kind", p.kind, None, "", some(facts))


def transfer_node(subject: Subject, group: Sequence[Posting]) -> Node:
    """What moved to or from an enterprise, and the pool that it was shared from."""
    p, account = group[0], subject.account
    amount = sum(q.micrograms for q in group)
    facts = {"formula": "formula.transfer", "enterprise": p.enterprise, "months": len(group), "micrograms": str(amount)}
    children: list[Node] = []
    name = p.category.removeprefix("transfer_")
    if account.series and name in ("power", "heat") and subject.depth > 2:
        index = month_index(subject.months_of_hour, [q.month for q in group])
        hours = [h for where in index.values() for h in range(where.start, where.stop)]
        pool = subject.pool(p.measure, name)
        mine = [i for i, (e, _) in enumerate(pool.users) if e == p.enterprise]
        weight = int(pool.weights[mine][:, hours].sum()) if mine else 0
        part = int(pool.parts[mine][:, hours].sum()) if mine else 0
        whole, all_weights = int(pool.amount[hours].sum()), int(pool.weights[:, hours].sum())
        gave = sum(
            int(a[hours].sum()) for w, e, _, a in pool.sources if e == p.enterprise and not w.startswith("electric/")
        )
        told: dict[str, Any] = {
            "pool_total": number(Fraction(whole, TONNE)),
            "weight": number(Fraction(weight, MILLI), 3),
            "all_weights": number(Fraction(all_weights, MILLI), 3),
            "received": number(Fraction(part, TONNE)),
            "given": number(Fraction(gave, TONNE)),
            "rule_key": "pool-rule.traced" if pool.by_source else "pool-rule.hourly",
            "chp_split": account.compiled.park.accounting.chp_split,
        }
        sums: dict[str, int] = defaultdict(int)
        got: dict[str, int] = defaultdict(int)
        for i, (what, enterprise, _, hourly) in enumerate(pool.sources):
            sums[f"{what} ({enterprise})"] += int(hourly[hours].sum())
            if pool.by_source:
                got[f"{what} ({enterprise})"] += int(pool.by_source[i][mine][:, hours].sum())
        if account.use is not None and pool.by_source:
            told |= {"tracing": dict(account.use.rule)}
        below = tuple(
            Node(
                "source",
                k,
                number(Fraction(v, TONNE)),
                "t",
                {"received": number(Fraction(got[k], TONNE))} if got else {},
            )
            for k, v in sorted(sums.items(), key=lambda s: -abs(s[1]))
        )
        children.append(Node("pool", name, number(Fraction(whole, TONNE)), "t", told, below))
    return Node(
        "transfer", f"{p.category}/{p.enterprise}", number(Fraction(amount, TONNE)), "t", facts, tuple(children)
    )


def flow_node(subject: Subject, address: Address) -> Node:
    where = dict(address.where)
    kinds = (str(where["kind"]),) if "kind" in where else None
    side = str(where["side"]) if "side" in where else None
    month = int(where["month"]) if "month" in where else None
    nodes = list(kind_nodes(subject, address.head, kinds=kinds, side=side, month=month))
    # without a side: what was used, in and own less out
    signed = [-1 if side is None and n.name.split("/")[1] == "side=out" else 1 for n in nodes]
    value = Fraction(sum(s * int(n.facts["milli"]) for s, n in zip(signed, nodes, strict=True)), MILLI)
    unit = "kWh" if address.head == "power" else "GJ"
    return Node("figure", str(address), number(value, 3), unit, {"formula": "Σ hour"}, tuple(nodes))


def kind_nodes(
    subject: Subject,
    pool: str,
    *,
    kinds: Sequence[str] | None = None,
    side: str | None = None,
    month: int | None = None,
) -> Iterable[Node]:
    """Power or heat by side and kind, then by point."""
    account, unit = subject.account, "kWh" if pool == "power" else "GJ"
    months = [month] if month else list(account.months)
    index = month_index(subject.months_of_hour, months)
    points = all_points_of(account)
    for s, k in sorted({(key[1], key[2]) for key in account.kinds if key[0] == pool}):
        if (kinds is not None and k not in kinds) or side not in (None, s):
            continue
        value = sum(account.kinds.get((pool, s, k, m), 0) for m in months)
        below = [
            Node(
                "flow", f.point, number(Fraction(sum(int(f.value[w].sum()) for w in index.values()), MILLI), 3), unit,
                some({"enterprise": f.enterprise, "source": f.source}),
                (point_node(subject, points[f.point], months),) if f.point in points and subject.depth > 2 else (),
            )
            for f in account.crossing.of(pool, s)
            if f.kind == k
        ]  # fmt: skip
        facts = {"milli": str(value), "reason_key": f"kind-reason.{'out' if s == 'out' else k}"}
        name = f"{pool}/side={s}/kind={k}"
        yield Node("kind", name, number(Fraction(value, MILLI), 3), unit, facts, tuple(below))


def certificates_node(subject: Subject, address: Address) -> Node:
    crossed, park = subject.account.crossing, subject.account.compiled.park
    values = {"held": crossed.certificate_kwh * MILLI, "covered": crossed.covered_wh, "coverable": crossed.coverable_wh}
    held = [
        Node(
            "certificate",
            c.id,
            str(c.kwh),
            "kWh",
            some({"year": c.year, "holder": c.holder, "kind": c.kind, "source": c.source}),
        )
        for c in park.certificates
    ]
    facts = {"formula": "covered = min(held, coverable)", "rule_key": "kind-reason.certificate"}
    return Node(
        "figure", str(address), number(Fraction(values[address.part or "held"], MILLI), 3), "kWh", facts, tuple(held)
    )
