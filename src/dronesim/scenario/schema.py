"""The JSON Schema of what planners write, for editors that check while they type."""

from __future__ import annotations

from typing import Any, Final

from dronesim.scenario.drones import DroneFile
from dronesim.scenario.model import Scenario

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema() -> dict[str, Any]:
    """Give the JSON Schema of a scenario; titles, units and sources are in it."""
    schema = Scenario.model_json_schema()
    return {"$schema": _DIALECT, **schema, "title": "dronesim scenario"}


def drone_schema() -> dict[str, Any]:
    """Give the JSON Schema of a drone type's file; units are in it."""
    return {"$schema": _DIALECT, **DroneFile.model_json_schema(), "title": "dronesim drone type"}
