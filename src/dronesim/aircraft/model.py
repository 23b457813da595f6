"""The aircraft as the rest of the program sees it: how long a flight takes and what energy it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.aircraft.flight_time import trapezoid_s
from dronesim.aircraft.navigation import CALM, Wind, mean_ground_speed_mps, segments
from dronesim.aircraft.power import PowerModel, power_model
from dronesim.aircraft.types import DroneType
from dronesim.units import HOUR


class AircraftModel(Protocol):
    """Times in s and energies in Wh of one kind of drone; array arguments broadcast."""

    @property
    def drone_type(self) -> DroneType:
        """What is flown."""
        ...

    def climb_s(self, level_m: float) -> float:
        """Time from the pad up to ``level_m``."""
        ...

    def descent_s(self, level_m: float) -> float:
        """Time from ``level_m`` down to the pad, final hover included."""
        ...

    def cruise_s(self, waypoints: ArrayLike, wind: Wind = CALM) -> float:
        """Time along a polyline ``(m, 2)`` in metres; inf where the wind does not let it be flown."""
        ...

    def energy_wh(self, *, cruise_s: ArrayLike, level_m: ArrayLike, payload_kg: ArrayLike) -> NDArray[np.float64]:
        """Energy of a whole leg, pad to pad; inf where ``cruise_s`` is inf."""
        ...

    def hover_wh(self, seconds: ArrayLike, payload_kg: ArrayLike) -> NDArray[np.float64]:
        """Energy of hovering for ``seconds``, which is what a hold costs."""
        ...

    def is_payload_feasible(self, payload_kg: ArrayLike) -> NDArray[np.bool_]:
        """Tell which parcels the drone may carry."""
        ...


@dataclass(frozen=True, slots=True)
class Multirotor:
    """An `AircraftModel` from a drone type: vertical climb, cruise at constant airspeed, vertical descent."""

    drone_type: DroneType
    _power_w: PowerModel = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_power_w", power_model(self.drone_type))

    def climb_s(self, level_m: float) -> float:
        """Time in s from the pad up to ``level_m``."""
        return level_m / self.drone_type.climb_mps

    def descent_s(self, level_m: float) -> float:
        """Time in s from ``level_m`` down to the pad, final hover included."""
        return level_m / self.drone_type.descent_mps + self.drone_type.final_hover_s

    def cruise_s(self, waypoints: ArrayLike, wind: Wind = CALM) -> float:
        """Time in s along a polyline ``(m, 2)``: one trapezoid over its length at its mean ground speed.

        It does not slow down in turns. inf where the wind does not let a segment be flown.
        """
        kind = self.drone_type
        length_m, _ = segments(waypoints)
        speed = mean_ground_speed_mps(waypoints, airspeed_mps=kind.cruise_mps, wind=wind)
        if np.isnan(speed):
            return float("inf")
        return float(trapezoid_s(length_m.sum(), speed, kind.acceleration_mps2))

    def energy_wh(self, *, cruise_s: ArrayLike, level_m: ArrayLike, payload_kg: ArrayLike) -> NDArray[np.float64]:
        """Energy in Wh of a leg: climb, cruise, descent, final hover; arguments broadcast."""
        kind, mass_kg = self.drone_type, self._mass_kg(payload_kg)
        level, cruise = np.asarray(level_m, dtype=np.float64), np.asarray(cruise_s, dtype=np.float64)
        climb_w = self._power_w(mass_kg=mass_kg, vertical_mps=kind.climb_mps)
        cruise_w = self._power_w(mass_kg=mass_kg, airspeed_mps=kind.cruise_mps)
        descent_w = self._power_w(mass_kg=mass_kg, vertical_mps=-kind.descent_mps)
        moving_j = climb_w * level / kind.climb_mps + cruise_w * cruise + descent_w * level / kind.descent_mps
        return moving_j / HOUR + self.hover_wh(kind.final_hover_s, payload_kg)

    def hover_wh(self, seconds: ArrayLike, payload_kg: ArrayLike) -> NDArray[np.float64]:
        """Energy in Wh of hovering for ``seconds``; arguments broadcast."""
        hover_w = self._power_w(mass_kg=self._mass_kg(payload_kg))
        return hover_w * np.asarray(seconds, dtype=np.float64) / HOUR

    def is_payload_feasible(self, payload_kg: ArrayLike) -> NDArray[np.bool_]:
        """Tell which parcels the drone may carry: those up to the payload limit."""
        return np.asarray(np.asarray(payload_kg) <= self.drone_type.payload_kg, dtype=np.bool_)

    def _mass_kg(self, payload_kg: ArrayLike) -> NDArray[np.float64]:
        return self.drone_type.bare_kg + np.asarray(payload_kg, dtype=np.float64)
