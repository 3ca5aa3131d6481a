"""The pages of enterprises, verifiers and regulators, and what they share with the operator."""

from lingtan.apps.web.need import Room
from lingtan.apps.web.pages import (
    certificates,
    enterprises,
    forms,
    meter_change,
    questions,
    regulator,
    verification,
    year_path,
)

ROLE_ROOMS: tuple[Room, ...] = (
    certificates.room,
    enterprises.room,
    forms.room,
    meter_change.room,
    questions.room,
    regulator.room,
    verification.room,
    year_path.room,
)
