"""Paths in space and time: straight segments on a flight's own clock, cut at terminal areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import read_only

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EN_ROUTE = -1

_NEAR_M = 1e-6  # a crossing so near to a corner is the corner


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The terminal area of a site: an upright cylinder around its centre in metres."""

    site: int
    centre_m: tuple[float, float]
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path4D:
    """A flight as ``n`` straight segments at constant speed; seconds count from its departure.

    ``a0_s``, ``a1_s`` (n,): when each begins and ends, none empty. ``start_m``, ``end_m`` (n, 3): east, north, up.
    ``terminal`` (n,): the site in whose terminal area the segment lies, -1 en route. ``rows`` (n, 8): begin, end,
    start and velocity, as the kernels take them. Arrays are read-only.
    """

    a0_s: Floats
    a1_s: Floats
    start_m: Floats
    end_m: Floats
    terminal: Ints
    rows: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        velocity = (self.end_m - self.start_m) / (self.a1_s - self.a0_s)[:, None]
        rows = np.column_stack([self.a0_s, self.a1_s, self.start_m, velocity])
        object.__setattr__(self, "rows", np.ascontiguousarray(rows))
        for array in (self.a0_s, self.a1_s, self.start_m, self.end_m, self.terminal, self.rows):
            read_only(array)

    def __len__(self) -> int:
        return len(self.a0_s)

    @property
    def duration_s(self) -> float:
        """Seconds from departure to the end of the last segment."""
        return float(self.a1_s[-1]) if len(self) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternatives:
    """Several paths for one leg, such as one a level, one behind the other.

    ``rows`` (n, 8) and ``terminal`` (n,) as in ``Path4D``; path ``k`` has rows ``bounds[k]`` to ``bounds[k + 1]``.
    """

    paths: tuple[Path4D, ...]
    rows: Floats
    terminal: Ints
    bounds: Ints


def alternatives(paths: Sequence[Path4D]) -> Alternatives:
    """Put several paths together; worth keeping, since they do not depend on the time of day."""
    return Alternatives(
        paths=tuple(paths),
        rows=read_only(np.concatenate([path.rows for path in paths])),
        terminal=read_only(np.concatenate([path.terminal for path in paths])),
        bounds=read_only(np.cumsum([0, *(len(path) for path in paths)])),
    )


def build_path(
    waypoints_m: Floats,
    *,
    level_m: float,
    climb_s: float,
    cruise_s: float,
    descent_s: float,
    hold_s: float = 0.0,
    origin: Terminal | None = None,
    destination: Terminal | None = None,
) -> Path4D:
    """Build the path of a leg: straight up, along the waypoints at constant speed, hold, straight down.

    ``waypoints_m`` (m, 2). The cruise is cut where it leaves the origin's terminal area and enters the
    destination's. A part of 0 s is left out: a flight that is cleared from the air has no climb, and no
    origin unless it is within a terminal area. Cleared tracks are written with the same timing.
    """
    cruise_a_s, cruise_m = _cut_cruise(waypoints_m, cruise_s, (origin, destination))
    level = np.full((len(cruise_m), 1), level_m)
    above = np.hstack([cruise_m, level])
    ground_m = (0.0, 0.0, level_m)
    over_s = climb_s + cruise_s + hold_s
    points_m = np.vstack([above[:1] - ground_m, above, above[-1:], above[-1:] - ground_m])
    times_s = np.concatenate([[0.0], climb_s + cruise_a_s, [over_s, over_s + descent_s]])
    return _path(times_s, points_m, (origin, destination))


def _path(times_s: Floats, points_m: Floats, terminals: tuple[Terminal | None, ...]) -> Path4D:
    """Join points in time; segments that take no time are left out."""
    takes_time = np.flatnonzero(np.diff(times_s) > 0)
    start_m, end_m = points_m[takes_time], points_m[takes_time + 1]
    return Path4D(
        a0_s=times_s[takes_time],
        a1_s=times_s[takes_time + 1],
        start_m=start_m,
        end_m=end_m,
        terminal=_terminal_of((start_m + end_m)[:, :2] / 2, terminals),
    )


def _terminal_of(middle_m: Floats, terminals: tuple[Terminal | None, ...]) -> Ints:
    """Name the site in whose terminal area each point, (n, 2), lies; the first of several."""
    sites = np.full(len(middle_m), EN_ROUTE, dtype=np.int64)
    for terminal in reversed([terminal for terminal in terminals if terminal is not None]):
        sites[np.hypot(*(middle_m - terminal.centre_m).T) < terminal.radius_m] = terminal.site
    return sites


def _cut_cruise(waypoints_m: Floats, cruise_s: float, terminals: tuple[Terminal | None, ...]) -> tuple[Floats, Floats]:
    """Add the points where a polyline crosses terminal areas; gives times (k,) and points (k, 2)."""
    corners_m = np.asarray(waypoints_m, dtype=np.float64)
    steps_m = np.hypot(*np.diff(corners_m, axis=0).T)
    places = np.concatenate([[0.0], np.cumsum(steps_m)])
    length_m = max(float(places[-1]), 1e-9)
    crossings = [
        place for terminal in terminals if terminal is not None for place in _crossings(corners_m, places, terminal)
    ]
    at_m = np.unique(np.concatenate([places, crossings]))
    points_m = np.column_stack([np.interp(at_m, places, corners_m[:, axis]) for axis in (0, 1)])
    return at_m / length_m * cruise_s, points_m


def _crossings(corners_m: Floats, places: Floats, terminal: Terminal) -> Floats:
    """Places along a polyline, in metres, that lie on a circle: the roots of |p + s d|² = r² on each step."""
    p, d = corners_m[:-1] - terminal.centre_m, np.diff(corners_m, axis=0)
    length = np.hypot(*d.T)
    is_moving = length > 0
    p, along, place = p[is_moving], d[is_moving] / length[is_moving, None], places[:-1][is_moving]
    length = length[is_moving]
    middle, miss = -np.sum(p * along, axis=1), p[:, 0] * along[:, 1] - p[:, 1] * along[:, 0]
    half = np.sqrt(np.maximum(terminal.radius_m**2 - miss**2, 0.0))
    found = [
        place[inside] + s[inside]
        for s in (middle - half, middle + half)
        for inside in [(s > _NEAR_M) & (s < length - _NEAR_M)]
    ]
    return np.concatenate(found)
