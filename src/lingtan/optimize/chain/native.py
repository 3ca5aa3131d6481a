"""The kernel in C, made when the package is built: the chain method's inner loops on a Problem's arrays."""

import ctypes
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lingtan.optimize.chain.problem import Problem
from lingtan.optimize.model import FloatArray

SOURCES = ("kernel.c", "factor.c")
LIBRARY = "_kernel.bin"
_POINTERS = [
    "Ar",
    "Ac",
    "Ap",
    "Av",
    "Br",
    "Bc",
    "Bp",
    "Bv",
    "Gk",
    "Gc",
    "Gp",
    "Gv",
    "Dr",
    "Dj",
    "Dv",
    "Pk",
    "Pc",
    "Pt",
    "Pv",
    "Qr",
    "Qj",
    "Qt",
    "Qv",
    "Uc",
    "Ua",
    "Ub",
    "Ug",
    "Lr",
    "Li",
    "c",
    "u",
    "beta",
    "a",
    "h",
    "box",
    "g",
]
_COUNTS = ["T", "n", "R", "K", "J", "nA", "nB", "nG", "nD", "nP", "nQ", "nU", "nL"]


class _Problem(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in _COUNTS] + [(name, ctypes.c_void_p) for name in _POINTERS]


class _Chain(ctypes.Structure):
    _fields_ = [
        ("t0", ctypes.c_int64),
        ("t1", ctypes.c_int64),
        ("m", ctypes.c_int64),
        ("border", ctypes.c_void_p),
        ("place", ctypes.c_void_p),
        ("begun", ctypes.c_void_p),
    ]


def digest() -> str:
    """Digest of the sources; the library carries that of the sources it was made from."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in SOURCES)).hexdigest()[:16]


@cache
def library() -> ctypes.CDLL | None:
    """The compiled kernel, or None if the package was built without a compiler or the sources changed since."""
    path = Path(__file__).with_name(LIBRARY)
    if not path.is_file():
        return None
    try:
        found = ctypes.CDLL(str(path))
        made_from = ctypes.c_char_p.in_dll(found, "made_from").value
    except (OSError, ValueError):
        return None
    if made_from is None or made_from.decode() != digest():
        return None
    found.complementarity.restype = ctypes.c_double
    found.border_factor.restype = ctypes.c_int64
    return found


def _pointer(array: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


class NativeKernel:
    """See :class:`lingtan.optimize.chain.kernel.Kernel` for what each call means."""

    name = "native"

    def __init__(self, problem: Problem) -> None:
        found = library()
        if found is None:
            raise RuntimeError("the compiled kernel is missing")
        self._c = found
        self.problem = p = problem
        n, steps, rows = p.columns, p.steps, p.rows
        runs = p.runs
        looking = np.unique(p.back.row)
        place = np.full(rows, -1, np.int64)
        place[looking] = np.arange(len(looking))
        arrays: dict[str, Any] = {
            "Ar": p.now.row,
            "Ac": p.now.column,
            "Ap": p.now.first(n),
            "Av": p.now.value,
            "Br": p.back.row,
            "Bc": p.back.column,
            "Bp": p.back.first(n),
            "Bv": p.back.value,
            "Gk": p.sums.row,
            "Gc": p.sums.column,
            "Gp": p.sums.first(n),
            "Gv": p.sums.value,
            "Dr": p.fixed.row,
            "Dj": p.fixed.column,
            "Dv": p.fixed.value,
            "Pk": p.sum_points.row,
            "Pc": p.sum_points.column,
            "Pt": p.sum_points.step,
            "Pv": p.sum_points.value,
            "Qr": p.fixed_points.row,
            "Qj": p.fixed_points.column,
            "Qt": p.fixed_points.step,
            "Qv": p.fixed_points.value,
            "Lr": looking,
            "Li": place,
            "c": p.cost,
            "u": p.bound,
            "beta": p.share,
            "a": p.active,
            "h": p.bounded,
            "box": p.box,
            "g": p.above,
        }
        arrays |= {name: np.ascontiguousarray(runs[:, i]) for i, name in enumerate(("Uc", "Ua", "Ub", "Ug"))}
        self._kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        counts = {
            "T": steps,
            "n": n,
            "R": rows,
            "K": len(p.global_b),
            "J": len(p.global_cost),
            "nA": len(p.now.row),
            "nB": len(p.back.row),
            "nG": len(p.sums.row),
            "nD": len(p.fixed.row),
            "nP": len(p.sum_points.row),
            "nQ": len(p.fixed_points.row),
            "nU": len(runs),
            "nL": len(looking),
        }
        self._p = _Problem(**counts, **{name: array.ctypes.data for name, array in self._kept.items()})
        self._ref = ctypes.byref(self._p)
        self._chains = [self._chain(i) for i in range(len(p.starts) - 1)]

    def _chain(self, number: int) -> dict[str, Any]:
        p = self.problem
        border, begun = p.chain_border(number)
        k, j, rows, m = len(p.global_b), len(p.global_cost), p.rows, len(border)
        place = np.full(k + j, -1, np.int64)
        place[border] = np.arange(m)
        t0, t1 = int(p.starts[number]), int(p.starts[number + 1])
        looking = self._p.nL
        made = {
            "border": border,
            "place": place,
            "begun": begun,
            "l": np.zeros((t1 - t0, rows * (rows + 1) // 2)),
            "e": np.zeros((t1 - t0, looking, rows)),
            "v": np.zeros((t1 - t0, rows, m)),
            "s": np.zeros((m, m)),
            "u": np.zeros((t1 - t0, rows)),
            "steps": slice(t0, t1),
        }
        chain = _Chain(t0, t1, m, border.ctypes.data, place.ctypes.data, begun.ctypes.data)
        return made | {"chain": chain, "ref": ctypes.byref(chain)}

    def rows_times(self, x: FloatArray, y: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        p = self.problem
        r, gr = np.empty_like(p.b), np.empty_like(p.global_b)
        self._c.rows_times(self._ref, _pointer(x), None if y is None else _pointer(y), _pointer(r), _pointer(gr))
        return r, gr

    def globals_times(self, lam: FloatArray) -> FloatArray:
        gy = np.empty_like(self.problem.global_cost)
        self._c.globals_times(self._ref, _pointer(lam), _pointer(gy))
        return gy

    def residuals(
        self, it: Any, rd: FloatArray, ru: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        accv, accb, accf = (np.empty_like(self.problem.global_cost) for _ in range(3))
        out = np.empty(6)
        arrays = (it.lam, it.lam_g, it.x, it.z, it.s, it.v, it.y, rd, ru, accv, accb, accf, out)
        self._c.residuals(self._ref, *(_pointer(array) for array in arrays))
        return accv, accb, accf, out

    def weights(self, it: Any, w: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        k, j = len(self.problem.global_b), len(self.problem.global_cost)
        acch, gg, gj = np.empty(j), np.empty((k, k)), np.empty((k, j))
        arrays = (it.x, it.z, it.s, it.v, w, q, acch, gg, gj)
        self._c.weights(self._ref, *(_pointer(array) for array in arrays))
        return acch, gg, gj

    def factor(self, w: FloatArray, q: FloatArray) -> FloatArray:
        m = len(self.problem.global_b) + len(self.problem.global_cost)
        whole, room = np.zeros((m, m)), np.empty((self.problem.rows, self.problem.rows))
        for c in self._chains:
            arrays = (w, q, c["l"], c["e"], c["v"], c["s"], room)
            self._c.factor(self._ref, c["ref"], *(_pointer(array) for array in arrays))
            part = np.tril(c["s"]) + np.tril(c["s"], -1).T
            whole[np.ix_(c["border"], c["border"])] += part
        return whole

    def forward(self, r: FloatArray) -> FloatArray:
        said = np.zeros(len(self.problem.global_b) + len(self.problem.global_cost))
        for c in self._chains:
            c["u"][:] = r[:, c["steps"]].T
            part = np.empty(len(c["border"]))
            arrays = (c["l"], c["e"], c["v"], c["u"], part)
            self._c.sweep_forward(self._ref, c["ref"], *(_pointer(array) for array in arrays))
            said[c["border"]] += part
        return said

    def backward(self, g: FloatArray, dl: FloatArray) -> None:
        for c in self._chains:
            mine = np.ascontiguousarray(g[c["border"]])
            arrays = (c["l"], c["e"], c["v"], mine, c["u"])
            self._c.sweep_backward(self._ref, c["ref"], *(_pointer(array) for array in arrays))
            dl[:, c["steps"]] = c["u"].T

    def border_factor(self, s: FloatArray) -> Any:
        pivot = np.empty(len(s), np.int64)
        lu = s.copy()
        self._c.border_factor(ctypes.c_int64(len(s)), _pointer(lu), _pointer(pivot))
        return lu, pivot

    def border_solve(self, factors: Any, b: FloatArray) -> FloatArray:
        lu, pivot = factors
        x = b.copy()
        self._c.border_solve(ctypes.c_int64(len(x)), _pointer(lu), _pointer(pivot), _pointer(x))
        return x

    def right_hand(
        self,
        it: Any,
        w: FloatArray,
        q: FloatArray,
        rd: FloatArray,
        ru: FloatArray,
        aim: Any,
        f: FloatArray,
        wf: FloatArray,
    ) -> FloatArray:
        acc = np.empty_like(self.problem.global_cost)
        arrays = (it.x, it.s, it.v, w, q, rd, ru, aim.xz, aim.sv, f, wf, acc)
        self._c.right_hand(self._ref, *(_pointer(array) for array in arrays))
        return acc

    def direction(
        self, it: Any, step: Any, w: FloatArray, q: FloatArray, f: FloatArray, ru: FloatArray, aim: Any
    ) -> tuple[float, float]:
        out = np.empty(2)
        arrays = (step.lam, step.lam_g, step.y, it.x, it.z, it.s, it.v, w, q, f, ru, aim.xz, aim.sv)
        outs = (step.x, step.s, step.z, step.v, out)
        self._c.direction(self._ref, *(_pointer(array) for array in arrays + outs))
        return float(out[0]), float(out[1])

    def complementarity(self, it: Any, step: Any, primal: float, dual: float) -> float:
        arrays = (it.x, it.z, it.s, it.v, step.x, step.z, step.s, step.v)
        steps = (ctypes.c_double(primal), ctypes.c_double(dual))
        return float(self._c.complementarity(self._ref, *(_pointer(array) for array in arrays), *steps))

    def aim(
        self, mode: int, target: float, primal: float, dual: float, it: Any, step: Any, base: Any, into: Any
    ) -> None:
        arrays = (it.x, it.z, it.s, it.v, step.x, step.z, step.s, step.v, base.xz, base.sv, into.xz, into.sv)
        numbers = (ctypes.c_double(target), ctypes.c_double(primal), ctypes.c_double(dual))
        self._c.aim(self._ref, ctypes.c_int64(mode), *numbers, *(_pointer(array) for array in arrays))

    def advance(self, step: float, w: FloatArray, dw: FloatArray) -> None:
        self._c.advance(ctypes.c_int64(w.size), ctypes.c_double(step), _pointer(w), _pointer(dw))
