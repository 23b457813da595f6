"""A world as plain data: what a scenario, a map and a trace say, and a policy of its own; written down as files."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ORIGIN_LON, ORIGIN_LAT = 114.25, 22.72
_LAT_M = 110_750.0
_LON_M = 111_320.0 * math.cos(math.radians(ORIGIN_LAT))

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class World:
    """``scenario``: tables of a scenario file. ``features``: kind, id, ``at`` in metres, and properties of each.

    ``orders``: rows of a trace, None where orders are drawn. ``policy``: how a policy without sense is made, None where
    the scenario names one. ``weather``: rows of a file of weather, None where it has none.
    """

    scenario: Row
    features: tuple[Row, ...]
    orders: tuple[Row, ...] | None = None
    policy: Row | None = None
    weather: tuple[Row, ...] | None = None

    def having(self, table: str, **values: Any) -> World:
        """Give the world with other values in a table of its scenario."""
        return replace(self, scenario={**self.scenario, table: {**self.scenario.get(table, {}), **values}})

    def having_events(self, events: Sequence[Row]) -> World:
        """Give the world with other events."""
        return replace(self, scenario={**self.scenario, "events": list(events)})

    @property
    def events(self) -> list[Row]:
        """The events of its scenario."""
        return list(self.scenario.get("events", ()))

    @property
    def winds(self) -> list[Row]:
        """The changes of its wind."""
        return list(self.scenario.get("weather", {}).get("changes", ()))

    def ids(self, kind: str) -> list[str]:
        """The ids of all features of a kind."""
        return [feature["id"] for feature in self.features if feature["kind"] == kind]

    def place(self, name: str) -> tuple[float, float]:
        """Where a site is, in metres."""
        return next(tuple(feature["at"]) for feature in self.features if feature["id"] == name)  # type: ignore[return-value]

    # as text

    def to_json(self) -> str:
        """Give it as one JSON object, which `read_world` reads."""
        told = {"scenario": self.scenario, "features": self.features, "orders": self.orders, "policy": self.policy}
        told |= {} if self.weather is None else {"weather": self.weather}
        return json.dumps(told, indent=1)

    @property
    def told(self) -> Row:
        """The scenario as its file states it."""
        if self.orders is None:
            return {**self.scenario, "map": "map.geojson"}
        demand = {**self.scenario.get("demand", {}), "model": "trace", "file": "orders.csv"}
        return {**self.scenario, "map": "map.geojson", "demand": demand}

    def write(self, folder: Path) -> Path:
        """Write scenario, map and trace into a folder; gives the scenario's file."""
        if self.orders is not None:
            (folder / "orders.csv").write_text(_csv(self.orders, _ORDER_COLUMNS), encoding="utf-8")
        if self.weather is not None:
            (folder / "weather.csv").write_text(_csv(self.weather, tuple(self.weather[0])), encoding="utf-8")
        features = [_feature(feature) for feature in self.features]
        # their order in a map is no input
        random.Random(len(features)).shuffle(features)
        (folder / "map.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        (folder / "scenario.toml").write_text(_toml(self.told), encoding="utf-8")
        return folder / "scenario.toml"


def read_world(path: Path) -> World:
    """Read a world that was written as JSON."""
    told = json.loads(path.read_text(encoding="utf-8"))
    orders = None if told["orders"] is None else tuple(told["orders"])
    weather = None if told.get("weather") is None else tuple(told["weather"])
    return World(
        scenario=told["scenario"],
        features=tuple(told["features"]),
        orders=orders,
        policy=told.get("policy"),
        weather=weather,
    )


def lon_lat(x_m: float, y_m: float) -> list[float]:
    """Put a place in metres on the globe, about."""
    return [round(ORIGIN_LON + x_m / _LON_M, 7), round(ORIGIN_LAT + y_m / _LAT_M, 7)]


_SHAPES = {
    **dict.fromkeys(("building", "no_fly", "people", "link_area"), "Polygon"),
    "airway": "LineString",
}


def _feature(feature: Mapping[str, Any]) -> Row:
    """Give a feature as GeoJSON; ``at`` is a place, or those of the corners of an area or a line."""
    shape, at = _SHAPES.get(feature["kind"], "Point"), feature["at"]
    if shape == "Point":
        coordinates: Any = lon_lat(*at)
    elif shape == "LineString":
        coordinates = [lon_lat(*place) for place in at]
    else:
        coordinates = [[lon_lat(*place) for place in (*at, at[0])]]
    properties = {name: value for name, value in feature.items() if name != "at"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": shape, "coordinates": coordinates}}


_ORDER_COLUMNS = ("order_id", "placed", "merchant", "community", "mass_kg", "preparation_min")


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    lines = [",".join(columns), *(",".join(str(row[column]) for column in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def _toml(told: Mapping[str, Any]) -> str:
    """Give a scenario file: single values first, then each table with a line a key."""
    top = [f"{key} = {_inline(value)}" for key, value in told.items() if not isinstance(value, dict)]
    tables = [
        f"\n[{name}]\n" + "\n".join(f"{key} = {_inline(value)}" for key, value in table.items())
        for name, table in told.items()
        if isinstance(table, dict)
    ]
    return "\n".join([*top, *tables]) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return json.dumps(value)
