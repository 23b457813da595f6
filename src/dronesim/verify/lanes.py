"""Checks that drones have the lanes of each terminal area to themselves for as long as they are in them.

A departure lane is used from the end of the climb until the drone is ``terminal_radius_m`` away, an arrival lane
from there until it begins to sink; both are held for a headway at least. How long is worked out here: by legs alone
as the least that any flight takes, and with tracks by where the drone was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.climbs import climb_s, from_rest_s
from dronesim.verify.holdings import is_unsettled
from dronesim.verify.intervals import Floats, Ints, Mask, combine, covers, last_before, to_keys
from dronesim.verify.lookup import is_set, places_m
from dronesim.verify.paths import Paths, paths_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, skipped, where
from dronesim.verify.sorties import from_the_ground
from dronesim.verify.tracks import chord
from dronesim.verify.winds import tailwind_mps

_NAME = "lanes of terminal areas"
_SLACK_S = 3e-3
"""A lane's begin and end are rounded to milliseconds, and so are the phases before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """When legs, by row, were in a lane; arrays of shape ``(n,)``.

    ``lane`` names the resource, ``end`` the column of legs with the site.
    """

    lane: str
    end: str
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
    return Visits(lane="departure_lane", end="from", row=rows, from_s=climbed_s, to_s=climbed_s + out_s)


def _arrivals(run: Run) -> Visits:
    """Give how long each landed leg was in its arrival lane at least; after trouble, from when it had arrived."""
    legs, facts = run.legs, run.facts
    rows = np.flatnonzero((legs["outcome"] == "landed") & is_set(legs["arrived_s"]) & is_set(legs["landed_s"]))
    arrived_s = legs["arrived_s"][rows]
    in_s = np.where(is_unsettled(run)[rows], 0.0, _across_s(run)[rows])
    return Visits(lane="arrival_lane", end="to", row=rows, from_s=arrived_s - in_s, to_s=arrived_s + facts.approach_s)


def _across_s(run: Run) -> Floats:
    """Give for each leg the least time from rest over a site to the edge of its area, or back."""
    facts = run.facts
    top_mps = np.maximum(tailwind_mps(run), 1e-9)
    return from_rest_s(facts.terminal_radius_m - facts.path_error_m, top_mps, facts.acceleration_mps2)


def _seen(run: Run, name: str) -> Iterator[Visits]:
    """Give when tracks were in lanes; a radius smaller by what they may be off stays inside."""
    legs, facts = run.legs, run.facts
    paths, unsettled = paths_of(run, name), is_unsettled(run)
    off_m = facts.path_error_m + (facts.track_bound_m if name == "flown" else 0.0)
    leaves_s, enters_s = _crossings(run, paths, facts.terminal_radius_m - off_m)
    out = np.flatnonzero(paths.rests_first & ~unsettled[paths.row] & is_set(leaves_s))
    row = paths.row[out]
    climbed_s = legs["departed_s"][row] + climb_s(facts, legs["level_m"][row])
    yield Visits(lane="departure_lane", end="from", row=row, from_s=climbed_s, to_s=leaves_s[out])
    back = np.flatnonzero(paths.rests_last & ~unsettled[paths.row] & is_set(enters_s))
    row = paths.row[back]
    sinks_s = legs["arrived_s"][row] + facts.approach_s
    yield Visits(lane="arrival_lane", end="to", row=row, from_s=enters_s[back], to_s=sinks_s)


def _crossings(run: Run, paths: Paths, radius_m: float) -> tuple[Floats, Floats]:
    """Give when each path first leaves its origin's area, and when it last enters its destination's; else NaN."""
    if radius_m <= 0:
        nowhere = np.full(len(paths.row), np.nan)
        return nowhere, nowhere
    begin = paths.inner
    path, span_s = paths.path[begin], paths.time_s[begin + 1] - paths.time_s[begin]
    times = {}
    for end in ("from", "to"):
        centre_m = places_m(run, run.legs[end][paths.row])[path]
        low, high = chord(paths.xy_m[begin] - centre_m, paths.xy_m[begin + 1] - centre_m, radius_m)
        share = high if end == "from" else low
        crosses = np.flatnonzero((low < 1) & ((share < 1) if end == "from" else (share > 0)))
        if end == "from":
            crosses = crosses[::-1]
        found = np.full(len(paths.row), np.nan)
        found[path[crosses]] = (paths.time_s[begin] + share * span_s)[crosses]
        times[end] = found
    return times["from"], times["to"]


def _held(run: Run, visits: Visits) -> tuple[Ints, Ints, Ints]:
    """Give the rows of the visits' lane in occupancy, and the keys, site and drone, of these rows and of the visits."""
    table, legs = run.occupancy, run.legs
    rows = np.flatnonzero(table["resource"] == visits.lane)
    sites, asked = to_keys(table["site"][rows], legs[visits.end][visits.row])
    holders = np.concatenate([table["holder"][rows], legs["drone"][visits.row]])
    keys = combine(np.concatenate([sites, asked]), holders)
    return rows, keys[: len(rows)], keys[len(rows) :]


def _word(run: Run, visits: Visits, i: int) -> str:
    legs, row = run.legs, visits.row[i]
    return f"leg {legs['leg'][row]} of drone {legs['drone'][row]}: {visits.lane} at {legs[visits.end][row]}"


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
    from_s, to_s = run.occupancy["from_s"][rows], ends(run)[rows]
    found = last_before(keys, from_s, ask_keys=asked, ask=visits.from_s + _SLACK_S)
    is_cut: Mask = np.append(to_s >= run.facts.closed_s, False)[found]
    span_s = np.append(to_s - from_s, np.inf)[found]
    return where(
        (span_s < run.facts.lane_headway_s - _SLACK_S) & ~is_cut,
        lambda i: (
            f"{_word(run, visits, i)} is held for {span_s[i]:.3f} s; the headway is {run.facts.lane_headway_s:g} s"
        ),
    )


def _followers(run: Run, visits: Visits, times_s: Floats) -> tuple[Ints, Ints]:
    """Give visits and those that follow each next at the same site, by position."""
    (sites,) = to_keys(run.legs[visits.end][visits.row])
    order = np.lexsort((times_s, sites))
    same = sites[order[1:]] == sites[order[:-1]]
    return order[:-1][same], order[1:][same]


def _crowded_departures(run: Run, visits: Visits) -> Faults:
    """Find drones whose climbs from one site end within a headway."""
    before, after = _followers(run, visits, visits.from_s)
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
    before, after = _followers(run, visits, visits.to_s)
    early_s = visits.to_s[before] - visits.from_s[after]
    return where(
        early_s > 2 * _SLACK_S,
        lambda i: (
            f"{_word(run, visits, after[i])} is entered by {at(visits.from_s[after[i]])}, {early_s[i]:.3f} s before "
            f"leg {run.legs['leg'][visits.row[before[i]]]} sinks out of it"
        ),
    )
