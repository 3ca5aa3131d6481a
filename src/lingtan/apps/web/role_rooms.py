"""The pages of enterprises, verifiers and regulators."""

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages import enterprises, forms, questions, regulator, verification

ROLE_ROOMS: tuple[Room, ...] = (enterprises.room, forms.room, questions.room, regulator.room, verification.room)
