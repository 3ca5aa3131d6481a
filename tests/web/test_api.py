"""The API: forms of answers, pages, ETags, problems, writes once, readings pushed."""

import io
import json

import pyarrow as pa

from tests.web.portal_case import Browser

READINGS = {
    "channel": ["a-use", "a-use"],
    "start": ["2025-02-03T00:00:00+08:00", "2025-02-03T01:00:00+08:00"],
    "value": [12.5, 13],
}


def test_a_list_comes_as_json_csv_and_arrow(browser: Browser) -> None:
    browser.become("operator")
    rows = browser.get("/api/v1/account/postings?limit=5").json()
    assert len(rows["rows"]) == 5
    csv = browser.get("/api/v1/account/postings?limit=5", accept="text/csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 6
    arrow = browser.get("/api/v1/account/postings?limit=5", accept="application/vnd.apache.arrow.stream")
    table = pa.ipc.open_stream(io.BytesIO(arrow.content)).read_all()
    assert table.to_pylist()[0]["micrograms"] == rows["rows"][0]["micrograms"]


def test_pages_follow_each_other_without_gap_or_overlap(browser: Browser) -> None:
    browser.become("operator")
    whole = browser.get("/api/v1/figures?limit=10000").json()
    found, url = [], "/api/v1/figures?limit=37"
    while url:
        page = browser.get(url).json()
        found += page["rows"]
        url = page["next"]
    assert found == whole["rows"]
    assert len(found) == whole["count"] > 37


def test_what_has_not_changed_is_not_sent_again(browser: Browser) -> None:
    browser.become("operator")
    first = browser.get("/api/v1/account")
    again = browser.get("/api/v1/account", if_none_match=first.headers["etag"])
    assert again.status_code == 304
    assert not again.content


def test_errors_are_problems_with_a_code_and_a_number(browser: Browser) -> None:
    browser.become("operator")
    for path, status in (
        ("/api/v1/explain?figure=nonsense", 404), ("/api/v1/nowhere", 404), ("/api/v1/runs?limit=0", 422), ("/api/v1/users", 403),
        ("/api/v1/enterprises/nobody/postings", 404), ("/api/v1/channels/x/readings?start=2025-01-01&end=2025-02-01", 404),
    ):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_an_enterprise_pushes_its_own_readings_in_three_forms_and_once(browser: Browser) -> None:
    browser.become("enterprise")
    token = {"x-csrf-token": browser.csrf}
    first = browser.ask("POST", "/api/v1/readings", json=READINGS, headers=token)
    assert first.status_code == 201, first.text
    csv = "channel,start,value\n" + "".join(f"{c},{s},{v}\n" for c, s, v in zip(*READINGS.values(), strict=True))
    second = browser.ask("POST", "/api/v1/readings", content=csv, headers={**token, "content-type": "text/csv"})
    assert second.status_code == 200, second.text
    assert second.json()["duplicate"]
    stamps = pa.array([1738512000000000, 1738515600000000], pa.timestamp("us", tz="UTC"))
    table = pa.table({"channel": READINGS["channel"], "start": stamps, "value": [12.5, 13.0]})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    third = browser.ask(
        "POST",
        "/api/v1/readings",
        content=sink.getvalue(),
        headers={**token, "content-type": "application/vnd.apache.arrow.stream"},
    )
    assert third.json()["duplicate"], third.text
    kept = browser.get("/api/v1/channels/a-use/readings?start=2025-02-03&end=2025-02-04").json()
    assert [r["value"] for r in kept["rows"]] == [12500, 13000]


def test_nobody_pushes_readings_of_others(browser: Browser) -> None:
    browser.become("enterprise")
    foreign = {**READINGS, "channel": ["a-use", "b-use"]}
    answer = browser.ask("POST", "/api/v1/readings", json=foreign, headers={"x-csrf-token": browser.csrf})
    assert answer.status_code == 403
    unknown = {**READINGS, "channel": ["a-use", "no-such"]}
    assert (
        browser.ask("POST", "/api/v1/readings", json=unknown, headers={"x-csrf-token": browser.csrf}).status_code == 403
    )


def test_bodies_that_are_no_readings_are_refused_with_a_reason(browser: Browser) -> None:
    browser.become("operator")
    for body, kind, status in (
        (b"{", "application/json", 422), (b"[]", "application/json", 422), (b"\xff\xfe", "text/csv", 422), (b"x", "application/zip", 415),
        (b"", "application/vnd.apache.arrow.stream", 422), (json.dumps({"channel": [1], "start": ["x"]}).encode(), "application/json", 422),
    ):  # fmt: skip
        answer = browser.ask(
            "POST", "/api/v1/readings", content=body, headers={"x-csrf-token": browser.csrf, "content-type": kind}
        )
        assert answer.status_code == status, (body, answer.text)


def test_a_write_with_a_key_is_done_once(browser: Browser) -> None:
    browser.become("operator")
    headers = {"x-csrf-token": browser.csrf, "idempotency-key": "one"}
    first = browser.ask("POST", "/api/v1/readings", json=READINGS, headers=headers)
    again = browser.ask("POST", "/api/v1/readings", json=READINGS, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    other = browser.ask("POST", "/api/v1/readings", json={**READINGS, "value": [1, 2]}, headers=headers)
    assert other.status_code == 422


def test_a_regulator_sees_pseudonyms_that_sum_to_the_park(browser: Browser) -> None:
    whole = browser.become("operator").get("/api/v1/enterprises").json()["rows"]
    hidden = browser.become("regulator").get("/api/v1/enterprises").json()["rows"]
    assert len(hidden) == len(whole) > 2
    assert not {r["enterprise"] for r in hidden} & {r["enterprise"] for r in whole}
    assert round(sum(float(r["co2_transfer_t"]) for r in hidden), 3) == round(
        sum(float(r["co2_transfer_t"]) for r in whole), 3
    )
    own = browser.become("enterprise").get("/api/v1/enterprises").json()["rows"]
    assert [r["enterprise"] for r in own] == ["a"]


def test_a_token_is_shown_once_and_works_without_a_cookie(browser: Browser) -> None:
    browser.become("operator")
    made = browser.ask(
        "POST",
        "/api/v1/tokens",
        json={"label": "x", "scopes": ["account:read"]},
        headers={"x-csrf-token": browser.csrf},
    )
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret not in browser.get("/api/v1/tokens").text
    browser.cookies.clear()
    assert browser.get("/api/v1/runs", authorization=f"Bearer {secret}").status_code == 200
    too_much = browser.become("enterprise").ask(
        "POST",
        "/api/v1/tokens",
        json={"label": "x", "scopes": ["account:read"]},
        headers={"x-csrf-token": browser.csrf},
    )
    assert too_much.status_code == 422


def test_the_description_names_every_route_and_its_need(browser: Browser) -> None:
    described = browser.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert len(described["paths"]) > 15
    assert all("x-lingtan-needs" in told for methods in described["paths"].values() for told in methods.values())
    assert browser.get("/api/v1/docs").text.count("<section") == sum(len(m) for m in described["paths"].values())
