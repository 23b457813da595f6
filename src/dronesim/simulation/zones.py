"""No-fly zones that come into force during the day, and how soon a flight is out of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.airspace import Course
from dronesim.geometry import distances_along


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteClosure:
    """When a site, by its number among all sites, lies in a no-fly zone: nobody lands or takes off there."""

    site: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedZone:
    """A zone with hours: shapely polygon in local metres, heights in metres, seconds since midnight.

    ``to_s`` is infinite for one that holds from its ``from_s`` on for good.
    """

    name: str
    polygon: Any
    floor_m: float
    ceiling_m: float
    from_s: float
    to_s: float

    def covers(self, place_m: NDArray[np.float64], *, at_s: float) -> bool:
        """Tell whether a place in the air, ``(3,)``, lies in the zone at a time."""
        east_m, north_m, height_m = place_m.tolist()
        is_there = self.from_s <= at_s < self.to_s and self.floor_m <= height_m <= self.ceiling_m
        return is_there and bool(shapely.intersects_xy(self.polygon, east_m, north_m))

    def out_after_s(self, course: Course, *, level_m: float) -> float:
        """How long after the beginning of a course at a level a flight is not yet out for good.

        0 if the course does not lead through the zone, or at another height.
        """
        xy = course.points_m[:, :2]
        reached_m = distances_along(xy)
        if not self.floor_m <= level_m <= self.ceiling_m or reached_m[-1] == 0:
            return 0.0
        line = shapely.LineString(xy)
        inside = shapely.get_coordinates(shapely.intersection(line, self.polygon))
        if not len(inside):
            return 0.0
        last_m = float(np.max(shapely.line_locate_point(line, shapely.points(inside))))
        return float(np.interp(last_m, reached_m, course.at_s) - course.at_s[0])
