"""The drone types: what an airframe weighs, how fast it flies, what it may carry.

Letters say where a number comes from. A: primary document or data that was read; B: press or official
release; C: one weak source; D: derived from such numbers; M: measured or fitted for this project; E: an
assumption without a source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from dronesim.aircraft.battery import USABLE_SHARE
from dronesim.errors import DronesimError


class UnknownNameError(DronesimError):
    """A name that is in no registry; the message lists the names that are."""

    exit_code = 2

    def __init__(self, *, key: str, name: str, choices: Iterable[str]) -> None:
        self.key, self.name, self.choices = key, name, tuple(sorted(choices))
        super().__init__(f"{key}: {name!r} is not known; choose from {', '.join(self.choices)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneType:
    """One airframe with its pack and its terminal procedure; kilograms, metres, seconds, watts.

    ``propeller_m`` is a propeller's diameter, ``wind_limit_mps`` the mean wind above which it stays down,
    ``pack_wh`` the pack's nameplate energy, of which ``usable_share`` can be drawn.

    The phases of a leg, in the order in which they are flown:

    1. ``takeoff_check_s`` on the pad, loaded, before the leg departs: pad and pilot are held, avionics run.
    2. Climb: at ``low_climb_mps`` up to ``low_climb_m`` above the pad, from there at ``climb_mps``.
    3. ``transition_s`` of hover at the level: it turns to its course and the link is checked.
    4. Cruise at ``cruise_mps``, from rest to rest at ``acceleration_mps2``.
    5. ``approach_s`` of hover at the level above the destination.
    6. Descent at ``descent_mps`` down to ``final_hover_m`` above the pad.
    7. `alignment_s` of hover there, until it is aligned to the marker: ``final_hover_s`` less ``ground_s``.
    8. Touch-down from ``final_hover_m`` at ``touchdown_mps``.

    ``ground_s`` is how much of a measured flight's time lay on pads, before take-off and after touch-down. Loading
    and unloading count it already, so it is taken off the hover that the measured time was split into.
    """

    name: str
    empty_kg: float
    pack_kg: float
    payload_kg: float
    propellers: int
    propeller_m: float
    pack_wh: float
    usable_share: float
    wind_limit_mps: float
    cruise_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    descent_mps: float
    final_hover_m: float
    final_hover_s: float
    touchdown_mps: float
    ground_s: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    power_model: str

    @property
    def bare_kg(self) -> float:
        """Mass in kg without a parcel: airframe and pack."""
        return self.empty_kg + self.pack_kg

    @property
    def usable_wh(self) -> float:
        """Energy in Wh between an empty and a full pack; charge is a share of it."""
        return self.usable_share * self.pack_wh

    @property
    def disc_area_m2(self) -> float:
        """Area swept by all propellers, in m²."""
        return self.propellers * math.pi * self.propeller_m**2 / 4

    @property
    def alignment_s(self) -> float:
        """Hover at ``final_hover_m`` in s; negative only in a type that a scenario refuses."""
        return self.final_hover_s - self.ground_s


HEXA: Final = DroneType(
    name="hexa-2.5kg",
    empty_kg=4.5,
    pack_kg=2.5,
    payload_kg=2.5,
    propellers=6,
    propeller_m=0.5588,
    pack_wh=500.0,
    usable_share=USABLE_SHARE,
    wind_limit_mps=10.8,
    cruise_mps=10.5,
    acceleration_mps2=2.6,
    takeoff_check_s=5.0,
    low_climb_mps=1.5,
    low_climb_m=20.0,
    climb_mps=2.4,
    transition_s=4.0,
    approach_s=8.0,
    descent_mps=2.0,
    final_hover_m=10.0,
    final_hover_s=40.0,
    touchdown_mps=1.0,
    ground_s=0.0,
    eta_hover=0.52,
    eta_forward=0.6,
    drag_area_m2=0.10,
    avionics_w=20.0,
    power_model="hover_forward",
)
"""The class of the 4th generation drone, on flights as measured in Shenzhen."""

IDEAL: Final = replace(
    HEXA,
    name="ideal",
    cruise_mps=15.0,
    takeoff_check_s=0.0,
    low_climb_mps=3.0,
    low_climb_m=0.0,
    climb_mps=3.0,
    transition_s=0.0,
    approach_s=0.0,
    final_hover_m=0.0,
    final_hover_s=10.0,
    touchdown_mps=2.0,
)
"""The same airframe without the phases that measured flights have."""

QUAD_2021: Final = replace(
    HEXA,
    name="quad-2021",
    empty_kg=2.8,
    pack_kg=1.2,
    propellers=4,
    propeller_m=0.4572,
    pack_wh=240.0,
    wind_limit_mps=10.0,
    cruise_mps=10.0,
)
"""The earlier drone, 2021; its terminal procedure by analogy (E)."""

CONTEST_2024: Final = replace(
    IDEAL,
    name="contest-2024",
    payload_kg=5.0,
    pack_wh=417.0,
    wind_limit_mps=10.0,
    cruise_mps=10.0,
    acceleration_mps2=7.5,
    low_climb_mps=10.0,
    climb_mps=10.0,
    descent_mps=10.0,
    final_hover_s=0.0,
    touchdown_mps=10.0,
)
"""The benchmark drone of the 2024 final of Meituan's simulation contest: made up, not a real aircraft."""

DRONE_TYPES: Final[dict[str, DroneType]] = {kind.name: kind for kind in (CONTEST_2024, HEXA, IDEAL, QUAD_2021)}


def drone_type(name: str) -> DroneType:
    """Look up a drone type by ``name``; raises `UnknownNameError` with the choices."""
    if name not in DRONE_TYPES:
        raise UnknownNameError(key="fleet.drone_type", name=name, choices=DRONE_TYPES)
    return DRONE_TYPES[name]
