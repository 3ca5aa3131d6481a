"""Planning: studies of the workspace, their checks, runs, answers and files."""

from typing import Annotated, Any

from fastapi import File, Path, Query, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, answer, body, file, rows, table
from lingtan.apps.api.plan_shapes import STUDIES, Answer, Checked, Explained, LibraryRow, Options, Run, Side, StudyRow
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.plan import gives, keep_data_file, kept_answer, options_of, template_text, uploaded
from lingtan.apps.web.pages.plan_edit import checked
from lingtan.apps.web.pages.plan_files import study_file
from lingtan.apps.web.render import language_of
from lingtan.base.errors import DataError, InputError, Place, Problem
from lingtan.services.access.policy import Action, Kind
from lingtan.services.study_shelf import (
    Shelved,
    list_studies,
    remove_study,
    save_study,
    show_study,
    study_path,
)

room = Room()
READ, WRITE = Need(Kind.PLAN), Need(Kind.PLAN, Action.WRITE)
Id = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="A study of the workspace.", examples=["gate-power-2030"]),
]
NewId = Annotated[
    str, Query(pattern=r"^([a-z0-9][a-z0-9._-]{0,62})?$", description="Its id; else the one in the file.")
]
AnswerName = Annotated[
    str,
    Path(
        pattern="^(plan|least-carbon|frontier|alternatives|pathway|scenarios|sensitivities|sweep)$", examples=["plan"]
    ),
]
FileName = Annotated[
    str,
    Path(
        pattern="^(study.yaml|study.xlsx|annex-2.xlsx|answers.xlsx|series.parquet|figures.zip|model.nc|model.mps)$",
        examples=["study.yaml"],
    ),
]
YAML, XLSX = "application/yaml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = {"requestBody": {"required": True, "content": {YAML: {"schema": {"type": "string"}}}}}


@room.declared("GET", "/plans", READ, tags=["planning"], responses=STUDIES, response_model=None)
def plans(request: Request, limit: Limit = 100, after: After = 0) -> Response:
    """The studies of the workspace, the newest change first."""
    found = [row(s) for s in list_studies(request.app.state.portal.root)]
    return rows(request, found, limit=limit, after=after, columns=list(StudyRow.model_fields))


@room.declared(
    "POST",
    "/plans",
    WRITE,
    tags=["planning"],
    status_code=201,
    responses=body(StudyRow, 201, "Made."),
    response_model=None,
)
def new(
    request: Request,
    file: Annotated[UploadFile | None, File(description="YAML or workbook; else the template.")] = None,
    study: NewId = "",
) -> Response:
    """A new study: from a file, or from the template that runs as it stands."""
    portal, actor = request.app.state.portal, actor_of(request)
    if file is not None:
        made = uploaded(portal, actor, file.filename or "study.yaml", file.file.read(), study)
    else:
        if not study:
            raise InputError("plan-page.bad-id", id="")
        made = save_study(
            portal.root, study, template_text(study), by=actor.name, at=portal.clock(), gives=gives(actor), new=True
        )
    return answer(request, row(made), status=201)


@room.declared("GET", "/plans/schema", READ, tags=["planning"], responses=body(dict[str, Any]), response_model=None)
def schema(request: Request) -> Response:
    """The JSON schema of study files."""
    from lingtan.optimize.study.file import study_schema

    return answer(request, study_schema())


@room.declared("GET", "/plans/library", READ, tags=["planning"], responses=table(LibraryRow), response_model=None)
def library(
    request: Request,
    technology: Annotated[str, Query(max_length=63, description="Only this one.")] = "",
    region: Annotated[str, Query(max_length=20, description="China, Europe, Global or US.")] = "",
    limit: Limit = 1000,
    after: After = 0,
) -> Response:
    """Costs and efficiencies of technologies."""
    from lingtan.optimize.library import entries

    names = list(LibraryRow.model_fields)
    found = [
        {n: getattr(e, n) for n in names}
        for e in entries()
        if (not technology or e.technology == technology) and (not region or e.region == region)
    ]
    return rows(request, found, limit=limit, after=after, columns=names)


@room.declared("GET", "/plans/compare", READ, tags=["planning"], responses=table(Side), response_model=None)
def compare(
    request: Request,
    study: Annotated[list[str], Query(min_length=1, max_length=12, description="Two or more; once each.")],
    limit: Limit = 100,
    after: After = 0,
) -> Response:
    """Plans of several studies side by side."""
    from lingtan.services.run_study import compare_results

    found = {name: need_answer(request, name, "plan") for name in dict.fromkeys(study)}
    return rows(request, compare_results(found), limit=limit, after=after, columns=list(Side.model_fields))


@room.declared(
    "POST",
    "/plans/files",
    WRITE,
    tags=["planning"],
    status_code=201,
    responses=body(dict[str, str], 201),
    response_model=None,
)
def data_file(request: Request, file: Annotated[UploadFile, File(description="CSV with one row an hour.")]) -> Response:
    """A profile file beside the studies; they name it under `profiles`."""
    name = keep_data_file(
        request.app.state.portal.root, (file.filename or "").replace("\\", "/").split("/")[-1], file.file.read()
    )
    return answer(request, {"file": name}, status=201)


@room.declared("GET", "/plans/{study}", READ, tags=["planning"], responses=body(StudyRow), response_model=None)
def plan(request: Request, study: Id) -> Response:
    """One study in short."""
    return answer(request, row(show_study(request.app.state.portal.root, study)))


@room.declared(
    "PUT", "/plans/{study}", WRITE, tags=["planning"], responses=body(StudyRow), response_model=None, openapi_extra=TEXT
)
async def write(
    request: Request,
    study: Id,
    base: Annotated[
        str,
        Query(
            pattern="^([0-9a-f]{64})?$",
            description="Digest of the version that was changed: another's later change is refused.",
        ),
    ] = "",
) -> Response:
    """Write the text of a study, good or not; `check` names its problems."""
    data = await request.body()
    return await run_in_threadpool(_write, request, study, data, base)


def _write(request: Request, study: str, data: bytes, base: str) -> Response:
    portal, actor = request.app.state.portal, actor_of(request)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("study.not-utf8", file=f"{study}.yaml") from None
    made = save_study(portal.root, study, text, by=actor.name, at=portal.clock(), base=base, gives=gives(actor))
    return answer(request, row(made))


@room.declared("DELETE", "/plans/{study}", WRITE, tags=["planning"], status_code=204, response_model=None)
def remove(request: Request, study: Id) -> Response:
    """Out of the list; the folder `studies/removed` keeps it."""
    portal = request.app.state.portal
    for name in portal.studies.state(study):
        portal.studies.stop(study, name)
    remove_study(portal.root, study)
    return Response(status_code=204)


@room.declared("GET", "/plans/{study}/check", READ, tags=["planning"], responses=body(Checked), response_model=None)
def check(request: Request, study: Id) -> Response:
    """Every problem of the study, its profiles, factors and rule set."""
    portal, lang = request.app.state.portal, language_of(request)
    shelved = show_study(portal.root, study)
    made = checked(portal, study, shelved.digest)
    problems = [
        Problem(p["code"], Place(**p["place"]), p["values"], p["severity"]).as_dict(lang) for p in made["problems"]
    ]
    told = {"study": study, "digest": shelved.digest, "good": made["good"], "problems": problems}
    return answer(request, {**told, "costs": made["costs"], "factors": made["factors"]})


@room.declared(
    "GET", "/plans/{study}/runs", READ, tags=["planning"], responses=body(dict[str, Run]), response_model=None
)
def runs(request: Request, study: Id) -> Response:
    """The newest run of each answer."""
    show_study(request.app.state.portal.root, study)
    found = request.app.state.portal.studies.state(study)
    return answer(request, {name: told(request, study, record) for name, record in found.items()})


@room.declared(
    "POST",
    "/plans/{study}/runs/{answer_name}",
    WRITE,
    tags=["planning"],
    status_code=202,
    responses=body(Run, 202, "Asked for."),
    response_model=None,
)
def run(request: Request, study: Id, answer_name: AnswerName, options: Options | None = None) -> Response:
    """Ask for an answer in the background; a stopped plan goes on where it stood."""
    portal = request.app.state.portal
    study_path(portal.root, study)
    stated = options_of(answer_name, (options or Options()).model_dump())
    made = portal.studies.start(study, answer_name, stated, actor_of(request).name)
    return answer(request, told(request, study, made), status=202)


@room.declared(
    "DELETE",
    "/plans/{study}/runs/{answer_name}",
    WRITE,
    tags=["planning"],
    status_code=202,
    responses=body(dict[str, Run], 202, "Asked to stop."),
    response_model=None,
)
def stop(request: Request, study: Id, answer_name: AnswerName) -> Response:
    """Ask a run to stop; a plan keeps where it stands."""
    portal = request.app.state.portal
    study_path(portal.root, study)
    portal.studies.stop(study, answer_name)
    found = portal.studies.state(study)
    return answer(request, {n: told(request, study, r) for n, r in found.items() if n == answer_name}, status=202)


@room.declared(
    "GET", "/plans/{study}/answers/{answer_name}", READ, tags=["planning"], responses=body(Answer), response_model=None
)
def one_answer(request: Request, study: Id, answer_name: AnswerName) -> Response:
    """A kept answer: sizes, cost, lower bound, gap, indicators, money, reasons."""
    made = need_answer(request, study, answer_name)
    stale = made.get("digest") != show_study(request.app.state.portal.root, study).digest
    return answer(request, {"stale": stale, "answer": made})


@room.declared("GET", "/plans/{study}/explain", READ, tags=["planning"], responses=body(Explained), response_model=None)
def explain(request: Request, study: Id) -> Response:
    """Shadow prices, what each technology earns; or the conflict and the cheapest way out."""
    made = need_answer(request, study, "plan")
    keys = ("status", "cost", "lower_bound", "gap", "why", "conflict", "relaxation")
    return answer(request, {"study": study, **{k: made.get(k) for k in keys}})


@room.declared(
    "GET", "/plans/{study}/files/{file_name}", READ, tags=["planning"],
    responses=file(YAML, XLSX, "application/vnd.apache.parquet", "application/zip", "application/x-netcdf", "text/plain"), response_model=None,
)  # fmt: skip
def download(request: Request, study: Id, file_name: FileName) -> Response:
    """The study, its answers, series, figures or the model as a file, in the asker's language."""
    return study_file(request, study, file_name, language_of(request))


def row(shelved: Shelved) -> dict[str, Any]:
    """A study in short."""
    answers = {k: {**v, "fresh": shelved.fresh(k)} for k, v in shelved.answers.items()}
    return {
        "study": shelved.id, "name": shelved.name, "digest": shelved.digest, "changed_at": shelved.changed_at, "changed_by": shelved.changed_by,
        "given": list(shelved.given), "answers": answers,
    }  # fmt: skip


def told(request: Request, study: str, record: dict[str, Any]) -> dict[str, Any]:
    """A run as the API tells it."""
    keys = ("answer", "state", "options", "by", "asked_at", "ended_at", "status", "progress", "stopping")
    problem = request.app.state.portal.studies.failure(record, language_of(request))
    return {"study": study, **{k: record.get(k) for k in keys}, "problem": problem}


def need_answer(request: Request, study: str, name: str) -> dict[str, Any]:
    """A kept answer.

    Raises
    ------
    DataError
        ``study.not-run``.
    """
    made = kept_answer(request.app.state.portal.root, study, name)
    if made is None:
        raise DataError("study.not-run", study=study, answer=name)
    return made
