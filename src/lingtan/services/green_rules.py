"""The policy ratios of a period from its trace, with a forecast to the end of the year."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np

from lingtan.green.rules import Limits, Quantities, Ratio, ratios, year_end
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


def green_rules(
    workspace: Workspace, period: str, *, as_of: datetime | int | None = None, listener: Listener = silent
) -> GreenRules:
    """The ratios that the notices ask for; limits and open choices are those of the park file."""
    made = trace_green(workspace, period, as_of=as_of, listener=listener)
    park, network = made.park, made.traced.network
    exported: dict[str, int] = {}
    for name in made.flows.exports:
        for kind, wh in mix(name, made.by_consumer[name], made.traced.columns, made.flows.kinds).wh.items():
            exported[kind] = exported.get(kind, 0) + wh
    used = sum(int(network.sinks[name].wh.sum()) for name in made.flows.sinks) + int(made.rest.sum())
    sources = {name: tap.wh for name, tap in network.sources.items()}
    found = quantities(sources, made.flows.kinds, exported, used, _curtailed(made))
    limits = limits_of(park)
    done = int(np.count_nonzero(np.sum([t.wh for t in network.sinks.values()], axis=0)))
    hours = network.intervals
    ahead = year_end(found, done, hours) if 0 < done < hours else found
    return GreenRules(
        made, found, ratios(found, made.period.year, limits), done, ratios(ahead, made.period.year, limits)
    )


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


def _curtailed(made: GreenTrace) -> int:
    known = [(name, c) for name, (_, c) in channels(made.park).items() if c.carrier == "electricity"]
    own = {c.asset for _, c in known if c.activity is Activity.GENERATION}  # made inside: not direct supply
    curtailed = [name for name, c in known if c.activity is Activity.CURTAILED and (c.connection or c.asset not in own)]
    if not curtailed:
        return 0
    return sum(int(made.series[name].sum()) for name in curtailed)
