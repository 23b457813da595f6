"""The position service: where and when drones don't know where they are, and how far they drift meanwhile."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.airspace import Course
from dronesim.comms import EVERYWHERE, OutageCalendar, silent_spells
from dronesim.simulation.excursions import MARGIN_M, Excursion, beyond
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.outages import position_outages
from dronesim.units import MS

Floats = NDArray[np.float64]


class Position:
    """Tells when a place, or a drone on its course, is without position service."""

    def __init__(self, inputs: SimulationInputs) -> None:
        self.areas = inputs.position.areas
        self.outages = position_outages(inputs)
        self._calendar = OutageCalendar(self.outages)
        self._xy = inputs.places.xy

    def name(self, area: int) -> str:
        """Name an area in words."""
        return "the district" if area == EVERYWHERE else self.areas[area].name

    def is_out(self, site: int, at_ms: int) -> bool:
        """Tell whether a site is without position service at a time."""
        return any(
            outage.from_s <= at_ms / MS < outage.to_s and self._covers(outage.area, site) for outage in self.outages
        )

    def _covers(self, area: int, site: int) -> bool:
        return area == EVERYWHERE or bool(shapely.covers(self.areas[area].polygon, shapely.Point(self._xy[site])))

    def is_out_between(self, from_s: float, to_s: float) -> bool:
        """Tell whether the service is out anywhere between two times."""
        return bool(self._calendar.between(from_s, to_s))

    def spells(self, course: Course) -> list[tuple[float, float]]:
        """Give from when until when a course in the time of day is without position service."""
        return silent_spells(course.at_s, course.points_m[:, :2], outages=self._calendar, areas=self.areas)


class Drifting:
    """How far drones drift off their paths while they don't know where they are.

    The standard deviation of what a drone is off by grows by ``drift_mps`` with the time since it knew its position,
    up to ``stray_max_m`` at most; once it knows it again, it finds back.
    """

    def __init__(self, inputs: SimulationInputs) -> None:
        rules, air = inputs.rules.navigation.position, inputs.rules.airspace
        self._position = Position(inputs)
        self.is_on = bool(self._position.outages)
        self._drift_mps = rules.drift_mps
        self._most_m = rules.stray_max_m
        self._error_m, self._bound_m = air.tracking_error_m, air.track_bound_m
        self.found = list[Excursion]()

    def loses(self, from_s: float, to_s: float) -> bool:
        """Tell whether a drone that flies between two times may lose its position."""
        return self._position.is_out_between(from_s, to_s)

    def since_s(self, course: Course, marks_s: Floats) -> Floats:
        """Tell for times on a course, ``(k,)``, how long a drone has been without position then, 0 where it has one."""
        lost_s = np.zeros(len(marks_s))
        for from_s, to_s in self._position.spells(course):
            inside = (marks_s >= from_s) & (marks_s < to_s)
            lost_s[inside] = marks_s[inside] - from_s
        return lost_s

    def errors_m(self, lost_s: Floats, most_m: Floats) -> tuple[Floats, Floats]:
        """Give the standard deviation and the bound of what a drone is off by, ``(k,)`` each, at marks.

        ``lost_s``: how long it has had no position; ``most_m``: what there is room for.
        """
        bound_m = np.where(lost_s > 0, self._most_m, self._bound_m)
        return self._error_m + self._drift_mps * lost_s, np.minimum(most_m, bound_m)

    def note(self, drone: int, marks_s: Floats, offsets_m: Floats, at_s: Floats, aside_m: Floats) -> None:
        """Note where a drone was beyond its bound at marks, by time and offset, ``(k,)``.

        ``aside_m``: how far aside, ``(n,)``, it was at times.
        """
        rows = np.flatnonzero(np.abs(offsets_m) > self._bound_m + 2 * MARGIN_M)
        spans = list(beyond(at_s, aside_m, bound_m=self._bound_m + MARGIN_M)) if len(rows) else []
        for mark_s, offset_m in zip(marks_s[rows].tolist(), offsets_m[rows].tolist(), strict=True):
            from_s, to_s = next((span for span in spans if span[0] <= mark_s <= span[1]), (mark_s, mark_s))
            self.found.append(Excursion(drone=drone, at_s=mark_s, offset_m=abs(offset_m), from_s=from_s, to_s=to_s))
