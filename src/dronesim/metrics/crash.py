"""What a drone that comes down does on the ground: the area in which it hits people, and how many of them die.

JARUS, SORA Annex F: the closed form of the crash area (as in the package casex 1.2.3), and the probability of death by
impact energy and shelter.
"""

from __future__ import annotations

import math
from typing import Final

_GRAVITY: Final = 9.80665
_PERSON_M: Final = 0.3
_STANDS_M: Final = 1.8
_RESTITUTION: Final = 0.65
_FRICTION: Final = 0.65
_HARMLESS_J: Final = 290.0
_WIDE_M: Final = 1.0
_STEEP_DEG: Final = 35.0
_HALF_J: Final = 1e6
_LEAST_J: Final = 100.0


def crash_area_m2(*, width_m: float, mass_kg: float, impact_mps: float, impact_deg: float) -> float:
    """Area in m² around the point of impact in which a standing person is hit.

    2 R h / tan θ + π R² + 2 R s, with R the radius of a person and half the width: the way down from a head's height,
    the impact, and the slide until what is left of the energy harms nobody. A drone up to 1 m wide does not slide, and
    comes down at 35 degrees at least.
    """
    reach_m = _PERSON_M + width_m / 2
    is_small = width_m <= _WIDE_M
    angle = math.radians(max(impact_deg, _STEEP_DEG) if is_small else impact_deg)
    glides_m = _STANDS_M * math.cos(angle) / math.sin(angle)
    slides_m = 0.0 if is_small else _slide_m(impact_mps * math.cos(angle), mass_kg)
    return 2 * reach_m * (glides_m + slides_m) + math.pi * reach_m**2


def _slide_m(level_mps: float, mass_kg: float) -> float:
    """How far it slides, from what speed is left after the impact, until its energy is harmless."""
    begins_mps, brakes_mps2 = _RESTITUTION * level_mps, _FRICTION * _GRAVITY
    lasts_s = max(0.0, (begins_mps - math.sqrt(2 * _HARMLESS_J / mass_kg)) / brakes_mps2)
    return float(begins_mps * lasts_s - brakes_mps2 * lasts_s**2 / 2)


def death_share(*, mass_kg: float, impact_mps: float, shelter: float) -> float:
    """Share of those hit who die: 1 / (1 + √(a/b) (b/E)^(1/4p)), with shelter p and the impact energy E."""
    energy_j = mass_kg * impact_mps**2 / 2
    ratio = (_LEAST_J / energy_j) ** (1 / (4 * shelter))
    return float(1 / (1 + math.sqrt(_HALF_J / _LEAST_J) * ratio))
