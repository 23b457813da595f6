"""Unloading takes longer than it is booked: who is to be unloaded next waits on its pad, or lands later."""

from __future__ import annotations

from simpy.events import Event

from dronesim.record.incidents import UNLOADING_OVERRUN, UNLOADS_ON, WAITS_ON_PAD
from dronesim.simulation.drone import Drone
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.handling_overrun import BEFORE_MS, over_ms
from dronesim.simulation.trouble.remedies import Remedies

CAUSE = UNLOADING_OVERRUN.name


class SlowUnloading:
    """Watches over unloading, which is booked for its mean; how long each order takes was drawn before the day.

    Who is not unloaded by then keeps pad and unloader. If another is to have that, all that comes to the airport is
    booked anew, as when an unloader fails: who sinks or stands there is unloaded in the order of landing, and waits on
    its pad, who is on its way lands when it can, and what has not departed is decided anew. Who does not hear is
    unloaded when it was promised, before those who wait.
    """

    def __init__(self, remedies: Remedies, inputs: SimulationInputs) -> None:
        self._remedies = remedies
        self._clock = remedies.scene.clock
        self._network = remedies.scene.network
        self._over_ms = over_ms(inputs.handling.unload_s, booked_ms=remedies.scene.times.unload_ms)
        self._is_met = set[int]()

    def watch(self, drone: Drone) -> None:
        """Let a drone be unloaded for longer, if what is booked does not suffice."""
        sortie = drone.sortie
        if sortie is None or not self._is_slow(sortie):
            return
        at_ms = sortie.unloaded_ms - BEFORE_MS
        if at_ms >= self._clock.now_ms:
            self._clock.call_at(at_ms, self._overruns, (drone, sortie))

    def _is_slow(self, sortie: Sortie) -> bool:
        order, is_at_airport = sortie.order, sortie.home is not None and sortie.stop is not None
        return is_at_airport and self._over_ms[order] > 0 and order not in self._is_met

    def _overruns(self, event: Event) -> None:
        drone, sortie = event.value  # type: ignore[misc]
        is_now = drone.sortie is sortie and sortie.unloaded_ms - BEFORE_MS == self._clock.now_ms
        if is_now and self._is_slow(sortie):
            self._is_met.add(sortie.order)
            self._unload_on(drone, sortie, self._over_ms[sortie.order])

    def _unload_on(self, drone: Drone, sortie: Sortie, more_ms: int) -> None:
        remedies, site = self._remedies, sortie.site
        followers: list[tuple[Drone, Sortie]] = []
        bound: list[tuple[Drone, Sortie]] = []
        if not self._is_free(sortie, more_ms):
            remedies.revoke_bound_for(site - self._network.takeoff_points)
        if not self._is_free(sortie, more_ms):
            followers = self._followers(site)
            bound = [(other, its) for other, its in remedies.bound_for(site) if remedies.silence.hears(its)]
        for _, its in ((drone, sortie), *followers, *bound):
            remedies.give_back(its)
        remedies.unload_later(drone, sortie, more_ms + BEFORE_MS, cause=CAUSE, action=UNLOADS_ON)
        for other, its in followers:
            for_ms = its.unloaded_ms - its.unloads_ms
            remedies.unload_later(other, its, for_ms, cause=CAUSE, action=WAITS_ON_PAD)
        for other, its in bound:
            # one that gave way to another meanwhile has come down, or is booked again
            if other.sortie is its:
                remedies.give_back(its)
                remedies.land_anew(other, its, cause=CAUSE)

    def _is_free(self, sortie: Sortie, more_ms: int) -> bool:
        """Tell whether an unloader is nobody else's for so long after a sortie's slot."""
        unloader, at_ms = self._network.unloader(sortie.site), sortie.unloaded_ms
        return self._network.first_free_ms(unloader, at_ms, more_ms) == at_ms

    def _followers(self, site: int) -> list[tuple[Drone, Sortie]]:
        """List drones that stand at an airport, or sink there, and are yet to be unloaded, in the order of that."""
        stopping = self._remedies.stopping_at(site)
        return sorted(
            ((other, its) for other, its in stopping if its.unloads_ms > self._clock.now_ms),
            key=lambda drone_sortie: drone_sortie[1].unloads_ms,
        )
