"""What was it probably? Values for times without a reading, each by a named method; measured values are never touched.

In come readings and the park, out come new rows (:data:`~lingtan.metering.readings.SCHEMA`, quality ``ESTIMATED``) and a line
for each hole that was filled or left open. :func:`estimate` is the whole of it.
"""

from lingtan.metering.estimate.fill import Estimates, Filled, estimate

__all__ = ["Estimates", "Filled", "estimate"]
