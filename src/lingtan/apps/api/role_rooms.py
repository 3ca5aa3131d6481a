"""The routes of enterprises, verifiers and regulators, and what they share with the operator."""

from lingtan.apps.api.routes import changes, enterprises, questions, regulator
from lingtan.apps.web.need import Room

ROLE_ROOMS: tuple[Room, ...] = (changes.room, enterprises.room, questions.room, regulator.room)
