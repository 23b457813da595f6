"""The tiny day with neighbours: two areas of people that overlap, and two places, one with every limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"
HEARD: Final[dict[str, Any]] = {
    "limit_dba": 30.0,
    "overflights_max": 3,
    "quiet_from": "10:30",
    "quiet_to": "11:00",
}


def heard_map() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    content["features"] += [
        _feature("Point", [114.2430, 22.7240], id="clinic", kind="place", **HEARD),
        _feature("Point", [114.2600, 22.7150], id="library", kind="place"),
        _feature("Polygon", _box(114.240, 22.720, 114.246, 22.730), id="P1", kind="people", people_per_km2=20000.0),
        _feature("Polygon", _box(114.244, 22.715, 114.262, 22.724), id="P2", kind="people", people_per_km2=500.0),
    ]
    return content


def write_heard(folder: Path, content: dict[str, Any] | None = None) -> Path:
    """Write scenario and map into a folder."""
    (folder / "heard.geojson").write_text(json.dumps(content or heard_map()), encoding="utf-8")
    stated = (DATA / "tiny.toml").read_text(encoding="utf-8").replace("tiny.geojson", "heard.geojson")
    stated += "\n[risk]\npeople_per_km2 = 1000.0\n\n[noise]\nat_homes = true\n"
    (folder / "heard.toml").write_text(stated, encoding="utf-8")
    return folder


def _feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}


def _box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]
