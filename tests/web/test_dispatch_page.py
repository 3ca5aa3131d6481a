"""The pages and routes of dispatch: planned, told with reasons, approved by two, held by hand, handed over, replayed."""

import pytest

from lingtan.apps.web import work
from lingtan.services.access.policy import Role
from web.portal_case import Browser

START = "2025-02-02T00:00"
FILE = """
schema: 1
id: small
step_minutes: 60
units:
- {id: battery, kind: battery, input: electricity, capacity_kw: 100, energy_kwh: 200, efficiency: 0.95}
- {id: pv-a, kind: pv, output: electricity, available: sun}
needs: [{id: load, node: electricity, series: use}]
grids: [{id: grid, node: electricity, import_kw: %s, price_cny_per_kwh: 0.6, factor_kgco2_per_kwh: 0.5}]
sources: {use: {a-use: 1.0, b-use: 1.0}, sun: {pv: 1.0}}
limits: {hard_needs: %s}
approval: {people: %s}
"""


def described(browser: Browser, *, kw: int = 5000, people: int = 1, hard: str = "false") -> None:
    """The dispatch file by the page's form."""
    browser.become("operator")
    answer = browser.post("/dispatch/file", text=FILE % (kw, hard, people))
    assert answer.status_code == 303, answer.text


def planned(browser: Browser, at: str = START, hours: str = "12") -> dict[str, object]:
    """A plan made by the form, as its work tells it."""
    assert browser.post("/dispatch/plan", at=at, hours=hours).status_code == 303
    return work.told(work.works(browser.portal, "dispatch")[0], "zh")


def second_operator(browser: Browser) -> None:
    """Another pair of eyes."""
    from lingtan.services.access.users import add_user

    add_user(browser.portal.directory, "second", Role.OPERATOR, password=None)


@pytest.mark.parametrize("path", ["/dispatch", "/dispatch/plant", "/dispatch/backtests", "/dispatch/file"])
def test_every_page_opens_in_both_languages_before_there_is_anything(browser: Browser, path: str) -> None:
    browser.become("operator")
    for lang in ("zh", "en"):
        answer = browser.get(f"{path}?lang={lang}")
        assert answer.status_code == 200, answer.text[:500]
        assert "dispatch-portal." not in answer.text


def test_a_plan_is_made_by_the_form_and_tells_the_reason_of_every_bar(browser: Browser) -> None:
    described(browser)
    made = planned(browser)
    assert made["state"] == "done", made
    page = browser.get("/dispatch?lang=zh")
    assert page.status_code == 200
    assert "dispatch-portal." not in page.text
    assert "tCO₂" in page.text
    assert "tCO2" not in page.text
    one = browser.get("/api/v1/dispatch/schedules/newest").json()
    assert page.text.count("data-why=") == len(one["reasons"]) > 0
    for number, reason in enumerate(one["reasons"]):
        part = browser.get(f"/dispatch/why?schedule={one['id']}&number={number}&lang=en")
        assert part.status_code == 200
        assert reason["code"] in part.text or len(part.text) > 200


def test_every_reason_is_put_to_the_test_on_the_page_and_in_the_api(browser: Browser) -> None:
    described(browser)
    planned(browser)
    one = browser.get("/api/v1/dispatch/schedules/newest").json()
    told = browser.get("/api/v1/dispatch/schedules/newest/check").json()
    assert [r["number"] for r in told["reasons"]] == list(range(len(one["reasons"])))
    assert told["total"] == sum(r["last"] - r["first"] for r in one["reasons"])
    assert (told["refuted"], told["moved"]) == (0, 0)
    assert told["confirmed"] > 0
    page = browser.get(f"/dispatch/check?schedule={one['id']}&lang=en")
    assert page.status_code == 200
    assert f"{told['confirmed']:,} confirmed" in page.text
    assert browser.get("/api/v1/dispatch/schedules/none/check").status_code == 404


def test_the_energy_of_each_reason_is_that_of_its_set_points(browser: Browser) -> None:
    described(browser)
    planned(browser)
    one = browser.get("/api/v1/dispatch/schedules/newest").json()
    told = [r for r in one["reasons"] if r["action"] in ("import", "charge", "discharge")]
    assert told
    for r in told:
        kw = one["set_points"][f"{r['asset']}.{r['action']}"][r["first"] : r["last"]]
        assert abs(sum(kw) * one["step_minutes"] / 60 - r["energy_kwh"]) < 0.01


def test_the_stacked_supply_closes_hour_by_hour(browser: Browser) -> None:
    described(browser)
    planned(browser)
    data = browser.get("/dispatch/supply.json?node=electricity").json()
    assert data["need"]["values"]
    for i, need in enumerate(data["need"]["values"]):
        assert abs(sum(s["values"][i] for s in data["series"]) - need) < 0.1
    content = browser.get("/dispatch/content.json").json()["series"]
    assert [s["size"] for s in content] == [200.0]
    assert all(0 <= v <= 200 for v in content[0]["values"])


def test_who_made_a_plan_cannot_approve_it_where_four_eyes_are_asked_for(browser: Browser) -> None:
    described(browser, people=2)
    second_operator(browser)
    name = planned(browser)["answer"]["schedule"]  # type: ignore[index]
    page = browser.get("/dispatch?lang=zh").text
    assert "不能批准自己的计划" in page
    refused = browser.post("/dispatch/approve", schedule=str(name))
    assert refused.status_code == 403
    assert browser.get("/api/v1/dispatch/schedules/newest").json()["status"] == "proposed"
    assert browser.become("second").post("/dispatch/approve", schedule=str(name)).status_code == 303
    assert browser.get("/api/v1/dispatch/schedules/newest").json()["status"] == "approved"
    assert "已批准" in browser.get("/dispatch?lang=zh").text


def test_an_admin_looks_and_does_not_touch(browser: Browser) -> None:
    described(browser)
    name = str(planned(browser)["answer"]["schedule"])  # type: ignore[index]
    browser.become("admin")
    page = browser.get("/dispatch")
    assert page.status_code == 200
    assert 'action="/dispatch/approve"' not in page.text
    assert browser.post("/dispatch/approve", schedule=name).status_code == 403
    assert browser.post("/dispatch/override", asset="battery", kw="0", reason="x y").status_code == 403


def test_a_case_that_cannot_be_is_told_with_its_conflict_and_the_cheapest_way_out(browser: Browser) -> None:
    described(browser, kw=100, hard="true")
    told = planned(browser)
    assert told["state"] == "failed"
    problem = told["problem"]
    assert problem["code"] == "dispatch.infeasible"  # type: ignore[index]
    kinds = {p["severity"] for p in problem["problems"]}  # type: ignore[index]
    assert kinds == {"error", "warning"}
    page = browser.get("/dispatch?lang=zh").text
    assert "代价最小的放宽办法" in page
    assert "电力 的需求必须满足" in page  # nodes and columns in words
    assert "grid · 购电" in page
    assert "grid.import" not in page


def test_an_asset_is_held_with_a_reason_and_a_time_and_given_back(browser: Browser) -> None:
    described(browser)
    assert browser.post("/dispatch/override", asset="battery", kw="50", hours="2", reason="维护").status_code == 303
    page = browser.get("/dispatch/plant?lang=zh").text
    assert "维护" in page
    (row,) = browser.get("/api/v1/dispatch/overrides").json()["rows"]
    assert (row["asset"], row["kw"], row["by"], row["reason"]) == ("battery", 50.0, "operator", "维护")
    assert (
        browser.post("/dispatch/override", asset="battery", kw="5000", hours="2", reason="too much").status_code == 422
    )
    assert browser.post("/dispatch/override", asset="none", kw="0", hours="2", reason="who").status_code == 422
    assert browser.post("/dispatch/override", asset="battery", kw="0", hours="2").status_code == 422
    assert browser.post("/dispatch/release", asset="battery").status_code == 303
    assert browser.get("/api/v1/dispatch/overrides").json()["rows"] == []
    noted = [e for e in browser.portal.audit.entries(limit=500) if e.action == "override"]
    assert noted[-1].detail["reason"] == "维护"


def test_the_simulated_plant_answers_and_its_silence_is_alarmed(browser: Browser) -> None:
    described(browser)
    answer = browser.post("/dispatch/roll", at="2025-02-02T08:00", steps="2", hours="6", auto="true", silent="battery")
    assert answer.status_code == 303
    told = work.told(work.works(browser.portal, "dispatch")[0], "zh")
    assert told["state"] == "done", told
    page = browser.get("/dispatch/plant?lang=zh").text
    assert "无应答" in page
    assert "不应答" in page
    run = browser.get(f"/api/v1/dispatch/runs/{told['answer']['roll']}").json()
    battery = [p for s in run["sent"] for p in s["set_points"] if p["asset"] == "battery"]
    assert len(battery) == 2
    assert all(p["acknowledged_kw"] is None for p in battery)
    assert browser.get("/api/v1/dispatch/alarms").json()["count"] >= 2
    assert browser.post("/dispatch/roll", at="2025-02-02T08:00", silent="nobody").status_code == 422


def test_a_backtest_is_kept_and_shown_with_its_regret(browser: Browser) -> None:
    described(browser)
    assert browser.post("/dispatch/backtests", period="2025-02-01", way="rules").status_code == 303
    page = browser.get("/dispatch/backtests?lang=zh").text
    assert "完美预知" in page
    assert "dispatch-portal." not in page
    (row,) = browser.get("/api/v1/dispatch/backtests").json()["rows"]
    made = browser.get(f"/api/v1/dispatch/backtests/{row['id']}").json()
    best = next(o for o in made["outcomes"] if o["way"] == "perfect")
    assert all(o["regret_cny"] >= -1e-6 for o in made["outcomes"])
    assert best["regret_cny"] == 0
    assert browser.get("/dispatch/backtests/ways.json").json()["regret"] == [o["regret_cny"] for o in made["outcomes"]]
    assert browser.post("/dispatch/backtests", period="2025-02-01").status_code == 422


def test_a_wrong_description_is_refused_at_its_line_and_nothing_is_written(browser: Browser) -> None:
    described(browser)
    before = browser.get("/api/v1/dispatch/description").json()
    answer = browser.post("/dispatch/file", text=(FILE % (5000, "false", 1)).replace("capacity_kw", "capacity_kv"))
    assert answer.status_code == 422
    assert "capacity_kv" in answer.text
    assert browser.get("/api/v1/dispatch/description").json() == before
    token = {"x-csrf-token": browser.csrf}
    wrong = browser.ask("PUT", "/api/v1/dispatch/description", json={"text": "units: 3"}, headers=token)
    assert wrong.status_code == 422
    assert wrong.json()["problems"]
    dropped = browser.ask("DELETE", "/api/v1/dispatch/description", headers=token).json()
    assert dropped["own"] is False
    assert dropped["assumptions"]


def test_set_points_come_as_a_table_for_control_systems(browser: Browser) -> None:
    described(browser)
    planned(browser)
    csv = (
        browser.get("/api/v1/dispatch/schedules/newest/set-points", accept="text/csv")
        .text.lstrip("\ufeff")
        .splitlines()
    )
    assert csv[0].startswith("start,grid.import")
    assert len(csv) == 13
    token = {"x-csrf-token": browser.csrf}
    done = browser.ask("POST", "/api/v1/dispatch/schedules/newest/decision", json={"approve": True}, headers=token)
    assert done.json()["status"] == "approved"
    at = browser.get("/api/v1/dispatch/active?at=2025-02-02T03:00").json()
    assert at["schedule"]["status"] == "approved"
    assert browser.get("/api/v1/dispatch/active?at=2025-03-02T03:00").json()["schedule"] is None


@pytest.mark.parametrize("name", ["enterprise", "consultant", "verifier", "regulator"])
def test_dispatch_is_the_parks(browser: Browser, name: str) -> None:
    browser.become(name)
    for path in ("/dispatch", "/dispatch/plant", "/api/v1/dispatch/schedules", "/api/v1/dispatch/overrides"):
        assert browser.get(path).status_code == 403, path
