"""What to do in the next hours? Set-points of every asset, with reasons, on the component library.

What comes in: a :class:`~lingtan.optimize.dispatch.record.Description` (from a YAML file or the park file) and the
:class:`~lingtan.optimize.dispatch.inputs.Inputs` of a horizon: needs, availability, prices, the state of the plant.
What goes out: a :class:`~lingtan.optimize.dispatch.schedule.Schedule`: a proposal, until somebody approves it.

The rooms::

    record.py      the description: units, needs, grids, money, limits
    file.py        the same as a YAML text, every problem at its place
    derive.py      a description from a park file
    inputs.py      horizon, series, state
    money.py       tariffs as prices by step, and what a stretch of time has cost
    build.py       description + inputs -> a model of components
    persistent.py  the model that stays in HiGHS: numbers changed in place, started from the last binaries
    planner.py     one step of the rolling plan, with the linear fallback
    scenarios.py   two-stage plans on quantiles, and what they are worth against the mean
    reasons.py     why: the account of each set-point
    bindings.py    limits with their prices, and what would change the plan
    counterfactual.py  the same horizon without a limit
    extras.py      parts that only dispatch needs
    conflict.py    why not: conflicting conditions and the cheapest relaxation
    schedule.py    the plan as something that can be approved and handed over
    settle.py      what becomes of a plan when the day comes
    rules.py       rule-based control and habits, to compare with
    replay.py      a year replayed with what was known
"""
