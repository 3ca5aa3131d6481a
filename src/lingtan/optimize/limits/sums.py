"""Caps and shares of tallies: yearly emissions, direct-supply share, self-use and export ratios, budgets."""

from dataclasses import dataclass

import numpy as np

from lingtan.optimize.model import Global, Model, Terms, Values


def weighted(model: Model, weights: dict[str, float]) -> tuple[Terms, list[tuple[Global, float]], float]:
    """The terms of Σ weight · tally, each column once, and the fixed amount."""
    columns: dict[int, Values] = {}
    parts: dict[int, float] = {}
    constant = 0.0
    handles = {}
    for name, weight in weights.items():
        for column, per_kwh in model.tallies.get(name, ()):
            columns[column.index] = columns.get(column.index, 0.0) + weight * np.asarray(per_kwh)
            handles[column.index] = column
        for part, per_unit in model.global_tallies.get(name, ()):
            parts[part.index] = parts.get(part.index, 0.0) + weight * per_unit
        constant += weight * model.tally_constants.get(name, 0.0)
    terms = [(handles[index], value) for index, value in columns.items()]
    return terms, [(Global(index), value) for index, value in parts.items()], constant


@dataclass(frozen=True)
class Cap:
    """``least ≤ tally ≤ most`` over all the time that the model counts."""

    id: str
    tally: str
    most: float = np.inf
    least: float = -np.inf

    def contribute(self, model: Model) -> None:
        """One total over the tally."""
        terms, parts, constant = weighted(model, {self.tally: 1.0})
        model.total("", terms, fixed=parts, lower=self.least - constant, upper=self.most - constant)


@dataclass(frozen=True)
class Share:
    """``least · whole ≤ part ≤ most · whole``: direct supply of all electricity, export of generation, ratios of policy."""

    id: str
    part: str
    whole: str
    least: float | None = None
    most: float | None = None

    def contribute(self, model: Model) -> None:
        """One total for each side."""
        for label, share, sense in (("least", self.least, 1.0), ("most", self.most, -1.0)):
            if share is None:
                continue
            terms, parts, constant = weighted(model, {self.part: sense, self.whole: -sense * share})
            name = "" if self.least is None or self.most is None else label
            model.total(name, terms, fixed=parts, lower=-constant)
