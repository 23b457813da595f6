"""Checks that legs are flyable and the fleet is no larger, faster or stronger than the facts say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.intervals import excess
from dronesim.verify.lookup import is_set, rows_of
from dronesim.verify.orders import straight_lines
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where
from dronesim.verify.sorties import by_drone
from dronesim.verify.weather import heaviest_kg, overloads
from dronesim.verify.winds import least_wind_mps, tailwind_mps

_RELATIVE = 1.0 + 1e-6


def flights(run: Run) -> Check:
    """No leg is shorter than the straight line, faster than the drone or in a storm; cruise is on a stated level."""
    legs = run.legs
    return settle("flights", len(legs["leg"]), [_shortcuts(run), *_speeds(run), _levels(run), _in_storms(run)])


def fleet(run: Run) -> Check:
    """Only owned drones fly, no more than are available, from their own site, with what they can lift."""
    legs, owned = run.legs, run.facts.owned
    strangers = where(
        (legs["drone"] < 0) | (legs["drone"] >= owned),
        lambda row: f"leg {legs['leg'][row]}: drone {legs['drone'][row]}, but the fleet owns {owned}",
    )
    return settle("fleet and payload", len(legs["leg"]), [strangers, _airborne(run), _movers(run), *_overloads(run)])


def _shortcuts(run: Run) -> Faults:
    legs, order = run.legs, by_drone(run)
    in_air = np.zeros(len(legs["leg"]), np.bool_)
    follows = legs["drone"][order[1:]] == legs["drone"][order[:-1]]
    in_air[order[1:][follows & (legs["outcome"][order[:-1]] == "diverted")]] = True
    straight_m = straight_lines(run, legs["from"], legs["to"])
    is_whole = (legs["outcome"] == "landed") & ~in_air
    broken = is_whole & (legs["distance_m"] * _RELATIVE + 1e-3 < straight_m)
    return where(
        broken,
        lambda row: (
            f"leg {legs['leg'][row]} from {legs['from'][row]} to {legs['to'][row]}: distance_m "
            f"{legs['distance_m'][row]:.3f}, the straight line is {straight_m[row]:.3f} m"
        ),
    )


def _speeds(run: Run) -> Iterator[Faults]:
    """Find legs that are faster than the drone with the wind behind it."""
    legs = run.legs
    took_s = legs["arrived_s"] - legs["departed_s"]
    max_mps = tailwind_mps(run)
    broken = is_set(took_s) & (legs["distance_m"] > took_s * max_mps * _RELATIVE + 1e-3)
    yield where(
        broken,
        lambda row: (
            f"leg {legs['leg'][row]} of drone {legs['drone'][row]}: {legs['distance_m'][row]:.3f} m in "
            f"{took_s[row]:.3f} s is faster than {max_mps[row]:.2f} m/s, the most with the wind behind it"
        ),
    )
    yield where(
        legs["distance_m"] < 0,
        lambda row: f"leg {legs['leg'][row]}: distance_m {legs['distance_m'][row]:.3f}",
    )


def _in_storms(run: Run) -> Faults:
    """Find legs that took off in a mean wind above the limit at their level."""
    legs, wind_mps = run.legs, least_wind_mps(run)
    is_flown = (legs["departed_s"] < run.facts.closed_s) & np.isfinite(wind_mps)
    return where(
        is_flown & (wind_mps > run.facts.wind_limit_mps * _RELATIVE),
        lambda row: (
            f"leg {legs['leg'][row]} took off {at(legs['departed_s'][row])} in {wind_mps[row]:.2f} m/s at "
            f"{legs['level_m'][row]:g} m, above {run.facts.wind_limit_mps:g} m/s"
        ),
    )


def _levels(run: Run) -> Faults:
    legs, levels_m = run.legs, run.facts.levels_m
    broken = is_set(legs["level_m"]) & ~np.isin(legs["level_m"], levels_m)
    return where(
        broken,
        lambda row: (
            f"leg {legs['leg'][row]}: level_m {legs['level_m'][row]:g} is not among "
            f"{', '.join(f'{level:g}' for level in levels_m)}"
        ),
    )


def _airborne(run: Run) -> Faults:
    legs, drones = run.legs, run.facts.drones
    rows = np.flatnonzero(is_set(legs["departed_s"]) & is_set(legs["landed_s"]))
    one = np.zeros(len(rows), np.int64)
    over, held = excess(
        one, legs["departed_s"][rows], legs["landed_s"][rows], capacity=np.full(len(rows), drones, np.int64)
    )
    return where(
        np.ones(len(over), np.bool_),
        lambda i: (
            f"{held[i]} drones are airborne {at(legs['departed_s'][rows[over[i]]])} with leg "
            f"{legs['leg'][rows[over[i]]]}; {drones} are available"
        ),
    )


def _movers(run: Run) -> Faults:
    """Find drones tied to a take-off point that take orders from another."""
    legs = run.legs
    order = by_drone(run)
    order = order[legs["kind"][order] == "outbound"]
    before, after = order[:-1], order[1:]
    broken = (legs["drone"][before] == legs["drone"][after]) & (legs["from"][before] != legs["from"][after])
    return where(
        broken & (not run.facts.is_shared),
        lambda i: (
            f"drone {legs['drone'][after[i]]} is not shared, but leg {legs['leg'][after[i]]} leaves "
            f"{legs['from'][after[i]]} and leg {legs['leg'][before[i]]} left {legs['from'][before[i]]}"
        ),
    )


def _overloads(run: Run) -> Iterator[Faults]:
    orders, payload_kg = run.orders, run.facts.payload_kg
    mass, number = orders["mass_kg"], orders["order"]
    is_aboard = is_set(orders["loaded_s"]) | (rows_of(run.legs["order"], number) >= 0)
    yield where(
        is_aboard & ~(mass <= payload_kg + 1e-9),
        lambda row: f"order {number[row]} of {mass[row]:.3f} kg flew, the payload is {payload_kg:g} kg",
    )
    yield from overloads(run)
    yield where(
        (orders["reason"] == "too_heavy") & (mass <= heaviest_kg(run, orders["placed_s"])[0]),
        lambda row: f"order {number[row]} of {mass[row]:.3f} kg was refused as too heavy for {payload_kg:g} kg",
    )
    yield where(~(mass > 0), lambda row: f"order {number[row]}: mass_kg is {mass[row]}")
