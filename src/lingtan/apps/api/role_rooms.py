"""The routes of enterprises, verifiers and regulators."""

from lingtan.apps.api.routes import questions, regulator
from lingtan.apps.web.need import Room

ROLE_ROOMS: tuple[Room, ...] = (questions.room, regulator.room)
