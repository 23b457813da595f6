"""Checks that drones move along their tracks as the facts say they can: acceleration, speed, rest, bends.

No profile is assumed. A path that is straight between knots may lie e, ``path_error_m``, off the true motion; what
is asked is true of any motion that keeps the limits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.paths import WINDOWS_S, Paths, paths_of, second_differences, value_at
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, at, settle, skipped, where
from dronesim.verify.winds import fastest_mps, tailwind_mps

_NAME = "motion along the track"
_STRETCH = 0.01
"""A flown track strays to the side of the cleared one; it is longer, and flown faster, by this share at most."""
_ROUNDING_M = 1e-3
"""Times are rounded up to milliseconds, and paths written with them."""
_MOVES_M = 1e-3
_BEND_WINDOWS_S = (0.5, *WINDOWS_S)


def motion(run: Run) -> Check:
    """Speed changes by the drone's acceleration at most, no segment beats the wind triangle, bends are slowed for."""
    names = [name for name in ("cleared", "flown") if name in run.tables]
    if not names:
        return skipped(_NAME, NO_TRACKS)
    faults: list[Faults] = []
    worst, examined, bends = 0.0, 0, 0
    for name in names:
        paths = paths_of(run, name)
        share, found = _jerks(run, name, paths)
        faults += [found, _too_fast(run, name, paths), *_unrested(run, name, paths)]
        worst, examined = max(worst, share), examined + len(paths.inner)
        if name == "cleared":
            bends, found = _bends(run, paths)
            faults.append(found)
    return settle(_NAME, examined, faults, note=_note(run, worst, bends))


def _note(run: Run, worst: float, bends: int) -> str:
    facts = run.facts
    return (
        f"a {facts.acceleration_mps2:g} m/s², paths within e {facts.path_error_m:g} m of the motion: second "
        f"differences over {', '.join(f'{w:g}' for w in WINDOWS_S)} s at most {worst:.0%} of a w² + 4 e; "
        f"the wind of its take-off; {bends} bends, corners cut by at most {facts.corner_cut_m:g} m"
    )


def leg_at(run: Run, name: str, paths: Paths, knot: int) -> str:
    """Name the leg of a knot, and its time."""
    row = paths.row[paths.path[knot]]
    return f"{name}: leg {run.legs['leg'][row]} of drone {run.legs['drone'][row]} {at(paths.time_s[knot])}"


def worst_each(paths: Paths, excess: Floats) -> Ints:
    """Give for each path with an excess above 0 the knot where it is largest."""
    order = np.lexsort((-excess, paths.path))
    top = order[paths.first]
    return top[excess[top] > 0]


def allowed_m(run: Run, name: str, paths: Paths, window_s: float) -> Floats:
    """Give how much a second difference along the track may be at each knot: a w² + 4 e, and more as flown."""
    facts = run.facts
    allowed = facts.acceleration_mps2 * window_s**2 + 4 * facts.path_error_m + _ROUNDING_M
    if name == "cleared":
        return np.full(len(paths.path), allowed)
    return allowed + _STRETCH * 2 * window_s * tailwind_mps(run)[paths.row][paths.path]


def _jerks(run: Run, name: str, paths: Paths) -> tuple[float, Faults]:
    """Find speeds that change faster than the acceleration allows; give the largest share of what is allowed too."""
    differences = second_differences(paths, paths.along_m)
    shares = np.array([differences[w] / allowed_m(run, name, paths, w) for w in WINDOWS_S])
    worst = shares.max(axis=0, initial=0.0)
    broken = worst_each(paths, worst - 1.0)

    def describe(i: int) -> str:
        knot = broken[i]
        window_s = WINDOWS_S[int(shares[:, knot].argmax())]
        return (
            f"{leg_at(run, name, paths, knot)}: in {window_s:g} s and {window_s:g} s it goes ways that differ by "
            f"{differences[window_s][knot]:.2f} m; {allowed_m(run, name, paths, window_s)[knot]:.2f} m are allowed"
        )

    return float(worst.max(initial=0.0)), where(np.ones(len(broken), np.bool_), describe)


def _fastest_mps(run: Run, name: str, rows: Ints, course: Floats) -> Floats:
    """Give the ground speed that each leg may have on a course; as flown it crabs from error to error, to both sides.

    Two errors may lie on different sides, each as far off as the drift allows.
    """
    if name == "cleared":
        return fastest_mps(run, rows, course)
    aside = np.arctan(2 * run.facts.drift_slope)
    turned = [course @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for a in (-aside, 0.0, aside)]
    return np.asarray(np.max([fastest_mps(run, rows, each) for each in turned], axis=0) * (1.0 + _STRETCH))


def _too_fast(run: Run, name: str, paths: Paths) -> Faults:
    """Find segments longer than the ground speed in their direction allows in the wind they took off in."""
    begin = paths.inner
    span_s, way_m = paths.time_s[begin + 1] - paths.time_s[begin], paths.xy_m[begin + 1] - paths.xy_m[begin]
    length_m = np.hypot(*way_m.T)
    course = way_m / np.where(length_m > 0, length_m, 1.0)[:, None]
    speed = _fastest_mps(run, name, paths.row[paths.path[begin]], course)
    allowed_m = np.maximum(speed, 0.0) * span_s + 2 * run.facts.path_error_m + _ROUNDING_M
    excess_m = np.full(len(paths.path), -np.inf)
    excess_m[begin] = np.where(length_m > _MOVES_M, length_m - np.where(speed > -np.inf, allowed_m, 0.0), -np.inf)
    broken = np.searchsorted(begin, worst_each(paths, excess_m))
    return where(
        np.ones(len(broken), np.bool_),
        lambda i: (
            f"{leg_at(run, name, paths, begin[broken[i]])}: {length_m[broken[i]]:.2f} m in {span_s[broken[i]]:.3f} s, "
            f"the wind triangle gives {max(speed[broken[i]], 0.0):.2f} m/s there at most"
        ),
    )


def _unrested(run: Run, name: str, paths: Paths) -> Iterator[Faults]:
    """Find landed legs that are not yet over their site when they arrive."""
    ended = np.flatnonzero(paths.rests_last)
    arrived_s = run.legs["arrived_s"][paths.row[ended]]
    left_m = paths.along_m[paths.last[ended]] - value_at(paths, paths.along_m, ended, arrived_s)
    yield where(
        left_m > run.facts.path_error_m + _ROUNDING_M,
        lambda i: (
            f"{leg_at(run, name, paths, paths.last[ended[i]])}: {left_m[i]:.2f} m are left of its track when it "
            f"arrives {at(arrived_s[i])}"
        ),
    )


def _bends(run: Run, paths: Paths) -> tuple[int, Faults]:
    """Find corners passed faster than the arc allows that cuts them by ``corner_cut_m``; give their number too.

    An arc of radius r that touches both sides of a turn by θ passes the corner at r (1 / cos(θ/2) − 1), and needs
    v² / r sideways. Around the corner the way in 2 w is at most 2 v w + a w², and 2 e for the path's knots.
    """
    facts, a = run.facts, run.facts.acceleration_mps2
    corner, turn = _corners(paths)
    radius_m = facts.corner_cut_m / np.maximum(1.0 / np.cos(np.minimum(turn, 3.14) / 2) - 1.0, 1e-12)
    speed = np.sqrt(a * radius_m)
    path, time_s = paths.path[corner], paths.time_s[corner]
    excess_m = np.full(len(corner), -np.inf)
    for w in _BEND_WINDOWS_S:
        after_m, before_m = (value_at(paths, paths.along_m, path, time_s + step) for step in (w, -w))
        allowed = 2 * speed * w + a * w**2 + 2 * facts.path_error_m + _ROUNDING_M
        excess_m = np.maximum(excess_m, after_m - before_m - allowed)
    return len(corner), where(
        excess_m > 0,
        lambda i: (
            f"{leg_at(run, 'cleared', paths, corner[i])}: it turns by {np.degrees(turn[i]):.1f} degrees, for which "
            f"{speed[i]:.2f} m/s is the highest speed, and goes {excess_m[i]:.2f} m too far around the corner"
        ),
    )


def _corners(paths: Paths) -> tuple[Ints, Floats]:
    """Give the knots at which paths turn, and by how much (radians)."""
    inner = paths.inner
    knot = inner[1:][paths.path[inner[1:]] == paths.path[inner[:-1]]]
    before, after = paths.xy_m[knot] - paths.xy_m[knot - 1], paths.xy_m[knot + 1] - paths.xy_m[knot]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turn = np.abs(np.arctan2(cross, np.einsum("ij,ij->i", before, after)))
    moves = np.minimum(np.hypot(*before.T), np.hypot(*after.T)) > _MOVES_M
    is_turn = moves & (turn > 1e-3)
    return knot[is_turn], turn[is_turn]
