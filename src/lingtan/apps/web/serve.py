"""Serve a park's portal until Ctrl-C."""

import contextlib
import importlib
import logging
import os
import sys
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lingtan.apps.web.portal import Portal
from lingtan.base.errors import InputError, LingtanError

log = logging.getLogger(__name__)
PORT = 8710


def open_portal(folder: Path, *, lang: str = "zh", clock: "datetime | None" = None) -> Portal:
    """The portal of a workspace, with its users and audit log.

    Raises
    ------
    InputError
        If there is no good park file.
    """
    from lingtan.wiring import now, open_access, open_workspace

    root = folder.resolve()
    access = open_access(root)
    portal = Portal(root, lambda path: open_workspace(path, lang=lang), access.directory, access.audit, now, lang=lang)
    portal.space()
    return portal


@dataclass(frozen=True)
class Front:
    """How the portal is reached: where it listens, by which certificate, behind which proxies, under which address."""

    host: str = "127.0.0.1"
    port: int = PORT
    cert: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()
    public_url: str = ""

    def checked(self) -> "Front":
        """The same, with every part looked at.

        Raises
        ------
        InputError
            ``portal.certificate`` if certificate and key do not come together, ``access.certificate-unreadable``,
            ``access.trusted-proxy``, ``access.public-url``.
        """
        import ssl
        from ipaddress import ip_network
        from urllib.parse import urlsplit

        if (self.cert is None) != (self.key is None):
            raise InputError("portal.certificate")
        if self.cert is not None and self.key is not None:
            try:
                ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                    self.cert, self.key, password=lambda: ""
                )
            except (OSError, ssl.SSLError) as error:
                detail = getattr(error, "reason", None) or error.strerror or str(error)
                raise InputError(
                    "access.certificate-unreadable", path=f"{self.cert}, {self.key}", detail=detail
                ) from None
        for proxy in self.proxies:
            try:
                ip_network(proxy, strict=False)
            except ValueError:
                raise InputError("access.trusted-proxy", value=proxy) from None
        told = urlsplit(self.public_url)
        whole = f"{told.scheme}://{told.netloc}"
        good = (
            told.scheme in ("http", "https")
            and told.hostname
            and self.public_url.rstrip("/") == whole
            and "@" not in whole
        )
        if self.public_url and not good:
            raise InputError("access.public-url", value=self.public_url)
        return replace(self, public_url=whole.lower() if self.public_url else "")


def serve(folder: Path, *, lang: str = "zh", front: Front | None = None) -> None:
    """Serve until Ctrl-C.

    Raises
    ------
    InputError
        ``portal.port-taken``; what is wrong with ``front`` or with ``sso.toml``.
    """
    import socket

    import uvicorn

    from lingtan.apps.web.small import give_back, keep_small, settle

    keep_small()
    from lingtan.apps.web.app import create_app
    from lingtan.base.text import say
    from lingtan.wiring import sign_in_provider

    front = (front or Front()).checked()
    host, port = front.host, front.port
    try:
        taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError("portal.port-taken", host=host, port=port, detail=error.strerror or str(error)) from None
    portal = open_portal(folder, lang=lang)
    portal.public_url = front.public_url
    portal.provider = sign_in_provider(folder)
    app = create_app(portal)
    _logging()
    settle()
    threading.Thread(target=_warm, args=(portal,), daemon=True, name="warm").start()
    threading.Thread(target=give_back, daemon=True, name="give-back").start()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=front.cert,
        ssl_keyfile=front.key,
        proxy_headers=bool(front.proxies),
        forwarded_allow_ips=list(front.proxies),
        ws_max_size=65_536,
        ws_per_message_deflate=False,  # short messages to many: a compressor for each would cost more than it saves
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        limit_concurrency=1000,
    )
    url = front.public_url or f"{'https' if front.cert else 'http'}://{host}:{port}"
    print(say("portal.serves", lang, url=f"{url}/"), file=sys.stderr)
    if portal.needs_setup():
        print(say("portal.setup-code", lang, url=f"{url}/setup", code=portal.setup_code), file=sys.stderr)
    try:
        uvicorn.Server(config).run(sockets=[taken])
    except KeyboardInterrupt:
        pass
    finally:
        portal.close()


def _warm(portal: Portal) -> None:
    """Load what the first page needs while its reader still signs in."""
    from lingtan.apps.web.render import environment

    with contextlib.suppress(LingtanError):
        portal.shown(refresh=False)
    environment().get_template("overview.html")
    for name in (
        "pyarrow.parquet",
        "pyarrow.compute",
        "lingtan.services.show_series",
    ):  # the first course is not the slow one
        importlib.import_module(name)


def _logging() -> None:
    level = os.environ.get("LINGTAN_LOG", "WARNING").upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
