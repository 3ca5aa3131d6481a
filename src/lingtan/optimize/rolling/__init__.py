r"""The whole time operated at fixed sizes, window by window with HiGHS: the upper bound of a plan that asks for whole numbers by step.

A relaxed answer gives the sizes, the lower bound and prices. Then each window is solved with a look ahead, its first part is kept,
and the next window begins where it ended: contents, states and ramps are handed over. What reaches beyond a window comes from the
relaxed answer. Totals of the year (:math:`\sum a\,x \le b`, a carbon cap) enter the cost at their price, and each window may use of
a total what the relaxed answer uses there and what was saved before; a content should end where the relaxed one does, what is
missing is paid at the price of the store's row. At last the global columns that are left (certificates, peaks) are chosen for what
was operated, and every row of the model is checked.
"""

from lingtan.optimize.rolling.check import violation
from lingtan.optimize.rolling.operate import SHARE, operate, operate_best

__all__ = ["SHARE", "operate", "operate_best", "violation"]
