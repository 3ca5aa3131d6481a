"""A pack is verified offline: every byte, every digest, the signature, and the figures computed again."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lingtan.base.errors import InputError
from lingtan.base.ids import digest_bytes
from lingtan.reports.evidence import container
from lingtan.reports.evidence.signature import Key, public_text, read_public
from lingtan.services.close_period import close_period
from lingtan.services.evidence_keys import new_key, read_key, trusted_key, write_pack
from lingtan.services.evidence_pack import Findings
from lingtan.services.keep_run import to_json
from lingtan.services.seal_evidence import enterprise_digest, seal_evidence
from lingtan.services.verify_evidence import verify_evidence
from lingtan.services.workspace import Workspace
from lingtan.wiring import embedded_engine
from tests.closing_case import commit, filled

KEY = Key(bytes(range(32)))


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = filled(tmp_path_factory.mktemp("evidence"))
    commit(made, {"a-use": {3: 999}})
    commit(made, {"b-use": {4: None}}, kind="withdraw")
    close_period(made, "2025", floor=0)
    return made


@pytest.fixture(scope="module")
def pack(space: Workspace) -> bytes:
    return seal_evidence(space, "2025", KEY).data


def check(data: bytes, trust: bytes | None = None) -> Findings:
    return verify_evidence(data, embedded_engine, trust=trust)


def test_a_pack_is_intact_and_authentic_for_who_trusts_its_key(pack: bytes) -> None:
    found = check(pack)
    assert (found.intact, found.authentic) == (True, None)
    assert {"container", "digests", "signature", "log", "inputs", "result", "indicators"} <= set(found.passed)
    assert check(pack, KEY.public).authentic is True
    other = check(pack, Key.new().public)
    assert (other.intact, other.authentic) == (False, False)


def test_the_same_seal_gives_the_same_bytes_and_any_zip_tool_opens_it(space: Workspace, pack: bytes) -> None:
    assert seal_evidence(space, "2025", KEY).data == pack
    with zipfile.ZipFile(BytesIO(pack)) as file:
        assert file.testzip() is None
        assert {"readings.parquet", "log.jsonl", "park.yaml", "rules.json", "factors.json"} <= set(file.namelist())


def test_a_park_pack_holds_no_enterprise_readings_and_still_adds_up(space: Workspace) -> None:
    from lingtan.base.ids import channel_key
    from lingtan.services.closings import closings, frozen_run
    from lingtan.services.evidence_pack import safe_table

    data = seal_evidence(space, "2025", KEY, profile="park").data
    found = check(data)
    assert found.faults == []
    assert {"book", "totals", "kinds", "own-meters"} <= set(found.passed)
    assert "evidence-unchecked.enterprises" in {u["code"] for u in found.unchecked}
    files, _ = container.read(data)
    shown = set(safe_table(files["readings.parquet"], "readings.parquet")["channel"].to_pylist())
    assert channel_key("grid-in") in shown
    assert not {channel_key(c) for c in ("a-use", "b-use", "pv", "chp-gas")} & shown
    run = frozen_run(space, closings(space)[0])
    books = json.loads(bytes(files["enterprises.json"]))
    assert books["plant"] == enterprise_digest(run.account, "plant", KEY.salt(run.record["result"], "plant"))
    assert "postings.parquet" not in files


def resealed(pack: bytes, change: Callable[[dict[str, bytes]], None], key: Key = KEY) -> bytes:
    """A pack whose content was changed and whose digests and signature were made to fit again."""
    files = {n: bytes(d) for n, d in container.read(pack)[0].items()}
    change(files)
    manifest = json.loads(files.pop("manifest.json"))
    files.pop("signature.json")
    manifest["files"] = {n: {"bytes": len(d), "sha256": digest_bytes(d)} for n, d in files.items()}
    text = to_json(manifest)
    return container.write({"manifest.json": text, "signature.json": key.sign(text), **files})


def edited(name: str, edit: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        plain = json.loads(files[name])
        edit(plain)
        files[name] = to_json(plain)

    return change


def test_a_forged_total_is_named_even_if_the_pack_was_signed_again(pack: bytes) -> None:
    def forge(record: dict[str, Any]) -> None:
        record["totals"]["co2"] = "1"

    found = check(resealed(pack, edited("run.json", forge)))
    assert [f.get("figure") for f in found.faults] == ["co2"]


def test_a_forged_reading_changes_figures_that_are_named(pack: bytes) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    from lingtan.services.evidence_pack import safe_table
    from lingtan.services.kept_tables import parquet_bytes

    def forge(files: dict[str, bytes]) -> None:
        table = safe_table(files["readings.parquet"], "readings.parquet")
        value = pc.if_else(pc.equal(table["seconds"], 3600), pc.add(table["value"], 1000), table["value"])
        index = table.schema.get_field_index("value")
        files["readings.parquet"] = parquet_bytes(
            table.set_column(index, table.schema.field(index), value.cast(pa.int64()))
        )

    found = check(resealed(pack, forge))
    assert found.faults
    assert all(f["code"] == "evidence-fault.figure" for f in found.faults)
    assert any(str(f["figure"]).startswith("co2/category=") for f in found.faults)


def test_other_factors_rules_or_park_than_those_of_the_result_are_named(pack: bytes) -> None:
    def factor(rows: list[dict[str, Any]]) -> None:
        rows[0]["value"] = "7"

    def rule(rules: dict[str, Any]) -> None:
        rules["power"]["credit_exports"] = False

    assert [f.get("what") for f in check(resealed(pack, edited("factors.json", factor))).faults] == ["factors.json"]
    assert [f.get("what") for f in check(resealed(pack, edited("rules.json", rule))).faults] == ["rules.json"]

    def park(files: dict[str, bytes]) -> None:
        files["park.yaml"] += b"\n# other\n"

    assert [f.get("what") for f in check(resealed(pack, park)).faults] == ["park.yaml"]


def test_a_rewritten_log_is_named(pack: bytes) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["log.jsonl"] = files["log.jsonl"].replace(b"first.csv", b"other.csv")

    assert "evidence-fault.log" in {f["code"] for f in check(resealed(pack, change)).faults}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files.pop("readings.parquet"),
        lambda files: files.update({"readings.parquet": b"PAR1 no"}),
        lambda files: files.update({"run.json": b"[" * 100_000}),
        lambda files: files.update({"park.yaml": b"a: &a [*a, *a]"}),
        lambda files: files.update({"log.jsonl": b"{}\n"}),
        lambda files: files.update({"rules.json": b"{}"}),
        lambda files: files.update({"factors.json": b'[{"id": 1}]'}),
    ],
)
def test_a_hostile_pack_is_a_fault_and_never_a_crash(pack: bytes, spoil: Callable[[dict[str, bytes]], Any]) -> None:
    assert check(resealed(pack, spoil)).faults


def bomb() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", b"0" * 50_000_000)
    return buffer.getvalue()


def traversal() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../../etc/passwd", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", bomb(), traversal(), b"PK\x05\x06" + b"\0" * 18])
def test_what_no_seal_wrote_is_refused_without_unpacking_it(data: bytes) -> None:
    assert not check(data).intact


def test_a_decompression_bomb_in_a_table_is_refused(pack: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa

    from lingtan.services import evidence_pack
    from lingtan.services.kept_tables import parquet_bytes

    monkeypatch.setattr(evidence_pack, "SMALL_BYTES", 1 << 20)
    huge = parquet_bytes(pa.table({"channel": pa.repeat(pa.scalar(1, pa.int64()), 3_000_000)}))
    monkeypatch.setattr(evidence_pack, "MOST_GAIN", 100)
    found = check(resealed(pack, lambda files: files.update({"readings.parquet": huge})))
    assert "unpacks to" in str(found.faults[0].get("text"))


def test_bytes_behind_the_end_or_before_the_beginning_are_refused(pack: bytes) -> None:
    for data in (pack + b"\0", pack + pack, b"\0" + pack, pack[:-1], pack[: len(pack) // 2]):
        assert not check(data).intact


def test_keys_are_never_overwritten_and_read_back(tmp_path: Path) -> None:
    key = new_key(tmp_path / "seal.key")
    assert (tmp_path / "seal.key").stat().st_mode & 0o077 == 0
    assert read_key(tmp_path / "seal.key").public == key.public
    assert trusted_key(str(tmp_path / "seal.key.pub")) == key.public == trusted_key(key.public.hex())
    assert read_public(public_text(key.public)) == key.public
    with pytest.raises(InputError):
        new_key(tmp_path / "seal.key")
    (tmp_path / "bad").write_text("lingtan-evidence-public-key 1 zz", encoding="ascii")
    with pytest.raises(InputError):
        trusted_key(str(tmp_path / "bad"))


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    write_pack(path, b"one")
    write_pack(path, b"one")
    with pytest.raises(InputError):
        write_pack(path, b"two")
    write_pack(path, b"two", force=True)
    assert path.read_bytes() == b"two"
