"""The report for those who may not know the members: indicators and account of the park, members under pseudonyms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lingtan.base.text import label
from lingtan.reports.account_sections import account_section, kinds_section
from lingtan.reports.document import Cell, Column, Document, Section, Table
from lingtan.reports.ground_sections import choices_section, factors_section
from lingtan.reports.indicator_sections import core_section, guiding_section
from lingtan.reports.told import Told


@dataclass(frozen=True)
class Member:
    """A member under its pseudonym, with the digest of its sealed book. [µg by measure]"""

    pseudonym: str
    direct: Mapping[str, int]
    transfer: Mapping[str, int]
    digest: str


def aggregate_report(told: Told, members: Sequence[Member], closing: str) -> Document:
    """The report of a closed period without the name of any enterprise, product, meter or holder of certificates."""
    hidden = replace(
        told,
        park=told.park.model_copy(update={"certificates": [], "enterprises": [], "products": []}),
        indicators=[replace(i, details=()) for i in told.indicators],
        other=None,
    )
    park, record = told.park.park, told.record
    facts = (
        (told.say("report.park"), label(park.name, told.lang)),
        (told.say("report.period"), str(record["period"])),
        (told.say("report.rules"), label(told.rules.title, told.lang)),
        (told.say("report.document"), told.rules.document),
        (told.say("report.region"), park.region),
        (told.say("report.members"), str(len(told.park.enterprises))),
        (told.say("aggregate-report.closing"), closing),
        (told.say("aggregate-report.result"), str(record["result"])),
    )
    found = [
        core_section(hidden),
        guiding_section(hidden),
        account_section(hidden),
        _members(told, members),
        kinds_section(hidden),
        choices_section(hidden),
        factors_section(hidden),
    ]
    notice = told.say("report.synthetic") if park.synthetic else ""
    title = told.say("aggregate-report.title")
    return Document(
        told.lang, title, label(park.name, told.lang), facts, tuple(s for s in found if s is not None), notice
    )


def _members(told: Told, members: Sequence[Member]) -> Section:
    """Totals under pseudonyms; they sum to the park's."""
    measures = told.measures
    columns = [Column(told.say("aggregate-report.pseudonym"), width=14)]
    columns += [
        Column(f"{told.say(f'measure.{m}')} {told.say(f'view.{v}')}", 2, width=14)
        for m in measures
        for v in ("direct", "transfer")
    ]
    rows: list[list[Cell]] = []
    for member in members:
        row: list[Cell] = [member.pseudonym]
        row += [told.tonnes(view.get(m, 0)) for m in measures for view in (member.direct, member.transfer)]
        rows.append(row)
    total: list[Cell] = [told.say("account-table.total")]
    total += [told.tonnes(told.account.total(m)) for m in measures for _ in "dt"]
    sums = Table("members", told.say("aggregate-report.members"), tuple(columns), [*rows, total], sums=True)
    heads = (
        Column(told.say("aggregate-report.pseudonym"), width=14),
        Column(told.say("aggregate-report.digest"), width=66),
    )
    books = Table("books", told.say("aggregate-report.books"), heads, [[m.pseudonym, m.digest] for m in members])
    lead = told.say("aggregate-report.lead")
    return Section("members", told.say("aggregate-report.section"), (lead,), (sums, books))
