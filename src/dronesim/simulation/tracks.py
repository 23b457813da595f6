"""Cleared and flown paths in space and time, as straight segments, from the logbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft.navigation import lateral_offsets_m, offset_track
from dronesim.airspace import EN_ROUTE, Tracks, least_separation_m, losses_of_separation
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.plans import Planner, corner_times
from dronesim.simulation.rules import AirspaceRules
from dronesim.streams import Streams
from dronesim.tables import LEG_OUTCOMES, SEGMENTS, empty
from dronesim.units import MS

Point = tuple[float, float, float, float]
"""Time in seconds, east, north and height in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownLeg:
    """A leg that took off: its row in the logbook, and its corners as cleared and as flown, ``(m, 2)``.

    ``at_ms`` (m,): when it passed them, None at one speed.
    """

    row: Any
    cleared: NDArray[Any]
    flown: NDArray[Any]
    at_ms: NDArray[Any] | None


def fly(ledger: Ledger, planner: Planner, *, streams: Streams, tracking_error_m: float) -> list[FlownLeg]:
    """Draw how far each leg strays from its cleared path.

    Flown tracks stand off laterally by a bounded Gaussian error at each inner corner, one stream for the whole
    day in order of legs.
    """
    rng = streams.generator("tracking error")
    legs = []
    for row in np.sort(ledger.legs.table(), order="leg").view(np.recarray):
        if LEG_OUTCOMES[row.outcome] == "open":
            continue
        corners, at_ms = ledger.paths[row.leg] if row.leg in ledger.paths else (planner.plans[row.plan].corners, None)
        offsets_m = lateral_offsets_m(len(corners), sigma_m=tracking_error_m, rng=rng)
        offsets_m[[0, -1]] = 0.0
        legs.append(FlownLeg(row=row, cleared=corners, flown=offset_track(corners, offsets_m), at_ms=at_ms))
    return legs


def tracks(legs: Sequence[FlownLeg]) -> dict[str, dict[str, NDArray[Any]]]:
    """Write the tables ``cleared`` and ``flown``: a row a straight segment.

    A drone climbs and comes down over the site and cruises at the mean speed of its profile.
    """
    cleared = [(leg.row, list(_points(leg.row, leg.cleared, leg.at_ms))) for leg in legs]
    flown = [(leg.row, list(_points(leg.row, leg.flown, leg.at_ms))) for leg in legs]
    return {"cleared": _table(cleared), "flown": _table(flown)}


def measure_separation(
    legs: Sequence[FlownLeg], *, rules: AirspaceRules, sites_xy: NDArray[Any]
) -> dict[str, float | int | None]:
    """Count the pairs of legs that lost separation as flown, and how close any two came, None if never near.

    Counted exactly, from the moments at which straight segments come below both minima; two drones in a
    terminal area that both use are apart by its lanes and do not count.
    """
    flown = _tagged(legs, radius_m=rules.terminal_radius_m, sites_xy=sites_xy)
    minima = {"vertical_m": rules.vertical_m}
    lost = losses_of_separation(flown, separation_m=rules.separation_m, **minima)
    least_m = least_separation_m(flown, reach_m=2 * rules.separation_m, **minima)
    return {
        "losses_of_separation": len(np.unique(lost.flights, axis=0)),
        "min_separation_m": least_m if np.isfinite(least_m) else None,
    }


def _tagged(legs: Sequence[FlownLeg], *, radius_m: float, sites_xy: NDArray[Any]) -> Tracks:
    """Put flown legs on the clock as straight segments, cut and tagged at the terminal areas of their two sites."""
    points = [np.array(list(_points(leg.row, leg.flown, leg.at_ms))) for leg in legs]
    ends = [np.hstack([of_leg[:-1], of_leg[1:]]) for of_leg in points]
    segments = np.concatenate([np.empty((0, 8)), *ends])
    count = [len(of_leg) for of_leg in ends]
    numbers = np.array([(leg.row.leg, leg.row.origin, leg.row.destination) for leg in legs], dtype=np.int64)
    owner = np.repeat(numbers.reshape(-1, 3), count, axis=0)
    terminal = np.full(len(segments), EN_ROUTE, dtype=np.int64)
    for site in (1, 2):
        shares, rows, is_inside = _cut(segments, sites_xy[owner[:, site]], np.where(terminal < 0, radius_m, -1.0))
        whole, terminal, owner = segments[rows], terminal[rows], owner[rows]
        segments = np.hstack([whole[:, :4] + share[:, None] * (whole[:, 4:] - whole[:, :4]) for share in shares])
        terminal = np.where(is_inside, owner[:, site], terminal)
    lasts = segments[:, 4] > segments[:, 0]
    segments, terminal, owner = segments[lasts], terminal[lasts], owner[lasts]
    velocity = (segments[:, 5:] - segments[:, 1:4]) / (segments[:, 4] - segments[:, 0])[:, None]
    rows_of = np.hstack([segments[:, [0, 4]], segments[:, 1:4], velocity])
    return Tracks(flight=owner[:, 0], terminal=terminal, rows=np.ascontiguousarray(rows_of))


def _cut(
    segments: NDArray[Any], centre_m: NDArray[Any], radius_m: NDArray[Any]
) -> tuple[tuple[NDArray[Any], NDArray[Any]], NDArray[Any], NDArray[Any]]:
    """Cut segments, (n, 8) of time and place at both ends, at a circle for each; a radius below 0 cuts none.

    The roots of |p + s d|² = r² bound the part inside. Returns the shares at which parts begin and end, the
    segment of each part, and whether it lies inside.
    """
    p, d = segments[:, 1:3] - centre_m, segments[:, 5:7] - segments[:, 1:3]
    a, b, c = np.sum(d * d, axis=1), np.sum(p * d, axis=1), np.sum(p * p, axis=1) - radius_m * np.abs(radius_m)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    moves, still_inside = a > 0, (a == 0) & (c < 0)
    step = np.where(moves, a, 1.0)
    low = np.where(moves, np.clip((-b - root) / step, 0.0, 1.0), np.where(still_inside, 0.0, 1.0))
    high = np.where(moves, np.clip((-b + root) / step, 0.0, 1.0), 1.0)
    misses = (moves & (b * b - a * c <= 0)) | (low >= high) | (radius_m < 0)
    low, high = np.where(misses, 1.0, low), np.where(misses, 1.0, high)
    before, within, after = np.flatnonzero(low > 0), np.flatnonzero(low < high), np.flatnonzero(high < 1)
    begin = np.concatenate([np.zeros(len(before)), low[within], high[after]])
    end = np.concatenate([low[before], high[within], np.ones(len(after))])
    rows = np.concatenate([before, within, after])
    return (begin, end), rows, np.repeat([False, True, False], [len(before), len(within), len(after)])


def _points(row: Any, corners: NDArray[Any], at_ms: NDArray[Any] | None) -> Iterator[Point]:
    """Corners in time: up, along, waiting where it held, and down; cut short where the leg ended in the air."""
    level_m, begins_ms, ends_ms = row.level_m, row.cruise_from_ms, row.cruise_to_ms
    x0, y0 = corners[0].tolist()
    if begins_ms > row.departed_ms:
        yield row.departed_ms / MS, x0, y0, 0.0
    times_ms = corner_times(corners, begins_ms, ends_ms) if at_ms is None else at_ms
    for time_ms, (x, y) in zip(times_ms.tolist(), corners.tolist(), strict=True):
        yield time_ms / MS, x, y, level_m
    if row.landed_ms != -1:
        x1, y1 = corners[-1].tolist()
        if row.hold_ms:
            yield row.arrived_ms / MS, x1, y1, level_m
        yield row.landed_ms / MS, x1, y1, 0.0
    elif row.hold_ms:
        yield (ends_ms + row.hold_ms) / MS, *corners[-1].tolist(), level_m


def _table(flights: list[tuple[Any, list[Point]]]) -> dict[str, NDArray[Any]]:
    rows = [
        (row.drone, row.leg, t0, t1, x0, y0, z0, x1, y1, z1)
        for row, points in flights
        for (t0, x0, y0, z0), (t1, x1, y1, z1) in pairwise(points)
    ]
    if not rows:
        return empty("cleared")
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return dict(zip(SEGMENTS, columns, strict=True))
