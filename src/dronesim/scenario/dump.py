"""A resolved scenario written back as TOML, every default spelled out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dronesim.scenario.model import Scenario


def dump_scenario(
    scenario: Scenario,
    *,
    map_path: str,
    trace_path: str | None = None,
    drone_type_path: str | None = None,
    weather_path: str | None = None,
) -> str:
    """Show a scenario as TOML that loads to an equal one; its files are named as given.

    Keys without a value are left out, for TOML has no null.
    """
    values = scenario.model_dump(mode="json", exclude_none=True)
    values["map"] = map_path
    values.pop("extends", None)
    values["demand"].pop("file", None)
    values["weather"].pop("file", None)
    if drone_type_path is not None:
        values["fleet"]["drone_type"] = drone_type_path
    if trace_path is not None:
        values["demand"]["file"] = trace_path
    if weather_path is not None:
        values["weather"]["file"] = weather_path
    return "\n".join(_table(values, ())).lstrip("\n") + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Plain keys first, then tables and arrays of tables below them."""
    for key, value in values.items():
        if not _is_nested(value):
            yield f"{_key(key)} = {toml_value(value)}"
    for key, value in values.items():
        inner = (*path, _key(key))
        if isinstance(value, dict):
            yield from _header(f"[{'.'.join(inner)}]", value, inner)
        elif _is_nested(value):
            for item in value:
                yield from _header(f"[[{'.'.join(inner)}]]", item, inner)


def _header(header: str, values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield header
    yield from _table(values, path)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else toml_value(key)


def toml_value(value: Any) -> str:
    """Show a value; JSON's strings, numbers, booleans and arrays are TOML's too."""
    if isinstance(value, list):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
