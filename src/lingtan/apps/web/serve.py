"""Serve a park's portal until Ctrl-C."""

import logging
import os
import sys
from datetime import datetime
from pathlib import Path

from lingtan.apps.web.portal import Portal
from lingtan.base.errors import InputError

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


def serve(
    folder: Path,
    *,
    lang: str = "zh",
    host: str = "127.0.0.1",
    port: int = PORT,
    cert: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until Ctrl-C.

    Raises
    ------
    InputError
        ``portal.port-taken``; ``portal.certificate`` if certificate and key do not come together.
    """
    import socket

    import uvicorn

    from lingtan.apps.web.app import create_app
    from lingtan.base.text import say

    if (cert is None) != (key is None):
        raise InputError("portal.certificate")
    try:
        taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError("portal.port-taken", host=host, port=port, detail=error.strerror or str(error)) from None
    portal = open_portal(folder, lang=lang)
    app = create_app(portal)
    _logging()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=cert,
        ssl_keyfile=key,
        ws_max_size=65_536,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        limit_concurrency=1000,
    )
    scheme = "https" if cert else "http"
    print(say("portal.serves", lang, url=f"{scheme}://{host}:{port}/"), file=sys.stderr)
    if portal.needs_setup():
        print(
            say("portal.setup-code", lang, url=f"{scheme}://{host}:{port}/setup", code=portal.setup_code),
            file=sys.stderr,
        )
    try:
        uvicorn.Server(config).run(sockets=[taken])
    except KeyboardInterrupt:
        pass
    finally:
        portal.close()


def _logging() -> None:
    level = os.environ.get("LINGTAN_LOG", "WARNING").upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
