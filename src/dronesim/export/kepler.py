"""Files for kepler.gl: flights as trips, whose points have a time, zones as GeoJSON, sites and orders as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dronesim.export.comma import write_table
from dronesim.export.day import ExportDay
from dronesim.export.geojson import compact, feature_text, features_of, write_collection
from dronesim.export.moving import flights_moving
from dronesim.export.places import sites_of, zones_of


def write_kepler(day: ExportDay, folder: Path) -> None:
    """Write a folder whose files are dragged into kepler.gl together."""
    folder.mkdir()
    write_collection(folder / "flights.geojson", "flights", _trips(day))
    write_collection(folder / "zones.geojson", "zones", features_of(zones_of(day), show=day.show_local))
    for layer in (sites_of(day), day.orders):
        write_table(folder / f"{layer.name}.csv", layer, show=day.show_local)


def _trips(day: ExportDay) -> Iterator[str]:
    """Give the flights as lines of longitude, latitude, height and milliseconds since 1970."""
    for flight in flights_moving(day, show=day.show_local):
        times_ms = flight.instants.astype("int64").tolist()
        points = [[*place, time_ms] for place, time_ms in zip(flight.places, times_ms, strict=True)]
        yield feature_text(flight.properties, f'{{"type":"LineString","coordinates":{compact(points)}}}')
