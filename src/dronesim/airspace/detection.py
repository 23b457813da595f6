"""Detects losses of separation: those ahead of a snapshot, and those that happened along whole tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import approach_kernels
from dronesim.geometry.distance import read_only

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDER = 1.001  # for rounding
_MOST_COLUMNS = 256
_LEAST_M = 1.0
_SLICE_S = 10.0
_SAME_S = 1e-6  # a loss that ends on one segment and goes on from the next is one loss


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conflicts:
    """Pairs of aircraft that will lose separation if they fly on straight, in order.

    ``pairs`` (k, 2), the lower number first; ``begins_s`` (k,) until separation is lost; ``closest_s`` and
    ``distance_m`` (k,): until the closest approach in the plane while too near in height, and how close.
    """

    pairs: Ints
    begins_s: Floats
    closest_s: Floats
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """Straight segments of many flights in clock time.

    ``flight`` (n,); ``drone`` (n,): who flies it, which is never too near itself; ``terminal`` (n,): as in ``Path4D``;
    ``rows`` (n, 8): begin, end, start and velocity.
    """

    flight: Ints
    drone: Ints
    terminal: Ints
    rows: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Meetings:
    """Pairs of flights that met in a terminal area: ``site`` (k,), ``flights`` (k, 2), lower number first.

    ``least_m`` (k,): how close they came in the plane while they were too near in height.
    """

    site: Ints
    flights: Ints
    least_m: Floats

    def __len__(self) -> int:
        return len(self.flights)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Losses:
    """Losses of separation in order of their beginnings: ``flights`` (k, 2), lower number first, and when."""

    flights: Ints
    begins_s: Floats
    ends_s: Floats

    def __len__(self) -> int:
        return len(self.flights)


def detect_conflicts(
    positions_m: Floats, velocities_mps: Floats, *, look_ahead_s: float, separation_m: float, vertical_m: float
) -> Conflicts:
    """Find the aircraft, positions and velocities (n, 3), that lose separation within the look-ahead.

    Aircraft that have lost it already count as well.
    """
    states = np.hstack([positions_m, velocities_mps]).astype(np.float64)
    # those that conflict within the time T are now within H + 2 v T of each other
    fastest_mps = float(np.hypot(*states[:, 3:5].T).max(initial=0.0))
    order, begins, columns = _sort_into_cells(states[:, :2], separation_m + 2.0 * fastest_mps * look_ahead_s)
    ahead = (begins, columns, (float(separation_m), float(vertical_m)), float(look_ahead_s))
    room = max(64, len(states))
    while True:
        found = np.empty((room, 5))
        count = approach_kernels.detect(states[order], *ahead, found)
        if count <= room:
            return _conflicts(np.sort(order[found[:count, :2].astype(np.int64)], axis=1), found[:count, 2:])
        room = count


def _conflicts(pairs: Ints, times: Floats) -> Conflicts:
    """Put conflicts in order of their pairs, (k, 2); ``times`` (k, 3): loss, closest approach, distance."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    begins_s, closest_s, distance_m = np.ascontiguousarray(times[order].T)
    return Conflicts(
        pairs=read_only(pairs[order]),
        begins_s=read_only(begins_s),
        closest_s=read_only(closest_s),
        distance_m=read_only(distance_m),
    )


def _sort_into_cells(places_m: Floats, side_m: float) -> tuple[Ints, Ints, int]:
    """Sort points, (n, 2), into square cells at least as wide as stated, row by row.

    Returns the points in order of their cells, where each cell begins (cells + 1,), and the number of columns.
    """
    if len(places_m) == 0:
        return np.empty(0, np.int64), np.zeros(2, np.int64), 1
    offset_m = places_m - places_m.min(axis=0)
    side_m = max(side_m * _WIDER, float(offset_m.max()) / _MOST_COLUMNS, _LEAST_M)
    column, line = (offset_m // side_m).astype(np.int64).T
    columns, lines = int(column.max()) + 1, int(line.max()) + 1
    cell = line * columns + column
    begins = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=lines * columns))])
    return np.argsort(cell, kind="stable"), begins, columns


def losses_of_separation(tracks: Tracks, *, separation_m: float, vertical_m: float) -> Losses:
    """Find every loss of separation between different flights, outside common terminal areas, exactly."""
    ordered = _in_order(tracks)
    pairs, intervals = _near_pairs(ordered, (float(separation_m), float(vertical_m)))
    return _joined(np.sort(ordered.flight[pairs], axis=1), intervals)


def least_separation_m(tracks: Tracks, *, reach_m: float, vertical_m: float) -> float:
    """Find how close in the plane two flights come that are less than ``vertical_m`` apart in height.

    Common terminal areas do not count; infinite where no two come within ``reach_m``.
    """
    ordered = _in_order(tracks)
    pairs, _ = _near_pairs(ordered, (float(reach_m), float(vertical_m)))
    return float(approach_kernels.closest_of_pairs(ordered.rows, pairs, float(vertical_m)).min(initial=np.inf))


def meetings_in_terminals(tracks: Tracks, *, separation_m: float, vertical_m: float) -> Meetings:
    """Find the pairs of flights that come below both minima within a terminal area that both use."""
    ordered = _in_order(tracks, tracks.terminal >= 0)
    pairs, _ = _near_pairs(ordered, (float(separation_m), float(vertical_m)), is_within=True)
    apart_m = approach_kernels.closest_of_pairs(ordered.rows, pairs, float(vertical_m))
    flights = np.sort(ordered.flight[pairs], axis=1)
    rows = np.column_stack([ordered.terminal[pairs[:, 0]], flights])
    met, number = np.unique(rows, axis=0, return_inverse=True)
    least_m = np.full(len(met), np.inf)
    np.minimum.at(least_m, number.reshape(-1), apart_m)
    return Meetings(site=read_only(met[:, 0]), flights=read_only(met[:, 1:]), least_m=read_only(least_m))


def _in_order(tracks: Tracks, chosen: NDArray[np.bool_] | None = None) -> Tracks:
    """Put segments, all or those chosen (n,), in order of their beginnings."""
    order = np.argsort(tracks.rows[:, 0], kind="stable")
    order = order if chosen is None else order[chosen[order]]
    return Tracks(
        flight=tracks.flight[order],
        drone=tracks.drone[order],
        terminal=tracks.terminal[order],
        rows=tracks.rows[order],
    )


def _near_pairs(tracks: Tracks, minima: tuple[float, float], *, is_within: bool = False) -> tuple[Ints, Floats]:
    """Find the pairs of segments that come below both minima, (k, 2), and when, (k, 2).

    With ``is_within`` they are those of one terminal area, else all others.
    """
    owner, cells = np.column_stack([tracks.drone, tracks.terminal]), _cells_over(tracks.rows, minima[0])
    room = max(64, len(tracks.rows))
    while True:
        pairs, intervals = np.empty((room, 2), np.int64), np.empty((room, 2))
        count = approach_kernels.sweep_losses(tracks.rows, owner, _SLICE_S, *cells, minima, is_within, pairs, intervals)
        if count <= room:
            return pairs[:count], intervals[:count]
        room = count


def _cells_over(rows: Floats, separation_m: float) -> tuple[tuple[float, float], float, Ints]:
    """Lay cells over all segments, with a border; gives their south-western corner, their side, and empty cells.

    Two that lose separation within a slice of time T are within H + 2 v T of each other when they enter it.
    """
    ends_m = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 5:7] * (rows[:, 1] - rows[:, 0])[:, None]])
    low_m, high_m = ends_m.min(axis=0, initial=0.0), ends_m.max(axis=0, initial=0.0)
    reach_m = separation_m + 2.0 * float(np.hypot(*rows[:, 5:7].T).max(initial=0.0)) * _SLICE_S
    side_m = max(reach_m * _WIDER, float((high_m - low_m).max()) / _MOST_COLUMNS, _LEAST_M)
    columns, lines = ((high_m - low_m) // side_m).astype(np.int64) + 4
    west_m, south_m = (low_m - 1.5 * side_m).tolist()
    return (west_m, south_m), side_m, np.full((lines, columns), -1)


def _joined(flights: Ints, intervals: Floats) -> Losses:
    """Join the losses of two flights, (k, 2), that go on from segment to segment."""
    order = np.lexsort((intervals[:, 0], flights[:, 1], flights[:, 0]))
    flights, intervals = flights[order], intervals[order]
    is_new = np.ones(len(flights), dtype=bool)
    is_new[1:] = (flights[1:] != flights[:-1]).any(axis=1) | (intervals[1:, 0] > intervals[:-1, 1] + _SAME_S)
    first = np.flatnonzero(is_new)
    last = np.concatenate([first[1:], [len(flights)]]) - 1 if len(first) else first
    begins_s, ends_s, flights = intervals[first, 0], intervals[last, 1], flights[first]
    order = np.lexsort((flights[:, 1], flights[:, 0], begins_s))
    return Losses(
        flights=read_only(flights[order]), begins_s=read_only(begins_s[order]), ends_s=read_only(ends_s[order])
    )
