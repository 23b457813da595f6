"""Wind or weather change: all that has not taken off is planned anew; what flies ends as it took off."""

from __future__ import annotations

from functools import partial

from dronesim.record.incidents import GOES_ON, GROUNDED, MAY_FLY, WIND_CHANGED
from dronesim.simulation.drone import Drone
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.remedies import Remedies

KIND = WIND_CHANGED.name


def wind_changes(remedies: Remedies, *, might_fly: bool | None = None, cause: str = KIND) -> None:
    """Plan anew in the wind of now, by which legs are planned already.

    Whether drones may fly in it is told where it was otherwise before (``might_fly``), ``cause`` is what is told.
    Where a drone that is out can't go home as it is booked, all that stands and all that is to land is given back, and
    booked again in the order of landing; else only drones on the ground are met whose flights would be others now.
    """
    may_fly = remedies.scene.planner.may_fly
    if might_fly is not None and may_fly != might_fly:
        remedies.scene.ledger.incident(remedies.now_ms, KIND, MAY_FLY if may_fly else GROUNDED)
    out = [(drone, sortie) for drone, sortie in remedies.out() if _is_on_its_way(sortie, remedies.now_ms)]
    bound = [(drone, sortie) for drone, sortie in out if remedies.is_reached(sortie)]
    for drone, sortie in out:
        if (drone, sortie) not in bound:
            remedies.when_heard(drone, sortie, partial(_meet_late, remedies, drone, sortie))
    takes_wh = {drone.number: _home_wh(sortie) for drone, sortie in bound}
    keep = {drone.number for drone, sortie in bound if remedies.keeps_its_way_home(sortie)}
    is_any_changed = len(keep) < len(bound)
    remedies.revoke_changed(is_all=is_any_changed)
    if is_any_changed:
        bound.sort(key=lambda drone_sortie: drone_sortie[1].out.landed_ms)
        for _, sortie in bound:
            remedies.give_back(sortie)
        for drone, sortie in bound:
            if drone.sortie is sortie:
                remedies.go_home_anew(drone, sortie, cause=cause, keeps=drone.number in keep)
        return
    for drone, sortie in bound:
        # the reserve is for what the wind takes more than was planned with
        if _home_wh(sortie) > takes_wh[drone.number]:
            remedies.tell(drone, sortie, cause, GOES_ON)


def _meet_late(remedies: Remedies, drone: Drone, sortie: Sortie) -> None:
    """Let a drone that was silent when the wind changed go home by the ways of now."""
    if _is_on_its_way(sortie, remedies.now_ms) and not remedies.keeps_its_way_home(sortie):
        remedies.go_home_anew(drone, sortie, cause=KIND)


def _home_wh(sortie: Sortie) -> float:
    return 0.0 if sortie.home is None else sortie.home.energy_wh


def _is_on_its_way(sortie: Sortie, now_ms: int) -> bool:
    """Tell whether a drone is out and still to go home."""
    return sortie.home is not None and sortie.departed_ms <= now_ms < sortie.home.departed_ms
