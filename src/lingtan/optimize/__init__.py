"""What to do? A park as columns and rows tagged with their step, the cheapest plan, and its proof.

What comes in: a :class:`~lingtan.optimize.model.Timeline` and components (``components/``, one file each) whose
``contribute`` puts columns, rows and tallies into a :class:`~lingtan.optimize.model.Model`; policy rows (``limits/``)
written over the tallies. The model knows no component by name.

What goes out: ``solve.solve(model)`` gives a :class:`~lingtan.optimize.solution.Solution` with cost, lower bound, gap,
sizes, series and the shadow price of every limit.

The rooms::

    model.py         the description: timeline, columns, global columns, rows, totals, tallies
    components/      what a park is made of; the same library serves planning and dispatch
    limits/          what a park is bound by: caps, shares, ratios, certificates
    chain/           the interior-point method over the chain of steps, with its certificate
    highs.py         HiGHS behind the same port: integers, vertices, cross-checks
    export_mps.py    the same arrays as an MPS file
    branch.py        sizes in whole units over a long time, by the chain's bound
    solve.py         choose the solver, clean the sizes up, report
    solution.py      the answer: bounds, sizes, series, prices, proof of infeasibility
    explanation.py   prices in words, conflicting conditions, the cheapest relaxation

Example
-------
>>> import numpy as np
>>> from lingtan.optimize.components import Demand, Pv, Source
>>> from lingtan.optimize.model import Model, Size, Timeline
>>> from lingtan.optimize.solve import solve
>>> model = Model(Timeline.hourly(4))
>>> _ = model.add(
...     Demand("works", "el", np.array([1.0, 2.0, 2.0, 1.0])),
...     Pv("roof", "el", Size(maximum=10, cost=0.5), profile=np.array([0.0, 1.0, 1.0, 0.0])),
...     Source("grid", "el", price=1.0),
... )
>>> answer = solve(model, gap=1e-6)
>>> round(answer.cost, 3), round(answer.sizes["roof"], 3)
(3.0, 2.0)
"""
