"""The Python client against a real server on loopback, and the example of the documentation."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from lingtan.apps.web.app import create_app
from lingtan.client import Client, ProblemError
from lingtan.services.access.policy import POLICY
from lingtan.services.access.sign_in import make_token
from tests.web.portal_case import Clock, Portal

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def address(portal_and_clock: tuple[Portal, Clock]) -> Iterator[tuple[str, str]]:
    """Where the server is, and the operator's token."""
    portal, _ = portal_and_clock
    user = portal.directory.user("operator")
    assert user is not None
    scopes = frozenset(f"{kind.value}:{action.value}" for role, kind, action in POLICY if role is user.role)
    _, token = make_token(portal.directory, user, "test", scopes, at=portal.clock())
    taken = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(portal), log_level="error", timeout_graceful_shutdown=1, ws="websockets-sansio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{taken.getsockname()[1]}", token
    server.should_exit = True
    thread.join(10)


def test_rows_and_tables_run_over_all_pages(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1])
    rows = list(park.rows("figures", limit=37))
    table = park.table("figures", limit=41)
    assert len(rows) == table.num_rows == park.get("figures")["count"] > 41
    assert [r["figure"] for r in rows] == table["figure"].to_pylist()
    assert list(park.frame("figures")["figure"]) == park.polars("figures")["figure"].to_list()


def test_what_has_not_changed_is_answered_from_memory(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1])
    first = park.get("account")
    assert len(park._known) == 1
    assert park.get("account") == first


def test_a_refusal_says_its_code_and_a_number(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1], lang="zh")
    with pytest.raises(ProblemError) as refused:
        park.get("enterprises/nobody/postings")
    assert (refused.value.status, refused.value.code) == (404, "portal.unknown-enterprise")
    assert refused.value.request_id
    with pytest.raises(ProblemError, match="401"):
        Client(address[0], token="lt_wrong").get("account")


def test_a_write_is_done_once_under_its_key(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1])
    told = {"label": "x", "scopes": ["account:read"]}
    with pytest.raises(ProblemError, match="403"):  # tokens are made by people only
        park.post("tokens", told)
    proposal = {
        "channel": "a-use", "start": "2025-01-31", "end": "2025-02-01", "action": "confirm", "reason": "looked at it",
    }  # fmt: skip
    first, again = (park.post("proposals", proposal, key="one") for _ in range(2))
    assert first == again
    assert len(list(park.rows("proposals"))) == 1


def test_a_file_is_understood_and_then_written(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1])
    text = "channel,start,value\na-use,2025-02-05T00:00:00+08:00,3\na-use,2025-02-05T01:00:00+08:00,4\n"
    seen = park.upload("imports", "more.csv", text.encode())
    assert seen["status"] == "dry-run", seen
    assert seen["understood"]["readings"] == 2
    done = park.post(f"imports/{seen['staged']}")
    assert (done["status"], done["file"]) == ("committed", "more.csv"), done


def test_a_busy_server_is_asked_again() -> None:
    asked = []

    def serve(listener: socket.socket) -> None:
        for answer in (
            "HTTP/1.1 429 Too Many\r\nretry-after: 0.01\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        ):
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65_536))
                connection.sendall(answer.encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        park = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", token="t")
        assert park.post("anything", {"a": 1}) == {}
        thread.join(5)
    keys = {re.search(rb"idempotency-key: (\S+)", a, re.IGNORECASE)[1] for a in asked}  # type: ignore[index]
    assert len(asked) == 2
    assert len(keys) == 1


def test_live_power_comes_as_messages(address: tuple[str, str]) -> None:
    park = Client(address[0], token=address[1])
    message = next(iter(park.live()))
    assert message.get("none") or message["use_kw"] is not None


def test_the_example_of_the_documentation_runs(address: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    exec(blocks[0].replace("http://127.0.0.1:8710", address[0]).replace("lt_…", address[1]), {})
    said = capsys.readouterr().out
    assert "tCO2/tce" in said
    assert "404 figure.unknown" in said
