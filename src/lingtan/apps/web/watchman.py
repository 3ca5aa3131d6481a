"""What the server does for alarms beside answering: carries messages out, looks at the clock, has changed months checked."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lingtan.services.access.policy import Action, Actor, Kind, Scope, scope_of
from lingtan.services.count_alarms import count_alarms

if TYPE_CHECKING:
    from lingtan.apps.web.portal import Portal

log = logging.getLogger(__name__)
TICK_S, CLOCK_S, CHECK_S = 3.0, 60.0, 60.0
FIRST_S = 20.0  # the first visitors go before
COUNT_S = 2.0


class Watchman:
    """One thread a server; whatever fails is logged and tried again at its next time."""

    def __init__(self, portal: "Portal") -> None:
        self._portal = portal
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._counts: dict[str | None, tuple[float, dict[str, Any]]] = {}

    def start(self) -> None:
        """Begin."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="watchman", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End; a message that is on its way is finished or comes again at the next start."""
        self._stop.set()

    def counts(self, actor: Actor) -> dict[str, Any] | None:
        """How many alarms somebody has to look at; None for who sees none. It is counted at most once in a while, however many ask."""
        scope = scope_of(actor, Kind.ALARM, Action.READ)
        if scope is None:
            return None
        mine = actor.enterprise if scope is Scope.OWN else None
        held = self._counts.get(mine)
        now = time.monotonic()
        if held is None or now - held[0] > COUNT_S:
            held = self._counts[mine] = (now, count_alarms(self._portal.space(), mine))
        return held[1]

    def _work(self) -> None:
        clock = check = time.monotonic() + FIRST_S
        while not self._stop.wait(TICK_S):
            now = time.monotonic()
            self._try(self._deliver)
            if now >= clock:
                clock = now + CLOCK_S
                self._try(self._look_at_clock)
            if now >= check:
                check = now + CHECK_S
                self._try(self._check)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("watchman: %s", work.__name__)

    def _deliver(self) -> None:
        from lingtan.services.deliver import deliver_due
        from lingtan.wiring import message_senders, portal_address

        space = self._portal.space()
        deliver_due(space, message_senders(space), portal=portal_address())

    def _look_at_clock(self) -> None:
        from lingtan.services.watch_clock import watch_clock

        watch_clock(self._portal.space())

    def _check(self) -> None:
        from lingtan.services.watch_months import due_month

        if self._portal.background.running("watch") is None and (month := due_month(self._portal.space())):
            self._portal.background.submit("watch", "watch", {"month": month})
