"""What the temperature does: to the density of the air, and to the energy that a pack gives."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

GAS_CONSTANT: Final = 287.05
"""Of dry air, in J/(kg K)."""
ZERO_C: Final = 273.15
"""0 °C in K."""
WARM_C: Final = 20.0
"""From here on a pack gives all of its usable energy, in °C."""
COLD_C: Final = -20.0
"""Below it a pack gives as much as here, in °C."""


def air_density(temperature_c: float, *, pressure_pa: float) -> float:
    """Give the density of dry air in kg/m³: ρ = p / (R T)."""
    return pressure_pa / (GAS_CONSTANT * (temperature_c + ZERO_C))


def pack_share(temperature_c: float, *, share_0c: float, share_minus_20c: float) -> float:
    """Give the share of its usable energy that a pack has: 1 from 20 °C on, straight lines to that at 0 and -20 °C."""
    knots = ((COLD_C, share_minus_20c), (0.0, share_0c), (WARM_C, 1.0))
    for (from_c, from_share), (to_c, to_share) in pairwise(knots):
        if temperature_c < to_c:
            part = max(temperature_c - from_c, 0.0) / (to_c - from_c)
            return from_share + part * (to_share - from_share)
    return 1.0


def payload_limit_kg(*, payload_kg: float, bare_kg: float, density: float, rated_density: float) -> float:
    """Give what a drone may carry where the air is thinner than it is rated for: MTOM·min(1, ρ/ρ_rated) in all."""
    if density >= rated_density:
        return payload_kg
    return max((bare_kg + payload_kg) * density / rated_density - bare_kg, 0.0)
