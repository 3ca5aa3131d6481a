"""Factors: which number turns a quantity into carbon or standard coal, and who says so.

In come the packaged tables and what a park states; out comes the one factor that was asked for, with unit,
validity, source and confidence, or an error that names what exists. Nothing stands in silently for another
region, year or scheme.
"""

from lingtan.carbon.factors.book import FactorBook
from lingtan.carbon.factors.factor import Factor, Part
from lingtan.carbon.factors.stated import stated, stated_equivalent

__all__ = ["Factor", "FactorBook", "Part", "stated", "stated_equivalent"]
