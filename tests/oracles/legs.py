"""Legs one by one, in plain lines: what the passes over many legs are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dronesim.airspace import Course, Path4D, Terminal, path_of
from dronesim.simulation.leg import Leg, LegMaker
from dronesim.simulation.library import LegKey
from dronesim.simulation.routes import Routes
from dronesim.weather import Wind


def plan_leg(maker: LegMaker, routes: Routes, winds: Sequence[Wind], key: LegKey) -> Leg | None:
    """Work out the leg between two sites at a level; None without a route, or where the wind forbids it."""
    level, origin, destination = key
    distance_m = float(routes.length_m(*key))
    if not np.isfinite(distance_m):
        return None
    corners, wind = routes.waypoints(*key), winds[level]
    cruise = maker.cruise(corners, wind)
    if cruise is None:
        return None
    at_level = (level, float(routes.levels_m[level]))
    return maker.along(corners, cruise, wind, level=at_level, ends=(origin, destination), distance_m=distance_m)


def plan_legs(
    maker: LegMaker, routes: Routes, winds: Sequence[Wind], keys: Sequence[LegKey]
) -> dict[LegKey, Leg | None]:
    """Work out several, each by itself."""
    return {key: plan_leg(maker, routes, winds, key) for key in keys}


def course(maker: LegMaker, leg: Leg) -> Course:
    """Put a leg into space and time."""
    return maker.course(leg)


def path(maker: LegMaker, leg: Leg, origin: Terminal, destination: Terminal) -> Path4D:
    """Put a leg into space and time, and cut it at the terminal areas of its sites."""
    return path_of(maker.course(leg), origin=origin, destination=destination)
