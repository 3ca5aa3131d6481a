"""Secrets by name, from the environment or from a file; a name is all that the database holds."""

import os
import secrets
from base64 import b64encode
from hashlib import sha256
from hmac import digest
from pathlib import Path

from lingtan.base.errors import InputError, SourceError
from lingtan.base.ids import is_slug

PREFIX, FOLDER, MASTER = "LINGTAN_SECRET_", "LINGTAN_SECRETS", "LINGTAN_WEBHOOK_KEY"
LEAST_MASTER = 16
KEY_FILE = "keys/webhooks.key"


def secret(name: str) -> str:
    """The secret: ``LINGTAN_SECRET_<NAME>``, else the file of that name in the folder ``LINGTAN_SECRETS``.

    Raises
    ------
    InputError
        ``alarm.no-secret``, naming both places.
    """
    variable = PREFIX + name.upper().replace("-", "_").replace(".", "_")
    found = os.environ.get(variable, "")
    folder = os.environ.get(FOLDER)
    if not found and folder and is_slug(name):
        path = Path(folder) / name
        if path.is_file():
            found = path.read_text(encoding="utf-8").strip()
    if not found:
        raise InputError("alarm.no-secret", name=name, variable=variable, folder=folder or FOLDER)
    return found


def master_key(keep: Path) -> bytes:
    """What every webhook's key is derived from: ``LINGTAN_WEBHOOK_KEY``, else a file of the workspace, made on first use.

    Raises
    ------
    InputError
        ``alarm.short-key`` for one of fewer than 16 characters.
    SourceError
        ``workspace.unreadable``.
    """
    named = os.environ.get(MASTER)
    if named:
        if len(named) < LEAST_MASTER:
            raise InputError("alarm.short-key", variable=MASTER, least=LEAST_MASTER)
        return named.encode()
    path = keep / KEY_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes().strip()
        with os.fdopen(fd, "wb") as file:
            key = secrets.token_hex(32).encode()
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return key
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None


def webhook_key(master: bytes, target: str, generation: int) -> bytes:
    """The key of one webhook; another generation is another key. Nothing of it is kept."""
    return digest(master, f"webhook:{target}:{generation}".encode(), sha256)


def written(key: bytes) -> str:
    """A key as the Standard Webhooks libraries read it."""
    return f"whsec_{b64encode(key).decode()}"
