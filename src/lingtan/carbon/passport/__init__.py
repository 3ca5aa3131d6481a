"""The passport of a figure: a tree from the figure down to postings, rule terms, factors, points and channels.

In goes a :class:`Subject` (an account with its indicators and factors) and an address; out comes a :class:`Node`. What is below
a channel (hours, readings, commits) is not the account's to know: whoever explains passes it in.
"""

from lingtan.carbon.passport.figure import passport
from lingtan.carbon.passport.node import Node, Subject, number

__all__ = ["Node", "Subject", "number", "passport"]
