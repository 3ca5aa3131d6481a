"""Monthly forms on their way: kept as drafts, written at once where nothing is replaced, else after the operator's review."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import pyarrow as pa

from lingtan.base.errors import AccessError, DataError, InputError
from lingtan.base.ids import digest, digest_bytes
from lingtan.base.time import iso
from lingtan.base.units import MILLI
from lingtan.services.ingest import ingest, known_channels
from lingtan.services.monthly_form import Field, FilledForm, form_fields, month_span, plain
from lingtan.services.workspace import Workspace

FOLDER = "forms/"
DRAFT, WAITING, DONE, REFUSED = "draft", "waiting", "done", "refused"


@dataclass(frozen=True)
class Submission:
    """A filled form; values are exact texts in the channel's unit, ``replaced`` what stood there."""

    id: str
    enterprise: str
    month: str
    file: str
    sha256: str
    by: str
    at: str
    values: Mapping[str, str]
    replaced: Mapping[str, str]
    state: str = DRAFT
    note: str = ""
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""
    rev: int = 0


def draft_form(
    workspace: Workspace, enterprise: str, month: str, file: str, data: bytes, filled: FilledForm, *, by: str
) -> Submission:
    """Keep what was understood until it is submitted.

    Raises
    ------
    InputError
        ``forms.problems`` while the file has any; ``forms.nothing`` if it states no value.
    """
    if filled.problems:
        raise InputError("forms.problems", count=len(filled.problems))
    if not filled.entries:
        raise InputError("forms.nothing")
    values = {e.channel: _text(e.value) for e in filled.entries}
    replaced = {e.channel: _text(e.known) for e in filled.entries if e.replaces and e.known is not None}
    now = iso(workspace.clock())
    told: dict[str, Any] = {"enterprise": enterprise, "month": month, "values": values, "by": by, "at": now}
    made = Submission(digest(told)[:12], enterprise, month, file[-100:], digest_bytes(data), by, now, values, replaced)
    workspace.blobs.put(f"incoming/forms/{made.id}", data)
    _keep(workspace, made)
    return made


def submit_form(workspace: Workspace, name: str, *, by: str, note: str = "") -> Submission:
    """Write a draft, or hand it to the operator where it would replace data.

    Raises
    ------
    InputError
        ``forms.decided`` if it was submitted before.
    """
    found = find_form(workspace, name)
    if found.state != DRAFT:
        raise InputError("forms.decided", form=name, by=found.by)
    replaced = _replaced(workspace, found)  # as of now: data may have come since it was drafted
    changed = Submission(**{**asdict(found), "replaced": replaced, "note": note.strip()[:500], "by": by})
    if replaced:
        return _keep(workspace, Submission(**{**asdict(changed), "state": WAITING}))
    return _write(workspace, changed, by="")


def decide_form(workspace: Workspace, name: str, *, by: str, approve: bool, reason: str = "") -> Submission:
    """The operator's review: write what replaces data, or refuse it with a reason.

    Raises
    ------
    AccessError
        ``forms.own`` if who submitted would approve it.
    InputError
        ``forms.decided``; ``forms.reason`` for a refusal without one.
    """
    found = find_form(workspace, name)
    if found.state != WAITING:
        raise InputError("forms.decided", form=name, by=found.decided_by or found.by)
    if approve:
        if by == found.by:
            raise AccessError("forms.own", by=by)
        return _write(workspace, found, by=by, reason=reason)
    if not reason.strip():
        raise InputError("forms.reason")
    told = {"state": REFUSED, "decided_by": by, "decided_at": iso(workspace.clock()), "reason": reason.strip()[:500]}
    return _keep(workspace, Submission(**{**asdict(found), **told}))


def forms(workspace: Workspace, *, enterprise: str = "", state: str = "") -> list[Submission]:
    """Submitted forms, the newest first; drafts only where they are asked for."""
    found = [Submission(**json.loads(workspace.blobs.get(n) or b"{}")) for n in workspace.blobs.names(FOLDER)]
    mine = [
        s
        for s in found
        if (not enterprise or s.enterprise == enterprise) and (s.state == state if state else s.state != DRAFT)
    ]
    return sorted(mine, key=lambda s: s.at, reverse=True)


def find_form(workspace: Workspace, name: str) -> Submission:
    """One form by id.

    Raises
    ------
    InputError
        ``forms.no-form``.
    """
    data = workspace.blobs.get(f"{FOLDER}{name}.json") if name.isalnum() else None
    if data is None:
        raise InputError("forms.no-form", form=name[:40])
    return Submission(**json.loads(data))


def _replaced(workspace: Workspace, form: Submission) -> dict[str, str]:
    fields: Sequence[Field] = form_fields(workspace, form.enterprise, form.month, "en")
    known = {f.channel: f.known for f in fields if f.known is not None}
    return {c: _text(known[c]) for c, v in form.values.items() if c in known and _text(known[c]) != v}


def _write(workspace: Workspace, form: Submission, *, by: str, reason: str = "") -> Submission:
    span = month_span(workspace, form.month)
    known = known_channels(workspace.park)
    gone = sorted(form.values.keys() - known.keys())
    if gone:
        raise DataError("forms.channel-gone", channel=gone[0])
    starts: list[datetime] = []
    seconds: list[int] = []
    values: list[int] = []
    for channel, text in form.values.items():
        lasts = known[channel].lasts
        starts.append(span.start if lasts else span.end)
        seconds.append(int((span.end - span.start).total_seconds()) if lasts else 0)
        values.append(round(Fraction(text) * known[channel].size * MILLI))
    batch = pa.table(
        {
            "channel": pa.array(list(form.values)),
            "start": pa.array(starts, pa.timestamp("us", tz="UTC")),
            "seconds": pa.array(seconds, pa.int32()),
            "value": pa.array(values, pa.int64()),
        }
    )
    source = {
        "file": form.file,
        "sha256": form.sha256,
        "form": form.id,
        "user": form.by,
        **({"approved": by} if by else {}),
    }
    receipt = ingest(workspace, batch, source=source, again=True)
    told: dict[str, Any] = {"state": DONE, "rev": receipt.commit.rev, "reason": reason.strip()[:500]}
    told |= {"decided_by": by, "decided_at": iso(workspace.clock())} if by else {}
    return _keep(workspace, Submission(**{**asdict(form), **told}))


def _keep(workspace: Workspace, form: Submission) -> Submission:
    workspace.blobs.put(f"{FOLDER}{form.id}.json", json.dumps(asdict(form), ensure_ascii=False).encode())
    return form


def _text(value: Fraction) -> str:
    """A number as exact text, shortest where it is a decimal."""
    return plain(value) if Fraction(plain(value)) == value else str(value)
