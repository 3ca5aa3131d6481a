"""What only the whole park shows: references to nothing, names used twice, contradictions, missing things.

Errors are what would make an account wrong or impossible; warnings are what a person should see.
"""

from lingtan.base.errors import Problem
from lingtan.park.check.activities import check_activities
from lingtan.park.check.completeness import check_completeness
from lingtan.park.check.formulas import check_formulas
from lingtan.park.check.meters import check_meters
from lingtan.park.check.names import check_names
from lingtan.park.check.statements import check_statements
from lingtan.park.check.view import Placer, View
from lingtan.park.model import Park

__all__ = ["check_park"]


def check_park(park: Park, place: Placer) -> list[Problem]:
    """Every problem that shows only when the parts of a park are seen together; ``place`` finds the line of a path."""
    view = View(park, place)
    return [
        *check_names(view),
        *check_meters(view),
        *check_activities(view),
        *check_formulas(view),
        *check_statements(view),
        *check_completeness(view),
    ]
