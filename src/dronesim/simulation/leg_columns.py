"""Legs of many pairs of sites at once: worked out in one pass, and put into space and time in another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Alternatives, Course, FlownLeg, Terminal, courses_of, cut_paths, plan_cruises
from dronesim.simulation.leg import Leg, LegMaker
from dronesim.simulation.library import LegKey
from dronesim.simulation.routes import Routes
from dronesim.units import MS
from dronesim.weather import Wind


def plan_legs(
    maker: LegMaker, routes: Routes, winds: Sequence[Wind], keys: Sequence[LegKey]
) -> dict[LegKey, Leg | None]:
    """Work out legs between sites, each at a level; None without a route, or where the wind forbids it."""
    legs: dict[LegKey, Leg | None] = dict.fromkeys(keys)
    is_flyable = [maker.is_flyable(wind) for wind in winds]
    ways = list[tuple[LegKey, float, NDArray[Any]]]()
    for key in legs:
        distance_m = float(routes.length_m(*key))
        if np.isfinite(distance_m) and is_flyable[key[0]]:
            ways.append((key, distance_m, routes.waypoints(*key)))
    vectors = [wind.vector() for wind in winds]
    found = plan_cruises(
        [corners for *_, corners in ways],
        [vectors[key[0]] for key, *_ in ways],
        maker.aircraft,
        radius_m=maker.radius_m,
    )
    upright_ms = [maker.upright_ms(float(level_m)) for level_m in routes.levels_m]
    flown = [ways[number] for number in found.numbers]
    empty_wh = maker.aircraft.legs_wh(
        cruise_s=np.array([cruise.motion.duration_s for cruise in found.cruises]),
        level_m=np.array([routes.levels_m[key[0]] for key, *_ in flown], dtype=np.float64),
        payload_kg=0.0,
        airspeed_mps=np.array([cruise.airspeed_mps for cruise in found.cruises]),
    ).tolist()
    for (key, distance_m, corners), cruise, (exit_s, entry_s), wh in zip(
        flown, found.cruises, found.beyond_s, empty_wh, strict=True
    ):
        level, *ends = key
        legs[key] = maker.made(
            corners,
            cruise,
            winds[level],
            level=(level, float(routes.levels_m[level])),
            ends=(ends[0], ends[1]),
            distance_m=distance_m,
            beyond_s=(exit_s, entry_s),
            upright_ms=upright_ms[level],
            empty_wh=wh,
        )
    return legs


def paths_of(maker: LegMaker, legs: Sequence[Leg], terminal: Callable[[int], Terminal]) -> Alternatives:
    """Put legs from take-off to landing into space and time, cut at the terminal areas of their sites."""
    return cut_paths(_flown(maker, legs, terminal), **_handling(maker))


def courses_of_legs(maker: LegMaker, legs: Sequence[Leg], terminal: Callable[[int], Terminal]) -> list[Course]:
    """Put legs from take-off to landing into space and time, as ``LegMaker.course`` does one by one."""
    return courses_of(_flown(maker, legs, terminal), **_handling(maker))


def _handling(maker: LegMaker) -> dict[str, float]:
    kind = maker.aircraft
    return {"acceleration_mps2": kind.drone_type.acceleration_mps2, "error_m": kind.handling.path_error_m}


def _flown(maker: LegMaker, legs: Sequence[Leg], terminal: Callable[[int], Terminal]) -> list[FlownLeg]:
    aircraft = maker.aircraft
    uprights = {
        level_m: (aircraft.climb(level_m), aircraft.descent(level_m)) for level_m in {leg.level_m for leg in legs}
    }
    return [
        FlownLeg(
            corners=leg.corners,
            cruise=leg.motion,
            climb=uprights[leg.level_m][0],
            descent=uprights[leg.level_m][1],
            level_m=leg.level_m,
            times_s=(leg.cruise_ms / MS, leg.sink_ms / MS, leg.land_ms / MS),
            origin=terminal(leg.origin),
            destination=terminal(leg.destination),
        )
        for leg in legs
    ]
