"""What enterprises, verifiers and regulators come for, and that nothing else is shown to them."""

import json
import re

import pytest

from tests.web.portal_case import OWN, Browser

CLOSED = "2025-ndrc-910-2025@0"


def test_a_question_is_asked_answered_and_settled_by_the_right_people(browser: Browser) -> None:
    browser.become("verifier").get("/questions")
    asked = browser.post(
        "/questions", text="Where is the meter?", figure="co2/category=power", run=CLOSED, evidence="true"
    )
    assert asked.status_code == 303
    where = asked.headers["location"]
    assert browser.post(f"{where}/reply", text="", settle="true").status_code == 422  # nobody answered yet
    assert browser.post(f"{where}/answer", text="me").status_code == 403
    browser.become("operator").get(where)
    assert browser.post(f"{where}/reply", text="hm").status_code == 403
    assert browser.post(f"{where}/answer", text="In the hall. <b>").status_code == 303
    browser.become("verifier")
    page = browser.get(where).text
    assert "In the hall. &lt;b&gt;" in page
    assert "/passport?figure=co2%2Fcategory%3Dpower" in page
    assert browser.post(f"{where}/reply", text="", settle="true").status_code == 303
    told = browser.ask("GET", f"/api/v1{where}").json()
    assert [w["kind"] for w in told["words"]] == ["asked", "answered", "settled"]
    assert told["state"] == "settled"
    assert browser.become("operator").post(f"{where}/answer", text="more").status_code == 422
    lines = [(e.actor, e.action) for e in browser.portal.audit.entries() if e.object.startswith(where)]
    assert ("operator", "approve") in lines
    assert ("verifier", "write") in lines


def test_a_changed_answer_is_noticed(browser: Browser) -> None:
    from lingtan.base.errors import DataError
    from lingtan.services.questions import answer, ask, questions

    space = browser.portal.space()
    made = ask(space, "one?", by="v", role="verifier")
    answer(space, made.id, "yes", by="o", role="operator")
    path = f"questions/{made.id}/0001.json"
    word = json.loads(space.blobs.get(path) or b"")
    space.blobs.put(path, json.dumps({**word, "text": "no"}).encode())
    with pytest.raises(DataError, match="q0001"):
        questions(space)


def test_a_question_on_a_figure_that_is_none_names_the_nearest(browser: Browser) -> None:
    browser.become("verifier").get("/questions")
    answer = browser.post("/questions", text="what?", figure="co3", run=CLOSED)
    assert answer.status_code == 422
    assert "co2" in answer.text


def test_pseudonymous_totals_sum_to_the_park_and_name_nobody(browser: Browser) -> None:
    browser.become("regulator")
    told = browser.ask("GET", "/api/v1/aggregates").json()
    park = {m: int(v) for m, v in told["totals_micrograms"].items()}
    for view in ("direct", "transfer"):
        total = sum(round(float(r[f"co2_{view}_t"]) * 10**6) for r in told["rows"])
        assert abs(total - park["co2"] / 10**6) <= len(told["rows"])
    page = browser.get("/regulator").text
    text = re.sub(r"<[^>]+>", " ", page)
    assert not re.search(r"\b(Zone|Plant|plant|zone)\b", text)
    assert all(r["pseudonym"] in page for r in told["rows"])


def test_whoever_holds_a_book_can_check_it_and_a_changed_one_fails(browser: Browser) -> None:
    browser.become("enterprise")
    book = browser.ask("GET", f"/api/v1/enterprises/{OWN}/book").json()
    assert browser.ask("GET", "/api/v1/enterprises/b/book").status_code == 403
    browser.become("regulator").get("/regulator")
    send = {"x-csrf-token": browser.csrf}
    answer = browser.ask("POST", "/regulator/check", files={"book": ("b.json", json.dumps(book))}, headers=send)
    assert answer.status_code == 200
    checked = browser.ask("POST", "/api/v1/aggregates/check", json=book, headers=send).json()
    assert checked["fits"]
    assert checked["sums_fit"]
    assert checked["pseudonym"] in answer.text
    book["postings"][0][-1] += 1
    changed = browser.ask("POST", "/api/v1/aggregates/check", json=book, headers=send).json()
    assert not changed["fits"]
    bad = browser.ask("POST", "/regulator/check", files={"book": ("b.json", b"[1]")}, headers=send)
    assert bad.status_code == 422


def test_the_regulators_report_has_no_name_of_an_enterprise(browser: Browser) -> None:
    from io import BytesIO
    from zipfile import ZipFile

    browser.become("regulator")
    answer = browser.get("/regulator/report.xlsx?lang=en")
    assert answer.status_code == 200
    with ZipFile(BytesIO(answer.content)) as book:
        text = " ".join(book.read(n).decode("utf-8", "replace") for n in book.namelist() if n.endswith(".xml"))
    assert not re.search(r">(A|B|Plant|Zone|plant)<", text)
    assert "E-" in text
