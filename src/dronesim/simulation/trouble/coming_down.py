"""Drones that come down where they are: lost with their parcels, or to be fetched by road."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.record.incidents import FETCHED, LOST
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.drone import Drone
from dronesim.simulation.fleet import DOWN, GONE, Fleet
from dronesim.simulation.flight import Flight
from dronesim.simulation.road import Road
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.units import MS


class ComingDown:
    """Ends sorties in the air."""

    def __init__(self, scene: Scene, *, fleet: Fleet, cabinets: Cabinets, road: Road) -> None:
        self._scene = scene
        self._fleet = fleet
        self._cabinets = cabinets
        self._road = road

    def bring_down(self, drone: Drone, sortie: Sortie, *, cause: str, is_loss: bool) -> None:
        """End the flight that a drone is in, whose bookings are given back already, where it is now."""
        now_ms = self._scene.clock.now_ms
        flight = sortie.flown(now_ms)
        if flight is None:
            raise AssertionError(f"drone {drone.number} fails on the ground")
        self._scene.network.airspace.release_path(drone.number, after_ms=now_ms)
        place = self._end(drone, sortie, flight, cause=cause, outcome="lost" if is_loss else "down")
        self._lose_order(drone, sortie, flight, place)
        drone.order, drone.sortie = -1, None
        drone.process.interrupt(GONE if is_loss else DOWN)
        if is_loss:
            self._fleet.write_off(drone)

    def _end(self, drone: Drone, sortie: Sortie, flight: Flight, *, cause: str, outcome: str) -> NDArray[Any]:
        """End a sortie where its drone is in the air; gives that place, ``(2,)`` in metres."""
        scene, now_ms = self._scene, self._scene.clock.now_ms
        flown = flight.whole_course(scene.planner).part(-np.inf, now_ms / MS)
        held_ms, spent_wh = flight.held_ms(now_ms), flight.spent_wh(scene.planner.legs_of, now_ms)
        flight.cut(flown, hold_ms=held_ms, energy_wh=spent_wh, outcome=outcome)
        sortie.break_off(flight)
        sortie.charge_anew()
        self._fleet.write_down(drone, sortie)
        action = LOST if outcome == "lost" else FETCHED
        scene.ledger.incident(now_ms, cause, action, drone=drone.number, order=flight.order, flight=flight)
        return flown.points_m[-1, :2]

    def _lose_order(self, drone: Drone, sortie: Sortie, flight: Flight, place: NDArray[Any]) -> None:
        """Say what becomes of the order that a drone carried, or was to fetch."""
        order = flight.order
        if order == -1:
            if drone.order != -1 and sortie.order == -1:
                self._fleet.return_order(drone)
            return
        if not sortie.is_diverted:
            self._cabinets.release(order)
        if flight.outcome == "lost":
            self._scene.book.end(order, "lost", self._scene.clock.now_ms, "drone_failure")
        else:
            self._road.bring(order, place, reason="diverted")
