"""Jobs on electricity bills: worked out in a child process and kept by what they rest on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingtan.services.ports import Listener

if TYPE_CHECKING:
    from lingtan.services.workspace import Workspace

VERSION = 1


def bills(root: Path, listener: Listener, *, period: str, connection: str = "", floor: float = 0.95) -> Any:
    """The bill of each connection and month, line by line; a month that cannot be billed is named with the reason."""
    from lingtan.apps.cli.bills import as_json
    from lingtan.apps.web.background import error_dict
    from lingtan.base.errors import DataError
    from lingtan.base.time import Period
    from lingtan.services.make_bills import make_bills

    def make(space: "Workspace") -> Any:
        found: list[Any] = []
        failed: list[Any] = []
        for month in Period.parse(period, space.park.park.timezone).months():
            try:
                made = make_bills(space, month.label, connection=connection, floor=floor, listener=listener)
                found += [as_json(m) for m in made]
            except DataError as error:
                failed.append({"month": month.label, "error": error_dict(error)})
        return {"bills": found, "failed": failed}

    return _kept(root, ["bills", period, connection, floor], make)


def compared(root: Path, listener: Listener, *, period: str, connection: str = "", floor: float = 0.95) -> Any:
    """The same months paid in every way."""
    from lingtan.apps.cli.bills import compared_json
    from lingtan.services.make_bills import compare_tariffs

    def make(space: "Workspace") -> Any:
        found = compare_tariffs(space, period, connection=connection, floor=floor, listener=listener)
        return [
            {
                **compared_json(name, now, result, "zh"),
                "problems_en": [o.problem.as_dict("en") if o.problem else None for o in result.options],
            }
            for name, (now, result) in found.items()
        ]

    return _kept(root, ["compared", period, connection, floor], make)


def _kept(root: Path, asked: list[Any], make: Callable[["Workspace"], Any]) -> Any:
    from lingtan import __version__
    from lingtan.apps.web.jobs import space_of
    from lingtan.base.ids import digest

    space = space_of(root)
    name = f"cache/bills/{digest([VERSION, __version__, *asked, space.store.head(), space.park_commit.content])}.json"
    there = space.blobs.get(name)
    if there is None:
        there = json.dumps(make(space), ensure_ascii=False, default=str).encode()
        space.blobs.put(name, there)
    return json.loads(there)


BILL_JOBS: dict[str, Callable[..., Any]] = {"bills": bills, "bills-compared": compared}
