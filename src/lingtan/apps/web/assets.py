"""Static files: named by the hash of their content, kept by browsers for good, compressed once."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.web.need import Public, Room

ROOT = Path(__file__).parent / "static"
TEXT = (".js", ".css", ".svg", ".json", ".txt", ".webmanifest")
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
FOREVER = "public, max-age=31536000, immutable"
room = Room()


@cache
def _hash(name: str, stamp: int) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file.

    Modules import each other by relative addresses, so all files of ``app/`` share the hash of the whole folder.
    """
    return f"/static/{version(name)}/{name}"


def version(name: str) -> str:
    """The hash in a file's address."""
    if name.startswith("app/"):
        stamps = tuple((str(p), p.stat().st_mtime_ns) for p in sorted((ROOT / "app").rglob("*")) if p.is_file())
        return _folder(stamps)
    return _hash(name, (ROOT / name).stat().st_mtime_ns)


@cache
def _folder(stamps: tuple[tuple[str, int], ...]) -> str:
    whole = hashlib.sha256()
    for path, _ in stamps:
        whole.update(Path(path).read_bytes())
    return whole.hexdigest()[:10]


@cache
def _packed(name: str, stamp: int) -> bytes:
    return gzip.compress((ROOT / name).read_bytes(), 9, mtime=0)


@room.page("/static/{digest}/{name:path}", Public("files that every page loads"))
def static(request: Request, digest: str, name: str) -> Response:
    """A file; the hash in its address is what browsers cache by."""
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT) or not path.is_file():
        return Response(status_code=404)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
    if path.suffix not in TEXT:
        return Response(path.read_bytes(), media_type=kind, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    brotli = path.with_name(path.name + ".br")
    if "br" in accepted and brotli.is_file():
        return Response(brotli.read_bytes(), media_type=kind, headers={**headers, "content-encoding": "br"})
    if "gzip" in accepted:
        packed = _packed(name, path.stat().st_mtime_ns)
        return Response(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
    return Response(path.read_bytes(), media_type=kind, headers=headers)
