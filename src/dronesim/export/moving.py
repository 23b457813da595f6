"""Flights as things that move: each with its properties, and its points with their instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dronesim.export.clock import Instants
from dronesim.export.day import ExportDay
from dronesim.export.layers import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A flight that was in the air: ``places`` are longitude, latitude and height above ground of each instant.

    ``name`` tells it from all others; ``seconds`` are since its take-off.
    """

    number: int
    name: str
    properties: dict[str, Any]
    instants: Instants
    seconds: list[float]
    places: list[list[float]]


def flights_moving(day: ExportDay, *, show: Shown) -> Iterator[Moving]:
    """Give the flights that were in the air, one after the other; needs a clock."""
    layer, line = day.flights, day.line
    names = list(layer.columns)
    instants = day.instants(line.time_ms)
    lon, lat, height_m = line.lon.tolist(), line.lat.tolist(), line.height_m.tolist()
    first = line.first.tolist()
    for number, row in enumerate(zip(*layer.values(show=show), strict=True)):
        begin, end = first[number], first[number + 1]
        if begin == end:
            continue
        properties = dict(zip(names, row, strict=True))
        since_ms = line.time_ms[begin:end] - line.time_ms[begin]
        places = [list(place) for place in zip(lon[begin:end], lat[begin:end], height_m[begin:end], strict=True)]
        yield Moving(
            number=number,
            name=f"flight-{properties['leg']}",
            properties=properties,
            instants=instants[begin:end],
            seconds=(since_ms / 1000).tolist(),
            places=places,
        )


def title_of(flight: Moving) -> str:
    """Name a flight for people."""
    told = flight.properties
    return f"flight {told['leg']}, drone {told['drone']}, {told['from']} to {told['to']}"
