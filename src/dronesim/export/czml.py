"""A day as CZML for Cesium: flights that move, sites, zones that come and go, parcels that lie in their boxes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from dronesim.export.clock import utc_texts
from dronesim.export.day import ExportDay
from dronesim.export.geojson import compact, write_items
from dronesim.export.moving import flights_moving, title_of
from dronesim.export.places import rows_of, sites_of, zones_of
from dronesim.export.texts import in_xml

Colour = Sequence[int]

FLIGHT: Final[dict[str, Colour]] = {"outbound": (31, 119, 180, 255), "return": (140, 140, 140, 255)}
_OTHER: Final[Colour] = (214, 96, 77, 255)
_SITES: Final[dict[str, Colour]] = {"takeoff_point": (230, 130, 30, 255), "airport": (44, 140, 80, 255)}
_ZONE: Final[Colour] = (209, 97, 61, 70)
_PARCEL: Final[Colour] = (120, 80, 160, 255)
_MULTIPLIER: Final = 60
_TRAIL_S: Final = 60


def write_czml(day: ExportDay, place: Path) -> None:
    """Write the packets, one a line; heights are above the ellipsoid where the height of the ground is known."""
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        write_items(file, (compact(packet) for packet in _packets(day)))
        file.write("]\n")


def _packets(day: ExportDay) -> Iterator[dict[str, Any]]:
    yield _document(day)
    yield from _sites(day)
    yield from _zones(day)
    yield from _flights(day)
    yield from _parcels(day)


def _document(day: ExportDay) -> dict[str, Any]:
    begins, ends = _span(day)
    clock = {"interval": f"{begins}/{ends}", "currentTime": begins, "multiplier": _MULTIPLIER}
    return {"id": "document", "name": day.name, "version": "1.0", "clock": clock}


def _span(day: ExportDay) -> tuple[str, str]:
    """Give when the day opens and is closed."""
    horizon = day.facts["horizon"]
    begins, ends = utc_texts(day.instants(np.rint(np.array([horizon["start_s"], horizon["closed_s"]]) * 1000)))
    return begins, ends


def _flights(day: ExportDay) -> Iterator[dict[str, Any]]:
    ground_m = day.ground_m or 0.0
    for flight in flights_moving(day, show=day.show_local):
        begins, ends = utc_texts(flight.instants[[0, -1]])
        kind = str(flight.properties["kind"])
        samples: list[float] = []
        for second, (lon, lat, height_m) in zip(flight.seconds, flight.places, strict=True):
            samples += [second, lon, lat, round(height_m + ground_m, 2)]
        colour = {"solidColor": {"color": _rgba(FLIGHT.get(kind, _OTHER))}}
        yield {
            "id": flight.name,
            "name": title_of(flight),
            "availability": f"{begins}/{ends}",
            "description": _table(flight.properties),
            "properties": _told(flight.properties),
            "position": {"epoch": begins, "cartographicDegrees": samples, "interpolationAlgorithm": "LINEAR"},
            "point": {"pixelSize": 7, "color": _rgba(FLIGHT.get(kind, _OTHER))},
            "path": {"leadTime": 0, "trailTime": _TRAIL_S, "width": 2, "material": colour},
        }


def _sites(day: ExportDay) -> Iterator[dict[str, Any]]:
    for row, shape in rows_of(sites_of(day), show=day.show_local):
        yield {
            "id": f"site-{row['id']}",
            "name": row["id"],
            "description": _table(row),
            "properties": _told(row),
            "position": {"cartographicDegrees": [shape.x, shape.y, 0.0]},
            "point": {"pixelSize": 12, "color": _rgba(_SITES[row["kind"]]), "heightReference": "CLAMP_TO_GROUND"},
            "label": {"text": row["id"], "heightReference": "CLAMP_TO_GROUND", "pixelOffset": {"cartesian2": [0, -18]}},
        }


def _zones(day: ExportDay) -> Iterator[dict[str, Any]]:
    ground_m, (opens, closes) = day.ground_m or 0.0, _span(day)
    for number, (row, shape) in enumerate(rows_of(zones_of(day), show=day.show_local)):
        hours = f"{_utc(row.get('begins')) or opens}/{_utc(row.get('ends')) or closes}"
        ceiling_m = row["ceiling_m"] if row["ceiling_m"] is not None else max(day.facts["airspace"]["levels_m"])
        for part, polygon in enumerate(shapely.get_parts(shape).tolist()):
            yield {
                "id": f"zone-{number}-{part}",
                "name": row["id"],
                "availability": hours,
                "description": _table(row),
                "properties": _told(row),
                "polygon": {
                    "positions": {"cartographicDegrees": _ring(polygon.exterior, ground_m)},
                    "holes": {"cartographicDegrees": [_ring(ring, ground_m) for ring in polygon.interiors]},
                    "height": round(ground_m + (row["floor_m"] or 0.0), 2),
                    "extrudedHeight": round(ground_m + ceiling_m, 2),
                    "material": {"solidColor": {"color": _rgba(_ZONE)}},
                },
            }


def _parcels(day: ExportDay) -> Iterator[dict[str, Any]]:
    """Show each delivered order at its airport from when it lies in its box until it is collected."""
    places, closed = {row["id"]: shape for row, shape in rows_of(sites_of(day), show=day.show_local)}, _span(day)[1]
    for row, _ in rows_of(day.orders, show=day.show_local):
        if row["delivered"] is None or row["airport"] not in places:
            continue
        place = places[row["airport"]]
        yield {
            "id": f"order-{row['order']}",
            "name": f"order {row['order_id']}",
            "availability": f"{_utc(row['delivered'])}/{_utc(row['ended']) or closed}",
            "description": _table(row),
            "properties": _told(row),
            "position": {"cartographicDegrees": [place.x, place.y, 0.0]},
            "point": {"pixelSize": 5, "color": _rgba(_PARCEL), "heightReference": "CLAMP_TO_GROUND"},
        }


def _utc(local: str | None) -> str | None:
    """Turn ISO 8601 with an offset into UTC."""
    if local is None:
        return None
    moment = datetime.datetime.fromisoformat(local).astimezone(datetime.UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _ring(ring: Any, height_m: float) -> list[float]:
    """Give the corners of a ring, which is closed by itself, as longitudes, latitudes and heights in a row."""
    return [value for lon, lat in shapely.get_coordinates(ring)[:-1].tolist() for value in (lon, lat, height_m)]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is nothing: Cesium stumbles over it."""
    return {name: value for name, value in row.items() if value is not None}


def _rgba(colour: Colour) -> dict[str, Any]:
    return {"rgba": list(colour)}


def _table(row: dict[str, Any]) -> str:
    """Show properties as a table of HTML, which Cesium puts beside the map; texts are escaped."""
    cells = "".join(f"<tr><th>{in_xml(name)}</th><td>{in_xml(value)}</td></tr>" for name, value in _told(row).items())
    return f"<table>{cells}</table>"
