"""Every kind of target behind the port :class:`lingtan.services.alarm_ports.Senders`."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lingtan.adapters.notify import email, robots, webhook
from lingtan.adapters.notify.address import resolve
from lingtan.adapters.notify.post import TIMEOUT_S
from lingtan.adapters.notify.secrets import master_key, secret, webhook_key, written
from lingtan.base.errors import InputError
from lingtan.services.alarm_ports import Delivery, Message, Said, Target


class NetworkSenders:
    """Sends for the workspace whose kept files are in ``keep``."""

    def __init__(self, keep: Path, clock: Callable[[], datetime], timeout_s: float = TIMEOUT_S) -> None:
        self._keep, self._clock, self._timeout_s = keep, clock, timeout_s

    def tell_people(self, target: Target, message: Message) -> Said:
        """By e-mail or through a robot."""
        if target.kind == "email":
            return email.send(target, message, timeout_s=self._timeout_s)
        return robots.send(target, message, self._clock(), timeout_s=self._timeout_s)

    def post(self, target: Target, delivery: Delivery, body: bytes, at: datetime) -> Said:
        """To a webhook, signed."""
        try:
            key = webhook_key(master_key(self._keep), target.id, target.generation)
        except InputError as error:
            return Said(False, None, error.format("en"), again=False)
        return webhook.send(target.address, key, delivery.id, body, at, timeout_s=self._timeout_s)

    def webhook_secret(self, target: Target) -> str:
        """The key that signs a webhook's messages."""
        return written(webhook_key(master_key(self._keep), target.id, target.generation))

    def check(self, target: Target) -> None:
        """Refuse an address that may not be reached, or a secret that is not there."""
        if target.kind == "webhook":
            resolve(target.address)
        elif target.kind == "email":
            if not email.is_address(target.address):
                raise InputError("alarm.bad-email", address=target.address[:100])
            to = email.server()
            if to.user:
                secret("smtp")
        else:
            resolve(robots.url_of(target, self._clock()))
