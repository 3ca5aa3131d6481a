"""Green services on a small workspace: certificates into the account, statements that verify, what damage does to them."""

import json
from pathlib import Path

import pytest

from lingtan.adapters.store import FolderStore
from lingtan.base.errors import DataError, InputError, SourceError
from lingtan.reports.document import Document
from lingtan.reports.evidence.signature import Key
from lingtan.services.certificate_register import event_commits, load_register
from lingtan.services.certificates import cancel, check_claims, claims, import_certificates, transfer
from lingtan.services.close_period import close_period
from lingtan.services.green_contracts import green_contracts
from lingtan.services.green_intensity import green_intensity
from lingtan.services.green_scores import green_scores
from lingtan.services.green_statement import green_statement, write_statement
from lingtan.services.run_account import run_account
from lingtan.services.seal_evidence import seal_evidence
from lingtan.services.verify_evidence import verify_evidence
from lingtan.services.workspace import Workspace
from lingtan.wiring import embedded_engine, open_workspace
from tests.closing_case import Clock, filled

KEY = Key(bytes(range(32)))
MONTH = "2025-01"
TRACING = """
tracing:
  rule: contractual
  agreements: [{id: ppa, source: line, enterprise: a, share: 0.8, price_cny_per_kwh: 0.4}]
  trades: [{id: deal, enterprise: b, plant: far wind, year: 2025, kwh_by_month: {1: 1000}}]
"""
HEAD = "起始编号,终止编号,数量,项目名称,发电年月,电源类型,是否可交易\n"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = filled(tmp_path / "park")
    park = made.root / "park.yaml"
    park.write_text(park.read_text(encoding="utf-8") + TRACING, encoding="utf-8")
    return open_workspace(made.root, clock=Clock())


def issue(folder: Path, rows: str = "W-001,W-030,30,far wind,2025-01,风电,是\n", name: str = "issued.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def no_pdf(document: Document) -> bytes:
    raise SourceError("report.no-typst")


def test_the_account_takes_what_was_cancelled_for_the_year(space: Workspace, tmp_path: Path) -> None:
    before = run_account(space, "2025", floor=0)
    assert before.record["certificates"]["kwh"] == 40_000  # as the park file states
    import_certificates(space, issue(tmp_path))
    assert run_account(space, "2025", floor=0).record["certificates"]["kwh"] == 40_000
    cancel(space, ["W-001..W-012"], year=2025)
    after = run_account(space, "2025", floor=0)
    assert after.record["certificates"]["kwh"] == 12_000
    assert after.record["register"]["events"] == 2
    earlier = run_account(space, "2025", floor=0, as_of=before.rev)
    assert earlier.id == before.id


def test_a_pack_of_a_traced_account_with_a_register_verifies(space: Workspace, tmp_path: Path) -> None:
    import_certificates(space, issue(tmp_path))
    cancel(space, ["W-001..W-012"], year=2025)
    close_period(space, "2025", floor=0)
    found = verify_evidence(seal_evidence(space, "2025", KEY).data, embedded_engine)
    assert found.intact, found.faults
    assert "result" in found.passed


def test_a_refused_event_leaves_no_trace_in_the_store(space: Workspace, tmp_path: Path) -> None:
    import_certificates(space, issue(tmp_path))
    cancel(space, ["W-001"], year=2025)
    head = space.store.head()
    for wrong in (
        lambda: cancel(space, ["W-001"], year=2025),
        lambda: transfer(space, ["W-001"], holder="zone", to="a"),
        lambda: import_certificates(space, issue(tmp_path)),
        lambda: import_certificates(space, issue(tmp_path, "W-030,W-040,11,far wind,2025-01,风电,是\n", "two.csv")),
    ):
        with pytest.raises(DataError):
            wrong()
    assert space.store.head() == head
    assert len(event_commits(space)) == 2
    assert FolderStore(space.root / ".lingtan").verify() == []


def test_two_parks_that_claim_one_serial_are_told(space: Workspace, tmp_path: Path) -> None:
    import_certificates(space, issue(tmp_path))
    cancel(space, ["W-001..W-012"], year=2025)
    told = claims(space)
    assert told["certificates"] == 12
    file = tmp_path / "claims.json"
    file.write_text(json.dumps({**told, "park": "other"}), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        import_certificates(space, file)
    assert refused.value.code == "certificates.two-parks"
    with pytest.raises(InputError):
        import_certificates(space, issue(tmp_path, name="broken.json"))


def test_the_check_names_what_park_file_and_register_both_state(space: Workspace, tmp_path: Path) -> None:
    import_certificates(space, issue(tmp_path))
    cancel(space, ["W-001..W-012"], year=2025)
    found, register, _ = check_claims(space, "2025")
    assert register.total == load_register(space).total == 30
    assert "stated-twice" in {c.kind for c in found}


def test_scores_contracts_and_intensities_of_a_month(space: Workspace) -> None:
    scores = green_scores(space, MONTH).scores
    assert [s.name for s in scores][:1] == [""]
    for s in scores:
        m = s.matching
        assert m.hourly.matched_wh <= m.monthly.matched_wh <= m.yearly.matched_wh <= m.hourly.used_wh
    assert scores[0].matching.hourly.used_wh >= sum(s.matching.hourly.used_wh for s in scores[1:])
    _, settled = green_contracts(space, MONTH)
    assert {s.contract for s in settled} == {"ppa", "deal"}
    assert all(0 <= s.settled_wh <= min(s.contracted_wh, s.metered_wh) for s in settled)
    made = green_intensity(space, MONTH)
    assert {i.carrier for i in made.carriers} >= {"electricity"}
    assert made.table().num_rows == len(made.hours) * len(made.carriers)


def test_a_statement_verifies_offline_and_a_changed_figure_does_not(space: Workspace, tmp_path: Path) -> None:
    made = green_statement(space, "a", MONTH, KEY, no_pdf)
    assert made.statement["used_wh"] == sum(s["wh"] for s in made.statement["sources"])
    found = verify_evidence(made.data, embedded_engine, trust=KEY.public)
    assert (found.intact, found.authentic) == (True, True)
    assert "statement" in found.passed
    for at in range(0, len(made.data), max(1, len(made.data) // 60)):
        broken = bytearray(made.data)
        broken[at] ^= 1
        assert not verify_evidence(bytes(broken), embedded_engine).intact
    files = write_statement(made, tmp_path / "out.zip")
    assert [f.suffix for f in files] == [".zip", ".json"]
    with pytest.raises(InputError):
        green_statement(space, "nobody", MONTH, KEY, no_pdf)
