"""The server as it is started: TLS with a certificate made here, a proxy that is believed only when told, one stated address."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lingtan.apps.web.serve import Front
from lingtan.base.errors import InputError
from tests.web.portal_case import PASSWORD, Browser, Clock, Portal


@pytest.fixture
def park(closed: Path, tmp_path: Path) -> Path:
    """A workspace of one's own."""
    return Path(shutil.copytree(closed, tmp_path / "park"))


def certificate(folder: Path, name: str = "park") -> tuple[Path, Path]:
    """A self-made certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert, secret


@contextmanager
def served(root: Path, *options: str) -> Iterator[int]:
    """The server as its own process; its port."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = tuple(o.format(port=port) for o in options)
    command = [
        sys.executable,
        "-m",
        "lingtan",
        "serve",
        "--park",
        str(root),
        "--port",
        str(port),
        "--lang",
        "en",
        *options,
    ]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "LINGTAN_LOG": "WARNING"})
    try:
        assert child.stderr is not None
        assert f":{port}" in child.stderr.readline()
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                ssl_off = httpx.get(f"http://127.0.0.1:{port}/healthz").status_code
            except httpx.RemoteProtocolError:
                break  # it speaks TLS
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                assert ssl_off == 200
                break
        yield port
    finally:
        child.terminate()
        child.communicate(timeout=20)


def sign_in(client: httpx.Client, **headers: str) -> httpx.Response:
    page = client.get("/sign-in", headers=headers).text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": csrf, "name": "operator", "password": PASSWORD}
    return client.post("/sign-in", data=form, headers=headers)


def session_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return next(c for c in answer.headers.get_list("set-cookie") if c.startswith("lt_session="))


def test_with_a_certificate_everything_goes_by_tls(park: Path, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(cert))
    options = ("--certificate", str(cert), "--key", str(key), "--public-url", "https://localhost:{port}")
    with served(park, *options) as port:
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trust) as client:
            said = session_of(sign_in(client))
            assert "Secure" in said
            assert "HttpOnly" in said
            page = client.get("/")
            assert page.status_code == 200
            assert page.headers["strict-transport-security"].startswith("max-age=31536000")
            cookie = f"lt_session={client.cookies['lt_session']}"
            message = asyncio.run(_listen(port, trust, cookie, f"https://localhost:{port}"))
            assert "at" in message or message["none"]
            with pytest.raises(websockets.InvalidStatus):
                asyncio.run(_listen(port, trust, cookie, "https://evil.example"))
            # by another name it is not served, but its health is told
            other = {"host": "evil.example"}
            assert client.get("/sign-in", headers=other).status_code == 421
            assert client.get("/healthz", headers=other).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{port}/sign-in")
        old = ssl.create_default_context(cafile=str(cert))
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
        assert httpx.get(f"https://localhost:{port}/healthz", verify=old).status_code == 200


async def _listen(port: int, trust: ssl.SSLContext, cookie: str, origin: str) -> dict[str, Any]:
    address = f"wss://localhost:{port}/live"
    async with websockets.connect(address, ssl=trust, origin=origin, additional_headers={"cookie": cookie}) as socket:
        found: dict[str, Any] = json.loads(await socket.recv())
        return found


@pytest.mark.parametrize("trusted", [True, False])
def test_a_proxy_is_believed_only_when_told(park: Path, trusted: bool) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}
    options = ("--trusted-proxy", "127.0.0.1") if trusted else ()
    with served(park, *options) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        answer = client.get("/sign-in", headers=forwarded)
        assert ("strict-transport-security" in answer.headers) is trusted
        assert ("Secure" in answer.headers["set-cookie"]) is trusted
        # a caller that says it is somebody else each time has a bucket of its own only behind a trusted proxy
        for i in range(14):
            last = client.post("/sign-in", headers={**forwarded, "x-forwarded-for": f"192.0.2.{i}"})
        assert (last.status_code == 429) is not trusted


def test_a_stated_https_address_makes_cookies_secure_behind_any_proxy(
    portal_and_clock: tuple[Portal, Clock],
) -> None:
    portal = portal_and_clock[0]
    portal.public_url = "https://park.example"
    browser = Browser(portal, base="http://park.example")
    answer = browser.get("/sign-in")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers
    assert Browser(portal, base="http://127.0.0.1").get("/sign-in").status_code == 421
    browser.become("operator")
    token = {"x-csrf-token": browser.csrf}
    for origin, status in (("https://park.example", 303), ("http://park.example", 403)):
        told = {**token, "origin": origin}
        assert browser.ask("POST", "/profile/language", data={"lang": "zh"}, headers=told).status_code == status


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"cert": "park.crt"}, "portal.certificate"),
        ({"cert": "park.crt", "key": "other.key"}, "access.certificate-unreadable"),
        ({"cert": "park.key", "key": "park.key"}, "access.certificate-unreadable"),
        ({"cert": "nowhere", "key": "park.key"}, "access.certificate-unreadable"),
        ({"proxies": ("everywhere",)}, "access.trusted-proxy"),
        ({"public_url": "park.example"}, "access.public-url"),
        ({"public_url": "https://park.example/portal"}, "access.public-url"),
        ({"public_url": "https://me@park.example"}, "access.public-url"),
    ],
)
def test_a_front_that_is_not_right_is_refused(tmp_path: Path, wrong: dict[str, Any], code: str) -> None:
    certificate(tmp_path)
    certificate(tmp_path, "other")
    told = {k: tmp_path / v if k in ("cert", "key") else v for k, v in wrong.items()}
    with pytest.raises(InputError) as refused:
        Front(**told).checked()
    assert refused.value.code == code
    assert refused.value.format("zh") != code


def test_a_good_front_is_kept_as_it_is(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    front = Front(cert=cert, key=key, proxies=("10.0.0.0/8", "::1"), public_url="https://Park.Example/")
    assert front.checked().public_url == "https://park.example"
