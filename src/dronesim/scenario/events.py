"""The events of a scenario: a table for each kind of trouble that there is, whoever made it known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, create_model
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from dronesim.scenario.fields import Count, Table, TimeOfDay, about
from dronesim.simulation.trouble import TROUBLES, Holds, Key, Trouble, register


class EventTable(Table):
    """Something that goes wrong at a stated time; the tables of the kinds of trouble add their own keys."""

    kind: str
    at: TimeOfDay = Field(description="when it happens, local time")

    def __reduce__(self) -> tuple[Any, ...]:
        # another process doesn't find its class by name, for it is made when asked for, and may not know its trouble
        return _arrive, (TROUBLES[self.kind], self.model_dump(exclude_unset=True))


AT_WORDS: Final = ("time", "when", "start", "from")
"""What people call the time of an event."""


class _OfAnyTrouble:
    """Lets a field hold an event of any trouble that is known when the field is checked, or its schema is asked for."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_event_of)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(_one_of(event_tables()).core_schema)


Event: TypeAlias = Annotated[EventTable, _OfAnyTrouble()]


def event_tables() -> tuple[type[EventTable], ...]:
    """List the tables of all troubles that are known now."""
    return tuple(event_table(trouble) for trouble in TROUBLES.values())


@cache
def event_table(trouble: Trouble) -> type[EventTable]:
    """Make the table of a kind of trouble."""
    name = "".join(part.capitalize() for part in trouble.kind.split("_"))
    fields: dict[str, Any] = {"kind": (Literal[trouble.kind], Field(description="what happens"))}
    fields |= {key.name: (_annotation(key), _field(key)) for key in trouble.keys}
    meaning = f"{trouble.meaning[:1].upper()}{trouble.meaning[1:]}."
    return create_model(name, __base__=EventTable, __doc__=meaning, __module__=__name__, **fields)


def _annotation(key: Key) -> Any:
    """Give the type of a key's value."""
    limits = Field(gt=key.above, ge=key.at_least, le=key.at_most)
    kinds: Mapping[Holds, Any] = {
        "number": Annotated[float, limits],
        "count": Annotated[int, limits],
        "airport": str,
        "takeoff_point": str,
        "merchant": str,
        "drone": Count,
        "area": str,
    }
    is_optional = key.default is None and not key.is_required
    return kinds[key.holds] | None if is_optional else kinds[key.holds]


def _field(key: Key) -> Any:
    return Field(description=key.text) if key.is_required else about(key.default, key.text, key.source)


@cache
def _one_of(tables: tuple[type[EventTable], ...]) -> TypeAdapter[EventTable]:
    """Give what tells tables apart by their kind; its findings name the key in the table."""
    either: Any = Annotated[Union[tables], Field(discriminator="kind")]  # noqa: UP007
    return TypeAdapter(either)


def _event_of(values: Any) -> EventTable:
    return _one_of(event_tables()).validate_python(values)


def _arrive(trouble: Trouble, values: Any) -> EventTable:
    """Give an event that comes from another process, and make its trouble known in this one."""
    return event_table(register(trouble)).model_validate(values)


def stated_in(event: EventTable, holds: Holds) -> Iterator[tuple[str, Any]]:
    """List the keys of an event that hold such a thing, and are stated, with what they say."""
    for key in TROUBLES[event.kind].keys:
        value = getattr(event, key.name)
        if key.holds == holds and value is not None:
            yield key.name, value


def event_unit(path: str, kind: str) -> str:
    """Name the unit of an event's key, where its trouble states one."""
    trouble, (_, _, name) = TROUBLES.get(kind), path.partition("events.")
    keys = trouble.keys if trouble is not None else ()
    return next((key.unit for key in keys if key.name == name), "")


def tables_in(annotation: Any, events: tuple[type[EventTable], ...]) -> Iterator[type[Table]]:
    """Find the table models in an annotation, however deep they are wrapped; an event stands for all ``events``."""
    if annotation is EventTable:
        yield from events
    elif isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for argument in get_args(annotation):
        yield from tables_in(argument, events)
