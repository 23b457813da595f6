"""The picture of a map: what stands where, and how high the roofs are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as PathOfPicture
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from dronesim.letters import counted
from dronesim.report.drawing import BAD, BLUE, FAINT, GOOD, INK, ORANGE, house_style, new_figure, png_of

LOOKS: Final = {
    "community": (".", FAINT, "community"),
    "merchant": ("v", BLUE, "merchant"),
    "takeoff_point": ("s", ORANGE, "take-off point"),
    "airport": ("o", GOOD, "airport"),
}
TALL_M: Final = 100.0
HALF: Final = 180.0
DPI: Final = 120
Floats = NDArray[np.float64]


def write_import_picture(folder: Path) -> None:
    """Draw the map of an imported folder beside it, as ``report.png``."""
    collection = json.loads((folder / "map.geojson").read_text(encoding="utf-8"))
    write_map_picture(collection, folder / "report.png")


def write_map_picture(collection: Mapping[str, Any], path: Path) -> None:
    """Draw the features of a map that was read, as a PNG."""
    path.write_bytes(png_of(lambda: draw_features(collection)))


def draw_features(collection: Mapping[str, Any]) -> Figure:
    """Draw a map in degrees, true to shape at its middle, beside the heights of its roofs."""
    features = _on_one_side(collection["features"])
    roofs = np.array([each["properties"]["height_m"] for each in _kind(features, "building")], dtype=np.float64)
    with house_style():
        figure = new_figure(11.0, 6.2)
        land, heights = figure.subplots(1, 2, width_ratios=[2.2, 1.0])
        _draw_land(land, features, roofs)
        _draw_heights(heights, roofs)
    return figure


def _on_one_side(features: list[Any]) -> list[Any]:
    """Count longitudes from 0 to 360 where sites lie on both sides of 180 degrees, so that they lie side by side."""
    lon = [each["geometry"]["coordinates"][0] for kind in LOOKS for each in _kind(features, kind)]
    if not lon or max(lon) - min(lon) <= HALF:
        return features
    return [{**each, "geometry": _eastward(each["geometry"])} for each in features]


def _eastward(geometry: Mapping[str, Any]) -> dict[str, Any]:
    def turned(value: Any) -> Any:
        is_place = isinstance(value[0], int | float)
        return [value[0] % (2 * HALF), *value[1:]] if is_place else [turned(each) for each in value]

    return {**geometry, "coordinates": turned(geometry["coordinates"])}


def _shown(lon: float, _: int | None = None) -> str:
    """Word a longitude of an axis within 180 degrees."""
    return f"{lon - 2 * HALF if lon > HALF else lon:.6f}".rstrip("0").rstrip(".")


def _kind(features: Any, kind: str) -> list[Any]:
    return [each for each in features if each["properties"]["kind"] == kind]


def _rings(features: list[Any]) -> tuple[list[Floats], list[int]]:
    """Outer rings with the place of their feature."""
    rings, owners = [], []
    for place, each in enumerate(features):
        geometry = each["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings += [np.array([place[:2] for place in part[0]], dtype=np.float64) for part in parts]
        owners += [place] * len(parts)
    return rings, owners


def _with_holes(geometry: Mapping[str, Any]) -> PathOfPicture:
    """Give an area as one path, whose holes stay open: a zone around the world leaves its district free."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    polygons = shapely.orient_polygons([shapely.Polygon(part[0], part[1:]) for part in parts])
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return PathOfPicture.make_compound_path(
        *(PathOfPicture(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def _draw_land(axes: Axes, features: Any, roofs: Floats) -> None:
    rings, owners = _rings(_kind(features, "building"))
    greys = 0.88 - 0.5 * np.clip(roofs[owners] / TALL_M, 0.0, 1.0) if len(rings) else np.empty(0)
    axes.add_collection(PolyCollection(rings, facecolors=np.repeat(greys[:, None], 3, axis=1), zorder=2))
    closed = [_with_holes(each["geometry"]) for each in _kind(features, "no_fly")]
    axes.add_collection(PathCollection(closed, facecolors=(0.82, 0.38, 0.24, 0.15), edgecolors=BAD, zorder=3))
    for kind, (marker, color, label) in LOOKS.items():
        spots = np.array([each["geometry"]["coordinates"][:2] for each in _kind(features, kind)], np.float64)
        if len(spots):
            named = f"{label} ({len(spots):,})"
            axes.scatter(spots[:, 0], spots[:, 1], marker=marker, c=color, s=26, label=named, zorder=5)
    points = [np.array([each["geometry"]["coordinates"][:2]]) for kind in LOOKS for each in _kind(features, kind)]
    corners = np.concatenate([*rings, *points])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.04 * np.maximum(high - low, 1e-3)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_aspect(1 / np.cos(np.radians((low[1] + high[1]) / 2)))
    axes.xaxis.set_major_formatter(FuncFormatter(_shown))
    axes.yaxis.set_major_formatter(FuncFormatter(_shown))
    axes.tick_params(axis="x", rotation=30)
    axes.set_xlabel("longitude")
    axes.set_ylabel("latitude")
    axes.legend(loc="best", fontsize=8)
    zones = len(_kind(features, "no_fly"))
    axes.set_title(f"{counted(len(roofs), 'building')}, {counted(zones, 'no-fly zone')}")


def _draw_heights(axes: Axes, roofs: Floats) -> None:
    axes.set_title("Roofs")
    axes.set_xlabel("height, m")
    axes.set_ylabel("buildings")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if len(roofs):
        axes.hist(roofs, bins=30, color=BLUE)
        axes.axvline(roofs.max(), color=INK, linestyle=":", label=f"tallest {roofs.max():g} m")
        axes.legend(fontsize=8)
