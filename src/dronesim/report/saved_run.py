"""What the report reads of a saved run: its tables, facts, key figures, routes and scenario."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.record.arrow import read_columns
from dronesim.record.facts import read_facts
from dronesim.record.kpis import read_kpis
from dronesim.record.plain import read_object, read_plain, unusable
from dronesim.record.saved import check_whole
from dronesim.record.tables import Columns

if TYPE_CHECKING:
    from dronesim.report.geometry import MapGeometry
    from dronesim.report.meetings import Meeting

Floats = NDArray[np.float64]
Way = tuple[str, str, float]

TABLES: Final = ("orders", "legs", "occupancy", "waits", "incidents", "scans")
TRACKS: Final = ("flown",)
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
    "refusals",
    "click_to_door_s",
    "click_to_collect_s",
    "stages_s",
    "waits",
    "fleet",
    "energy",
    "airspace",
    "cabinets",
    "resources",
    "codes",
    "cost",
)


@dataclass(frozen=True, kw_only=True)
class SavedRun:
    """What the report reads of a run folder; ``scenario`` is empty where the folder has none."""

    tables: Mapping[str, Columns]
    facts: Mapping[str, Any]
    kpis: Mapping[str, Any]
    map_path: Path
    routes: Mapping[Way, Floats]
    scenario: Mapping[str, Any]

    @cached_property
    def geometry(self) -> MapGeometry:
        """Read buildings and zones of its map, once."""
        from dronesim.report.geometry import read_map_geometry

        return read_map_geometry(self.map_path, self.facts)

    @cached_property
    def meetings(self) -> list[Meeting]:
        """Find the pairs of legs that came within reach of each other, once; it takes tracks."""
        from dronesim.report.meetings import meetings

        return meetings(self.tables["flown"], self.tables["legs"], self.facts)


def read_whole_run(folder: Path) -> SavedRun:
    """Read a run folder whose files are all as they were written, in a form that is known.

    Raises
    ------
    InputError
        Names every file that is missing or another than its hash in the manifest says; or what in facts and key
        figures is not as this version writes it.
    """
    check_whole(folder)
    run = read_run(folder)
    read_facts(run.facts, file=str(folder / "facts.json"))
    read_kpis(run.kpis, file=str(folder / "kpis.json"))
    if not isinstance(read_object(run.map_path).get("features"), list):
        raise unusable(run.map_path, "must hold a list of features")
    return run


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
        raise unusable(path, f"lacks {', '.join(missing)}")
    return found


def _read_scenario(path: Path) -> Mapping[str, Any]:
    """Read the scenario as resolved; it is plain TOML with every default spelled out."""
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(read_plain(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise unusable(path, f"is not readable TOML: {error}") from error
