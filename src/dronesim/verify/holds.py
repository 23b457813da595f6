"""Checks when drones came over their sites, how long they held there and how far they flew, by their tracks."""

from __future__ import annotations

import numpy as np

from dronesim.verify.climbs import sink_s
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import places_m
from dronesim.verify.paths import Paths, paths_of
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, at, settle, skipped, where

_NAME = "times and holds"
_ROUNDING_S = 5e-3
"""Each phase may be rounded to a millisecond."""
_ROUNDING_M = 0.01
_MOVES_M = 1e-3
_STILL_M = 1e-6


def holds(run: Run) -> Check:
    """A drone arrives where its way ends and its hold is over, comes down as it can, and flew as far as is told."""
    names = [name for name in ("cleared", "flown") if name in run.tables]
    if not names:
        return skipped(_NAME, NO_TRACKS)
    faults = [_negative(run), _descents(run)]
    for name in names:
        paths = paths_of(run, name)
        faults += [_arrivals(run, name, paths), _broken_off(run, name, paths)]
    if "cleared" in names:
        faults.append(_lengths(run, paths_of(run, "cleared")))
    return settle(_NAME, len(run.legs["leg"]), faults)


def _leg(run: Run, name: str, row: int) -> str:
    return f"{name}: leg {run.legs['leg'][row]} of drone {run.legs['drone'][row]}"


def _negative(run: Run) -> Faults:
    legs = run.legs
    return where(~(legs["hold_s"] >= 0), lambda row: f"leg {legs['leg'][row]}: hold_s {legs['hold_s'][row]}")


def _descents(run: Run) -> Faults:
    """Find landed legs that took another time from their arrival to the ground than a drone does."""
    legs, facts = run.legs, run.facts
    asked_s = facts.approach_s + sink_s(facts, legs["level_m"])
    took_s = legs["landed_s"] - legs["arrived_s"]
    return where(
        (legs["outcome"] == "landed") & ~(np.abs(took_s - asked_s) <= _ROUNDING_S),
        lambda row: (
            f"leg {legs['leg'][row]}: {took_s[row]:.3f} s from its arrival {at(legs['arrived_s'][row])} to its "
            f"landing, approach and descent take {asked_s[row]:.3f} s"
        ),
    )


def over_s(paths: Paths) -> Floats:
    """Give when each path has made its last metre, ``(paths,)``; its beginning where it makes none."""
    found, begin = paths.time_s[paths.first].copy(), paths.inner
    moves = begin[paths.along_m[begin + 1] - paths.along_m[begin] > _MOVES_M]
    np.maximum.at(found, paths.path[moves], paths.time_s[moves + 1])
    return found


def _lag_s(run: Run) -> float:
    """Give how much sooner a path may seem to have arrived: its last chord rests for √(2 e / a)."""
    return float(np.sqrt(2 * run.facts.path_error_m / run.facts.acceleration_mps2)) + _ROUNDING_S


def _moved(paths: Paths) -> Mask:
    return np.asarray(paths.along_m[paths.last] > _MOVES_M)


def _waits(paths: Paths) -> tuple[Floats, Floats]:
    """Give how long each path rests on its way, ``(paths,)``, before it flies on, and how often; not in a climb."""
    begin = paths.inner
    is_still = np.abs(paths.height_m[begin + 1] - paths.height_m[begin]) <= _STILL_M
    is_still &= paths.along_m[begin + 1] - paths.along_m[begin] <= _MOVES_M
    has_moved = paths.along_m[begin] > _MOVES_M
    is_aloft = ~paths.rests_first[paths.path[begin]]
    rests = begin[is_still & (has_moved | is_aloft) & (paths.time_s[begin + 1] <= over_s(paths)[paths.path[begin]])]
    counts = len(paths.row)
    lasts_s = paths.time_s[rests + 1] - paths.time_s[rests]
    return (
        np.asarray(np.bincount(paths.path[rests], lasts_s, minlength=counts), np.float64),
        np.asarray(np.bincount(paths.path[rests], minlength=counts), np.float64),
    )


def _is_held(run: Run, paths: Paths, over_s: Floats, spare_s: Floats | float = 0.0) -> Mask:
    """Tell which legs have waited, on their way and for ``over_s`` at its end, for as long as they held.

    A path rests longer than the motion at both ends of a rest, and ``spare_s`` longer at the end of its way.
    """
    waits_s, stops = _waits(paths)
    more_s = waits_s + over_s - run.legs["hold_s"][paths.row]
    return np.asarray((more_s >= -_ROUNDING_S) & (more_s <= _lag_s(run) * (1 + 2 * stops) + spare_s))


def _arrivals(run: Run, name: str, paths: Paths) -> Faults:
    """Find landed legs that did not wait on their way, and over their site, for as long as they held."""
    legs, row = run.legs, paths.row
    waits_s = legs["arrived_s"][row] - over_s(paths)
    return where(
        ~_is_held(run, paths, waits_s) & paths.rests_last & _moved(paths),
        lambda i: (
            f"{_leg(run, name, row[i])} has been over its site for {waits_s[i]:.3f} s when it arrives "
            f"{at(legs['arrived_s'][row[i]])}, and waited on its way for {_waits(paths)[0][i]:.3f} s; hold_s is "
            f"{legs['hold_s'][row[i]]:.3f}"
        ),
    )


def _broken_off(run: Run, name: str, paths: Paths) -> Faults:
    """Find legs that were broken off and did not wait, on their way and where that ends, for as long as they held."""
    legs, facts, row = run.legs, run.facts, paths.row
    is_there = (
        np.hypot(*(paths.xy_m[paths.last] - places_m(run, legs["to"][row])).T) <= facts.path_error_m + _ROUNDING_M
    )
    stands_s = paths.time_s[paths.last] - over_s(paths)
    sinks = paths.height_m[paths.last] < legs["level_m"][row] - facts.path_error_m - _ROUNDING_M
    # a drone that has just begun to sink is still as high as it can be told
    sinks_s = np.where(sinks, sink_s(facts, legs["level_m"][row]), _lag_s(run))
    # elsewhere it may have been at a corner, before which and after which its path rests
    spare_s = np.where(is_there, facts.approach_s + sinks_s, 2 * _lag_s(run))
    is_cut = (legs["outcome"][row] != "landed") & _moved(paths)
    return where(
        is_cut & ~_is_held(run, paths, stands_s, spare_s),
        lambda i: (
            f"{_leg(run, name, row[i])} stood {'over its site' if is_there[i] else 'on its way'} for "
            f"{stands_s[i]:.3f} s when it was broken off, and before for {_waits(paths)[0][i]:.3f} s; hold_s is "
            f"{legs['hold_s'][row[i]]:.3f}"
        ),
    )


def _lengths(run: Run, paths: Paths) -> Faults:
    """Find legs with another length than that of their cleared way."""
    told_m, flown_m = run.legs["distance_m"][paths.row], paths.along_m[paths.last]
    return where(
        ~(np.abs(told_m - flown_m) <= _ROUNDING_M),
        lambda i: f"{_leg(run, 'cleared', paths.row[i])}: distance_m {told_m[i]:.3f}, its way is {flown_m[i]:.3f} m",
    )
