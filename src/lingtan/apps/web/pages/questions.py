"""A verifier's questions and the park's answers: asked of a figure or freely, kept with their history."""

from typing import Annotated

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lingtan.apps.web.need import Need, Room, actor_of, check_thing
from lingtan.apps.web.portal import need_run
from lingtan.apps.web.render import language_of, render
from lingtan.base.errors import LingtanError
from lingtan.services.access.policy import Action, Kind

room = Room()
READ, ASK, ANSWER = Need(Kind.QUESTION), Need(Kind.QUESTION, Action.WRITE), Need(Kind.QUESTION, Action.APPROVE)
Text = Annotated[str, Form(max_length=5000)]
Short = Annotated[str, Form(max_length=400)]


@room.page("/questions", READ)
def questions(
    request: Request,
    state: Annotated[str, Query(pattern="^(open|answered|settled)?$")] = "",
    figure: Annotated[str, Query(max_length=400)] = "",
    run: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """All questions, and the form to ask one, perhaps of a figure."""
    return _list(request, state=state, figure=figure, run=run)


@room.act("/questions", ASK)
def ask(
    request: Request, text: Text, figure: Short = "", run: Short = "", evidence: Annotated[bool, Form()] = False
) -> Response:
    """Ask."""
    try:
        made = ask_of(request, text, figure=figure.strip(), run=run, evidence=evidence)
    except LingtanError as error:
        failure = error.format(language_of(request))
        return _list(request, figure=figure, run=run, failure=failure, text=text, status=error.http_status)
    return RedirectResponse(f"/questions/{made}", 303)


@room.page("/questions/{question}", READ)
def question(request: Request, question: str) -> Response:
    """One question with everything that was said."""
    return _thread(request, question)


@room.act("/questions/{question}/answer", ANSWER)
def answer(request: Request, question: str, text: Text) -> Response:
    """The park's answer."""
    from lingtan.services import questions as kept

    actor = actor_of(request)
    try:
        kept.answer(request.app.state.portal.space(), question, text, by=actor.name, role=actor.role.value)
    except LingtanError as error:
        return _thread(request, question, failure=error.format(language_of(request)), status=error.http_status)
    return RedirectResponse(f"/questions/{question}", 303)


@room.act("/questions/{question}/reply", ASK)
def reply(request: Request, question: str, text: Text = "", settle: Annotated[bool, Form()] = False) -> Response:
    """A further question, or that it is settled."""
    from lingtan.services import questions as kept

    actor = actor_of(request)
    try:
        kept.reply(
            request.app.state.portal.space(), question, text, by=actor.name, role=actor.role.value, settle=settle
        )
    except LingtanError as error:
        return _thread(request, question, failure=error.format(language_of(request)), status=error.http_status)
    return RedirectResponse(f"/questions/{question}", 303)


def ask_of(request: Request, text: str, *, figure: str, run: str, evidence: bool) -> str:
    """Ask of a figure that the asker may open, or freely; the question's id."""
    from lingtan.carbon.address import known, parse_address
    from lingtan.services import questions as kept
    from lingtan.services.access.reach import reach

    portal, actor = request.app.state.portal, actor_of(request)
    shown = need_run(portal.shown(run=run, refresh=False)) if figure or run else None
    if shown is not None and figure:
        address = parse_address(figure, known(shown.run.account, shown.run.indicators))
        check_thing(request, Action.READ, reach(actor, address, shown.run.park, released=shown.closing is not None)[1])
    made = kept.ask(
        portal.space(), text, by=actor.name, role=actor.role.value, run=shown.run if shown else None,
        run_id=shown.id if shown else "", figure=figure, evidence=evidence,
    )  # fmt: skip
    return made.id


def _list(
    request: Request, *, state: str = "", figure: str = "", run: str = "", failure: str = "", text: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    from lingtan.services.questions import DONE, OPEN, WAITING
    from lingtan.services.questions import questions as kept

    found = kept(request.app.state.portal.space())
    counts = {s: sum(q.state == s for q in found) for s in (OPEN, WAITING, DONE)}
    values = {
        "found": [q for q in found if not state or q.state == state], "counts": counts, "total": len(found), "state": state,
        "figure": figure, "run": run, "failure": failure, "text": text, "people": _people(request),
    }  # fmt: skip
    return render(request, "questions.html", values, status=status)


def _thread(request: Request, name: str, *, failure: str = "", status: int = 200) -> Response:
    from lingtan.services.questions import find_question

    found = find_question(request.app.state.portal.space(), name)
    return render(request, "question.html", {"q": found, "failure": failure, "people": _people(request)}, status=status)


def _people(request: Request) -> dict[str, str]:
    return {u.name: u.label for u in request.app.state.portal.directory.users()}
