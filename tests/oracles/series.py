"""Profiles that all oracles share: two weeks by the hour, or ``LINGTAN_ORACLE_HOURS``."""

import os

import numpy as np

HOURS = int(os.environ.get("LINGTAN_ORACLE_HOURS", "168"))
HOUR = np.arange(HOURS)
_rng = np.random.default_rng(11)
DAY = np.sin((HOUR % 24 - 6) / 24 * 2 * np.pi)
SUN = np.clip(DAY, 0, 1) * _rng.uniform(0.5, 1.0, HOURS)
WIND = np.clip(0.4 + 0.3 * np.sin(HOUR / 17) + 0.15 * _rng.normal(size=HOURS), 0, 1)
PRICE = np.where(HOUR % 24 < 7, 0.3, np.where(np.isin(HOUR % 24, (9, 10, 18, 19, 20)), 1.0, 0.6))
POWER = 10.0 + 3.0 * DAY + _rng.uniform(0, 1, HOURS)
HEAT = 6.0 - 2.0 * DAY + _rng.uniform(0, 1, HOURS)
HYDROGEN = 1.0 + 0.5 * DAY
COP = 2.8 + 0.5 * DAY
SHARE = HOURS / 8760
NEAR = 1e-6


def cost(per_year: float) -> float:
    """A yearly cost of a kW over the hours that are solved."""
    return per_year * SHARE
