"""What will be: loads, photovoltaics, wind and prices as quantiles, from what was known at the time.

In: series with the moment at which each value became known (:mod:`~lingtan.forecast.history`), the calendar, weather as it
was forecast. Out: a :class:`~lingtan.forecast.record.Forecast`, calibrated, monotone, coherent from meter to enterprise to
park, which says the model or the simpler rule that each series fell back to.
"""

from lingtan.forecast.record import QUANTILES, Forecast, SeriesForecast, Target

__all__ = ["QUANTILES", "Forecast", "SeriesForecast", "Target"]
