"""Checks the energy of every flight by physics: the power of what its track shows it to have done, times the time.

One rule for all: a leg that is broken off or led another way has used what it has flown, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_disturbed, rows_of, taken
from dronesim.verify.paths import Paths, paths_of
from dronesim.verify.power import KNOWN_MODEL, power_w
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, settle, skipped, where
from dronesim.verify.weather import densities
from dronesim.verify.winds import airspeeds_mps, likely_mps

_NAME = "energy by physics"
_SHARE = 0.005
"""A drone that strays flies a little further, and to other sides."""
_LEAST_WH = 0.05
_ENDS_W = 1200.0
"""Paths that lie e off the motion rest up to √(2 e / a) longer at each end of a phase, at so many watts in all.

At both ends of the cruise, which counts most in wind, that is worked out.
"""
_ROUNDING_S = 5e-3
_J_PER_WH = 3600.0
_MOVES_M = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The least and the most of a quantity, of one shape."""

    low: Floats
    high: Floats


def consumption(run: Run) -> Check:
    """Each leg takes the energy of its hovers, climb, cruise and descent, with its parcel and in its wind."""
    names = [name for name in ("flown", "cleared") if name in run.tables]
    if not names:
        return skipped(_NAME, NO_TRACKS)
    if run.facts.power_model != KNOWN_MODEL:
        return skipped(_NAME, f"power model {run.facts.power_model}; {KNOWN_MODEL} is the one that is worked out here")
    paths = paths_of(run, names[0])
    used_j = _used_j(run, paths)
    allowed = Band(low=used_j.low[paths.last], high=used_j.high[paths.last])
    return settle(_NAME, len(run.legs["leg"]), [_astray(run, paths, allowed), _for_nothing(run, paths)])


def _astray(run: Run, paths: Paths, allowed: Band) -> Faults:
    """Find legs with another energy than what they did asks for."""
    legs, row = run.legs, paths.row
    energy_wh = legs["energy_wh"][row]
    low_wh, high_wh = allowed.low / _J_PER_WH, allowed.high / _J_PER_WH
    slack_wh = _least_wh(run) + _SHARE * high_wh + _ends_wh(run, paths)
    is_astray = ~((energy_wh >= low_wh - slack_wh) & (energy_wh <= high_wh + slack_wh))

    def describe(i: int) -> str:
        asked = f"{low_wh[i]:.2f}" if high_wh[i] - low_wh[i] < 0.01 else f"{low_wh[i]:.2f} to {high_wh[i]:.2f}"
        return (
            f"leg {legs['leg'][row[i]]} of drone {legs['drone'][row[i]]}, {legs['outcome'][row[i]]}: energy_wh "
            f"{energy_wh[i]:.2f}, its track asks for {asked} Wh"
        )

    return where(is_astray, describe)


def _ends_wh(run: Run, paths: Paths) -> Floats:
    """Give what longer rests take less than cruising there, ``(paths,)``: at the cruise's ends, and about each wait."""
    most_w = np.zeros(len(paths.row))
    path = paths.path[paths.inner]
    moves = np.flatnonzero(np.hypot(*(paths.xy_m[paths.inner + 1] - paths.xy_m[paths.inner]).T) > _MOVES_M)
    waits = path[np.intersect1d(_between(path, moves), np.flatnonzero(_waits(run, paths)))]
    rests = 2 * (1 + np.bincount(waits, minlength=len(paths.row)))
    np.maximum.at(most_w, paths.path[paths.inner], _powers_w(run, paths)[1])
    hover_w = power_w(run.facts, mass_kg=masses_kg(run)[paths.row], density_kgm3=densities(run)[1][paths.row])
    return np.asarray(rests * _lag_s(run) * np.maximum(most_w - hover_w, 0.0) / _J_PER_WH)


def _for_nothing(run: Run, paths: Paths) -> Faults:
    """Find ended legs that have no track, since they were over before they began, and took energy."""
    legs = run.legs
    has_track = np.zeros(len(legs["leg"]), np.bool_)
    has_track[paths.row] = True
    broken = ~has_track & (legs["outcome"] != "open") & ~(np.abs(legs["energy_wh"]) <= _least_wh(run))
    return where(broken, lambda row: f"leg {legs['leg'][row]} has no track and energy_wh {legs['energy_wh'][row]:.2f}")


# what tracks show


def masses_kg(run: Run) -> Floats:
    """Give what each leg's drone weighs with what it carries, shape ``(legs,)``; an unknown parcel weighs nothing."""
    legs, orders, facts = run.legs, run.orders, run.facts
    parcel = np.where(np.isin(legs["kind"], ("outbound", "divert")), legs["order"], -1)
    mass_kg = taken(orders["mass_kg"], rows_of(orders["order"], parcel))
    return facts.bare_kg + np.minimum(np.nan_to_num(mass_kg), facts.payload_kg)


def _used_j(run: Run, paths: Paths) -> Band:
    """Give the energy that each path has used up to each of its knots, in the winds of its time, ``(knots,)``."""
    used = []
    for watts in _powers_w(run, paths):
        steps_j = np.zeros(len(paths.path))
        steps_j[paths.inner + 1] = watts * (paths.time_s[paths.inner + 1] - paths.time_s[paths.inner])
        total_j = np.cumsum(steps_j)
        used.append(total_j - total_j[paths.first][paths.path] + _check_j(run, paths)[paths.path])
    return Band(low=used[0], high=used[1])


def _check_j(run: Run, paths: Paths) -> Floats:
    """Give the energy of the check on the pad before a path begins, ``(paths,)``."""
    return np.where(_begins_aloft(run, paths), 0.0, run.facts.avionics_w * run.facts.takeoff_check_s)


def _begins_aloft(run: Run, paths: Paths) -> Mask:
    return np.asarray(run.legs["kind"][paths.row] == "divert")


def _powers_w(run: Run, paths: Paths) -> tuple[Floats, Floats]:
    """Give the least and the most power on each segment, ``(segments,)``, in the airs that a leg may have flown in."""
    least, most = densities(run)
    thick = _in_air(run, paths, most)
    thin = thick if np.array_equal(least, most) else _in_air(run, paths, least)
    return np.fmin(thick[0], thin[0]), np.fmax(thick[1], thin[1])


def _in_air(run: Run, paths: Paths, density_kgm3: Floats) -> tuple[Floats, Floats]:
    """Give the least and the most power on each segment, ``(segments,)``: upright, under way, or at a hover.

    A drone is under way from its first metre to its last, with the rests at corners, but not where it waits; its power
    goes by the cubic mean of the airspeeds at which its pieces are flown.
    """
    begin = paths.inner
    path, way_m = paths.path[begin], paths.xy_m[begin + 1] - paths.xy_m[begin]
    mass_kg, length_m = masses_kg(run)[paths.row[path]], np.hypot(*way_m.T)
    density_kgm3 = density_kgm3[paths.row[path]]
    least_w = _upright_w(run, paths, mass_kg, density_kgm3)
    most_w, moves = least_w.copy(), np.flatnonzero(length_m > _MOVES_M)
    course, rows = way_m[moves] / length_m[moves, None], paths.row[path[moves]]
    seen_mps = length_m[moves] / (paths.time_s[begin + 1] - paths.time_s[begin])[moves]
    takes_s = length_m[moves] / np.maximum(likely_mps(run, rows, course, seen_mps), _MOVES_M)
    inside = np.setdiff1d(_between(path, moves), np.flatnonzero(_waits(run, paths)))
    ways = (path, _parts(run, paths))
    for watts, airspeed_mps, choose in zip(
        (least_w, most_w), airspeeds_mps(run, rows, course), (np.fmin, np.fmax), strict=True
    ):
        watts[inside] = choose.reduce(
            [
                power_w(
                    run.facts,
                    mass_kg=mass_kg[inside],
                    density_kgm3=density_kgm3[inside],
                    airspeed_mps=cubic_means(way[moves], airspeed_mps, takes_s)[way[inside]],
                )
                for way in ways
            ]
        )
    return least_w, most_w


def _parts(run: Run, paths: Paths) -> Ints:
    """Number the parts of paths by segment, ``(segments,)``: whole paths, but from rest to rest where one was led on.

    Whose leg met trouble may have stopped and flown on by a new way, whose power goes by the mean of that way alone.
    """
    begin = paths.inner
    rests = np.hypot(*(paths.xy_m[begin + 1] - paths.xy_m[begin]).T) <= _MOVES_M
    path, is_led_on = paths.path[begin], is_disturbed(run)[paths.row[paths.path[begin]]]
    begins = rests & is_led_on
    begins[1:] |= path[1:] != path[:-1]
    return np.cumsum(begins)


def _waits(run: Run, paths: Paths) -> Mask:
    """Tell on which segments a drone is where it was, for longer than where it stops and goes on, ``(segments,)``."""
    begin = paths.inner
    rests = np.hypot(*(paths.xy_m[begin + 1] - paths.xy_m[begin]).T) <= _MOVES_M
    is_level = np.abs(paths.height_m[begin + 1] - paths.height_m[begin]) <= _MOVES_M
    return np.asarray(rests & is_level & (paths.time_s[begin + 1] - paths.time_s[begin] > _longest_rest_s(run)))


def _longest_rest_s(run: Run) -> float:
    """Give how long a path may rest where a drone stops and goes on."""
    return 2 * _lag_s(run) + _ROUNDING_S


def _lag_s(run: Run) -> float:
    """Give how much longer than the motion a path may rest at an end: √(2 e / a)."""
    return float(np.sqrt(2 * run.facts.path_error_m / run.facts.acceleration_mps2))


def _least_wh(run: Run) -> float:
    return _LEAST_WH + _ENDS_W * _lag_s(run) / _J_PER_WH


def _between(path: Ints, moves: Ints) -> Ints:
    """Give the segments from the first to the last of each path that move."""
    counts = np.arange(len(path))
    first, last = np.full(path.max(initial=-1) + 1, len(path)), np.full(path.max(initial=-1) + 1, -1)
    np.minimum.at(first, path[moves], moves)
    np.maximum.at(last, path[moves], moves)
    return np.flatnonzero((counts >= first[path]) & (counts <= last[path]))


def cubic_means(group: Ints, values: Floats, weight: Floats) -> Floats:
    """Give the weighted cubic mean of each group's values, ``(groups,)``; drag takes the cube of the airspeed."""
    whole = np.bincount(group, weight)
    return np.cbrt(np.bincount(group, weight * values**3) / np.where(whole > 0, whole, 1.0))


def _upright_w(run: Run, paths: Paths, mass_kg: Floats, density_kgm3: Floats) -> Floats:
    """Give the power on each segment of climbs, descents and hovers, ``(segments,)``."""
    facts, begin = run.facts, paths.inner
    from_m, to_m = paths.height_m[begin], paths.height_m[begin + 1]

    low, high = np.minimum(from_m, to_m), np.maximum(from_m, to_m)
    takes_s = np.maximum(paths.time_s[begin + 1] - paths.time_s[begin], _ROUNDING_S)
    level_m = run.legs["level_m"][paths.row[paths.path[begin]]]

    def between(height_m: float, below_mps: float, above_mps: float) -> Floats:
        # a drone takes for the lower part what that takes at its speed, and the upper one's power for all else
        below_m = np.clip(height_m, low, high) - low
        share = np.where(level_m <= height_m, 1.0, np.clip(below_m / abs(below_mps) / takes_s, 0.0, 1.0))
        below_w, above_w = (
            power_w(facts, mass_kg=mass_kg, density_kgm3=density_kgm3, vertical_mps=mps)
            for mps in (below_mps, above_mps)
        )
        return np.asarray(share * below_w + (1.0 - share) * above_w)

    up_w = between(facts.low_climb_m, facts.low_climb_mps, facts.climb_mps)
    down_w = between(facts.final_hover_m, -facts.touchdown_mps, -facts.descent_mps)
    hover_w = power_w(facts, mass_kg=mass_kg, density_kgm3=density_kgm3)
    rise_m = to_m - from_m
    return np.where(rise_m > _MOVES_M, up_w, np.where(rise_m < -_MOVES_M, down_w, hover_w))
