"""Checks the separation of every two airborne drones along their flown paths.

Two drones that are both in a terminal area that both use are apart by its lanes and headways, which another
check looks at; every other pair keeps the minima, also a drone that passes over a site and one that climbs there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, at, listed, settle, skipped
from dronesim.verify.tracks import Pieces, closest, mark_area, neighbours, pieces_of

_NAME = "separation"
_ROUNDING_M = 1e-6
_LEAST_M = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounters:
    """Approaches of two legs: leg and drone pairs, shape ``(n, 2)``, distance and time, shape ``(n,)``."""

    legs: Ints
    drones: Ints
    distance_m: Floats
    time_s: Floats


def separation(run: Run) -> Check:
    """No two drones come closer than the minima; only strategic clearance promises it."""
    if "flown" not in run.tables:
        return skipped(_NAME, NO_TRACKS)
    facts = run.facts
    flown = pieces_of(run.tables["flown"])
    met = encounters(flown, run, reach_m=2 * facts.separation_m)
    lost = np.flatnonzero(met.distance_m < facts.separation_m - _ROUNDING_M)
    is_promised = facts.airspace_mode == "strategic"
    words = list(_words(run, met, lost)) if is_promised else []
    words += _kpi_conflicts(run, met, len(lost))
    return settle(_NAME, len(flown.leg), [listed(words)], note=_note(run, met, len(lost), is_promised=is_promised))


def encounters(flown: Pieces, run: Run, *, reach_m: float) -> Encounters:
    """Find the closest approach of every two legs that come within reach, by the rule for terminal areas."""
    facts, legs = run.facts, run.legs
    order = np.argsort(legs["leg"])
    # where the areas of a leg's two sites overlap, it counts as in that of the first
    for end in ("from", "to"):
        for area, (site, centre_m) in enumerate(facts.sites.items()):
            rows = order[np.searchsorted(legs["leg"], flown.leg, sorter=order).clip(max=max(len(order) - 1, 0))]
            users = legs[end][rows] == site
            flown = mark_area(flown, area, users=users, centre_m=centre_m, radius_m=facts.terminal_radius_m)
    found = [_empty()]
    for parts, one, other in neighbours(flown, reach_m):
        near = closest(parts, one, other, vertical_m=facts.vertical_m)
        kept = near.distance_m < reach_m
        pairs = np.column_stack([near.first[kept], near.second[kept]])
        found.append(
            Encounters(
                legs=parts.leg[pairs],
                drones=parts.drone[pairs],
                distance_m=near.distance_m[kept],
                time_s=near.time_s[kept],
            )
        )
    return _closest_each(found)


def _empty() -> Encounters:
    pairs, nothing = np.empty((0, 2), np.int64), np.empty(0)
    return Encounters(legs=pairs, drones=pairs, distance_m=nothing, time_s=nothing)


def _closest_each(found: list[Encounters]) -> Encounters:
    """Keep one encounter, the closest, of every two legs; closest first."""
    legs = np.concatenate([part.legs for part in found])
    drones = np.concatenate([part.drones for part in found])
    distance_m = np.concatenate([part.distance_m for part in found])
    time_s = np.concatenate([part.time_s for part in found])
    order = np.lexsort((time_s, distance_m))
    _, first = np.unique(np.sort(legs[order], axis=1), axis=0, return_index=True)
    rows = order[np.sort(first)]
    return Encounters(legs=legs[rows], drones=drones[rows], distance_m=distance_m[rows], time_s=time_s[rows])


def _words(run: Run, met: Encounters, lost: Ints) -> Iterator[str]:
    for i in lost:
        yield (
            f"drones {met.drones[i, 0]} and {met.drones[i, 1]} (legs {met.legs[i, 0]} and {met.legs[i, 1]}) "
            f"came within {met.distance_m[i]:.3f} m {at(met.time_s[i])}; "
            f"the minimum is {run.facts.separation_m:g} m"
        )


def _note(run: Run, met: Encounters, lost: int, *, is_promised: bool) -> str:
    minima = f"minima {run.facts.separation_m:g} m and {run.facts.vertical_m:g} m in height"
    nearest = (
        f"smallest separation {met.distance_m[0]:.3f} m"
        if len(met.distance_m)
        else f"no two drones within {2 * run.facts.separation_m:g} m"
    )
    facts = run.facts
    motion = (
        f"paths as flown within e {facts.path_error_m:g} m of the motion, off their clearance by at most "
        f"{facts.track_bound_m:g} m, corners cut by at most {facts.corner_cut_m:g} m"
    )
    excuse = "" if is_promised else f"; no violation, as airspace mode {run.facts.airspace_mode!r} promises none"
    return f"{lost} losses of separation, {nearest}, {minima}, terminal areas by their own rule; {motion}{excuse}"


def _kpi_conflicts(run: Run, met: Encounters, lost: int) -> Iterator[str]:
    airspace: Any = run.kpis.get("airspace")
    stated = airspace if isinstance(airspace, Mapping) else {}
    losses, least_m = stated.get("losses_of_separation"), stated.get("min_separation_m")
    if losses is not None and losses != lost:
        yield f"airspace.losses_of_separation is {losses}, the flown tracks show {lost}"
    if losses is not None and not _is_same_least(least_m, met, reach_m=2 * run.facts.separation_m):
        nearest = f"{met.distance_m[0]:.6f}" if len(met.distance_m) else "none within reach"
        yield f"airspace.min_separation_m is {least_m}, the flown tracks show {nearest}"


def _is_same_least(least_m: Any, met: Encounters, *, reach_m: float) -> bool:
    """Compare two nearest approaches; who comes as near as the reach may have come within it or not, by rounding."""
    found_m = met.distance_m[0] if len(met.distance_m) else reach_m
    return bool(abs((reach_m if least_m is None else least_m) - found_m) < _LEAST_M)
