"""What most components share: one input column, products in fixed ratios, a size, part load, running states, ramps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingtan.optimize.model import Column, Global, Model, Size, Values


@dataclass(frozen=True)
class Running:
    """On and off of a unit, with whole numbers: HiGHS keeps them, the chain relaxes them to a bound."""

    minimum_load: float = 0.0  # share of the size while on
    start_cost: float = 0.0  # CNY per start
    minimum_up_steps: int = 1
    minimum_down_steps: int = 1
    was_on: float | None = None  # state before the first step; None: cyclic


@dataclass(frozen=True)
class Segment:
    """A stretch of the part-load curve: this share of the size, at this efficiency relative to the nominal one."""

    share: float
    relative: float


@dataclass(frozen=True)
class Limits:
    """How a converter may move; all optional."""

    segments: Sequence[Segment] = ()  # best first; a curve that gets better with load needs ``Running`` units instead
    running: Running | None = None
    ramp: float | None = None  # largest change in a step, share of the size

    def __post_init__(self) -> None:
        relatives = [s.relative for s in self.segments]
        if relatives != sorted(relatives, reverse=True):
            raise ValueError("segments must stand from the best efficiency to the worst")
        if self.segments and abs(sum(s.share for s in self.segments) - 1.0) > 1e-9:
            raise ValueError("the shares of the segments must sum to 1")


def count(model: Model, column: Column, tallies: Mapping[str, Values]) -> None:
    """Add ``column`` to each sum it counts in."""
    for name, per_kwh in tallies.items():
        model.tally(name, column, per_kwh)


def convert(
    model: Model,
    *,
    size: Size | float,
    flows: Mapping[str, Values],
    rated: Values,
    price: Values = 0.0,
    tallies: Mapping[str, Values] | None = None,
    limits: Limits | None = None,
    availability: Values = 1.0,
    name: str = "input",
) -> list[Column]:
    """Columns of a converter's input [kW]; usually one, with a part-load curve one a segment.

    Parameters
    ----------
    size : Size or float
        What may be built, measured on the rated side.
    flows : mapping of node to float or array
        kWh that reach (positive) or leave (negative) each node per kWh of input.
    rated : float or array
        kWh on the side where the size is measured, per kWh of input; so ``input ≤ size / rated``.
    price : float or array
        CNY per kWh of input.
    tallies : mapping
        Sums that each kWh of input counts in.
    """
    limits = limits or Limits()
    capacity = model.size(size)
    segments = limits.segments or (Segment(1.0, 1.0),)
    made = []
    for number, segment in enumerate(segments):
        label = name if len(segments) == 1 else f"{name}-{number}"
        share = segment.share * np.asarray(availability) / (np.asarray(rated) * segment.relative)
        column = model.column(label, cost=price, within=capacity, share=share)
        for node, per_kwh in flows.items():
            # only what comes out suffers from part load; a co-input follows the input
            per_input = np.asarray(per_kwh, float)
            model.supply(node, column, np.where(per_input > 0, per_input * segment.relative, per_input))
        count(model, column, tallies or {})
        made.append(column)
    rated_terms: list[tuple[Column, Values]] = [
        (c, np.asarray(rated) * s.relative) for c, s in zip(made, segments, strict=True)
    ]
    if limits.ramp is not None:
        add_ramp(model, rated_terms, capacity, limits.ramp)
    if limits.running is not None:
        add_running(model, rated_terms, capacity, limits.running)
    return made


def add_ramp(model: Model, terms: list[tuple[Column, Values]], capacity: Global | float, ramp: float) -> None:
    """The rated side changes by at most ``ramp · size`` a step, up and down."""
    earlier = [(c, -np.asarray(v)) for c, v in terms]
    if isinstance(capacity, Global):
        model.row("ramp-up", terms, before=earlier, fixed=[(capacity, -ramp)], upper=0.0)
        model.row("ramp-down", terms, before=earlier, fixed=[(capacity, ramp)], lower=0.0)
    else:
        model.row("ramp", terms, before=earlier, lower=-ramp * capacity, upper=ramp * capacity)


def add_running(model: Model, terms: list[tuple[Column, Values]], capacity: Global | float, running: Running) -> Column:
    r"""On and off: :math:`m\,S\,o_t \le p_t \le S\,o_t`; with a size to be chosen the usual big-M form of it.

    Returns
    -------
    Column
        The state, 1 while on.
    """
    before: Literal["cyclic"] | float = "cyclic" if running.was_on is None else running.was_on
    on = model.column("on", upper=1.0, integer=True, before=before)
    low = running.minimum_load
    if isinstance(capacity, Global):
        most = model.globals[capacity.index].upper
        model.row("off", [*terms, (on, -most)], upper=0.0)
        model.row("minimum-load", [*terms, (on, -low * most)], fixed=[(capacity, -low)], lower=-low * most)
    else:
        model.row("off", [*terms, (on, -capacity)], upper=0.0)
        model.row("minimum-load", [*terms, (on, -low * capacity)], lower=0.0)
    if running.start_cost or running.minimum_up_steps > 1 or running.minimum_down_steps > 1:
        start = model.column(
            "start", upper=1.0, cost=running.start_cost / model.timeline.hours, before=before_zero(running)
        )
        model.row("starts", [(on, 1.0), (start, -1.0)], before=[(on, -1.0)], upper=0.0)
        _keep(model, on, start, running)
    return on


def before_zero(running: Running) -> Literal["cyclic"] | float:
    """Starts before the first step: none, unless the time is a circle."""
    return "cyclic" if running.was_on is None else 0.0


def _keep(model: Model, on: Column, start: Column, running: Running) -> None:
    """Minimum up and down times by counters of recent starts that look one step back each."""
    for label, steps, lower, upper in (
        ("up", running.minimum_up_steps, (1.0, 0.0), None),
        ("down", running.minimum_down_steps, None, 1.0),
    ):
        if steps <= 1:
            continue
        recent = [start]
        for back in range(1, steps):
            shifted = model.column(f"start-{label}-{back}", upper=1.0, before=before_zero(running))
            model.row(f"remember-{label}-{back}", [(shifted, 1.0)], before=[(recent[-1], -1.0)], lower=0.0, upper=0.0)
            recent.append(shifted)
        if lower is not None:  # a start in the last steps keeps it on
            model.row("minimum-up", [(on, 1.0), *((c, -1.0) for c in recent)], lower=0.0)
        if upper is not None:  # a start needs the unit off before: on `steps` ago plus starts since ≤ 1
            lagged = on
            for back in range(1, steps + 1):
                past = model.column(
                    f"on-{back}", upper=1.0, before="cyclic" if running.was_on is None else running.was_on
                )
                model.row(f"remember-on-{back}", [(past, 1.0)], before=[(lagged, -1.0)], lower=0.0, upper=0.0)
                lagged = past
            model.row("minimum-down", [(lagged, 1.0), *((c, 1.0) for c in recent)], upper=1.0)
