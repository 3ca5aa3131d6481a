"""A workspace as a library user sees it."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lingtan.base.errors import InputError
from lingtan.base.ids import channel_key, nearest
from lingtan.base.time import Period, parse_instant
from lingtan.library.accounted import Accounted
from lingtan.library.tables import Tables, converted, per_thousand, plain

if TYPE_CHECKING:
    from lingtan.park.model import Park
    from lingtan.services.import_readings import Imported
    from lingtan.services.workspace import Workspace

RULES = "ndrc-910-2025"


def new(folder: Path | str, *, template: str = "minimal", name: str | None = None) -> Path:
    """Write a commented ``park.yaml`` into a folder; see ``lingtan park new``."""
    from lingtan.services.start_park import start_park

    return start_park(Path(folder), template=template, name=name)


def open_park(folder: Path | str, *, tables: Tables = "pandas", lang: str = "zh") -> "OpenPark":
    """Open the workspace in a folder.

    Parameters
    ----------
    folder
        The folder with ``park.yaml``.
    tables
        What tables come as: ``pandas``, ``polars`` or ``arrow``.
    lang
        ``zh`` or ``en``, for names and sentences.

    Raises
    ------
    InputError
        ``workspace.no-park`` if there is no park file; ``park.invalid`` with every problem if it is not good.
    """
    from lingtan.wiring import open_workspace

    return OpenPark(open_workspace(folder, lang=lang), tables)


class OpenPark:
    """A workspace with its tables. Everything that the command line does can be done with :attr:`workspace`."""

    def __init__(self, workspace: "Workspace", tables: Tables = "pandas") -> None:
        self.workspace = workspace
        self._tables = tables

    @property
    def park(self) -> "Park":
        """The park file as a record."""
        return self.workspace.park

    def __repr__(self) -> str:
        return f"<Lingtan park {self.park.park.id!r} in {str(self.workspace.root)!r}>"

    def import_files(self, *files: Path | str, again: bool = False, dry_run: bool = False) -> "list[Imported]":
        """Import meter files, each atomically; what became of each. See ``lingtan readings import``."""
        from lingtan.services.import_readings import import_files

        return import_files(self.workspace, [Path(f) for f in files], again=again, dry_run=dry_run)

    def channels(self, *, to: Tables | None = None) -> Any:
        """Every channel with its meter, enterprise, carrier, activity and unit."""
        from lingtan.park.carriers import carriers
        from lingtan.park.model import channels, owner

        known = carriers(self.park)
        rows = [
            {
                "channel": name,
                "meter": meter.id,
                "parent": meter.parent,
                "enterprise": owner(self.park, meter, channel),
                "carrier": channel.carrier,
                "activity": channel.activity.value,
                "kind": channel.kind,
                "step": channel.step,
                "unit_read": channel.unit,
                "unit": known[channel.carrier].unit,
                "class": meter.accuracy,
            }
            for name, (meter, channel) in channels(self.park).items()
        ]
        return self._as(pa.Table.from_pylist(rows), to)

    def readings(
        self,
        channels: str | Iterable[str] | None = None,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        as_of: int | datetime | None = None,
        history: bool = False,
        to: Tables | None = None,
    ) -> Any:
        """Readings as they are kept, before any multiplier.

        Parameters
        ----------
        channels
            One id or several; all channels of the park if none is named.
        start, end
            ``[start, end)`` by interval start; text is local time of the park.
        as_of
            Only what was known at this revision or instant.
        history
            Every revision of each reading, withdrawn ones too.

        Returns
        -------
        table
            ``channel``, ``start``, ``seconds``, ``value`` (in ``unit``), ``quality`` (``measured``, ``estimated``,
            ``edited``, ``confirmed``, ``withdrawn``), ``method``, ``available_at``, ``rev``, ``value_milli``.
        """
        from lingtan.metering.channels import reading_unit
        from lingtan.metering.readings import Method, Quality
        from lingtan.park.carriers import carriers
        from lingtan.park.model import channels as all_channels
        from lingtan.services.basis import resolve_as_of

        names = self._names(channels)
        zone, known, there = self.park.park.timezone, carriers(self.park), all_channels(self.park)
        first, last = (parse_instant(t, zone) if isinstance(t, str) else t for t in (start, end))
        rev = None if as_of is None else resolve_as_of(self.workspace, as_of)
        table = self.workspace.store.readings(channels=names, start=first, end=last, as_of=rev, history=history)
        units = {key: reading_unit(there[name][1], known)[0] for key, name in names.items()}
        keys = table.column("channel").to_pylist()
        return self._as(
            pa.table(
                {
                    "channel": [names[k] for k in keys],
                    "start": table.column("start"),
                    "seconds": table.column("seconds"),
                    "value": per_thousand(table.column("value")),
                    "unit": [units[k] for k in keys],
                    "quality": [Quality(q).name.lower() for q in table.column("quality").to_pylist()],
                    "method": [Method(m).name.lower() for m in table.column("method").to_pylist()],
                    "available_at": table.column("available_at"),
                    "rev": table.column("rev"),
                    "value_milli": table.column("value"),
                }
            ),
            to,
        )

    def activity(
        self,
        period: str,
        channels: str | Iterable[str] | None = None,
        *,
        as_of: int | datetime | None = None,
        to: Tables | None = None,
    ) -> Any:
        """What each channel counted in each hour of a period, multipliers applied.

        Returns
        -------
        table
            ``channel``, ``hour``, ``value`` (in ``unit``), and the seconds of the hour that are ``covered_s``,
            ``estimated_s``, ``spread_s`` (from a longer interval) or ``rejected_s`` (impossible), ``rev``, ``value_milli``.
        """
        import pyarrow.compute as pc

        from lingtan.park.carriers import carriers
        from lingtan.park.model import channels as all_channels
        from lingtan.services.activities import activity_pieces
        from lingtan.services.basis import park_as_of, resolve_as_of
        from lingtan.services.kept_tables import hourly_of
        from lingtan.services.views import Known

        rev = resolve_as_of(self.workspace, as_of)
        park = park_as_of(self.workspace, rev)[0]
        asked = Period.parse(period, park.park.timezone)
        pieces = activity_pieces(self.workspace, park, asked, Known(self.workspace.store, rev))
        names = self._names(channels, park)
        table = hourly_of(self.workspace, pieces, list(names))
        hour = table.column("hour")
        inside = pc.and_(pc.greater_equal(hour, pa.scalar(asked.start)), pc.less(hour, pa.scalar(asked.end)))
        table = table.filter(inside)
        known, there = carriers(park), all_channels(park)
        keys = table.column("channel").to_pylist()
        columns = {"channel": [names[k] for k in keys], "hour": table.column("hour")}
        columns |= {"value": per_thousand(table.column("value"))}
        columns |= {"unit": [known[there[names[k]][1].carrier].unit for k in keys]}
        columns |= {n: table.column(n) for n in ("covered_s", "estimated_s", "spread_s", "rejected_s", "rev")}
        return self._as(pa.table({**columns, "value_milli": table.column("value")}), to)

    def account(
        self,
        period: str,
        rules: str = RULES,
        *,
        as_of: int | datetime | None = None,
        floor: float | None = None,
    ) -> "Accounted":
        """Account a year or a month under a rule set; see ``lingtan account run``.

        Raises
        ------
        DataError
            ``account.insufficient`` below the coverage ``floor``, ``account.factors-missing``, and others.
        """
        from lingtan.services.run_account import run_account

        run = run_account(self.workspace, period, rules=rules, as_of=as_of, floor=floor)
        return Accounted(self.workspace, run, self._tables)

    def run(self, run: str = "") -> "Accounted":
        """A run that was kept, by its id (``2025-ndrc-910-2025-…``, or a closing's with ``@``); the newest without one."""
        from lingtan.services.explain import find_run

        found, closing = find_run(self.workspace, run=run)
        return Accounted(self.workspace, found, self._tables, closing)

    def indicators(self, period: str, rules: str = RULES, **how: Any) -> Any:
        """The indicators of a period; see :meth:`Accounted.indicators` and :meth:`account`."""
        to = how.pop("to", None)
        return self.account(period, rules, **how).indicators(to=to)

    def postings(self, period: str, rules: str = RULES, **how: Any) -> Any:
        """The postings of a period; see :meth:`Accounted.postings` and :meth:`account`."""
        to = how.pop("to", None)
        return self.account(period, rules, **how).postings(to=to)

    def explain(self, figure: str, run: str = "", *, depth: int = 4) -> dict[str, Any]:
        """The passport of a figure of a run (the newest without one); see :meth:`Accounted.explain`."""
        return self.run(run).explain(figure, depth=depth)

    def factors(self, *, to: Tables | None = None) -> Any:
        """Every factor that is known, the park's own included, with region, validity, source and confidence."""
        from lingtan.park.carriers import carriers

        accounting = self.park.accounting
        book = self.workspace.factors().with_values(
            accounting.carriers, carriers=carriers(self.park), equivalent=accounting.equivalent_kgce_per_kwh
        )
        rows = [
            {k: plain(v) for k, v in f.as_dict().items()} | {"value": float(f.value), "exact": str(f.value)}
            for f in book
        ]
        return self._as(pa.Table.from_pylist(rows), to)

    def log(self, *, to: Tables | None = None) -> Any:
        """Every revision: what was committed, when, from what and why."""
        rows = [
            {"rev": c.rev, "at": c.at, "kind": c.kind, "rows": c.rows, "reason": c.reason, "sha256": c.content}
            | {"source": str(c.source.get("file", ""))}
            for c in self.workspace.store.commits()
        ]
        return self._as(pa.Table.from_pylist(rows), to)

    def _names(self, asked: str | Iterable[str] | None, park: "Park | None" = None) -> dict[int, str]:
        from lingtan.park.model import channels

        known = channels(park or self.park)
        wanted = list(known) if asked is None else [asked] if isinstance(asked, str) else list(asked)
        for name in wanted:
            if name not in known:
                raise InputError("library.unknown-channel", channel=name, nearest=nearest(name, known) or "-")
        return {channel_key(name): name for name in wanted}

    def _as(self, table: pa.Table, to: Tables | None) -> Any:
        return converted(table, to or self._tables)
