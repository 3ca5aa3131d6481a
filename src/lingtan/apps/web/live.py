"""Live power over WebSocket: the newest readings, or, for a synthetic park, its year replayed and said so."""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from lingtan.apps.web.guard import still_asks
from lingtan.apps.web.need import Need, actor_of, same_origin
from lingtan.base.errors import AccessError
from lingtan.base.time import iso
from lingtan.services.access.policy import Actor, Kind, authorize
from lingtan.services.power_now import STEP, PowerAt, PowerSource, power_between, power_sources

if TYPE_CHECKING:
    from lingtan.apps.web.portal import Portal

log = logging.getLogger(__name__)
TICK_S = 1.0  # between two messages
CHECK_TICKS = 15
REPLAY_S = 2.0  # between two quarters of an hour of a replayed year
REREAD_S = 30.0  # readings are looked up again so often, and whenever something was written
NEED = Need(Kind.OVERVIEW)
MOST = 400


@dataclass
class Feed:
    """One feed for all who listen: it reads the store when something came, or a day ahead when it replays."""

    portal: "Portal"
    message: dict[str, Any] | None = None
    listeners: int = 0
    _at: datetime | None = None
    _day: list[PowerAt] | None = None
    _ticked: float = 0.0
    _head: int = -1
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _said: dict[Any, tuple[float, str]] = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def tick(self) -> dict[str, Any]:
        """The newest message, however many ask."""
        with self._guard:
            space = self.portal.space()
            now, head, synthetic = time.monotonic(), space.store.head(), space.park.park.synthetic
            late = now - self._ticked >= (REPLAY_S - 0.2 if synthetic else REREAD_S)
            if self.message is None or late or (not synthetic and head != self._head):
                self._ticked, self._head = now, head
                self.message = self._replayed() if synthetic else self._newest()
            return self.message

    async def said(self, actor: Actor) -> str:
        """The newest message as text: worked out once a tick for all listeners who may see the same."""
        key = (actor.role, actor.enterprise, actor.scopes)
        if self._stale(key):
            async with self._asking:
                if self._stale(key):
                    text = await run_in_threadpool(lambda: json.dumps(_told(self.portal, actor), ensure_ascii=False))
                    if len(self._said) > MOST:
                        self._said.clear()
                    self._said[key] = (time.monotonic(), text)
        return self._said[key][1]

    def _stale(self, key: Any) -> bool:
        kept = self._said.get(key)
        return kept is None or time.monotonic() - kept[0] >= TICK_S - 0.1

    def _newest(self) -> dict[str, Any]:
        space = self.portal.space()
        sources = power_sources(space.park)
        now = self.portal.clock()
        found = power_between(space, sources, now - timedelta(hours=1), now)
        return message_of(found[-1], sources, replay=False) if found else {"none": True}

    def _replayed(self) -> dict[str, Any]:
        space = self.portal.space()
        if self._at is None:
            self._at = replay_start(self.portal)
        if self._at is None:
            return {"none": True}
        sources = power_sources(space.park)
        if not self._day:
            self._day = power_between(space, sources, self._at, self._at + timedelta(days=1))
            if not self._day:
                self._at = None
                return {"none": True}
        step = self._day.pop(0)
        self._at = step.start + STEP
        return message_of(step, sources, replay=True)


def replay_start(portal: "Portal") -> datetime | None:
    """This moment of the year, in the newest year that has readings."""
    from lingtan.apps.web.portal import newest_year

    year = next(iter(portal.years()), "") or newest_year(portal.space())
    if not year:
        return None
    now = portal.clock().astimezone(UTC)
    day = min(now.day, 28) if now.month == 2 else now.day
    return now.replace(year=int(year), day=day, minute=now.minute - now.minute % 15, second=0, microsecond=0)


def message_of(step: PowerAt, sources: Sequence[PowerSource], *, replay: bool) -> dict[str, Any]:
    """A step as it goes out, sources in their order."""
    flows = [
        {"group": s.group, "into": s.into, "kw": round(step.kw[s.group, s.into], 1)}
        for s in sources
        if (s.group, s.into) in step.kw
    ]
    use = sum(kw if into else -kw for (_, into), kw in step.kw.items())
    return {"at": iso(step.start), "replay": replay, "flows": flows, "use_kw": round(use, 1)}


async def live(socket: WebSocket) -> None:
    """Send a message a tick until the listener goes; others' pages may not listen."""
    portal = socket.app.state.portal
    origin = socket.headers.get("origin")
    try:
        actor = actor_of(socket)
        authorize(actor, NEED.action, NEED.of(socket, actor))
        if origin is not None and not same_origin(socket, origin):
            raise AccessError("access.csrf")
        if portal.feed.listeners >= MOST:
            raise AccessError("access.csrf")
    except AccessError:
        await socket.close(1008)
        return
    await socket.accept()
    portal.feed.listeners += 1
    gone = asyncio.create_task(_until_gone(socket))
    try:
        ticks = 0
        while not gone.done():
            ticks += 1
            if ticks % CHECK_TICKS == 0 and not await run_in_threadpool(still_asks, portal, socket.headers, actor):
                await socket.close(1008)  # signed out, or disabled, meanwhile
                break
            await socket.send_text(await portal.feed.said(actor))
            await asyncio.wait([gone], timeout=TICK_S)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        portal.feed.listeners -= 1
        gone.cancel()


def _told(portal: "Portal", actor: Actor) -> dict[str, Any]:
    """The newest message, with the alarms that this listener may see."""
    counts = portal.watchman.counts(actor)
    message = portal.feed.tick()
    return message if counts is None else {**message, "alarms": counts}


async def _until_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
