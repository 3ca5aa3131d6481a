"""A thin client of the API: JSON, tables and files over HTTP, with nothing but the standard library.

>>> from lingtan.client import Client
>>> park = Client("http://127.0.0.1:8710", token="lt_…")
>>> park.get("indicators", period="2025")["indicators"][0]["value"]  # doctest: +SKIP
'0.199749174754'
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"


class ProblemError(Exception):
    """What the server refused: its status, its stable code, and what to do."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(f"{status} {code}: {detail}")


class Client:
    """The API of one park's portal."""

    def __init__(self, url: str, *, token: str, lang: str = "en", timeout_s: float = 60.0) -> None:
        self._base = f"{url.rstrip('/')}/api/v1"
        self._headers = {"authorization": f"Bearer {token}", "accept-language": lang}
        self._timeout_s = timeout_s

    def get(self, path: str, **query: Any) -> Any:
        """An answer as JSON, such as ``get("account", period="2025")``."""
        return json.loads(self._send("GET", path, query, {"accept": "application/json"}))

    def rows(self, path: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        """The rows of a list, over all its pages."""
        after, limit = 0, int(query.pop("limit", 1000))
        while True:
            page = self.get(path, **query, after=after, limit=limit)
            yield from page["rows"]
            if not page.get("next"):
                return
            after += limit

    def table(self, path: str, **query: Any) -> "pa.Table":
        """One page of a list as an Arrow table."""
        import pyarrow as pa

        with pa.ipc.open_stream(self._send("GET", path, query, {"accept": ARROW})) as stream:
            return stream.read_all()

    def push(self, channel: Sequence[str], start: Sequence[str], value: Sequence[float], *, key: str = "") -> Any:
        """Push readings by columns; ``start`` as ISO text with its offset. With ``key`` a repeated push is done once."""
        body = json.dumps({"channel": list(channel), "start": list(start), "value": list(value)}).encode()
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        return json.loads(self._send("POST", "readings", {}, headers, body))

    def push_table(self, table: "pa.Table") -> Any:
        """Push an Arrow table with ``channel``, ``start``, ``value``."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return json.loads(self._send("POST", "readings", {}, {"content-type": ARROW}, sink.getvalue().to_pybytes()))

    def download(self, path: str, **query: Any) -> bytes:
        """A file, such as ``download("evidence/2025")``."""
        return self._send("GET", path, query, {})

    def _send(
        self, method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        asked = urlencode({k: v for k, v in query.items() if v is not None})
        url = f"{self._base}/{path.lstrip('/')}{f'?{asked}' if asked else ''}"
        request = Request(url, data=body, headers={**self._headers, **headers}, method=method)
        try:
            with urlopen(request, timeout=self._timeout_s) as answer:
                data: bytes = answer.read()
                return data
        except HTTPError as error:
            with error:
                text = error.read()
            try:
                told = json.loads(text)
            except ValueError:
                told = {"code": "http", "detail": text.decode("utf-8", "replace")[:200]}
            raise ProblemError(error.code, told.get("code", "http"), told.get("detail", "")) from None
