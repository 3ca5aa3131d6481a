"""What an account rests on: park, rules, factors and a view of the readings, each as of one revision."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from lingtan.base.errors import DataError, InputError
from lingtan.carbon.factors import Factor, FactorBook
from lingtan.carbon.rules.model import RuleSet, packaged_rules, parse_rules
from lingtan.park.carriers import carriers
from lingtan.park.model import Park
from lingtan.services.parsed_park import parsed_park
from lingtan.services.views import Known, View
from lingtan.services.workspace import Workspace


@dataclass(frozen=True)
class Basis:
    """Everything that decides an account but the period; ``packaged`` are the factors without the park's own."""

    park: Park
    park_rev: int
    park_digest: str
    rules: RuleSet
    packaged: FactorBook
    view: View
    certificates_rev: int | None = None  # revision of the register of certificates; that of the view if not stated

    @cached_property
    def book(self) -> "NotingBook":
        """The factors, those that the park states included; it remembers which were asked for."""
        accounting = self.park.accounting
        stated = self.packaged.with_values(
            accounting.carriers, carriers=carriers(self.park), equivalent=accounting.equivalent_kgce_per_kwh
        )
        return NotingBook(stated.factors)

    def with_park_of(self, other: "Basis") -> "Basis":
        """This basis with another's park file."""
        return replace(self, park=other.park, park_rev=other.park_rev, park_digest=other.park_digest)


class NotingBook(FactorBook):
    """A book that notes every factor it was asked for: these are what a result rests on."""

    def __init__(self, factors: Iterable[Factor]) -> None:
        super().__init__(factors)
        self.used: dict[str, Factor] = {}

    def find(self, *args: object, **kwargs: object) -> Factor:
        """As :meth:`FactorBook.find`."""
        found = super().find(*args, **kwargs)  # type: ignore[arg-type]
        self.used[found.id] = found
        return found


def basis_as_of(workspace: Workspace, rules: str | RuleSet, rev: int) -> Basis:
    """The basis at a revision; the rule set and the packaged factors are those of today."""
    park, (park_rev, content) = park_as_of(workspace, rev)
    ruleset = find_rules(workspace, rules) if isinstance(rules, str) else rules
    return Basis(park, park_rev, content, ruleset, workspace.factors(), Known(workspace.store, rev))


def resolve_as_of(workspace: Workspace, as_of: datetime | int | None) -> int:
    """A revision from an instant, a revision or nothing (the newest)."""
    if as_of is None:
        return workspace.store.head()
    if isinstance(as_of, int):
        if not 0 < as_of <= workspace.store.head():
            raise InputError("account.no-revision", rev=as_of, head=workspace.store.head())
        return as_of
    return workspace.store.rev_at(as_of)


def park_as_of(workspace: Workspace, rev: int) -> tuple[Park, tuple[int, str]]:
    """The park file as known at a revision, with its own revision and digest."""
    found = workspace.store.document("park", rev)
    if found is None:
        raise DataError("account.no-park-then", rev=rev)
    commit, data = found
    if commit.content == workspace.park_commit.content:
        return workspace.park, (commit.rev, commit.content)
    return parsed_park(workspace.blobs, data), (commit.rev, commit.content)


def find_rules(workspace: Workspace, name: str) -> RuleSet:
    """A rule set of the workspace (``rules/<id>.toml``) or a packaged one."""
    path = workspace.root / "rules" / f"{name}.toml"
    if path.is_file():
        return parse_rules(path.read_bytes(), str(path))
    return packaged_rules(name)
