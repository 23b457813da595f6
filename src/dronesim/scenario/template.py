"""New files to begin with: a scenario, a drone type, every number with its meaning and its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dronesim.aircraft import drone_type_text
from dronesim.scenario.air import AirspaceTable, DispatchTable
from dronesim.scenario.dump import toml_value
from dronesim.scenario.events import tables_in
from dronesim.scenario.model import Scenario
from dronesim.scenario.orders import DemandTable
from dronesim.scenario.shifts import ShiftTable
from dronesim.simulation.trouble import TROUBLES

NEW_POLICY: Final = "index"
"""The policy of new scenarios: the best of those that ship by the leaderboard (docs/leaderboard.md)."""
_STATED = {"name", "map", "description", "extends", "seed"}
_LEFT_OUT = {"events", "shifts"}


def scenario_template(*, name: str, map_path: str, orders: int = 1000) -> str:
    """Write a scenario that loads as it stands, one commented line a key."""
    lines = [
        f"name = {toml_value(name)}",
        f"map = {toml_value(map_path)}  # GeoJSON map, relative to this file",
        'description = ""  # what it is for, in words',
        "seed = 1  # of all random streams; another seed is another day",
        '# extends = "base.toml"  # take everything that is not stated here from another scenario',
    ]
    for key, field in Scenario.model_fields.items():
        if key not in _STATED | _LEFT_OUT:
            lines += ["", f"[{key}]  # {field.description}", *_keys(key, _default_of(key, field, orders))]
    return "\n".join([*lines, "", *_events(), "", *_shifts()]) + "\n"


def drone_template(*, name: str, like: str) -> str:
    """Write the file of a drone type that flies as the built-in one it is ``like``, under a name of its own."""
    return drone_type_text(like).replace(f"name = {toml_value(like)}", f"name = {toml_value(name)}", 1)


def _events() -> Iterator[str]:
    """Show an event of the first trouble, and name the others."""
    first, *others = TROUBLES.values()
    kinds = ", ".join(toml_value(trouble.kind) for trouble in others)
    yield f"# {Scenario.model_fields['events'].description}:"
    yield "# [[events]]"
    yield f"# kind = {toml_value(first.kind)}  # or {kinds}"
    yield '# at = "12:30"'
    for key in sorted(first.keys, key=lambda key: not key.is_required):
        yield f"# {key.name} = {toml_value(key.text if key.is_required else key.default)}"


def _shifts() -> Iterator[str]:
    """Show a shift."""
    yield f"# {Scenario.model_fields['shifts'].description}:"
    yield "# [[shifts]]"
    values = {"what": "couriers", "site": "T1", "from": "11:00", "to": "14:00", "count": 2}
    for key, field in ShiftTable.model_fields.items():
        yield f"# {key} = {toml_value(values[key])}  # {field.description}"


def _default_of(key: str, field: FieldInfo, orders: int) -> BaseModel:
    """Give what a new scenario states: the defaults, so many orders, flights kept apart, and the best quick policy."""
    if key == "demand":
        return DemandTable(orders=float(orders))
    if key == "airspace":
        return AirspaceTable(mode="strategic")
    if key == "dispatch":
        return DispatchTable(policy=NEW_POLICY)
    default: BaseModel = field.get_default(call_default_factory=True)
    return default


def _keys(path: str, table: BaseModel) -> Iterator[str]:
    inner, absent = [], []
    for key, field in type(table).model_fields.items():
        value = getattr(table, key)
        if isinstance(value, BaseModel):
            inner.append((key, value, field))
        elif value is None and (tables := list(tables_in(field.annotation, ()))):
            absent.append((key, tables[0](), field))
        elif value is None:
            yield f"# {key} =   # {_about(field)}"
        else:
            plain = list(value) if isinstance(value, tuple) else value
            other = f" (left out: {toml_value(field.default)})" if _is_other(plain, field) else ""
            yield f"{key} = {toml_value(plain)}  # {_about(field)}{other}"
    for key, value, field in inner:
        yield f"[{path}.{key}]  # {field.description}"
        yield from _keys(f"{path}.{key}", value)
    for key, value, field in absent:
        yield f"# [{path}.{key}]  # {_about(field)}"
        yield from (f"# {line.removeprefix('# ')}" for line in _keys(f"{path}.{key}", value))


def _is_other(value: object, field: FieldInfo) -> bool:
    """Tell a value that is not what a scenario has which leaves the key out."""
    return isinstance(field.default, str) and value != field.default


def _about(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    source = extra.get("source") if isinstance(extra, dict) else None
    return f"{field.description}" + (f" ({source})" if source else "")
