"""The road: how a parcel goes on that no drone brings, from a diverted drone or a take-off point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.units import to_ms


class Road:
    """Riders who bring parcels to the community's airport."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._book = scene.book
        self._airports_xy = inputs.places.xy[inputs.places.takeoff_points :]
        self._mps = inputs.rules.couriers.road_mps
        self._detour = inputs.rules.couriers.road_detour

    def bring(self, order: int, xy: NDArray[Any], *, reason: str) -> None:
        """Let a rider bring an order's parcel from a point, (2,) in metres, for a reason that the order ends with."""
        distance_m = self._detour * float(np.hypot(*(self._airports_xy[self._book.airport[order]] - xy)))
        self._clock.call_at(self._clock.now_ms + to_ms(distance_m / self._mps), self._arrive, (order, reason))

    def _arrive(self, event: Event) -> None:
        order, reason = event.value  # type: ignore[misc]
        self._book.end(order, "ground", self._clock.now_ms, reason)
