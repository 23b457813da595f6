"""A layer: a table of what is shown on a map, a row a thing, with its place in WGS84."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.export.clock import DayClock
from dronesim.letters import harmless

Column = NDArray[Any]
"""Floats (NaN), whole numbers (-1), truths, texts (None) or instants (NaT): in brackets what stands for nothing."""

Shown = Callable[[Any], list[str | None]]
"""How instants are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A table with a place a row.

    ``shapes``: shapely geometries in degrees (heights in metres), shape ``(n,)``, None where there is no place;
    ``kind``: what they are, as GeoJSON names it, with `` Z`` where they have heights.
    """

    name: str
    columns: Mapping[str, Column]
    shapes: NDArray[Any]
    kind: str

    def __len__(self) -> int:
        return len(self.shapes)

    def values(self, *, show: Shown) -> list[list[Any]]:
        """Give its columns as plain values, None for nothing; ``show`` writes instants, texts are made plain."""
        return [plain_values(column, show=show) for column in self.columns.values()]


def plain_values(column: Column, *, show: Shown) -> list[Any]:
    """Give a column as plain values, None for nothing."""
    if column.dtype.kind == "M":
        return list(show(column))
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        return [value if known else None for value, known in zip(values, np.isfinite(column).tolist(), strict=True)]
    if column.dtype.kind == "i":
        return [None if value == -1 else value for value in values]
    if column.dtype.kind == "b":
        return values
    return [None if value is None else harmless(value) for value in values]


def is_nothing(column: Column) -> NDArray[np.bool_]:
    """Tell which rows of a column hold nothing, shape ``(n,)``."""
    if column.dtype.kind == "M":
        return np.asarray(np.isnat(column))
    if column.dtype.kind == "f":
        return np.asarray(~np.isfinite(column))
    if column.dtype.kind == "i":
        return np.asarray(column == -1)
    if column.dtype.kind == "b":
        return np.zeros(len(column), np.bool_)
    return np.array([value is None for value in column.tolist()], np.bool_)


def with_instants(columns: Mapping[str, Column], clock: DayClock | None, names: Mapping[str, str]) -> dict[str, Column]:
    """Add an instant to times of day in seconds: ``names`` says which column becomes which; none without a clock."""
    added = {} if clock is None else {new: clock.instants(columns[old]) for old, new in names.items()}
    return {**columns, **added}


def texts(values: Sequence[str | None]) -> Column:
    """Make a column of texts."""
    return np.array([*values, None], dtype=object)[:-1]


def points(lonlat: NDArray[np.float64]) -> NDArray[Any]:
    """Make points of longitudes and latitudes, shape ``(n, 2)``; None where they are NaN."""
    found = np.asarray(shapely.points(lonlat), dtype=object)
    found[np.isnan(lonlat).any(axis=1)] = None
    return found
