"""A verifier's questions to the park, with their answers."""

from typing import Annotated

from fastapi import Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from lingtan.apps.api.answers import After, Limit, Shape, answer, body, rows, table
from lingtan.apps.api.shapes import Digest, Time
from lingtan.apps.web.need import Need, Room, actor_of
from lingtan.apps.web.pages.questions import ask_of
from lingtan.services.access.policy import Action, Kind

room = Room()


class WordShape(Shape):
    """One line of a question's history, chained by hashes."""

    seq: int
    kind: str
    text: str
    by: str
    role: str
    at: Time
    previous: Digest
    hash: Digest
    about: dict[str, str | bool]


class QuestionShape(Shape):
    """A question and what was said since; `state`: open, answered or settled."""

    id: str
    state: str
    period: str
    run: str
    figure: str
    evidence: bool
    words: list[WordShape]


Name = Annotated[str, Path(max_length=40)]
Text = Annotated[str, Body(min_length=1, max_length=4000)]


@room.declared(
    "GET", "/questions", Need(Kind.QUESTION), tags=["questions"], responses=table(QuestionShape), response_model=None
)
def questions(
    request: Request,
    period: Annotated[str, Query(pattern=r"^(\d{4})?$", description="Those of a year, or of none.")] = "",
    state: Annotated[str, Query(pattern="^(open|answered|settled)?$")] = "",
    limit: Limit = 100,
    after: After = 0,
) -> Response:
    """Questions with their whole history, the newest first."""
    from lingtan.services.questions import questions as kept

    found = kept(request.app.state.portal.space(), period=period, state=state)
    return rows(request, [q.as_dict() for q in found], limit=limit, after=after)


@room.declared(
    "GET", "/questions/{question}", Need(Kind.QUESTION), tags=["questions"], responses=body(QuestionShape), response_model=None
)  # fmt: skip
def question(request: Request, question: Name) -> Response:
    """One question."""
    from lingtan.services.questions import find_question

    return answer(request, find_question(request.app.state.portal.space(), question).as_dict())


@room.declared(
    "POST", "/questions", Need(Kind.QUESTION, Action.WRITE), tags=["questions"], status_code=201,
    responses=body(QuestionShape, 201, "Asked."), response_model=None,
)  # fmt: skip
def ask(
    request: Request,
    text: Text,
    figure: Annotated[str, Body(max_length=400, description="An address, such as `co2/category=power`.")] = "",
    run: Annotated[str, Body(max_length=120)] = "",
    evidence: Annotated[bool, Body(description="Whether it goes into full evidence packs.")] = True,
) -> Response:
    """Ask, freely or of a figure."""
    from lingtan.services.questions import find_question

    made = ask_of(request, text, figure=figure, run=run, evidence=evidence)
    return answer(request, find_question(request.app.state.portal.space(), made).as_dict(), status=201)


@room.declared(
    "POST", "/questions/{question}/answer", Need(Kind.QUESTION, Action.APPROVE), tags=["questions"], status_code=201,
    responses=body(QuestionShape, 201, "Answered."), response_model=None,
)  # fmt: skip
def answer_one(
    request: Request, question: Name, text: Annotated[str, Body(min_length=1, max_length=4000, embed=True)]
) -> Response:
    """The park's answer."""
    from lingtan.services import questions as kept

    actor = actor_of(request)
    made = kept.answer(request.app.state.portal.space(), question, text, by=actor.name, role=actor.role.value)
    return answer(request, made.as_dict(), status=201)


@room.declared(
    "POST", "/questions/{question}/reply", Need(Kind.QUESTION, Action.WRITE), tags=["questions"], status_code=201,
    responses=body(QuestionShape, 201, "Said."), response_model=None,
)  # fmt: skip
def reply(
    request: Request,
    question: Name,
    text: Annotated[str, Body(max_length=4000)] = "",
    settle: Annotated[bool, Body()] = False,
) -> Response:
    """A further question, or that it is settled."""
    from lingtan.services import questions as kept

    actor, space = actor_of(request), request.app.state.portal.space()
    made = kept.reply(space, question, text, by=actor.name, role=actor.role.value, settle=settle)
    return answer(request, made.as_dict(), status=201)
