"""The one place that joins services to adapters."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lingtan.base.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lingtan.adapters.plants.simulated import SimulatedPlant
    from lingtan.adapters.relational.audit import RelationalAudit
    from lingtan.adapters.relational.directory import RelationalDirectory
    from lingtan.carbon.factors import FactorBook
    from lingtan.optimize.dispatch.record import Description
    from lingtan.reports.document import Document
    from lingtan.services.access.provider import Provider
    from lingtan.services.alarm_ports import AlarmBook, Senders
    from lingtan.services.forecast_sources import ForecastSources
    from lingtan.services.monthly_form import Field
    from lingtan.services.ports import Engine, FileReader
    from lingtan.services.workspace import Clock, Workspace

PARK_FILE = "park.yaml"
KEEP = ".lingtan"


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def embedded_engine() -> "Engine":
    """The engine of this installation."""
    from lingtan.adapters.engines.choice import engine_of

    return engine_of(os.environ.get("LINGTAN_ENGINE") or "duckdb")


def _factors() -> "FactorBook":
    from lingtan.carbon.factors import FactorBook

    return FactorBook.packaged()


def _files() -> "FileReader":
    from lingtan.adapters.readers import FileReader

    return FileReader()


def open_workspace(root: Path | str, *, lang: str = "zh", clock: "Clock" = now) -> "Workspace":
    """Open the workspace in a folder and keep the current park file as a revision.

    Raises
    ------
    InputError
        ``workspace.no-park`` if there is no park file; ``park.invalid`` with every problem if it is not good.
    SourceError
        If the folder cannot be read or written.
    """
    from lingtan.adapters.store import FolderBlobs, FolderStore
    from lingtan.services.known_when import known_rule
    from lingtan.services.parsed_park import parsed_park
    from lingtan.services.workspace import Workspace

    folder = Path(root).resolve()
    path = folder / PARK_FILE
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("workspace.no-park", folder=folder) from None
    except OSError as error:
        raise SourceError("workspace.unreadable", path=path, why=error.strerror) from None
    blobs = FolderBlobs(folder / KEEP)
    park = parsed_park(blobs, data, PARK_FILE)
    store = FolderStore(folder / KEEP)
    commit = store.put_document("park", data, at=clock(), source={"file": PARK_FILE})
    book = alarm_book(folder)
    rule = known_rule(os.environ.get("LINGTAN_KNOWN", ""))
    return Workspace(
        folder, park, commit, store, blobs, clock, embedded_engine, _factors, lang, _files, lambda: book, rule
    )


def report_writer(format: str) -> "Callable[[Document], bytes]":
    """What turns a report into the bytes of a ``docx``, ``xlsx`` or ``pdf`` file."""
    if format == "xlsx":
        from lingtan.adapters.reports.spreadsheet import spreadsheet

        return spreadsheet
    if format == "pdf":
        from lingtan.adapters.reports.pdf import pdf

        fonts = Path(__file__).parent / "apps" / "web" / "static" / "lib"
        return lambda document: pdf(document, [fonts])
    from lingtan.adapters.reports.word import word

    return word


def form_writer() -> "Callable[[Sequence[Field], str, str, str, str], bytes]":
    """What turns the lines of a monthly form into the bytes of an ``xlsx`` file."""
    from lingtan.adapters.reports.monthly_form import form_workbook

    return form_workbook


def restore_workspace(archive: Path, root: Path) -> dict[str, object]:
    """Make a workspace from a backup, every byte checked; what the backup says of itself.

    Raises
    ------
    InputError
        ``store.exists`` if there is a park file or a store already; ``store.not-a-backup``.
    SourceError
        ``store.corrupt`` if a byte differs: nothing is put in place.
    """
    from lingtan.adapters.store.backup import restore_backup
    from lingtan.adapters.store.disk import disk_errors, make_folder, write_durably
    from lingtan.services.back_up import PORTAL

    folder = root.resolve()
    if (folder / PARK_FILE).exists():
        raise InputError("store.exists", path=str(folder / PARK_FILE))
    if not archive.is_file():
        raise InputError("store.not-a-backup", path=str(archive), detail="–")
    said, extra = restore_backup(archive, folder / KEEP)
    for name, data in extra.items():
        path = folder / name
        with disk_errors(path):
            make_folder(path.parent)
            write_durably(path, data)
            if name == PORTAL:
                path.chmod(0o600)
    return {**said, "portal": PORTAL in extra}


def portal_snapshot(root: Path | str) -> bytes | None:
    """A copy of the portal's embedded database for a backup; None where there is none, or it is elsewhere."""
    from lingtan.adapters.relational.snapshot import snapshot

    return None if os.environ.get("LINGTAN_DATABASE") else snapshot(Path(root).resolve() / KEEP)


@dataclass(frozen=True)
class Access:
    """Who may come in, and what was done."""

    directory: "RelationalDirectory"
    audit: "RelationalAudit"


def open_access(root: Path | str) -> Access:
    """Users, sessions and the audit log of a workspace: in ``LINGTAN_DATABASE``, else in a file of the workspace."""
    from lingtan.adapters.relational.audit import RelationalAudit
    from lingtan.adapters.relational.directory import RelationalDirectory
    from lingtan.adapters.relational.engine import open_database, workspace_url

    engine = open_database(os.environ.get("LINGTAN_DATABASE") or workspace_url(Path(root).resolve() / KEEP))
    return Access(RelationalDirectory(engine), RelationalAudit(engine))


def alarm_book(root: Path | str) -> "AlarmBook":
    """Alarms, their rules and messages, beside the users of a workspace; the database is opened when it is needed."""
    from lingtan.adapters.relational.lazy_alarms import LazyAlarms

    folder, named = Path(root).resolve() / KEEP, os.environ.get("LINGTAN_DATABASE")

    def url() -> str:
        from lingtan.adapters.relational.engine import workspace_url

        return named or workspace_url(folder)

    return cast("AlarmBook", LazyAlarms(url, None if named else folder / "portal.sqlite"))


def sign_in_provider(root: Path | str) -> "Provider | None":
    """The provider of sign-ins that ``LINGTAN_SSO``, else ``sso.toml`` in the workspace, states; None where neither is.

    Raises
    ------
    InputError
        ``access.sso-settings`` for a file that is not right, ``access.sso-extra`` without the extra.
    """
    from lingtan.adapters.sso.settings import FILE, sso_settings

    stated = os.environ.get("LINGTAN_SSO")
    path = Path(stated) if stated else Path(root).resolve() / FILE
    settings = sso_settings(path)
    if settings is None:
        if stated:
            raise SourceError("workspace.unreadable", path=path, why="–")
        return None
    from lingtan.adapters.sso.oidc import OidcProvider

    return OidcProvider(settings)


def message_senders(workspace: "Workspace") -> "Senders":
    """What carries alarms and events out of a workspace."""
    from lingtan.adapters.notify.senders import NetworkSenders

    return NetworkSenders(workspace.root / KEEP, workspace.clock)


def portal_address() -> str:
    """Where people reach the portal, for links in messages: ``LINGTAN_PORTAL_URL``."""
    return os.environ.get("LINGTAN_PORTAL_URL", "")


def forecast_sources(workspace: "Workspace") -> "ForecastSources":
    """Weather forecasts, prices and plans of production of a workspace: the tables in its folder ``forecast``."""
    from lingtan.adapters.forecast.files import ForecastFiles

    park = workspace.park
    return ForecastFiles(workspace.root, park.park.timezone, [e.id for e in park.enterprises])


def fetch_forecast_weather(workspace: "Workspace") -> int:
    """Ask the server of ``LINGTAN_WEATHER_URL`` for the park's coming week; how many rows were kept.

    Raises
    ------
    InputError
        ``forecast.no-server`` where none is set, ``forecast.no-place`` where the park is not drawn on a map.
    SourceError
        ``forecast.weather-unreachable``.
    """
    from lingtan.adapters.forecast.server import fetch_weather
    from lingtan.forecast.targets import place

    address, where = os.environ.get("LINGTAN_WEATHER_URL"), place(workspace.park)
    if not address:
        raise InputError("forecast.no-server")
    if where is None:
        raise InputError("forecast.no-place", target="park")
    return fetch_weather(address, *where, workspace.clock(), workspace.root)


def workspace_audit(root: Path | str) -> "RelationalAudit":
    """The audit log of a workspace."""
    return open_access(root).audit


def simulated_plant(description: "Description", at: datetime, content_kwh: "Mapping[str, float]") -> "SimulatedPlant":
    """A plant that answers with truth, for demos and rehearsals; its stores begin with these contents."""
    from lingtan.adapters.plants.simulated import SimulatedPlant

    return SimulatedPlant(description, at, content_kwh=content_kwh)
