"""Messages really go out: e-mail, robots and webhooks against servers on this machine; and inner addresses are refused."""

import base64
import hmac
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.closing_case import PARK

from lingtan.adapters.notify.address import public, resolve
from lingtan.adapters.notify.email import is_address, letter
from lingtan.adapters.notify.robots import body_of, dingtalk_sign
from lingtan.adapters.notify.secrets import master_key, secret, webhook_key
from lingtan.adapters.notify.senders import NetworkSenders
from lingtan.base.errors import InputError
from lingtan.services.alarm_ports import Delivery, Message, Target
from lingtan.services.alarm_targets import again, new_secret, put_target, try_target
from lingtan.services.alarms import settle, tell
from lingtan.services.deliver import BACK_OFF, PAUSE, deliver_due
from lingtan.services.workspace import Workspace
from lingtan.wiring import open_workspace

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SILENT = "dispatch.alarm-silent"


@dataclass
class Heard:
    """What a server was sent, and what it is to answer."""

    url: str = ""
    status: int = 200
    answer: bytes = b'{"errcode": 0, "errmsg": "ok"}'
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """An HTTP server on 127.0.0.1."""
    told = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if told.wait is not None:
                told.wait.wait(5)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/in"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Mailbox:
    """What a mail server took."""

    port: int = 0
    refuse: int = 0
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server on 127.0.0.1, as much of one as a client needs."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            sender, to = "", []
            while line := self.rfile.readline():
                word = line.strip().upper()
                if word.startswith((b"EHLO", b"HELO")):
                    self.wfile.write(b"250 here\r\n")
                elif word.startswith(b"MAIL"):
                    sender = line.decode().partition("<")[2].partition(">")[0]
                    self.wfile.write(b"250 ok\r\n")
                elif word.startswith(b"RCPT"):
                    to.append(line.decode().partition("<")[2].partition(">")[0])
                    self.wfile.write(f"{box.refuse or 250} so\r\n".encode())
                elif word == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    data = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        data += part[1:] if part.startswith(b"..") else part
                    box.letters.append((sender, to, data))
                    self.wfile.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    box.port = server.server_address[1]
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Case:
    space: Workspace
    clock: Clock
    senders: NetworkSenders

    def deliver(self, **later: float) -> tuple[int, int, int]:
        """Deliver after some time; how many were sent, failed, wait."""
        self.clock.at += timedelta(**later)
        done = deliver_due(self.space, self.senders, portal="https://park.example/")
        return done.sent, done.failed, done.waiting

    def log(self, target: str) -> list[Delivery]:
        return list(self.space.alarms().deliveries(target=target, limit=50))


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A workspace whose messages may reach this machine."""
    monkeypatch.setenv("LINGTAN_NOTIFY_ALLOW", "127.0.0.0/8")
    root, clock = tmp_path / "park", Clock()
    root.mkdir()
    (root / "park.yaml").write_text(PARK, encoding="utf-8")
    space = open_workspace(root, clock=clock)
    return Case(space, clock, NetworkSenders(root / ".lingtan", clock, timeout_s=1.0))


def alarm(case: Case, subject: str = "chp", kw: float = 3.0) -> None:
    assert tell(case.space, SILENT, subject=subject, values={"asset": subject, "kw": kw}) is not None


def test_an_event_is_signed_so_that_the_standard_webhooks_check_passes(case: Case, heard: Heard) -> None:
    made = put_target(
        case.space,
        Target("prog", "webhook", "", heard.url, events=("alarm.raised",)),
        senders=case.senders,
        by="li",
        new=True,
    )
    alarm(case)
    assert case.deliver() == (1, 0, 0)
    ((path, headers, body),) = heard.posts
    key = base64.b64decode(case.senders.webhook_secret(made).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
    told = json.loads(body)
    assert (path, told["event"], told["park"], told["id"]) == ("/in", "alarm.raised", "small", headers["webhook-id"])
    assert told["data"]["alarm"]["values"] == {"asset": "chp", "kw": 3.0}
    assert [(d.state, d.tries, d.status) for d in case.log("prog")] == [("sent", 1, 200)]
    # nothing of the key is kept, and another generation is another key
    assert key.hex() not in (case.space.root / ".lingtan" / "portal.sqlite").read_bytes().hex()
    assert case.senders.webhook_secret(new_secret(case.space, "prog")) != case.senders.webhook_secret(made)


def test_what_fails_comes_again_later_and_later_and_is_given_up_after_a_day(case: Case, heard: Heard) -> None:
    put_target(
        case.space, Target("prog", "webhook", "", heard.url, events=("alarm.raised",)), senders=case.senders, by="li"
    )
    heard.status, heard.answer = 503, b"not now"
    alarm(case)
    assert case.deliver() == (0, 0, 1)
    assert case.deliver(seconds=BACK_OFF[0] - 1) == (0, 0, 0)
    assert case.deliver(seconds=1) == (0, 0, 1)
    assert len(heard.posts) == 2
    for wait in BACK_OFF[1:-1]:
        assert case.deliver(seconds=wait) == (0, 0, 1)
    assert case.deliver(seconds=BACK_OFF[-1]) == (0, 1, 0)
    (last,) = case.log("prog")
    assert (last.state, last.tries, last.status, last.detail) == ("failed", 9, 503, "HTTP 503 not now")
    heard.status = 204
    again(case.space, last.id, "prog")
    assert case.deliver() == (1, 0, 0)


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_refusal_is_not_tried_again_and_redirects_are_not_followed(case: Case, heard: Heard, status: int) -> None:
    heard.status, heard.headers = status, {"Location": heard.url + "/other"}
    put_target(
        case.space, Target("prog", "webhook", "", heard.url, events=("alarm.raised",)), senders=case.senders, by="li"
    )
    alarm(case)
    assert case.deliver() == (0, 1, 0)
    assert len(heard.posts) == 1


def test_the_other_side_may_say_how_long_to_wait(case: Case, heard: Heard) -> None:
    heard.status, heard.headers = 429, {"Retry-After": "600"}
    put_target(
        case.space, Target("prog", "webhook", "", heard.url, events=("alarm.raised",)), senders=case.senders, by="li"
    )
    alarm(case)
    assert case.deliver() == (0, 0, 1)
    assert case.log("prog")[0].next_at == AT + timedelta(seconds=600)


def test_a_server_that_does_not_answer_is_left_after_the_time_out(case: Case, heard: Heard) -> None:
    heard.wait = threading.Event()
    put_target(
        case.space, Target("prog", "webhook", "", heard.url, events=("alarm.raised",)), senders=case.senders, by="li"
    )
    alarm(case)
    assert case.deliver() == (0, 0, 1)
    heard.wait.set()
    assert case.log("prog")[0].detail == "no answer in 1 s"


def test_nobody_there_is_an_answer_too(case: Case) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    put_target(case.space, Target("prog", "webhook", "", url, events=("alarm.raised",)), senders=case.senders, by="li")
    alarm(case)
    assert case.deliver() == (0, 0, 1)
    assert "refused" in case.log("prog")[0].detail.lower()


def test_a_message_that_another_process_took_is_left_to_it_and_free_again_when_that_died(
    case: Case, heard: Heard
) -> None:
    put_target(
        case.space, Target("prog", "webhook", "", heard.url, events=("alarm.raised",)), senders=case.senders, by="li"
    )
    alarm(case)
    (one,) = case.log("prog")
    book = case.space.alarms()
    assert book.claim(one.id, until=AT + timedelta(minutes=2), at=AT)
    assert not book.claim(one.id, until=AT + timedelta(minutes=2), at=AT)
    assert case.deliver() == (0, 0, 0)
    assert case.deliver(minutes=3) == (1, 0, 0)


def email(case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    monkeypatch.setenv("LINGTAN_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("LINGTAN_SMTP_FROM", "lingtan@park.example")
    put_target(case.space, Target("duty", "email", "Duty", "duty@example.com", **more), senders=case.senders, by="li")


@pytest.mark.parametrize(
    ("lang", "subject", "line"),
    [
        ("zh", "【small】重要告警：chp", "[重要] chp（园区）：chp 不应答（3.00 kW），请现场处理"),
        ("en", "[small] serious alarm: chp", "[serious] chp (Park): chp does not answer (3.00 kW); look on site"),
    ],
)  # fmt: skip
def test_an_email_says_it_in_the_readers_language(
    case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, lang: str, subject: str, line: str
) -> None:
    email(case, mailbox, monkeypatch, lang=lang)
    alarm(case)
    assert case.deliver() == (1, 0, 0)
    ((sender, to, data),) = mailbox.letters
    made = message_from_bytes(data, policy=default)
    assert (sender, to, made["subject"], made["from"]) == (
        "lingtan@park.example",
        ["duty@example.com"],
        subject,
        "lingtan@park.example",
    )
    text = made.get_content()
    assert line in text
    assert "https://park.example/alarms" in text
    assert ("合成" if lang == "zh" else "synthetic") in text


def test_many_alarms_come_in_one_message_the_most_urgent_first_and_no_more_than_one_in_a_while(
    case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    email(case, mailbox, monkeypatch, lang="en", tell_cleared=True)
    for i in range(25):
        tell(case.space, f"x.thing-{i}")
    alarm(case)
    assert case.deliver() == (26, 0, 0)
    text = message_from_bytes(mailbox.letters[0][2], policy=default)
    assert text["subject"] == "[small] 26 alarms, the most urgent: serious"
    lines = text.get_content().splitlines()
    assert lines[2].startswith("[serious] chp")
    assert "and 6 more; see the portal." in lines
    alarm(case, "pv-a")
    assert case.deliver(seconds=5) == (0, 0, 1)  # within the pause
    assert case.deliver(seconds=PAUSE.total_seconds()) == (1, 0, 0)
    settle(case.space, SILENT, subject="pv-a")
    assert case.deliver(minutes=5) == (1, 0, 0)
    assert "[cleared] pv-a" in message_from_bytes(mailbox.letters[2][2], policy=default).get_content()


@pytest.mark.parametrize(("code", "then"), [(550, (0, 1, 0)), (451, (0, 0, 1))])
def test_a_mail_server_that_refuses_for_good_is_not_asked_again(
    case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, code: int, then: tuple[int, int, int]
) -> None:
    email(case, mailbox, monkeypatch)
    mailbox.refuse = code
    alarm(case)
    assert case.deliver() == then
    assert case.log("duty")[0].status == code


def test_a_letter_cannot_be_given_more_headers() -> None:
    made = letter(
        Target("a", "email", "", "a@example.com"), Message("one\r\nBcc: all@example.com", ["x"]), "me@example.com"
    )
    assert made["Bcc"] is None
    assert made["Subject"] == "one Bcc: all@example.com"
    for wrong in ("a@b.c, d@e.f", "a b@c.d", "a@b\r\nBcc: c@d.e", "<a@b.c>", ""):
        assert not is_address(wrong)


def robot(case: Case, heard: Heard, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv(f"LINGTAN_{kind.upper()}_URL", heard.url)
    monkeypatch.setenv("LINGTAN_SECRET_OPS", "the key/+=")
    monkeypatch.setenv("LINGTAN_SECRET_OPS_SIGN", "SECabc")
    put_target(case.space, Target("ops", kind, "", secret="ops"), senders=case.senders, by="li")


def test_the_wecom_robot_gets_markdown_under_its_key(case: Case, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    robot(case, heard, monkeypatch, "wecom")
    alarm(case)
    assert case.deliver() == (1, 0, 0)
    path, _, body = heard.posts[0]
    assert parse_qs(urlsplit(path).query) == {"key": ["the key/+="]}
    told = json.loads(body)
    assert told["msgtype"] == "markdown"
    assert "- ［重要］ chp（园区）：chp 不应答" in told["markdown"]["content"]


def test_the_dingtalk_robot_is_signed_with_time_and_key(
    case: Case, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot(case, heard, monkeypatch, "dingtalk")
    try_target(case.space, "ops", by="li")
    assert case.deliver() == (1, 0, 0)
    path, _, body = heard.posts[0]
    query = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
    stamp = str(int(AT.timestamp() * 1000))
    by_hand = base64.b64encode(hmac.new(b"SECabc", f"{stamp}\nSECabc".encode(), "sha256").digest()).decode()
    assert query == {"access_token": "the key/+=", "timestamp": stamp, "sign": by_hand}
    assert dingtalk_sign("SECabc", stamp) == by_hand
    assert json.loads(body)["markdown"]["title"] == "【small】测试消息"


@pytest.mark.parametrize(
    ("kind", "code", "again_"),
    [("wecom", 45009, True), ("wecom", 93000, False), ("dingtalk", 130101, True), ("dingtalk", 310000, False)],
)
def test_a_robot_says_in_its_answer_whether_it_took_the_message(
    case: Case, heard: Heard, monkeypatch: pytest.MonkeyPatch, kind: str, code: int, again_: bool
) -> None:
    robot(case, heard, monkeypatch, kind)
    heard.answer = json.dumps({"errcode": code, "errmsg": "no"}).encode()
    alarm(case)
    assert case.deliver() == ((0, 0, 1) if again_ else (0, 1, 0))
    assert f"{code}: no" in case.log("ops")[0].detail
    assert "the key" not in case.log("ops")[0].detail


def test_what_people_named_cannot_call_everybody_or_hide_a_link() -> None:
    made = body_of("wecom", Message("a <@all> b", ["[click](https://evil.example)", "two\nlines"] + ["x" * 300] * 30))
    text = made["markdown"]["content"]
    assert "<@all>" not in text
    assert "[click]" not in text
    assert len(text.encode()) <= 4096


def test_secrets_come_from_the_environment_or_a_file_and_are_never_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ops").write_text("from a file\n")
    (tmp_path / "other").write_text("no")
    with pytest.raises(InputError, match="LINGTAN_SECRET_OPS"):
        secret("ops")
    monkeypatch.setenv("LINGTAN_SECRETS", str(tmp_path / "secrets"))
    assert secret("ops") == "from a file"
    with pytest.raises(InputError):
        secret("../other")
    key = master_key(tmp_path)
    assert (master_key(tmp_path), (tmp_path / "keys" / "webhooks.key").stat().st_mode & 0o777) == (key, 0o600)
    assert webhook_key(key, "a", 1) != webhook_key(key, "a", 2) != webhook_key(key, "b", 2)
    monkeypatch.setenv("LINGTAN_WEBHOOK_KEY", "short")
    with pytest.raises(InputError, match="16"):
        master_key(tmp_path)


INSIDE = (
    "127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.1.2.3", "192.168.1.1", "172.16.0.1", "0.0.0.0", "[fe80::1]", "[fd00::1]",
    "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "2130706433", "0x7f.1", "100.64.0.1", "224.0.0.1",
)  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused_however_it_is_written(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINGTAN_NOTIFY_ALLOW", raising=False)
    with pytest.raises(InputError) as caught:
        resolve(f"https://{host}/x")
    assert caught.value.code in ("alarm.address-inside", "alarm.address-unknown")


def test_a_setting_allows_networks_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGTAN_NOTIFY_ALLOW", "10.0.0.0/8, 127.0.0.1")
    assert resolve("http://127.0.0.1:8000/x?y=1").path == "/x?y=1"
    with pytest.raises(InputError, match=r"169\.254"):
        resolve("http://169.254.169.254/latest")
    monkeypatch.setenv("LINGTAN_NOTIFY_ALLOW", "nonsense")
    with pytest.raises(InputError, match="no network"):
        resolve("https://127.0.0.1/")
    import ipaddress

    assert public(ipaddress.ip_address("8.8.8.8"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "https://",
        "https://a:b@127.0.0.1/",
        "https://127.0.0.1/#x",
        "https://127.0.0.1/a b",
        "x",
        "https://127.0.0.1:99999/",
        "https://例.example/",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no address"):
        resolve(url)


def test_plain_http_to_the_world_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", far)
    with pytest.raises(InputError, match="https"):
        resolve("http://example.com/")
    assert resolve("https://example.com/").ip == "93.184.216.34"


@pytest.mark.parametrize(
    ("target", "match"),
    [
        (Target("Bad Id", "email", "", "a@example.com"), "id"),
        (Target("a", "pigeon", "", "a@example.com"), "kind"),
        (Target("a", "webhook", "", "https://example.com", events=("alarm.nonsense",)), "events"),
        (Target("a", "wecom", "", secret=""), "secret"),
        (Target("a", "email", "", "not an address"), "e-mail address"),
        (Target("a", "email", "", "a@example.com"), "LINGTAN_SMTP_URL"),
        (Target("a", "wecom", "", secret="ops"), "LINGTAN_SECRET_OPS"),
    ],
)
def test_a_target_is_looked_at_before_it_is_kept(
    case: Case, target: Target, match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINGTAN_SMTP_URL", raising=False)
    with pytest.raises(InputError, match=match):
        put_target(case.space, target, senders=case.senders, by="li")
    assert case.space.alarms().targets() == []
