"""The version of the method: everything between activities and postings.

The number is part of every run's identity. It is raised whenever the same activities, park, rules and factors give other
postings, with a line below; a golden test holds the result of a fixed park to the number.

1   lines, power and heat by kind with the export mix, transfers with largest remainders
"""

METHOD_VERSION = 1
