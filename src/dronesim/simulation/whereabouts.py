"""Tells a policy where the drones of its pool have reported to be, by what is cleared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dronesim.dispatch.asking import Question
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.flight import Flight
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble import Remedies
from dronesim.units import MS

_REPORTED: Final = ("x_m", "y_m", "z_m", "at_s", "is_flying", "is_heard")


class Whereabouts:
    """Answers the question for positions; ``_courses`` are those of legs as they are planned, from take-off."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, remedies: Remedies) -> None:
        self._scene = scene
        self._fleet = fleet
        self._silence = remedies.silence
        self._courses: dict[int, tuple[list[float], list[list[float]]]] = {}
        self._centres_m = np.array([scene.network.centre_m(site) for site in range(len(inputs.places.ids))])

    def of_pool(self, question: Question) -> dict[str, Any]:
        """Tell where the drones of a pool have reported to be."""
        pool, drones = self._scene.boards.pools[question.pool], self._fleet.drones
        places = np.array([drones[number].place for number in pool.drones], dtype=np.int64)
        x_m, y_m = self._centres_m[np.maximum(places, 0)].T.tolist()
        stands = len(x_m)
        told = x_m, y_m, [0.0] * stands, [self._scene.clock.now_ms / MS] * stands, [False] * stands, [True] * stands
        for row, number in enumerate(pool.drones):
            sortie = drones[number].sortie
            if sortie is not None:
                for column, value in zip(told, self._position(sortie), strict=True):
                    column[row] = value
        return {"drone": pool.drones, **dict(zip(_REPORTED, told, strict=True))}

    def _position(self, sortie: Sortie) -> tuple[float, float, float, float, bool, bool]:
        """Tell where a drone on a sortie has reported to be: by its course as it is cleared, not as it strays."""
        at_ms, is_heard = self._scene.clock.now_ms, True
        if self._silence.outages:
            spell = self._silence.spell_at(sortie, at_ms)
            at_ms, is_heard = (at_ms, True) if spell is None else (spell[0], False)
        flight = sortie.flown(at_ms)
        if flight is not None:
            return (*self._on_course(flight, at_ms / MS), at_ms / MS, True, is_heard)
        landed = [flight.flown_by.destination for flight in sortie.flights if flight.ended_ms <= at_ms]
        return (*self._at_site(landed[-1] if landed else sortie.origin), at_ms / MS, False, is_heard)

    def _at_site(self, site: int) -> tuple[float, float, float]:
        x_m, y_m = self._scene.network.centre_m(max(site, 0))
        return x_m, y_m, 0.0

    def _on_course(self, flight: Flight, at_s: float) -> tuple[float, float, float]:
        if flight.course is None and (at_s * MS < flight.cruise_to_ms or not flight.over_ms):
            number = flight.leg.number
            if number not in self._courses:
                course = self._scene.planner.course(flight.leg)
                self._courses[number] = course.at_s.tolist(), course.points_m.tolist()
            return _between(*self._courses[number], at_s - flight.departed_ms / MS)
        x_m, y_m, z_m = flight.whole_course(self._scene.planner).place(at_s).tolist()
        return x_m, y_m, z_m


def _between(at_s: Sequence[float], points_m: Sequence[Sequence[float]], t_s: float) -> tuple[float, float, float]:
    """Give the place on a course at a time; before its begin and after its end it stands."""
    after = bisect_right(at_s, t_s)
    if after in (0, len(at_s)):
        x_m, y_m, z_m = points_m[min(after, len(at_s) - 1)]
        return x_m, y_m, z_m
    (x0, y0, z0), (x1, y1, z1) = points_m[after - 1], points_m[after]
    share = (t_s - at_s[after - 1]) / (at_s[after] - at_s[after - 1])
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0), z0 + share * (z1 - z0)
