"""Reads the merchants of a run's map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def merchants_of(folder: Path, scenario: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """List merchants of the map, with what it says that their kitchens take on average, in minutes, if it does."""
    features = json.loads((folder / scenario["map"]).read_text(encoding="utf-8"))["features"]
    stated = (feature.get("properties") or {} for feature in features)
    return [(str(place["id"]), place.get("preparation_min")) for place in stated if place.get("kind") == "merchant"]
