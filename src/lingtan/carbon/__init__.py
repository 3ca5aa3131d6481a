"""What does it mean? Factors, rule sets, the hourly ledger, the two views of an enterprise, indicators and passports.

In come hourly activities, the park record, factors and a rule set; out go exact sums in micrograms. Pure.
"""
