"""A thin client of the API: JSON, tables, files and live power over HTTP, with nothing but the standard library.

>>> from lingtan.client import Client
>>> park = Client("http://127.0.0.1:8710", token="lt_…")
>>> park.get("indicators", period="2025")["indicators"][0]["value"]  # doctest: +SKIP
'0.199749174754'

Reads are repeated when the server is busy or away for a moment; writes carry a key of their own, so that repeating one does it once.
What has not changed since it was last read is not sent again. Tables come as Arrow; ``frame`` and ``polars`` want those packages.
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

ARROW, JSON = "application/vnd.apache.arrow.stream", "application/json"
BUSY = (429, 503)
MOST_WAIT_S = 30.0
REMEMBERED, REMEMBERED_BYTES = 256, 2**18  # so many small answers are kept with their ETags


class ProblemError(Exception):
    """What the server refused: its status, its stable code, what to do, and the number in the server's log."""

    def __init__(self, status: int, code: str, detail: str, request_id: str = "") -> None:
        self.status, self.code, self.detail, self.request_id = status, code, detail, request_id
        super().__init__(f"{status} {code}: {detail}")


class RunInfo(TypedDict):
    """The run behind figures."""

    id: str
    closing: str | None
    stale: bool
    rules: str
    period: str
    as_of: int
    as_of_time: str
    result: str
    synthetic: bool
    code: str


class Indicator(TypedDict):
    """An indicator; exact parts as decimal text."""

    id: str
    value: str | None
    numerator: str | None
    denominator: str | None
    unit: str
    target: str | None
    met: bool | None
    interval: dict[str, float] | None
    notes: list[str]


class Indicators(TypedDict):
    """The core indicator and the guiding ones, with the run that they are of."""

    run: RunInfo
    indicators: list[Indicator]


class _Answer(NamedTuple):
    body: bytes
    headers: Message


class Client:
    """The API of one park's portal.

    Parameters
    ----------
    url : str
        Where the portal is, such as ``https://park.example``.
    token : str
        A token of the profile page.
    lang : str
        The language of what the server says: ``zh`` or ``en``.
    tries : int
        How often a request is made before its failure is raised.
    """

    def __init__(self, url: str, *, token: str, lang: str = "en", timeout_s: float = 60.0, tries: int = 4) -> None:
        self._root = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}", "accept-language": lang}
        self._timeout_s, self._tries = timeout_s, max(1, tries)
        self._known: dict[tuple[str, str], tuple[str, bytes]] = {}

    # ---- reading ------------------------------------------------------------------------------------------------------------

    def get(self, path: str, **query: Any) -> Any:
        """An answer as JSON, such as ``get("account", period="2025")``; a list repeats its name in the query."""
        return json.loads(self._send("GET", path, query, {"accept": JSON}).body)

    def rows(self, path: str, *, limit: int = 1000, **query: Any) -> Iterator[dict[str, Any]]:
        """The rows of a list, over all its pages; all of one run or revision, whatever comes meanwhile."""
        page = self.get(path, **query, limit=limit)
        while True:
            yield from page["rows"]
            if not page.get("next"):
                return
            following, asked = _split(page["next"])
            page = json.loads(self._send("GET", following, asked, {"accept": JSON}).body)

    def tables(self, path: str, *, limit: int = 10_000, **query: Any) -> Iterator["pa.Table"]:
        """The pages of a list as Arrow tables."""
        import pyarrow as pa

        asked: list[tuple[str, Any]] = [*_pairs(query), ("limit", limit)]
        while True:
            answer = self._send("GET", path, asked, {"accept": ARROW})
            with pa.ipc.open_stream(answer.body) as stream:
                yield stream.read_all()
            link = answer.headers.get("link", "")
            if 'rel="next"' not in link:
                return
            path, asked = _split(link.partition("<")[2].partition(">")[0])

    def table(self, path: str, **query: Any) -> "pa.Table":
        """A whole list as one Arrow table."""
        import pyarrow as pa

        return pa.concat_tables(self.tables(path, **query), promote_options="permissive")

    def frame(self, path: str, **query: Any) -> "pd.DataFrame":
        """A whole list for pandas."""
        found: pd.DataFrame = self.table(path, **query).to_pandas()
        return found

    def polars(self, path: str, **query: Any) -> "pl.DataFrame":
        """A whole list for Polars."""
        import polars as pl

        found = pl.from_arrow(self.table(path, **query))
        assert isinstance(found, pl.DataFrame)
        return found

    def download(self, path: str, **query: Any) -> bytes:
        """A file, such as ``download("evidence/2025")`` or ``download("reports/2025/pdf")``."""
        return self._send("GET", path, query, {}).body

    def live(self) -> Iterator[dict[str, Any]]:
        """Power by source as it comes, a message a second, until the connection ends. [kW] Wants the package ``websockets``."""
        from websockets.sync.client import connect

        address = f"ws{self._root.removeprefix('http')}/api/v1/live"
        with connect(address, additional_headers=self._headers, open_timeout=self._timeout_s) as socket:
            for message in socket:
                yield json.loads(message)

    # ---- what is asked most -------------------------------------------------------------------------------------------------

    def indicators(self, period: str = "", *, run: str = "") -> Indicators:
        """The core indicator and the guiding ones, with targets and intervals."""
        found: Indicators = self.get("indicators", period=period or None, run=run or None)
        return found

    def explain(self, figure: str, *, depth: int = 3, run: str = "") -> dict[str, Any]:
        """The passport of a figure, such as ``core`` or ``co2/category=power``."""
        found: dict[str, Any] = self.get("explain", figure=figure, depth=depth, run=run or None)
        return found

    def series(self, channels: Sequence[str], start: str, end: str, *, points: int = 1200) -> "pa.Table":
        """Mean rates of channels side by side; times as ISO text, without an offset in the park's zone."""
        return self.table("series", channel=list(channels), start=start, end=end, points=points)

    # ---- writing ------------------------------------------------------------------------------------------------------------

    def post(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """Write something as JSON; the answer, or None where there is none."""
        return self._write("POST", path, query, body, key)

    def put(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """The same with PUT."""
        return self._write("PUT", path, query, body, key)

    def patch(self, path: str, body: Any = None, *, key: str = "", **query: Any) -> Any:
        """The same with PATCH."""
        return self._write("PATCH", path, query, body, key)

    def delete(self, path: str, *, key: str = "", **query: Any) -> Any:
        """Take something away."""
        return self._write("DELETE", path, query, None, key)

    def push(self, channel: Sequence[str], start: Sequence[str], value: Sequence[float], *, key: str = "") -> Any:
        """Push readings by columns; ``start`` as ISO text with its offset."""
        body = {"channel": list(channel), "start": list(start), "value": list(value)}
        return self.post("readings", body, key=key)

    def push_table(self, table: "pa.Table", *, key: str = "") -> Any:
        """Push an Arrow table with ``channel``, ``start``, ``value``."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        data: bytes = sink.getvalue().to_pybytes()
        return _told(self._send("POST", "readings", {}, {"content-type": ARROW, **_key(key)}, data).body)

    def upload(self, path: str, name: str, data: bytes, *, key: str = "", field: str = "file") -> Any:
        """Send a file, such as ``upload("imports", "load.xlsx", data)``; what was understood of it comes back."""
        edge = uuid.uuid4().hex
        plain = name.replace('"', "_").replace("\r", "_").replace("\n", "_")
        head = f'--{edge}\r\ncontent-disposition: form-data; name="{field}"; filename="{plain}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        headers = {"content-type": f"multipart/form-data; boundary={edge}", **_key(key)}
        return _told(self._send("POST", path, {}, headers, body).body)

    def _write(self, method: str, path: str, query: Mapping[str, Any], body: Any, key: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = _key(key) | ({} if data is None else {"content-type": JSON})
        return _told(self._send(method, path, query, headers, data).body)

    # ---- one request --------------------------------------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | Sequence[tuple[str, Any]],
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> _Answer:
        asked = urlencode(_pairs(query))
        url = f"{self._root}/api/v1/{quote(path.lstrip('/'), safe='/@:%')}{f'?{asked}' if asked else ''}"
        told = {**self._headers, **headers}
        form = (url, headers.get("accept", ""))
        known = self._known.get(form) if method == "GET" else None
        if known is not None:
            told["if-none-match"] = known[0]
        for left in range(self._tries - 1, -1, -1):
            try:
                with urlopen(Request(url, data=body, headers=told, method=method), timeout=self._timeout_s) as answer:
                    found = _Answer(answer.read(), answer.headers)
                self._remember(method, form, found)
                return found
            except HTTPError as error:
                with error:
                    if error.code == 304 and known is not None:
                        return _Answer(known[1], error.headers)
                    if error.code not in BUSY or not left:
                        raise _problem(error) from None
                    wait = _wait(error.headers.get("retry-after"), self._tries - left)
            except (URLError, HTTPException, ConnectionError, TimeoutError):
                if not left:
                    raise
                wait = _wait(None, self._tries - left)
            time.sleep(wait)
        raise AssertionError

    def _remember(self, method: str, form: tuple[str, str], found: _Answer) -> None:
        tag = found.headers.get("etag")
        if method == "GET" and tag and len(found.body) <= REMEMBERED_BYTES:
            while len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[form] = (tag, found.body)


def _pairs(query: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    items = query.items() if isinstance(query, Mapping) else query
    found = []
    for name, value in items:
        many = value if isinstance(value, list | tuple) else [value]
        found += [(name, str(v).lower() if isinstance(v, bool) else v) for v in many if v is not None]
    return found


def _split(link: str) -> tuple[str, list[tuple[str, Any]]]:
    """The address of a next page as path and query."""
    parts = urlsplit(link)
    return parts.path.removeprefix("/api/v1/"), list(parse_qsl(parts.query, keep_blank_values=True))


def _key(key: str) -> dict[str, str]:
    return {"idempotency-key": key or uuid.uuid4().hex}


def _told(body: bytes) -> Any:
    return json.loads(body) if body else None


def _wait(stated: str | None, tried: int) -> float:
    """Seconds to wait: as the server says, else longer each time."""
    try:
        return min(MOST_WAIT_S, float(stated or ""))
    except ValueError:
        return min(MOST_WAIT_S, 0.25 * 2.0**tried)


def _problem(error: HTTPError) -> ProblemError:
    text = error.read()
    try:
        told = json.loads(text)
    except ValueError:
        told = {"code": f"http-{error.code}", "detail": text.decode("utf-8", "replace")[:200]}
    return ProblemError(error.code, told.get("code", "http"), told.get("detail", ""), told.get("request_id", ""))
