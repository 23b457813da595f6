"""Dataclasses as JSON and back, and their JSON Schemas: one form, told by their fields and types."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from dronesim.errors import InputError, Problem

T = TypeVar("T")

_NAME: Final = "name"
_LEFT_OUT: Final = "is left out where None"
_OF_PATHS: Final = "is of flown paths"
_PLAIN: Final[Mapping[Any, tuple[str, Any]]] = {
    bool: ("boolean", bool),
    int: ("integer", int),
    float: ("number", int | float),
    str: ("string", str),
}
"""JSON Schema's word for a type, and what may be there: a number may be whole."""


@dataclasses.dataclass(frozen=True, slots=True)
class Keys:
    """Says which keys a table has, and which more it may have, as an annotation of its type."""

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()


def called(name: str) -> Any:
    """Give a field whose name in JSON is a word that Python keeps for itself."""
    return dataclasses.field(metadata={_NAME: name})


def left_out() -> Any:
    """Give a field that JSON has only where it is not None."""
    return dataclasses.field(default=None, metadata={_LEFT_OUT: True})


def of_paths(*, default: Any = dataclasses.MISSING) -> Any:
    """Give a field that is known only where the paths that were flown are looked at, else None."""
    return dataclasses.field(default=default, metadata={_OF_PATHS: True})


def names_of_paths(kind: Any, above: str = "") -> tuple[str, ...]:
    """List the fields of a dataclass, and of those in it, that ask for flown paths, as dotted names."""
    hints, found = get_type_hints(kind), list[str]()
    for field in dataclasses.fields(kind):
        name = f"{above}{_name(field)}"
        if field.metadata.get(_OF_PATHS):
            found.append(name)
        for inner in (hints[field.name], *get_args(hints[field.name])):
            if dataclasses.is_dataclass(inner):
                found += names_of_paths(inner, f"{name}.")
    return tuple(found)


def to_json(value: Any) -> Any:
    """Turn a dataclass, and all that lies in it, into what `json` writes; keys in the order of the fields."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [to_json(found) for found in value]
    if isinstance(value, Mapping):
        return {name: to_json(found) for name, found in value.items()}
    return {
        _name(field): to_json(found)
        for field in dataclasses.fields(value)
        if (found := getattr(value, field.name)) is not None or not field.metadata.get(_LEFT_OUT)
    }


def from_json(kind: type[T], content: Any, *, file: str) -> T:
    """Make a dataclass of what `json` has read.

    Raises
    ------
    InputError
        Names every key that is missing, unknown or of another type; ``file`` is where the content comes from.
    """
    problems: list[Problem] = []

    def complain(key: str, rule: str, value: object) -> None:
        problems.append(Problem(file=file, key=key or "content", rule=rule, value=value))

    found = _read(kind, content, "", complain)
    if problems:
        raise InputError(problems)
    return found  # type: ignore[no-any-return]


Complain = Callable[[str, str, object], None]


def _read(kind: Any, content: Any, key: str, complain: Complain) -> Any:
    kind, keys = _unwrapped(kind)
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, content, key, complain)
    if get_origin(kind) in (Union, UnionType):
        return _read_choice(kind, content, key, complain)
    if get_origin(kind) is tuple:
        return _read_list(get_args(kind), content, key, complain)
    if get_origin(kind) is not None:
        return _read_table(get_args(kind)[1], keys, content, key, complain)
    name, fits = _PLAIN[kind]
    if not isinstance(content, fits) or (isinstance(content, bool) and kind is not bool):
        complain(key, f"must be of type {name}", content)
    return content


def _read_object(kind: Any, content: Any, key: str, complain: Complain) -> Any:
    if not isinstance(content, Mapping):
        return complain(key, "must be a table", content)
    fields = {_name(field): field for field in dataclasses.fields(kind)}
    needed = [name for name, field in fields.items() if not field.metadata.get(_LEFT_OUT)]
    _complain_of_keys(content, needed, fields, key, complain)
    types = _types(kind)
    values = {
        field.name: _read(types[field.name], content[name], _below(key, name), complain)
        for name, field in fields.items()
        if name in content
    }
    return kind(**values) if set(needed) <= content.keys() else None


def _complain_of_keys(
    content: Mapping[str, Any], needed: Sequence[str], known: Mapping[str, Any], key: str, complain: Complain
) -> None:
    for name in needed:
        if name not in content:
            complain(_below(key, name), "is missing", None)
    for name in content:
        if name not in known:
            complain(_below(key, name), f"is not a known key; choose from {', '.join(known)}", content[name])


def _read_table(kind: Any, keys: Keys | None, content: Any, key: str, complain: Complain) -> Any:
    if not isinstance(content, Mapping):
        return complain(key, "must be a table", content)
    if keys is not None:
        _complain_of_keys(content, keys.names, dict.fromkeys((*keys.names, *keys.optional)), key, complain)
    return {name: _read(kind, found, _below(key, name), complain) for name, found in content.items()}


def _read_list(kinds: tuple[Any, ...], content: Any, key: str, complain: Complain) -> Any:
    if not isinstance(content, list):
        return complain(key, "must be a list", content)
    each = (kinds[0],) * len(content) if kinds[-1] is Ellipsis else kinds
    if len(each) != len(content):
        return complain(key, f"must have {len(each)} values", content)
    return tuple(
        _read(kind, found, f"{key}[{row}]", complain)
        for row, (kind, found) in enumerate(zip(each, content, strict=True))
    )


def _read_choice(kind: Any, content: Any, key: str, complain: Complain) -> Any:
    """Read what may be None."""
    return None if content is None else _read(_but_none(kind), content, key, complain)


def schema_of(kind: type[Any], *, title: str) -> dict[str, Any]:
    """Give the JSON Schema of a dataclass's JSON, which knows every key and no other."""
    return {"$schema": DIALECT, "title": title, **_schema(kind)}


DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def _schema(kind: Any) -> dict[str, Any]:
    kind, keys = _unwrapped(kind)
    if dataclasses.is_dataclass(kind):
        return _object_schema(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return or_null(_schema(_but_none(kind)))
    if origin is tuple and args[-1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0])}
    if origin is tuple:
        return {"type": "array", "prefixItems": [_schema(arg) for arg in args], "items": False, "minItems": len(args)}
    if origin is not None and keys is not None:
        return closed_object({name: _schema(args[1]) for name in (*keys.names, *keys.optional)}, required=keys.names)
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema(args[1])}
    return {"type": _PLAIN[kind][0]}


def _object_schema(kind: Any) -> dict[str, Any]:
    types = _types(kind)
    properties = {_name(field): _schema(types[field.name]) for field in dataclasses.fields(kind)}
    required = [_name(field) for field in dataclasses.fields(kind) if not field.metadata.get(_LEFT_OUT)]
    return {"description": _first_line(kind), **closed_object(properties, required=required)}


def closed_object(properties: Mapping[str, Any], *, required: Sequence[str]) -> dict[str, Any]:
    """Give the schema of an object that has these keys and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Let a schema allow null beside what it allows."""
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _unwrapped(kind: Any) -> tuple[Any, Keys | None]:
    """Give a type without its annotations, and the keys that they name."""
    if get_origin(kind) is not Annotated:
        return kind, None
    bare, *notes = get_args(kind)
    return bare, next((note for note in notes if isinstance(note, Keys)), None)


def _but_none(kind: Any) -> Any:
    (found,) = (each for each in get_args(kind) if each is not NoneType)
    return found


def _first_line(kind: Any) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def _name(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get(_NAME, field.name))


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)
