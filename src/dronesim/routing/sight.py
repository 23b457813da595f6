"""Free legs between corners: the tangent test, the angular horizon and the walk along what is left, compiled.

From one place the map is looked at pane by pane, the nearest of four panes first, each cut into its own four as
long as some of it may be seen. Every blocking edge met so casts a shadow on the horizon: for each of 512 bins of
direction, how far a leg can get at most, and the part of the bin that is still open beyond. A pane that lies behind
the horizon is passed over with all that is in it, so a larger map costs a place next to nothing. Legs that are
bitangent (de Berg et al., Computational Geometry, ch. 15) and end before the horizon are walked along, to meet every
edge that they may meet.

The horizon is exact in one sense: a leg that it hides crosses the inside of an edge. What it shows may still be
blocked, and the walk decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.angles import BINS, QUARTER, RAYS
from dronesim.routing.grid import EdgeGrid
from dronesim.routing.jit import kernel, part
from dronesim.routing.panes import Panes

Floats = NDArray[np.float64]
Nodes = NDArray[np.int32]

TOUCH = 1e-6
"""A neighbour of a corner that is within so many metres of a leg's line is on either side of it."""

_ANGLE_SLACK = 1e-7
_LENGTH_SLACK = 1e-6

_SEAM = 3 * _ANGLE_SLACK
"""Shadows whose ends are so near, in bins, leave no gap: 5 nm a metre, and corners keep 1 mm away from edges."""

_FEW = 12
"""Corners and edges of a pane that are not worth four panes."""

_MOST_WAITING = 64
"""Panes that wait for their turn: three a level, and the first."""


# walks


@part
def legs_cross(px: float, py: float, qx: float, qy: float, edge: Floats) -> bool:
    """Whether the leg from p to q meets an edge ``(4,)``, ends included.

    An edge on the leg's own line does not count; a leg that runs into it meets its neighbours in the ring.
    """
    leg_x, leg_y = qx - px, qy - py
    side_a = leg_x * (edge[1] - py) - leg_y * (edge[0] - px)
    side_b = leg_x * (edge[3] - py) - leg_y * (edge[2] - px)
    if side_a * side_b > 0 or (side_a == 0 and side_b == 0):
        return False
    edge_x, edge_y = edge[2] - edge[0], edge[3] - edge[1]
    side_p = edge_x * (py - edge[1]) - edge_y * (px - edge[0])
    side_q = edge_x * (qy - edge[1]) - edge_y * (qx - edge[0])
    return bool(side_p * side_q <= 0)


@part
def _slab(start: float, along: float, low: float, high: float) -> tuple[float, float]:
    """Shares of a leg between which one of its coordinates lies in [low, high]; the first is larger if never."""
    if along == 0:
        return (-np.inf, np.inf) if low <= start <= high else (np.inf, -np.inf)
    one, other = (low - start) / along, (high - start) / along
    return min(one, other), max(one, other)


@part
def _first_border(start: float, along: float, cell: int, size: float) -> float:
    """Share of a leg at which it leaves its present column (or row); ``start`` counts from the grid's corner."""
    if along == 0:
        return np.inf
    return ((cell + (1 if along > 0 else 0)) * size - start) / along


@part
def is_leg_blocked(px: float, py: float, qx: float, qy: float, grid: EdgeGrid) -> bool:
    """Walk from p to q, cell by cell across the nearer border (Amanatides and Woo, 1987), until an edge is met."""
    size, along_x, along_y = grid.cell_m, qx - px, qy - py
    x, y = px - grid.left_m, py - grid.bottom_m
    x_in, x_out = _slab(x, along_x, 0.5 * size, (grid.columns - 0.5) * size)
    y_in, y_out = _slab(y, along_y, 0.5 * size, (grid.rows - 0.5) * size)
    share, end = max(x_in, y_in, 0.0), min(x_out, y_out, 1.0)
    if share > end:
        return False
    column, row = int((x + share * along_x) / size), int((y + share * along_y) / size)
    border_x, border_y = _first_border(x, along_x, column, size), _first_border(y, along_y, row, size)
    pace_x, pace_y = size / abs(along_x), size / abs(along_y)
    while 0 <= column < grid.columns and 0 <= row < grid.rows:
        cell = column * grid.rows + row
        for place in range(grid.offsets[cell], grid.offsets[cell + 1]):
            if legs_cross(px, py, qx, qy, grid.edges[place]):
                return True
        if min(border_x, border_y) > end:
            return False
        if border_y < border_x:
            row, border_y = row + (1 if along_y > 0 else -1), border_y + pace_y
        else:
            column, border_x = column + (1 if along_x > 0 else -1), border_x + pace_x
    return False


@kernel
def blocked_legs(start: Floats, end: Floats, grid: EdgeGrid) -> NDArray[np.bool_]:
    """Tell which legs ``start`` to ``end``, shapes ``(n, 2)``, meet an edge; ``(n,)``."""
    blocked = np.zeros(len(start), dtype=np.bool_)
    for leg in range(len(start)):
        blocked[leg] = is_leg_blocked(start[leg, 0], start[leg, 1], end[leg, 0], end[leg, 1], grid)
    return blocked


def meets_edge(start: Floats, end: Floats, grid: EdgeGrid) -> NDArray[np.bool_]:
    """Tell it of legs in arrays of any layout, which are copied: kernels are compiled for one."""
    return blocked_legs(np.array(start, dtype=np.float64, order="C"), np.array(end, dtype=np.float64, order="C"), grid)


# the horizon


@part
def diamond_norm(x: float, y: float) -> float:
    """Length of a vector measured along the axes."""
    return abs(x) + abs(y)


@part
def diamond_angle(x: float, y: float) -> float:
    """Direction of a vector that is not zero, in bins from 0 to ``BINS`` counterclockwise from east."""
    rise = y / diamond_norm(x, y)
    if x < 0:
        return (2.0 - rise) * QUARTER
    return (rise if y >= 0 else 4.0 + rise) * QUARTER


@part
def _parting(ray: Floats, corner: Floats) -> int:
    """Tell whether a ray from a corner parts its neighbours: 1 ahead of it, -1 behind it, 0 if it is tangent."""
    to_before = ray[0] * corner[3] - ray[1] * corner[2]
    to_after = ray[0] * corner[5] - ray[1] * corner[4]
    if to_before < -2 * TOUCH and to_after > 2 * TOUCH:
        return 1
    return -1 if to_before > 2 * TOUCH and to_after < -2 * TOUCH else 0


@part
def open_horizon(corner: Floats, is_point: bool, horizon: Floats) -> None:
    """Begin a horizon ``(BINS, 4)``: endless where legs may be tangent to the corner, closed elsewhere.

    A corner looks north only, a point all around. Of each bin the horizon tells how far a leg gets at most, how far
    outside of the gap, and the gap: where in the bin, from 0 to 1, it begins and ends.

    The directions that part the neighbours are two wedges of under 180 degrees, so a bin with both rays in one of
    them lies in it.
    """
    horizon[:, 0], horizon[:, 1] = np.inf if is_point else 0.0, 0.0
    horizon[:, 2], horizon[:, 3] = 0.0, 1.0
    here = _parting(RAYS[0], corner)
    # a leg to the west by a hair to the north has the angle of west, which begins the next bin
    for place in range(0 if is_point else 2 * QUARTER + 1):
        following = _parting(RAYS[place + 1], corner)
        if here == 0 or here != following:
            horizon[place, 0] = np.inf
        here = following


@part
def _darken(gap: Floats, low: float, high: float, away: float) -> None:
    """Lower the horizon of a bin ``(4,)`` by an edge that hides a part of it from so far away on."""
    if away >= gap[0]:
        return
    if low <= 0.0 and high >= 1.0:
        gap[0] = away
    elif low <= gap[2] + _SEAM and high > gap[2]:
        gap[1], gap[2] = max(gap[1], away), high
    elif high >= gap[3] - _SEAM and low < gap[3]:
        gap[1], gap[3] = max(gap[1], away), low
    if gap[2] + _SEAM >= gap[3]:
        gap[0] = min(gap[0], gap[1])


@part
def cast_shadow(from_x: float, from_y: float, to_x: float, to_y: float, horizon: Floats) -> None:
    """Lower the horizon in all bins that lie behind an edge, seen from (0, 0), wholly or in part.

    Edges whose back is seen are left out: blockers run counterclockwise, and what the back hides the front of
    the same blocker hides too. In a bin, the edge is farthest on one of the two rays, or at its end.
    """
    edge_x, edge_y = to_x - from_x, to_y - from_y
    area = from_x * edge_y - from_y * edge_x
    if area > -_LENGTH_SLACK * diamond_norm(edge_x, edge_y):
        return
    right, left = diamond_angle(to_x, to_y), diamond_angle(from_x, from_y)
    left += BINS if left < right else 0
    # An edge spans under half a circle; rounding turns the ends of one without length around.
    if left - right > BINS // 2:
        return
    right, left, here = right + _ANGLE_SLACK, left - _ANGLE_SLACK, diamond_norm(to_x, to_y)
    last = int(left)
    for place in range(int(right), last + 1):
        ray = RAYS[(place + 1) % BINS]
        following = diamond_norm(from_x, from_y) if place == last else area / (ray[0] * edge_y - ray[1] * edge_x)
        _darken(horizon[place % BINS], right - place, left - place, max(here, following))
        here = following


@part
def _is_bin_hidden(gap: Floats, low: float, high: float, away: float) -> bool:
    """Whether a part of a bin is hidden from so far away on."""
    if away > gap[0] + _LENGTH_SLACK:
        return True
    return bool((high < gap[2] or low > gap[3]) and away > gap[1] + _LENGTH_SLACK)


@part
def is_before_horizon(leg_x: float, leg_y: float, horizon: Floats) -> bool:
    """Whether a leg from (0, 0) ends before the horizon."""
    length = diamond_norm(leg_x, leg_y)
    if length == 0:
        return True
    angle = diamond_angle(leg_x, leg_y)
    place = int(angle)
    return not _is_bin_hidden(horizon[place % BINS], angle - place, angle - place, length)


@part
def is_box_hidden(left: float, right: float, bottom: float, top: float, horizon: Floats) -> bool:
    """Whether a box, seen from (0, 0), lies behind the horizon."""
    away = max(left, -right, 0.0) + max(bottom, -top, 0.0)
    if away == 0:
        return False
    is_west, is_east = right < 0, left > 0
    is_south, is_north = top < 0, bottom > 0
    # its outermost corners, clockwise and counterclockwise
    first_x = right if is_north or (is_west and not is_south) else left
    first_y = top if is_west or (is_south and not is_east) else bottom
    last_x = left if is_north or (is_east and not is_south) else right
    last_y = top if is_east or (is_south and not is_west) else bottom
    low, high = diamond_angle(first_x, first_y), diamond_angle(last_x, last_y)
    high += BINS if high < low else 0
    for place in range(int(low), int(high) + 1):
        if not _is_bin_hidden(horizon[place % BINS], low - place, high - place, away):
            return False
    return True


# looking around


@part
def is_tangent(leg_x: float, leg_y: float, corner: Floats) -> bool:
    """Whether a leg at a corner ``(6,)`` leaves both neighbours on one side."""
    to_before = leg_x * corner[3] - leg_y * corner[2]
    to_after = leg_x * corner[5] - leg_y * corner[4]
    slack = TOUCH * diamond_norm(leg_x, leg_y)
    return bool(min(to_before, to_after) >= -slack or max(to_before, to_after) <= slack)


@part
def _cast_shadows(start: Floats, first: int, last: int, panes: Panes, horizon: Floats) -> None:
    x, y = start[0], start[1]
    for place in range(panes.edge_offsets[first], panes.edge_offsets[last]):
        edge = panes.edges[place]
        cast_shadow(edge[0] - x, edge[1] - y, edge[2] - x, edge[3] - y, horizon)


@part
def _is_ahead(leg_x: float, leg_y: float, is_later: bool) -> bool:
    """Tell it of one of the two legs between two corners: the one to the north, else to the east, else the later."""
    return bool(leg_y > 0 or (leg_y == 0 and (leg_x > 0 or (leg_x == 0 and is_later))))


@part
def _add_corners(start: Floats, places: tuple[int, int], panes: Panes, number: int, found: Nodes, count: int) -> int:
    """Append the corners of panes that a bitangent leg leads ahead to; gives the new count.

    Points (``number`` < 0) have legs in all directions, which are not tested at either end: a point may lie under a
    millimetre inside an obstacle's edge.
    """
    for place in range(places[0], places[1]):
        corner = panes.corners[place]
        leg_x, leg_y = corner[0] - start[0], corner[1] - start[1]
        if number >= 0:
            if not _is_ahead(leg_x, leg_y, place > number):
                continue
            if not (is_tangent(leg_x, leg_y, start) and is_tangent(leg_x, leg_y, corner)):
                continue
        found[count] = place
        count += 1
    return count


@part
def _is_out_of_sight(
    start: Floats, is_point: bool, size: float, column: int, row: int, panes: Panes, horizon: Floats
) -> bool:
    """Whether a pane of such a size lies behind the horizon of a place ``(6,)``, or south of a corner."""
    left, bottom = panes.left_m + column * size - start[0], panes.bottom_m + row * size - start[1]
    right, top = left + size + _LENGTH_SLACK, bottom + size + _LENGTH_SLACK
    left, bottom = left - _LENGTH_SLACK, bottom - _LENGTH_SLACK
    if is_point:
        return is_box_hidden(left, right, bottom, top, horizon)
    return top < 0 or is_box_hidden(left, right, max(bottom, 0.0), top, horizon)


@part
def _look_around(start: Floats, number: int, panes: Panes, horizon: Floats, found: Nodes) -> int:
    """Find the horizon of a place ``(6,)`` and the corners that may lie before it; gives their count."""
    open_horizon(start, number < 0, horizon)
    waiting = np.empty((_MOST_WAITING, 4), dtype=np.int64)
    waiting[0] = 0
    count, top = 0, 1
    while top > 0:
        top -= 1
        level, pane, column, row = waiting[top, 0], waiting[top, 1], waiting[top, 2], waiting[top, 3]
        finer = panes.levels - level
        first, last, size = pane << 2 * finer, (pane + 1) << 2 * finer, panes.size_m * (1 << finer)
        corners = panes.corner_offsets[first], panes.corner_offsets[last]
        items = corners[1] - corners[0] + panes.edge_offsets[last] - panes.edge_offsets[first]
        if items == 0 or _is_out_of_sight(start, number < 0, size, column, row, panes, horizon):
            continue
        if items <= _FEW or finer == 0:
            _cast_shadows(start, first, last, panes, horizon)
            count = _add_corners(start, corners, panes, number, found, count)
            continue
        # the quarter that holds the place, or is nearest to it, comes on top
        nearest = int(start[0] >= panes.left_m + (column + 0.5) * size)
        nearest += 2 * int(start[1] >= panes.bottom_m + (row + 0.5) * size)
        for turn in range(4):
            quarter = nearest ^ (3 - turn)
            waiting[top, 0], waiting[top, 1] = level + 1, 4 * pane + quarter
            waiting[top, 2], waiting[top, 3] = 2 * column + (quarter & 1), 2 * row + (quarter >> 1)
            top += 1
    return count


@part
def _keep_free(start: Floats, panes: Panes, grid: EdgeGrid, horizon: Floats, found: Nodes, count: int) -> int:
    """Move the corners that a free leg leads to to the front of ``found``; gives their count."""
    kept, x, y = 0, start[0], start[1]
    for row in range(count):
        to_x, to_y = panes.corners[found[row], 0], panes.corners[found[row], 1]
        if is_before_horizon(to_x - x, to_y - y, horizon) and not is_leg_blocked(x, y, to_x, to_y, grid):
            found[kept] = found[row]
            kept += 1
    return kept


@kernel
def free_corners(places: Floats, first: int, panes: Panes, grid: EdgeGrid, found: Nodes) -> Nodes:
    """Find the corners that a free leg leads to, from each place ``(p, 6)``, as many places as ``found`` has room.

    Place k stands for corner ``first + k``; negative numbers are points. Of two corners, one is given the leg.
    ``found`` receives the corners' numbers, those of one place after those of another; returns their counts.
    """
    horizon, near = np.empty((BINS, 4)), np.empty(len(panes.corners), dtype=np.int32)
    counts, total = np.zeros(len(places), dtype=np.int32), 0
    for place in range(len(places)):
        if total + len(near) > len(found):
            return counts[:place]
        count = _look_around(places[place], first + place, panes, horizon, near)
        count = _keep_free(places[place], panes, grid, horizon, near, count)
        for row in range(count):
            found[total + row] = near[row]
        counts[place] = count
        total += count
    return counts


@kernel
def join_both_ways(first: Nodes, last: Nodes, nodes: int) -> tuple[Nodes, Nodes]:
    """Turn legs into an adjacency of both directions: offsets ``(nodes + 1,)`` and targets ``(2 * legs,)``."""
    offsets, targets = np.zeros(nodes + 2, dtype=np.int32), np.empty(2 * len(first), dtype=np.int32)
    for leg in range(len(first)):
        offsets[first[leg] + 2] += 1
        offsets[last[leg] + 2] += 1
    for node in range(nodes):
        offsets[node + 2] += offsets[node + 1]
    for leg in range(len(first)):
        start, end = first[leg], last[leg]
        targets[offsets[start + 1]], targets[offsets[end + 1]] = end, start
        offsets[start + 1] += 1
        offsets[end + 1] += 1
    return offsets[: nodes + 1], targets
