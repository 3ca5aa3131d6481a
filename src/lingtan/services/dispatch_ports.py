"""What dispatch asks of the plant: take a set-point, say what is measured. Adapters keep these promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Measured:
    """What the plant says at an instant. [kW], [kWh]; positive gives for stores."""

    at: datetime
    power_kw: Mapping[str, float]
    content_kwh: Mapping[str, float]
    on: Mapping[str, bool]


class PlantSilentError(Exception):
    """The plant did not answer in time."""


class Plant(Protocol):
    """Set-points out, measurements in."""

    def send(self, asset: str, kw: float, *, timeout_s: float) -> float:
        """Ask an asset for a power; what it acknowledges. [kW]

        Raises
        ------
        PlantSilentError
            If there is no answer within ``timeout_s``.
        """
        ...

    def measure(self, *, timeout_s: float) -> Measured:
        """What is measured now.

        Raises
        ------
        PlantSilentError
            If there is no answer within ``timeout_s``.
        """
        ...
