"""The gate: one for each asking. It decides by the policy table and writes down what must be known later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lingtan.services.access.policy import Action, Actor, Kind, Scope, Thing, allowed, authorize, scope_of

# actor, what was done, kind, where, details
Note = Callable[[Actor, str, str, str, Mapping[str, Any]], Any]


@dataclass
class Gate:
    """Between somebody who asks and the objects. ``where`` names the place in the audit log, ``detail`` what else it keeps."""

    actor: Actor
    note: Note
    where: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def demand(self, action: Action, thing: Thing) -> None:
        """Let through or refuse. Refusals, writes and reads of others' data are audited.

        Raises
        ------
        AccessError
            ``access.refused``, without saying whether the object exists.
        """
        others = thing.enterprise is not None and thing.enterprise != self.actor.enterprise
        fine = allowed(self.actor, action, thing)
        if not fine or action is not Action.READ or others:
            told = {k: v for k, v in {"enterprise": thing.enterprise, **self.detail}.items() if v}
            self.note(self.actor, f"{action.value}{'' if fine else '-refused'}", thing.kind.value, self.where, told)
        authorize(self.actor, action, thing)

    def scope(self, kind: Kind, action: Action = Action.READ) -> Scope | None:
        """Whose objects of a kind the actor may act on; None for none. Lists are cut by it."""
        return scope_of(self.actor, kind, action)
