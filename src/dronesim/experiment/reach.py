"""Says why no drone reaches anybody on a day: the weather, routes that lead nowhere, or packs that don't last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation import SimulationInputs, unhindered_s
from dronesim.weather import CALM, is_flyable


def no_reach(inputs: SimulationInputs, *, of: NDArray[np.bool_], door_s: NDArray[np.float64]) -> list[str]:
    """Say why no drone can serve any of the orders ``of`` a day; nothing where one can, or no drone may fly all day.

    ``door_s``: click-to-door of each order with unlimited resources, NaN where none could bring it. What is to blame
    is tried: where a day without wind and weather reaches some, it was the weather.
    """
    if not of.any() or np.isfinite(door_s[of]).any() or _is_told_otherwise(inputs):
        return []
    what, calm = "no drone reaches the airport of any order in range", _in_calm(inputs)
    if (reached := int(np.isfinite(unhindered_s(calm)[0][of]).sum())) > 0:
        where = f"{reached:,} of {int(of.sum()):,} would be reached in still air without weather"
        return [f"{what} in the weather of this day, though drones may fly at times: {where}; see weather"]
    if not _lead_somewhere(inputs, of):
        return [f"{what}: no route leads there and back at any level; see the no-fly zones, buildings and airways"]
    kind, blown_mps = inputs.aircraft.drone_type, max(_winds_mps(inputs), default=0.0)
    against = f", in still air too (the wind is up to {blown_mps:.1f} m/s)" if blown_mps > 0 else ""
    cause = f"no pack of {kind.name}, {kind.pack_wh:g} Wh, lasts out and home again{against}"
    return [f"{what}: {cause}; see drone.pack_wh, batteries.reserve, airspace.levels_m and the distances on the map"]


def _is_told_otherwise(inputs: SimulationInputs) -> bool:
    """Tell whether no drone may fly all day, of which other warnings tell."""
    limit_mps, horizon = inputs.aircraft.drone_type.wind_limit_mps, inputs.rules.horizon
    stops = [(stop.from_s, stop.to_s) for stop in inputs.sky().no_go]
    is_stopped = any(from_s <= horizon.start_s and to_s >= horizon.end_s for from_s, to_s in stops)
    return is_stopped or not any(is_flyable(wind, limit_mps=limit_mps) for _, winds in inputs.winds for wind in winds)


def _winds_mps(inputs: SimulationInputs) -> Sequence[float]:
    return [wind.speed_mps for _, at_levels in inputs.winds for wind in at_levels]


def _in_calm(inputs: SimulationInputs) -> SimulationInputs:
    """Give the same day without wind and weather."""
    still = tuple((from_s, (CALM,) * len(winds)) for from_s, winds in inputs.winds)
    return replace(inputs, winds=still, weather=(), forecast=())


def _lead_somewhere(inputs: SimulationInputs, of: NDArray[np.bool_]) -> bool:
    """Tell whether some route leads from a take-off point to the airport of one of its orders, and back."""
    kind = replace(inputs.aircraft.drone_type, pack_wh=1e9)
    endless = replace(_in_calm(inputs), aircraft=replace(inputs.aircraft, drone_type=kind), packs=None)
    return bool(np.isfinite(unhindered_s(endless)[0][of]).any())
