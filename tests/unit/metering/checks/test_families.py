"""Parent and children: a wrong multiplier is named, a missing part is told, meters within their class are silent."""

import numpy as np

from lingtan.park.model import Park
from tests.meter_rows import park
from tests.unit.metering.checks.case import PER_DAY, found, plant, rows, table

SUBS = ("b", "c", "d")


def site(loss_share: str = "0.02") -> Park:
    return park({"id": "a", "loss_share": loss_share}, *({"id": n, "parent": "m-a"} for n in SUBS))


def flows() -> dict[str, np.ndarray]:
    subs = {n: plant(level=20_000 * (i + 1), seed=10 + i) for i, n in enumerate(SUBS)}
    rng = np.random.default_rng(4)
    for values in subs.values():  # each line has hours of its own
        values *= 1 + np.repeat(rng.integers(0, 3, len(values) // 8), 8)
    subs["a"] = np.rint(1.01 * np.sum(list(subs.values()), axis=0)).astype(np.int64)
    return subs


def read(values: dict[str, np.ndarray]) -> list[tuple[str, str, float, float]]:
    return found(table(*(rows(n, v) for n, v in values.items())), site=site())


def test_a_balance_within_losses_and_classes_is_silent() -> None:
    assert read(flows()) == []


def test_a_wrong_multiplier_is_pinned_on_its_meter() -> None:
    values = flows()
    values["c"] = np.rint(values["c"] / 1.25).astype(np.int64)
    findings = read(values)
    assert [f[:2] for f in findings] == [("c", "multiplier")]


def test_a_child_that_lost_days_is_a_difference_of_its_parent() -> None:
    values = flows()
    values["d"][20 * PER_DAY : 25 * PER_DAY] //= 2
    kinds = {f[:2]: f[2:] for f in read(values)}
    assert kinds[("a", "balance")] == (20 * PER_DAY, 25 * PER_DAY)


def test_an_hour_without_a_reading_is_not_balanced() -> None:
    values = flows()
    keep = np.ones(len(values["a"]), bool)
    keep[20 * PER_DAY : 20 * PER_DAY + 8] = False
    parts = [rows(n, v, keep=keep if n == "d" else None) for n, v in values.items()]
    assert {f[1] for f in found(table(*parts), site=site())} == {"gap"}
