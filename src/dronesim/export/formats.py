"""The formats that a run can be exported to, a row each, and the act of exporting to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, Problem
from dronesim.export.comma import write_csv
from dronesim.export.czml import write_czml
from dronesim.export.day import ExportDay, Wishes, open_day
from dronesim.export.f3548 import write_f3548
from dronesim.export.geojson import write_geojson
from dronesim.export.geoparquet import write_geoparquet
from dronesim.export.gpkg import write_gpkg
from dronesim.export.kepler import write_kepler
from dronesim.export.kml import write_kml
from dronesim.export.mf_json import write_mf_json
from dronesim.record.folder import written_whole
from dronesim.record.targets import check_writable, checking, writing_to

OUT: Final = "--out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: what is written, a folder or one file with an ``ending``, who opens it, whether it needs instants."""

    name: str
    ending: str
    is_folder: bool
    has_instants: bool
    opened_by: str
    write: Callable[[ExportDay, Path], None]


FORMATS: Final = {
    each.name: each
    for each in (
        Format(
            name="geojson",
            ending="-geojson",
            is_folder=True,
            has_instants=False,
            opened_by="QGIS, and whatever knows maps",
            write=write_geojson,
        ),
        Format(
            name="geoparquet",
            ending="-geoparquet",
            is_folder=True,
            has_instants=False,
            opened_by="GeoPandas, DuckDB, QGIS",
            write=write_geoparquet,
        ),
        Format(
            name="gpkg", ending=".gpkg", is_folder=False, has_instants=False, opened_by="QGIS, ArcGIS", write=write_gpkg
        ),
        Format(
            name="mf-json",
            ending=".mf.json",
            is_folder=False,
            has_instants=True,
            opened_by="MovingPandas",
            write=write_mf_json,
        ),
        Format(name="czml", ending=".czml", is_folder=False, has_instants=True, opened_by="Cesium", write=write_czml),
        Format(
            name="kml", ending=".kml", is_folder=False, has_instants=True, opened_by="Google Earth", write=write_kml
        ),
        Format(
            name="kepler",
            ending="-kepler",
            is_folder=True,
            has_instants=True,
            opened_by="kepler.gl",
            write=write_kepler,
        ),
        Format(
            name="csv",
            ending="-csv",
            is_folder=True,
            has_instants=False,
            opened_by="spreadsheets, pandas, R",
            write=write_csv,
        ),
        Format(
            name="f3548",
            ending=".f3548.json",
            is_folder=False,
            has_instants=True,
            opened_by="what speaks the interface of ASTM F3548",
            write=write_f3548,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Where an export lies, and what a planner should know of it."""

    place: Path
    notes: tuple[str, ...]


def export_run(folder: Path, form: Format, place: Path | None = None, *, wishes: Wishes | None = None) -> Exported:
    """Write a saved run in a format, whole or not at all; beside the run unless a ``place`` is named.

    A file replaces what stands there; a folder is written where nothing is, or an empty folder.

    Raises
    ------
    InputError
        It is no run, the format needs what nobody states, or something else lies at the place.
    OutputError
        It can't be written.
    """
    target = beside(folder, form.ending) if place is None else place
    check_free(target, is_folder=form.is_folder)
    day = open_day(folder, wishes or Wishes())
    if form.has_instants:
        day.needed_clock()
    with writing_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target.resolve()) as aside:
            form.write(day, aside)
    return Exported(place=target, notes=tuple(_notes(day, form)))


def beside(folder: Path, ending: str) -> Path:
    """Name a place beside a folder by its name."""
    whole = folder.resolve()
    parent = whole.parent if folder.name in {"", ".."} else folder.parent
    return parent / f"{whole.name}{ending}"


def check_free(target: Path, *, is_folder: bool) -> None:
    """Refuse a place where something lies that is not replaced, or that can't be written to."""
    with checking(target, key=OUT):
        is_taken = target.is_dir() and (not is_folder or any(target.iterdir()))
        is_taken |= is_folder and target.exists() and not target.is_dir()
    if is_taken:
        rule = "is there already and is not replaced; name another place with --out, or remove it"
        raise InputError([Problem(file=str(target), key=OUT, rule=rule)])
    check_writable(target, key=OUT)


def _notes(day: ExportDay, form: Format) -> list[str]:
    """Say what is left out, or taken for granted."""
    found = []
    if day.clock is None:
        keys = " and ".join(day.missing)
        found.append(f"times are seconds since local midnight alone: the run states no {keys} (--date, --zone)")
    if form.name == "czml" and day.ground_m is None:
        found.append("the ground is taken to lie on the ellipsoid of WGS84: neither map nor --ground-m says how high")
    if "flown" not in day.saved.names:
        found.append("paths follow routes and milestones: the run has no tracks (dronesim run --tracks)")
    return found
