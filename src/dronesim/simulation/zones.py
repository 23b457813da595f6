"""No-fly zones that come into force during the day, and how soon a flight is out of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

GRACE_S: Final = 60.0
"""A flight that is out of a zone so soon after it has come into force flies on: an assumption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedZone:
    """A zone with hours: shapely polygon in local metres, heights in metres, seconds since midnight."""

    name: str
    polygon: Any
    floor_m: float
    ceiling_m: float
    from_s: float

    def out_after_s(self, path: NDArray[Any], *, level_m: float, cruise_s: float) -> float:
        """How long a flight along ``path`` (m, 2), all of which takes ``cruise_s``, is not yet out for good.

        0 if the path does not lead through the zone, or at another height.
        """
        if not self.floor_m <= level_m <= self.ceiling_m or len(path) < 2:
            return 0.0
        line = shapely.LineString(path)
        inside = shapely.get_coordinates(shapely.intersection(line, self.polygon))
        if not len(inside) or line.length == 0:
            return 0.0
        places_m = shapely.line_locate_point(line, shapely.points(inside))
        return float(np.max(places_m)) / line.length * cruise_s
