"""What holds for every route of the API: problems, ETags, writes once, pages of one run, series and meters as the pages show them."""

import io

import pyarrow as pa

from lingtan.apps.api.contract import MOST_KEY
from lingtan.apps.web import guard
from tests.web.portal_case import Browser

ARROW = "application/vnd.apache.arrow.stream"
SPAN = "start=2025-01-31&end=2025-02-02"


def asked(browser: Browser, method: str, path: str, **more: object) -> object:
    return browser.ask(
        method, f"/api/v1/{path}", headers={"x-csrf-token": browser.csrf, **more.pop("headers", {})}, **more
    )  # type: ignore[arg-type, dict-item]


def test_every_refusal_is_a_problem_even_before_a_route_runs(browser: Browser, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    browser.become("operator")
    monkeypatch.setattr(guard, "MAX_BODY", 100)
    tried = {
        404: ("GET", "nothing/here", {}),
        405: ("DELETE", "runs", {}),
        413: ("POST", "proposals", {"content": b"x" * 200, "headers": {"content-type": "application/json"}}),
        415: ("POST", "proposals", {"content": b"<a/>", "headers": {"content-type": "application/xml"}}),
        422: ("POST", "proposals", {"json": {"channel": "a-use"}}),
        400: ("POST", "proposals", {"content": b"\xff", "headers": {"content-type": "application/json"}}),
    }
    for status, (method, path, more) in tried.items():
        answer = asked(browser, method, path, **more)
        assert answer.status_code == status, (status, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        assert told["status"] == status
        assert told["code"]
        assert told["request_id"] == answer.headers["x-request-id"]
    newline = browser.get("/api/v1/users/a%0Ab")
    assert (newline.status_code, newline.headers["content-type"]) == (404, "application/problem+json")


def test_a_method_that_is_not_taken_says_which_are(browser: Browser) -> None:
    browser.become("operator")
    assert asked(browser, "PUT", "runs").headers["allow"] == "GET, POST"


def test_who_asks_too_often_is_told_when_to_come_back(browser: Browser, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from lingtan.apps.web import limits

    monkeypatch.setitem(limits.CLASSES, "api", (0.1, 1.0))
    browser.become("operator").get("/api/v1/park")
    answer = browser.get("/api/v1/park")
    assert answer.status_code == 429
    assert answer.json()["code"] == "http-429"
    assert int(answer.headers["retry-after"]) >= 1


def test_every_answer_has_a_tag_and_is_not_sent_twice(browser: Browser) -> None:
    browser.become("operator")
    for path in ("park", "runs", "indicators", "ledger", f"channels/a-use/series?{SPAN}", "me"):
        first = browser.get(f"/api/v1/{path}")
        again = browser.get(f"/api/v1/{path}", if_none_match=f'"other", W/{first.headers["etag"]}')
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
    csv = browser.get("/api/v1/runs", accept="text/csv")
    assert csv.headers["etag"] != browser.get("/api/v1/runs").headers["etag"]


def test_any_write_is_done_once_under_its_key(browser: Browser) -> None:
    browser.become("admin")
    body = {"name": "anna", "role": "consultant", "password": "long enough it is"}
    key = {"idempotency-key": "k"}
    first = asked(browser, "POST", "users", json=body, headers=key)
    again = asked(browser, "POST", "users", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = asked(browser, "POST", "users", json={**body, "name": "berta"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "api.key-reused")
    assert asked(browser, "POST", "users", json=body).status_code == 422  # without a key it is a second write
    long = asked(browser, "POST", "users", json=body, headers={"idempotency-key": "x" * (MOST_KEY + 1)})
    assert long.json()["code"] == "api.long-key"


def test_a_refused_write_may_be_tried_again_under_its_key(browser: Browser) -> None:
    browser.become("admin")
    key = {"idempotency-key": "k2"}
    body = {"name": "carl", "role": "enterprise", "enterprise": "no-such", "password": "long enough it is"}
    assert asked(browser, "POST", "users", json=body, headers=key).status_code == 422
    assert asked(browser, "POST", "users", json={**body, "enterprise": "a"}, headers=key).status_code == 201


def test_pages_are_of_one_run(browser: Browser) -> None:
    browser.become("operator")
    page = browser.get("/api/v1/account/postings?limit=2").json()
    assert f"run={page['run']['closing'].replace('@', '%40')}" in page["next"]
    readings = browser.get(f"/api/v1/channels/a-use/readings?{SPAN}&limit=2").json()
    assert "as_of=" in readings["next"]


def test_lines_of_the_audit_log_follow_each_other(browser: Browser) -> None:
    browser.become("admin")
    for name in ("d1", "d2", "d3"):
        asked(browser, "POST", "users", json={"name": name, "role": "verifier", "password": "long enough it is"})
    found, url = [], "/api/v1/audit?limit=2"
    while url:
        page = browser.get(url).json()
        found += [r["seq"] for r in page["rows"]]
        url = page["next"]
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= 3


def test_series_of_several_channels_stand_side_by_side(browser: Browser) -> None:
    browser.become("operator")
    query = f"channel=a-use&channel=b-use&{SPAN}"
    rows = browser.get(f"/api/v1/series?{query}").json()
    assert rows["units"] == {"a-use": "kW", "b-use": "kW"}
    arrow = browser.get(f"/api/v1/series?{query}", accept=ARROW)
    table = pa.ipc.open_stream(io.BytesIO(arrow.content)).read_all()
    assert table.column_names == ["start", "a-use", "b-use"]
    one = browser.get(f"/api/v1/channels/a-use/series?{SPAN}").json()["rows"]
    assert [r["a-use"] for r in rows["rows"]] == [r["mean"] for r in one]
    assert browser.become("enterprise").get(f"/api/v1/series?{query}").status_code == 403


def test_a_list_is_never_as_long_as_its_cursor(browser: Browser) -> None:
    browser.become("operator")
    far = browser.get(f"/api/v1/channels/a-use/readings?{SPAN}&after=9007199254740991")
    assert (far.status_code, far.json()["rows"]) == (200, [])


def test_the_ledger_drills_down_to_entries_that_sum_up(browser: Browser) -> None:
    browser.become("operator")
    where, level = "", ""
    total = browser.get("/api/v1/ledger?measure=co2").json()["total"]
    while level != "entry":
        page = browser.get(f"/api/v1/ledger?measure=co2{where}").json()
        assert sum(int(r["micrograms"]) for r in page["rows"]) == int(page["total"])
        level = page["level"]
        where += f"&{level}={page['rows'][0]['value']}"
    assert browser.get("/api/v1/flows?measure=co2").json()["total"] == total


def test_a_member_sees_its_own_meters_and_ledger_only(browser: Browser) -> None:
    browser.become("enterprise")
    assert {r["enterprise"] for r in browser.get("/api/v1/meters").json()["rows"]} == {"a"}
    assert browser.get("/api/v1/ledger?enterprise=a").status_code == 200
    assert browser.get("/api/v1/ledger?enterprise=b").status_code == 403
    assert browser.get("/api/v1/ledger").status_code == 403
    assert browser.get("/api/v1/me").json()["may"]["reading:write"] == "own"


def test_a_second_pair_of_eyes_decides_on_a_repair(browser: Browser) -> None:
    browser.become("operator")
    body = {
        "channel": "a-use",
        "start": "2025-01-31",
        "end": "2025-02-01",
        "action": "withdraw",
        "reason": "logger fault",
    }
    made = asked(browser, "POST", "proposals", json=body)
    assert made.status_code == 201
    own = asked(browser, "POST", f"proposals/{made.json()['id']}/decision", json={"approve": True})
    assert (own.status_code, own.json()["code"]) == (403, "proposal.own")
    refused = asked(browser, "POST", f"proposals/{made.json()['id']}/decision", json={"approve": False})
    assert refused.json()["state"] == "refused"


def test_a_closing_tells_cells_only_to_those_who_read_the_ledger(browser: Browser) -> None:
    whole = browser.become("operator").get("/api/v1/closings").json()["rows"][0]
    detail = browser.get(f"/api/v1/closings/{whole['id']}").json()
    assert detail["hash"] == whole["hash"]
    missing = browser.get("/api/v1/closings/none@9")
    assert missing.status_code == 404


def test_two_accounts_are_compared(browser: Browser) -> None:
    browser.become("operator")
    closing = browser.get("/api/v1/closings").json()["rows"][0]["id"]
    same = browser.get(f"/api/v1/accounts/difference?before={closing}&after={closing}").json()
    assert same["difference_micrograms"] == {}
    assert same["before"] == same["after"]


def test_gaps_are_estimated_and_a_commit_is_taken_back(browser: Browser) -> None:
    browser.become("operator")
    tried = asked(
        browser, "POST", "estimates", json={"reason": "logger was down", "channels": ["a-use"], "dry_run": True}
    )
    assert tried.status_code == 200, tried.text
    assert tried.json()["rev"] is None
    rev = browser.get("/api/v1/commits").json()["rows"][-1]["rev"]
    body = {"reason": "wrong channel", "rev": rev}
    assert asked(browser, "POST", "reverts", json={**body, "dry_run": True}).json()["rev"] is None
    done = asked(browser, "POST", "reverts", json=body)
    assert done.status_code in (200, 422), done.text
    browser.become("enterprise")
    assert asked(browser, "POST", "reverts", json=body).status_code == 403
