"""Flights as operational intents, shaped like those of the interface of ASTM F3548; nothing here is certified.

A flight is a row of volumes. Each is wide and high enough that two of them meet only where drones may come nearer than
the minima of the run: half the separation to every side, half the vertical one up and down.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.export.clock import show_utc, utc_texts
from dronesim.export.day import METRES, ExportDay
from dronesim.export.geojson import compact, write_items
from dronesim.export.moving import Moving, flights_moving

LABEL: Final = "shaped like the operational intents of ASTM F3548; made by a simulation, not certified"
_STATES: Final = {"landed": "Accepted", "open": "Activated"}
_CUT_SHORT: Final = "Contingent"
_NOBODY: Final = "https://uss.invalid/dronesim"
_NO_SUBSCRIPTION: Final = "00000000-0000-4000-8000-000000000000"
_CORNERS: Final = 2
"""Corners a quarter of a circle has."""
_STILL_M: Final = 0.01
_TOGETHER: Final = 2000
"""So many flights are worked out at once."""

Floats = NDArray[np.float64]


def write_f3548(day: ExportDay, place: Path) -> None:
    """Write all flights that were in the air, an intent a line.

    Raises
    ------
    InputError
        Nobody states how high the ground lies above the ellipsoid, which altitudes are counted from.
    """
    ground_m = _needed_ground_m(day)
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"label":{compact(LABEL)},"operational_intents":[')
        write_items(file, (compact(intent) for intent in _intents(day, ground_m)))
        file.write("]}\n")


def _needed_ground_m(day: ExportDay) -> float:
    if day.ground_m is None:
        rule = (
            "are not stated in the map of the run, and altitudes of ASTM F3548 are above the ellipsoid of WGS84; state "
            "them in the map, or the height of the ground above the ellipsoid here, as --ground-m 12.5"
        )
        raise InputError([Problem(file=str(day.saved.folder), key="ground_amsl_m, geoid_m", rule=rule)])
    return day.ground_m


def _intents(day: ExportDay, ground_m: float) -> Iterator[dict[str, Any]]:
    run = uuid.uuid5(uuid.NAMESPACE_URL, f"{_NOBODY}/{_fingerprint(day)}")
    for flights in _some(flights_moving(day, show=show_utc)):
        for flight, volumes in zip(flights, _volumes(day, flights, ground_m), strict=True):
            yield _intent(run, flight, volumes)


def _some(flights: Iterator[Moving]) -> Iterator[list[Moving]]:
    """Give flights in groups, whose volumes are worked out together."""
    while group := list(islice(flights, _TOGETHER)):
        yield group


def _intent(run: uuid.UUID, flight: Moving, volumes: list[dict[str, Any]]) -> dict[str, Any]:
    state = _STATES.get(str(flight.properties["outcome"]), _CUT_SHORT)
    begins, ends = utc_texts(flight.instants[[0, -1]])
    reference = {
        "id": str(uuid.uuid5(run, flight.name)),
        "manager": "dronesim",
        "uss_availability": "Unknown",
        "version": 1,
        "state": state,
        "ovn": str(uuid.uuid5(run, f"{flight.name}/{state}")),
        "time_start": _time(begins),
        "time_end": _time(ends),
        "uss_base_url": _NOBODY,
        "subscription_id": _NO_SUBSCRIPTION,
    }
    astray = volumes[-1:] if state == _CUT_SHORT else []
    return {"reference": reference, "details": {"volumes": volumes, "off_nominal_volumes": astray, "priority": 0}}


def _fingerprint(day: ExportDay) -> str:
    """Tell this day from all others by the hash of its flights."""
    return str(day.saved.manifest["files"]["legs.parquet"])


def _volumes(day: ExportDay, flights: list[Moving], ground_m: float) -> Iterator[list[dict[str, Any]]]:
    """Give the volumes of some flights: one a straight piece in the plane; what it does over one place is one too."""
    begins = day.line.first[[flight.number for flight in flights]].tolist()
    spans = [
        [
            (begin + first, begin + last)
            for first, last in _straight(day.paths.place_m[begin : begin + len(flight.places), :2])
        ]
        for begin, flight in zip(begins, flights, strict=True)
    ]
    shown = iter(_shown(day, np.array([span for each in spans for span in each]).reshape(-1, 2), ground_m))
    for each in spans:
        yield list(islice(shown, len(each)))


def _straight(xy: Floats) -> Iterator[tuple[int, int]]:
    """List first and last point of pieces: each that leads somewhere, and stays in one place as a whole."""
    moves = [*(np.hypot(*np.diff(xy, axis=0).T) > _STILL_M).tolist(), True]
    first = 0
    for number, does_move in enumerate(moves[:-1]):
        if does_move or moves[number + 1]:
            yield first, number + 1
            first = number + 1


def _shown(day: ExportDay, spans: NDArray[np.int64], ground_m: float) -> Iterator[dict[str, Any]]:
    """Give the volumes around points from ``first`` to ``last``, rows of ``spans`` ``(n, 2)``."""
    minima, places = day.facts["airspace"], day.paths.place_m
    low_m, high_m = _heights_m(places[:, 2], spans)
    lower_m = ground_m + np.maximum(low_m - minima["vertical_m"] / 2, 0.0)
    upper_m = ground_m + high_m + minima["vertical_m"] / 2
    times = [utc_texts(day.instants(day.line.time_ms[spans[:, end]])) for end in (0, 1)]
    outlines = _outlines(day, places[spans, :2], minima["separation_m"] / 2)
    columns = (outlines, lower_m.tolist(), upper_m.tolist(), *times)
    for vertices, lower, upper, begins, ends in zip(*columns, strict=True):
        volume = {
            "outline_polygon": {"vertices": vertices},
            "altitude_lower": _altitude(lower),
            "altitude_upper": _altitude(upper),
        }
        yield {"volume": volume, "time_start": _time(begins), "time_end": _time(ends)}


def _heights_m(height_m: Floats, spans: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Give the lowest and the highest of the points of each span, both ends in."""
    if not len(spans):
        return np.empty(0), np.empty(0)
    ends_m, inside_m = height_m[spans], height_m[: spans[-1, 1] + 1]
    low_m, high_m = (which.reduceat(inside_m, spans.ravel()[:-1])[::2] for which in (np.minimum, np.maximum))
    return np.minimum(low_m, ends_m.min(axis=1)), np.maximum(high_m, ends_m.max(axis=1))


def _outlines(day: ExportDay, ends_m: Floats, reach_m: float) -> Iterator[list[dict[str, float]]]:
    """Give the corners of what is within reach of straight pieces, ``(n, 2, 2)`` in local metres."""
    leads_on = np.hypot(*(ends_m[:, 1] - ends_m[:, 0]).T) > _STILL_M
    cores = np.asarray(shapely.points(ends_m[:, 0]), dtype=object)
    cores[leads_on] = shapely.linestrings(ends_m[leads_on])
    areas = shapely.buffer(cores, reach_m, quad_segs=_CORNERS)
    corners, owner = shapely.get_coordinates(areas, return_index=True)
    lonlat = day.lonlat(corners).tolist()
    first = [0, *np.cumsum(np.bincount(owner, minlength=len(areas))).tolist()]
    for begin, end in pairwise(first):
        yield [{"lat": lat, "lng": lon} for lon, lat in lonlat[begin : end - 1]]


def _altitude(height_m: float) -> dict[str, Any]:
    return {"value": round(height_m, METRES), "reference": "W84", "units": "M"}


def _time(text: str) -> dict[str, str]:
    return {"value": text, "format": "RFC3339"}
