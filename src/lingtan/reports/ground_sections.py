"""The sections on what the figures rest on: choices, factors, data quality, and how to follow a figure back."""

from fractions import Fraction

from lingtan.carbon.lines import switch
from lingtan.carbon.uncertainty import ESTIMATE_SIGMA, NO_CLASS_PERCENT
from lingtan.park.model import channels
from lingtan.reports.document import Cell, Column, Section, Table
from lingtan.reports.told import Told, decimal

WORST = 25


def choices_section(told: Told) -> Section:
    """What the rule set leaves open, and what was chosen."""
    lines = [p.zh if told.lang == "zh" else p.en for p in told.rules.open_points]
    year = int(str(told.record["period"])[:4])
    stated = told.park.accounting.equivalent_kgce_per_kwh.get(year)
    rows: list[list[Cell]] = []
    if stated is not None and any(m.startswith("tce") for m in told.measures):
        rows.append(
            [told.say("report.choice-equivalent"), f"{stated.value} kgce/kWh", f"{stated.source} ({stated.confidence})"]
        )
    for name in sorted(told.rules.switches):
        chosen = switch(told.park, told.rules, name)
        whose = "report.choice-park" if getattr(told.park.accounting, name, None) is not None else "report.choice-rules"
        rows.append([told.say(f"report.switch-{name}"), told.say(f"report.answer-{chosen}"), told.say(whose)])
    rows.append(
        [
            told.say("report.choice-chp"),
            told.say(f"report.chp-{told.park.accounting.chp_split}"),
            told.say("report.choice-park"),
        ]
    )
    columns = (
        Column(told.say("report.choice"), width=34),
        Column(told.say("report.chosen"), width=22),
        Column(told.say("report.whose"), width=40),
    )
    table = Table("choices", told.say("report.table-choices"), columns, rows)
    return Section("choices", told.say("report.section-choices"), tuple(lines), (table,))


def factors_section(told: Told) -> Section:
    """Every factor with its source and how sure its source is."""
    columns = (
        Column(told.say("account-table.id"), width=34), Column(told.say("account-table.value"), 6, width=18),
        Column(told.say("account-table.unit"), width=14), Column(told.say("account-table.source"), width=40),
        Column(told.say("account-table.reference"), width=28), Column(told.say("account-table.confidence"), width=16),
        Column(told.say("report.uncertainty"), 1, share=True, width=10),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [f.id, decimal(f.value, 6), f.unit, f.source, f.source_ref, f.confidence,
         None if f.uncertainty is None else decimal(f.uncertainty, 4)]
        for f in told.factors.values()
    ]  # fmt: skip
    table = Table("factors", told.say("report.table-factors"), columns, rows)
    return Section("factors", told.say("report.section-factors"), (told.say("report.factors-lead"),), (table,))


def quality_section(told: Told) -> Section:
    """How much of the account was measured, estimated and rejected; the channels that know least."""
    groups: dict[str, list[int]] = {}
    by_channel: dict[str, list[int]] = {}
    known = channels(told.park)
    for c in told.account.coverage:
        carrier = known[c.channel][1].carrier if c.channel in known else ""
        for cell in (groups.setdefault(carrier, [0] * 5), by_channel.setdefault(c.channel, [0] * 5)):
            for i, n in enumerate((c.expected_s, c.covered_s, c.estimated_s, c.spread_s, c.rejected_s)):
                cell[i] += n
    many: dict[str, set[str]] = {}
    for channel in by_channel:
        many.setdefault(known[channel][1].carrier if channel in known else "", set()).add(channel)
    shares = tuple(
        Column(told.say(f"report.{n}"), 2, share=True) for n in ("covered", "estimated", "spread", "rejected")
    )

    def cells(numbers: list[int]) -> list[Cell]:
        return [decimal(Fraction(n, numbers[0]), 5) if numbers[0] else None for n in numbers[1:]]

    rows: list[list[Cell]] = [[told.carriers.get(g, g), len(many[g]), *cells(n)] for g, n in sorted(groups.items())]
    whole = [sum(n[i] for n in by_channel.values()) for i in range(5)]
    rows.append([told.say("account-table.total"), len(by_channel), *cells(whole)])
    table = Table(
        "quality", told.say("report.table-quality"),
        (Column(told.say("report.by-carrier"), width=22), Column(told.say("report.channels"), 0), *shares), rows, sums=True,
    )  # fmt: skip
    weak = sorted((c for c, n in by_channel.items() if n[2] or n[4] or n[1] < n[0]),
                  key=lambda c: (by_channel[c][1] - by_channel[c][2]) / max(1, by_channel[c][0]))[:WORST]  # fmt: skip
    least = Table(
        "weakest", told.say("report.table-weakest", number=WORST), (Column(told.say("report.channel"), width=30), *shares),
        [[c, *cells(by_channel[c])] for c in weak],
    )  # fmt: skip
    lead = told.say("report.quality-lead", sigma=f"{ESTIMATE_SIGMA:.0%}", unclassed=f"{NO_CLASS_PERCENT:g} %")
    return Section("quality", told.say("report.section-quality"), (lead,), (table, least) if weak else (table,))


def trace_section(told: Told) -> Section:
    """Run, revision and digests; how every figure can be followed back and the whole be computed again."""
    record = told.record
    rows: list[list[Cell]] = [
        [told.say("report.run"), str(record["id"])],
        [told.say("report.revision"), f"{record['as_of']} ({record['as_of_time']})"],
        [told.say("report.result"), str(record["result"])],
        [told.say("report.rules-digest"), str(record["rules"]["digest"])],
        [told.say("report.park-digest"), str(record["park"]["digest"])],
        [told.say("report.readings-digest"), str(record["activities"])],
        [told.say("report.factors-digest"), str(record["factors"])],
        [told.say("report.code"), f"lingtan {record['code']}, {record['engine']}"],
    ]
    table = Table(
        "trace",
        told.say("report.table-trace"),
        (Column(told.say("report.item"), width=26), Column(told.say("report.content"), width=70)),
        rows,
    )
    period = record["period"]
    hints = (
        told.say("report.explain"),
        f"lingtan account explain core --period {period}",
        f"lingtan account run --period {period} --rules {told.rules.id} --as-of {record['as_of']}",
        f"lingtan account factors --period {period} --rules {told.rules.id}",
    )
    return Section("trace", told.say("report.section-trace"), (), (table,), hints)
