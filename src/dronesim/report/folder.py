"""The pictures and the page of a saved run, written into its folder."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.evidence import standing_lines, standings
from dronesim.record.arrow import read_columns
from dronesim.record.folder import write_whole
from dronesim.record.saved import read_object
from dronesim.record.tables import Columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Way = tuple[str, str, float]

TABLES: Final = ("orders", "legs", "occupancy", "incidents", "scans")
TRACKS: Final = ("flown",)
PICTURES: Final = ("map.png", "click_to_door.png", "day.png")
CROSSING: Final = "crossing.png"
PAGE: Final = "report.html"
_FACTS: Final = (
    "name",
    "policy",
    "horizon",
    "service",
    "sites",
    "capacity",
    "fleet",
    "aircraft",
    "batteries",
    "handling",
    "airspace",
    "pilots",
    "couriers",
)
_KPIS: Final = (
    "service",
    "orders",
    "click_to_door_s",
    "click_to_collect_s",
    "stages_s",
    "fleet",
    "energy",
    "airspace",
    "cabinets",
    "resources",
    "codes",
    "cost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRun:
    """What the report reads of a run folder; ``scenario`` is empty where the folder has none."""

    tables: Mapping[str, Columns]
    facts: Mapping[str, Any]
    kpis: Mapping[str, Any]
    map_path: Path
    routes: Mapping[Way, Floats]
    scenario: Mapping[str, Any]


def write_report(folder: Path) -> None:
    """Write ``map.png``, ``click_to_door.png``, ``day.png`` and ``report.html`` into a run folder.

    With tracks comes ``crossing.png``, unless hardly any two drones met.
    Needs facts.json, kpis.json, the tables and inputs/map.geojson in it; the same run gives the same bytes.
    Routes come from the facts, straight lines where they are silent. Every file is written aside and renamed.
    """
    for name, content in _drawn(read_run(folder)).items():
        write_whole(folder / name, content)


def page_of(folder: Path) -> bytes:
    """Give the page of a saved run, pictures within, and leave the folder as it is."""
    return _drawn(read_run(folder))[PAGE]


def _drawn(run: SavedRun) -> dict[str, bytes]:
    """Draw the pictures and the page, by file name."""
    from dronesim.report.geometry import says_synthetic
    from dronesim.report.page import page_html

    pictures = draw_pictures(run, run.routes)
    html = page_html(
        kpis=run.kpis,
        facts=run.facts,
        tables=run.tables,
        pictures=pictures,
        is_synthetic=says_synthetic(run.map_path),
        evidence=standing_lines(standings(run.scenario)) if run.scenario else [],
    )
    return {**pictures, PAGE: html.encode("utf-8")}


def draw_pictures(run: SavedRun, routes: Mapping[Way, Floats]) -> dict[str, bytes]:
    """Draw all pictures of a run as PNG, by file name."""
    from dronesim.report.crossing_picture import draw_crossing
    from dronesim.report.day_picture import draw_day
    from dronesim.report.door_picture import draw_click_to_door
    from dronesim.report.drawing import png_bytes
    from dronesim.report.geometry import read_map_geometry
    from dronesim.report.map_picture import draw_map

    geometry = read_map_geometry(run.map_path, run.facts)
    drawers: tuple[Callable[[], Figure], ...] = (
        lambda: draw_map(run.tables, run.facts, geometry, routes),
        lambda: draw_click_to_door(run.tables, run.facts),
        lambda: draw_day(run.tables, run.facts),
    )
    pictures = {name: png_bytes(draw()) for name, draw in zip(PICTURES, drawers, strict=True)}
    crossing = draw_crossing(run.tables, run.facts) if "flown" in run.tables else None
    return pictures if crossing is None else {**pictures, CROSSING: png_bytes(crossing)}


def read_run(folder: Path) -> SavedRun:
    """Read a run folder; a missing or damaged file is an `InputError` that names it."""
    names = [*TABLES, *(name for name in TRACKS if (folder / f"{name}.parquet").is_file())]
    tables = {name: read_columns(_existing(folder, f"{name}.parquet"), name) for name in names}
    facts = _read_object(_existing(folder, "facts.json"), _FACTS)
    return SavedRun(
        tables=tables,
        facts=facts,
        kpis=_read_object(_existing(folder, "kpis.json"), _KPIS),
        map_path=_existing(folder, "inputs/map.geojson"),
        routes=routes_in(facts),
        scenario=_read_scenario(folder / "scenario.toml"),
    )


def routes_in(facts: Mapping[str, Any]) -> dict[Way, Floats]:
    """Take the path of each way out of the facts, shape ``(m, 2)`` in local metres."""
    return {
        (route["from"], route["to"], route["level_m"]): np.array(route["points_m"], dtype=np.float64)
        for route in facts.get("routes", [])
    }


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise InputError([Problem(file=str(folder), key=name, rule="is missing; is this the folder of a run?")])
    return path


def _read_object(path: Path, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Read a JSON object that has all of the keys."""
    found = read_object(path)
    missing = [key for key in keys if key not in found]
    if missing:
        raise _unusable(path, f"lacks {', '.join(missing)}")
    return found


def _read_scenario(path: Path) -> Mapping[str, Any]:
    """Read the scenario as resolved; it is plain TOML with every default spelled out."""
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unusable(path, f"is not readable TOML: {error}") from error


def _unusable(path: Path, rule: str) -> InputError:
    return InputError([Problem(file=str(path), key="run folder", rule=rule)])
