"""The true park of a span: weather, loads, networks, and every channel with its true quantity."""

from lingtan.demo.energy_center import Flows, make_flows
from lingtan.demo.industry import make_loads
from lingtan.demo.point import Point
from lingtan.demo.register import make_points
from lingtan.demo.span import Span
from lingtan.demo.weather import make_weather


def simulate(span: Span, seed: int) -> list[Point]:
    """Every channel with its true quantity."""
    return simulate_flows(span, seed)[1]


def simulate_flows(span: Span, seed: int) -> tuple[Flows, list[Point]]:
    """The true flows, with the nodes at which they balance, and the channels that measure them."""
    weather = make_weather(span, seed)
    flows = make_flows(span, weather, make_loads(span, weather, seed), seed)
    return flows, make_points(flows, span, weather, seed)
