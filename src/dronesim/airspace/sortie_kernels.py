"""Clears a sortie in one call: past listed flights and calendars, on the best of its ways, and enters it in both."""

from __future__ import annotations

from typing import TypeAlias

from dronesim.airspace.calendar_kernels import DEPART, NOBODY, Bools, Log, PackedWays, clear_choice
from dronesim.airspace.calendar_kernels import NO_ROOM as CALENDARS_FULL
from dronesim.airspace.pair_kernels import DEPARTS, FLIGHT, LEG, NO_LEG, OVER, Ints, Known, look_up
from dronesim.routing.jit import kernel

Sortie: TypeAlias = tuple[Ints, Ints, Log, int, PackedWays, Bools, int, int, int]
"""What ``clear_listed`` takes beside legs and flights: calendars, ways, from when on, what is past, and the holder."""

FULL = -3


@kernel
def enter_flight(listed: Ints, place: int, leg: int, departs_ms: int, flight: int, over_ms: int) -> None:
    """List a flight on a leg, which can't matter any more so long after its departure."""
    listed[LEG, place], listed[DEPARTS, place] = leg, departs_ms
    listed[FLIGHT, place], listed[OVER, place] = flight, departs_ms + over_ms


@kernel
def clear_listed(
    known: Known,
    asked: Ints,
    over_ms: Ints,
    listed: Ints,
    count: int,
    more: Ints,
    more_ends: Ints,
    closed: Ints,
    ends: Ints,
    shelf: Ints,
    held: Ints,
    log: Log,
    entry: int,
    ways: PackedWays,
    allowed: Bools,
    at_ms: int,
    past_ms: int,
    holder: int,
) -> tuple[int, int, int, int]:
    """Book the best way to fly a sortie, see ``calendar_kernels.clear_choice``, and list its flights out and home.

    The legs that it may take are ``asked`` (k,), those out first, and a flight on each matters for ``over_ms`` (k,);
    what listed flights forbid them is found by ``pair_kernels.look_up``. ``listed`` has room for two more. Where a
    number comes that is less than 0, nothing is done: ``FULL`` for want of room in calendars, else what ``look_up``
    lacks.
    """
    filled = look_up(known, asked, listed, count, NO_LEG, at_ms, more, more_ends, closed, ends)
    if filled < 0:
        return filled, 0, 0, NOBODY
    number, start_ms, left_ms, refused = clear_choice(
        shelf, held, log, entry, ways, allowed, closed, ends, at_ms, past_ms, holder
    )
    if number == CALENDARS_FULL:
        return FULL, 0, 0, NOBODY
    out, home = number // len(ways.homes), len(ways.outs) + number % len(ways.homes)
    enter_flight(listed, count, asked[out], start_ms + ways.outs[out, DEPART], holder, over_ms[out])
    enter_flight(listed, count + 1, asked[home], left_ms, holder, over_ms[home])
    return number, start_ms, left_ms, refused
