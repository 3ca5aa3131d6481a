"""Recall and precision count what they say."""

from datetime import UTC, datetime, timedelta

from lingtan.demo.score import score_findings
from lingtan.metering.checks import Finding, Kind, Severity
from lingtan.park.model import Park

START = datetime(2025, 3, 1, tzinfo=UTC)
PARK = Park.model_validate({"park": {"id": "p", "name": "p", "region": "CN-JS"}})


def fault(channel: str, kind: str, hour: int) -> dict[str, str]:
    start = START + timedelta(hours=hour)
    return {
        "channel": channel,
        "kind": kind,
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
    }


def finding(channel: str, kind: Kind, hour: int) -> Finding:
    start = START + timedelta(hours=hour)
    return Finding(channel, kind, start, start + timedelta(hours=1), Severity.ERROR, "withdraw")


def test_a_fault_is_found_by_any_of_its_names_and_named_by_its_own() -> None:
    faults = [fault("a", "spike", 0), fault("a", "spike", 10), fault("b", "spike", 0)]
    findings = [finding("a", Kind.SPIKE, 0), finding("a", Kind.IMPLAUSIBLE, 10)]
    scores, missed, wrong = score_findings(faults, findings, PARK)
    spike = next(s for s in scores if s.kind == "spike")
    assert (spike.faults, spike.found, spike.named, spike.recall) == (3, 2, 1, 2 / 3)
    assert [m["channel"] for m in missed] == ["b"]
    assert wrong == []


def test_a_finding_where_nothing_was_done_is_wrong() -> None:
    scores, _, wrong = score_findings(
        [fault("a", "gap", 0)], [finding("a", Kind.GAP, 0), finding("c", Kind.GAP, 0)], PARK
    )
    gap = next(s for s in scores if s.kind == "gap")
    assert (gap.findings, gap.right, gap.precision) == (2, 1, 0.5)
    assert [f.channel for f in wrong] == ["c"]


def test_a_finding_of_another_kind_does_not_find_the_fault() -> None:
    scores, missed, _ = score_findings([fault("a", "stuck", 0)], [finding("a", Kind.GAP, 0)], PARK)
    assert next(s for s in scores if s.kind == "stuck").recall == 0
    assert len(missed) == 1
