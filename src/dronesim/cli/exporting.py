"""The verb that writes runs and studies as files of other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.options import decimal
from dronesim.cli.output import tell, unfit


class ExportFormat(StrEnum):
    """What a run or a study can be exported to."""

    GEOJSON = "geojson"
    GEOPARQUET = "geoparquet"
    GPKG = "gpkg"
    MF_JSON = "mf-json"
    CZML = "czml"
    KML = "kml"
    KEPLER = "kepler"
    CSV = "csv"
    F3548 = "f3548"
    XLSX = "xlsx"


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN|STUDY", help="Run folder; for xlsx the folder of a study.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Where; beside the run if not given. A file is replaced, a folder must be new or empty."
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="YYYY-MM-DD", help="Date of the day, where its scenario has no horizon.date."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="NAME", help="Time zone, as Asia/Shanghai, where it has no horizon.zone."),
    ] = None,
    ground_m: Annotated[
        float | None,
        decimal(
            "--ground-m",
            least=-1000,
            most=10000,
            about="Height of the ground above the WGS84 ellipsoid, metres, where the map has none (czml, f3548).",
        ),
    ] = None,
) -> None:
    """Write a saved run for QGIS, GeoPandas, MovingPandas, Cesium, Google Earth, kepler.gl or a spreadsheet.

    Flights with their times, sites with key figures, zones and orders, in WGS84; mf-json and f3548 have the flights
    alone. mf-json, czml, kml, kepler and f3548 need the date and the time zone of the day; the others have seconds
    since local midnight too. f3548 is shaped like the operational intents of ASTM F3548, not certified. A study, as
    of size or sweep, goes to xlsx. It runs no code of the folder.

    Example: dronesim export runs/quickstart-1-0a1b2c3d --format kml --date 2026-06-01 --zone Asia/Shanghai
    """
    from dronesim.api.exports import export_run, export_study

    if form is ExportFormat.XLSX:
        given = {"--date": date, "--zone": zone, "--ground-m": ground_m}
        for key in (key for key, value in given.items() if value is not None):
            raise unfit(key, "is for runs, and xlsx is for studies; leave it out")
        done = export_study(folder, out)
    else:
        done = export_run(folder, str(form), out, date=date, zone=zone, ground_m=ground_m)
    for note in done.notes:
        tell(f"note: {note}")
    tell(f"export: {done.place}")
