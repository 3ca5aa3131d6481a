"""What a park is bound by, as rows over the tallies of its components.

``sums.py`` caps, shares and ratios of any tally; ``intensity.py`` the core indicator of notice 910 with its size classes;
``certificates.py`` green certificates by year.
"""

from lingtan.optimize.limits.certificates import Certificates
from lingtan.optimize.limits.intensity import FREE, IntensityCap, solve_classes
from lingtan.optimize.limits.sums import Cap, Share

__all__ = ["FREE", "Cap", "Certificates", "IntensityCap", "Share", "solve_classes"]
