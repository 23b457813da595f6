"""The quickstart day flown again by motions integrated in small steps, to see how near its drones come.

Nothing of the model's own segments is used: only the times of the legs, the corners of the routes and what the facts
say of the drone type. Speed over a way is the highest that the limits and the acceleration allow from both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from dronesim.evidence import Kind
from evidence_checks.check import Check, Found
from evidence_checks.day import SavedDay, quickstart

Floats = NDArray[np.float64]

STEP_S, WAY_STEP_M, HEIGHT_STEP_M = 0.5, 0.5, 0.02
LATE_S: Final = 0.05
"""How much the times of a leg may differ from its motion: every part is rounded up to a millisecond."""
NEEDED: Final = (
    "cruise_mps", "acceleration_mps2", "low_climb_mps", "low_climb_m", "climb_mps", "transition_s", "approach_s",
    "descent_mps", "final_hover_m", "final_hover_s", "touchdown_mps",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """One kind of leg: where a drone is at times from its take-off; ``at_s`` (k,), ``place_m`` (k, 3)."""

    at_s: Floats
    place_m: Floats


def timed(way_m: Floats, limit_mps: Floats, acceleration_mps2: float) -> Floats:
    """Times at places along a way from rest to rest, ``(n,)``; ``limit_mps`` (n,) holds at the places."""
    squared = limit_mps**2
    squared[0] = squared[-1] = 0.0
    gain = 2.0 * acceleration_mps2 * np.diff(way_m)
    for place in range(1, len(way_m)):
        squared[place] = min(squared[place], squared[place - 1] + gain[place - 1])
    for place in range(len(way_m) - 2, -1, -1):
        squared[place] = min(squared[place], squared[place + 1] + gain[place])
    speed = np.sqrt(squared)
    return np.concatenate([[0.0], np.cumsum(2.0 * np.diff(way_m) / (speed[:-1] + speed[1:]))])


def _upright(pieces: list[tuple[float, float]], acceleration_mps2: float) -> tuple[Floats, Floats]:
    """Heights gained and their times over pieces of (metres, speed limit); where two meet, the slower one holds."""
    ends = np.cumsum([0.0, *(length_m for length_m, _ in pieces)])
    way_m = np.union1d(np.arange(0.0, ends[-1], HEIGHT_STEP_M), ends)
    limits = np.full(len(way_m), np.inf)
    for (_, mps), begin, end in zip(pieces, ends[:-1], ends[1:], strict=True):
        inside = (way_m >= begin) & (way_m <= end)
        limits[inside] = np.minimum(limits[inside], mps)
    return way_m, timed(way_m, limits, acceleration_mps2)


def _along(corners: Floats, aircraft: Mapping[str, float], cut_m: float) -> tuple[Floats, Floats]:
    """Places ``(n, 2)`` and times ``(n,)`` along a route, on arcs in bends, or at rest where they are sharp."""
    steps, mps2 = np.diff(corners, axis=0), aircraft["acceleration_mps2"]
    lengths = np.hypot(*steps.T)
    reached = np.concatenate([[0.0], np.cumsum(lengths)])
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    room = np.minimum(lengths[:-1], lengths[1:]) / 2.0
    arcs = [_arc(turn, room_m, cut_m) for turn, room_m in zip(np.abs(np.diff(heading)), room, strict=True)]
    fastest_m = aircraft["cruise_mps"] ** 2 / mps2
    bends = [
        (at_m, min(radius_m, fastest_m), tangent) for at_m, (radius_m, tangent) in zip(reached[1:-1], arcs, strict=True)
    ]
    ends = [at_m + side * radius_m * tangent for at_m, radius_m, tangent in bends for side in (-1.0, 1.0)]
    way_m = np.unique(
        np.concatenate([np.arange(0.0, reached[-1], WAY_STEP_M), reached, np.clip(ends, 0.0, reached[-1])])
    )
    limits = np.full(len(way_m), aircraft["cruise_mps"])
    for at_m, radius_m, tangent in bends:
        on_arc = np.abs(way_m - at_m) <= radius_m * tangent + 1e-9
        limits[on_arc] = np.minimum(limits[on_arc], np.sqrt(mps2 * radius_m))
    places = np.column_stack([np.interp(way_m, reached, corners[:, axis]) for axis in (0, 1)])
    return places, timed(way_m, limits, mps2)


def _arc(turn: float, room_m: float, cut_m: float) -> tuple[float, float]:
    """Radius of the arc in a bend, in m, and the tangent of half the turn: none beyond a right angle."""
    if turn > np.pi / 2 + 1e-12:
        return 0.0, 0.0
    sharp, tangent = 1.0 / np.cos(turn / 2.0) - 1.0, np.tan(turn / 2.0)
    return min(cut_m / max(sharp, 1e-12), room_m / max(tangent, 1e-12)), tangent


def fly(corners: Floats, level_m: float, aircraft: Mapping[str, float], cut_m: float) -> Flown:
    """Fly a whole leg: up, a hover, along, a hover, down, a hover, down to the pad."""
    way, at_s = _along(corners, aircraft, cut_m)
    at_level = np.column_stack([way, np.full(len(way), level_m)])
    parts = [
        _up(corners[0], level_m, aircraft),
        (at_level, aircraft["transition_s"] + at_s),
        *_down(corners[-1], level_m, aircraft),
    ]
    begins = np.cumsum([0.0, *(at_s[-1] for _, at_s in parts[:-1])])
    return Flown(
        at_s=np.concatenate([begin + at_s for begin, (_, at_s) in zip(begins, parts, strict=True)]),
        place_m=np.concatenate([place for place, _ in parts]),
    )


def _up(xy: Floats, level_m: float, aircraft: Mapping[str, float]) -> tuple[Floats, Floats]:
    low_m = min(aircraft["low_climb_m"], level_m)
    climb = [(low_m, aircraft["low_climb_mps"]), (level_m - low_m, aircraft["climb_mps"])]
    return _column(xy, *_upright(_some(climb), aircraft["acceleration_mps2"]))


def _down(xy: Floats, level_m: float, aircraft: Mapping[str, float]) -> Iterator[tuple[Floats, Floats]]:
    """Give the sinking and the touch-down, each after its hover; one motion where there is no hover between them."""
    last_m = min(aircraft["final_hover_m"], level_m)
    sink, touch_down = [(level_m - last_m, aircraft["descent_mps"])], [(last_m, aircraft["touchdown_mps"])]
    if aircraft["final_hover_s"] <= 0:
        sink, touch_down = [*sink, *touch_down], []
    after = ((sink, level_m, aircraft["approach_s"]), (touch_down, last_m, aircraft["final_hover_s"]))
    for pieces, from_m, waits_s in after:
        if _some(pieces):
            gone_m, at_s = _upright(_some(pieces), aircraft["acceleration_mps2"])
            yield _column(xy, from_m - gone_m, waits_s + at_s)


def _some(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [piece for piece in pieces if piece[0] > 0]


def _column(xy: Floats, height_m: Floats, at_s: Floats) -> tuple[Floats, Floats]:
    return np.column_stack([np.broadcast_to(xy, (len(height_m), 2)), height_m]), at_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The legs of a day flown again, with their departures, their drones and the sites of their ends."""

    flown: list[Flown]
    departed_s: Floats
    drone: NDArray[np.int64]
    ends: list[frozenset[str]]
    latest_s: float


@cache
def again() -> Again | None:
    """Fly the quickstart day again; None where the facts don't say enough of the drone."""
    day = quickstart()
    aircraft, air = day.facts["aircraft"], day.facts["airspace"]
    if not {*NEEDED} <= set(aircraft) or "corner_cut_m" not in air:
        return None
    legs = day.tables["legs"]
    ways = {(way["from"], way["to"], way["level_m"]): np.array(way["points_m"]) for way in day.facts["routes"]}
    rows = np.flatnonzero((legs["outcome"] == "landed") & (legs["hold_s"] == 0.0))
    kinds = [(legs["from"][row], legs["to"][row], legs["level_m"][row]) for row in rows.tolist()]
    known = {kind: fly(ways[kind], kind[2], aircraft, air["corner_cut_m"]) for kind in sorted(set(kinds))}
    flown = [known[kind] for kind in kinds]
    spent_s = (legs["landed_s"] - legs["departed_s"])[rows]
    return Again(
        flown=flown,
        departed_s=legs["departed_s"][rows],
        drone=legs["drone"][rows],
        ends=[frozenset(kind[:2]) for kind in kinds],
        latest_s=float(np.max(np.abs(spent_s - np.array([each.at_s[-1] for each in flown])))),
    )


def retimed_separation() -> Found:
    """Count the pairs of legs that come nearer than the minima, outside the terminal areas that both use."""
    found = again()
    if found is None:
        return Found(passed=None, figure="the facts of a run don't say how its drones speed up, climb and come down")
    lost, nearest_m = losses(found, quickstart())
    passed = not lost and found.latest_s < LATE_S
    figure = f"{len(lost)} losses over {len(found.flown):,} legs, nearest {nearest_m:.1f} m"
    return Found(passed=passed, figure=f"{figure}; times of legs off by at most {1000 * found.latest_s:.0f} ms")


def losses(found: Again, day: SavedDay) -> tuple[set[tuple[int, int]], float]:
    """Find the pairs of legs that lose separation, and the least distance of any two that are near in height."""
    air = day.facts["airspace"]
    lost, nearest_m = set[tuple[int, int]](), np.inf
    for legs, place_m, next_m in _instants(found):
        reach_m = air["separation_m"] + 2.0 * float(np.max(np.hypot(*(next_m - place_m)[:, :2].T), initial=0.0))
        for one, other in cKDTree(place_m[:, :2]).query_pairs(reach_m):
            gap, closing = place_m[one] - place_m[other], (next_m - place_m)[one] - (next_m - place_m)[other]
            distance_m = _least_m(gap, closing, air["vertical_m"])
            if distance_m >= nearest_m and distance_m >= air["separation_m"]:
                continue
            pair = (int(legs[one]), int(legs[other]))
            if found.drone[pair[0]] == found.drone[pair[1]] or _in_lanes(found, day, pair, place_m[[one, other]]):
                continue
            nearest_m = min(nearest_m, distance_m)
            if distance_m < air["separation_m"]:
                lost.add(pair)
    return lost, nearest_m


def _instants(found: Again) -> Iterator[tuple[NDArray[np.int64], Floats, Floats]]:
    """Give the legs in the air at each step of the day, ``(n,)``, and where they are at its ends, each ``(n, 3)``."""
    samples = [_sampled(flown, departed_s) for flown, departed_s in zip(found.flown, found.departed_s, strict=True)]
    leg = np.repeat(np.arange(len(samples)), [len(steps) for steps, _, _ in samples])
    step = np.concatenate([steps for steps, _, _ in samples])
    begins, ends = (np.concatenate([sample[part] for sample in samples]) for part in (1, 2))
    order = np.argsort(step, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(step[order])) + 1):
        if len(rows) > 1:
            yield leg[rows], begins[rows], ends[rows]


def _sampled(flown: Flown, departed_s: float) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Give the steps of the day that lie in a leg, and the places at their ends."""
    first, last = np.ceil(departed_s / STEP_S), np.floor((departed_s + flown.at_s[-1]) / STEP_S)
    steps = np.arange(int(first), int(last) + 1)
    at_s = steps * STEP_S - departed_s
    places = np.column_stack([np.interp(at_s, flown.at_s, flown.place_m[:, axis]) for axis in range(3)])
    return steps[:-1], places[:-1], places[1:]


def _least_m(gap_m: Floats, closing_m: Floats, vertical_m: float) -> float:
    """Least distance in the plane within a step, while two are less than ``vertical_m`` apart in height; else inf."""
    low, high = 0.0, 1.0
    if closing_m[2] == 0.0:
        if abs(gap_m[2]) >= vertical_m:
            return np.inf
    else:
        enter, leave = sorted(((-vertical_m - gap_m[2]) / closing_m[2], (vertical_m - gap_m[2]) / closing_m[2]))
        low, high = max(low, enter), min(high, leave)
        if low >= high:
            return np.inf
    squared = float(closing_m[:2] @ closing_m[:2])
    at = min(max(-float(gap_m[:2] @ closing_m[:2]) / squared, low), high) if squared else low
    return float(np.hypot(*(gap_m + at * closing_m)[:2]))


def _in_lanes(found: Again, day: SavedDay, pair: tuple[int, int], place_m: Floats) -> bool:
    """Tell whether two are in the terminal area of a site that both fly from or to; its lanes keep them apart."""
    radius_m, sites = day.facts["airspace"]["terminal_radius_m"], _sites(day.facts)
    return any(
        bool((np.hypot(*(place_m[:, :2] - sites[site]).T) <= radius_m).all())
        for site in found.ends[pair[0]] & found.ends[pair[1]]
    )


def _sites(facts: Mapping[str, Any]) -> dict[str, Floats]:
    rows = [*facts["sites"]["takeoff_points"], *facts["sites"]["airports"]]
    return {row["id"]: np.array([row["x_m"], row["y_m"]]) for row in rows}


CHECKS: Final = (
    Check(
        name="retimed-separation",
        kind=Kind.PROGRAM,
        title="the quickstart day flown again, without the model's segments",
        source="motions integrated in steps of half a metre from times, routes and facts; nearest pairs twice a second",
        mark=f"no loss of separation; no leg's time off its motion by more than {1000 * LATE_S:g} ms",
        run=retimed_separation,
        is_dear=True,
    ),
)
