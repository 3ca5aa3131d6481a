"""Where things lie in the fictional park: polygons of the park, its districts and the plots of its members."""

from math import cos, radians, sin

from lingtan.demo.members import FEEDERS, MEMBERS, Member
from lingtan.demo.weather import LATITUDE, LONGITUDE

WIDTH_M, HEIGHT_M, TURN_DEG, STREET_M = 3_900.0, 2_500.0, 7.0, 22.0
AREA_KM2 = f"{WIDTH_M * HEIGHT_M / 1e6:.2f}"
Ring = list[list[float]]
# feeder -> (column, row) of its district in three columns and two rows
_CELLS = {1: (0, 1), 2: (1, 1), 3: (2, 1), 4: (0, 0), 5: (1, 0), 6: (2, 0)}


def _ring(x: float, y: float, width: float, height: float) -> Ring:
    """A rectangle, in metres from the south-west corner, turned and put on the globe; closed. [deg east, deg north]"""
    turn, per_degree = radians(TURN_DEG), 111_320.0
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    return [
        [
            round(LONGITUDE + (a * cos(turn) - b * sin(turn)) / (per_degree * cos(radians(LATITUDE))), 6),
            round(LATITUDE + (a * sin(turn) + b * cos(turn)) / per_degree, 6),
        ]
        for a, b in corners
    ]


def park_ring() -> Ring:
    """The border of the park."""
    return _ring(0, 0, WIDTH_M, HEIGHT_M)


def district_ring(feeder: int) -> Ring:
    """The border of a district."""
    return _ring(*_district(feeder))


def _district(feeder: int) -> tuple[float, float, float, float]:
    column, row = _CELLS[feeder]
    width, height = WIDTH_M / 3, HEIGHT_M / 2
    return column * width + STREET_M, row * height + STREET_M, width - 2 * STREET_M, height - 2 * STREET_M


def plots() -> dict[str, Ring]:
    """The plot of each member: strips of its district, as wide as the square root of its load."""
    found: dict[str, Ring] = {}
    for feeder in FEEDERS:
        members = [m for m in MEMBERS if m.feeder == feeder]
        x, y, width, height = _district(feeder)
        half = (len(members) + 1) // 2
        for row, group in enumerate((members[:half], members[half:])):
            at = x
            whole = sum(map(_size, group))
            for m in group:
                wide = width * _size(m) / whole
                found[m.id] = _ring(at + 6, y + row * height / 2 + 6, wide - 12, height / 2 - 12)
                at += wide
    return found


def _size(member: Member) -> float:
    return float(6 + member.gwh**0.5)
