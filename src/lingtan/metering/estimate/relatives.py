"""What the other meters of the branch say: the parent less the other children, or the children's sum."""

from collections.abc import Mapping

import numpy as np

from lingtan.metering.checks.families import sign
from lingtan.metering.checks.look import Floats, Look
from lingtan.metering.estimate.holes import Hole
from lingtan.metering.readings import Method
from lingtan.park.model import Meter, Park
from lingtan.park.tree import children

LEARNT_STEPS = 96  # so many steps in which everyone has a reading tell the usual loss
SURE = 0.2  # the scatter of the rest, as a share of the channel, above which the relatives do not know it


class Relatives:
    """The channels above, beside and below each channel, by carrier."""

    def __init__(self, park: Park, looks: Mapping[str, Look]) -> None:
        self._looks = looks
        below = children(park)
        self._equations: dict[str, list[tuple[Method, list[tuple[str, int]], list[tuple[str, int]]]]] = {}
        for meter in park.meters:
            for carrier in sorted({c.carrier for c in meter.channels if sign(c)}):
                above = _signed(meter, carrier)
                under = [pair for kid in below[meter.id] for pair in _signed(kid, carrier)]
                if not under:
                    continue
                for name, _ in above:
                    self._equations.setdefault(name, []).append((Method.CHILDREN, above, under))
                for name, _ in under:
                    self._equations.setdefault(name, []).append((Method.PARENT, above, under))

    def names(self, channel: str) -> set[str]:
        """The channels that may help to estimate one."""
        found: set[str] = set()
        for _, above, under in self._equations.get(channel, []):
            found |= {name for name, _ in (*above, *under)}
        return found - {channel}

    def estimate(self, channel: str, hole: Hole) -> tuple[Method, Floats] | None:
        """Quantities by step from the first equation whose every other channel has readings in the hole."""
        for method, above, under in self._equations.get(channel, []):
            found = self._solve(channel, hole, above, under)
            if found is not None:
                return method, found
        return None

    def _solve(
        self, channel: str, hole: Hole, above: list[tuple[str, int]], under: list[tuple[str, int]]
    ) -> Floats | None:
        me = self._looks[channel]
        everyone = [*above, *under]
        looks = [self._looks.get(name) for name, _ in everyone]
        if any(o is None or o.step != me.step or o.first != me.first or len(o) != len(me) for o in looks):
            return None
        flows = {name: s * look.flow for (name, s), look in zip(everyone, looks, strict=True) if look is not None}
        mine = dict(everyone)[channel]
        total = np.sum([flows[n] for n, _ in above if n != channel], axis=0) if len(above) > 1 else np.zeros(len(me))
        rest = np.sum([flows[n] for n, _ in under if n != channel], axis=0) if len(under) > 1 else np.zeros(len(me))
        if channel in dict(above):
            expected = rest if len(under) else None
            expected = np.sum([flows[n] for n, _ in under], axis=0) - total
        else:
            expected = np.sum([flows[n] for n, _ in above], axis=0) - rest
        known = np.isfinite(expected) & np.isfinite(flows[channel]) & (flows[channel] > 0)
        if known.sum() < LEARNT_STEPS or not np.isfinite(expected[hole.low : hole.high]).all():
            return None
        near = np.flatnonzero(known)
        near = near[np.argsort(np.abs(near - (hole.low + hole.high) // 2), kind="stable")[: 30 * LEARNT_STEPS]]
        a, b = expected[near], flows[channel][near]
        # the loss of the branch goes with what flows: mine = gain * expected, learnt where everyone has a reading
        gain = float(b.sum() / a.sum()) if a.sum() > 0 else 0.0
        if gain <= 0 or float(np.abs(b - gain * a).mean()) > SURE * float(b.mean()):
            return None
        return np.asarray(np.clip(mine * gain * expected[hole.low : hole.high], 0, None))


def _signed(meter: Meter, carrier: str) -> list[tuple[str, int]]:
    return [(c.id, sign(c)) for c in meter.channels if c.carrier == carrier and sign(c)]
