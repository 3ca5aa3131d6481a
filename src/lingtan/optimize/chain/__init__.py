"""The chain method: an interior point over a chain of steps with a border of sizes, and a bound that proves itself.

A :class:`~lingtan.optimize.model.Model` is lowered (``lower.py``) to a :class:`~lingtan.optimize.chain.problem.Problem`:
few rows a step, block tridiagonal in time, bordered by the global columns and rows. ``method.py`` runs the
predictor–corrector; ``newton.py`` solves its systems with the kernel (``kernel.c`` through ``native.py``, or the slow
``reference.py``); ``bound.py`` evaluates the Lagrangian bound and the proof of infeasibility; ``answer.py`` turns the
iterate back into the words of the model. The mathematics stands in ``docs/optimization.md``.
"""
