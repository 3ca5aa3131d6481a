"""The audit log: each line's hash covers the line before it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from lingtan.adapters.relational.engine import GENESIS
from lingtan.adapters.relational.tables import audit, audit_head
from lingtan.adapters.relational.times import aware, naive
from lingtan.base.errors import SourceError
from lingtan.base.ids import canonical_json, digest
from lingtan.base.time import iso
from lingtan.services.access.ports import AuditEntry

TRIES = 20


class RelationalAudit:
    """In a database; several processes may append."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(
        self, *, at: datetime, actor: str, role: str, action: str, kind: str, object: str, detail: Mapping[str, Any]
    ) -> AuditEntry:
        """Add a line."""
        for _ in range(TRIES):
            try:
                with self._engine.begin() as connection:
                    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc())).first()
                    text = canonical_json(dict(detail)).decode()
                    line = {
                        "seq": (last.seq if last else 0) + 1, "at": iso(at), "actor": actor, "role": role,
                        "action": action, "kind": kind, "object": object[:300], "detail": text,
                        "previous": last.hash if last else GENESIS,
                    }  # fmt: skip
                    made = {**line, "hash": digest(line)}
                    connection.execute(audit.insert().values(**{**made, "at": naive(at)}))
                    connection.execute(audit_head.update().values(seq=made["seq"], hash=made["hash"]))
                    return AuditEntry(**{**made, "at": at, "detail": json.loads(text)})
            except IntegrityError:
                continue  # another process was faster
        raise SourceError("relational.no-answer", url="audit", detail="busy")

    def entries(self, *, after: int = 0, limit: int = 200) -> Sequence[AuditEntry]:
        """Lines after one, oldest first."""
        which = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(which)]

    def last(self) -> int:
        """The number of the newest line; 0 for none."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(audit.c.seq))).scalar_one() or 0)

    def head(self) -> str:
        """The number and hash of the newest line, ``12:ab…``: what is kept elsewhere to see later that nothing was cut off."""
        with self._engine.connect() as connection:
            last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc())).first()
        return f"{last.seq}:{last.hash}" if last else f"0:{GENESIS}"

    def verify(self, kept: str = "") -> list[str]:
        """A line for each break of the chain; ``kept`` is a head that was noted earlier, which must still stand in the log."""
        found: list[str] = []
        before, seq = GENESIS, 0
        number, _, noted = kept.partition(":")
        with self._engine.connect() as connection:
            head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).first()
            for row in connection.execute(select(audit).order_by(audit.c.seq)):
                try:
                    entry = _entry(row)
                except ValueError:
                    found.append(f"{row.seq}: detail")
                    before, seq = row.hash, row.seq
                    continue
                line = {**vars(entry), "at": iso(entry.at), "detail": row.detail}
                stated = line.pop("hash")
                if entry.seq != seq + 1:
                    found.append(f"{entry.seq}: {seq + 1} … {entry.seq - 1} missing")
                if entry.previous != before or digest(line) != stated:
                    found.append(f"{entry.seq}: hash")
                if noted and str(entry.seq) == number and entry.hash != noted:
                    found.append(f"{entry.seq}: {entry.hash[:12]} ≠ {noted[:12]}")
                before, seq = entry.hash, entry.seq
        # the head is read first: lines that came since do not matter
        if head is None:
            found.append("head missing")
        elif head.seq > seq or (head.seq == seq and head.hash != before):
            found.append(f"{head.seq}: {seq + 1} … {head.seq} missing at the end")
        if noted and int(number) > seq:
            found.append(f"{number}: {seq + 1} … {number} missing at the end")
        return found


def _entry(row: Any) -> AuditEntry:
    values = dict(row._mapping)
    at = aware(values["at"])
    assert at is not None
    return AuditEntry(**{**values, "at": at, "detail": json.loads(values["detail"])})
