"""Verify an evidence pack offline: nothing but the pack itself (and the key one trusts) is needed.

In turn: every byte of the container, every digest, the signature, the chain of commits, the inputs that the result names, and the result
computed again. A pack may come from anybody: what cannot be read is a fault, never a crash.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from lingtan.base.errors import LingtanError
from lingtan.base.ids import digest, digest_bytes
from lingtan.base.time import Period
from lingtan.carbon.account import compile_account
from lingtan.carbon.difference import amounts, difference
from lingtan.carbon.factors import Factor, FactorBook
from lingtan.carbon.indicators import indicators
from lingtan.carbon.rules.model import RuleSet, rules_digest
from lingtan.park.file import load_park
from lingtan.park.model import Park, channels
from lingtan.reports.evidence import container
from lingtan.reports.evidence.signature import fingerprint, signed_by
from lingtan.services.activities import activities_of_month, utc_months
from lingtan.services.compute_account import METHOD, put_together
from lingtan.services.evidence_pack import Findings, PackView, safe_table
from lingtan.services.green_statement import KIND as STATEMENT
from lingtan.services.green_statement import check_statement
from lingtan.services.keep_run import Run, indicator_dict, rebuilt
from lingtan.services.month_sums import calendar, merged
from lingtan.services.ports import Engine, Listener, Progress, silent
from lingtan.services.seal_evidence import SCHEMA, manifest_of
from lingtan.services.traced_power import tracer
from lingtan.services.verify_park_book import check_park_book

SHOWN = 20


def verify_evidence(
    data: bytes, engine: Callable[[], Engine], *, trust: bytes | None = None, listener: Listener = silent
) -> Findings:
    """Check a pack and compute its result again.

    Parameters
    ----------
    trust
        The public key of whom one trusts; without it a pack is at most intact with an unknown signer.
    """
    found = Findings()
    files, faults = container.read(data)
    for f in faults:
        found.faults.append({"code": f.what, "file": f.where, "byte": f.byte})
    if "manifest.json" not in files:
        found.fault("no-manifest")
        return found
    manifest = found.manifest = manifest_of(files["manifest.json"])
    _check_digests(found, files, manifest)
    _check_signature(found, files, trust)
    statement = manifest.get("kind") == STATEMENT
    if manifest.get("schema") != SCHEMA or manifest.get("kind") not in ("lingtan-evidence", STATEMENT):
        found.fault("other-schema", schema=str(manifest.get("schema"))[:20])
    if not found.intact:
        found.leave("not-intact")
        return found
    found.passed += ["container", "digests", "signature"]
    if statement:
        with _guarded(found, "statement.json"):
            check_statement(found, files)
        return found
    with _guarded(found, "log.jsonl"):
        _check_log(found, bytes(files["log.jsonl"]), manifest)
    with _guarded(found, "run.json"):
        _check_result(found, files, manifest, engine, listener)
    return found


@contextmanager
def _guarded(found: Findings, what: str) -> Iterator[None]:
    """Whatever a hostile file makes a reader raise is a fault of that file."""
    try:
        yield
    except LingtanError as error:
        found.fault("refused", file=what, text=error.format("en")[:500])
    except Exception as error:  # the border of trust: the pack may hold anything
        found.fault("unreadable", file=what, text=f"{type(error).__name__}: {error}"[:300])


def _check_digests(found: Findings, files: Mapping[str, memoryview], manifest: Mapping[str, Any]) -> None:
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        found.fault("no-manifest")
        return
    for name in sorted({*listed, *files} - set(container.FIRST)):
        if name not in files:
            found.fault("missing", file=name)
        elif name not in listed:
            found.fault("not-listed", file=name)
        elif listed[name] != {"bytes": len(files[name]), "sha256": digest_bytes(bytes(files[name]))}:
            found.fault("digest", file=name)


def _check_signature(found: Findings, files: Mapping[str, memoryview], trust: bytes | None) -> None:
    public = signed_by(bytes(files["manifest.json"]), bytes(files.get("signature.json", b"")))
    if public is None:
        found.fault("signature")
        found.authentic = False if trust is not None else None
        return
    found.key = fingerprint(public)
    if trust is not None:
        found.authentic = public == trust
        if not found.authentic:
            found.fault("other-signer", key=found.key, trusted=fingerprint(trust))


def _check_log(found: Findings, text: bytes, manifest: Mapping[str, Any]) -> None:
    """Each commit hashes to what it says and names the one before."""
    previous, rev = "0" * 64, 0
    for line in text.splitlines():
        commit = json.loads(line)
        body = {k: v for k, v in commit.items() if k != "hash"}
        if digest(body) != commit["hash"] or commit["previous"] != previous or commit["rev"] != rev + 1:
            found.fault("log", rev=commit.get("rev"))
            return
        previous, rev = commit["hash"], commit["rev"]
    if rev != manifest["as_of"]:
        found.fault("log", rev=rev)
        return
    found.passed.append("log")


def _check_result(
    found: Findings,
    files: Mapping[str, memoryview],
    manifest: Mapping[str, Any],
    engine: Callable[[], Engine],
    listener: Listener,
) -> None:
    record = json.loads(bytes(files["run.json"]))
    park_text = bytes(files["park.yaml"])
    if digest_bytes(park_text) != record["park"]["digest"]:
        found.fault("input", what="park.yaml")
    park = load_park(park_text, "park.yaml")
    rules = RuleSet.model_validate(json.loads(bytes(files["rules.json"])))
    if rules_digest(rules) != record["rules"]["digest"]:
        found.fault("input", what="rules.json")
    factors = [Factor.from_dict(f) for f in json.loads(bytes(files["factors.json"]))]
    if digest([f.as_dict() for f in factors]) != record["factors"]:
        found.fault("input", what="factors.json")
    for name in ("result", "park", "rules", "method", "as_of"):
        if record[name] != manifest[name]:
            found.fault("input", what=f"run.json: {name}")
    if not found.intact:
        return
    found.passed.append("inputs")
    if record["method"] != METHOD:
        found.leave("other-method", packed=str(record["method"]), here=str(METHOD))
    view = PackView(safe_table(files["readings.parquet"], "readings.parquet"), int(record["as_of"]))
    if manifest["profile"] == "full":
        _recompute(found, files, record, park, rules, factors, view, engine, listener)
    else:
        check_park_book(found, files, record, park, rules, factors, view)
    found.leave("source-files")


def _recompute(
    found: Findings,
    files: Mapping[str, memoryview],
    record: Mapping[str, Any],
    park: Park,
    rules: RuleSet,
    factors: list[Factor],
    view: PackView,
    engine: Callable[[], Engine],
    listener: Listener,
) -> None:
    from lingtan.carbon import ledger

    for name in ("postings.parquet", "sums.parquet"):
        safe_table(files[name], name)
    kept = rebuilt(record, park, lambda name: bytes(files[name]))
    year = Period.parse(str(kept.period.year), kept.period.zone)
    book = FactorBook(factors)
    compiled = compile_account(park, rules, book, kept.period.year)
    running = engine()
    sums, flows, activity_tables = [], [], []
    try:
        dates, roles = running.table(calendar(year)), running.table(compiled.role_table())
        months = utc_months(year.start, year.end)
        wanted = [c for _, c in channels(park).values()]
        for done, (month, start, end) in enumerate(months, 1):
            table = activities_of_month(view, park, wanted, start, end)
            if table.num_rows:
                activity_tables.append(table)
                activity = running.table(table)
                sums.append(running.collect(ledger.channel_months(activity, dates)))
                flows.append(running.collect(ledger.flows(activity, dates, roles)))
            listener(Progress("verify", done, len(months), {"month": month}))
    finally:
        running.close()
    again_sums = merged(sums)
    trace = tracer(park, year, kept.rev, lambda _: activity_tables)
    register = record.get("register")
    again = put_together(compiled, kept.period, again_sums, pa.concat_tables(flows), register=register, trace=trace)
    if register is not None:
        found.leave("register", kwh=str(register["kwh"]), head=str(register["head"])[:12])
    _compare(found, kept, again.digest, difference(amounts(kept.account.postings), amounts(again.postings)))
    quantities = {(r["channel"], r["month"]): r["value"] for r in again_sums.to_pylist()}
    shown = [indicator_dict(i) for i in indicators(again, quantities, book)]
    packed = json.loads(bytes(files["indicators.json"]))
    for one, two in zip(shown, packed, strict=True):
        wrong = [k for k in ("value", "numerator", "denominator", "target") if one[k] != two[k]]
        if wrong:
            found.fault("figure", figure=f"{one['id']}.{wrong[0]}", packed=str(two[wrong[0]]), here=str(one[wrong[0]]))
    if found.intact:
        found.passed += ["result", "indicators"]


def _compare(found: Findings, kept: Run, here: str, moved: Mapping[Any, int]) -> None:
    """Hold the kept postings against those computed again; each cell that differs is named by its address."""
    for measure, text in kept.record["totals"].items():
        if int(text) != kept.account.total(measure):
            found.fault("figure", figure=measure, packed=text, here=str(kept.account.total(measure)))
    for cell, value in list(moved.items())[:SHOWN]:
        month = f"{cell.month // 100:04d}-{cell.month % 100:02d}"
        view = "/view=transfer" if cell.view == "transfer" else ""
        name = f"{cell.measure}{view}/category={cell.category}/enterprise={cell.enterprise}/month={month}"
        found.fault("figure", figure=name, packed=None, here=f"{value:+d} µg")
    if kept.account.digest != kept.record["result"]:
        found.fault("figure", figure="postings.parquet", packed=kept.record["result"], here=kept.account.digest)
    elif here != kept.record["result"] and not moved:
        found.fault("figure", figure="result", packed=kept.record["result"], here=here)
