"""The planning pages and their API: studies made, edited, checked, run, stopped, compared, taken along."""

import io
import json
import re
import zipfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from lingtan.apps.web.background import Task
from lingtan.services.studies import kept, results_folder
from lingtan.services.study_shelf import save_study, show_study, study_path
from tests.web.portal_case import Browser, Clock, Portal

SMALL = """
schema: 1
study: {id: small, name: {zh: 小研究, en: small}, region: CN-JS, hours: 48, gap: 0.01}
nodes: [{id: el, carrier: electricity}]
profiles:
  - {id: load, constant: 1000}
  - {id: sun, shape: {pattern: one_shift, seed: 1}}
demands: [{id: works, name: {zh: 生产, en: works}, node: el, profile: load, factor: 1}]   # the whole need
tariffs:
  - {id: t, connection: grid, region: CN-JS, voltage: 110kV, basis: demand, demand_cny_per_kw_month: 40, energy_cny_per_kwh: {flat: 0.6}, windows: [{period: flat, windows: ["00:00-24:00"]}], source: test}
grids: [{id: grid, node: el, tariff: t, connection_kw: 4000}]
technologies:
  - {id: roofs, kind: pv, node: el, profile: sun, capex: 2000, fixed_om: 20, lifetime: 25, cost_source: test, maximum: 3000, party: park}
targets: {emissions_t: 6000}
scenarios: [{id: usual, probability: 0.5}, {id: dear, probability: 0.5, energy_price: 1.3}]
stages: [{year: 2025}, {year: 2030, demand: 1.1}]
sensitivities: [{id: capex, path: technologies.roofs.capex, factors: [0.8, 1.2]}]
parties: [{id: park, name: {zh: 园区公司, en: park company}}]
"""


@pytest.fixture
def study(portal_and_clock: tuple[Portal, Clock]) -> str:
    portal, clock = portal_and_clock
    save_study(portal.root, "small", SMALL, by="operator", at=clock(), gives=True, new=True)
    return "small"


def root_of(browser: Browser) -> Path:
    root: Path = browser.portal.root
    return root


def say(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_new_study_runs_as_it_stands_and_belongs_to_who_made_it(browser: Browser) -> None:
    browser.become("consultant")
    answer = browser.post("/planning/new", study="park-2030", name="园区 2030")
    assert answer.headers["location"] == "/planning/park-2030/edit"
    made = show_study(root_of(browser), "park-2030")
    assert made.name == {"zh": "园区 2030", "en": "园区 2030"}
    assert made.changed_by == "consultant"
    assert "没有错误" in say(browser.get("/planning/park-2030/check?lang=zh"))
    assert browser.post("/planning/new", study="park-2030").status_code == 422
    assert browser.post("/planning/new", study="../up").status_code == 422
    assert browser.post("/planning/new", study="compare").status_code == 422


@pytest.mark.parametrize("name", ["enterprise", "verifier", "regulator"])
def test_studies_are_not_for_everybody(browser: Browser, study: str, name: str) -> None:
    browser.become(name)
    assert browser.get("/planning").status_code == 403
    assert browser.get(f"/planning/{study}/file/study.yaml").status_code == 403


def test_an_admin_looks_and_does_not_write(browser: Browser, study: str) -> None:
    browser.become("admin")
    assert browser.get(f"/planning/{study}").status_code == 200
    assert browser.get(f"/planning/{study}/edit").status_code == 403
    assert browser.post(f"/planning/{study}/run", answer="plan").status_code == 403


def test_a_form_changes_one_value_and_keeps_comments_and_all_else(browser: Browser, study: str) -> None:
    browser.become("consultant")
    before = study_path(root_of(browser), study).read_text()
    base = show_study(root_of(browser), study).digest
    answer = browser.ask(
        "POST",
        f"/planning/{study}/edit",
        data={"csrf": browser.csrf, "group": "technologies", "base": base, "v:technologies[0].capex": "2,500"},
    )
    assert answer.status_code == 303
    after = study_path(root_of(browser), study).read_text()
    assert "# the whole need" in after
    assert "capex: 2500" in after
    assert "capex: 2000" not in after
    assert len(after.splitlines()) >= len(before.strip().splitlines()) - 1


def test_entries_are_added_and_removed_and_what_no_form_offers_is_not_written(browser: Browser, study: str) -> None:
    from lingtan.services.edit_study import tree_of

    browser.become("consultant")
    data = {
        "csrf": browser.csrf, "group": "scenarios", "new:scenarios.id": "calm", "new:scenarios.probability": "0.2", "remove:scenarios[1]": "1",
        "v:study.id": "other", "v:technologies[0].capex": "1",
    }  # fmt: skip
    assert browser.ask("POST", f"/planning/{study}/edit", data=data).status_code == 303
    tree = tree_of(study_path(root_of(browser), study).read_text())
    assert [s["id"] for s in tree["scenarios"]] == ["usual", "calm"]
    assert tree["study"]["id"] == "small"
    assert tree["technologies"][0]["capex"] == 2000


def test_bad_text_is_kept_and_every_problem_is_shown_with_its_line(browser: Browser, study: str) -> None:
    browser.become("consultant")
    bad = SMALL.replace("capex: 2000", "capex: cheap").replace("probability: 0.5}", "probability: 5}")
    base = show_study(root_of(browser), study).digest
    assert browser.post(f"/planning/{study}/text", text=bad, base=base).status_code == 303
    assert "cheap" in study_path(root_of(browser), study).read_text()
    page = browser.get(f"/planning/{study}/text?lang=zh")
    line = next(i for i, text in enumerate(bad.splitlines(), 1) if "cheap" in text)
    assert f'data-line="{line}"' in page.text
    found = say(browser.get(f"/planning/{study}/check?lang=zh"))
    assert "technologies[0].capex" in found
    assert "scenarios[0].probability" in found
    form = browser.get(f"/planning/{study}/edit?group=technologies&lang=zh")
    assert 'aria-invalid="true"' in form.text
    assert 'value="cheap"' in form.text
    browser.post(f"/planning/{study}/text", text="study: [", base="")
    assert browser.get(f"/planning/{study}/edit").status_code == 200
    assert browser.get(f"/planning/{study}").status_code == 200


def test_a_change_by_another_is_not_overwritten_and_nothing_typed_is_lost(browser: Browser, study: str) -> None:
    browser.become("operator")
    base = show_study(root_of(browser), study).digest
    browser.post(f"/planning/{study}/text", text=SMALL + "# theirs\n", base=base)
    answer = browser.post(f"/planning/{study}/text", text=SMALL + "# mine\n", base=base)
    assert answer.status_code == 200
    assert "# mine" in answer.text
    assert "# theirs" in study_path(root_of(browser), study).read_text()


def test_readings_reach_a_study_only_by_who_may_read_the_park(browser: Browser, study: str) -> None:
    root = root_of(browser)
    wants = SMALL.replace("{id: load, constant: 1000}", "{id: load, readings: a-use}").replace(
        "hours: 48", "hours: 48, park: .."
    )
    browser.become("consultant")
    browser.post(f"/planning/{study}/text", text=wants, base="")
    assert show_study(root, study).given == ()
    assert "没有交给" in say(browser.get(f"/planning/{study}/check?lang=zh"))
    browser.become("operator").post(f"/planning/{study}/text", text=wants, base="")
    assert show_study(root, study).given == ("a-use",)
    browser.become("consultant").post(f"/planning/{study}/text", text=wants.replace("a-use", "b-use"), base="")
    assert "没有交给" in say(browser.get(f"/planning/{study}/check?lang=zh"))
    browser.become("operator").post(f"/planning/{study}/text", text=wants.replace("park: ..", "park: ../.."), base="")
    assert "study.park" in say(browser.get(f"/planning/{study}/check?lang=zh"))


def test_every_answer_is_run_and_shown_in_both_languages(browser: Browser, study: str) -> None:
    browser.become("consultant")
    for answer in ("plan", "frontier", "pathway", "scenarios", "sensitivities", "alternatives"):
        more = {"steps": "2"} if answer == "frontier" else {"within": "5%"} if answer == "alternatives" else {}
        assert browser.post(f"/planning/{study}/run", answer=answer, gap="2%", **more).status_code == 303
        record = browser.portal.studies.state(study)[answer]
        assert record["state"] == "done", browser.portal.studies.failure(record, "en")
        path = f"/planning/{study}" if answer == "plan" else f"/planning/{study}/answer/{answer}"
        for lang in ("zh", "en"):
            page = browser.get(f"{path}?lang={lang}")
            assert page.status_code == 200
            assert "plan-page." not in page.text
    for part in ("operation", "money", "why", "files", "edit", "text"):
        page = browser.get(f"/planning/{study}/{part}?lang=zh")
        assert page.status_code == 200
        assert "plan-page." not in page.text
    for chart in (
        "week",
        "duration",
        "flow",
        "cost",
        "bills",
        "cash",
        "frontier",
        "alternatives",
        "pathway",
        "intensity",
        "tornado",
    ):
        drawn = browser.get(f"/planning/{study}/chart/{chart}?lang=zh")
        assert drawn.status_code == 200, chart
        json.dumps(drawn.json(), allow_nan=False)
    assert (
        "园区公司" in browser.get(f"/planning/{study}/money?lang=zh").text
        or browser.get(f"/planning/{study}/chart/cash").json()
    )


def test_a_week_balances_at_every_hour(browser: Browser, study: str) -> None:
    browser.become("consultant").post(f"/planning/{study}/run", answer="plan")
    found = browser.get(f"/planning/{study}/chart/week").json()
    assert len(found["times"]) == 48
    for hour in range(48):
        up = sum(x["values"][hour] for x in found["up"])
        down = sum(x["values"][hour] for x in found["down"])
        assert up + down == pytest.approx(0, abs=0.01)


def test_an_infeasible_study_says_who_conflicts_and_the_cheapest_way_out(browser: Browser, study: str) -> None:
    browser.become("consultant")
    browser.post(
        f"/planning/{study}/text",
        text=SMALL.replace("emissions_t: 6000", "emissions_t: 100").replace("maximum: 3000", "maximum: 10"),
        base="",
    )
    browser.post(f"/planning/{study}/run", answer="plan")
    page = browser.get(f"/planning/{study}/why?lang=zh")
    assert "不能同时成立" in page.text
    assert "排放上限" in page.text
    assert "多允许" in page.text


def test_plans_stand_side_by_side(browser: Browser, study: str) -> None:
    browser.become("consultant").post(f"/planning/{study}/run", answer="plan")
    browser.post(f"/planning/{study}/copy", to="dearer")
    assert "id: dearer" in study_path(root_of(browser), "dearer").read_text()
    browser.post("/planning/dearer/edit", **{"group": "technologies", "v:technologies[0].capex": "9000"})
    browser.post("/planning/dearer/run", answer="plan")
    page = browser.get("/planning/compare?study=small&study=dearer&lang=zh")
    assert page.status_code == 200
    assert page.text.count("dearer") >= 2
    found = browser.get("/planning/compare/sizes.json?study=small&study=dearer").json()
    assert len(found["months"]) == 2


def test_a_changed_study_marks_its_answers_as_old(browser: Browser, study: str) -> None:
    browser.become("consultant").post(f"/planning/{study}/run", answer="plan")
    assert "有改动" not in browser.get(f"/planning/{study}?lang=zh").text
    browser.post(f"/planning/{study}/text", text=SMALL + "# later\n", base="")
    assert "有改动" in browser.get(f"/planning/{study}?lang=zh").text


def test_a_removed_study_is_kept_aside(browser: Browser, study: str) -> None:
    browser.become("consultant").post(f"/planning/{study}/run", answer="plan")
    assert browser.post(f"/planning/{study}/remove").status_code == 303
    assert browser.get(f"/planning/{study}").status_code == 404
    assert (root_of(browser) / "studies" / "removed" / "small.0.yaml").read_text() == SMALL


def test_workbooks_and_profile_files_go_in_and_out(browser: Browser, study: str) -> None:
    browser.become("consultant")
    book = browser.get(f"/planning/{study}/file/study.xlsx")
    assert book.status_code == 200
    sent = browser.ask(
        "POST",
        "/planning/upload",
        data={"csrf": browser.csrf, "study": "again"},
        files={"file": ("x.xlsx", book.content)},
    )
    assert sent.headers["location"] == "/planning/again/text"
    assert "没有错误" in say(browser.get("/planning/again/check?lang=zh"))
    sent = browser.ask(
        "POST", "/planning/upload", data={"csrf": browser.csrf}, files={"file": ("load.csv", b"kw\n1\n")}
    )
    assert sent.headers["location"] == "/planning?data=1"
    assert (root_of(browser) / "studies" / "load.csv").is_file()
    for name in ("../../park.yaml", "x.exe", ".hidden.csv"):
        refused = browser.ask("POST", "/planning/upload", data={"csrf": browser.csrf}, files={"file": (name, b"x")})
        assert refused.status_code == 422 or refused.headers["location"].startswith("/planning/")
    assert not list(root_of(browser).glob("*.exe"))


def test_answers_go_out_as_files(browser: Browser, study: str) -> None:
    browser.become("consultant")
    assert browser.get(f"/planning/{study}/file/answers.xlsx").status_code == 409
    browser.post(f"/planning/{study}/run", answer="plan")
    for name, head in (
        ("answers.xlsx", b"PK"),
        ("annex-2.xlsx", b"PK"),
        ("series.parquet", b"PAR1"),
        ("model.mps", b"NAME"),
    ):
        got = browser.get(f"/planning/{study}/file/{name}")
        assert got.status_code == 200
        assert got.content.startswith(head), name
    pack = zipfile.ZipFile(io.BytesIO(browser.get(f"/planning/{study}/file/figures.zip").content))
    assert {"cost.svg", "energy-flow.svg", "duration.svg"} <= set(pack.namelist())


def test_a_run_that_was_cut_off_goes_on_at_the_next_start(browser: Browser, study: str) -> None:
    portal = browser.portal

    class Never:
        """A background whose children never end."""

        def submit(self, lane: str, job: str, arguments: Any) -> Task:
            return Task("x", job, arguments, Future())

        def running(self, lane: str) -> None:
            return None

    real = portal.background
    portal.background = Never()  # type: ignore[assignment]
    assert portal.studies.start(study, "plan", {"gap": 0.01}, "operator")["state"] == "queued"
    portal.background = real
    again = type(portal.studies)(portal)  # the server of the next day
    assert again.state(study)["plan"]["state"] == "interrupted"
    assert again.revive() == 1
    assert again.state(study)["plan"]["state"] == "done"
    assert again.revive() == 0


def test_a_stopped_plan_keeps_where_it_stands(portal_and_clock: tuple[Portal, Clock], study: str) -> None:
    from lingtan.apps.web import study_jobs
    from lingtan.base.errors import SolveError
    from lingtan.services.ports import Progress

    root = portal_and_clock[0].root
    stop = study_jobs.stop_path(root, study, "plan")

    def hear(progress: Progress) -> None:
        if progress.values.get("what") == "solve":
            stop.parent.mkdir(exist_ok=True)
            stop.touch()

    made = study_jobs.run(root, hear, study=study, answer="plan", options={"gap": 1e-6})
    assert made["status"] == "stopped"
    assert (results_folder(study_path(root, study)) / "state.npz").is_file()
    with pytest.raises(SolveError):
        study_jobs.run(root, hear, study=study, answer="plan", options={})
    stop.unlink()
    made = study_jobs.run(root, lambda p: None, study=study, answer="plan", options={"gap": 1e-4})
    assert made["status"] == "solved"
    assert not (results_folder(study_path(root, study)) / "state.npz").is_file()


def test_the_api_does_what_the_pages_do(browser: Browser, study: str) -> None:
    browser.become("consultant")
    head = {"x-csrf-token": browser.csrf}

    def ask(method: str, path: str, **more: Any) -> Any:
        return browser.ask(method, f"/api/v1{path}", headers={**head, **more.pop("headers", {})}, **more)

    assert [r["study"] for r in ask("GET", "/plans").json()["rows"]] == [study]
    assert ask("POST", "/plans?study=other").status_code == 201
    assert ask("POST", "/plans").status_code == 422
    assert ask("GET", f"/plans/{study}/answers/plan").status_code == 409
    run = ask("POST", f"/plans/{study}/runs/plan", json={"gap": 0.01})
    assert (run.status_code, run.json()["state"]) == (202, "done")
    made = ask("GET", f"/plans/{study}/answers/plan").json()
    assert made["stale"] is False
    assert made["answer"]["cost"] == kept(results_folder(study_path(root_of(browser), study)), "plan")["cost"]  # type: ignore[index]
    assert ask("GET", f"/plans/{study}/explain").json()["why"]["margins"]
    assert ask("GET", f"/plans/compare?study={study}").json()["count"] == 1
    digest = ask("GET", f"/plans/{study}").json()["digest"]
    put = ask("PUT", f"/plans/{study}?base={digest}", content=SMALL.replace("capex: 2000", "capex: -1").encode())
    assert put.status_code == 200
    assert ask("PUT", f"/plans/{study}?base={digest}", content=b"x: 1").status_code == 409
    checked = ask("GET", f"/plans/{study}/check").json()
    assert checked["good"] is False
    assert checked["problems"][0]["place"]
    assert ask("GET", f"/plans/{study}/files/study.yaml").status_code == 200
    assert ask("DELETE", f"/plans/{study}/runs/plan").status_code == 202
    assert ask("DELETE", f"/plans/{study}").status_code == 204
    assert ask("GET", f"/plans/{study}").status_code == 404
    assert ask("GET", "/plans/library?technology=battery_ci_cabinet").json()["count"] > 1
    assert ask("POST", "/plans/files", files={"file": ("load.csv", b"kw\n1\n")}).status_code == 201
