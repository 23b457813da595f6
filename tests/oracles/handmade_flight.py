"""Flies a leg by the book: constant accelerations one after another, put together by hand and written down finely.

The aircraft of the handmade day; its figures are in ``AIRCRAFT``, as ``facts.json`` has them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

AIRCRAFT = {
    "payload_kg": 2.3,
    "pack_wh": 500.0,
    "usable_share": 0.9,
    "cruise_mps": 15.0,
    "acceleration_mps2": 2.6,
    "takeoff_check_s": 5.0,
    "low_climb_mps": 1.5,
    "low_climb_m": 9.0,
    "climb_mps": 3.0,
    "transition_s": 4.0,
    "approach_s": 8.0,
    "descent_mps": 2.0,
    "final_hover_m": 3.0,
    "final_hover_s": 10.0,
    "touchdown_mps": 0.5,
    "wind_limit_mps": 12.0,
}
POWER = {
    "bare_kg": 7.0,
    "disc_area_m2": 1.5,
    "eta_hover": 0.5,
    "eta_forward": 0.6,
    "drag_area_m2": 0.1,
    "avionics_w": 20.0,
    "air_density_kgm3": 1.225,
}
GRAVITY_MPS2 = 9.80665
CORNER_CUT_M = 3.0
STEP_S = 0.5
"""How long a straight piece of an accelerated part lasts: 2.6 m/s² x 0.5² s² / 8 = 0.08 m off at most."""

Phase = tuple[float, float]
"""Acceleration along the way, and for how long."""
Knot = tuple[float, float, float, float]


@dataclass(frozen=True)
class Flight:
    """Times in seconds, and the knots of the path: time, east, north, height."""

    departed_s: float
    climbed_s: float
    moves_s: float
    arrived_s: float
    landed_s: float
    knots: list[Knot]


def stretch(length_m: float, top: float, *, start: float = 0.0, end: float = 0.0) -> list[Phase]:
    """Speed up from ``start``, keep the top speed, brake to ``end``."""
    a = AIRCRAFT["acceleration_mps2"]
    peak = min(top, math.sqrt((2 * a * length_m + start**2 + end**2) / 2))
    ramps_m = (2 * peak**2 - start**2 - end**2) / (2 * a)
    return [(a, (peak - start) / a), (0.0, (length_m - ramps_m) / peak), (-a, (peak - end) / a)]


def upward(level_m: float) -> list[Phase]:
    """Climb: slow near the ground, and from ``low_climb_m`` on faster."""
    a, low, fast = (AIRCRAFT[name] for name in ("acceleration_mps2", "low_climb_mps", "climb_mps"))
    slow_m = AIRCRAFT["low_climb_m"] - low**2 / (2 * a)
    first = [(a, low / a), (0.0, slow_m / low)]
    return first + stretch(level_m - AIRCRAFT["low_climb_m"], fast, start=low)


def downward(level_m: float) -> list[Phase]:
    """Sink to the final hover, hover, touch down."""
    hover_m = AIRCRAFT["final_hover_m"]
    down = stretch(level_m - hover_m, AIRCRAFT["descent_mps"])
    return [*down, (0.0, AIRCRAFT["final_hover_s"]), *stretch(hover_m, AIRCRAFT["touchdown_mps"])]


def lasts_s(phases: Sequence[Phase]) -> float:
    """How long phases last, in whole milliseconds, rounded up."""
    return math.ceil(sum(span for _, span in phases) * 1000 - 1e-6) / 1000


def trace(phases: Sequence[Phase]) -> Iterator[tuple[float, float]]:
    """Time and way at the ends of short pieces."""
    time_s, way_m, speed = 0.0, 0.0, 0.0
    yield time_s, way_m
    for a, span in phases:
        parts = max(1, math.ceil(span / STEP_S - 1e-9)) if a else 1
        for part in range(1, parts + 1):
            t = span * part / parts
            if t > 0:
                yield time_s + t, way_m + speed * t + a * t**2 / 2
        time_s, way_m, speed = time_s + span, way_m + speed * span + a * span**2 / 2, speed + a * span


def corner_mps(turn: float) -> float:
    """Speed at which an arc that cuts a corner by ``CORNER_CUT_M`` needs the full acceleration sideways."""
    radius_m = CORNER_CUT_M / (1 / math.cos(turn / 2) - 1) if turn else math.inf
    return min(AIRCRAFT["cruise_mps"], math.sqrt(AIRCRAFT["acceleration_mps2"] * radius_m))


def along(corners: Sequence[tuple[float, float]], *, is_slowed: bool = True) -> list[Phase]:
    """Cruise along straight pieces, slowing down for the bends."""
    headings = [math.atan2(y1 - y0, x1 - x0) for (x0, y0), (x1, y1) in pairwise(corners)]
    turns = [abs(math.remainder(b - a, math.tau)) for a, b in pairwise(headings)]
    speeds = [0.0, *(corner_mps(turn) if is_slowed else AIRCRAFT["cruise_mps"] for turn in turns), 0.0]
    phases: list[Phase] = []
    for number, (one, two) in enumerate(pairwise(corners)):
        ends = {"start": speeds[number], "end": speeds[number + 1]}
        phases += stretch(math.dist(one, two), AIRCRAFT["cruise_mps"], **ends)
    return phases


def at_way(corners: Sequence[tuple[float, float]], way_m: float) -> tuple[float, float]:
    """The place after so much of the way along straight pieces."""
    for one, two in pairwise(corners):
        length_m = math.dist(one, two)
        if way_m <= length_m + 1e-9:
            share = way_m / length_m
            return one[0] + share * (two[0] - one[0]), one[1] + share * (two[1] - one[1])
        way_m -= length_m
    return corners[-1]


def fly(
    corners: Sequence[tuple[float, float]],
    *,
    departed_s: float,
    level_m: float,
    takes_off: bool = True,
    lands: bool = True,
    is_slowed: bool = True,
) -> Flight:
    """Fly a leg; one that does not take off begins at rest in the air, one that does not land ends there."""
    up, way, down = upward(level_m), along(corners, is_slowed=is_slowed), downward(level_m)
    climbed_s = departed_s + (lasts_s(up) if takes_off else 0.0)
    moves_s = climbed_s + (AIRCRAFT["transition_s"] if takes_off else 0.0)
    arrived_s = moves_s + lasts_s(way)
    sinks_s = arrived_s + AIRCRAFT["approach_s"]
    landed_s = sinks_s + lasts_s(down)
    knots: list[Knot] = []
    if takes_off:
        knots += [(departed_s + t, *corners[0], z) for t, z in trace(up)]
    knots += [(moves_s + t, *at_way(corners, s), level_m) for t, s in trace(way)]
    knots.append((arrived_s, *corners[-1], level_m))
    if lands:
        knots += [(sinks_s + t, *corners[-1], level_m - z) for t, z in trace(down)]
        knots.append((landed_s, *corners[-1], 0.0))
    return Flight(departed_s, climbed_s, moves_s, round(arrived_s, 3), round(landed_s, 3), knots)


def watts(mass_kg: float, *, airspeed: float = 0.0, vertical: float = 0.0) -> float:
    """Power of a hover, what a climb adds to it, drag and avionics, one after the other."""
    disc = 2 * POWER["air_density_kgm3"] * POWER["disc_area_m2"]
    drag = POWER["air_density_kgm3"] * POWER["drag_area_m2"] * airspeed**2 / 2
    thrust = math.hypot(mass_kg * GRAVITY_MPS2, drag)
    induced = math.sqrt(thrust / disc)
    climb = vertical / 2 + math.sqrt(vertical**2 / 4 + induced**2) - induced
    lift = thrust**1.5 / math.sqrt(disc) / POWER["eta_hover"] + thrust * climb / POWER["eta_hover"]
    return lift + drag * airspeed / POWER["eta_forward"] + POWER["avionics_w"]


def energy_wh(flight: Flight, level_m: float, parcel_kg: float, *, takes_off: bool = True, lands: bool = True) -> float:
    """What a flight takes, phase by phase, with a parcel."""
    mass_kg, a = POWER["bare_kg"] + parcel_kg, AIRCRAFT
    hover, low_s = watts(mass_kg), a["low_climb_m"] / a["low_climb_mps"]
    joules = (flight.arrived_s - flight.moves_s) * watts(mass_kg, airspeed=a["cruise_mps"])
    if takes_off:
        joules += POWER["avionics_w"] * a["takeoff_check_s"] + hover * a["transition_s"]
        joules += low_s * watts(mass_kg, vertical=a["low_climb_mps"])
        joules += (lasts_s(upward(level_m)) - low_s) * watts(mass_kg, vertical=a["climb_mps"])
    if lands:
        last_s = a["final_hover_m"] / a["touchdown_mps"]
        joules += hover * (a["approach_s"] + a["final_hover_s"]) + last_s * watts(mass_kg, vertical=-a["touchdown_mps"])
        sink_s = lasts_s(downward(level_m)) - a["final_hover_s"] - last_s
        joules += sink_s * watts(mass_kg, vertical=-a["descent_mps"])
    return joules / 3600


def segments(knots: Sequence[Knot]) -> Iterator[tuple[Knot, Knot]]:
    """Straight pieces between knots; those that take no time are left out."""
    for one, two in pairwise(knots):
        if two[0] - one[0] > 1e-9:
            yield one, two
