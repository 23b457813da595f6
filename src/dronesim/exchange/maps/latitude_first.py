"""Zones in JSON whose positions have latitude first: told by the rest of the map, and put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.exchange.maps.globe import HALF, TURN
from dronesim.exchange.maps.lengths import number

NEAR_DEGREES: Final = 1.0
"""A file of which no zone comes nearer to the rest of the map, and one does with exchanged positions, has them so."""
_PLACES: Final = ("coordinates", "center", "centre")


def is_latitude_first(content: Any, near: tuple[float, float] | None) -> bool:
    """Tell whether positions are exchanged: off the globe as they are, or far from ``near`` (longitude first)."""
    found = np.array(list(_positions(content)), dtype=np.float64).reshape(-1, 2)
    if not len(found):
        return False
    if np.abs(found[:, 1]).max() > 90 >= np.abs(found[:, 0]).max():
        return True
    if near is None:
        return False
    as_read, exchanged = (
        np.abs((found - place + HALF) % TURN - HALF).max(axis=1).min() for place in (near, near[::-1])
    )
    return bool(exchanged <= NEAR_DEGREES < as_read)


def exchanged(value: Any) -> Any:
    """Copy JSON with every position in it exchanged."""
    if isinstance(value, Mapping):
        return {key: _turned(each) if key in _PLACES else exchanged(each) for key, each in value.items()}
    return [exchanged(each) for each in value] if isinstance(value, list) else value


def _turned(value: Any) -> Any:
    if _is_position(value):
        return [value[1], value[0], *value[2:]]
    return [_turned(each) for each in value] if isinstance(value, list) else value


def _positions(value: Any) -> Iterator[tuple[float, float]]:
    for key, each in value.items() if isinstance(value, Mapping) else ():
        yield from _pairs(each) if key in _PLACES else _positions(each)
    for each in value if isinstance(value, list) else ():
        yield from _positions(each)


def _pairs(value: Any) -> Iterator[tuple[float, float]]:
    if _is_position(value):
        yield float(value[0]), float(value[1])
    else:
        for each in value if isinstance(value, list) else ():
            yield from _pairs(each)


def _is_position(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) >= 2
    return is_pair and all(isinstance(each, int | float) and number(each) is not None for each in value[:2])
