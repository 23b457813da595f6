"""The verb that makes a map of the files that planners have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.options import LARGEST_SEED, decimal, whole
from dronesim.cli.output import show, unfit
from dronesim.defaults import AIRPORTS, IMPORTED_TAKEOFF_POINTS

Files = list[Path] | None
Texts = list[str] | None


def import_map_files(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE...", help="Maps: OpenStreetMap, GeoJSON, GeoParquet, OpenAir, what GDAL opens."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist yet, or be empty.")],
    zones: Annotated[Files, typer.Option("--zones", help="Map of no-fly zones; may be repeated.")] = None,
    sites: Annotated[Files, typer.Option("--sites", help="Take-off points and airports: CSV, XLSX or map.")] = None,
    merchants: Annotated[Files, typer.Option("--merchants", help="Merchants: CSV, XLSX or map.")] = None,
    population: Annotated[Files, typer.Option("--population", help="People: raster, CSV, XLSX or map.")] = None,
    orders: Annotated[Files, typer.Option("--orders", help="Past orders by where they went: CSV, XLSX.")] = None,
    bbox: Annotated[str | None, typer.Option("--bbox", help="Clip to WEST,SOUTH,EAST,NORTH in degrees.")] = None,
    around: Annotated[str | None, typer.Option("--around", help="Clip to LAT,LON,KM: a circle.")] = None,
    within: Annotated[Path | None, typer.Option("--within", help="Clip to the polygons of a file.")] = None,
    crs: Annotated[Texts, typer.Option("--crs", help="Coordinate system of all files, or FILE=SYSTEM.")] = None,
    datum: Annotated[Texts, typer.Option("--datum", help="wgs84, gcj02 or bd09, of all files, or FILE=DATUM.")] = None,
    height_field: Annotated[str | None, typer.Option("--height-field", help="Property with the height.")] = None,
    unknown_height: Annotated[
        float | None, decimal("--unknown-height", least=0, most=850, about="Metres where none is known; else drawn.")
    ] = None,
    ground_amsl_m: Annotated[
        float | None, decimal("--ground-amsl-m", least=-500, most=9000, about="Height of the ground above the sea.")
    ] = None,
    date: Annotated[str | None, typer.Option("--date", help="Day, as 2026-06-21, that settles hours of zones.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Time zone, as Asia/Shanghai, for them.")] = None,
    cleared: Annotated[Texts, typer.Option("--cleared", help="Kind of zone with permission, left out.")] = None,
    takeoff_points: Annotated[
        int, whole("--takeoff-points", least=1, most=100, about="Number of take-off points where no file has them.")
    ] = IMPORTED_TAKEOFF_POINTS,
    airports: Annotated[
        int, whole("--airports", least=1, most=500, about="Number of airports where no file has them.")
    ] = AIRPORTS,
    seed: Annotated[int, whole("--seed", least=0, most=LARGEST_SEED, about="Seed.")] = 1,
) -> None:
    """Make a map, a scenario and a quality report of files as they are, offline (extra gis).

    Nothing is dropped, repaired or guessed in silence: report.txt, report.json and report.png tell.

    Example: dronesim import map district.osm.pbf --sites sites.csv --around 22.54,114.05,4 --out district
    """
    from dronesim.exchange.maps import Wishes, import_map
    from dronesim.report.guard import attempt

    def draw() -> None:
        from dronesim.report.import_picture import write_import_picture

        write_import_picture(found.folder)

    wishes = Wishes(
        sources=tuple(sources),
        zones=tuple(zones or ()),
        sites=tuple(sites or ()),
        merchants=tuple(merchants or ()),
        population=tuple(population or ()),
        orders=tuple(orders or ()),
        bbox=bbox,
        around=around,
        within=within,
        crs=_by_file(crs or ()),
        datum=_datums(_by_file(datum or ())),
        height_field=height_field,
        unknown_height_m=unknown_height,
        ground_amsl_m=ground_amsl_m,
        date=_date(date),
        time_zone=time_zone,
        cleared=frozenset(kind.upper() for kind in cleared or ()),
        takeoff_points=takeoff_points,
        airports=airports,
        seed=seed,
    )
    found = import_map(wishes, out=out)
    attempt("report.png", draw)
    show("\n".join(found.lines()))


def _by_file(stated: Sequence[str]) -> dict[str, str]:
    """Read FILE=VALUE, or a value for all files under an empty name."""
    pairs = [text.rpartition("=") for text in stated]
    return {name: value for name, _, value in pairs}


def _datums(stated: dict[str, str]) -> dict[str, str]:
    found = {name: value.casefold().replace("-", "").replace("_", "") for name, value in stated.items()}
    for value in found.values():
        if value not in ("wgs84", "gcj02", "bd09"):
            raise unfit("--datum", f"must be one of wgs84, gcj02, bd09 (found {value!r})")
    return found


def _date(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise unfit("--date", f"must be a date as 2026-06-21 (found {text!r})") from None
