"""Flights as OGC Moving Features JSON, the way MovingPandas reads it: in the plane, in UTC, heights beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from dronesim.export.clock import show_utc, utc_texts
from dronesim.export.day import ExportDay
from dronesim.export.geojson import compact, write_items
from dronesim.export.moving import flights_moving

_CRS: Final = '{"type":"Name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}'


def write_mf_json(day: ExportDay, place: Path) -> None:
    """Write the flights as a collection of moving points, one a line."""
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"type":"FeatureCollection","crs":{_CRS},"features":[')
        write_items(file, _features(day))
        file.write("]}\n")


def _features(day: ExportDay) -> Iterator[str]:
    for flight in flights_moving(day, show=show_utc):
        times = utc_texts(flight.instants)
        properties: dict[str, Any] = {**flight.properties, "trajectory_id": flight.name}
        yield compact(
            {
                "type": "Feature",
                "id": flight.name,
                "properties": properties,
                "temporalGeometry": {
                    "type": "MovingPoint",
                    "datetimes": times,
                    "coordinates": [place[:2] for place in flight.places],
                    "interpolation": "Linear",
                },
                "temporalProperties": [
                    {
                        "datetimes": times,
                        "height_m": {
                            "type": "Measure",
                            "form": "MTR",
                            "values": [place[2] for place in flight.places],
                            "interpolation": "Linear",
                        },
                    }
                ],
            }
        )
