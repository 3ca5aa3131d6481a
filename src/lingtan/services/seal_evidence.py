"""Seal an evidence pack: everything that a published figure rests on, in one signed file."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from lingtan import __version__
from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import canonical_json, channel_key, digest, digest_bytes
from lingtan.base.time import Period, iso
from lingtan.carbon.account import Account
from lingtan.carbon.points import operator
from lingtan.carbon.power import PRIMARY_SOURCES
from lingtan.park.model import Channel, channels, owner
from lingtan.reports.evidence.container import write
from lingtan.reports.evidence.signature import Key, fingerprint
from lingtan.services.closings import closings
from lingtan.services.compute_account import compute
from lingtan.services.explain import find_run
from lingtan.services.keep_run import Run, indicator_dict, load_run, run_files, to_json
from lingtan.services.kept_tables import parquet_bytes
from lingtan.services.ports import Listener, silent
from lingtan.services.run_account import run_account
from lingtan.services.views import needs_all
from lingtan.services.workspace import Workspace

SCHEMA = 1
PROFILES = ("full", "park")
README = """Lingtan evidence pack · 零碳证据包

Everything that one account rests on: readings with their revisions, the log of commits, park file, rules, factors, results.
一次核算所依据的全部内容：读数及其修订、提交日志、园区档案、规则、因子与结果。

Verify offline · 离线验证:  lingtan evidence verify PACK [--trust KEY]

manifest.json names the SHA-256 of every file; signature.json signs the manifest (Ed25519).
Profile "park" leaves out readings and figures of single enterprises; their books stand as salted digests in enterprises.json.
“park” 档不含单个企业的读数与数字；其账簿以加盐摘要列于 enterprises.json。
"""


@dataclass(frozen=True)
class Sealed:
    """A pack, who signed it, and which run and closing it holds."""

    data: bytes
    manifest: Mapping[str, Any]
    key: str


def seal_evidence(
    workspace: Workspace,
    period: str,
    key: Key,
    *,
    rules: str = "ndrc-910-2025",
    profile: str = "full",
    questions: Sequence[Mapping[str, Any]] = (),
    listener: Listener = silent,
) -> Sealed:
    """The pack of a period: of its newest closing if it is closed, else of the account as of now.

    ``questions`` of verifiers with their answers go along where there are any; they are not part of the result.
    The same workspace, closing, profile and key give the same bytes.
    """
    if profile not in PROFILES:
        raise InputError("evidence.unknown-profile", profile=profile, known=", ".join(PROFILES))
    run, closing = find_run(workspace, period=period, rules=rules, listener=listener)
    if closing is None:
        run = load_run(workspace, run_account(workspace, period, rules=rules, listener=listener).id)
    files = _common(workspace, run)
    if closing is not None:
        chain = [c.record for c in closings(workspace, run.period.label, run.rules.id)]
        if profile == "park":
            chain = [{k: v for k, v in c.items() if k != "causes"} for c in chain]
        files["closings.json"] = to_json(chain)
    if questions:
        files["questions.json"] = to_json(list(questions))
    if profile == "full":
        files |= run_files(run)
        files["readings.parquet"] = parquet_bytes(_readings(workspace, run, set(_channels(run))))
    else:
        files |= _park_files(workspace, run, key, listener)
    manifest = {
        "schema": SCHEMA,
        "kind": "lingtan-evidence",
        "profile": profile,
        "park": run.record["park"],
        "synthetic": run.record["synthetic"],
        "period": run.period.label,
        "rules": run.record["rules"],
        "run": run.id,
        "closing": closing,
        "as_of": run.rev,
        "as_of_time": run.record["as_of_time"],
        "result": run.record["result"],
        "method": run.record["method"],
        "code": {"lingtan": __version__, "run": run.record["code"], "pyarrow": pa.__version__, "numpy": np.__version__},
        "files": {n: {"bytes": len(d), "sha256": digest_bytes(d)} for n, d in sorted(files.items())},
    }
    text = to_json(manifest)
    data = write({"manifest.json": text, "signature.json": key.sign(text), **files})
    return Sealed(data, manifest, fingerprint(key.public))


def _common(workspace: Workspace, run: Run) -> dict[str, bytes]:
    found = workspace.store.document("park", run.rev)
    if found is None or found[0].content != run.record["park"]["digest"]:
        raise DataError("account.park-gone", digest=run.record["park"]["digest"])
    log = [canonical_json({**vars(c), "at": iso(c.at)}) for c in workspace.store.commits(run.rev)]
    return {"park.yaml": found[1], "log.jsonl": b"\n".join(log) + b"\n", "readme.txt": README.encode()}


def _channels(run: Run) -> dict[str, Channel]:
    return {name: channel for name, (_, channel) in channels(run.park).items()}


def _readings(workspace: Workspace, run: Run, names: set[str]) -> pa.Table:
    """Every revision of every reading that the year may rest on, by channel, start and revision."""
    year = Period.parse(str(run.period.year), run.period.zone)
    wanted = {n: c for n, c in _channels(run).items() if n in names}
    lasting = workspace.store.lasting()
    near = sorted(channel_key(n) for n, c in wanted.items() if not needs_all(c, lasting))
    far = sorted(channel_key(n) for n, c in wanted.items() if needs_all(c, lasting))
    start = (year.start.replace(day=1, hour=0)) - timedelta(days=1)
    parts = [
        workspace.store.readings(channels=near, start=start, end=year.end, as_of=run.rev, history=True),
        workspace.store.readings(channels=far, as_of=run.rev, history=True),
    ]
    return pa.concat_tables(parts).sort_by([("channel", "ascending"), ("start", "ascending"), ("rev", "ascending")])


def _park_files(workspace: Workspace, run: Run, key: Key, listener: Listener) -> dict[str, bytes]:
    """What a park may show of itself: its own meters, hourly sums by kind, the book summed over enterprises."""
    account = run.account
    if not account.series:
        again = compute(workspace, run.basis(workspace), run.period.label, listener).account
        if again.digest != run.record["result"]:
            raise DataError("evidence.not-recomputable", run=run.id)
        account = again
    home = operator(run.park)
    own = {n for n, (m, c) in channels(run.park).items() if owner(run.park, m, c) == home}
    keys = {channel_key(n) for n in own}
    sums = run.sums.filter(pa.array([k in keys for k in run.sums.column("channel").to_pylist()], pa.bool_()))
    shown = [indicator_dict(i) for i in run.indicators]
    for indicator in shown:
        if indicator["id"] == "product_energy":
            indicator["details"] = []
    return {
        **{n: d for n, d in run_files(run).items() if n in ("factors.json", "rules.json", "run.json")},
        "indicators.json": to_json(shown),
        "own-sums.parquet": parquet_bytes(sums),
        "readings.parquet": parquet_bytes(_readings(workspace, run, own)),
        "hourly.parquet": parquet_bytes(_hourly(account)),
        "book.json": to_json(_book(account)),
        "enterprises.json": to_json(
            {e: enterprise_digest(account, e, key.salt(run.record["result"], e)) for e in _enterprises(account)}
        ),
    }


def _enterprises(account: Account) -> list[str]:
    return sorted({p.enterprise for p in account.postings})


def enterprise_digest(account: Account, enterprise: str, salt: str) -> str:
    """By which an enterprise can show its book to whom it wants: SHA-256 of the salt and all its postings."""
    return digest([salt, [list(vars(p).values()) for p in account.postings if p.enterprise == enterprise]])


def _hourly(account: Account) -> pa.Table:
    """Power and heat by side and kind, all enterprises together, hour by hour of the year. [1/1000 unit]"""
    sums: dict[tuple[str, str, str, str], Any] = {}
    primary = {a.id for a in account.compiled.park.assets if a.kind in PRIMARY_SOURCES}
    for flow in account.crossing.flows:
        source = flow.source if flow.pool == "heat" and flow.source in account.compiled.measured_heat else ""
        if flow.side == "own" and flow.source in primary:
            source = "primary"
        name = (flow.pool, flow.side, flow.kind, source)
        sums[name] = sums.get(name, 0) + flow.value
    columns: dict[str, list[Any]] = {"pool": [], "side": [], "kind": [], "source": [], "hour": [], "value": []}
    for (pool, side, kind, source), values in sorted(sums.items()):
        for column, text in (("pool", pool), ("side", side), ("kind", kind), ("source", source)):
            columns[column] += [text] * values.size
        columns["hour"] += range(values.size)
        columns["value"] += values.tolist()
    types = {"hour": pa.int32(), "value": pa.int64()}
    return pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()})


def _book(account: Account) -> list[dict[str, Any]]:
    """Direct postings summed over enterprises and points."""
    rows: dict[tuple[str, str, str, str, str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    for p in account.postings:
        if p.view == "direct":
            cell = rows[p.measure, p.category, p.carrier, p.activity, p.kind, p.factor, p.month]
            cell[0] += p.quantity
            cell[1] += p.micrograms
    names = ("measure", "category", "carrier", "activity", "kind", "factor", "month")
    return [
        {**dict(zip(names, k, strict=True)), "quantity": str(v[0]), "micrograms": str(v[1])}
        for k, v in sorted(rows.items())
    ]


def manifest_of(data: bytes | memoryview) -> dict[str, Any]:
    """A manifest's content; empty if it is none."""
    try:
        found = json.loads(bytes(data))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
