"""One seed, one park: the same bytes again; the truth does not depend on the faults."""

from pathlib import Path

import numpy as np

from lingtan.demo.build import build_demo
from lingtan.demo.faults import EVENTS, Mischief
from lingtan.demo.meters import read_all
from lingtan.demo.park_file import park_yaml
from lingtan.demo.simulate import simulate
from lingtan.demo.span import Span
from lingtan.demo.truth import true_activity
from lingtan.park.file import parse_park

SPAN = Span(10)


def test_a_seed_gives_the_same_readings_again() -> None:
    first, second = (read_all(simulate(SPAN, 3), 3) for _ in range(2))
    assert len(first) > 300
    assert all(np.array_equal(first[name].ticks, second[name].ticks) for name in first)


def test_another_seed_gives_another_park() -> None:
    first, second = (read_all(simulate(SPAN, seed), seed) for seed in (3, 4))
    assert not np.array_equal(first["grid-import"].ticks, second["grid-import"].ticks)


def test_the_truth_does_not_know_the_faults() -> None:
    points = simulate(SPAN, 3)
    before = true_activity(points, SPAN)
    readings = read_all(points, 3)
    faults = Mischief(readings, SPAN, 3).all()
    assert len({f.kind for f in faults}) >= 10
    assert true_activity(points, SPAN).equals(before)


def test_every_fault_changes_the_numbers_or_is_a_declared_event() -> None:
    points = simulate(SPAN, 3)
    clean, bad = read_all(points, 3), read_all(points, 3)
    for fault in Mischief(bad, SPAN, 3).all():
        mine, other = clean[fault.channel], bad[fault.channel]
        same = np.array_equal(mine.ticks, other.ticks) and not other.missing.any() and not other.twice
        assert not same or fault.kind in EVENTS or fault.kind == "multiplier", fault


def test_a_faultless_meter_is_within_its_class() -> None:
    points = {p.id: p for p in simulate(SPAN, 3)}
    readings = read_all(list(points.values()), 3)
    for name in ("grid-import", "direct-import", "battery-cells-power", "pcb-line-a"):
        point, r = points[name], readings[name]
        read = int(r.ticks.sum()) * float(point.multiplier) / 10**point.decimals * 1000
        limit = float(point.accuracy.rstrip("S")) / 100
        assert abs(read / int(point.truth.sum()) - 1) < limit, name


def test_the_park_file_has_no_problem() -> None:
    points = simulate(SPAN, 3)
    Mischief(read_all(points, 3), SPAN, 3).all()
    park, problems = parse_park(park_yaml(points, SPAN, 3))
    assert problems == []
    assert park is not None
    assert park.park.synthetic
    assert park.boundary.geojson is not None
    assert all(s.geojson is not None for s in park.sites)


def test_a_built_folder_is_not_built_again(tmp_path: Path) -> None:
    first = build_demo(tmp_path / "park", seed=3, days=7)
    stamps = {p: p.stat().st_mtime_ns for p in first.files}
    second = build_demo(tmp_path / "park", seed=3, days=7)
    assert (first.fresh, second.fresh) == (True, False)
    assert len(stamps) > 20
    assert {p: p.stat().st_mtime_ns for p in second.files} == stamps
