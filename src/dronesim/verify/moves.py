"""Checks that demand moved as it is told: nothing is ordered at a place in the hours in which it weighs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.intervals import Mask
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where

_NAME: Final = "demand that moves"
_COLUMNS: Final = ("merchant", "community", "takeoff_point", "placed_airport")
_ROUNDING_S: Final = 1e-3
"""A time is rounded up to whole milliseconds after the place was chosen."""


def moved_demand(run: Run) -> Check:
    """No order is placed at a merchant, community, take-off point or airport while demand there is times nothing."""
    moves = run.facts.moves
    if not moves:
        return skipped(_NAME, "demand does not move")
    sound = [move for move in moves if _is_sound(move)]
    odd = listed(f"facts: {move} is no move of demand" for move in moves if not _is_sound(move))
    return settle(_NAME, len(run.orders["order"]), [odd, *_ordered_where_nobody_orders(run, sound)])


def _is_sound(move: Any) -> bool:
    """Tell whether a move says where, from when to when, and how much."""
    if not isinstance(move, Mapping) or not isinstance(move.get("place"), str):
        return False
    numbers = [move.get(name) for name in ("from_s", "to_s", "factor")]
    if not all(isinstance(number, int | float) for number in numbers):
        return False
    return bool(move["from_s"] < move["to_s"] and move["factor"] >= 0)


def _ordered_where_nobody_orders(run: Run, moves: list[Mapping[str, Any]]) -> Iterator[Faults]:
    for move in moves:
        if move["factor"] == 0:
            yield where(
                _is_at(run, move),
                lambda row, move=move: (  # type: ignore[misc]
                    f"order {run.orders['order'][row]} is placed {at(run.orders['placed_s'][row])}, "
                    f"while nobody orders at {move['place']}"
                ),
            )


def _is_at(run: Run, move: Mapping[str, Any]) -> Mask:
    """Tell which orders are placed at a place in the hours of a move."""
    orders = run.orders
    is_there = orders[_COLUMNS[0]] == move["place"]
    for column in _COLUMNS[1:]:
        is_there = is_there | (orders[column] == move["place"])
    placed_s = orders["placed_s"]
    return np.asarray(is_there & (placed_s >= move["from_s"] + _ROUNDING_S) & (placed_s < move["to_s"]), np.bool_)
