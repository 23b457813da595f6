"""What sorties hold of calendars at the least: uses, pairs of places that have them, and what several ways share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Milliseconds = NDArray[np.int64]


class Use(NamedTuple):
    """A unit of a calendar (a row of ``Bounded.calendars``) that is held for ``for_ms``.

    It begins between ``from_ms`` and ``until_ms`` after the start of loading, or after what is told.
    """

    row: int
    from_ms: int
    until_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The least that a sortie from a take-off point to an airport takes.

    ``deliver_ms`` and ``away_ms`` count from the start of loading: until the parcel can lie in its box, and until the
    drone of calendar ``pool`` can be loaded again. ``comes_ms`` is when it can enter the area of the take-off point on
    its way home; ``home`` is that, by number. ``is_own``: it is sure that the parcel goes to its own airport.
    """

    home: int
    pool: int
    deliver_ms: int
    away_ms: int
    comes_ms: int
    uses: tuple[Use, ...]
    is_own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The least that follows at a take-off point on entering its area: until its drone is free, and what it holds."""

    free_ms: int
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Units of a resource: from when (ms) how many; ``late_ms`` is when units leave that may finish one sortie yet."""

    resource: str
    site: str
    steps: tuple[tuple[int, int], ...]
    late_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The orders of a day that can be on time.

    By order, ``(n,)``: the first and the last start of loading, its pair, the box calendar and for how long from the
    start it holds a box, -1 and 0 where it is not sure which. ``landings`` are by take-off point. ``in_range`` counts
    all orders of the promise. ``is_steady``: nothing changes flights that are booked, so that they are as planned.
    """

    first_ms: Milliseconds
    last_ms: Milliseconds
    pair: Milliseconds
    box: Milliseconds
    box_ms: Milliseconds
    pairs: tuple[Pair, ...]
    landings: tuple[Landing, ...]
    calendars: tuple[Calendar, ...]
    in_range: int
    is_steady: bool


def least(ways: Sequence[Sequence[tuple[int, ...]]], *, is_spread: bool = False) -> tuple[Use, ...]:
    """Give what all of several ways hold: when the first begins and the last, and for how long at the least.

    A use is a calendar, an offset and a length; ``is_spread``: it is a `Use` already.
    """
    keyed = [_numbered(way) for way in ways]
    common = [key for key in keyed[0] if all(key in way for way in keyed)]
    found = []
    for key in common:
        uses = [way[key] for way in keyed]
        latest = max(use[2] if is_spread else use[1] for use in uses)
        found.append(Use(key[0], min(use[1] for use in uses), latest, min(use[-1] for use in uses)))
    return tuple(found)


def sure(ways: Sequence[Sequence[tuple[int, ...]]]) -> tuple[Use, ...]:
    """Give the time in which each of several ways holds a calendar, whichever is taken."""
    keyed = [_numbered(way) for way in ways]
    common = [key for key in keyed[0] if all(key in way for way in keyed)]
    found = []
    for key in common:
        begins = max(way[key][1] for way in keyed)
        ends = min(way[key][1] + way[key][2] for way in keyed)
        if ends > begins:
            found.append(Use(key[0], begins, begins, ends - begins))
    return tuple(found)


def _numbered(way: Sequence[tuple[int, ...]]) -> dict[tuple[int, int], tuple[int, ...]]:
    """Key uses by their calendar, and by how many of the same stand before them."""
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for use in way:
        number = 0
        while (use[0], number) in found:
            number += 1
        found[use[0], number] = use
    return found
