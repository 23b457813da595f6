"""Checks climbs and descents: acceleration, speeds, one way up and one way down, and the phases of a landing.

As along the track no profile is assumed, and a path may lie e off the true motion. Phases are measured generously:
a drone counts as still at a height while its path is within e of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.climbs import climb_s, from_rest_s, seems_level_s, seems_up_s, sink_s
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.motion import leg_at, worst_each
from dronesim.verify.paths import WINDOWS_S, Paths, paths_of, second_differences
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, listed, settle, skipped, where

_NAME = "climbs and descents"
_ROUNDING_M = 1e-3
_ROUNDING_S = 5e-3
"""Each phase may be rounded to a millisecond."""
_STEADY_M = 1e-6


def heights(run: Run) -> Check:
    """Heights change as the aircraft can; transition, approach and final hover have their length."""
    names = [name for name in ("cleared", "flown") if name in run.tables]
    if not names:
        return skipped(_NAME, NO_TRACKS)
    faults: list[Faults] = []
    examined = 0
    for name in names:
        paths = paths_of(run, name)
        faults += [_jerks(run, name, paths), *_speeds(run, name, paths), *_order(run, name, paths)]
        faults += [*_departures(run, name, paths), *_landings(run, name, paths)]
        examined += len(paths.row)
    return settle(_NAME, examined, faults)


def _steps(paths: Paths) -> tuple[Ints, Floats, Floats, Floats]:
    """Give where each segment begins, how long it lasts, how far it rises and how far it leads."""
    begin = paths.inner
    rise_m = paths.height_m[begin + 1] - paths.height_m[begin]
    rise_m = np.where(np.abs(rise_m) > _STEADY_M, rise_m, 0.0)
    way_m = paths.along_m[begin + 1] - paths.along_m[begin]
    return begin, paths.time_s[begin + 1] - paths.time_s[begin], rise_m, way_m


def _jerks(run: Run, name: str, paths: Paths) -> Faults:
    facts = run.facts
    differences = second_differences(paths, paths.height_m)
    allowed = {w: facts.acceleration_mps2 * w**2 + 4 * facts.path_error_m + _ROUNDING_M for w in WINDOWS_S}
    excess = np.max([differences[w] - allowed[w] for w in WINDOWS_S], axis=0)
    broken = worst_each(paths, excess)
    return where(
        np.ones(len(broken), np.bool_),
        lambda i: (
            f"{leg_at(run, name, paths, broken[i])}: its climb or sink changes by {excess[broken[i]]:.2f} m more than "
            f"{facts.acceleration_mps2:g} m/s² and e {facts.path_error_m:g} m allow"
        ),
    )


def _speeds(run: Run, name: str, paths: Paths) -> Iterator[Faults]:
    """Find segments that climb or sink faster than the height allows; one that spans two takes the faster."""
    facts = run.facts
    begin, span_s, rise_m, _ = _steps(paths)
    top_m = np.maximum(paths.height_m[begin], paths.height_m[begin + 1])
    near_m = facts.path_error_m + _ROUNDING_M
    up = np.where(top_m <= facts.low_climb_m + near_m, facts.low_climb_mps, facts.climb_mps)
    down = np.where(top_m <= facts.final_hover_m + near_m, facts.touchdown_mps, facts.descent_mps)
    for sign, top_mps, verb in ((1.0, up, "climbs"), (-1.0, down, "sinks")):
        step_m = sign * rise_m
        broken = step_m > top_mps * span_s + 2 * facts.path_error_m + _ROUNDING_M
        rows = np.flatnonzero(broken & (step_m > 0))
        yield listed(
            f"{leg_at(run, name, paths, int(begin[i]))}: {verb} {step_m[i]:.2f} m in {span_s[i]:.3f} s, at most "
            f"{top_mps[i]:g} m/s is flown there"
            for i in rows
        )


def _order(run: Run, name: str, paths: Paths) -> Iterator[Faults]:
    """Find legs that rise after they have moved, sink before they have stopped, or cruise off their level."""
    begin, _, rise_m, way_m = _steps(paths)
    path = paths.path[begin]
    moves = way_m > _STEADY_M
    before_m, after_m = _way_before(paths, begin), _way_after(paths, begin)
    near_m = run.facts.path_error_m + _ROUNDING_M
    level_m = run.legs["level_m"][paths.row[path]]
    off_m = np.abs(np.stack([paths.height_m[begin], paths.height_m[begin + 1]]) - level_m).max(axis=0, initial=0.0)
    yield where(
        (rise_m > 0) & (before_m > near_m),
        lambda i: f"{leg_at(run, name, paths, begin[i])}: rises by {rise_m[i]:.2f} m in or after its cruise",
    )
    yield where(
        (rise_m < 0) & (after_m > near_m),
        lambda i: f"{leg_at(run, name, paths, begin[i])}: sinks by {-rise_m[i]:.2f} m in or before its cruise",
    )
    yield where(
        moves & (off_m > near_m),
        lambda i: f"{leg_at(run, name, paths, begin[i])}: cruises {off_m[i]:.2f} m off its level {level_m[i]:g} m",
    )


def _way_before(paths: Paths, begin: Ints) -> Floats:
    return paths.along_m[begin] - paths.along_m[paths.first][paths.path[begin]]


def _way_after(paths: Paths, begin: Ints) -> Floats:
    return paths.along_m[paths.last][paths.path[begin]] - paths.along_m[begin + 1]


def _departures(run: Run, name: str, paths: Paths) -> Iterator[Faults]:
    """Find legs that climb faster than they can, or move off before they have gone over from climb to cruise."""
    facts, near_m = run.facts, run.facts.path_error_m + _ROUNDING_M
    level_m, departed_s = run.legs["level_m"][paths.row], paths.time_s[paths.first]
    low_m = np.minimum(facts.low_climb_m, level_m)
    climbed_s = _first_above(paths, paths.height_m, level_m - near_m)
    moves_s = _first_above(paths, paths.along_m, np.full(len(level_m), near_m))
    brakes_s = seems_up_s(facts, level_m, near_m)
    low_s = from_rest_s(low_m, np.full(len(low_m), facts.low_climb_mps), facts.acceleration_mps2)
    phases = (
        ("its slow climb", _first_above(paths, paths.height_m, low_m + near_m) - departed_s, low_s),
        ("its climb", climbed_s - departed_s, climb_s(facts, level_m) - brakes_s),
        ("the transition from climb to cruise", moves_s - climbed_s, np.full(len(level_m), facts.transition_s)),
    )
    for phase, took_s, least_s in phases:
        yield _too_short(run, name, paths, phase, np.where(paths.rests_first, took_s, np.nan), least_s)


def _too_short(run: Run, name: str, paths: Paths, phase: str, took_s: Floats, least_s: Floats) -> Faults:
    """Find paths on which a phase took less time than it does at least; both of shape ``(paths,)``."""
    return where(
        took_s < least_s - _ROUNDING_S,
        lambda i: (
            f"{leg_at(run, name, paths, paths.first[i])}: {phase} takes {took_s[i]:.2f} s, at least {least_s[i]:.2f} s "
            "are needed"
        ),
    )


def _first_above(paths: Paths, values: Floats, limit: Floats) -> Floats:
    """Give when each path's values first pass a limit (paths,); NaN where they never do."""
    begin = paths.inner
    passes = begin[(values[begin] <= limit[paths.path[begin]]) & (values[begin + 1] > limit[paths.path[begin]])]
    # of several passages the first stays
    return _times_at(paths, values, limit, passes[::-1])


def last_above(paths: Paths, values: Floats, limit: Floats) -> Floats:
    """Give when each path's values last fall below a limit (paths,); NaN where they never do."""
    begin = paths.inner
    passes = begin[(values[begin] >= limit[paths.path[begin]]) & (values[begin + 1] < limit[paths.path[begin]])]
    return _times_at(paths, values, limit, passes)


def _times_at(paths: Paths, values: Floats, limit: Floats, begin: Ints) -> Floats:
    """Give when segments, by the knots at which they begin, are at their path's limit (paths,); NaN where none is."""
    path = paths.path[begin]
    share = (limit[path] - values[begin]) / (values[begin + 1] - values[begin])
    found = np.full(len(paths.row), np.nan)
    found[path] = paths.time_s[begin] + share * (paths.time_s[begin + 1] - paths.time_s[begin])
    return found


def _landings(run: Run, name: str, paths: Paths) -> Iterator[Faults]:
    """Find landed legs with less time than needed for approach, sink, or the final hover."""
    facts, near_m = run.facts, run.facts.path_error_m + _ROUNDING_M
    level_m, arrived_s = run.legs["level_m"][paths.row], run.legs["arrived_s"][paths.row]
    sinks_s = last_above(paths, paths.height_m, level_m - near_m)
    hover_m = np.minimum(facts.final_hover_m, level_m)
    landed = np.flatnonzero(paths.rests_last)
    begins_s = seems_level_s(facts, level_m, near_m)
    # the approach, too, is a hover of who hovers at its level
    approach_s = np.where(level_m - hover_m <= facts.path_error_m, facts.approach_s, 0.0)
    hovers_s = np.full(len(paths.row), np.nan)
    hovers_s[landed] = _time_between(
        paths, landed, since_s=arrived_s[landed], low_m=(hover_m - near_m)[landed], high_m=(hover_m + near_m)[landed]
    )
    phases = (
        ("the approach", sinks_s - arrived_s, np.full(len(level_m), facts.approach_s)),
        ("its sink", paths.time_s[paths.last] - sinks_s, sink_s(facts, level_m) - begins_s),
        ("the final hover", hovers_s, facts.final_hover_s + approach_s),
    )
    for phase, took_s, least_s in phases:
        yield _too_short(run, name, paths, phase, np.where(paths.rests_last, took_s, np.nan), least_s)


def _time_between(paths: Paths, asked: Ints, *, since_s: Floats, low_m: Floats, high_m: Floats) -> Floats:
    """Give how long asked paths are between two heights after a time; all of shape ``(asked,)``."""
    number = np.full(len(paths.row), -1, np.int64)
    number[asked] = np.arange(len(asked))
    begin, span_s, rise_m, _ = _steps(paths)
    mine = number[paths.path[begin]]
    early_s = np.append(since_s, 0.0)[mine] - paths.time_s[begin]
    # a rest may begin before; a rise or a sink does not count then
    early_s = np.where((rise_m == 0) | (early_s <= _ROUNDING_S), np.clip(early_s, 0.0, span_s), span_s)
    counts = np.flatnonzero((mine >= 0) & (early_s < span_s))
    begin, span_s, rise_m, mine = begin[counts], (span_s - early_s)[counts], rise_m[counts], mine[counts]
    bottom_m = np.minimum(paths.height_m[begin], paths.height_m[begin] + rise_m)
    depth_m = np.abs(rise_m)
    inside_m = np.minimum(bottom_m + depth_m, high_m[mine]) - np.maximum(bottom_m, low_m[mine])
    share = np.where(depth_m > 0, inside_m / np.where(depth_m > 0, depth_m, 1.0), inside_m >= 0)
    return np.asarray(np.bincount(mine, np.clip(share, 0.0, 1.0) * span_s, minlength=len(asked)), np.float64)
