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


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("enterprise", f"/enterprises/{OWN}"),
        ("verifier", "/verification"),
        ("regulator", "/regulator"),
        ("operator", ""),
    ],
)
def test_everybody_lands_where_their_work_is(browser: Browser, name: str, home: str) -> None:
    answer = browser.become(name).get("/")
    assert (answer.status_code, answer.headers.get("location", "")) == ((303, home) if home else (200, ""))
    if home:
        page = browser.get(home)
        assert page.status_code == 200
        assert f'href="{home}" aria-current="page"' in page.text
    assert browser.get("/overview").status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/statement", "/statement.xlsx", "/benchmark", "/months.json", "/cost", "/book.json", "/green-statement.zip"]
)  # fmt: skip
def test_an_enterprise_opens_its_own_pages_and_nobody_elses(browser: Browser, path: str) -> None:
    browser.become("enterprise")
    for lang in ("zh", "en"):
        answer = browser.get(f"/enterprises/{OWN}{path}?lang={lang}")
        assert answer.status_code == 200, answer.text[:400]
    assert browser.get(f"/enterprises/b{path}").status_code == 403


def test_no_page_of_an_enterprise_names_another(browser: Browser) -> None:
    browser.become("enterprise")
    for path in ("", "/statement", "/benchmark"):
        text = re.sub(r"<[^>]+>", " ", browser.get(f"/enterprises/{OWN}{path}?lang=en").text)
        assert not re.search(r"\b(Plant|Zone|b-use)\b", text), path


def test_figures_of_the_role_pages_open_their_passports(browser: Browser) -> None:
    tried = 0
    for name, paths in (
        ("operator", ("/wall", "/enterprises", f"/enterprises/{OWN}/statement?month=2025-01", "/verification")),
        ("enterprise", (f"/enterprises/{OWN}", f"/enterprises/{OWN}/statement?month=2025-01")),
        ("verifier", ("/verification",)),
        ("regulator", ("/regulator",)),
    ):
        browser.become(name)
        for path in paths:
            links = set(re.findall(r'href="(/passport\?[^"]+)" data-passport', browser.get(path).text))
            assert links, (name, path)
            for link in sorted(links)[:5]:
                assert browser.get(link.replace("&amp;", "&"), hx_request="true").status_code == 200, (name, link)
                tried += 1
    assert tried > 20


def test_green_figures_have_a_passport_for_those_who_may_see_them(browser: Browser) -> None:
    assert "data-passport" in browser.become("operator").get("/green").text
    told = browser.get("/green/passport?period=2025&enterprise=a&lang=en", hx_request="true")
    assert told.status_code == 200
    assert "<html" not in told.text
    assert "kgCO₂/kWh" in told.text
    assert browser.become("enterprise").get("/green/passport?period=2025&enterprise=b").status_code == 403
    assert browser.get("/green/passport?period=2025").status_code == 200


def test_a_meter_change_is_tried_before_it_is_written(browser: Browser) -> None:
    browser.become("operator").get("/meters/change")
    park = (browser.portal.root / "park.yaml").read_bytes()
    form = {"channel": "a-use", "start": "2025-01-31T00:00", "multiplier": "2", "reason": "a test of it"}
    tried = browser.post("/meters/change", **form)
    assert tried.status_code == 200
    assert 'name="write"' in tried.text
    assert (browser.portal.root / "park.yaml").read_bytes() == park
    assert browser.post("/meters/change", **{**form, "multiplier": "two"}).status_code == 422
    assert browser.post("/meters/change", **form, write="true").status_code == 200
    assert (browser.portal.root / "park.yaml").read_bytes() != park
    rows = browser.ask("GET", "/api/v1/meters/changes").json()["rows"]
    assert [(r["channel"], r["multiplier"], r["reason"]) for r in rows] == [("a-use", "2", "a test of it")]
    assert browser.become("enterprise").get("/meters/change").status_code == 403


def test_a_pack_is_sealed_and_recomputed_for_the_verifier(browser: Browser) -> None:
    browser.become("verifier")
    assert browser.ask("GET", "/api/v1/packs").json()["rows"][0]["sealed"] is False
    page = browser.get("/verification/2025/check?profile=full&lang=en")
    assert page.status_code == 200
    assert "authentic and whole" in page.text
    assert browser.ask("GET", "/api/v1/packs").json()["rows"][0]["sealed"] is True
    assert browser.become("regulator").get("/verification").status_code == 403


def test_the_answers_of_the_api_have_the_shapes_that_it_describes(browser: Browser) -> None:
    from lingtan.apps.api.routes import changes, enterprises, questions, regulator

    browser.become("operator")
    made = browser.ask("GET", f"/api/v1/enterprises/{OWN}/statement", params={"period": "2025-01"})
    enterprises.Statement.model_validate(made.json())
    for row in browser.ask("GET", f"/api/v1/enterprises/{OWN}/benchmark").json()["rows"]:
        enterprises.StandingRow.model_validate(row)
    for row in browser.ask("GET", f"/api/v1/forms/{OWN}", params={"month": "2025-01"}).json()["rows"]:
        enterprises.FieldRow.model_validate(row)
    for row in browser.ask("GET", "/api/v1/packs").json()["rows"]:
        changes.PackRow.model_validate(row)
    ahead = browser.ask("GET", "/api/v1/overview/year-end")
    assert ahead.status_code == 200
    if ahead.json() is not None:
        changes.YearEnd.model_validate(ahead.json())
    regulator.BookShape.model_validate(browser.ask("GET", f"/api/v1/enterprises/{OWN}/book").json())
    browser.become("verifier")
    send = {"x-csrf-token": browser.csrf}
    asked = browser.ask("POST", "/api/v1/questions", json={"text": "why?"}, headers=send)
    assert asked.status_code == 201
    questions.QuestionShape.model_validate(asked.json())


PAGES = {
    "operator": ("/regulator", "/questions", "/forms", "/enterprises", "/verification", "/meters/change", "/certificates", "/overview?known=1"),
    "enterprise": (f"/enterprises/{OWN}", f"/enterprises/{OWN}/statement", f"/enterprises/{OWN}/benchmark", f"/forms/{OWN}", "/certificates"),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_role_page_shows_a_key_instead_of_a_sentence(browser: Browser, lang: str) -> None:
    from lingtan.base.text import sentences

    heads = {k.split(".")[0] for k in sentences(lang)}
    for name, paths in PAGES.items():
        browser.become(name)
        for path in paths:
            answer = browser.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            assert answer.status_code == 200, (path, answer.text[:300])
            text = re.sub(r"<[^>]+>", " ", answer.text)
            bare = [w for w in re.findall(r"\b[a-z-]+\.[a-z][a-z0-9_.-]+\b", text) if w.split(".")[0] in heads]
            assert [w for w in bare if not w.startswith("core.")] == [], path
