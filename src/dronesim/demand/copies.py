"""A trace thinned or multiplied: which of its orders come, which come again, and when the copies are placed.

With a factor f every order comes floor(f) times, and once more with probability f - floor(f), by one number that is
drawn for each order. So what comes with a smaller factor comes with a larger one too, on the same day and with the same
draws (common random numbers). The first to come is the order itself, as the trace has it; another is a copy, placed up
to a stated time before or after it, evenly, and with draws of its own.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.orders import OrderColumns
from dronesim.demand.specs import Trace
from dronesim.geometry.distance import read_only
from dronesim.streams import Streams
from dronesim.units import MS


def layers(trace: Trace, *, factor: float, streams: Streams) -> list[NDArray[np.bool_]]:
    """Tell which orders of a trace come for the first time, which again, and so on; masks of shape ``(n,)``."""
    whole, count = math.floor(factor), len(trace)
    masks = [np.ones(count, dtype=np.bool_) for _ in range(whole)]
    rest = streams.generator("trace factor").random(count) < factor - whole
    return [*masks, rest] if factor > whole else masks


def copy_of(trace: Trace, number: int, *, shift_s: float, opening_s: tuple[float, float], streams: Streams) -> Trace:
    """Give the copies of all orders of a trace, the first of each for ``number`` 1, in the order of the trace.

    Who was placed in the opening hours stays in them. Times have whole milliseconds.
    """
    by_s = streams.generator("trace shift").uniform(-shift_s, shift_s, len(trace))
    earliest_s = np.minimum(opening_s[0], trace.placed_s)
    latest_s = np.maximum(opening_s[1], trace.placed_s)
    placed_s = np.round(np.clip(trace.placed_s + by_s, earliest_s, latest_s) * MS) / MS
    taken = set(trace.order_id)
    return dataclasses.replace(
        trace, order_id=tuple(_new_id(name, number, taken) for name in trace.order_id), placed_s=placed_s
    )


def _new_id(name: str, number: int, taken: set[str]) -> str:
    """Name a copy by its order, by another mark where the trace has that name already."""
    mark = "+"
    while f"{name}{mark}{number}" in taken:
        mark += "+"
    return f"{name}{mark}{number}"


def joined(parts: Sequence[OrderColumns], masks: Iterable[NDArray[np.bool_]]) -> OrderColumns:
    """Put the orders that come into one day, in order of placing; those of one instant as they are drawn."""
    kept = [np.flatnonzero(mask) for mask in masks]
    placed_s = np.concatenate([part.placed_s[rows] for part, rows in zip(parts, kept, strict=True)])
    order = np.argsort(placed_s, kind="stable")
    found: dict[str, Any] = {}
    for field in dataclasses.fields(OrderColumns):
        columns = [getattr(part, field.name) for part in parts]
        if isinstance(columns[0], tuple):
            flat = [column[row] for column, rows in zip(columns, kept, strict=True) for row in rows.tolist()]
            found[field.name] = tuple(flat[row] for row in order.tolist())
        elif isinstance(columns[0], np.ndarray):
            found[field.name] = read_only(np.concatenate([c[r] for c, r in zip(columns, kept, strict=True)])[order])
    return dataclasses.replace(parts[0], **found)
