"""Losses of separation of a day in memory, found by the independent checker's own sweep."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import shapely

from dronesim.simulation import Outcome, SimulationInputs
from dronesim.verify.reading import Run
from dronesim.verify.separation import Encounters, encounters, tagged


def closest_pairs(inputs: SimulationInputs, outcome: Outcome, *, table: str = "flown") -> Encounters:
    """Every two legs that come within twice the minimum, closest first."""
    airspace, places = inputs.rules.airspace, inputs.places
    facts = SimpleNamespace(
        sites=dict(zip(places.ids, map(tuple, places.xy.tolist()), strict=True)),
        terminal_radius_m=airspace.terminal_radius_m,
        vertical_m=airspace.vertical_m,
    )
    run = cast("Run", SimpleNamespace(facts=facts, legs=outcome.tables["legs"], tables=outcome.tables))
    return encounters(run, tagged(run, table), reach_m=2 * airspace.separation_m)


def losses(inputs: SimulationInputs, outcome: Outcome) -> list[tuple[Any, ...]]:
    """Legs, distance and time of every loss of separation."""
    met = closest_pairs(inputs, outcome)
    lost = np.flatnonzero(met.distance_m < inputs.rules.airspace.separation_m - 1e-6)
    return [(*met.legs[i].tolist(), float(met.distance_m[i]), float(met.time_s[i])) for i in lost]


def seconds_inside(outcome: Outcome, polygon: shapely.Polygon, *, from_s: float, to_s: float = np.inf) -> float:
    """How long drones were inside a zone between two times, by their flown tracks."""
    total_s, flown = 0.0, outcome.tables["flown"]
    columns = (flown[name].tolist() for name in ("t0_s", "t1_s", "x0_m", "y0_m", "x1_m", "y1_m"))
    for t0, t1, x0, y0, x1, y1 in zip(*columns, strict=True):
        begin_s, end_s = max(t0, from_s), min(t1, to_s)
        if begin_s >= end_s or (x0, y0) == (x1, y1):
            continue
        shares = [(at_s - t0) / (t1 - t0) for at_s in (begin_s, end_s)]
        line = shapely.LineString([(x0 + share * (x1 - x0), y0 + share * (y1 - y0)) for share in shares])
        if line.length:
            total_s += line.intersection(polygon).length / line.length * (end_s - begin_s)
    return total_s
