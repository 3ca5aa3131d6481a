"""Certificates as somebody may see them: the lots of all, or of one enterprise, and their sums by state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lingtan.services.certificate_register import load_register
from lingtan.services.certificates import lots
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class StatedHere:
    """Certificates that the park file states without serials. [kWh]"""

    id: str
    holder: str
    kind: str
    year: int
    kwh: int
    source: str


@dataclass(frozen=True)
class CertificateList:
    """Lots with serials, their sums by state [certificates of 1 MWh], and what the park file states."""

    lots: Sequence[dict[str, Any]]
    sums: dict[str, int]
    stated: Sequence[StatedHere]


def certificate_list(workspace: Workspace, enterprise: str | None = None) -> CertificateList:
    """All lots, or those that an enterprise holds or that were cancelled for its consumption."""
    found = lots(load_register(workspace))
    if enterprise is not None:
        found = [x for x in found if enterprise in (x["holder"], x["consumer"])]
    sums: dict[str, int] = {}
    for lot in found:
        sums[lot["state"]] = sums.get(lot["state"], 0) + int(lot["certificates"])
    stated = [
        StatedHere(c.id, c.holder or "", c.kind, c.year, c.kwh, c.source)
        for c in workspace.park.certificates
        if enterprise is None or c.holder == enterprise
    ]
    return CertificateList(found, sums, stated)
