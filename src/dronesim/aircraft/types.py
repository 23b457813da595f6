"""The drone types: what an airframe weighs, how fast it flies, what it may carry.

Letters say where a number comes from. A: primary document or data that was read; B: press or official
release; C: one weak source; D: derived from such numbers; M: measured or fitted for this project; E: an
assumption without a source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
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
    """One airframe with its pack; masses in kg, speeds in m/s, the pack's nameplate energy in Wh.

    Defaults and where they come from:

    - ``acceleration_mps2`` 2.6: M, fitted to 1,273 stop-turn legs of a DJI M100; also used for braking.
    - ``climb_mps`` 3, ``descent_mps`` 2, ``final_hover_s`` 10: E, assumptions.
    - ``usable_share`` 0.945 of the nameplate energy: M.
    - ``eta_hover`` 0.52, ``eta_forward`` 0.6: M, fits of published power and endurance curves; the plausible
      range of ``eta_hover`` is 0.35 to 0.54.
    - ``drag_area_m2`` 0.10: M, the weakest of the fits; 0.05 to 0.15 is plausible.
    - ``avionics_w`` 20: M, from the same fits.
    - ``power_model`` "hover_forward": the model those fits belong to.

    ``propeller_m`` is a propeller's diameter, ``wind_limit_mps`` the mean wind above which it stays down.
    """

    name: str
    empty_kg: float
    pack_kg: float
    payload_kg: float
    propellers: int
    propeller_m: float
    cruise_mps: float
    max_mps: float
    pack_wh: float
    wind_limit_mps: float
    acceleration_mps2: float = 2.6
    climb_mps: float = 3.0
    descent_mps: float = 2.0
    final_hover_s: float = 10.0
    usable_share: float = USABLE_SHARE
    eta_hover: float = 0.52
    eta_forward: float = 0.6
    drag_area_m2: float = 0.10
    avionics_w: float = 20.0
    power_model: str = "hover_forward"

    @property
    def bare_kg(self) -> float:
        """Mass in kg without a parcel: airframe and pack."""
        return self.empty_kg + self.pack_kg

    @property
    def disc_area_m2(self) -> float:
        """Area swept by all propellers, in m²."""
        return self.propellers * math.pi * self.propeller_m**2 / 4


HEXA: Final = DroneType(
    name="hexa-2.5kg",
    empty_kg=4.5,
    pack_kg=2.5,
    payload_kg=2.5,
    propellers=6,
    propeller_m=0.5588,
    cruise_mps=15.0,
    max_mps=23.0,
    pack_wh=500.0,
    wind_limit_mps=10.8,
)
"""The class of the 4th generation drone.

Payload 2.5 kg, take-off mass 9.5 kg, 23 m/s at most: B, C114 2025-04. Wind limit: B, same source,
Beaufort 6; its lower end is taken. Cruise 15 m/s, pack 500 Wh: E, assumptions. How 7 kg divide into airframe
and pack, six propellers of 22 inches: E, assumptions.
"""

QUAD_2021: Final = DroneType(
    name="quad-2021",
    empty_kg=2.8,
    pack_kg=1.2,
    payload_kg=2.5,
    propellers=4,
    propeller_m=0.4572,
    cruise_mps=10.0,
    max_mps=15.0,
    pack_wh=240.0,
    wind_limit_mps=10.0,
)
"""The earlier drone, 2021.

About 4 kg (read as: without a parcel, with its pack), payload 2.5 kg, 10 m/s: B. Wind limit 10 m/s: A, Gao
2021 for common drones. Assumptions (E): the pack's share of the mass, its 240 Wh (200 Wh/kg, as in the 9.5 kg
class), four propellers of 18 inches, 15 m/s at most.
"""

CONTEST_2024: Final = DroneType(
    name="contest-2024",
    empty_kg=4.5,
    pack_kg=2.5,
    payload_kg=5.0,
    propellers=6,
    propeller_m=0.5588,
    cruise_mps=10.0,
    max_mps=10.0,
    pack_wh=417.0,
    wind_limit_mps=10.0,
    acceleration_mps2=7.5,
    climb_mps=10.0,
    descent_mps=10.0,
    final_hover_s=0.0,
)
"""The benchmark drone of the 2024 final of Meituan's simulation contest: made up, not a real aircraft.

10 m/s horizontal and vertical, 7.5 m/s², 5 kg (read as the payload limit; its parcels weigh up to 4 kg): A.
Pack 417 Wh: D, gives the contest's 1,000 s of battery at cruise with a full load. Assumptions (E): airframe
and propellers of the 9.5 kg class, no final hover. Wind limit 10 m/s: A, Gao 2021; the contest has no wind.
"""

DRONE_TYPES: Final[dict[str, DroneType]] = {kind.name: kind for kind in (HEXA, QUAD_2021, CONTEST_2024)}


def drone_type(name: str) -> DroneType:
    """Look up a drone type by ``name``; raises `UnknownNameError` with the choices."""
    if name not in DRONE_TYPES:
        raise UnknownNameError(key="fleet.drone_type", name=name, choices=DRONE_TYPES)
    return DRONE_TYPES[name]
