"""Loading takes longer than it is booked: the drone loses its slot, and the order is decided anew."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.record.incidents import HANDLING_OVERRUN, SLOT_LOST
from dronesim.simulation.book import to_ms_column
from dronesim.simulation.drone import Drone
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import LAST_MS, MS

BEFORE_MS = 1
"""So long before a slot for loading ends it is settled that it does not suffice: the drone has not departed yet."""


class SlowLoading:
    """Watches over loading, which is booked for its mean; how long each order takes was drawn before the day.

    Who is not loaded by then loses pad, loader and all that is booked after. What was done counts: what is left is
    booked anew, as it is.
    """

    def __init__(self, remedies: Remedies, inputs: SimulationInputs) -> None:
        self._remedies = remedies
        self._clock = remedies.scene.clock
        self._left_ms = remedies.scene.book.load_left_ms
        self._over_ms = over_ms(inputs.handling.load_s, booked_ms=remedies.scene.times.load_ms)

    def watch(self, drone: Drone) -> None:
        """Let a drone lose the slot that it is being loaded in, if that does not suffice."""
        sortie = drone.sortie
        if sortie is None or sortie.order == -1 or not self._is_slow(sortie.order):
            return
        at_ms = sortie.loaded_ms - BEFORE_MS
        if at_ms >= self._clock.now_ms:
            self._clock.call_at(at_ms, self._lose_slot, (drone, sortie))

    def _is_slow(self, order: int) -> bool:
        return self._over_ms[order] > 0 and order not in self._left_ms

    def _lose_slot(self, event: Event) -> None:
        drone, sortie = event.value  # type: ignore[misc]
        is_now = drone.sortie is sortie and sortie.loaded_ms - BEFORE_MS == self._clock.now_ms
        if is_now and self._is_slow(sortie.order):
            self._left_ms[sortie.order] = self._over_ms[sortie.order] + BEFORE_MS
            self._remedies.note(drone, sortie, HANDLING_OVERRUN.name, SLOT_LOST)
            self._remedies.fleet.revoke(drone)


def over_ms(drawn_s: NDArray[Any] | None, *, booked_ms: int) -> list[int]:
    """Tell by how much each order's handling takes longer than is booked; 0 for one that does not."""
    if drawn_s is None:
        return []
    needed_ms = np.asarray(to_ms_column(np.minimum(drawn_s, LAST_MS / MS)), dtype=np.int64)
    over: list[int] = np.maximum(needed_ms - booked_ms, 0).tolist()
    return over
