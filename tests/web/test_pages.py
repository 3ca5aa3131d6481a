"""Pages: both languages, figures with passports, nothing of others, news."""

import re

import pytest

from lingtan.base.text import sentences
from tests.web.portal_case import Browser

PAGES = ("/", "/ledger", "/closings", "/users", "/audit", "/profile", "/passport?figure=core", "/sign-in")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_shows_a_key_instead_of_a_sentence(browser: Browser, lang: str) -> None:
    browser.become("admin")
    heads = {k.split(".")[0] for k in sentences(lang)}
    for path in PAGES:
        text = re.sub(r"<[^>]+>", " ", browser.get(f"{path}{'&' if '?' in path else '?'}lang={lang}").text)
        bare = [
            w
            for w in re.findall(r"\b[a-z-]+\.[a-z][a-z0-9_.-]+\b", text)
            if w.split(".")[0] in heads and "indicator" not in w
        ]
        known = ("core.numerator", "core.denominator", "park.test")  # the last is the name of the host
        assert [w for w in bare if w not in known] == [], path


def test_synthetic_parks_say_so_on_every_page(browser: Browser) -> None:
    browser.become("admin")
    for path in PAGES[:-1]:
        assert "合成数据" in browser.get(f"{path}{'&' if '?' in path else '?'}lang=zh").text, path


def test_figures_of_the_overview_open_their_passports(browser: Browser) -> None:
    browser.become("operator")
    links = re.findall(r'href="(/passport\?[^"]+)" data-passport', browser.get("/").text)
    assert len(links) >= 5
    for link in links:
        answer = browser.get(link.replace("&amp;", "&"), hx_request="true")
        assert answer.status_code == 200, (link, answer.text)
        assert "<html" not in answer.text


def test_the_ledger_drills_from_the_park_to_an_entry(browser: Browser) -> None:
    browser.become("operator")
    page, seen = browser.get("/ledger").text, []
    while link := re.search(r'<tbody><tr><td><a href="([^"]+)"', page):
        seen.append(link[1])
        page = browser.get(link[1].replace("&amp;", "&")).text
    assert len(seen) >= 3
    assert "data-passport" in page


def test_an_enterprise_sees_only_its_own_ledger(browser: Browser) -> None:
    browser.become("enterprise")
    page = browser.get("/ledger").text
    assert "enterprise=a" in page
    assert "enterprise=b" not in page
    assert "/users" not in browser.get("/").text


def test_what_was_known_then_can_be_shown(browser: Browser) -> None:
    browser.become("operator")
    answer = browser.get("/ledger/as-of?at=2026-01-20T00:00&period=2025")
    assert answer.status_code == 303
    assert browser.get(answer.headers["location"]).status_code == 200
    assert browser.get("/ledger/as-of?at=2020-01-01T00:00&period=2025").status_code == 422


def test_new_readings_are_accounted_by_themselves(browser: Browser) -> None:
    browser.become("operator")
    before = browser.get("/api/v1/indicators").json()["run"]
    body = {"channel": ["b-use"], "start": ["2025-02-03T00:00:00+08:00"], "value": [500.0]}
    assert browser.ask("POST", "/api/v1/readings", json=body, headers={"x-csrf-token": browser.csrf}).status_code == 201
    stale = browser.get("/api/v1/indicators").json()["run"]
    assert stale["stale"]
    error = browser.portal.failure("2025")
    after = browser.get("/api/v1/indicators").json()["run"]
    # the small park has three days of readings: the account of a whole year says that they are too few
    assert error is not None or (after["as_of"] > before["as_of"] and not after["stale"])


def test_a_closing_by_the_operator_stands_in_the_list(browser: Browser) -> None:
    browser.become("operator")
    browser.get("/closings")
    assert browser.post("/closings", period="2025", reason="again", what="restate").status_code == 303
    assert browser.get("/closings").status_code == 200
    assert (
        browser.become("verifier").post("/closings", period="2025", reason="again", what="restate").status_code == 403
    )
