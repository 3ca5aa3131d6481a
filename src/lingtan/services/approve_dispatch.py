"""Approve or refuse a schedule; hold an asset by hand."""

from datetime import datetime

from lingtan.base.errors import InputError
from lingtan.base.ids import nearest
from lingtan.optimize.dispatch.record import Description
from lingtan.optimize.dispatch.schedule import Schedule, approve, reject
from lingtan.services.access.ports import AuditLog
from lingtan.services.announce import announce
from lingtan.services.dispatch_store import keep_schedule, kept_schedule, put_override
from lingtan.services.workspace import Workspace


def approve_dispatch(workspace: Workspace, name: str, *, by: str, audit: AuditLog, refuse: bool = False) -> Schedule:
    """The schedule after ``by`` has stood for it, or refused it.

    Raises
    ------
    InputError
        ``dispatch.no-schedule``, ``dispatch.not-proposed``, ``dispatch.expired``.
    AccessError
        ``dispatch.four-eyes``.
    """
    at = workspace.clock()
    with workspace.store.lock():
        schedule = kept_schedule(workspace, name)
        changed = reject(schedule, by=by, at=at) if refuse else approve(schedule, by=by, at=at)
        keep_schedule(workspace, changed)
    action = "reject" if refuse else "approve"
    audit.append(
        at=at, actor=by, role="operator", action=action, kind="dispatch", object=schedule.id,
        detail={"status": changed.status},
    )  # fmt: skip
    if changed.status in ("approved", "rejected"):
        announce(workspace, f"dispatch.{changed.status}", {"schedule": schedule.id, "by": by})
    return changed


def override(
    workspace: Workspace,
    description: Description,
    asset: str,
    kw: float | None,
    *,
    until: datetime,
    by: str,
    audit: AuditLog,
    reason: str = "",
) -> None:
    """Hold an asset at a power by hand, or give it back; the reason is kept with it and in the audit log.

    Raises
    ------
    InputError
        ``dispatch.no-asset``; ``dispatch.beyond`` if it cannot do that much.
    """
    known = [u.id for u in description.units] + [f.id for f in description.fleets]
    if asset not in known:
        raise InputError("dispatch.no-asset", asset=asset, nearest=nearest(asset, known) or "–")
    unit = description.unit(asset)
    if kw is not None and unit is not None and unit.capacity_kw is not None:
        top = unit.capacity_kw / (unit.efficiency or 1.0) if unit.kind in ("chp", "boiler") else unit.capacity_kw
        if abs(kw) > top:
            raise InputError("dispatch.beyond", asset=asset, kw=kw, most=top)
    put_override(workspace, asset, kw, until=until, by=by, reason=reason)
    audit.append(
        at=workspace.clock(), actor=by, role="operator", action="override" if kw is not None else "release",
        kind="dispatch", object=asset, detail={"kw": kw, "until": f"{until:%Y-%m-%dT%H:%MZ}", "reason": reason},
    )  # fmt: skip
