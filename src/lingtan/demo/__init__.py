"""A synthetic park from a seed, with known truth.

In goes a seed; out come a park file, meter files in the shapes that people have, and the truth behind them: true flows,
the true account and every fault that was put in. No real park stands behind it, and every file says so.
"""
