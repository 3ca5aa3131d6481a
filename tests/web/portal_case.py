"""A portal on a small workspace with a closed year, users of every role, and a browser without a window."""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from lingtan.apps.web.app import create_app
from lingtan.apps.web.background import Background, Task
from lingtan.apps.web.jobs import JOBS
from lingtan.apps.web.portal import Portal
from lingtan.services.access import sign_in as signing
from lingtan.services.access.policy import Role
from lingtan.services.access.users import add_user
from lingtan.services.alarm_ports import Alarm, Change
from lingtan.services.ports import silent
from lingtan.wiring import open_access, open_workspace
from tests.closing_case import filled

PASSWORD = "correct horse battery"
OWN, FOREIGN = "a", "b"
ALARMS = {OWN: "01KG000000000000000000000A", FOREIGN: "01KG000000000000000000000B"}  # one of each
# name -> role; the enterprise user belongs to OWN
PEOPLE = {role.value: role for role in Role}


class AtOnce(Background):
    """Does its jobs at once and in this process."""

    def submit(self, lane: str, job: str, arguments: Mapping[str, Any]) -> Task:
        done: Future[Any] = Future()
        try:
            done.set_result(JOBS[job](self._root, silent, **arguments))
        except Exception as error:
            done.set_exception(error)
        return Task(f"{lane}/{job}", job, arguments, done)


class Clock:
    """A clock that tests move on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 2, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


def make_portal(root: Path) -> tuple[Portal, Clock]:
    """A portal with a closed year and a user of every role."""
    from lingtan.services.close_period import close_period

    space = filled(root)
    close_period(space, "2025", floor=0.0, reason="test")
    access, clock = open_access(root), Clock()
    hashed = signing.hash_password(PASSWORD)
    for name, role in PEOPLE.items():
        user = add_user(
            access.directory, name, role, password=None, enterprise=OWN if role is Role.ENTERPRISE else None
        )
        access.directory.put_user(type(user)(**{**vars(user), "password": hashed}))
    for enterprise, name in ALARMS.items():
        seen = clock()
        alarm = Alarm(
            name, "over-rating", "alarm.says-above", "warning", f"{enterprise}-use", enterprise, f"{enterprise}-use",
            {"value": 420.0, "limit": 400.0, "unit": "kW"}, "open", 1, seen, seen, seen,
        )  # fmt: skip
        space.alarms().save([Change(alarm, "raised", seen)])
    portal = Portal(
        root,
        lambda path: open_workspace(path, clock=clock),
        access.directory,
        access.audit,
        clock,
        background=AtOnce(root),
    )
    return portal, clock


class Browser:
    """Keeps cookies, and the CSRF token of the last page."""

    def __init__(self, portal: Portal, base: str = "http://park.test") -> None:
        self.portal = portal
        self.app = create_app(portal)
        self.cookies = httpx.Cookies()
        self.csrf = ""
        self.base = base

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] = {}, **more: Any) -> httpx.Response:
        """One request."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 5))
            async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
                answer = await client.request(method, path, headers=dict(headers), **more)
                self.cookies = client.cookies
                return answer

        answer = asyncio.run(go())
        found = (
            re.search(r'name="csrf" value="([^"]+)"', answer.text)
            if "html" in answer.headers.get("content-type", "")
            else None
        )
        if found:
            self.csrf = found[1]
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read."""
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, **form: str) -> httpx.Response:
        """Send a form with the token of the last page."""
        return self.ask("POST", path, data={"csrf": self.csrf, **form})

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """As a person does."""
        self.get("/sign-in")
        return self.post("/sign-in", name=name, password=password)

    def become(self, name: str) -> "Browser":
        """Signed in without the form: quick."""
        user = self.portal.directory.user(name)
        assert user is not None
        made = signing.open_session(self.portal.directory, user, at=self.portal.clock(), second_factor=False)
        self.cookies = httpx.Cookies({"lt_session": made.cookie})
        self.csrf = made.session.csrf
        return self
