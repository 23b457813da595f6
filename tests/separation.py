"""Losses of separation of a day in memory, found by the independent checker's own sweep."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from dronesim.simulation import Outcome, SimulationInputs
from dronesim.verify.reading import Run
from dronesim.verify.separation import Encounters, encounters
from dronesim.verify.tracks import pieces_of


def closest_pairs(inputs: SimulationInputs, outcome: Outcome, *, table: str = "flown") -> Encounters:
    """Every two legs that come within twice the minimum, closest first."""
    airspace, places = inputs.rules.airspace, inputs.places
    facts = SimpleNamespace(
        sites=dict(zip(places.ids, map(tuple, places.xy.tolist()), strict=True)),
        terminal_radius_m=airspace.terminal_radius_m,
        vertical_m=airspace.vertical_m,
    )
    run = cast("Run", SimpleNamespace(facts=facts, legs=outcome.tables["legs"]))
    return encounters(pieces_of(outcome.tables[table]), run, reach_m=2 * airspace.separation_m)


def losses(inputs: SimulationInputs, outcome: Outcome) -> list[tuple[Any, ...]]:
    """Legs, distance and time of every loss of separation."""
    met = closest_pairs(inputs, outcome)
    lost = np.flatnonzero(met.distance_m < inputs.rules.airspace.separation_m - 1e-6)
    return [(*met.legs[i].tolist(), float(met.distance_m[i]), float(met.time_s[i])) for i in lost]
