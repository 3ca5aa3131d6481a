"""An account as tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lingtan.base.errors import InputError
from lingtan.library.tables import Tables, converted, floated

if TYPE_CHECKING:
    from lingtan.services.keep_run import Run
    from lingtan.services.workspace import Workspace


class Accounted:
    """An account that was run and kept."""

    def __init__(self, workspace: "Workspace", run: "Run", tables: Tables, closing: str | None = None) -> None:
        self._workspace, self._tables = workspace, tables
        self.run = run
        self.closing = closing

    def __repr__(self) -> str:
        return f"<Lingtan account {self.id!r}>"

    @property
    def id(self) -> str:
        """The id under which it is kept; equal inputs have equal ids."""
        return self.run.id

    @property
    def record(self) -> Mapping[str, Any]:
        """What went in, by digest, and the digest of the result."""
        return self.run.record

    @property
    def totals(self) -> dict[str, float]:
        """Each measure of the park as a whole. [t]"""
        return {m.id: self.run.account.total(m.id) / 1e12 for m in self.run.rules.measures}

    def postings(self, *, to: Tables | None = None) -> Any:
        """Every exact sum: view, measure, enterprise, month, category, carrier, activity, kind, point, factor; ``tonnes``."""
        rows = self.run.account.postings
        names = ("view", "measure", "enterprise", "category", "carrier", "activity", "kind", "point", "factor")
        columns: dict[str, Any] = {n: pa.array([getattr(p, n) for p in rows], pa.string()) for n in names}
        wide = pa.decimal128(38, 0)
        columns["month"] = pa.array([p.month for p in rows], pa.int32())
        columns["tonnes"] = pa.array([p.micrograms / 1e12 for p in rows], pa.float64())
        columns["quantity_milli"] = pa.array([p.quantity for p in rows], wide)
        columns["micrograms"] = pa.array([p.micrograms for p in rows], wide)
        return self._as(pa.table(columns), to)

    def table(self, *by: str, measure: str | None = None, view: str = "direct", to: Tables | None = None) -> Any:
        """Sums by some columns of the postings, such as ``table("enterprise", "category")``. [t]

        ``view="transfer"`` gives them after transfers of power, heat and fuel between enterprises.
        """
        keys: Sequence[str] = by or ("category",)
        allowed = ("enterprise", "month", "category", "carrier", "activity", "kind", "point", "factor")
        for key in keys:
            if key not in allowed:
                raise InputError("library.unknown-column", column=key, known=", ".join(allowed))
        sums: dict[tuple[Any, ...], int] = {}
        for p in self.run.account.postings:
            seen = p.view == "direct" or view == "transfer"
            if seen and (measure is None or p.measure == measure):
                cell = (p.measure, *(getattr(p, k) for k in keys))
                sums[cell] = sums.get(cell, 0) + p.micrograms
        ordered = sorted(sums, key=lambda k: tuple(map(str, k)))
        columns = {n: [k[i] for k in ordered] for i, n in enumerate(("measure", *keys))}
        return self._as(pa.table({**columns, "tonnes": [sums[k] / 1e12 for k in ordered]}), to)

    def indicators(self, *, to: Tables | None = None) -> Any:
        """Core and guiding indicators: value, target, whether it is met, the 95 % interval and P(met), coverage."""
        rows = [
            {
                "indicator": i.id,
                "value": floated(i.value),
                "unit": i.unit,
                "target": floated(i.target),
                "met": i.met,
                "low": i.interval.low if i.interval else None,
                "high": i.interval.high if i.interval else None,
                "probability": i.interval.probability if i.interval else None,
                "coverage": floated(i.coverage),
                "numerator": float(i.numerator),
                "denominator": float(i.denominator),
                "excluded": i.excluded,
            }
            for i in self.run.indicators
        ]
        return self._as(pa.Table.from_pylist(rows), to)

    def intensities(self, *, to: Tables | None = None) -> Any:
        """Tonnes per 10,000 CNY of output value and of value added, after transfers; the park's row has no enterprise."""
        from lingtan.carbon.intensities import intensities

        rows: list[dict[str, Any]] = [
            {
                "enterprise": i.enterprise,
                "value": value,
                "measure": measure,
                "value_cny": floated(i.value_cny[value]),
                "tonnes": float(i.tonnes[measure]),
                "per_10k_cny": floated(ratio),
            }
            for i in intensities(self.run.account, self.run.park)
            for (value, measure), ratio in i.per_10k_cny.items()
        ]
        return self._as(pa.Table.from_pylist(rows), to)

    def figures(self) -> list[str]:
        """The addresses of all figures that can be explained."""
        from lingtan.services.explain import list_figures

        return list_figures(self._workspace, self.run)

    def explain(self, figure: str, *, depth: int = 4) -> dict[str, Any]:
        """The passport of a figure as nested dictionaries: formula, sums, postings with rule and factor, channels."""
        from lingtan.services.explain import explain

        passport = explain(self._workspace, figure, self.run, closing=self.closing, depth=depth)
        return {
            "figure": passport.address,
            "run": self.id,
            "closing": self.closing,
            "recomputed": passport.recomputed,
            "tree": passport.tree.as_dict(),
        }

    def _as(self, table: pa.Table, to: Tables | None) -> Any:
        return converted(table, to or self._tables)
