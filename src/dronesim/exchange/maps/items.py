"""What all readers of maps give: shapes in WGS84 degrees with the properties that their source states."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import shape as shape_of

from dronesim.exchange.maps.limits import Zone
from dronesim.letters import harmless

DEEPEST: Final = 20
"""Tables of properties that are nested deeper say nothing that a map could use."""
_SEPARATORS = re.compile(r"[\s_\-.:/()\[\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One feature of a source; ``place`` says which. A format of zones alone gives the ``zone`` that it states."""

    shape: Any
    properties: Mapping[str, Any]
    place: str
    zone: Zone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Features of one kind of file, in the coordinates of the file until they are brought to WGS84.

    ``crs`` is what the file says of its coordinates, None where it says nothing; ``form`` is the format.
    """

    source: str
    form: str
    items: tuple[Item, ...]
    crs: str | None


_NO_SHAPE: Final = (
    *(ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError),
    shapely.errors.ShapelyError,
)
"""What shapely raises where JSON holds no geometry, or numbers greater than any."""
TOP: Final = "height of the extruded outline"
"""Property with the greatest height of an outline of KML that is extruded: geometries are flat from here on."""


def plain(name: object) -> str:
    """Spell a name of a column so that case, width, separators and a BOM make no difference."""
    return _spelt(str(name))


@lru_cache(maxsize=8192)
def _spelt(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip("\ufeff \t\"'").casefold()
    return _SEPARATORS.sub("", text)


def find_name(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """Find the name that is spelt like one of those wanted, the first wanted first."""
    by_plain = {plain(name): name for name in reversed(list(names))}
    return next((by_plain[plain(each)] for each in wanted if plain(each) in by_plain), None)


def is_stated(value: object) -> bool:
    """Tell whether a property says anything."""
    if value is None or (isinstance(value, float) and value != value):
        return False
    return not (isinstance(value, str) and value.strip().casefold() in {"", "nan", "none", "null", "n/a", "-"})


def stated_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give the properties that say anything."""
    return {name: value for name, value in properties.items() if is_stated(value)}


def plain_value(value: Any, depth: int = 0) -> Any:
    """Give a property of any library as JSON has it; None for no numbers, raw bytes, and what is too deep."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes) or depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {harmless(str(name)): plain_value(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain_value(each, depth + 1) for each in value]
    return harmless(str(value))


def read_shape(geometry: Mapping[str, Any]) -> Any:
    """Give the shape that a geometry of GeoJSON is; None where it is none."""
    try:
        with np.errstate(invalid="ignore"):
            return shape_of(dict(geometry))
    except _NO_SHAPE:
        return None
