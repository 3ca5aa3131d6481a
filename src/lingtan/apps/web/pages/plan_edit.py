"""The study editor: the main things as forms, the whole file as text; every problem at once, beside its place; nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Room, actor_of
from lingtan.apps.web.pages.plan import READ, WRITE, Opened, gives, opened, page
from lingtan.apps.web.render import language_of
from lingtan.base.errors import DataError, InputError, Place, Problem
from lingtan.base.text import say
from lingtan.services.edit_study import edited, path_of, tree_of, value_at
from lingtan.services.study_shelf import save_study, shelf, study_path

room = Room()
MOST_FIELDS = 4000


@dataclass(frozen=True)
class Field:
    """One value that a form offers; ``options`` makes it a choice, ``wide`` a long text."""

    key: str
    options: tuple[str, ...] = ()
    wide: bool = False
    word: str = ""

    @property
    def text(self) -> str:
        """The key of its sentence."""
        return f"plan-page.field.{self.word or self.key.rpartition('.')[2]}"


def _fields(*keys: str) -> tuple[Field, ...]:
    return tuple(Field(k) for k in keys)


BASIS = Field("basis", ("demand", "contract", "capacity"))
PRICING = Field("pricing", ("ordinary", "direct_1192"))
ROLE = Field("role", ("park_company", "enterprise", "energy_service", "generator"))
# group -> ((table, fields), …); a table that is a list has one row an entry
GROUPS: dict[str, tuple[tuple[str, tuple[Field, ...]], ...]] = {
    "basics": (
        ("study", (Field("name.zh", wide=True, word="name-zh"), Field("name.en", wide=True, word="name-en"), *_fields("region", "year", "price_date", "discount_rate", "gap", "hours", "park"))),
        ("weather", _fields("latitude", "longitude", "altitude_m", "seed", "mean_temperature_c", "mean_wind_m_s", "cloudiness", "file")),
        ("targets", (
            *_fields("intensity", "emissions_t", "direct_share", "clean_share", "self_use_of_generation", "self_use_of_load", "export_of_generation", "hourly_match"),
            *_fields("carbon_price", "allowance_t", "budget_cny", "equivalent_kgce_per_kwh", "islanding_hours", "critical_share", "process_t"),
            Field("equivalent_source", wide=True), Field("certificates.price_per_kwh", word="certificate-price"), Field("certificates.maximum_kwh", word="certificate-kwh"),
            Field("certificates.source", wide=True, word="certificate-source"),
        )),
    ),
    "technologies": (
        ("technologies", (*_fields("node", "maximum", "existing", "minimum", "capex", "fixed_om", "fixed_om_share", "lifetime", "library"), Field("cost_source", wide=True), *_fields("price", "subsidy_share", "unit_size", "available_from", "party", "profile", "source", "efficiency"))),
        ("areas", _fields("m2")),
    ),
    "prices": (
        ("grids", _fields("node", "tariff", "connection_kw", "expandable_to_kw", "connection_capex", "export_kw", "export_price")),
        ("tariffs", (BASIS, PRICING, *_fields("demand_cny_per_kw_month", "capacity_cny_per_kva_month", "capacity_kva", "contract_kw", "composition.purchase", "composition.line_loss", "composition.transmission", "composition.system_operation", "ratios.sharp_peak", "ratios.peak", "ratios.valley"), Field("source", wide=True, word="price_source"))),
        ("supplies", (*_fields("node", "carrier", "price", "price_unit"), Field("price_source", wide=True), *_fields("limit_kwh", "maximum_kw"))),
        ("sales", _fields("node", "price", "maximum_kw", "limit_kwh")),
    ),
    "needs": (
        ("demands", _fields("node", "profile", "annual_kwh", "peak_kw", "factor", "enterprise", "shiftable", "interruptible")),
        ("profiles", _fields("file", "column", "unit", "readings", "constant")),
    ),
    "scenarios": (
        ("scenarios", (*_fields("probability", "weather_seed", "demand"), Field("energy_price"), *_fields("fuel_price", "capex", "carbon_price"))),
        ("stages", _fields("year", "intensity", "direct_share", "demand", "energy_price", "carbon_price")),
        ("sensitivities", (Field("path", wide=True),)),
    ),
    "money": (
        ("finance", (*_fields("years", "tax_rate", "tax_holiday_years", "tax_half_years", "depreciation_years", "residual_share", "inflation", "subsidy_cny", "loan.share", "loan.rate", "loan.years", "loan.grace_years"), Field("loan.kind", ("loan", "green_bond")), Field("loan.repayment", ("annuity", "principal", "bullet")), Field("loan.source", wide=True, word="loan-source"))),
        ("parties", (ROLE, Field("share_of_savings"))),
    ),
}  # fmt: skip
SINGLE = ("study", "weather", "targets", "finance")
# what a new entry of a list needs
NEW: dict[str, tuple[str, ...]] = {
    "technologies": ("id", "kind", "node", "source", "library", "profile", "maximum"),
    "areas": ("id", "m2"),
    "grids": ("id", "node", "tariff", "connection_kw"),
    "supplies": ("id", "node", "carrier", "price", "price_unit"),
    "sales": ("id", "node", "price", "maximum_kw"),
    "demands": ("id", "node", "profile", "annual_kwh"),
    "profiles": ("id", "file", "readings", "constant"),
    "scenarios": ("id", "probability", "weather_seed", "demand"),
    "stages": ("year", "intensity", "demand"),
    "sensitivities": ("id", "path", "factors"),
    "parties": ("id", "role", "share_of_savings"),
}


@room.page("/planning/{study}/edit", WRITE)
def edit(request: Request, study: str, group: str = "basics") -> Response:
    """A group of the study's values as forms."""
    return _form(request, opened(request, study), group if group in GROUPS else "basics")


@room.act("/planning/{study}/edit", WRITE)
async def change(request: Request, study: str) -> Response:
    """Write the values of a group; add or remove an entry. The text round them stays as it is."""
    form = await request.form(max_fields=MOST_FIELDS)
    return await run_in_threadpool(
        _change, request, study, {k: str(v) for k, v in form.multi_items() if isinstance(v, str)}
    )


def _change(request: Request, study: str, form: Mapping[str, str]) -> Response:
    portal, actor = request.app.state.portal, actor_of(request)
    group = form.get("group", "basics")
    group = group if group in GROUPS else "basics"
    found = opened(request, study)
    tree = tree_of(found.text)
    changes = {
        k.removeprefix("v:"): v for k, v in form.items() if k.startswith("v:") and offered(group, k.removeprefix("v:"))
    }
    changes = {k: v for k, v in changes.items() if v.strip() != shown(value_at(tree, path_of(k)))}
    remove = [
        k.removeprefix("remove:")
        for k in form
        if k.startswith("remove:") and offered(group, f"{k.removeprefix('remove:')}.id")
    ]
    add = new_entry(group, form)
    if changes or remove or add:
        text = edited(found.text, changes, remove=remove, add=add)
        try:
            save_study(
                portal.root,
                study,
                text,
                by=actor.name,
                at=portal.clock(),
                base=form.get("base", ""),
                gives=gives(actor),
            )
        except DataError as error:  # another has saved meanwhile: what was typed is shown over the newer file
            return _form(request, found, group, typed=changes, notice=error.format(language_of(request)))
    return RedirectResponse(f"/planning/{study}/edit?group={group}&saved=1", 303)


def new_entry(group: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The entry that somebody filled in at the foot of a table, if any."""
    from lingtan.services.edit_study import typed as plain

    for table, _ in GROUPS[group]:
        keys = NEW.get(table, ())
        entry = {k: plain(form.get(f"new:{table}.{k}", "")) for k in keys}
        if keys and entry[keys[0]] is not None:
            if isinstance(entry.get("factors"), str):
                entry["factors"] = [
                    v for v in (plain(x) for x in str(entry["factors"]).replace("，", ",").split(",")) if v is not None
                ]
            elif entry.get("factors") is not None:
                entry["factors"] = [entry["factors"]]
            return {table: entry}
    return {}


def offered(group: str, path: str) -> bool:
    """Whether the forms of a group offer a value."""
    steps = path_of(path)
    rest = ".".join(str(s) for s in steps[1:] if isinstance(s, str))
    for table, fields in GROUPS[group]:
        if steps[:1] == (table,) and (len(steps) > 1 and isinstance(steps[1], int)) is (table not in SINGLE):
            return rest == "id" or any(f.key == rest for f in fields)
    return False


def shown(value: Any) -> str:
    """A value as a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def _form(request: Request, found: Opened, group: str, *, typed: Mapping[str, str] = {}, notice: str = "") -> Response:
    lang = language_of(request)
    try:
        tree: Any = tree_of(found.text)
    except InputError as error:
        return page(
            request, "plan-text.html", found, "text", _text_values(request, found, found.text, error.format(lang))
        )
    tables = []
    for table, fields in GROUPS[group]:
        entries = tree.get(table)
        rows: list[tuple[str, str, Any]]
        if table in SINGLE:
            rows = [(table, "", entries or {})]
        else:
            rows = [
                (f"{table}[{i}]", str(value_at(e, ("id",)) or value_at(e, ("year",)) or i + 1), e)
                for i, e in enumerate(entries or [])
            ]
        used = [
            f
            for f in fields
            if table in SINGLE
            or any(value_at(e, path_of(f.key)) is not None for _, _, e in rows)
            or f.key in NEW.get(table, ())
            or f.key in ("capex", "fixed_om", "lifetime", "cost_source", "existing")
        ]
        tables.append(
            {"name": table, "single": table in SINGLE, "fields": used, "rows": rows, "new": NEW.get(table, ())}
        )
    by_path: dict[str, list[str]] = {}
    for p in found.problems:
        by_path.setdefault(p.place.path or "", []).append(say(p.code, lang, **p.values))
    values = {
        "group": group, "groups": list(GROUPS), "tables": tables, "typed": typed, "notice": notice, "by_path": by_path, "value": lambda e, k: shown(value_at(e, path_of(k))),
        "saved": "saved" in request.query_params, "costs": _costs(found), "kinds": _kinds(), "libraries": _libraries(lang),
    }  # fmt: skip
    return page(request, "plan-edit.html", found, "edit", values)


def _costs(found: Opened) -> dict[str, Any]:
    """Costs that hold for each technology, also those from the library."""
    from lingtan.optimize.study.costs import costs_of

    made = {}
    for t in found.record.technologies if found.record else ():
        try:
            made[t.id] = costs_of(found.record, t)
        except InputError:
            continue
    return made


def _kinds() -> list[str]:
    from typing import get_args

    from lingtan.optimize.study.record import Kind

    return list(get_args(Kind))


def _libraries(lang: str) -> dict[str, str]:
    from lingtan.optimize.library import entries

    return {e.technology: (e.zh if lang == "zh" else e.en) for e in entries()}


@room.page("/planning/{study}/text", WRITE)
def text(request: Request, study: str) -> Response:
    """The whole file as text."""
    found = opened(request, study)
    return page(request, "plan-text.html", found, "text", _text_values(request, found, found.text))


@room.act("/planning/{study}/text", WRITE)
def write(
    request: Request, study: str, text: Annotated[str, Form()], base: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Keep the text, good or not; if another has saved meanwhile, what was typed is shown and nothing is overwritten."""
    portal, actor = request.app.state.portal, actor_of(request)
    try:
        save_study(portal.root, study, text, by=actor.name, at=portal.clock(), base=base, gives=gives(actor))
    except DataError as error:
        found = opened(request, study)
        return page(
            request,
            "plan-text.html",
            found,
            "text",
            _text_values(request, found, text, error.format(language_of(request))),
        )
    return RedirectResponse(f"/planning/{study}/text?saved=1", 303)


def _text_values(request: Request, found: Opened, shown_text: str, notice: str = "") -> dict[str, Any]:
    return {
        "text": shown_text,
        "notice": notice,
        "problems": found.problems,
        "saved": "saved" in request.query_params,
        "lines": shown_text.count("\n") + 1,
    }


@room.page("/planning/{study}/check", READ)
def check(request: Request, study: str) -> Response:
    """The whole check with profiles, factors and rule set, from the child process; a part of the editor's pages."""
    found, portal = opened(request, study), request.app.state.portal
    made = checked(portal, study, found.shelved.digest)
    problems = [Problem(p["code"], Place(**p["place"]), p["values"], p["severity"]) for p in made["problems"]]
    return page(
        request,
        "plan-check.html",
        found,
        "text",
        {"good": made["good"], "problems": problems, "costs": made["costs"], "factors": made["factors"]},
    )


def checked(portal: Any, study: str, digest: str) -> dict[str, Any]:
    """What the check of a study finds; kept while the study and the files beside it stay as they are."""
    study_path(portal.root, study)
    beside = [p.stat() for p in sorted(shelf(portal.root).iterdir()) if p.is_file() and p.suffix in (".csv", ".txt")]
    stamp = ",".join(f"{s.st_mtime_ns}:{s.st_size}" for s in beside)
    head = portal.space().store.head()
    key = ("plan-check", study, digest, stamp, head)
    task = portal.tasks.get(key)
    if task is None:
        for old in [k for k in portal.tasks if k[:2] == key[:2]]:
            portal.tasks.pop(old, None)
        task = portal.tasks[key] = portal.background.submit("study", "plan-check", {"study": study})
    try:
        made: dict[str, Any] = task.future.result(120)
    except Exception:
        portal.tasks.pop(key, None)
        raise
    return made
