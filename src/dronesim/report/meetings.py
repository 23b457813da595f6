"""Pairs of drones that came near each other in the air, as flown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Tracks, losses_of_separation
from dronesim.record.tables import Columns

Floats = NDArray[np.float64]

REACH: Final = 3.0
"""Pairs count as meeting that come within so many times the minimum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One leg as flown: corner times ``(k,)`` in s and places ``(k, 3)`` in m."""

    leg: int
    time_s: Floats
    place_m: Floats

    def at(self, time_s: Floats) -> Floats:
        """Places at times ``(n,)``, shape ``(n, 3)``; NaN while the drone is not in the air."""
        columns = [np.interp(time_s, self.time_s, axis, left=np.nan, right=np.nan) for axis in self.place_m.T]
        return np.column_stack(columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two legs around their closest approach: when, where (m), how far apart, and whether at one level."""

    legs: tuple[int, int]
    time_s: float
    place_m: Floats
    distance_m: float


def meetings(flown: Columns, legs: Columns, facts: Mapping[str, Any]) -> list[Meeting]:
    """Find the pairs of legs that came within reach at about one height, closest first."""
    minima, paths = facts["airspace"], tracks_by_leg(flown)
    near = losses_of_separation(
        _segments(flown), separation_m=REACH * minima["separation_m"], vertical_m=minima["vertical_m"]
    )
    ends = dict(zip(legs["leg"].tolist(), zip(legs["from"].tolist(), legs["to"].tolist(), strict=True), strict=True))
    drones = dict(zip(legs["leg"].tolist(), legs["drone"].tolist(), strict=True))
    sites = {site["id"]: (site["x_m"], site["y_m"]) for group in facts["sites"].values() for site in group}
    found = []
    for (one, other), begin_s, end_s in zip(near.flights.tolist(), near.begins_s, near.ends_s, strict=True):
        if drones[one] == drones[other]:
            continue
        meeting = _closest(paths[one], paths[other], float(begin_s), float(end_s))
        shared = set(ends[one]) & set(ends[other])
        away_m = [float(np.hypot(*(meeting.place_m - sites[name]))) for name in shared]
        if all(distance_m > minima["terminal_radius_m"] for distance_m in away_m):
            found.append(meeting)
    return sorted(found, key=lambda meeting: (meeting.distance_m, meeting.legs))


def tracks_by_leg(flown: Columns) -> dict[int, Track]:
    """Join the segments of each leg, which come in order."""
    starts = np.flatnonzero(np.diff(flown["leg"], prepend=-1) != 0)
    tracks = {}
    for first, last in pairwise([*starts, len(flown["leg"])]):
        rows = slice(first, last)
        time_s = np.append(flown["t0_s"][rows], flown["t1_s"][last - 1])
        place_m = np.column_stack(
            [np.append(flown[f"{axis}0_m"][rows], flown[f"{axis}1_m"][last - 1]) for axis in "xyz"]
        )
        leg = int(flown["leg"][first])
        tracks[leg] = Track(leg=leg, time_s=time_s, place_m=place_m)
    return tracks


def _segments(flown: Columns) -> Tracks:
    rows = flown["t1_s"] > flown["t0_s"]
    span_s = (flown["t1_s"] - flown["t0_s"])[rows]
    start_m = np.column_stack([flown[f"{axis}0_m"][rows] for axis in "xyz"])
    end_m = np.column_stack([flown[f"{axis}1_m"][rows] for axis in "xyz"])
    velocity = (end_m - start_m) / span_s[:, None]
    return Tracks(
        flight=flown["leg"][rows],
        drone=flown["drone"][rows],
        terminal=np.full(int(rows.sum()), -1, dtype=np.int64),
        rows=np.column_stack([flown["t0_s"][rows], flown["t1_s"][rows], start_m, velocity]),
    )


def _closest(one: Track, other: Track, begin_s: float, end_s: float) -> Meeting:
    time_s = np.linspace(begin_s, end_s, 201)
    mine, its = one.at(time_s), other.at(time_s)
    distance_m = np.hypot(*(mine - its)[:, :2].T)
    place = int(np.nanargmin(distance_m))
    middle_m = (mine[place, :2] + its[place, :2]) / 2
    return Meeting(
        legs=(one.leg, other.leg),
        time_s=float(time_s[place]),
        place_m=middle_m,
        distance_m=float(distance_m[place]),
    )
