"""The pages and routes of forecasts: issued in the background, seen by whoever may see them, told with what came and why."""

import json

import pytest

from lingtan.apps.web import work
from web.portal_case import Browser

PAGES = ("/forecast", "/forecast/run", "/forecast/scores")
ISSUED = "2025-02-01T08:00"


def issued(browser: Browser, at: str = ISSUED) -> str:
    """A forecast made by the form; its name."""
    answer = browser.become("operator").post("/forecast/run", at=at, hours="24")
    assert answer.status_code == 303
    (made,) = work.works(browser.portal, "forecast")[:1]
    told = work.told(made, "zh")
    assert told["state"] == "done", told
    return str(told["answer"]["run"])


@pytest.mark.parametrize("path", PAGES)
def test_a_park_without_forecasts_says_what_to_do(browser: Browser, path: str) -> None:
    browser.become("operator")
    for lang, word in (("zh", "预测"), ("en", "orecast")):
        answer = browser.get(f"{path}?lang={lang}")
        assert answer.status_code == 200
        assert word in answer.text
        assert "<form" in answer.text


def test_a_forecast_is_issued_by_the_form_and_shown_with_what_came(browser: Browser) -> None:
    run = issued(browser)
    page = browser.get(f"/forecast?run={run}&target=a:electricity&lang=zh")
    assert page.status_code == 200
    assert "相似日" in page.text or "昨日同期" in page.text  # a rule was taken, and is named
    assert "简化规则" in page.text
    data = browser.get(f"/forecast/series/a:electricity?run={run}").json()
    assert len(data["values"]) == len(data["quantiles"]) == 7
    assert len(data["values"][0]) == len(data["came"]) == 96
    assert all(v is not None for v in data["came"])
    assert len(data["known"]) == 192
    # quantiles do not cross
    assert all(sorted(col) == list(col) for col in zip(*data["values"], strict=True))


def test_what_was_known_and_what_came_are_told_apart(browser: Browser) -> None:
    run = issued(browser)
    told = browser.get(f"/api/v1/forecasts/{run}/targets/a:electricity/outcome").json()
    assert not any(k is not None and x is not None for k, x in zip(told["known"], told["late"], strict=True))
    assert told["score"]["steps"] == 96
    assert 0 <= told["score"]["covered_90"] <= 1
    later = issued(browser, "2025-02-02T23:00")
    ahead = browser.get(f"/api/v1/forecasts/{later}/targets/a:electricity/outcome").json()
    assert ahead["came"][-1] is None  # readings end before the forecast does


def test_a_member_sees_its_own_forecasts_only(browser: Browser) -> None:
    run = issued(browser)
    whole = browser.get("/api/v1/forecasts/newest").json()
    browser.become("enterprise")
    page = browser.get("/forecast?lang=zh")
    assert page.status_code == 200
    assert "a:electricity" in page.text
    assert "b:electricity" not in page.text
    assert "park:electricity" not in page.text
    assert browser.get(f"/forecast?run={run}&target=b:electricity").text.count("b:electricity") == 0
    assert browser.get("/forecast/series/a:electricity").status_code == 200
    for path in (
        "/forecast/series/b:electricity",
        "/forecast/series/park:electricity",
        "/forecast/why/b:electricity",
        "/forecast/run",
    ):
        assert browser.get(path).status_code == 403, path
    own = browser.get("/api/v1/forecasts/newest").json()
    assert {t["enterprise"] for t in own["targets"]} == {"a"}
    assert 0 < len(own["targets"]) < len(whole["targets"])
    assert browser.get("/api/v1/forecasts/newest/targets/b:electricity").status_code == 403
    assert browser.post("/forecast/run", hours="24").status_code == 403


def test_a_forecast_that_no_model_made_says_so_instead_of_drivers(browser: Browser) -> None:
    issued(browser)
    part = browser.get("/forecast/why/a:electricity?lang=en")
    assert part.status_code == 200
    assert "no model to explain" in part.text or "by the rule" in part.text or "similar-days" in part.text
    assert (
        browser.get("/api/v1/forecasts/newest/targets/a:electricity/reasons").json()["code"] == "forecast.not-modelled"
    )


def test_work_that_fails_is_told_in_words_and_by_the_api(browser: Browser) -> None:
    browser.become("operator")
    begun = browser.ask(
        "POST", "/api/v1/forecasts/scores", json={"period": "2025-02-01"}, headers={"x-csrf-token": browser.csrf}
    )
    assert begun.status_code == 202
    assert begun.headers["location"] == f"/api/v1/forecasts/work/{begun.json()['work']}"
    told = browser.get(begun.headers["location"]).json()
    assert (told["state"], told["problem"]["code"]) == ("failed", "forecast.too-few-days")
    assert "三周" in browser.get("/forecast/scores?lang=zh").text
    assert browser.get("/api/v1/forecasts/work/none").status_code == 404
    assert browser.get("/api/v1/dispatch/work/" + begun.json()["work"]).status_code == 404


def test_quantiles_come_as_json_and_csv(browser: Browser) -> None:
    run = issued(browser)
    url = f"/api/v1/forecasts/{run}/targets/a:electricity"
    page = browser.get(f"{url}?limit=5").json()
    assert (page["count"], page["unit"], len(page["rows"])) == (96, "kW", 5)
    csv = browser.get(f"{url}?limit=5", accept="text/csv").text.lstrip("\ufeff").splitlines()
    assert csv[0] == "start,p05,p10,p25,p50,p75,p90,p95,came"
    assert len(csv) == 6
    for wrong in ("/api/v1/forecasts/nothing", f"/api/v1/forecasts/{run}/targets/x:y"):
        assert browser.get(wrong).status_code == 404, wrong


def test_kept_scores_are_drawn_by_target_and_horizon_and_losses_are_told(browser: Browser) -> None:
    from lingtan.services.score_forecasts import FOLDER

    def score(target: str, method: str, loss: float, bucket: int = 6) -> dict[str, object]:
        return {
            "target": target, "kind": "load", "bucket_h": bucket, "method": method, "pinball": loss, "crps": loss, "mae": loss,
            "covered_90": 0.91, "covered_50": 0.5, "mean_actual": 100.0, "values": 96,
        }  # fmt: skip

    rows = [
        score(t, m, v)
        for t, own in (("a:electricity", 8.0), ("b:electricity", 15.0))
        for m, v in (("forecast", own), ("weekly-naive", 10.0))
    ]
    record = {
        "period": "2025-02", "sample": True, "hours": 24, "as_of": 1, "sources": "none", "origins": ["2025-02-01T00:00:00Z"],
        "trained": ["2025-02-01T00:00:00Z"], "synthetic": True, "fallbacks": {"b:electricity": {"similar-days: few-days": 2}}, "scores": rows,
    }  # fmt: skip
    browser.portal.space().blobs.put(f"{FOLDER}2025-02-abc.json", json.dumps(record).encode())
    browser.become("operator")
    page = browser.get("/forecast/scores?lang=en").text
    assert "Of 2 pairs of target and horizon 1 are worse" in page
    matrix = browser.get("/forecast/scores/matrix.json?lang=en").json()
    assert sorted(round(c[2], 6) for c in matrix["cells"]) == [-0.5, 0.2]
    found = browser.get("/api/v1/forecasts/scores/2025-02-abc").json()["rows"]
    assert {r["target"]: round(r["skill_weekly-naive"], 6) for r in found} == {
        "a:electricity": 0.2,
        "b:electricity": -0.5,
    }
    browser.become("enterprise")
    assert [r["target"] for r in browser.get("/api/v1/forecasts/scores/2025-02-abc").json()["rows"]] == [
        "a:electricity"
    ]
    assert "b:electricity" not in browser.get("/forecast/scores").text


@pytest.mark.parametrize("name", ["consultant", "verifier", "regulator"])
def test_forecasts_are_not_for_everybody(browser: Browser, name: str) -> None:
    browser.become(name)
    for path in ("/forecast", "/forecast/scores", "/api/v1/forecasts", "/api/v1/forecasts/scores"):
        assert browser.get(path).status_code == 403, path
    assert 'href="/forecast"' not in browser.get("/profile").text
