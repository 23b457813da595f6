"""Forms of files in which people have maps and tables, by the end of their names."""

from __future__ import annotations

from typing import Final

FOREIGN: Final = {
    ".shp": "a Shapefile",
    ".gpkg": "a GeoPackage",
    ".kml": "KML",
    ".kmz": "KML",
    ".fgb": "FlatGeobuf",
    ".parquet": "Parquet",
    ".pbf": "an extract of OpenStreetMap",
    ".osm": "an extract of OpenStreetMap",
    ".csv": "a table",
    ".tsv": "a table",
    ".xlsx": "a workbook",
    ".zip": "an archive",
}
