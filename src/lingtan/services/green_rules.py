"""The policy ratios of a period from its trace, with a forecast to the end of the year."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np

from lingtan.base.errors import DataError
from lingtan.green.rules import Limits, Quantities, Ratio, ratios, year_end, year_end_by_shape
from lingtan.green.summary import mix, quantities
from lingtan.park.activities import Activity
from lingtan.park.model import Park, channels
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace, trace_green
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class GreenRules:
    """The ratios of a period and, where the year goes on, at its end."""

    trace: GreenTrace
    quantities: Quantities
    ratios: list[Ratio]
    hours_with_data: int
    at_year_end: list[Ratio]
    outlook: str = "done"  # how: done (nothing is ahead), line (goes on as so far), or the year whose shape was taken


def green_rules(
    workspace: Workspace, period: str, *, as_of: datetime | int | None = None, listener: Listener = silent
) -> GreenRules:
    """The ratios that the notices ask for; limits and open choices are those of the park file."""
    made = trace_green(workspace, period, as_of=as_of, listener=listener)
    found = _quantities(made, slice(None))
    limits, year = limits_of(made.park), made.period.year
    used = np.sum([t.wh for t in made.traced.network.sinks.values()], axis=0)
    done, whole = int(np.count_nonzero(used)), made.traced.network.intervals
    ahead, way = found, "done"
    last = int(np.flatnonzero(used)[-1]) + 1 if done else 0
    if 0 < last < whole:
        ahead, way = year_end(found, done, whole), "line"
        before = _year_before(workspace, made, as_of, listener)
        if before is not None:
            same, rest = _quantities(before, slice(0, last)), _quantities(before, slice(last, None))
            if same.load and rest.load:
                ahead, way = year_end_by_shape(found, same, rest), before.period.label
    return GreenRules(made, found, ratios(found, year, limits), done, ratios(ahead, year, limits), way)


def _year_before(
    workspace: Workspace, made: GreenTrace, as_of: datetime | int | None, listener: Listener
) -> GreenTrace | None:
    """The trace of the year before, if there are readings of it."""
    if "-" in made.period.label:
        return None
    try:
        return trace_green(workspace, str(made.period.year - 1), as_of=as_of, listener=listener)
    except DataError:
        return None


def _quantities(made: GreenTrace, where: slice) -> Quantities:
    """What the ratios are made of in some intervals."""
    columns = made.traced.columns
    exported: dict[str, int] = {}
    for name in made.flows.exports:
        for kind, wh in mix(name, made.by_consumer[name][:, where], columns, made.flows.kinds).wh.items():
            exported[kind] = exported.get(kind, 0) + wh
    network = made.traced.network
    used = sum(int(network.sinks[name].wh[where].sum()) for name in made.flows.sinks)
    used += sum(int(made.traced.losses()[n][where].sum()) for n in range(len(network.nodes)))
    sources = {name: tap.wh[where] for name, tap in network.sources.items()}
    return quantities(sources, made.flows.kinds, exported, used, _curtailed(made, where))


def limits_of(park: Park) -> Limits:
    """The park file's limits and choices."""
    stated = park.tracing.direct_supply
    return Limits(
        generation_share=Fraction(stated.generation_share_min),
        load_share=Fraction(stated.load_share_min),
        load_share_raised=Fraction(stated.load_share_min_raised),
        load_share_raised_from=stated.load_share_raised_from,
        export_share=Fraction(stated.export_share_max),
        available=stated.available_generation,
    )


def _curtailed(made: GreenTrace, where: slice) -> int:
    known = [(name, c) for name, (_, c) in channels(made.park).items() if c.carrier == "electricity"]
    own = {c.asset for _, c in known if c.activity is Activity.GENERATION}  # made inside: not direct supply
    curtailed = [name for name, c in known if c.activity is Activity.CURTAILED and (c.connection or c.asset not in own)]
    if not curtailed:
        return 0
    return sum(int(made.series[name][where].sum()) for name in curtailed)
