"""Whose alarms a request touches, and which of them the asker may see."""

from starlette.requests import HTTPConnection, Request

from lingtan.apps.web.need import Need, actor_of
from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, scope_of
from lingtan.services.alarm_ports import STATES, Wanted

LIVE = "live"  # what holds, and what nobody has seen


def own(connection: HTTPConnection, actor: Actor) -> Thing:
    """The alarms of the park, or one's own."""
    mine = scope_of(actor, Kind.ALARM, Action.READ) is Scope.OWN
    return Thing(Kind.ALARM, enterprise=actor.enterprise if mine else None)


def of_alarm(connection: HTTPConnection, actor: Actor) -> Thing:
    """The alarm that the path names; one that does not exist is the park's: who may not see those is not told."""
    book = connection.app.state.portal.space().alarms()
    found = None if book.fresh() else book.alarm(str(connection.path_params.get("alarm"))[:26])
    return Thing(Kind.ALARM, enterprise=None if found is None else found.enterprise)


READ, WRITE = Need(Kind.ALARM, thing=own), Need(Kind.ALARM, Action.WRITE, own)
READ_ONE, WRITE_ONE = Need(Kind.ALARM, thing=of_alarm), Need(Kind.ALARM, Action.WRITE, of_alarm)
# rules and targets are the park's
RULES, SET_RULES = Need(Kind.ALARM), Need(Kind.ALARM, Action.WRITE)
# what leaves for other programs is for whoever runs the installation
HOOKS, SET_HOOKS = Need(Kind.SETTING), Need(Kind.SETTING, Action.WRITE)


def whose(request: Request) -> str | None:
    """The enterprise whose alarms the asker sees; None for all."""
    return own(request, actor_of(request)).enterprise


def wanted(
    request: Request, state: str = LIVE, severity: str = "", enterprise: str = "", rule: str = "", channel: str = ""
) -> Wanted:
    """What a list asks for, cut to what the asker may see."""
    return Wanted(
        states=[state] if state in STATES else None,
        severities=[severity] if severity else None,
        enterprise=whose(request) or enterprise or None,
        rule=rule or None,
        channel=channel or None,
        live=True if state == LIVE else None,
    )
