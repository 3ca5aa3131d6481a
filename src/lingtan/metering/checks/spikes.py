"""One or a few readings far above, or far below, everything around them."""

import numpy as np

from lingtan.metering.checks.finding import Finding, Kind, Severity, found, stretches
from lingtan.metering.checks.look import Floats, Look

WIDEST = 3  # steps
ABOVE_TOP = 1.3  # times the highest usual reading
ABOVE_STEPS = 3.0  # times the largest usual step
DIP = 0.45  # of both neighbours
DIP_STEPS = 2.0  # times the largest usual step (one in a hundred)
BACK = 0.7  # of the reading before, and the dip is over
HABIT = 0.005  # of the steps that may fall so far
STEADY = 0.3  # a channel whose lowest usual reading is this share of its median does not drop by itself
RARE = 0.0005
FEW = 8


def spikes(look: Look) -> list[Finding]:
    """Readings that stand alone: up beyond all others, or down to nothing in a channel that never rests."""
    if not look.counts or look.track.terms.signed:
        return []
    flow = look.flow
    known = np.isfinite(flow)
    if known.sum() < 50:
        return []
    usual = np.sort(flow[known])
    spare = max(FEW, int(RARE * len(usual)))
    top = usual[-spare - 1]
    jumps = np.sort(np.abs(np.diff(flow))[known[1:] & known[:-1]])
    largest = jumps[-min(2 * spare, len(jumps) // 4) - 1]
    flags = (flow > ABOVE_TOP * top) & look.eligible & (top > 0)
    findings = [
        _finding(look, a, b, top, "up")
        for a, b in stretches(flags)
        if b - a <= WIDEST and _stands_alone(flow, a, b, float(largest))
    ]
    if usual[len(usual) // 50] > STEADY * usual[len(usual) // 2]:
        findings += [
            _finding(look, a, b, float(flow[a - 1]), "down") for a, b in _dips(flow) if look.eligible[a:b].all()
        ]
    return findings


def _stands_alone(flow: Floats, a: int, b: int, largest: float) -> bool:
    """Whether the reading is far above what stands before and after it."""
    around = np.concatenate([flow[max(a - 4, 0) : a], flow[b : b + 4]])
    around = around[np.isfinite(around)]
    return len(around) > 0 and float(np.nanmin(flow[a:b]) - around.max()) > ABOVE_STEPS * largest


def _dips(flow: Floats) -> list[tuple[int, int]]:
    """Falls to less than half that are back within a few steps; none where such falls are the channel's habit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.abs(np.diff(flow))
        usual = float(np.nanquantile(moved, 0.99))
        falls = np.flatnonzero((flow[1:] < DIP * flow[:-1]) & (moved > DIP_STEPS * usual)) + 1
    if len(falls) > HABIT * len(flow):
        return []
    found_dips = []
    for a in falls.tolist():
        for b in range(a + 1, min(a + WIDEST + 1, len(flow))):
            if flow[b] > BACK * flow[a - 1]:
                if flow[a:b].max() < DIP * min(flow[a - 1], flow[b]):
                    found_dips.append((a, b))
                break
    return found_dips


def _finding(look: Look, a: int, b: int, usual: float, direction: str) -> Finding:
    worst = a + int(np.argmax(flow) if direction == "up" else np.argmin(flow)) if (flow := look.flow[a:b]).size else a
    times = round(float(look.flow[worst] / usual), 3) if usual else None
    values = {"value": look.value(worst), "times_usual_limit": times, "direction": direction, "readings": b - a}
    return found(look.name, Kind.SPIKE, look.at(a), look.at(b), Severity.WARNING, "withdraw", **values)
