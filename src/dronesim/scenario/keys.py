"""Every key of a scenario: what its models declare of it, and what a scenario says."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from pydantic.fields import FieldInfo

from dronesim.scenario.dump import toml_value
from dronesim.scenario.events import EventTable, event_tables, event_unit, tables_in
from dronesim.scenario.fields import Table
from dronesim.scenario.model import Scenario

REQUIRED: Final = "required"
NONE: Final = "none"
STATED: Final = "stated"
UNITS: Final = {
    "_per_flight_hour": "1/h of flight",
    "_per_hour": "price an hour",
    "_per_day": "price a day",
    "_per_kwh": "price a kWh",
    "_per_order": "price an order",
    "_cycle": "price a cycle",
    "_mps2": "m/s²",
    "_mps": "m/s",
    "_min": "min",
    "_per_km2": "1/km²",
    "_m2": "m²",
    "_kgm3": "kg/m³",
    "_kg": "kg",
    "_wh": "Wh",
    "_deg": "degrees",
    "_share": "share",
    "_h": "h",
    "_c": "1/h",
    "_s": "s",
    "_m": "m",
    "_w": "W",
    "_dba": "dB(A)",
}
"""Units by the end of a key's name; the first that fits."""
OTHER_UNITS: Final = {
    "horizon.start": "local time",
    "horizon.end": "local time",
    "service.target": "share",
    "demand.orders": "orders a day",
    "demand.mass.kilograms": "kg",
    "demand.moves.from": "local time",
    "demand.moves.to": "local time",
    "demand.moves.factor": "factor",
    "kitchens.preparation.minutes": "min",
    "couriers.detour": "factor",
    "couriers.road_detour": "factor",
    "drone.eta_hover": "share",
    "drone.eta_forward": "share",
    "airspace.tracking_bound": "standard deviations",
    "dispatch.demand_error": "share",
    "batteries.cv_charge": "share",
    "batteries.charge_to": "share",
    "batteries.reserve": "share",
    "weather.changes.at": "local time",
    "faults.kitchen_surge.factor": "factor",
    "events.at": "local time",
    "shifts.from": "local time",
    "shifts.to": "local time",
    "risk.shelter": "factor",
    "risk.days_per_year": "days a year",
}
"""Units of keys whose names don't tell; all others count things, name them, or say yes or no."""
_LETTERS: Final = frozenset("ABCDEM")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioKey:
    """One key; ``variant`` is the ``kind`` of the table that has it, where a table has several forms.

    ``default`` is shown as TOML has it.
    """

    path: str
    variant: str
    default: str
    text: str
    source: str

    @property
    def table(self) -> str:
        """Name the table that the key stands in, empty for keys of the scenario itself."""
        return self.path.partition(".")[0] if "." in self.path else ""

    def unit(self, value: object) -> str:
        """Name the unit of the key; of a key that has none, what kind of thing its value is."""
        stated = OTHER_UNITS.get(self.path) or event_unit(self.path, self.variant)
        ending = next((unit for end, unit in UNITS.items() if self.path.endswith(end)), None)
        return stated or ending or _kind_of(value)

    @property
    def letter(self) -> str:
        """Give the letter of its source; empty for what a planner chooses or states."""
        first = self.source.partition(",")[0].partition(":")[0].strip()
        return first if first in _LETTERS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedKey:
    """A key of one scenario with its value; ``path`` numbers the tables of a list, as ``events[0].at``."""

    path: str
    key: ScenarioKey
    value: object

    @property
    def is_default(self) -> bool:
        """Tell whether the value is the default."""
        return shown(self.value) == self.key.default

    @property
    def unit(self) -> str:
        """Name the unit."""
        return self.key.unit(self.value)


def stated_keys(scenario: Scenario) -> tuple[StatedKey, ...]:
    """List the keys that a scenario has, defaults among them, in the order of the models."""
    return tuple(_stated(scenario, "", ""))


def _stated(table: Table, shown_as: str, declared_as: str) -> Iterator[StatedKey]:
    variant = _variant(type(table))
    for name, field in type(table).model_fields.items():
        value, path, declared = getattr(table, name), shown_as + name, declared_as + name
        if isinstance(value, Table):
            yield from _stated(value, f"{path}.", f"{declared}.")
        elif isinstance(value, tuple) and any(isinstance(item, Table) for item in value):
            for number, item in enumerate(value):
                yield from _stated(item, f"{path}[{number}].", f"{declared}.")
        else:
            yield StatedKey(path=path, key=_key(declared, field, variant), value=value)


def shown(value: object) -> str:
    """Show a value as TOML has it; a missing one in a word."""
    if value is None:
        return NONE
    return toml_value(list(value) if isinstance(value, tuple) else value)


def scenario_keys() -> tuple[ScenarioKey, ...]:
    """List all keys, table by table, in the order of the models."""
    return _scenario_keys(event_tables())


@cache
def _scenario_keys(events: tuple[type[EventTable], ...]) -> tuple[ScenarioKey, ...]:
    return tuple(_keys(Scenario, (), events))


def _keys(table: type[Table], path: tuple[str, ...], events: tuple[type[EventTable], ...]) -> Iterator[ScenarioKey]:
    variant = _variant(table)
    for name, field in table.model_fields.items():
        inner = list(tables_in(field.annotation, events))
        for form in inner:
            yield from _keys(form, (*path, name), events)
        if not inner:
            yield _key(".".join((*path, name)), field, variant)


def _key(path: str, field: FieldInfo, variant: str) -> ScenarioKey:
    extra = field.json_schema_extra
    source = extra.get("source", STATED) if isinstance(extra, dict) else STATED
    return ScenarioKey(
        path=path, variant=variant, default=_default(field), text=field.description or "", source=str(source)
    )


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes or no"
        case str():
            return "name"
        case tuple():
            return "list"
    return "number"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    return shown(field.get_default(call_default_factory=True))


def _variant(table: type[Table]) -> str:
    """Give the only ``kind`` that a table may have; empty where it has none."""
    field = table.model_fields.get("kind")
    kinds = typing.get_args(field.annotation) if field and typing.get_origin(field.annotation) is Literal else ()
    return str(kinds[0]) if len(kinds) == 1 else ""
