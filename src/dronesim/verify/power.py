"""The electric power of a multirotor from the facts: momentum theory in axial flight, parasite drag, avionics."""

from __future__ import annotations

import numpy as np

from dronesim.verify.facts import Facts
from dronesim.verify.intervals import Floats

KNOWN_MODEL = "hover_forward"
"""The power model that is worked out here; another one has another formula."""
_GRAVITY_MPS2 = 9.80665


def power_w(
    facts: Facts,
    *,
    mass_kg: Floats,
    density_kgm3: Floats | None = None,
    airspeed_mps: float | Floats = 0.0,
    vertical_mps: float | Floats = 0.0,
) -> Floats:
    """Give T (c/2 + √(c²/4 + v²)) / η_hover + D V / η_forward + avionics in W; all arguments broadcast.

    T = √((m g)² + D²) is the thrust, D = ½ ρ CdA V² the drag, v = √(T / 2 ρ A) the induced velocity in a hover and c
    the vertical speed, up positive, at which a descent counts as one at v/2 at most.
    """
    density = facts.air_density_kgm3 if density_kgm3 is None else density_kgm3
    airspeed = np.asarray(airspeed_mps, np.float64)
    drag_n = density * facts.drag_area_m2 * airspeed**2 / 2
    thrust_n = np.hypot(mass_kg * _GRAVITY_MPS2, drag_n)
    induced_mps = np.sqrt(thrust_n / (2 * density * facts.disc_area_m2))
    vertical = np.maximum(vertical_mps, -induced_mps / 2)
    lift_w = thrust_n * (vertical / 2 + np.sqrt(vertical**2 / 4 + induced_mps**2)) / facts.eta_hover
    return np.asarray(lift_w + drag_n * airspeed / facts.eta_forward + facts.avionics_w)
