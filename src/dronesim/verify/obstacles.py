"""Checks that tracks keep clear of buildings that reach up to them and of no-fly zones in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from dronesim.verify.astray import excursion_m
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.maps import LocalMap, Obstacles, read_map
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, at, settle, skipped, where
from dronesim.verify.silence import heard_s, latency_s, spells_by_leg
from dronesim.verify.tracks import Pieces, pieces_of

_GRAZE_M = 0.05
"""A path may touch the edge of an obstacle; coordinates in maps are rounded to about a centimetre."""

_NEAR_M = 1.0
_TURNS_S = 0.01
"""A drone may turn a millisecond later, and its tracks are told by the millisecond."""

_SITE_ERROR_M = 0.1
_NAME = "clear of obstacles"


def obstacles(run: Run) -> Check:
    """Cleared and flown paths stay outside no-fly zones and buildings as tall as the flight is high."""
    names = [name for name in ("cleared", "flown") if name in run.tables]
    if not names:
        return skipped(_NAME, NO_TRACKS)
    local = read_map(run)
    paths = [(name, _moving(pieces_of(run.tables[name]))) for name in names]
    faults = [
        _misplaced(local),
        *(_inside(run, name, path, _as_kept_out_of(run, name, local.obstacles)) for name, path in paths),
    ]
    examined = sum(len(path.leg) for _, path in paths)
    return settle(_NAME, examined, faults, note=f"{len(local.obstacles.names)} buildings and zones")


def _misplaced(local: LocalMap) -> Faults:
    """Find sites that the map has elsewhere than the facts."""
    names = list(local.site_errors_m)
    off_m = np.array([local.site_errors_m[name] for name in names])
    return where(
        ~(off_m <= _SITE_ERROR_M),
        lambda i: f"site {names[i]} lies {off_m[i]:.2f} m from its place in the map",
    )


def _moving(pieces: Pieces) -> Pieces:
    """Keep the pieces that lead somewhere; climbing and landing on the spot is the site's own matter."""
    way_m = np.hypot(*(pieces.end_m - pieces.start_m)[:, :2].T)
    rows = np.flatnonzero(way_m > _GRAZE_M)
    return pieces.part(rows, np.zeros(len(rows)), np.ones(len(rows)))


def _as_kept_out_of(run: Run, name: str, blocks: Obstacles) -> Obstacles:
    """Give obstacles as paths of a table keep out of them: who strays along the edge of a zone may leave it later."""
    if name != "flown":
        return blocks
    has_hours = np.isfinite(blocks.from_s) | np.isfinite(blocks.to_s)
    off_m = max(run.facts.track_bound_m, excursion_m(run))
    inner = shapely.buffer(blocks.polygons, np.where(has_hours, -off_m, 0.0), join_style="mitre")
    return replace(blocks, polygons=np.where(has_hours, inner, blocks.polygons))


def _inside(run: Run, name: str, path: Pieces, blocks: Obstacles) -> Faults:
    block, row = _crossings(path, blocks)
    keep = _is_in_force(run, path, row, blocks, block)
    block, row = block[keep], row[keep]
    return where(
        np.ones(len(row), np.bool_),
        lambda i: (
            f"{name}: leg {path.leg[row[i]]} of drone {path.drone[row[i]]} passes {blocks.names[block[i]]} "
            f"at {path.start_m[row[i], 2]:.1f} m between {at(path.t0_s[row[i]])} and {at(path.t1_s[row[i]])}"
        ),
    )


def _crossings(path: Pieces, blocks: Obstacles) -> tuple[Ints, Ints]:
    """Find which obstacles, shrunk by the graze, each piece crosses on the ground plan."""
    lines = shapely.linestrings(np.stack([path.start_m[:, :2], path.end_m[:, :2]], axis=1))
    cores = shapely.buffer(blocks.polygons, -_GRAZE_M, join_style="mitre")
    row, block = shapely.STRtree(cores.tolist()).query(np.asarray(lines, object), predicate="intersects")
    return np.asarray(block, np.int64), np.asarray(row, np.int64)


def _is_in_force(run: Run, path: Pieces, row: Ints, blocks: Obstacles, block: Ints) -> Mask:
    """Say whether each crossing is below the top, above the base and within the hours of the obstacle.

    A flight may be in a zone for a grace after it has come into force, to get out; who is in it then, or so near that
    it can't stop before it, for as long as it takes to brake and to leave. Who does not hear of it may until it does.
    """
    low: Floats = np.minimum(path.start_m[row, 2], path.end_m[row, 2])
    high: Floats = np.maximum(path.start_m[row, 2], path.end_m[row, 2])
    is_high = (high < blocks.top_m[block]) & (low > blocks.base_m[block])
    enters_s, leaves_s = _times_inside(path, row, blocks, block)
    from_s = heard_s(spells_by_leg(run), path.leg[row], blocks.from_s[block], latency_s(run))
    grace_s = run.facts.zone_grace_s
    is_within: Mask = is_high & (enters_s < blocks.to_s[block]) & (leaves_s > from_s + grace_s)
    for i in np.flatnonzero(is_within & np.isfinite(from_s)):
        flown = path.part(*_legs_pieces(path, row[i]))
        is_within[i] = leaves_s[i] > from_s[i] + _leaves_after_s(run, flown, blocks.polygons[block[i]], from_s[i])
    return is_within


def _legs_pieces(path: Pieces, row: int) -> tuple[Ints, Floats, Floats]:
    """Give all pieces of the leg of a row, whole."""
    rows = np.flatnonzero(path.leg == path.leg[row])
    return rows, np.zeros(len(rows)), np.ones(len(rows))


def _leaves_after_s(run: Run, flown: Pieces, polygon: Any, from_s: float) -> float:
    """Give how long after it is known that a zone is in force a leg may be in it, by where it was then.

    From where it is inside, a drone brakes and crosses the zone at most; on its way towards it, it brakes from no
    farther than it needs to, and turns back; from anywhere else it has no more than the grace.
    """
    facts = run.facts
    brakes_s = facts.cruise_mps / facts.acceleration_mps2
    begun = flown.t0_s <= from_s
    if not begun.any():
        return facts.zone_grace_s
    there_m = _place_m(flown, int(np.flatnonzero(begun)[-1]), from_s)
    if shapely.contains_xy(polygon, *there_m):
        across_s = 2 * float(shapely.minimum_bounding_radius(polygon)) / facts.cruise_mps
        return max(facts.zone_grace_s, 2 * brakes_s + across_s)
    reach_m = facts.cruise_mps * brakes_s / 2 + facts.path_error_m + _NEAR_M
    is_near = shapely.distance(polygon, shapely.points(there_m)) <= reach_m
    return max(facts.zone_grace_s, 2 * brakes_s + _TURNS_S) if is_near else facts.zone_grace_s


def _place_m(flown: Pieces, row: int, at_s: float) -> Floats:
    """Give where a drone is on a piece, or at its end if that is over; (east, north)."""
    share = (at_s - flown.t0_s[row]) / (flown.t1_s[row] - flown.t0_s[row])
    place: Floats = flown.start_m[row] + min(share, 1.0) * (flown.end_m[row] - flown.start_m[row])
    return place[:2]


def _times_inside(path: Pieces, row: Ints, blocks: Obstacles, block: Ints) -> tuple[Floats, Floats]:
    """Give when each piece enters and leaves the obstacle with hours that it crosses; else when it begins and ends."""
    enters_s, leaves_s = path.t0_s[row].copy(), path.t1_s[row].copy()
    for i in np.flatnonzero(np.isfinite(blocks.from_s[block]) | np.isfinite(blocks.to_s[block])):
        ends_m = np.stack([path.start_m[row[i], :2], path.end_m[row[i], :2]])
        line = shapely.LineString(ends_m)
        inside = shapely.get_coordinates(shapely.intersection(line, blocks.polygons[block[i]]))
        if len(inside):
            share = shapely.line_locate_point(line, shapely.points(inside), normalized=True)
            span_s = path.t1_s[row[i]] - path.t0_s[row[i]]
            enters_s[i] = path.t0_s[row[i]] + share.min() * span_s
            leaves_s[i] = path.t0_s[row[i]] + share.max() * span_s
    return enters_s, leaves_s
