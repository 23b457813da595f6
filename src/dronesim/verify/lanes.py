"""Checks the headways in the lanes of each terminal area."""

from __future__ import annotations

import numpy as np

from dronesim.verify.intervals import Floats, Ints, to_keys
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, skipped, where
from dronesim.verify.sorties import by_drone


def lanes(run: Run) -> Check:
    """Take-offs from one site, and arrivals over one site, keep the headway of its lane."""
    facts, legs = run.facts, run.legs
    if facts.airspace_mode == "none":
        return skipped("headway in lanes", "airspace mode is none")
    departures = _from_the_ground(run)
    arrivals = np.flatnonzero(is_set(legs["arrived_s"]) & is_set(legs["landed_s"]) & ~(legs["hold_s"] > 0))
    return settle(
        "headway in lanes",
        len(departures) + len(arrivals),
        [
            _crowded(run, departures, legs["from"], legs["departed_s"], "takes off from"),
            _crowded(run, arrivals, legs["to"], legs["arrived_s"], "arrives over"),
        ],
        note=f"headway {facts.lane_headway_s:g} s",
    )


def _from_the_ground(run: Run) -> Ints:
    """Give the departed legs that did not begin in the air, where the leg before was diverted."""
    legs, order = run.legs, by_drone(run)
    aloft = (legs["drone"][order[1:]] == legs["drone"][order[:-1]]) & (legs["outcome"][order[:-1]] == "diverted")
    return np.setdiff1d(order, order[1:][aloft])


def _crowded(run: Run, rows: Ints, sites: np.ndarray, times: Floats, verb: str) -> Faults:
    legs, headway_s = run.legs, run.facts.lane_headway_s
    (keys,) = to_keys(sites[rows])
    order = rows[np.lexsort((times[rows], keys))]
    before, after = order[:-1], order[1:]
    broken = (sites[before] == sites[after]) & (times[after] - times[before] < headway_s - 1e-3)
    return where(
        broken,
        lambda i: (
            f"leg {legs['leg'][after[i]]} of drone {legs['drone'][after[i]]} {verb} {sites[after[i]]} "
            f"{at(times[after[i]])}, {times[after[i]] - times[before[i]]:.3f} s after leg "
            f"{legs['leg'][before[i]]}; the headway is {headway_s:g} s"
        ),
    )
