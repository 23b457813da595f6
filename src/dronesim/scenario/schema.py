"""The JSON Schema of scenario files, for editors that check while a planner types."""

from __future__ import annotations

from typing import Any

from dronesim.scenario.model import Scenario


def scenario_schema() -> dict[str, Any]:
    """Give the JSON Schema of a scenario; titles, units and sources are in it."""
    schema = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "dronesim scenario"}
