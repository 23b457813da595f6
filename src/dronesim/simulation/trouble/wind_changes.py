"""The wind changes: all that has not taken off is booked anew, ways home included; what flies ends as it took off."""

from __future__ import annotations

from dronesim.record.incidents import OTHER_WAY_HOME, OTHER_WIND, WIND_CHANGED
from dronesim.simulation.drone import Drone
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.remedies import Remedies

KIND = WIND_CHANGED.name


def wind_changes(remedies: Remedies, *, next_ms: int) -> None:
    """Book anew in the wind of now, by which plans are made already; the next wind comes at ``next_ms``.

    All is given back before anything is booked, and flights in the air come first.
    """
    fleet = remedies.fleet
    taken_back = fleet.take_back()
    bound = [(drone, sortie) for drone, sortie in remedies.out() if _is_on_its_way(sortie, remedies.now_ms)]
    bound = [(drone, sortie) for drone, sortie in bound if not remedies.keeps_its_way_home(sortie)]
    bound.sort(key=lambda drone_sortie: drone_sortie[1].out.landed_ms)
    for _, sortie in bound:
        remedies.give_back(sortie)
    for drone, sortie in bound:
        _change_way_home(remedies, drone, sortie, next_ms)
    for drone, sortie in taken_back:
        fleet.book_again(drone, sortie, KIND)


def _is_on_its_way(sortie: Sortie, now_ms: int) -> bool:
    """Tell whether a drone is out and still to go home."""
    return sortie.home is not None and sortie.departed_ms <= now_ms < sortie.home.departed_ms


def _change_way_home(remedies: Remedies, drone: Drone, sortie: Sortie, next_ms: int) -> None:
    """Let a drone go home by a way of this wind, or wait at the airport for the next."""
    is_open = remedies.way_home(sortie) is not None
    action = OTHER_WAY_HOME if is_open else OTHER_WIND
    if sortie.is_standing(remedies.now_ms):
        remedies.stay(drone, sortie, remedies.now_ms if is_open else next_ms, cause=KIND, action=action)
    elif remedies.go_home_later(drone, sortie, next_ms):
        remedies.tell(drone, sortie, KIND, action)
    else:
        remedies.redirect(drone, sortie, cause=KIND)
