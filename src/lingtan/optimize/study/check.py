"""What a study's shape does not show: names that lead nowhere, missing numbers, nodes that nothing feeds."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date

from lingtan.base.errors import InputError, Place, Problem
from lingtan.base.ids import nearest
from lingtan.base.units import canonical_unit, dimension
from lingtan.optimize.study.choices import options
from lingtan.optimize.study.costs import costs_of
from lingtan.optimize.study.record import Profile, Study, TechnologyEntry
from lingtan.park.regions import region_code
from lingtan.park.tariffs.periods import check_windows
from lingtan.park.tariffs.record import Tariff
from lingtan.park.tariffs.terms import resolve

Path = tuple[str | int, ...]
Locate = Callable[[Path], Place]
_WAYS = ("file", "readings", "pv", "wind", "cop", "shape", "constant")
# which entries a kind of technology needs beyond its node
_NEEDS: dict[str, tuple[str, ...]] = {
    "pv": ("profile",), "wind": ("profile",), "direct_line": ("profile",), "gas_chp": ("heat", "efficiency", "heat_efficiency"),
    "biomass_chp": ("heat", "efficiency", "heat_efficiency"),
    "extraction_chp": ("heat", "efficiency", "heat_efficiency", "extraction_efficiency"),
    "gas_boiler": ("efficiency",), "biomass_boiler": ("efficiency",), "electric_boiler": ("source", "efficiency"),
    "heat_pump": ("source",), "waste_heat": ("profile",), "orc": ("source", "efficiency"),
    "heat_exchanger": ("source",), "letdown": ("source",), "electric_chiller": ("source",),
    "absorption_chiller": ("source",), "electrolyser": ("source", "efficiency"), "fuel_cell": ("source", "efficiency"),
    "link": ("source",), "carbon_capture": ("draws",), "charging_fleet": ("profile",),
}  # fmt: skip


def check_study(study: Study, locate: Locate) -> list[Problem]:
    """Every problem of a study that its record cannot see."""
    return [
        *_unique(study, locate),
        *_references(study, locate),
        *_profiles(study, locate),
        *_demands(study, locate),
        *_technologies(study, locate),
        *_tariffs(study, locate),
        *_connected(study, locate),
        *_rest(study, locate),
    ]


def _unique(study: Study, locate: Locate) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for name in ("profiles", "areas", "tariffs", "scenarios", "parties", "sensitivities"):
        seen: set[str] = set()
        for i, entry in enumerate(getattr(study, name)):
            if entry.id in seen:
                yield Problem("study.two-of-a-name", locate((name, i, "id")), {"id": entry.id, "where": name})
            seen.add(entry.id)
    for name in ("nodes", "demands", "grids", "supplies", "sales", "technologies"):
        for i, entry in enumerate(getattr(study, name)):
            if entry.id in owners:
                values = {"id": entry.id, "where": owners[entry.id]}
                yield Problem("study.two-of-a-name", locate((name, i, "id")), values)
            owners[entry.id] = name


def _references(study: Study, locate: Locate) -> Iterator[Problem]:
    known = {
        "node": [n.id for n in study.nodes],
        "profile": [p.id for p in study.profiles],
        "tariff": [t.id for t in study.tariffs],
        "area": [a.id for a in study.areas],
        "party": [p.id for p in study.parties],
    }
    fields = {
        "node": "node", "source": "node", "heat": "node", "out": "node", "profile": "profile", "cop_profile": "profile",
        "spot_profile": "profile", "outage_profile": "profile", "tariff": "tariff", "area": "area", "party": "party",
    }  # fmt: skip
    for name in ("demands", "grids", "supplies", "sales", "technologies"):
        for i, entry in enumerate(getattr(study, name)):
            for field, what in fields.items():
                value = getattr(entry, field, None)
                if value is not None and value not in known[what]:
                    yield _unknown(what, value, known[what], locate((name, i, field)))
    for i, party in enumerate(study.parties):
        if party.shares_with is not None and party.shares_with not in known["party"]:
            yield _unknown("party", party.shares_with, known["party"], locate(("parties", i, "shares_with")))
    for i, grid in enumerate(study.grids):
        for j, value in enumerate(grid.choose_tariff):
            if value not in known["tariff"]:
                yield _unknown("tariff", value, known["tariff"], locate(("grids", i, "choose_tariff", j)))
    for i, technology in enumerate(study.technologies):
        for node in technology.draws:
            if node not in known["node"]:
                yield _unknown("node", node, known["node"], locate(("technologies", i, "draws", node)))
    for i, cascade in enumerate(study.cascades):
        for j, node in enumerate(cascade):
            if node not in known["node"]:
                yield _unknown("node", node, known["node"], locate(("cascades", i, j)))
        levels = [n.temperature_c for node in cascade for n in study.nodes if n.id == node]
        given = [x for x in levels if x is not None]
        if given != sorted(given, reverse=True):
            yield Problem("study.heat-flows-up", locate(("cascades", i)), {"nodes": " → ".join(cascade)})
    ids = {d.id for d in study.demands}
    for i, stage in enumerate(study.stages):
        for field in ("arrives", "leaves"):
            for j, demand in enumerate(getattr(stage, field)):
                if demand not in ids:
                    yield _unknown("demand", demand, sorted(ids), locate(("stages", i, field, j)))


def _unknown(what: str, value: str, known: list[str], place: Place) -> Problem:
    near = nearest(value, known) or ", ".join(known[:8]) or "–"
    return Problem("study.unknown", place, {"what": what, "value": value, "nearest": near})


def _profiles(study: Study, locate: Locate) -> Iterator[Problem]:
    for i, profile in enumerate(study.profiles):
        ways = [w for w in _WAYS if getattr(profile, w) is not None]
        if len(ways) != 1:
            values = {"id": profile.id, "ways": ", ".join(ways) or "–", "known": ", ".join(_WAYS)}
            yield Problem("study.one-way", locate(("profiles", i)), values)
        if profile.file is not None and profile.column is None:
            yield Problem("study.needs", locate(("profiles", i)), {"id": profile.id, "what": "column"})
        if profile.readings is not None and study.study.park is None:
            yield Problem("study.needs", locate(("profiles", i)), {"id": profile.id, "what": "study.park"})
        if profile.unit is not None and not _is_power(profile):
            yield Problem("study.wrong-unit", locate(("profiles", i, "unit")), {"unit": profile.unit})
        if profile.wind is not None and (
            len(profile.wind.speeds) != len(profile.wind.shares) or profile.wind.speeds != sorted(profile.wind.speeds)
        ):
            yield Problem("study.bad-curve", locate(("profiles", i, "wind")), {"id": profile.id})


def _is_power(profile: Profile) -> bool:
    unit = profile.unit or ""
    if unit in ("-", "1", "%", "CNY/kWh", "CNY/MWh"):
        return True
    return canonical_unit(unit) is not None and dimension(unit) in ("power", "electricity", "energy")


def _demands(study: Study, locate: Locate) -> Iterator[Problem]:
    for i, demand in enumerate(study.demands):
        if demand.peak_kw is not None and demand.annual_kwh is not None:
            yield Problem("study.two-sizes", locate(("demands", i)), {"id": demand.id})


def _technologies(study: Study, locate: Locate) -> Iterator[Problem]:
    for i, technology in enumerate(study.technologies):
        place = locate(("technologies", i))
        for field in _NEEDS.get(technology.kind, ()):
            if not getattr(technology, field):
                yield Problem("study.needs", place, {"id": technology.id, "what": field})
        if technology.kind in ("heat_pump", "electric_chiller", "absorption_chiller") and not (
            technology.cop or technology.cop_profile
        ):
            yield Problem("study.needs", place, {"id": technology.id, "what": "cop"})
        if max(technology.maximum, technology.existing) <= 0:
            yield Problem("study.never-built", place, {"id": technology.id}, severity="warning")
        if technology.minimum > max(technology.maximum, technology.existing):
            values = {"id": technology.id, "minimum": technology.minimum, "maximum": technology.maximum}
            yield Problem("study.minimum-above-maximum", place, values)
        if technology.segments:
            relatives = [s.relative for s in technology.segments]
            if (
                relatives != sorted(relatives, reverse=True)
                or abs(sum(s.share for s in technology.segments) - 1) > 1e-6
            ):
                yield Problem("study.bad-segments", place, {"id": technology.id})
        yield from _efficiencies(technology, place)
        if technology.maximum > technology.existing:
            try:
                costs_of(study, technology)
            except InputError as error:
                yield Problem(error.code, place, error.values)


def _efficiencies(technology: TechnologyEntry, place: Place) -> Iterator[Problem]:
    for field in ("efficiency", "heat_efficiency"):
        value = getattr(technology, field)
        if value is not None and value > 1.2:
            yield Problem("study.above-one", place, {"id": technology.id, "field": field, "value": value})
    both = (technology.efficiency or 0) + (technology.heat_efficiency or 0)
    if technology.kind in ("gas_chp", "biomass_chp", "fuel_cell", "electrolyser") and both > 1.1:
        yield Problem("study.above-one", place, {"id": technology.id, "field": "efficiency", "value": both})


def _tariffs(study: Study, locate: Locate) -> Iterator[Problem]:
    if any(t not in {x.id for x in study.tariffs} for g in study.grids for t in (g.tariff, *g.choose_tariff)):
        return  # named among the references
    number = {t.id: i for i, t in enumerate(study.tariffs)}
    seen: set[str] = set()
    for i, grid in enumerate(study.grids):
        for tariff in options(study, grid):
            stated = tariff.id in number
            place = locate(("tariffs", number[tariff.id])) if stated else locate(("grids", i))
            if tariff.id in seen:
                continue
            seen.add(tariff.id)
            if stated:
                yield from check_windows(tariff.windows, study.study.year, place)
            yield from _priced(study, tariff, place)


def _priced(study: Study, tariff: Tariff, place: Place) -> Iterator[Problem]:
    """Whether every month has every price that the tariff asks for."""
    for month in range(1, 13):
        try:
            terms = resolve(tariff, date(study.study.year, month, 1))
        except InputError as error:
            for problem in error.problems or (Problem(error.code, values=error.values),):
                yield Problem(problem.code, place, problem.values)
            return
        if tariff.pricing == "direct_1192" and terms.composition is None:
            yield Problem("tariff.no-composition", place, {"tariff": tariff.id})
            return
        if tariff.pricing == "direct_1192" and terms.load_factor is None:
            yield Problem("tariff.needs", place, {"tariff": tariff.id, "what": "average_load_factor"})
            return


def _connected(study: Study, locate: Locate) -> Iterator[Problem]:
    """A node that is needed must be fed, directly or by what is fed."""
    feeds: dict[str, set[str]] = {}
    fed = {g.node for g in study.grids} | {s.node for s in study.supplies}
    for t in study.technologies:
        targets = {n for n in (t.node, t.heat, t.out) if n is not None}
        if t.kind in ("pv", "wind", "direct_line", "waste_heat") or (t.source is None and not _is_store(t.kind)):
            fed |= targets
        elif t.source is not None:
            feeds.setdefault(t.source, set()).update(targets)
            if t.both_ways:
                feeds.setdefault(t.node, set()).add(t.source)
        elif t.out is not None:
            feeds.setdefault(t.node, set()).add(t.out)
    for cascade in study.cascades:
        for hot, cold in itertools.pairwise(cascade):
            feeds.setdefault(hot, set()).add(cold)
    reached, wave = set(fed), set(fed)
    while wave:
        wave = {n for node in wave for n in feeds.get(node, ())} - reached
        reached |= wave
    known = {n.id for n in study.nodes}
    for i, demand in enumerate(study.demands):
        if demand.node in known and demand.node not in reached:
            yield Problem("study.disconnected", locate(("demands", i, "node")), {"node": demand.node, "id": demand.id})


def _is_store(kind: str) -> bool:
    return kind in ("battery", "heat_store", "cold_store", "steam_store", "molten_salt", "hydrogen_tank")


def _rest(study: Study, locate: Locate) -> Iterator[Problem]:
    if region_code(study.study.region) is None:
        yield Problem(
            "study.unknown",
            locate(("study", "region")),
            {"what": "region", "value": study.study.region, "nearest": "CN-JS"},
        )
    total = sum(s.probability for s in study.scenarios)
    if study.scenarios and abs(total - 1) > 1e-6:
        yield Problem("study.probabilities", locate(("scenarios",)), {"total": total})
    years = [s.year for s in study.stages]
    if years != sorted(set(years)):
        yield Problem("study.stages-in-order", locate(("stages",)), {"years": ", ".join(map(str, years))})
    for i, supply in enumerate(study.supplies):
        if supply.price < 0 and supply.maximum_kw is None and supply.limit_kwh is None:
            yield Problem("study.unbounded", locate(("supplies", i, "price")), {"id": supply.id, "price": supply.price})
    for i, sale in enumerate(study.sales):
        if sale.maximum_kw is None and sale.limit_kwh is None:
            cheapest = min(
                (s.price for s in study.supplies if s.node == sale.node and s.maximum_kw is None), default=None
            )
            if cheapest is not None and sale.price > cheapest:
                yield Problem("study.unbounded", locate(("sales", i, "price")), {"id": sale.id, "price": sale.price})
