"""The green statement of an enterprise: traced, put in words, signed, and verified offline."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lingtan import __version__
from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import digest_bytes, nearest
from lingtan.base.time import iso
from lingtan.carbon.shares import Ints
from lingtan.green.certificates.register import CANCELLED
from lingtan.green.summary import GREEN_KINDS
from lingtan.park.activities import Activity
from lingtan.park.model import channels, owner
from lingtan.reports.document import Document
from lingtan.reports.evidence.container import write
from lingtan.reports.evidence.signature import Key, fingerprint
from lingtan.reports.green_statement import statement_document
from lingtan.services.certificate_register import load_register
from lingtan.services.evidence_keys import write_pack
from lingtan.services.evidence_pack import Findings, safe_table
from lingtan.services.green_scores import GreenScore, green_scores
from lingtan.services.keep_run import to_json
from lingtan.services.ports import Listener, silent
from lingtan.services.trace_green import GreenTrace
from lingtan.services.workspace import Workspace

KIND, SCHEMA = "lingtan-green-statement", 1
README = """Lingtan green statement · 零碳绿电声明

statement.json says it for machines, statement-zh.pdf and statement-en.pdf for people; hours.parquet has every hour. [Wh]
statement.json 供机器读取，statement-zh.pdf 与 statement-en.pdf 供人阅读；hours.parquet 为逐时电量（瓦时）。

Verify offline · 离线验证:  lingtan evidence verify FILE [--trust KEY]
"""


@dataclass(frozen=True)
class Statement:
    """A signed statement: the pack, what it says, its documents, and who signed it."""

    data: bytes
    statement: Mapping[str, Any]
    pdfs: Mapping[str, bytes]
    key: str
    lang: str


def green_statement(
    workspace: Workspace,
    enterprise: str,
    period: str,
    key: Key,
    writer: Callable[[Document], bytes],
    *,
    lang: str = "zh",
    listener: Listener = silent,
) -> Statement:
    """Make and sign the statement of an enterprise."""
    made = green_scores(workspace, period, enterprise=enterprise, listener=listener)
    if not made.scores:
        known = made.trace.enterprises
        raise InputError("green.no-consumer", enterprise=enterprise, nearest=nearest(enterprise, known) or known[0])
    said = _statement(workspace, made.trace, made.scores[0], enterprise, dict(made.factors.sources))
    files: dict[str, bytes] = {"statement.json": to_json(said), "hours.parquet": _hours(made.trace, enterprise)}
    files["readme.txt"] = README.encode()
    pdfs: dict[str, bytes] = {}
    for name in ("zh", "en"):
        try:
            pdfs[name] = writer(statement_document(said, name))
        except SourceError as error:
            if error.code not in ("report.no-typst", "report.no-font"):
                raise
            break  # without the extra ``pdf`` the signed JSON stands alone
        files[f"statement-{name}.pdf"] = pdfs[name]
    manifest = {
        "kind": KIND,
        "schema": SCHEMA,
        "park": said["park"],
        "enterprise": said["enterprise"]["id"],
        "synthetic": said["park"]["synthetic"],
        "period": said["period"],
        "trace": said["method"]["trace"],
        "as_of": said["evidence"]["as_of"],
        "code": {"lingtan": __version__},
        "files": {n: {"bytes": len(d), "sha256": digest_bytes(d)} for n, d in sorted(files.items())},
    }
    text = to_json(manifest)
    data = write({"manifest.json": text, "signature.json": key.sign(text), **files})
    return Statement(data, said, pdfs, fingerprint(key.public), lang)


def write_statement(made: Statement, out: Path, *, force: bool = False) -> list[Path]:
    """The signed pack, and beside it its JSON and PDF."""
    pack = out if out.suffix == ".zip" else out.with_suffix(".zip")
    files = {pack: made.data, pack.with_suffix(".json"): to_json(made.statement)}
    if made.lang in made.pdfs:
        files[pack.with_suffix(".pdf")] = made.pdfs[made.lang]
    for path, data in files.items():
        write_pack(path, data, force=force)
    return list(files)


def _statement(
    workspace: Workspace, made: GreenTrace, score: GreenScore, enterprise: str, factors: Mapping[str, str]
) -> dict[str, Any]:
    park, rows = made.park, made.of(enterprise)
    green = np.array([made.kind(c) in GREEN_KINDS for c in made.traced.columns])
    used_by, green_by = rows.sum(axis=0), rows[green].sum(axis=0)
    names: dict[str, Any] = {a.id: a.name for a in park.assets} | {c.id: c.name for c in park.connections}
    who = next((e for e in park.enterprises if e.id == enterprise), None)
    commits = workspace.store.commits(made.as_of)
    of_day = np.array([at.hour for at in made.local])
    certificates = _certificates(workspace, made, enterprise)
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "park": {"id": park.park.id, "name": _plain(park.park.name), "synthetic": park.park.synthetic},
        "enterprise": {"id": enterprise, "name": _plain(who.name if who else enterprise)},
        "period": made.period.label,
        "method": {"trace": made.id, "rule": made.rule, "storage": park.tracing.storage, "losses": park.tracing.losses,
                   "step_s": made.step_s},
        "used_wh": int(used_by.sum()),
        "green_wh": int(green_by.sum()),
        "sources": [
            {"id": c, "plant": made.flows.points.get(c, c), "kind": made.kind(c), "wh": int(row.sum()),
             "name": _plain(names.get(made.flows.points.get(c, c)) or c)}
            for c, row in zip(made.traced.columns, rows, strict=True)
        ],
        "months": [
            {"month": f"{m // 100}-{m % 100:02d}", "used_wh": int(used_by[made.months == m].sum()),
             "green_wh": int(green_by[made.months == m].sum())}
            for m in np.unique(made.months).tolist()
        ],
        "hours_of_day": [
            {"used_wh": int(used_by[of_day == h].sum()), "green_wh": int(green_by[of_day == h].sum())} for h in range(24)
        ],
        "scores": {k: _float(getattr(score.matching, k).share) for k in ("hourly", "monthly", "yearly")},
        "emissions_kg": {"location": score.location_kg, "market": score.market_kg, "traced": score.traced_kg},
        "factors": dict(factors),
        "agreements": [
            {"id": a.id, "source": a.source, "document": a.document or "",
             "delivered_wh": int(np.rint(made.traced.by_agreement[a.id].sum())) if a.id in made.traced.by_agreement else 0}
            for a in park.tracing.agreements
            if a.enterprise == enterprise and made.flows.agreements
        ],
        "certificates": certificates,
        "evidence": {
            "as_of": made.as_of,
            "as_of_time": iso(commits[-1].at) if commits else None,
            "head": commits[-1].hash if commits else "",
            "park_file": workspace.park_commit.content,
            "channels": sorted(
                n for n, (m, c) in channels(park).items()
                if c.carrier == "electricity" and c.activity is Activity.USE and owner(park, m, c) == enterprise
            ),
            "source_channels": sorted(made.flows.kinds),
            "certificates_kwh": score.certificates_kwh,
        },
    }  # fmt: skip


def _certificates(workspace: Workspace, made: GreenTrace, enterprise: str) -> list[dict[str, Any]]:
    register = load_register(workspace)
    found = []
    for i in np.flatnonzero(register.state == CANCELLED):
        use, batch = register.uses[int(register.use[i])], register.batches[int(register.batch[i])]
        if use.year == made.period.year and use.consumer == enterprise:
            found.append({"serials": register.text(int(i)), "plant": batch.plant, "certificates": int(register.counts[i]),
                          "month": f"{batch.month // 100}-{batch.month % 100:02d}", "purpose": use.purpose})  # fmt: skip
    return found


def _hours(made: GreenTrace, enterprise: str) -> bytes:
    rows: Ints = made.of(enterprise)
    columns: dict[str, Any] = {
        "hour": pa.array(made.local, pa.timestamp("us", tz="UTC")),
        "used_wh": rows.sum(axis=0),
        **{f"wh.{c}": row for c, row in zip(made.traced.columns, rows, strict=True)},
    }
    buffer = BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


def _plain(name: Any) -> Any:
    return name if isinstance(name, str) else name.model_dump(mode="json") if hasattr(name, "model_dump") else name


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def check_statement(found: Findings, files: Mapping[str, memoryview]) -> None:
    """Whether a statement agrees with itself: hours with months, months with totals, the manifest with the statement."""
    said = json.loads(bytes(files["statement.json"]))
    hours = safe_table(files["hours.parquet"], "hours.parquet")
    sums = {n: int(np.sum(hours.column(n).to_numpy())) for n in hours.column_names if n != "hour"}
    wrong = {
        "used_wh": (said["used_wh"], sums["used_wh"]),
        "months": (said["used_wh"], sum(m["used_wh"] for m in said["months"])),
        "sources": (said["used_wh"], sum(s["wh"] for s in said["sources"])),
        "green_wh": (said["green_wh"], sum(s["wh"] for s in said["sources"] if s["kind"] in GREEN_KINDS)),
        **{s["id"]: (s["wh"], sums.get(f"wh.{s['id']}", -1)) for s in said["sources"]},
    }
    for name, (packed, here) in wrong.items():
        if packed != here:
            found.fault("figure", figure=name, packed=str(packed), here=str(here))
    for name, value in (
        ("period", said["period"]),
        ("enterprise", said["enterprise"]["id"]),
        ("trace", said["method"]["trace"]),
    ):
        if found.manifest.get(name) != value:
            found.fault("input", what=f"statement.json: {name}")
    if found.intact:
        found.passed.append("statement")
    found.leave("statement-readings", rev=str(said["evidence"]["as_of"]), head=str(said["evidence"]["head"])[:12])
