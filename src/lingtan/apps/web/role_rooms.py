"""The pages of enterprises, verifiers and regulators."""

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages import questions, regulator

ROLE_ROOMS: tuple[Room, ...] = (questions.room, regulator.room)
