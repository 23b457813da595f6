"""A map file as text and JSON, and the lines on which its features stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.scenario.features import Flaw
from dronesim.scenario.files import MAP_LIMIT_BYTES, read_text
from dronesim.scenario.json_lines import feature_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class MapText:
    """A map as read: how people named the file, its text, and what JSON made of it."""

    label: str
    text: str
    collection: Mapping[str, Any]

    def problems(self, flaws: Iterable[Flaw]) -> list[Problem]:
        """Add file and line to flaws; an index of -1 means the map as a whole."""
        listed = list(flaws)
        lines = feature_lines(self.text) if listed else []
        lines = lines if len(lines) == len(self.collection["features"]) else []
        return [
            Problem(
                file=self.label,
                line=lines[flaw.index] if 0 <= flaw.index < len(lines) else None,
                key=flaw.id,
                rule=flaw.rule,
                value=flaw.value,
                hint=flaw.hint,
            )
            for flaw in listed
        ]

    def index_of(self, site: str) -> int:
        """Find the place in the file of the feature with an id; -1 where there is none."""
        for index, feature in enumerate(self.collection["features"]):
            properties = feature.get("properties") or {}
            if str(properties.get("id", feature.get("id"))) == site:
                return index
        return -1


def read_map_text(path: str | Path) -> MapText:
    """Read a file as a GeoJSON FeatureCollection; an InputError says what it is instead."""
    label = str(path)
    text = read_text(Path(path), label=label, limit_bytes=MAP_LIMIT_BYTES)
    try:
        collection = json.loads(text)
    except RecursionError as error:
        raise _refuse(label, "is nested too deeply") from error
    except json.JSONDecodeError as error:
        rule = f"is not valid JSON: {error.msg.lower()}"
        raise _refuse(label, rule, line=error.lineno, key=f"column {error.colno}") from error
    except ValueError as error:
        raise _refuse(label, f"is not valid JSON: {error}") from error
    is_object = isinstance(collection, dict)
    if not is_object or collection.get("type") != "FeatureCollection":
        found = collection.get("type") if is_object else type(collection).__name__
        raise _refuse(label, 'must be a GeoJSON object with type "FeatureCollection"', key="type", value=found)
    if not isinstance(collection.get("features"), list):
        raise _refuse(label, "must be a list of features", key="features")
    return MapText(label=label, text=text, collection=collection)


def _refuse(label: str, rule: str, *, key: str = "map", line: int | None = None, value: object = None) -> InputError:
    return InputError([Problem(file=label, line=line, key=key, rule=rule, value=value)])
