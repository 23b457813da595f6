"""The electric power of a multirotor from the facts: momentum theory in axial flight, parasite drag, avionics."""

from __future__ import annotations

import numpy as np

from dronesim.verify.climbs import climb_s, sink_s
from dronesim.verify.facts import Facts
from dronesim.verify.intervals import Floats

KNOWN_MODEL = "hover_forward"
"""The power model that is worked out here; another one has another formula."""
_GRAVITY_MPS2 = 9.80665


def power_w(
    facts: Facts, *, mass_kg: Floats, airspeed_mps: float | Floats = 0.0, vertical_mps: float | Floats = 0.0
) -> Floats:
    """Give T (c/2 + √(c²/4 + v²)) / η_hover + D V / η_forward + avionics in W; all arguments broadcast.

    T = √((m g)² + D²) is the thrust, D = ½ ρ CdA V² the drag, v = √(T / 2 ρ A) the induced velocity in a hover and c
    the vertical speed, up positive, at which a descent counts as one at v/2 at most.
    """
    airspeed = np.asarray(airspeed_mps, np.float64)
    drag_n = facts.air_density_kgm3 * facts.drag_area_m2 * airspeed**2 / 2
    thrust_n = np.hypot(mass_kg * _GRAVITY_MPS2, drag_n)
    induced_mps = np.sqrt(thrust_n / (2 * facts.air_density_kgm3 * facts.disc_area_m2))
    vertical = np.maximum(vertical_mps, -induced_mps / 2)
    lift_w = thrust_n * (vertical / 2 + np.sqrt(vertical**2 / 4 + induced_mps**2)) / facts.eta_hover
    return np.asarray(lift_w + drag_n * airspeed / facts.eta_forward + facts.avionics_w)


def up_j(facts: Facts, *, mass_kg: Floats, level_m: Floats) -> Floats:
    """Give the energy from the check on the pad until a drone flies off, in J, shape ``(n,)``."""
    slow_s = np.minimum(facts.low_climb_m, level_m) / facts.low_climb_mps
    slow_w = power_w(facts, mass_kg=mass_kg, vertical_mps=facts.low_climb_mps)
    climb_w = power_w(facts, mass_kg=mass_kg, vertical_mps=facts.climb_mps)
    hover_j = power_w(facts, mass_kg=mass_kg) * facts.transition_s
    check_j = facts.avionics_w * facts.takeoff_check_s
    return check_j + slow_w * slow_s + climb_w * (climb_s(facts, level_m) - slow_s) + hover_j


def down_j(facts: Facts, *, mass_kg: Floats, level_m: Floats) -> Floats:
    """Give the energy from where a drone has arrived over a site until it is down, in J, shape ``(n,)``."""
    last_s = np.minimum(facts.final_hover_m, level_m) / facts.touchdown_mps
    last_w = power_w(facts, mass_kg=mass_kg, vertical_mps=-facts.touchdown_mps)
    sink_w = power_w(facts, mass_kg=mass_kg, vertical_mps=-facts.descent_mps)
    hover_j = power_w(facts, mass_kg=mass_kg) * (facts.approach_s + facts.final_hover_s)
    return hover_j + last_w * last_s + sink_w * (sink_s(facts, level_m) - facts.final_hover_s - last_s)
