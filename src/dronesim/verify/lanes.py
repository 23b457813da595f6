"""Checks that drones have the lanes of each terminal area to themselves for as long as they are in them.

A departure lane is used from the end of the climb until the drone is ``terminal_radius_m`` away, an arrival lane
from there until it begins to sink; both are held for a headway at least. How long is worked out here: by legs alone
as the least that any flight takes, and with tracks by where the drone was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.verify.areas import NOWHERE, areas
from dronesim.verify.astray import excursion_m
from dronesim.verify.capacity import ends
from dronesim.verify.climbs import climb_s, from_rest_s, seems_level_s
from dronesim.verify.heights import last_above
from dronesim.verify.holdings import LANES, is_unsettled
from dronesim.verify.holds import over_s
from dronesim.verify.intervals import Floats, Ints, Mask, combine, covers, last_before, merged, to_keys
from dronesim.verify.lookup import is_set, places_m
from dronesim.verify.paths import Paths, paths_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, skipped, where
from dronesim.verify.sorties import from_the_ground
from dronesim.verify.winds import tailwind_mps

_NAME = "lanes of terminal areas"
_ROUNDING_M = 1e-3
_MOVES_M = 1e-3
_ASIDE = 0.02
"""A path may point so far aside of its site, as a share of the way there."""
_SLACK_S = 3e-3
"""A lane's begin and end are rounded to milliseconds, and so are the phases before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """When legs, by row, were in a lane of a site; arrays of shape ``(n,)``. ``lanes`` names the resources that do."""

    lanes: tuple[str, ...]
    site: NDArray[Any]
    row: Ints
    from_s: Floats
    to_s: Floats


def lanes(run: Run) -> Check:
    """Lanes are held while drones are in them and for a headway, and drones follow each other accordingly."""
    facts = run.facts
    if facts.airspace_mode == "none":
        return skipped(_NAME, "airspace mode is none, which has no lanes")
    names = [name for name in ("cleared", "flown") if name in run.tables]
    departures, arrivals = _departures(run), _arrivals(run)
    seen = [visits for name in names for visits in _seen(run, name)]
    faults = [
        *(_unheld(run, visits, "by its legs") for visits in (departures, arrivals)),
        *(_unheld(run, visits, "by its tracks") for visits in seen),
        *(_too_short(run, visits) for visits in (departures, arrivals)),
        _crowded_departures(run, departures),
        _crowded_arrivals(run, arrivals),
    ]
    how = "by legs and tracks" if names else "by legs alone, as the run has no tracks"
    examined = sum(len(visits.row) for visits in (departures, arrivals, *seen))
    return settle(_NAME, examined, faults, note=f"{how}; headway {facts.lane_headway_s:g} s")


def _departures(run: Run) -> Visits:
    """Give how long each leg was in its departure lane at least: a transition, and the way out from rest."""
    legs, facts = run.legs, run.facts
    rows = np.setdiff1d(from_the_ground(run), np.flatnonzero(is_unsettled(run)))
    climbed_s = legs["departed_s"][rows] + climb_s(facts, legs["level_m"][rows])
    out_s = facts.transition_s + _across_s(run)[rows]
    # who never leaves the area is in the other lane once it is over its site
    until_s = np.fmin(climbed_s + out_s, legs["arrived_s"][rows])
    return _visits(("departure_lane",), legs["from"][rows], rows, climbed_s, until_s)


def _arrivals(run: Run) -> Visits:
    """Give how long each landed leg was in its arrival lane at least; after trouble, from when it had arrived.

    Who takes off within the area of its site is in the lane from when it flies off.
    """
    legs, facts = run.legs, run.facts
    rows = np.flatnonzero((legs["outcome"] == "landed") & is_set(legs["arrived_s"]) & is_set(legs["landed_s"]))
    arrived_s = legs["arrived_s"][rows]
    in_s = np.where(is_unsettled(run)[rows], 0.0, _across_s(run)[rows])
    flies_s = legs["departed_s"][rows] + climb_s(facts, legs["level_m"][rows]) + facts.transition_s
    enters_s = np.maximum(arrived_s - in_s, np.where(legs["kind"][rows] == "divert", -np.inf, flies_s))
    return _visits(("arrival_lane",), legs["to"][rows], rows, enters_s, arrived_s + facts.approach_s)


def _across_s(run: Run) -> Floats:
    """Give for each leg the least time from rest over a site to the edge of its area, or back."""
    facts = run.facts
    top_mps = np.maximum(tailwind_mps(run), 1e-9)
    return from_rest_s(facts.terminal_radius_m - facts.path_error_m, top_mps, facts.acceleration_mps2)


def _seen(run: Run, name: str) -> Iterator[Visits]:
    """Give when tracks were in lanes, whatever befell the leg; a radius smaller by what they may be off stays inside.

    Who turned in an area leaves it by the lane that it was in, whichever that is. A path that was led on may be as far
    off the motion as that by which its lane was booked, to the other side.
    """
    legs, facts = run.legs, run.facts
    off_m = 2 * facts.path_error_m + (max(facts.track_bound_m, excursion_m(run)) if name == "flown" else 0.0)
    paths = paths_of(run, name)
    used = areas(run, paths, facts.terminal_radius_m - off_m)
    sinks_s = _sinks_s(run, paths)
    climbed_s = paths.time_s[paths.first] + climb_s(facts, legs["level_m"][paths.row])
    stays = (used.leaves == used.enters) & np.isinf(used.until_s)
    for lanes, is_aloft in ((("departure_lane",), False), (LANES, True)):
        found = np.flatnonzero((used.leaves != NOWHERE) & (paths.rests_first != is_aloft) & ~stays)
        from_s = np.where(is_aloft, paths.time_s[paths.first], climbed_s)[found]
        # over its site at the latest it is in the lane of that alone
        out_s = np.minimum(np.minimum(used.until_s, over_s(paths)), sinks_s)[found]
        yield _visits(lanes, used.leaves[found], paths.row[found], from_s, out_s)
    found = np.flatnonzero(np.isfinite(used.since_s) & _is_there_for_good(run, paths, off_m))
    since_s = np.where(paths.rests_first, np.maximum(used.since_s, climbed_s + facts.transition_s), used.since_s)
    yield _visits(("arrival_lane",), used.enters[found], paths.row[found], since_s[found], sinks_s[found])


def _is_there_for_good(run: Run, paths: Paths, off_m: float) -> Mask:
    """Tell which paths would not have left the area of their site again, ``(paths,)``, as far as can be told.

    One that ends in its cruise may have been on its way past; one that was on a straight line to its site, or had come
    there, was not.
    """
    is_cut = run.legs["outcome"][paths.row] != "landed"
    begin = paths.inner
    moves = begin[paths.along_m[begin + 1] - paths.along_m[begin] > _MOVES_M]
    last = np.zeros(len(paths.row), np.int64)
    np.maximum.at(last, paths.path[moves], moves)
    way_m = paths.xy_m[last + 1] - paths.xy_m[last]
    rest_m = places_m(run, run.legs["to"][paths.row]) - paths.xy_m[last + 1]
    length_m, far_m = np.maximum(np.hypot(*way_m.T), _MOVES_M), np.hypot(*rest_m.T)
    ahead_m = (way_m * rest_m).sum(axis=1) / length_m
    beside_m = np.abs(way_m[:, 0] * rest_m[:, 1] - way_m[:, 1] * rest_m[:, 0]) / length_m
    points_at_it = (ahead_m > 0) & (beside_m <= off_m + _ASIDE * far_m)
    return np.asarray(~is_cut | points_at_it | (far_m <= off_m + _ROUNDING_M))


def _sinks_s(run: Run, paths: Paths) -> Floats:
    """Give when each path begins to sink, or ends before that; where it was broken off, as early as it may have been.

    A drone that sinks is as high as it was for as long as it may take from rest for 2 e.
    """
    facts, legs = run.facts, run.legs
    level_m, near_m = legs["level_m"][paths.row], facts.path_error_m + _ROUNDING_M
    lag_s = seems_level_s(facts, level_m, near_m)
    lower_s = last_above(paths, paths.height_m, level_m - near_m)
    broken_s = np.fmin(paths.time_s[paths.last], lower_s) - lag_s
    return np.where(paths.rests_last, legs["arrived_s"][paths.row] + facts.approach_s, broken_s)


def _visits(lanes: tuple[str, ...], site: NDArray[Any], row: Ints, from_s: Floats, to_s: Floats) -> Visits:
    return Visits(lanes=lanes, site=site, row=row, from_s=from_s, to_s=to_s)


def _held(run: Run, visits: Visits) -> tuple[Ints, Ints, Ints]:
    """Give the rows of the visits' lane in occupancy, and the keys, site and drone, of these rows and of the visits."""
    table, legs = run.occupancy, run.legs
    rows = np.flatnonzero(np.isin(table["resource"], visits.lanes))
    sites, asked = to_keys(table["site"][rows], visits.site)
    holders = np.concatenate([table["holder"][rows], legs["drone"][visits.row]])
    keys = combine(np.concatenate([sites, asked]), holders)
    return rows, keys[: len(rows)], keys[len(rows) :]


def _word(run: Run, visits: Visits, i: int) -> str:
    legs, row = run.legs, visits.row[i]
    lane = " or ".join(visits.lanes)
    return f"leg {legs['leg'][row]} of drone {legs['drone'][row]}: {lane} at {visits.site[i]}"


def _unheld(run: Run, visits: Visits, how: str) -> Faults:
    """Find visits during which the drone did not hold the lane."""
    rows, keys, asked = _held(run, visits)
    is_met = covers(
        keys,
        run.occupancy["from_s"][rows],
        ends(run)[rows],
        ask_keys=asked,
        ask_from_s=visits.from_s + _SLACK_S,
        ask_to_s=np.minimum(visits.to_s, run.facts.closed_s) - _SLACK_S,
    )
    return where(
        ~is_met & (visits.to_s - visits.from_s > 2 * _SLACK_S),
        lambda i: (
            f"{_word(run, visits, i)} is used {how} from {at(visits.from_s[i])} to {at(visits.to_s[i])}, but not held "
            "all that time"
        ),
    )


def _too_short(run: Run, visits: Visits) -> Faults:
    """Find lanes held for less than a headway."""
    rows, keys, asked = _held(run, visits)
    keys, from_s, to_s = merged(keys, run.occupancy["from_s"][rows], ends(run)[rows])
    found = last_before(keys, from_s, ask_keys=asked, ask=visits.from_s + _SLACK_S)
    is_cut: Mask = np.append(to_s >= run.facts.closed_s, False)[found]
    span_s = np.append(to_s - from_s, np.inf)[found]
    return where(
        (span_s < run.facts.lane_headway_s - _SLACK_S) & ~is_cut,
        lambda i: (
            f"{_word(run, visits, i)} is held for {span_s[i]:.3f} s; the headway is {run.facts.lane_headway_s:g} s"
        ),
    )


def _followers(visits: Visits, times_s: Floats) -> tuple[Ints, Ints]:
    """Give visits and those that follow each next at the same site, by position."""
    (sites,) = to_keys(visits.site)
    order = np.lexsort((times_s, sites))
    same = sites[order[1:]] == sites[order[:-1]]
    return order[:-1][same], order[1:][same]


def _crowded_departures(run: Run, visits: Visits) -> Faults:
    """Find drones whose climbs from one site end within a headway."""
    before, after = _followers(visits, visits.from_s)
    gap_s, headway_s = visits.from_s[after] - visits.from_s[before], run.facts.lane_headway_s
    return where(
        gap_s < headway_s - 2 * _SLACK_S,
        lambda i: (
            f"{_word(run, visits, after[i])} is entered {at(visits.from_s[after[i]])}, {gap_s[i]:.3f} s after leg "
            f"{run.legs['leg'][visits.row[before[i]]]}; the headway is {headway_s:g} s"
        ),
    )


def _crowded_arrivals(run: Run, visits: Visits) -> Faults:
    """Find drones that must have come into the area of a site before the one ahead had begun to sink."""
    before, after = _followers(visits, visits.to_s)
    early_s = visits.to_s[before] - visits.from_s[after]
    return where(
        early_s > 2 * _SLACK_S,
        lambda i: (
            f"{_word(run, visits, after[i])} is entered by {at(visits.from_s[after[i]])}, {early_s[i]:.3f} s before "
            f"leg {run.legs['leg'][visits.row[before[i]]]} sinks out of it"
        ),
    )
