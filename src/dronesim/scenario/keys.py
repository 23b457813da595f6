"""Every key of a scenario as its models declare it: where it stands, its default, what it means, where that is from."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from pydantic.fields import FieldInfo

from dronesim.scenario.dump import toml_value
from dronesim.scenario.fields import Table
from dronesim.scenario.model import Scenario

REQUIRED: Final = "required"
NONE: Final = "none"
STATED: Final = "stated"
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

    @property
    def letter(self) -> str:
        """Give the letter of its source; empty for what a planner chooses or states."""
        first = self.source.partition(",")[0].partition(":")[0].strip()
        return first if first in _LETTERS else ""


@cache
def scenario_keys() -> tuple[ScenarioKey, ...]:
    """List all keys, table by table, in the order of the models."""
    return tuple(_keys(Scenario, ()))


def _keys(table: type[Table], path: tuple[str, ...]) -> Iterator[ScenarioKey]:
    variant = _variant(table)
    for name, field in table.model_fields.items():
        inner = _tables_in(field.annotation)
        for form in inner:
            yield from _keys(form, (*path, name))
        if not inner:
            yield _key(".".join((*path, name)), field, variant)


def _key(path: str, field: FieldInfo, variant: str) -> ScenarioKey:
    extra = field.json_schema_extra
    source = extra.get("source", STATED) if isinstance(extra, dict) else STATED
    return ScenarioKey(
        path=path, variant=variant, default=_default(field), text=field.description or "", source=str(source)
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True)
    if value is None:
        return NONE
    return toml_value(list(value) if isinstance(value, tuple) else value)


def _tables_in(annotation: Any) -> list[type[Table]]:
    """Find the table models in an annotation, however deep they are wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    return [table for part in typing.get_args(annotation) for table in _tables_in(part)]


def _variant(table: type[Table]) -> str:
    """Give the only ``kind`` that a table may have; empty where it has none."""
    field = table.model_fields.get("kind")
    kinds = typing.get_args(field.annotation) if field and typing.get_origin(field.annotation) is Literal else ()
    return str(kinds[0]) if len(kinds) == 1 else ""
