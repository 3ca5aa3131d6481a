"""The chain method: its proof, its kernels, where it starts and stops."""

from dataclasses import replace

import numpy as np
import pytest

from lingtan.optimize.chain import native
from lingtan.optimize.chain.bound import measure
from lingtan.optimize.chain.iterate import Aim, Iterate
from lingtan.optimize.chain.kernel import Kernel, make_kernel
from lingtan.optimize.chain.lower import lower
from lingtan.optimize.chain.method import minimize
from lingtan.optimize.chain.native import NativeKernel
from lingtan.optimize.chain.newton import Newton
from lingtan.optimize.chain.reference import ReferenceKernel
from lingtan.optimize.chain.start import cold
from lingtan.optimize.components import Boiler as AnyBoiler
from lingtan.optimize.components import Cascade, Demand, Limits, NetworkLink, Sink, Source, WasteHeat
from lingtan.optimize.highs import Loaded
from lingtan.optimize.model import CYCLIC, Model, Size, Timeline
from lingtan.optimize.solution import Progress
from lingtan.optimize.solve import solve
from unit.optimize.parks import small_park

needs_library = pytest.mark.skipif(native.library() is None, reason="built without a compiler")
RAMP = (AnyBoiler("slow", None, "heat", Size(2_000, cost=1.0), 0.9, 0.3, limits=Limits(ramp=0.1)),)


def optimum(model: Model) -> float:
    """By HiGHS, with tight tolerances."""
    tight = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
    return Loaded(model, **tight).run().cost


@pytest.mark.parametrize("model", [small_park(), small_park(years=2), small_park(extra=RAMP), small_park(cap=None)])
def test_the_bounds_enclose_the_optimum(model: Model) -> None:
    best = optimum(model)
    found = solve(model, gap=1e-6, solver="chain")
    assert found.status == "solved"
    assert found.lower_bound <= best * (1 + 1e-8)
    assert best <= found.cost * (1 + 1e-8)
    assert found.gap <= 1e-6


def test_the_bound_holds_at_every_iteration_and_for_any_multipliers() -> None:
    model = small_park(48)
    best = optimum(model)
    bounds: list[float] = []
    solve(model, gap=1e-5, listener=lambda p: bounds.append(p.lower_bound))
    assert len(bounds) > 10
    assert max(bounds) <= best * (1 + 1e-8)
    lowered = lower(model)
    kernel, it = make_kernel(lowered.problem), cold(lowered.problem)
    rng = np.random.default_rng(3)
    for size in (0.0, 0.1, 1.0, 10.0):
        it.lam = size * rng.normal(size=it.lam.shape)
        it.lam_g = size * rng.normal(size=it.lam_g.shape)
        bound = measure(lowered.problem, kernel, it).lower_bound * lowered.scale.cost + lowered.constant
        assert bound <= best


def test_the_plan_meets_its_rows() -> None:
    model = small_park()
    found = solve(model, gap=1e-4)
    for row in model.rows:
        left = sum(np.asarray(v) * found.series[model.columns[c].name] for c, v in row.now)
        for c, v in row.before:
            assert model.columns[c].before == CYCLIC
            left = left + np.asarray(v) * np.roll(found.series[model.columns[c].name], 1)
        for j, v in row.fixed:
            left = left + np.asarray(v) * found.sizes[model.globals[int(j)].name]  # type: ignore[arg-type]
        assert np.all(left >= np.asarray(row.lower) - 0.02)
        assert np.all(left <= np.asarray(row.upper) + 0.02)
    for column in model.columns:
        values = found.series[column.name]
        assert np.all(values >= np.asarray(column.lower) - 1e-9)
        if column.within is not None:
            sizes = np.array([found.sizes[g.name] for g in model.globals])[column.within]
            assert np.all(values <= np.asarray(column.share) * sizes + 0.02)


@needs_library
@pytest.mark.parametrize("model", [small_park(48), small_park(96, years=2), small_park(48, extra=RAMP)])
def test_the_compiled_kernel_does_what_the_one_in_numpy_does(model: Model) -> None:
    problem = lower(model).problem
    rng = np.random.default_rng(1)
    it = cold(problem)
    it.lam = rng.normal(size=it.lam.shape)
    it.lam_g = rng.normal(size=it.lam_g.shape)
    found = []
    for kernel in (NativeKernel(problem), ReferenceKernel(problem)):
        res = measure(problem, kernel, it)
        newton, step, aim = Newton(problem, kernel), Iterate.zeros(problem), Aim.zeros(problem)
        newton.prepare(it)
        kernel.aim(0, 0.0, 0.0, 0.0, it, step, aim, aim)
        aim.yz, aim.syv = -it.y * it.zy, -it.sy * it.vy
        lengths = newton.solve(it, res, aim, step)
        kernel.aim(1, 0.3, 0.0, 0.0, it, step, aim, aim)
        after = kernel.complementarity(it, step, 0.5, 0.25)
        other = Aim.zeros(problem)
        kernel.aim(2, 0.3, 0.9, 0.8, it, step, aim, other)
        found.append([*vars(res).values(), *vars(step).values(), *lengths, after, aim.xz, aim.sv, other.xz, other.sv])
    for mine, theirs in zip(*found, strict=True):
        scale = 1.0 + float(np.abs(np.asarray(theirs)).max(initial=0.0))
        assert np.asarray(mine) / scale == pytest.approx(np.asarray(theirs) / scale, abs=1e-8)


@pytest.mark.parametrize("kernel", [ReferenceKernel, NativeKernel])
def test_either_kernel_solves(kernel: type[Kernel]) -> None:
    if kernel is NativeKernel and native.library() is None:
        pytest.skip("built without a compiler")
    model = small_park(48)
    lowered = lower(model)
    made = kernel(lowered.problem)  # type: ignore[call-arg]
    out = minimize(lowered.problem, gap=1e-6, kernel=made, offset=lowered.constant / lowered.scale.cost)
    assert out.cost * lowered.scale.cost + lowered.constant == pytest.approx(optimum(model), rel=2e-6)


@needs_library
def test_the_same_input_gives_the_same_digits() -> None:
    first, second = (solve(small_park(48), gap=1e-5) for _ in range(2))
    assert first.cost == second.cost
    assert all(np.array_equal(first.series[name], second.series[name]) for name in first.series)


def test_a_listener_may_stop_and_the_solve_goes_on_from_there() -> None:
    model = small_park()
    best = optimum(model)
    stopped = solve(model, gap=1e-6, listener=lambda p: p.iteration < 12)
    assert stopped.status == "stopped"
    assert stopped.lower_bound <= best
    counted: list[Progress] = []
    resumed = solve(model, gap=1e-6, start=stopped.state, listener=counted.append)  # type: ignore[arg-type]
    assert resumed.status == "solved"
    assert resumed.cost == pytest.approx(best, rel=2e-6)
    assert len(counted) < 25


def test_a_neighbour_starts_near_its_answer() -> None:
    first = solve(small_park(192), gap=1e-4)
    fresh = solve(small_park(192, money=1.02), gap=1e-3)
    near = solve(small_park(192, money=1.02), gap=1e-3, start=first.state)
    assert near.status == "solved"
    assert near.iterations < fresh.iterations
    assert near.lower_bound <= fresh.cost


def test_a_start_of_another_shape_is_ignored() -> None:
    other = solve(small_park(24), gap=1e-2).state
    assert solve(small_park(48), gap=1e-3, start=other).status == "solved"


def test_an_impossible_need_is_proven() -> None:
    model = Model(Timeline.hourly(24)).add(
        Demand("works", "heat", np.linspace(1, 11, 24)), Source("s", "heat", 1.0, 10.0), Sink("off", "heat")
    )
    found = solve(model)
    assert found.status == "infeasible"
    assert found.conflict is not None
    assert {"heat", "s"} <= set(found.conflict.owners)
    assert found.conflict.steps[-1] > 0.3


def test_an_impossible_cap_is_proven() -> None:
    model = small_park(96, cap=0.001)
    model.globals = [
        type(g)(g.name, g.owner, g.lower, g.upper * (0.02 if g.owner in ("pv", "wind") else 1.0), g.cost, g.unit)
        for g in model.globals
    ]
    model.globals[-1].upper = 1.0
    found = solve(model)
    assert found.status == "infeasible"
    assert found.conflict is not None
    assert "cap" in found.conflict.owners


def test_no_row_asks_for_bounds_that_are_not_stated() -> None:
    # levels, a surplus and a link in both directions have no bounds of their own; the link may run in circles
    model = Model(Timeline.hourly(4)).add(
        Demand("hot", "90", np.array([1.0, 2, 1, 2])),
        Demand("warm", "60", 1.0),
        Cascade("levels", ("90", "60", "40")),
        Sink("off", "40"),
        Source("boiler", "90", 1.0, 50.0),
        WasteHeat("furnace", "60", 2.0, 2.0),
        NetworkLink("pipe", "60", "far", Size(9, cost=0.1), loss=0.1, both_ways=True),
        Demand("village", "far", 0.5),
    )
    found = solve(model, gap=1e-6)
    assert found.cost == pytest.approx(optimum(model), rel=1e-5)
    assert found.assumed == ()


def test_a_timeline_refuses_what_it_cannot_mean() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        Timeline.hourly(0)
    with pytest.raises(ValueError, match="one after the other"):
        Timeline(np.ones(2), np.ones(2), np.array([1, 0]), np.zeros(2, np.int64))


def test_a_row_needs_a_side_that_is_bounded_throughout() -> None:
    model = Model(Timeline.hourly(2))
    column = model.column("x", upper=1.0)
    model.row("odd", [(column, 1.0)], upper=np.array([1.0, np.inf]))
    with pytest.raises(ValueError, match="same side"):
        lower(model)


def test_a_start_that_leads_nowhere_is_left_for_a_cold_one() -> None:
    model = small_park(192)
    state = solve(model, gap=1e-3).state
    rng = np.random.default_rng(3)
    bad = replace(
        state, lam=rng.normal(0, 1e9, state.lam.shape), z=np.full_like(state.z, 1e12), x=np.full_like(state.x, 1e-9)
    )
    found = solve(model, gap=1e-3, start=bad)
    assert found.status == "solved"
    assert found.cost == pytest.approx(solve(model, gap=1e-3).cost, rel=2e-3)
