"""Legs as motion: how far along its track, and how high, each drone is at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dronesim.record.tables import Columns
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import rows_of
from dronesim.verify.reading import Run
from dronesim.verify.sorties import from_the_ground
from dronesim.verify.tracks import is_finite

WINDOWS_S = (1.0, 2.0, 4.0)
"""Windows of the second difference; each is twice the one before, so that they share their instants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The tracks of legs, a row a knot in order of leg and time; a leg of k segments has k + 1 knots.

    ``row`` (paths,): the leg's row in the legs table; ``first``, ``last`` (paths,): its first and last knot.
    ``path`` (knots,): the number of the knot's path. ``time_s``, ``along_m`` and ``height_m`` (knots,): the way is
    counted along the horizontal track. ``xy_m`` (knots, 2). ``rests_first``, ``rests_last`` (paths,): whether the
    path begins, and ends, on the ground, where the drone stands still before and after.
    """

    row: Ints
    first: Ints
    last: Ints
    path: Ints
    time_s: Floats
    along_m: Floats
    height_m: Floats
    xy_m: Floats
    rests_first: Mask
    rests_last: Mask

    @property
    def inner(self) -> Ints:
        """Give the knots at which a segment begins: all but the last of each path."""
        is_last = np.zeros(len(self.path), np.bool_)
        is_last[self.last] = True
        return np.flatnonzero(~is_last)


def paths_of(run: Run, name: str) -> Paths:
    """Read a table of tracks; segments of unknown legs, without time or without numbers are left out."""
    table, legs = run.tables[name], run.legs
    kept = np.flatnonzero(is_finite(table) & (table["t1_s"] > table["t0_s"]) & np.isin(table["leg"], legs["leg"]))
    order = kept[np.lexsort((table["t0_s"][kept], table["leg"][kept]))]
    leg = table["leg"][order]
    begins = np.flatnonzero(np.append(True, leg[1:] != leg[:-1])[: len(leg)])
    counts = np.diff(np.append(begins, len(leg)))
    # each path has its segments' beginnings as knots, and the end of the last one
    knot = np.repeat(np.append(0, np.cumsum(counts + 1))[: len(counts)], counts) + _counters(counts)
    last = np.cumsum(counts + 1) - 1
    points = np.empty((len(leg) + len(begins), 4))
    points[knot] = _knots(table, order, 0)
    points[last] = _knots(table, order[begins + counts - 1], 1)
    first = last - counts
    row = rows_of(legs["leg"], leg[begins])
    step_m = np.append(0.0, np.hypot(*np.diff(points[:, 1:3], axis=0).T))[: len(points)]
    along_m = np.cumsum(step_m)
    path = np.repeat(np.arange(len(counts)), counts + 1)
    return Paths(
        row=row,
        first=first,
        last=last,
        path=path,
        time_s=points[:, 0],
        along_m=along_m - along_m[first][path],
        height_m=points[:, 3],
        xy_m=points[:, 1:3],
        rests_first=np.isin(row, from_the_ground(run)) & (legs["kind"][row] != "divert"),
        rests_last=legs["outcome"][row] == "landed",
    )


def second_differences(paths: Paths, values: Floats) -> dict[float, Floats]:
    """Give for each window w the largest |f(t + w) − 2 f(t) + f(t − w)| with t, t − w or t + w at each knot.

    The path is straight between knots, so the largest of all t is among these. Before a rest at the beginning
    and after one at the end values stay as they are; where a path is broken off, windows lie within it.
    """
    steps = sorted({sign * share * w for w in WINDOWS_S for share in (1, 2) for sign in (-1, 1)} | {0.0})
    at = {step: _moved(paths, values, step) for step in steps}
    return {
        w: np.fmax.reduce(
            [
                np.abs(at[middle + w] - 2 * at[middle] + at[middle - w])
                * _is_inside(paths, middle - w, middle + w).astype(np.float64)
                for middle in (-w, 0.0, w)
            ]
        )
        for w in WINDOWS_S
    }


def _moved(paths: Paths, values: Floats, step_s: float) -> Floats:
    """Give the values at a time before or after each knot, along straight pieces."""
    if step_s == 0:
        return values
    first, last = paths.first[paths.path], paths.last[paths.path]
    time_s = np.clip(paths.time_s + step_s, paths.time_s[first], paths.time_s[last])
    return value_at(paths, values, paths.path, time_s)


def value_at(paths: Paths, values: Floats, path: Ints, time_s: Floats) -> Floats:
    """Give the values of paths, by number, at times; at their ends before they begin and after they end."""
    if len(path) == 0:
        return np.empty(0)
    begin_s, end_s = paths.time_s[paths.first], paths.time_s[paths.last]
    # one clock for all, on which each path begins a second after the one before has ended
    shift_s = np.append(0.0, np.cumsum(end_s - begin_s + 1.0))[: len(begin_s)] - begin_s
    asked_s = np.clip(time_s, begin_s[path], end_s[path]) + shift_s[path]
    return np.asarray(np.interp(asked_s, paths.time_s + shift_s[paths.path], values))


def _is_inside(paths: Paths, low_s: float, high_s: float) -> Mask:
    """Say for each knot whether a window around it lies within its path, or over an end at which it rests."""
    begin_s = np.where(paths.rests_first, -np.inf, paths.time_s[paths.first])[paths.path]
    end_s = np.where(paths.rests_last, np.inf, paths.time_s[paths.last])[paths.path]
    return (paths.time_s + low_s >= begin_s) & (paths.time_s + high_s <= end_s)


def _knots(table: Columns, rows: Ints, end: int) -> Floats:
    """Give time, east, north and height at the beginning (``end`` 0) or the end (1) of segments, shape ``(n, 4)``."""
    names = (f"t{end}_s", f"x{end}_m", f"y{end}_m", f"z{end}_m")
    return np.column_stack([table[name][rows] for name in names])


def _counters(counts: Ints) -> Ints:
    """Count 0, 1, ... within each repetition."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
