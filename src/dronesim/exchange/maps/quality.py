"""The quality report of an imported map: what was read, from where heights came, what was repaired or left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.globe import HALF, TURN, wrapped
from dronesim.letters import printable
from dronesim.scenario.air import AirspaceTable

WORDS: Final = {
    "building": ("building", "buildings"),
    "no_fly": ("no-fly zone", "no-fly zones"),
    "takeoff_point": ("take-off point", "take-off points"),
    "airport": ("airport", "airports"),
    "merchant": ("merchant", "merchants"),
    "community": ("community", "communities"),
    "airway": ("airway", "airways"),
    "link_area": ("link area", "link areas"),
    "place": ("place", "places"),
    "people": ("area with people", "areas with people"),
}
AIRSPACE: Final = AirspaceTable()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapReport:
    """What an import of a map found and made, for programs (``content``) and people (``lines``)."""

    folder: Path
    content: Mapping[str, Any]

    def lines(self) -> list[str]:
        """Tell it to people, one fact a line."""
        return [f"map written to {self.folder}", *report_lines(self.content)]


def report_content(collection: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """Gather the facts of an import; heights in metres, extent and centre in degrees, longitude first."""
    features = collection["features"]
    kinds = [feature["properties"]["kind"] for feature in features]
    roofs = np.array(
        [each["properties"]["height_m"] for each in features if each["properties"]["kind"] == "building"], np.float64
    )
    corners = np.array([place for feature in features for place in _places(feature["geometry"]["coordinates"])])
    return {
        "name": collection["name"],
        "sources": [printable(source) for source in account.sources],
        "counts": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "extent": _extent(corners),
        "centre": list(collection["origin"]),
        "heights": {
            "from": dict(account.heights.most_common()),
            "median_m": round(float(np.median(roofs)), 2) if len(roofs) else None,
            "p95_m": round(float(np.percentile(roofs, 95)), 2) if len(roofs) else None,
            "tallest_m": float(roofs.max()) if len(roofs) else None,
        },
        "lowest_safe_level_m": float(roofs.max() + AIRSPACE.roof_margin_m) if len(roofs) else None,
        "roof_margin_m": AIRSPACE.roof_margin_m,
        "buildings_in_the_way": {
            f"{level:g}": int(np.count_nonzero(roofs + AIRSPACE.roof_margin_m > level)) for level in AIRSPACE.levels_m
        },
        "repaired": _plain(+account.repaired),
        "dropped": _plain(+account.dropped),
        "notes": account.notes,
    }


def _extent(corners: Any) -> list[float]:
    """Give west, south, east and north of places ``(n, 2)``; west is greater where they lie around 180 degrees."""
    if np.ptp(corners[:, 0]) > HALF:
        around = corners.copy()
        around[:, 0] %= TURN
        if np.ptp(around[:, 0]) <= HALF:
            west, east = wrapped([around.min(axis=0), around.max(axis=0)])[:, 0].tolist()
            return [west, float(corners[:, 1].min()), east, float(corners[:, 1].max())]
    return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]


def _plain(counts: Mapping[str, int]) -> dict[str, int]:
    """Give counts whose names, which may have those of files in them, can be shown."""
    return {printable(what): count for what, count in counts.items()}


def _places(coordinates: Any) -> Any:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[:2]
    else:
        for each in coordinates:
            yield from _places(each)


def report_lines(content: Mapping[str, Any]) -> list[str]:
    """Word a report."""
    west, south, east, north = content["extent"]
    lon, lat = content["centre"]
    counts = ", ".join(f"{count:,} {WORDS[kind][count != 1]}" for kind, count in content["counts"].items())
    extent = f"extent: longitude {west:.5f} to {east:.5f}, latitude {south:.5f} to {north:.5f}"
    return [
        *(f"read: {source}" for source in content["sources"]),
        f"holds: {counts}",
        f"{extent}; centre {lat:.5f}, {lon:.5f} (latitude, longitude)",
        *_height_lines(content),
        *(f"repaired: {what}: {count:,}" for what, count in content["repaired"].items()),
        *(f"left out: {what}: {count:,}" for what, count in content["dropped"].items()),
        *(f"note: {note}" for note in content["notes"]),
    ]


def _height_lines(content: Mapping[str, Any]) -> list[str]:
    heights = content["heights"]
    if heights["tallest_m"] is None:
        return ["heights: no buildings"]
    total = sum(heights["from"].values())
    shares = [f"{100 * count / total:.1f} % {origin}" for origin, count in heights["from"].items()]
    ways = ", ".join(f"{count:,} at {level} m" for level, count in content["buildings_in_the_way"].items())
    median_m, p95_m, tallest_m = (f"{heights[key]:g}" for key in ("median_m", "p95_m", "tallest_m"))
    safe_m, margin_m = content["lowest_safe_level_m"], content["roof_margin_m"]
    return [
        f"heights: {'; '.join(shares)}",
        f"roofs: median {median_m} m, 95 % below {p95_m} m, tallest {tallest_m} m",
        f"lowest safe level: {safe_m:g} m, {margin_m:g} m above every roof; buildings in the way: {ways}",
    ]


def report_json(content: Mapping[str, Any]) -> str:
    """Write a report as JSON."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
