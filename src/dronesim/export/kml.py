"""A day as KML for Google Earth: flights as tracks in time, sites, zones with their heights and hours, orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import shapely

from dronesim.export.clock import utc_texts
from dronesim.export.day import ExportDay
from dronesim.export.moving import Moving, flights_moving, title_of
from dronesim.export.places import rows_of, sites_of, zones_of
from dronesim.export.texts import in_xml

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">\n'
)
_COLOURS: Final = {"outbound": "ffb4771f", "return": "ff8c8c8c", "other": "ff4d60d6", "zone": "463d61d1"}
"""Alpha, blue, green, red."""


def write_kml(day: ExportDay, place: Path) -> None:
    """Write a document with a folder a layer, a thing a line."""
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{_HEAD}<Document>\n<name>{in_xml(day.name)}</name>\n{''.join(_styles())}")
        _folder(file, "sites", _sites(day))
        _folder(file, "zones", _zones(day))
        _folder(file, "flights", (_flight(flight) for flight in flights_moving(day, show=day.show_local)))
        _folder(file, "orders", _orders(day))
        file.write("</Document>\n</kml>\n")


def _folder(file: TextIO, name: str, items: Iterable[str]) -> None:
    file.write(f"<Folder><name>{name}</name>\n")
    file.writelines(f"{item}\n" for item in items)
    file.write("</Folder>\n")


def _styles() -> Iterator[str]:
    for name, colour in _COLOURS.items():
        line, area = f"<LineStyle><color>{colour}</color><width>2</width></LineStyle>", f"<color>{colour}</color>"
        yield f'<Style id="{name}">{line}<PolyStyle>{area}</PolyStyle></Style>\n'


def _placemark(name: str, row: dict[str, Any], place: str, *, hours: str = "", style: str | None = None) -> str:
    """Show a thing with its name, its hours, its columns and its place, in the order that the schema of KML has."""
    url = "" if style is None else f"<styleUrl>#{style}</styleUrl>"
    return f"<Placemark><name>{in_xml(name)}</name>{hours}{url}{_data(row)}{place}</Placemark>"


def _data(row: dict[str, Any]) -> str:
    cells = (
        f'<Data name="{in_xml(name)}"><value>{in_xml(value)}</value></Data>'
        for name, value in row.items()
        if value is not None
    )
    return f"<ExtendedData>{''.join(cells)}</ExtendedData>"


def _flight(flight: Moving) -> str:
    times = "".join(f"<when>{time}</when>" for time in utc_texts(flight.instants))
    places = "".join(f"<gx:coord>{lon} {lat} {height_m}</gx:coord>" for lon, lat, height_m in flight.places)
    track = f"<gx:Track><altitudeMode>relativeToGround</altitudeMode>{times}{places}</gx:Track>"
    kind = str(flight.properties["kind"])
    return _placemark(title_of(flight), flight.properties, track, style=kind if kind in _COLOURS else "other")


def _sites(day: ExportDay) -> Iterator[str]:
    for row, shape in rows_of(sites_of(day), show=day.show_local):
        yield _placemark(row["id"], row, _point(shape))


def _orders(day: ExportDay) -> Iterator[str]:
    for row, shape in rows_of(day.orders, show=day.show_local):
        place = "" if shape is None else _point(shape)
        yield _placemark(f"order {row['order_id']}", row, place, hours=_span(row["placed"], row["ended"]))


def _zones(day: ExportDay) -> Iterator[str]:
    highest_m = max(day.facts["airspace"]["levels_m"])
    for row, shape in rows_of(zones_of(day), show=day.show_local):
        top_m = highest_m if row["ceiling_m"] is None else row["ceiling_m"]
        polygons = "".join(_polygon(polygon, top_m) for polygon in shapely.get_parts(shape).tolist())
        place, hours = f"<MultiGeometry>{polygons}</MultiGeometry>", _span(row.get("begins"), row.get("ends"))
        yield _placemark(row["id"], row, place, hours=hours, style="zone")


def _span(begins: str | None, ends: str | None) -> str:
    if begins is None and ends is None:
        return ""
    first = "" if begins is None else f"<begin>{begins}</begin>"
    last = "" if ends is None else f"<end>{ends}</end>"
    return f"<TimeSpan>{first}{last}</TimeSpan>"


def _point(shape: Any) -> str:
    return f"<Point><coordinates>{shape.x},{shape.y}</coordinates></Point>"


def _polygon(polygon: Any, top_m: float) -> str:
    """Show a polygon as walls that reach from the ground up to a height."""
    rings = [("outerBoundaryIs", polygon.exterior), *(("innerBoundaryIs", ring) for ring in polygon.interiors)]
    shown = "".join(f"<{side}><LinearRing>{_ring(ring, top_m)}</LinearRing></{side}>" for side, ring in rings)
    return f"<Polygon><extrude>1</extrude><altitudeMode>relativeToGround</altitudeMode>{shown}</Polygon>"


def _ring(ring: Any, height_m: float) -> str:
    corners = " ".join(f"{lon},{lat},{height_m:g}" for lon, lat in shapely.get_coordinates(ring).tolist())
    return f"<coordinates>{corners}</coordinates>"
