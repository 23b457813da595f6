"""The pages of the planner: one file each, with all that they need in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.experiment.bench import ready
from dronesim.serving.finished import Entry
from dronesim.serving.planner import Planner

MOST_BUILDINGS: Final = 3000
"""The map shows so many of the largest buildings, so that it follows at once."""


def planner_page(planner: Planner, nonce: str) -> str:
    """Fill the planner's page; its map comes afterwards."""
    data = {
        "name": planner.scenario.name,
        "sliders": [slider.content() for slider in planner.sliders],
        "days": planner.days,
        "folder": str(planner.folder),
        "scenario": str(planner.study.path),
    }
    scenario = planner.scenario
    told = {"name": scenario.name, "is_shared": scenario.fleet.is_shared, "data": data}
    return _render("planner.html.j2", nonce=nonce, script=_text("planner.js"), **told)


def list_page(
    entries: Sequence[Entry], links: Mapping[tuple[str, str], str], *, root: Path, nonce: str, has_planner: bool
) -> str:
    """Fill the list of runs and studies; ``links`` by folder and page."""
    rows = [(entry, [(page, links[entry.folder, page]) for page in entry.pages]) for entry in entries]
    return _render("list.html.j2", nonce=nonce, rows=rows, root=str(root), has_planner=has_planner)


def _render(file: str, **values: Any) -> str:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    if "data" in values:
        values["data"] = _safe_json(values["data"])
    return environment.from_string(_text(file)).render(style=_text("style.css"), **values)


def _text(name: str) -> str:
    return files("dronesim.serving").joinpath("web", name).read_text(encoding="utf-8")


def _safe_json(content: Any) -> str:
    """Write JSON that can't end the element it stands in."""
    text = json.dumps(content)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def map_content(planner: Planner) -> dict[str, Any]:
    """Give sites, zones and the largest buildings in whole metres, for the map."""
    import shapely

    world = ready(planner.study.point()).world
    footprints = world.buildings.polygons
    largest = np.argsort(-shapely.area(footprints), kind="stable")[:MOST_BUILDINGS]
    return {
        "takeoff_points": _sites(world.takeoff_points.ids, world.takeoff_points.xy),
        "airports": _sites(world.airports.ids, world.airports.xy),
        "zones": [_ring(polygon) for polygon in world.zones.polygons],
        "buildings": [_ring(footprints[number]) for number in largest],
    }


def _sites(ids: Sequence[str], xy: Any) -> list[dict[str, Any]]:
    return [{"id": name, "x": round(x), "y": round(y)} for name, (x, y) in zip(ids, xy.tolist(), strict=True)]


def _ring(polygon: Any) -> list[list[int]]:
    return [[round(x), round(y)] for x, y, *_ in polygon.exterior.coords]
