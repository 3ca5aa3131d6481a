"""Once an hour: what is kept for a while only goes, and sessions that are over."""

import asyncio
import logging
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from lingtan.base.errors import LingtanError
from lingtan.services.clean_up import clean_up

if TYPE_CHECKING:
    from lingtan.apps.web.portal import Portal

log = logging.getLogger(__name__)
EACH_S, FIRST_S = 3600.0, 60.0


async def tidy(portal: "Portal") -> None:
    """Until it is cancelled."""
    await asyncio.sleep(FIRST_S)
    while True:
        await run_in_threadpool(tidy_once, portal)
        await asyncio.sleep(EACH_S)


def tidy_once(portal: "Portal") -> dict[str, int]:
    """Do it now; how many went."""
    try:
        gone = clean_up(portal.space(), portal.clock())
        gone["sessions"] = portal.directory.end_sessions(before=portal.clock())
    except LingtanError as error:  # a park file in the making must not end it
        log.warning("tidy: %s", error)
        return {}
    log.info("tidy: %s", gone)
    return gone
