"""A study and its answers as files: YAML, workbook, series, figures, the model itself."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages.plan import READ, opened, page
from lingtan.apps.web.render import language_of
from lingtan.base.ids import digest
from lingtan.services.study_shelf import Shelved, shelf, show_study, study_text

room = Room()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    ".xlsx": XLSX, ".parquet": "application/vnd.apache.parquet", ".mps": "text/plain; charset=utf-8", ".nc": "application/x-netcdf",
    ".zip": "application/zip",
}  # fmt: skip
Ending = Annotated[
    str,
    InPath(pattern="^(study.yaml|study.xlsx|annex-2.xlsx|answers.xlsx|series.parquet|figures.zip|model.nc|model.mps)$"),
]


@room.page("/planning/schema.json", READ)
def schema(request: Request) -> Response:
    """The JSON schema of study files, for editors."""
    from lingtan.optimize.study.file import study_schema

    return JSONResponse(study_schema())


@room.page("/planning/{study}/files", READ)
def files(request: Request, study: str) -> Response:
    """What may be downloaded."""
    found = opened(request, study)
    beside = sorted(p.name for p in shelf(request.app.state.portal.root).glob("*.csv"))
    return page(request, "plan-files.html", found, "files", {"beside": beside, "pypsa": find_spec("pypsa") is not None})


@room.page("/planning/{study}/file/{ending}", READ)
def file(request: Request, study: str, ending: Ending) -> Response:
    """One file of a study, in the page's language."""
    return study_file(request, study, ending, language_of(request))


def study_file(request: Request, study: str, ending: str, lang: str) -> Response:
    """The study itself from the server; what needs the solver's libraries from the child process."""
    portal = request.app.state.portal
    shelved = show_study(portal.root, study)
    stem, _, suffix = ending.partition(".")
    if stem == "study":
        data, kind = study_text(portal.root, study).encode(), "application/yaml; charset=utf-8"
        if suffix == "xlsx":
            from lingtan.services.study_workbook import workbook_from_yaml

            opened(request, study)
            data, kind = workbook_from_yaml(data), XLSX
        return Response(
            data, media_type=kind, headers={"content-disposition": f'attachment; filename="{study}.{suffix}"'}
        )
    if stem == "annex-2":
        from lingtan.services.annex_table import annex_workbook
        from lingtan.services.study_shelf import study_path

        data = annex_workbook(study_path(portal.root, study), lang)
        return Response(
            data, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{study}-annex-2.xlsx"'}
        )
    asked = {"study": study, "suffix": f".{suffix}", "lang": lang, "digest": answers_digest(shelved)}
    made = portal.background.wait("study", "plan-export", asked, 300)
    return FileResponse(Path(made["path"]), media_type=TYPES[f".{suffix}"], filename=f"{study}-{stem}.{suffix}")


def answers_digest(shelved: Shelved) -> str:
    """What a file made of the study and its answers depends on."""
    return digest({"study": shelved.digest, "answers": {k: v["made_at"] for k, v in shelved.answers.items()}})
