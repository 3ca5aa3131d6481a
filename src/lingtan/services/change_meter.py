"""Another meter, or another multiplier, from a moment on: an entry in ``park.yaml``, comments kept, and what it does."""

import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import iso
from lingtan.metering.activity import activities
from lingtan.metering.checks.finding import Kind
from lingtan.park.carriers import carriers
from lingtan.park.file import exact, load_park
from lingtan.park.model import Park, channels
from lingtan.services.check_readings import extent
from lingtan.services.edits import reasoned
from lingtan.services.ports import Commit
from lingtan.services.settle_findings import settle_findings
from lingtan.services.workspace import Workspace

# findings that such an entry explains
EXPLAINED = (Kind.MULTIPLIER, Kind.LEVEL_SHIFT, Kind.RESET, Kind.REPLACEMENT)


@dataclass(frozen=True)
class MeterChange:
    """The entry that was written, and the channel's quantity before and after. [carrier unit]"""

    channel: str
    start: datetime
    entry: dict[str, Any]
    unit: str
    before: Decimal
    after: Decimal
    text: bytes
    commit: Commit | None = None


def change_meter(
    workspace: Workspace,
    channel: str,
    start: datetime,
    *,
    reason: str,
    multiplier: Decimal | None = None,
    final: Decimal | None = None,
    initial: Decimal | None = None,
    digits: int | None = None,
    serial: str = "",
    dry_run: bool = False,
) -> MeterChange:
    """Write a replacement or a new multiplier into the park file and keep it as a revision.

    Parameters
    ----------
    start
        From when on; at or before the first reading to correct a multiplier that was always wrong.
    final, initial
        Of a counter: the old register's last state and the new one's first. [channel unit, before the multiplier]

    Raises
    ------
    InputError
        ``change-meter.nothing`` if nothing changes; ``change-meter.unknown-channel``; ``change-meter.twice`` if there is an
        entry of that moment; ``change-meter.not-counter``; ``park.invalid`` if the park file would not be good afterwards.
    """
    stated = reasoned(reason)
    known = channels(workspace.park)
    if channel not in known:
        raise InputError("change-meter.unknown-channel", channel=channel, nearest=nearest(channel, known) or "-")
    kind = known[channel][1].kind
    if kind != "counter" and not (final is None and initial is None and digits is None):
        raise InputError("change-meter.not-counter", channel=channel)
    if multiplier is None and final is None and initial is None and digits is None and not serial:
        raise InputError("change-meter.nothing")
    if any(_aware(workspace, c.start) == start for c in known[channel][1].history):
        raise InputError("change-meter.twice", channel=channel, at=iso(start))
    local = start.astimezone(ZoneInfo(workspace.park.park.timezone))
    values = {"multiplier": multiplier, "final": final, "initial": initial}
    entry: dict[str, Any] = {"from": local.isoformat()}
    entry |= {key: exact(value) for key, value in values.items() if value is not None}
    entry |= {"digits": str(digits)} if digits is not None else {}
    entry |= {"serial": serial} if serial else {}
    entry["reason"] = stated
    path = workspace.root / workspace.park_commit.source.get("file", "park.yaml")
    text = with_entry(path.read_bytes(), channel, entry)
    changed = load_park(text, path.name)
    before, after = (_quantity(workspace, park, channel) for park in (workspace.park, changed))
    unit = _unit(workspace.park, channel)
    if dry_run:
        return MeterChange(channel, start, entry, unit, before, after, text)
    replace_file(path, text)
    commit = workspace.store.put_document(
        "park", text, at=workspace.clock(), source={"file": path.name, "channel": channel, "reason": stated}
    )
    settle_findings(workspace, {channel: (start, datetime.max.replace(tzinfo=UTC))}, EXPLAINED)
    return MeterChange(channel, start, entry, unit, before, after, text, commit)


def with_entry(data: bytes, channel: str, entry: dict[str, Any]) -> bytes:
    """The park file with one more entry in a channel's history; everything else, comments too, stays as it is written."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.indent(*_indents(data))
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    document = yaml.load(data.decode("utf-8-sig"))
    numbers = ("multiplier", "final", "initial", "digits")
    for meter in document.get("meters") or []:
        for found in meter.get("channels") or []:
            if str(found.get("id")) == channel:
                made = CommentedMap()
                for key, value in entry.items():
                    made[key] = yaml.load(value) if key in numbers else Quoted(value)
                history = found.get("history")
                if history is None:
                    found["history"] = history = CommentedSeq()
                history.append(made)
                if getattr(found, "fa", None) is not None and found.fa.flow_style():
                    made.fa.set_flow_style()
                    history.fa.set_flow_style()
    out = io.BytesIO()
    yaml.dump(document, out)
    text = out.getvalue()
    return mark + (text.replace(b"\n", b"\r\n") if b"\r\n" in data else text)


def _indents(data: bytes) -> tuple[int, int, int]:
    """How the file indents: mappings, sequences, and the dash inside a sequence."""
    lines = data.decode("utf-8-sig").splitlines()
    for i, line in enumerate(lines[:-1]):
        dash = next((n for n in lines[i + 1 :] if n.strip() and not n.strip().startswith("#")), "")
        if line.rstrip().endswith(":") and dash.lstrip().startswith("- "):
            offset = len(dash) - len(dash.lstrip()) - (len(line) - len(line.lstrip()))
            return 2, offset + 2, offset
    return 2, 4, 2


def replace_file(path: Path, data: bytes) -> None:
    """Write the file whole or not at all.

    Raises
    ------
    SourceError
        ``change-meter.unwritable`` if it cannot be written; the old one stays.
    """
    beside = path.with_name(path.name + ".new")
    try:
        with beside.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SourceError("change-meter.unwritable", path=path, why=error.strerror) from None


def _quantity(workspace: Workspace, park: Park, channel: str) -> Decimal:
    """What the channel counted over all its readings. [carrier unit]"""
    table = workspace.store.readings(channels=[channel_key(channel)])
    if not table.num_rows:
        return Decimal(0)
    low, high = extent(table)
    found = activities(table, park, low.replace(minute=0, second=0), high)
    return Decimal(pc.sum(found["value"]).as_py() or 0) / 1000


def _unit(park: Park, channel: str) -> str:
    return carriers(park)[channels(park)[channel][1].carrier].unit


def _aware(workspace: Workspace, at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(workspace.park.park.timezone))
