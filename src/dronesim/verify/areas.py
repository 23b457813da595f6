"""Which terminal areas legs use, by their tracks: the one that they leave until they are out, the one that they enter.

A leg uses the area of the site that it comes from until it first leaves it, and that of the site it goes to once it is
there for good. One that begins in the air comes from the area in which the leg before it turned, if that used it then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import places_m
from dronesim.verify.paths import Paths
from dronesim.verify.reading import Run
from dronesim.verify.sorties import by_drone
from dronesim.verify.tracks import chord

NOWHERE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """The areas that paths use, by the names of their sites; arrays of shape ``(paths,)``.

    ``leaves`` is empty for none; it is used until ``until_s``, infinite where the path ends in it. ``enters`` is used
    from ``since_s`` on, infinite where the path does not end in it.
    """

    leaves: NDArray[Any]
    until_s: Floats
    enters: NDArray[Any]
    since_s: Floats


def areas(run: Run, paths: Paths, radius_m: float) -> Areas:
    """Find the terminal areas that paths use, of a radius."""
    enters = run.legs["to"][paths.row]
    since_s = _since_s(paths, places_m(run, enters), radius_m)
    leaves = np.where(run.legs["kind"][paths.row] == "divert", NOWHERE, run.legs["from"][paths.row])
    until_s = _until_s(paths, places_m(run, leaves), radius_m)
    for path, before in _turns(run, paths):
        if np.isfinite(since_s[before]):
            leaves[path] = enters[before]
        elif np.isinf(until_s[before]):
            leaves[path] = leaves[before]
        one = _until_s(paths, places_m(run, leaves), radius_m, only=path)
        until_s[path] = one[path]
    is_none = (leaves == NOWHERE) | (until_s <= paths.time_s[paths.first])
    return Areas(
        leaves=np.where(is_none, NOWHERE, leaves),
        until_s=np.where(is_none, -np.inf, until_s),
        enters=enters,
        since_s=since_s,
    )


def _turns(run: Run, paths: Paths) -> list[tuple[int, int]]:
    """List paths that begin in the air, in order of time, each with the path before it, zero-length legs left out."""
    legs, order = run.legs, by_drone(run)
    number = np.full(len(legs["leg"]), -1, np.int64)
    number[paths.row] = np.arange(len(paths.row))
    turns, last = list[tuple[int, int]](), dict[int, int]()
    for row in order.tolist():
        drone = int(legs["drone"][row])
        if number[row] < 0:
            continue
        if legs["kind"][row] == "divert" and drone in last:
            turns.append((int(number[row]), last[drone]))
        last[drone] = int(number[row])
    return turns


def _inside(paths: Paths, centre_m: Floats, radius_m: float, only: int | None) -> tuple[Ints, Floats, Floats]:
    """Give the segments, by the knot at which they begin, and the shares between which they lie inside, both 1 if not.

    ``only``: of one path.
    """
    begin = paths.inner if only is None else np.arange(paths.first[only], paths.last[only])
    centre = centre_m[paths.path[begin]]
    low, high = chord(paths.xy_m[begin] - centre, paths.xy_m[begin + 1] - centre, max(radius_m, 0.0))
    known: Mask = np.asarray(np.isfinite(centre).all(axis=1) & (radius_m > 0))
    return begin, np.where(known, low, 1.0), np.where(known, high, 1.0)


def _until_s(paths: Paths, centre_m: Floats, radius_m: float, only: int | None = None) -> Floats:
    """Give when each path is first outside a circle, ``(paths,)``; infinite where it never is."""
    begin, low, high = _inside(paths, centre_m, radius_m, only)
    share = np.where(low > 0, 0.0, high)
    is_out = share < 1
    out_s = paths.time_s[begin] + share * (paths.time_s[begin + 1] - paths.time_s[begin])
    found = np.full(len(paths.row), np.inf)
    np.minimum.at(found, paths.path[begin[is_out]], out_s[is_out])
    return found


def _since_s(paths: Paths, centre_m: Floats, radius_m: float) -> Floats:
    """Give from when on each path is inside a circle until its end, ``(paths,)``; infinite where it ends outside."""
    begin, low, high = _inside(paths, centre_m, radius_m, None)
    share = np.where(high < 1, 1.0, low)
    is_out = share > 0
    in_s = paths.time_s[begin] + share * (paths.time_s[begin + 1] - paths.time_s[begin])
    found = paths.time_s[paths.first].copy()
    np.maximum.at(found, paths.path[begin[is_out]], in_s[is_out])
    return np.where(found < paths.time_s[paths.last], found, np.inf)
