"""A verifier's questions to the park, with the answers: each word is kept in a chain that cannot be rewritten unseen.

A question may stand for itself or be attached to a figure by its passport address. Who asks may settle it once it is
answered; until then it is open, and both sides see the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lingtan.base.errors import DataError, InputError
from lingtan.base.ids import digest, nearest
from lingtan.base.time import iso
from lingtan.carbon.address import known, parse_address
from lingtan.services.keep_run import Run
from lingtan.services.workspace import Workspace

FOLDER = "questions/"
ASKED, ANSWERED, REPLIED, SETTLED = "asked", "answered", "replied", "settled"
OPEN, WAITING, DONE = "open", "answered", "settled"
LONGEST = 4000


@dataclass(frozen=True)
class Word:
    """One line of a question's history; ``hash`` is over everything else, ``previous`` is the hash of the line before."""

    seq: int
    kind: str  # asked | answered | replied | settled
    text: str
    by: str
    role: str
    at: str
    previous: str
    hash: str
    about: Mapping[str, Any] = field(default_factory=dict)  # of the first: period, run, figure, evidence


@dataclass(frozen=True)
class Question:
    """A question and what was said since."""

    id: str
    words: tuple[Word, ...]

    @property
    def about(self) -> Mapping[str, Any]:
        """What it is attached to: ``period``, ``run`` and ``figure``, each may be empty; ``evidence``: whether it goes into packs."""
        return self.words[0].about

    @property
    def state(self) -> str:
        """``open`` until the park has answered the last word of the asker, then ``answered``, at last ``settled``."""
        return {ASKED: OPEN, REPLIED: OPEN, ANSWERED: WAITING, SETTLED: DONE}[self.words[-1].kind]

    def as_dict(self) -> dict[str, Any]:
        """For the API and evidence packs."""
        return {"id": self.id, "state": self.state, **self.about, "words": [asdict(w) for w in self.words]}


def ask(
    workspace: Workspace,
    text: str,
    *,
    by: str,
    role: str,
    run: Run | None = None,
    run_id: str = "",
    figure: str = "",
    evidence: bool = True,
) -> Question:
    """Ask; with a ``figure`` of a ``run`` the address must be one of it.

    Raises
    ------
    InputError
        ``questions.empty``, ``questions.long``; ``figure.unknown`` with the nearest address.
    """
    said = _stated(text)
    if figure and run is None:
        raise InputError("figure.no-run")
    about: dict[str, Any] = {"period": "", "run": "", "figure": "", "evidence": evidence}
    if run is not None:
        about |= {"period": str(run.record["period"]), "run": run_id or run.id}
        if figure:
            about["figure"] = str(parse_address(figure, known(run.account, run.indicators)))
    taken = {q.id for q in questions(workspace)}
    name = f"q{len(taken) + 1:04d}"
    return _put(workspace, name, (), ASKED, said, by, role, about)


def answer(workspace: Workspace, name: str, text: str, *, by: str, role: str) -> Question:
    """The park's answer; a further one after the asker replied, or to add to the last."""
    found = find_question(workspace, name)
    if found.state == DONE:
        raise InputError("questions.settled", question=name)
    return _put(workspace, name, found.words, ANSWERED, _stated(text), by, role)


def reply(workspace: Workspace, name: str, text: str, *, by: str, role: str, settle: bool = False) -> Question:
    """What the asker says to an answer: a further question, or that the matter is settled.

    Raises
    ------
    InputError
        ``questions.unanswered`` if it would be settled before anybody answered; ``questions.settled``.
    """
    found = find_question(workspace, name)
    if found.state == DONE:
        raise InputError("questions.settled", question=name)
    if settle and found.state != WAITING:
        raise InputError("questions.unanswered", question=name)
    said = text.strip() if settle and not text.strip() else _stated(text)
    return _put(workspace, name, found.words, SETTLED if settle else REPLIED, said, by, role)


def questions(workspace: Workspace, *, period: str = "", state: str = "") -> list[Question]:
    """All questions, the newest first.

    Raises
    ------
    DataError
        ``questions.damaged`` if a line does not fit its hash or the one before it.
    """
    lines: dict[str, list[Word]] = {}
    for path in workspace.blobs.names(FOLDER):
        name = path.split("/")[1]
        word = Word(**json.loads(workspace.blobs.get(path) or b"{}"))
        before = lines.setdefault(name, [])
        expected = before[-1].hash if before else ""
        if word.seq != len(before) or word.previous != expected or word.hash != _hash(name, word):
            raise DataError("questions.damaged", question=name, line=word.seq)
        before.append(word)
    found = [Question(n, tuple(w)) for n, w in sorted(lines.items(), reverse=True)]
    return [q for q in found if (not period or q.about["period"] in ("", period)) and (not state or q.state == state)]


def find_question(workspace: Workspace, name: str) -> Question:
    """One question by id.

    Raises
    ------
    InputError
        ``questions.unknown`` with the nearest id.
    """
    there = {q.id: q for q in questions(workspace)}
    if name not in there:
        raise InputError("questions.unknown", question=name[:40], nearest=nearest(name, there) or "–")
    return there[name]


def for_evidence(workspace: Workspace, period: str) -> list[dict[str, Any]]:
    """The questions on a period, or on none, that were asked to go into its evidence, oldest first."""
    return [q.as_dict() for q in reversed(questions(workspace, period=period)) if q.about["evidence"]]


def _put(
    workspace: Workspace,
    name: str,
    before: Sequence[Word],
    kind: str,
    text: str,
    by: str,
    role: str,
    about: Mapping[str, Any] | None = None,
) -> Question:
    previous = before[-1].hash if before else ""
    word = Word(len(before), kind, text, by, role, iso(workspace.clock()), previous, "", about or {})
    word = Word(**{**asdict(word), "hash": _hash(name, word)})
    data = json.dumps(asdict(word), ensure_ascii=False, sort_keys=True).encode()
    workspace.blobs.put(f"{FOLDER}{name}/{word.seq:04d}.json", data, new=True)
    return Question(name, (*before, word))


def _hash(name: str, word: Word) -> str:
    return digest([name, {k: v for k, v in asdict(word).items() if k != "hash"}])


def _stated(text: str) -> str:
    said = text.strip()
    if not said:
        raise InputError("questions.empty")
    if len(said) > LONGEST:
        raise InputError("questions.long", most=LONGEST)
    return said
