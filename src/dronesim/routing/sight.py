"""Free legs between corners: the tangent test, the angular horizon and the walk along what is left, compiled.

From one place the map is looked at pane by pane, the nearest ring of panes first. Every blocking edge near by
casts a shadow on the horizon: for each of 512 bins of direction, how far a leg can get at most. A pane that lies
behind the horizon is passed over with all that is in it. Legs that are bitangent (de Berg et al., Computational
Geometry, ch. 15) and end before the horizon are walked along, to meet every edge that they may meet.

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

_SHADOW_RINGS = 2
"""Edges farther off hide little that is not hidden by nearer ones, and cost as much."""

_ANGLE_SLACK = 1e-7
_LENGTH_SLACK = 1e-6


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
    return blocked_legs(np.array(start, dtype=np.float64), np.array(end, dtype=np.float64), grid)


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
def open_horizon(corner: Floats, horizon: Floats) -> None:
    """Begin a horizon ``(BINS,)``: endless where legs may be tangent to the corner, closed elsewhere.

    The directions that part the neighbours are two wedges of under 180 degrees, so a bin with both rays in one of
    them lies in it. A corner without neighbours, zero vectors, is open all around.
    """
    here = _parting(RAYS[0], corner)
    for place in range(BINS):
        following = _parting(RAYS[place + 1], corner)
        horizon[place] = 0.0 if here != 0 and here == following else np.inf
        here = following


@part
def cast_shadow(from_x: float, from_y: float, to_x: float, to_y: float, horizon: Floats) -> None:
    """Lower the horizon in all bins that lie wholly behind an edge, seen from (0, 0).

    Edges whose back is seen are left out: blockers run counterclockwise, and what the back hides the front of
    the same blocker hides too. In a bin, the edge is farthest on one of the two rays.
    """
    edge_x, edge_y = to_x - from_x, to_y - from_y
    area = from_x * edge_y - from_y * edge_x
    if area > -_LENGTH_SLACK * diamond_norm(edge_x, edge_y):
        return
    right, left = diamond_angle(to_x, to_y), diamond_angle(from_x, from_y)
    left += BINS if left < right else 0
    first, last = int(np.ceil(right + _ANGLE_SLACK)), int(np.floor(left - _ANGLE_SLACK))
    # An edge spans under half a circle; rounding turns the ends of one without length around.
    if last <= first or left - right > BINS // 2:
        return
    ray = RAYS[first % BINS]
    here = area / (ray[0] * edge_y - ray[1] * edge_x)
    for place in range(first, last):
        ray = RAYS[(place + 1) % BINS]
        following = area / (ray[0] * edge_y - ray[1] * edge_x)
        horizon[place % BINS] = min(horizon[place % BINS], max(here, following))
        here = following


@part
def is_before_horizon(leg_x: float, leg_y: float, horizon: Floats) -> bool:
    """Whether a leg from (0, 0) ends before the horizon."""
    length = diamond_norm(leg_x, leg_y)
    return length == 0 or length <= horizon[int(diamond_angle(leg_x, leg_y)) % BINS] + _LENGTH_SLACK


@part
def is_pane_hidden(x: float, y: float, size: float, horizon: Floats) -> bool:
    """Whether a pane around the point (x, y), seen from (0, 0), lies behind the horizon."""
    away, reach = np.sqrt(x * x + y * y), size * 0.7072
    if away <= 1.01 * reach:
        return False
    half_width = np.arcsin(reach / away) * QUARTER + 1.0
    middle = diamond_angle(x, y) + BINS
    nearest = max(abs(x) - size / 2, 0.0) + max(abs(y) - size / 2, 0.0)
    for place in range(int(middle - half_width), int(middle + half_width) + 1):
        if horizon[place % BINS] + _LENGTH_SLACK >= nearest:
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
def _cast_shadows(start: Floats, pane: int, panes: Panes, horizon: Floats) -> None:
    x, y = start[0], start[1]
    for place in range(panes.edge_offsets[pane], panes.edge_offsets[pane + 1]):
        edge = panes.edges[place]
        cast_shadow(edge[0] - x, edge[1] - y, edge[2] - x, edge[3] - y, horizon)


@part
def _add_corners(start: Floats, pane: int, panes: Panes, after: int, found: Nodes, count: int) -> int:
    """Append the corners of a pane that a bitangent leg leads to, of those later than ``after``; gives the new count.

    Before all corners (``after`` < 0) stand points, whose legs are not tested at either end: a point may lie under
    a millimetre inside an obstacle's edge.
    """
    for place in range(max(panes.corner_offsets[pane], after + 1), panes.corner_offsets[pane + 1]):
        corner = panes.corners[place]
        leg_x, leg_y = corner[0] - start[0], corner[1] - start[1]
        if after < 0 or (is_tangent(leg_x, leg_y, start) and is_tangent(leg_x, leg_y, corner)):
            found[count] = place
            count += 1
    return count


@part
def _is_out_of_sight(start: Floats, column: int, row: int, panes: Panes, horizon: Floats) -> bool:
    """Whether a pane of a column lies below or above the map or behind the horizon of a place ``(6,)``."""
    if row < 0 or row >= panes.rows:
        return True
    x, y = panes.left_m + (column + 0.5) * panes.size_m, panes.bottom_m + (row + 0.5) * panes.size_m
    return is_pane_hidden(x - start[0], y - start[1], panes.size_m, horizon)


@part
def _look_around(start: Floats, panes: Panes, after: int, horizon: Floats, found: Nodes) -> int:
    """Find the horizon of a place ``(6,)`` and the corners that may lie before it; gives their count."""
    count, size = 0, panes.size_m
    column, row = int(np.floor((start[0] - panes.left_m) / size)), int(np.floor((start[1] - panes.bottom_m) / size))
    for ring in range(max(column, panes.columns - 1 - column, row, panes.rows - 1 - row) + 1):
        for across in range(max(column - ring, 0), min(column + ring, panes.columns - 1) + 1):
            for up in range(row - ring, row + ring + 1, 1 if abs(across - column) == ring else 2 * ring):
                if _is_out_of_sight(start, across, up, panes, horizon):
                    continue
                pane = across * panes.rows + up
                if ring <= _SHADOW_RINGS:
                    _cast_shadows(start, pane, panes, horizon)
                count = _add_corners(start, pane, panes, after, found, count)
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

    Place k stands for corner ``first + k`` and is given the later corners only; negative numbers are points.
    ``found`` receives the corners' numbers, those of one place after those of another; returns their counts.
    """
    horizon, near = np.empty(BINS), np.empty(len(panes.corners), dtype=np.int32)
    counts, total = np.zeros(len(places), dtype=np.int32), 0
    for place in range(len(places)):
        if total + len(near) > len(found):
            return counts[:place]
        open_horizon(places[place], horizon)
        count = _look_around(places[place], panes, max(first + place, -1), horizon, near)
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
