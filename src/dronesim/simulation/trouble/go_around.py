"""A landing at an airport is missed: the drone makes another pass, or lands elsewhere."""

from __future__ import annotations

from simpy.events import Event

from dronesim.record.incidents import GO_AROUND, LANDS_ANEW, POSITION_OUTAGE
from dronesim.simulation.drone import Drone
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

BEFORE_MS = 1
"""So long before it would arrive it is settled that a drone makes another pass: then it is on its way yet."""


class GoArounds:
    """Watches over landings with parcels; how many of an order's are missed was drawn before the day began.

    So was how many are while the position service is out; those are missed apart from the others.
    """

    def __init__(self, remedies: Remedies, inputs: SimulationInputs) -> None:
        self._remedies = remedies
        self._clock = remedies.scene.clock
        self._left: list[int] = inputs.misses.tolist()
        self._blind: list[int] = inputs.blind_misses.tolist()
        self._pass_ms = to_ms(inputs.rules.navigation.go_around_s)

    def watch(self, drone: Drone) -> None:
        """Let a drone miss the landing that it is to make now, if one of its order's is to be missed yet."""
        sortie = drone.sortie
        if sortie is None or sortie.order == -1 or self._cause(sortie) is None:
            return
        at_ms = sortie.out.arrived_ms - BEFORE_MS
        if at_ms >= self._clock.now_ms and not self._remedies.scene.network.is_takeoff_point(sortie.site):
            self._clock.call_at(at_ms, self._miss, (drone, sortie))

    def _cause(self, sortie: Sortie) -> str | None:
        """Tell what lets a drone with a parcel miss its landing; None where it lands."""
        order = sortie.order
        is_blind = bool(self._blind) and self._blind[order] > 0
        if is_blind and self._remedies.position.is_out(sortie.site, sortie.out.arrived_ms):
            return POSITION_OUTAGE.name
        return GO_AROUND.name if self._left and self._left[order] else None

    def _miss(self, event: Event) -> None:
        drone, sortie = event.value  # type: ignore[misc]
        now_ms = self._clock.now_ms
        if drone.sortie is not sortie or sortie.is_adrift or not sortie.is_bound(now_ms):
            return
        cause = self._cause(sortie)
        if sortie.out.arrived_ms - BEFORE_MS != now_ms or cause is None:
            return
        left = self._left if cause == GO_AROUND.name else self._blind
        left[sortie.order] -= 1
        self._pass_again(drone, sortie, cause=cause)

    def _pass_again(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        remedies, until_ms = self._remedies, sortie.out.arrived_ms + self._pass_ms
        remedies.give_back(sortie)
        if remedies.hold(drone, sortie, until_ms):
            remedies.tell(drone, sortie, cause, LANDS_ANEW)
        else:
            remedies.redirect(drone, sortie, cause=cause)
