"""The hourly ledger as relations: activities joined to compiled lines. Written once in Ibis, run on any engine.

``activity(channel, hour, value, covered_s, estimated_s, spread_s, rejected_s, rev)``   see ``lingtan.metering.activity``
``calendar(hour, month)``            local month as yyyymm, one row for each hour of the period: it also limits the period
``lines(line, channel, month, k)``   what a channel's quantity means in a month: micro kg per unit, sign and coefficient in
``roles(role, channel, num)``        which flow of power or heat a channel belongs to

All numbers are integers. Sums of products run in decimal(38, 0): exact, in any order, on each engine. Because integers
distribute, summing first and multiplying afterwards gives the same digits (a law that the tests keep).
"""

import ibis.expr.types as ir

WIDE = "decimal(38, 0)"


def ledger_rows(activity: ir.Table, calendar: ir.Table, lines: ir.Table) -> ir.Table:
    """The row-level ledger: one entry for each line and hour, with its amount. [µg]"""
    a = activity.join(calendar, "hour").select("channel", "hour", "month", "value", "estimated_s", "rev")
    joined = a.join(lines, ["channel", "month"])
    return joined.select(
        "line", "channel", "hour", "month", "value", "k", "estimated_s", "rev", ug=joined.value * joined.k
    )


def ledger_sums(rows: ir.Table) -> ir.Table:
    """The row-level ledger summed by line and month. [µg]"""
    return rows.group_by("line", "month").agg(value=rows.value.cast(WIDE).sum(), ug=rows.ug.cast(WIDE).sum())


def channel_months(activity: ir.Table, calendar: ir.Table) -> ir.Table:
    """Quantities by channel and month, with what is known of their coverage: the form that is summed first. [milli units]"""
    a = activity.join(calendar, "hour")
    return a.group_by("channel", "month").agg(
        value=a.value.cast(WIDE).sum(),
        covered_s=a.covered_s.cast("int64").sum(),
        estimated_s=a.estimated_s.cast("int64").sum(),
        spread_s=a.spread_s.cast("int64").sum(),
        rejected_s=a.rejected_s.cast("int64").sum(),
        hours=a.count(),
        rev=a.rev.max(),
    )


def sums_first(months: ir.Table, lines: ir.Table) -> ir.Table:
    """The same as :func:`ledger_sums`, from :func:`channel_months`. [µg]"""
    joined = months.join(lines, ["channel", "month"])
    return joined.group_by("line", "month").agg(
        value=joined.value.sum().cast(WIDE),
        ug=(joined.value.cast(WIDE) * joined.k.cast(WIDE)).sum().cast(WIDE),
    )


def flows(activity: ir.Table, calendar: ir.Table, roles: ir.Table) -> ir.Table:
    """Power and heat by role and hour, in 1/1000 of the unit times the role's denominator."""
    a = activity.join(roles, "channel")
    a = a.join(calendar, "hour")
    return a.group_by("role", "hour").agg(value=(a.value * a.num).sum().cast("int64"))
