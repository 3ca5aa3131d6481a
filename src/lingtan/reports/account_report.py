"""The account report: cover and sections in their order."""

from lingtan.base.text import label
from lingtan.reports.account_sections import account_section, detail_section, enterprise_section, kinds_section
from lingtan.reports.document import Document, Section
from lingtan.reports.ground_sections import choices_section, factors_section, quality_section, trace_section
from lingtan.reports.indicator_sections import core_section, guiding_section
from lingtan.reports.told import Told


def account_report(told: Told) -> Document:
    """The report of a run, in the language of ``told``."""
    park, record = told.park.park, told.record
    facts = [
        (told.say("report.park"), label(park.name, told.lang)),
        (told.say("report.period"), str(record["period"])),
        (told.say("report.rules"), label(told.rules.title, told.lang)),
        (told.say("report.document"), told.rules.document),
        (told.say("report.region"), park.region),
        (told.say("report.members"), str(len(told.park.enterprises))),
        (told.say("report.made-at"), str(record["made_at"])),
        (told.say("report.run"), str(record["id"])),
    ]
    found: list[Section | None] = [
        core_section(told),
        guiding_section(told),
        account_section(told),
        enterprise_section(told),
        kinds_section(told),
        choices_section(told),
        factors_section(told),
        quality_section(told),
        trace_section(told),
        detail_section(told),
    ]
    if told.other is not None:
        found.insert(5, _second(told.other))
    sections = tuple(s for s in found if s is not None)
    notice = told.say("report.synthetic") if park.synthetic else ""
    return Document(told.lang, told.say("report.title"), label(park.name, told.lang), tuple(facts), sections, notice)


def _second(told: Told) -> Section:
    """The same period under another rule set."""
    section = account_section(told)
    title = told.say("report.section-second", rules=label(told.rules.title, told.lang))
    tables = tuple(t for t in section.tables if t.id == "by-category")
    tables = tuple(type(t)(**{**vars(t), "id": f"second-{t.id}"}) for t in tables)
    return Section("second", title, (), tables)
