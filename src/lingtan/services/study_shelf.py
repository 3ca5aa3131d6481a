"""The studies of a workspace: files in its folder ``studies``, each with who changed it and which readings it was given."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest_bytes, is_slug, nearest
from lingtan.base.time import iso
from lingtan.services.studies import Readings, kept, read_bytes, results_folder
from lingtan.services.study_kept import write_file
from lingtan.services.workspace import Workspace

FOLDER = "studies"
ANSWERS = ("plan", "least-carbon", "frontier", "alternatives", "pathway", "scenarios", "sensitivities", "sweep")
RESERVED = ("new", "upload", "compare", "library", "schema", "schema.json", "check", "removed")  # names of pages
_guard = threading.Lock()


@dataclass(frozen=True)
class Shelved:
    """A study as a list shows it. ``given`` are the channels that somebody who may read the park put into it."""

    id: str
    digest: str
    name: str | Mapping[str, str]
    changed_at: str
    changed_by: str
    given: tuple[str, ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def fresh(self, answer: str) -> bool:
        """Whether an answer was worked out from the file as it stands."""
        return self.answers.get(answer, {}).get("digest") == self.digest


def shelf(root: Path) -> Path:
    """The folder of studies of a workspace."""
    return root / FOLDER


def study_ids(root: Path) -> list[str]:
    """The names of all studies."""
    return sorted(p.stem for p in shelf(root).glob("*.yaml") if is_slug(p.stem))


def study_path(root: Path, name: str) -> Path:
    """The file of a study.

    Raises
    ------
    InputError
        ``portal.unknown-study`` with the nearest one.
    """
    path = shelf(root) / f"{name}.yaml"
    if not is_slug(name) or not path.is_file():
        known = study_ids(root)
        raise InputError(
            "portal.unknown-study", study=name[:60], nearest=nearest(name, known) or ", ".join(known[:5]) or "–"
        )
    return path


def list_studies(root: Path) -> list[Shelved]:
    """All studies, the newest change first."""
    found = [show_study(root, name) for name in study_ids(root)]
    return sorted(found, key=lambda s: s.changed_at, reverse=True)


def show_study(root: Path, name: str) -> Shelved:
    """One study with what is kept of its answers, in short."""
    path = study_path(root, name)
    data = read_bytes(path)
    about = _about(path)
    answers = {}
    for answer in ANSWERS:
        result = kept(results_folder(path), answer)
        if result is not None:
            answers[answer] = {k: result.get(k) for k in ("status", "digest", "made_at", "cost", "lower_bound", "gap")}
    return Shelved(
        name, digest_bytes(data), _named(data, name), str(about.get("at", "")), str(about.get("by", "–")),
        tuple(about.get("given", ())), answers,
    )  # fmt: skip


def study_text(root: Path, name: str) -> str:
    """The text of a study file."""
    return read_bytes(study_path(root, name)).decode("utf-8", errors="replace")


def save_study(
    root: Path, name: str, text: str, *, by: str, at: datetime, base: str = "", gives: bool = False, new: bool = False
) -> Shelved:
    """Write a study, good or not: its problems are shown by the check, and nothing that was written is lost.

    Parameters
    ----------
    base
        Digest of the file that the writer had before; another's change since then is refused, not overwritten.
    gives
        The writer may read the park: the channels that the text names are given to the study.

    Raises
    ------
    InputError
        ``plan-page.bad-id``, ``plan-page.taken``.
    DataError
        ``plan-page.changed-meanwhile``.
    """
    if not is_slug(name) or name in RESERVED:
        raise InputError("plan-page.bad-id", id=name[:60])
    path = shelf(root) / f"{name}.yaml"
    data = text.replace("\r\n", "\n").encode()
    with _guard:
        if new and path.exists():
            raise InputError("plan-page.taken", id=name)
        if not new:
            study_path(root, name)
            if base and digest_bytes(read_bytes(path)) != base:
                raise DataError("plan-page.changed-meanwhile", id=name, by=_about(path).get("by", "–"))
        given = sorted(channels_named(text)) if gives else list(_about(path).get("given", ()))
        write_file(path, data)
        about = {"by": by, "at": iso(at), "given": given}
        write_file(_about_path(path), json.dumps(about, ensure_ascii=False).encode())
    return show_study(root, name)


def give(root: Path, name: str, channels: Iterable[str]) -> None:
    """Give a study the channels that another had, of which it is a copy."""
    path = study_path(root, name)
    with _guard:
        about = {**_about(path), "given": sorted(channels)}
        write_file(_about_path(path), json.dumps(about, ensure_ascii=False).encode())


def remove_study(root: Path, name: str) -> None:
    """Move a study with its answers out of sight; the folder ``studies/removed`` keeps it."""
    path = study_path(root, name)
    with _guard:
        bin_ = shelf(root) / "removed"
        bin_.mkdir(exist_ok=True)
        count = len(list(bin_.glob(f"{name}.*.yaml")))
        for old in (path, _about_path(path), results_folder(path)):
            if old.exists():
                old.rename(bin_ / old.name.replace(name, f"{name}.{count}", 1))


def given_readings(workspace: Workspace, name: str) -> Readings:
    """How a study of the shelf reads the park: its own park only, and the channels that were given to it.

    Raises (when asked)
    -------------------
    InputError
        ``plan-page.other-park``; ``plan-page.not-given``.
    """
    from lingtan.services.channel_power import channel_power

    given = show_study(workspace.root, name).given

    def readings(park: Path, channel: str, period: Any) -> Any:
        if park.resolve() != workspace.root.resolve():
            raise InputError("plan-page.other-park", park="..")
        if channel not in given:
            raise InputError("plan-page.not-given", channel=channel)
        return channel_power(workspace, channel, period)

    return readings


def channels_named(text: str) -> set[str]:
    """The channels whose readings a text asks for, as far as it can be read."""
    return {str(p.get("readings")) for p in _entries(text, "profiles") if p.get("readings")}


def _entries(text: str, key: str) -> Iterator[Mapping[str, Any]]:
    try:
        from ruamel.yaml import YAML

        tree = YAML(typ="safe", pure=True).load(text)
    except Exception:  # a text that cannot be read names nothing; the check says why
        return
    entries = tree.get(key) if isinstance(tree, dict) else None
    yield from (e for e in entries if isinstance(e, dict)) if isinstance(entries, list) else ()


def _named(data: bytes, fallback: str) -> str | Mapping[str, str]:
    """The label in the file, without reading all of it."""
    try:
        from ruamel.yaml import YAML

        head: list[str] = []
        inside = False
        for line in data.decode("utf-8").splitlines():
            if inside and line[:1] not in (" ", "#", ""):
                break
            inside = inside or line.startswith("study:")
            if inside:
                head.append(line)
        found = YAML(typ="safe", pure=True).load("\n".join(head))["study"]["name"]
    except Exception:  # a broken file still has a name: its own
        return fallback
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else str(found)


def _about_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}.about.json")


def _about(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_about_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
