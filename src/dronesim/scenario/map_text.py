"""A map file as text and JSON, and the lines on which its features stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.scenario.features import Flaw
from dronesim.scenario.files import MAP_LIMIT_BYTES, read_text
from dronesim.scenario.foreign import FOREIGN
from dronesim.scenario.json_lines import feature_lines

BY_LINE: Final = (
    "is newline-delimited GeoJSON, a feature a line; put the lines into one "
    '{"type": "FeatureCollection", "features": [...]} with commas between them'
)


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
                is_place=flaw.index >= 0,
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
    form = {**FOREIGN, ".toml": "TOML"}.get(Path(path).suffix.lower())
    if form == "TOML":
        raise _refuse(label, "is TOML by its name, as scenarios are, and a map is GeoJSON")
    if form is not None:
        raise _refuse(label, f"is {form} by its name, and a map is GeoJSON; `dronesim import map` makes one of it")
    text = read_text(Path(path), label=label, limit_bytes=MAP_LIMIT_BYTES)
    tables = _Tables()
    try:
        collection = json.loads(text, object_pairs_hook=tables.table)
    except RecursionError as error:
        raise _refuse(label, "is nested too deeply") from error
    except json.JSONDecodeError as error:
        if _is_by_line(text, error):
            raise _refuse(label, BY_LINE, line=error.lineno) from error
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
    source = MapText(label=label, text=text, collection=collection)
    if tables.flawed:
        raise InputError(source.problems(tables.flaws(collection)))
    return source


@dataclass(slots=True)
class _Tables:
    """The tables of a JSON text while it is read; ``flawed`` has those that state a key more than once."""

    flawed: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    def table(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Make a table of its pairs, and keep what would be lost of them."""
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            self.flawed.append((found, next(name for name in names if names.count(name) > 1)))
        return found

    def flaws(self, collection: Mapping[str, Any]) -> list[Flaw]:
        """Name the feature that each of the flawed tables belongs to."""
        owners: dict[int, int] = {}
        for index, feature in enumerate(collection["features"]):
            owners |= dict.fromkeys(_tables_in(feature), index)
        return [
            Flaw(index=owners.get(id(table), -1), id=name, rule="is stated twice in the same table")
            for table, name in self.flawed
        ]


def _tables_in(value: object) -> Iterator[int]:
    """Identities of all tables in a value of JSON; its nesting is as deep as the parser allowed."""
    left = [value]
    while left:
        found = left.pop()
        if isinstance(found, dict):
            yield id(found)
        if isinstance(found, dict | list):
            left += found.values() if isinstance(found, dict) else found


def _is_by_line(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the text is features one a line: its first line is sound, and the next begins another table."""
    first, _, rest = text.strip().partition("\n")
    is_feature = '"Feature"' in first and rest.lstrip().startswith("{")
    return text.startswith("\x1e") or (error.msg == "Extra data" and is_feature)


def _refuse(label: str, rule: str, *, key: str = "map", line: int | None = None, value: object = None) -> InputError:
    return InputError([Problem(file=label, line=line, key=key, rule=rule, value=value)])
