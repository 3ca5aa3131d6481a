"""The limit of the core indicator at the energy that the needs take: what is wasted cannot loosen it.

A limit :math:`E \\le \\tau N` lets a plan buy emissions with energy that is lost on purpose, in a store that turns over for
nothing. So it is solved again with the right side fixed at the energy of the answer before, where waste buys nothing, and
again while the new answer takes less energy than it was allowed for. The last answer takes at least that energy, so
:math:`E \\le \\tau \\bar N \\le \\tau N` holds in its account too.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
ROUNDS = 8
LEAST = 1e-4  # of the energy: less missing than that is none


def at_served_energy(
    first: T,
    energies: Callable[[T], Sequence[float]],
    again: Callable[[Sequence[float]], T | None],
    same: Callable[[T, T], bool],
) -> T:
    """The answer at served energy; the first one where there is none, or where it costs the same.

    Parameters
    ----------
    first
        The answer within the limit as a ratio.
    energies
        What each year of an answer takes.
    again
        Solves with the energies fixed; None where there is no answer.
    same
        Whether two answers cost the same.
    """
    here, told = first, list(energies(first))
    for round_ in range(ROUNDS):
        made = again(told)
        if made is None:
            return first
        if round_ == 0 and same(first, made):
            return first
        here, taken = made, list(energies(made))
        if all(t >= e - LEAST * abs(e) for t, e in zip(taken, told, strict=True)):
            return here
        told = [min(t, e) for t, e in zip(taken, told, strict=True)]
    return here
