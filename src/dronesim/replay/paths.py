"""Where each leg was at each time: corners in space and time, as flown or, without tracks, as its table lets it be.

Corners that a straight line between others passes within a tolerance are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.incidents import DRONE_FAILS
from dronesim.record.tables import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Way = tuple[str, str, float]

TOLERANCE_M: Final = 2.0
"""A replay shows drones so near to where they were, at each moment, before rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Corners of all legs, one after the other: ``count`` (legs,) of each, ``corners`` (n, 4) of t, x, y, z.

    ``are_flown``: they are those of the tracks; else they are estimates from legs and routes.
    """

    count: Ints
    corners: Floats
    are_flown: bool

    @property
    def begins(self) -> Ints:
        """The first corner of each leg, and the end of all."""
        return np.concatenate([[0], np.cumsum(self.count)])


def flown_paths(flown: Columns, legs: Columns) -> Paths:
    """Take corners from tracks, whose rows are in order of legs and time."""
    first = np.searchsorted(flown["leg"], legs["leg"], side="left")
    last = np.searchsorted(flown["leg"], legs["leg"], side="right")
    has_any = last > first
    begin = np.column_stack([flown[name] for name in ("t0_s", "x0_m", "y0_m", "z0_m")])
    end = np.column_stack([flown[name] for name in ("t1_s", "x1_m", "y1_m", "z1_m")])
    corners = np.insert(begin, last[has_any], end[last[has_any] - 1], axis=0)
    return simplified(Paths(count=np.where(has_any, last - first + 1, 0), corners=corners, are_flown=True))


def estimated_paths(
    tables: Mapping[str, Columns],
    facts: Mapping[str, Any],
    routes: Mapping[Way, Floats],
) -> Paths:
    """Lay legs along their routes: up where they begin, along at one speed, down where they end.

    A leg that begins in the air begins where the one before it ended, and goes straight.
    """
    legs = tables["legs"]
    sites = {site["id"]: (site["x_m"], site["y_m"]) for group in facts["sites"].values() for site in group}
    ended_s = _ended_s(tables, float(facts["horizon"]["closed_s"]))
    found = list[Floats]()
    where: dict[int, tuple[float, float, float]] = {}
    rows = zip(*(legs[name].tolist() for name in _OF_A_LEG), ended_s.tolist(), strict=True)
    for drone, origin, to, level_m, distance_m, departed_s, arrived_s, landed_s, over_s in rows:
        if np.isnan(departed_s):
            found.append(np.empty((0, 4)))
            continue
        line = routes.get((origin, to, level_m))
        if line is None:
            ends = [where[drone][:2] if origin not in sites and drone in where else sites.get(origin), sites.get(to)]
            line = np.array([end for end in ends if end is not None] or [(0.0, 0.0)], dtype=np.float64)
        is_up = origin not in sites
        path = _Profile.of(facts["aircraft"], level_m).corners(
            line, departed_s, arrived_s, landed_s, over_s, distance_m=distance_m, is_up=is_up
        )
        where[drone] = (float(path[-1, 1]), float(path[-1, 2]), float(path[-1, 3]))
        found.append(path)
    count = np.array([len(path) for path in found], dtype=np.int64)
    corners = np.concatenate([np.empty((0, 4)), *found])
    return simplified(Paths(count=count, corners=corners, are_flown=False))


_OF_A_LEG: Final = ("drone", "from", "to", "level_m", "distance_m", "departed_s", "arrived_s", "landed_s")


def _ended_s(tables: Mapping[str, Columns], closed_s: float) -> Floats:
    """Tell when each leg was over: landed, or its drone failed, or took another way, or the day was over."""
    legs, incidents = tables["legs"], tables["incidents"]
    ended = legs["landed_s"].copy()
    order = np.lexsort((legs["departed_s"], legs["drone"]))
    drone, departed_s = legs["drone"][order], legs["departed_s"][order]
    next_s = np.full(len(order), np.nan)
    next_s[:-1] = np.where(drone[1:] == drone[:-1], departed_s[1:], np.nan)
    failed = incidents["kind"] == DRONE_FAILS.name
    fails_s = dict(zip(incidents["leg"][failed].tolist(), incidents["time_s"][failed].tolist(), strict=True))
    for row, later_s in zip(order.tolist(), next_s.tolist(), strict=True):
        if np.isnan(ended[row]):
            known = [fails_s.get(int(legs["leg"][row]), np.nan), later_s, closed_s]
            ended[row] = next(time_s for time_s in known if not np.isnan(time_s))
    return np.asarray(np.fmax(ended, np.nan_to_num(legs["departed_s"], nan=0.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """How long a drone type takes up to a level and down from it, and where on that it changes its speed."""

    level_m: float
    low_m: float
    low_s: float
    up_s: float
    off_s: float
    hover_m: float
    down_s: float
    hover_s: float
    touch_s: float

    @classmethod
    def of(cls, aircraft: Mapping[str, Any], level_m: float) -> _Profile:
        low_m, hover_m = min(aircraft["low_climb_m"], level_m), min(aircraft["final_hover_m"], level_m)
        low_s = low_m / aircraft["low_climb_mps"]
        up_s = low_s + (level_m - low_m) / aircraft["climb_mps"]
        touch_s = hover_m / aircraft["touchdown_mps"]
        return cls(
            level_m=level_m,
            low_m=low_m,
            low_s=low_s,
            up_s=up_s,
            off_s=up_s + aircraft["transition_s"],
            hover_m=hover_m,
            down_s=touch_s + aircraft["final_hover_s"] + (level_m - hover_m) / aircraft["descent_mps"],
            hover_s=touch_s + aircraft["final_hover_s"],
            touch_s=touch_s,
        )

    def corners(
        self,
        line: Floats,
        departed_s: float,
        arrived_s: float,
        landed_s: float,
        ended_s: float,
        *,
        distance_m: float,
        is_up: bool,
    ) -> Floats:
        """Give the corners of a leg along a line (k, 2); one that did not arrive stops where its distance ends."""
        is_whole = not np.isnan(landed_s)
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        length_m = float(along_m[-1] if is_whole else min(along_m[-1], distance_m))
        there_s = arrived_s if not np.isnan(arrived_s) else ended_s
        off_s = min(departed_s + (0.0 if is_up else self.off_s), there_s)
        inner = along_m[(along_m > 0) & (along_m < length_m)]
        places_m = np.concatenate([[0.0], inner, [length_m]])
        times_s = off_s + (there_s - off_s) * places_m / max(length_m, 1e-9)
        xy = np.column_stack([np.interp(places_m, along_m, line[:, axis]) for axis in (0, 1)])
        cruise = np.column_stack([times_s, xy, np.full(len(xy), self.level_m)])
        climb = ((0.0, 0.0), (self.low_s, self.low_m), (self.up_s, self.level_m))
        up = [] if is_up else [(min(departed_s + after_s, off_s), height_m) for after_s, height_m in climb]
        down = self._down(landed_s, there_s) if is_whole else []
        before = [[time_s, *xy[0], height_m] for time_s, height_m in up]
        after = [[time_s, *xy[-1], height_m] for time_s, height_m in down]
        return np.concatenate([np.reshape(before, (-1, 4)), cruise, np.reshape(after, (-1, 4))])

    def _down(self, landed_s: float, there_s: float) -> list[tuple[float, float]]:
        turns = ((self.down_s, self.level_m), (self.hover_s, self.hover_m), (self.touch_s, self.hover_m), (0.0, 0.0))
        return [(max(landed_s - before_s, there_s), height_m) for before_s, height_m in turns]


def simplified(paths: Paths, *, tolerance_m: float = TOLERANCE_M) -> Paths:
    """Leave out corners from which a straight way in space and time between those kept is within the tolerance.

    All legs at once: in each round every piece is cut at its farthest corner, where that is too far.
    """
    begins = paths.begins
    corners, total = paths.corners, len(paths.corners)
    kept = np.zeros(total, dtype=np.bool_)
    some = paths.count > 0
    kept[begins[:-1][some]] = kept[begins[1:][some] - 1] = True
    owner = np.repeat(np.arange(len(paths.count)), paths.count)
    while total:
        ends = np.flatnonzero(kept)
        off_m = _off_m(corners, ends, owner)
        worst = np.maximum.reduceat(off_m, ends)
        piece = np.searchsorted(ends, np.arange(total), side="right") - 1
        is_cut = (off_m > tolerance_m) & (off_m == worst[piece])
        if not is_cut.any():
            break
        kept |= is_cut
    count = np.add.reduceat(np.append(kept, False).astype(np.int64), np.minimum(begins[:-1], total))
    return Paths(count=np.where(some, count, 0), corners=corners[kept], are_flown=paths.are_flown)


def _off_m(corners: Floats, ends: Ints, owner: Ints) -> Floats:
    """Tell how far each corner is from where the straight way between the kept ones beside it is at its time."""
    piece = np.searchsorted(ends, np.arange(len(corners)), side="right") - 1
    after = ends[np.minimum(piece + 1, len(ends) - 1)]
    begin, end = corners[ends[piece]], corners[np.where(owner[after] == owner, after, ends[piece])]
    lasts_s = end[:, 0] - begin[:, 0]
    share = np.divide(corners[:, 0] - begin[:, 0], lasts_s, out=np.zeros(len(corners)), where=lasts_s > 0)
    there = begin[:, 1:] + share[:, None] * (end[:, 1:] - begin[:, 1:])
    return np.asarray(np.linalg.norm(corners[:, 1:] - there, axis=1))
