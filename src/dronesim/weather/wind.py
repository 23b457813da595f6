"""The wind over the district: its vector, its growth with height, and whether drones may fly in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """A steady wind of ``speed_mps`` that blows *from* ``from_deg``, clockwise from north."""

    speed_mps: float
    from_deg: float

    def vector(self) -> tuple[float, float]:
        """Give the velocity of the air as (east, north) in m/s: where the wind blows to."""
        angle = math.radians(self.from_deg)
        return -self.speed_mps * math.sin(angle), -self.speed_mps * math.cos(angle)


CALM: Final = Wind(speed_mps=0.0, from_deg=0.0)


def wind_at_height(wind: Wind, height_m: float, *, reference_m: float, exponent: float) -> Wind:
    """Carry a wind measured at ``reference_m`` to ``height_m`` by the power law v·(h/h_ref)^exponent."""
    factor = (height_m / reference_m) ** exponent
    return Wind(speed_mps=wind.speed_mps * factor, from_deg=wind.from_deg)


def is_flyable(wind: Wind, *, limit_mps: float) -> bool:
    """Tell whether a wind is within a drone type's limit; state the height of both, for it matters more."""
    return wind.speed_mps <= limit_mps
