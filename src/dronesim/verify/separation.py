"""Checks the separation of every two airborne drones along their flown paths.

Two drones that are both in a terminal area that both use are left to its lanes and headways, which another check
looks at, and their meetings are counted; every other pair keeps the minima, also a drone that passes over a site and
one that climbs there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dronesim.verify.areas import areas
from dronesim.verify.astray import kept_to_paths
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.lookup import rows_of
from dronesim.verify.paths import Paths, paths_of
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, at, listed, settle, skipped
from dronesim.verify.silence import led
from dronesim.verify.tracks import Pieces, closest, mark_between, neighbours, pieces_of

_NAME = "separation"
_ROUNDING_M = 1e-6
_LEAST_M = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounters:
    """Approaches of two legs: leg and drone pairs, shape ``(n, 2)``, distance and time, shape ``(n,)``.

    ``area`` (n,): the number of the site in whose terminal area they met, -1 outside.
    """

    area: Ints
    legs: Ints
    drones: Ints
    distance_m: Floats
    time_s: Floats


def separation(run: Run) -> Check:
    """No two drones come closer than the minima; only strategic clearance promises it.

    In terminal areas, which lanes keep apart that have no geometry, meetings are counted.
    """
    if "flown" not in run.tables:
        return skipped(_NAME, NO_TRACKS)
    facts, pieces = run.facts, tagged(run, "flown")
    met = encounters(run, kept_to_paths(run, led(run, pieces)), reach_m=2 * facts.separation_m)
    lost = np.flatnonzero(met.distance_m < facts.separation_m - _ROUNDING_M)
    inside = encounters(run, pieces, reach_m=facts.separation_m - _ROUNDING_M, is_within=True)
    is_promised = facts.airspace_mode == "strategic"
    words = list(_words(run, met, lost)) if is_promised else []
    words += [*_kpi_conflicts(run, met, len(lost)), *_meeting_conflicts(run, inside)]
    words += _silent_conflicts(run, pieces, len(lost))
    note = _note(run, met, len(lost), inside, is_promised=is_promised)
    return settle(_NAME, len(pieces.leg), [listed(words)], note=note)


def tagged(run: Run, name: str) -> Pieces:
    """Read a table of tracks, cut and marked where legs leave and enter the terminal areas that they use."""
    pieces, paths = pieces_of(run.tables[name]), paths_of(run, name)
    used, numbers = areas(run, paths, run.facts.terminal_radius_m), _numbers(run)
    always_s = np.full(len(paths.row), np.inf)
    for sites, from_s, until_s in (
        (used.leaves, -always_s, used.until_s),
        (used.enters, used.since_s, always_s),
    ):
        area = np.array([numbers.get(site, -1) for site in sites.tolist()], np.int64)
        pieces = _marked(run, paths, pieces, area, from_s=from_s, until_s=until_s)
    return pieces


def _marked(run: Run, paths: Paths, pieces: Pieces, area: Ints, *, from_s: Floats, until_s: Floats) -> Pieces:
    """Mark the pieces of paths between two times as of areas, these and the times of shape ``(paths,)``."""
    path = rows_of(run.legs["leg"][paths.row], pieces.leg)
    ends = [np.append(times_s, 0.0)[path] for times_s in (from_s, until_s)]
    return mark_between(pieces, np.append(area, -1)[path], from_s=ends[0], until_s=ends[1])


def _numbers(run: Run) -> dict[str, int]:
    """Number the areas of sites; those that lie in each other's have one together, that of the first."""
    places, radius_m = run.facts.sites, run.facts.terminal_radius_m
    number = {site: area for area, site in enumerate(places)}
    for (one, at_m), (other, it_m) in combinations(places.items(), 2):
        if math.dist(at_m, it_m) < radius_m:
            first, second = sorted((number[one], number[other]))
            number = {site: first if area == second else area for site, area in number.items()}
    return number


def encounters(run: Run, pieces: Pieces, *, reach_m: float, is_within: bool = False) -> Encounters:
    """Find the closest approach of every two legs that come within reach, outside terminal areas or within each."""
    found = [_empty()]
    for parts, one, other in neighbours(pieces, reach_m, is_within=is_within):
        near = closest(parts, one, other, vertical_m=run.facts.vertical_m)
        kept = near.distance_m < reach_m
        pairs = np.column_stack([near.first[kept], near.second[kept]])
        found.append(
            Encounters(
                area=np.where(is_within, parts.area[near.first[kept]], -1),
                legs=parts.leg[pairs],
                drones=parts.drone[pairs],
                distance_m=near.distance_m[kept],
                time_s=near.time_s[kept],
            )
        )
    return _closest_each(found)


def _empty() -> Encounters:
    pairs, nothing = np.empty((0, 2), np.int64), np.empty(0)
    return Encounters(area=np.empty(0, np.int64), legs=pairs, drones=pairs, distance_m=nothing, time_s=nothing)


def _closest_each(found: list[Encounters]) -> Encounters:
    """Keep one encounter, the closest, of every two legs in each area; closest first."""
    area = np.concatenate([part.area for part in found])
    legs = np.concatenate([part.legs for part in found])
    drones = np.concatenate([part.drones for part in found])
    distance_m = np.concatenate([part.distance_m for part in found])
    time_s = np.concatenate([part.time_s for part in found])
    order = np.lexsort((time_s, distance_m))
    keys = np.column_stack([area, np.sort(legs, axis=1)])
    _, first = np.unique(keys[order], axis=0, return_index=True)
    rows = order[np.sort(first)]
    return Encounters(
        area=area[rows], legs=legs[rows], drones=drones[rows], distance_m=distance_m[rows], time_s=time_s[rows]
    )


def _words(run: Run, met: Encounters, lost: Ints) -> Iterator[str]:
    for i in lost:
        yield (
            f"drones {met.drones[i, 0]} and {met.drones[i, 1]} (legs {met.legs[i, 0]} and {met.legs[i, 1]}) "
            f"came within {met.distance_m[i]:.3f} m {at(met.time_s[i])}; "
            f"the minimum is {run.facts.separation_m:g} m"
        )


def _note(run: Run, met: Encounters, lost: int, inside: Encounters, *, is_promised: bool) -> str:
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
    return f"{lost} losses of separation, {nearest}, {minima}; {_inside_note(inside)}; {motion}{excuse}"


def _inside_note(inside: Encounters) -> str:
    """Tell how many pairs met in terminal areas, and how near."""
    if not len(inside.distance_m):
        return "nobody below them in terminal areas"
    return (
        f"{len(inside.distance_m)} meetings below them in terminal areas, down to {inside.distance_m[0]:.1f} m, where "
        "lanes are assumed to keep drones apart"
    )


def _meeting_conflicts(run: Run, inside: Encounters) -> Iterator[str]:
    """Compare meetings in terminal areas as they are told, in all and by site, with those that tracks show."""
    airspace: Any = run.kpis.get("airspace")
    stated = airspace if isinstance(airspace, Mapping) else {}
    if stated.get("terminal_meetings") is None:
        return
    sites = list(run.facts.sites)
    found = {sites[area]: np.flatnonzero(inside.area == area) for area in np.unique(inside.area).tolist()}
    least_m = {site: float(inside.distance_m[rows[0]]) for site, rows in found.items()}
    counted = (len(inside.distance_m), min(least_m.values(), default=None))
    told = [("airspace", (stated["terminal_meetings"], stated.get("least_terminal_m")), counted)]
    by_site = run.facts.terminal_meetings
    for site in sites:
        row: Any = by_site.get(site, {})
        its = (len(found.get(site, ())), least_m.get(site))
        told.append((site, (row.get("meetings", 0), row.get("least_m")), its))
    for where_, says, shows in told:
        if says[0] != shows[0] or not _is_same(says[1], shows[1]):
            yield (
                f"{where_}: {says[0]} meetings in terminal areas, down to {says[1]} m, are told; the flown tracks show "
                f"{shows[0]}, down to {shows[1]} m"
            )


def _is_same(one_m: Any, other_m: Any) -> bool:
    if one_m is None or other_m is None:
        return one_m is other_m
    return bool(abs(one_m - other_m) < _LEAST_M)


def _kpi_conflicts(run: Run, met: Encounters, lost: int) -> Iterator[str]:
    airspace: Any = run.kpis.get("airspace")
    stated = airspace if isinstance(airspace, Mapping) else {}
    losses, least_m = stated.get("losses_of_separation"), stated.get("min_separation_m")
    if losses is not None and losses != lost:
        yield f"airspace.losses_of_separation is {losses}, the flown tracks show {lost}"
    if losses is not None and not _is_same_least(least_m, met, reach_m=2 * run.facts.separation_m):
        nearest = f"{met.distance_m[0]:.6f}" if len(met.distance_m) else "none within reach"
        yield f"airspace.min_separation_m is {least_m}, the flown tracks show {nearest}"


def _silent_conflicts(run: Run, pieces: Pieces, lost: int) -> Iterator[str]:
    """Compare the losses that are told of drones astray or on their own with those that tracks show beside others."""
    reach_m, before = run.facts.separation_m - _ROUNDING_M, lost
    for table, key, flown in (
        ("navigation", "losses_in_excursions", led(run, pieces)),
        ("link", "losses_in_silence", pieces),
    ):
        figures: Any = run.kpis.get(table)
        told = figures.get(key) if isinstance(figures, Mapping) else None
        if told is None:
            continue
        losses = len(encounters(run, flown, reach_m=reach_m).distance_m)
        if told != losses - before:
            yield f"{table}.{key} is {told}, the flown tracks show {losses - before}"
        before = losses


def _is_same_least(least_m: Any, met: Encounters, *, reach_m: float) -> bool:
    """Compare two nearest approaches; who comes as near as the reach may have come within it or not, by rounding."""
    found_m = met.distance_m[0] if len(met.distance_m) else reach_m
    return bool(abs((reach_m if least_m is None else least_m) - found_m) < _LEAST_M)
