"""Money as a bank wants it: cash flow by year, loan, tax, and what follows from it.

Comes in: what a project costs, saves and earns, and the terms of its money. Goes out: a table by year
(:mod:`~lingtan.optimize.finance.cash_flow`) and NPV, IRR, payback, LCOE, DSCR (:mod:`~lingtan.optimize.finance.measures`).
Each payback is given with its basis: which prices, which savings, before or after tax.
"""
