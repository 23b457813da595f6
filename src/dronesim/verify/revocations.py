"""Checks that bookings taken back are told: a box that was held for an order is given back when that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, at, where
from dronesim.verify.silence import DOWN

_SLACK_S: Final = 5e-4
_KIND: Final = "booking_revoked"
_OTHER_WAYS: Final = ("diverts", "returns", "lost", DOWN)
_SLOT_LOST: Final = "not loaded when its slot ends"


def revocations(run: Run) -> Iterator[Faults]:
    """Find boxes given back for no reason that is told, and bookings taken back of orders that kept their box."""
    table, boxes = run.tables["incidents"], run.occupancy
    held = np.flatnonzero(boxes["resource"] == "box")
    order, to_s, from_s = boxes["holder"][held], ends(run)[held], boxes["from_s"][held]
    told = (
        _told_at(run, order, to_s)
        | _any_near(order, to_s, order, from_s)
        | _drone_is_lost(run, to_s)
        | _ends_then(run, order, to_s)
        | (to_s >= run.facts.closed_s - _SLACK_S)
    )
    yield where(
        ~told,
        lambda i: f"the box of order {order[i]} is given back {at(to_s[i])}, and nothing tells why",
    )
    revoked = np.flatnonzero((table["kind"] == _KIND) & (table["order"] >= 0))
    of, at_s = table["order"][revoked], table["time_s"][revoked]
    known = _any_near(of, at_s, order, to_s) | _any_near(of, at_s, order, from_s)
    yield where(
        ~known,
        lambda i: f"incident {revoked[i]}: the booking of order {of[i]} is taken back {at(at_s[i])}, and no box of it",
    )
    yield from _lost_slots(run, held, order, to_s)


def _lost_slots(run: Run, held: Ints, order: Ints, to_s: Floats) -> Iterator[Faults]:
    """Find slots for loading that are lost, though the booking is not taken back, or at another airport than its."""
    table = run.tables["incidents"]
    rows = np.flatnonzero(table["action"] == _SLOT_LOST)
    bookings = table["kind"] == _KIND
    of, at_s, site = (table[name][rows] for name in ("order", "time_s", "site"))
    back = _any_near(of, at_s, table["order"][bookings], table["time_s"][bookings])
    boxes = {
        (int(one), round(when * 1000)): run.occupancy["site"][row]
        for one, when, row in zip(order, to_s, held, strict=True)
    }
    meant = [boxes.get((int(one), round(when * 1000)), here) for one, when, here in zip(of, at_s, site, strict=True)]
    yield where(
        ~back | (np.array(meant, object) != site),
        lambda i: f"incident {rows[i]}: order {of[i]} for {site[i]} loses its slot {at(at_s[i])}, its box does not",
    )


def _told_at(run: Run, order: Ints, time_s: Floats) -> Mask:
    """Tell of which orders it is told at a time that their booking is taken back, or that they go another way."""
    table = run.tables["incidents"]
    rows = (table["kind"] == _KIND) | np.isin(table["action"], _OTHER_WAYS)
    return _any_near(order, time_s, table["order"][rows], table["time_s"][rows])


def _drone_is_lost(run: Run, time_s: Floats) -> Mask:
    """Tell at which times a drone comes down without a parcel, which may have been to fetch one."""
    table = run.tables["incidents"]
    rows = np.isin(table["action"], ("lost", DOWN)) & (table["order"] < 0)
    return np.isin(np.round(time_s * 1000), np.round(table["time_s"][rows] * 1000))


def _ends_then(run: Run, order: Ints, time_s: Floats) -> Mask:
    """Tell which orders end, or are collected, at a time."""
    orders = run.orders
    row = rows_of(orders["order"], order)
    found = np.zeros(len(order), np.bool_)
    for name in ("ended_s", "collected_s"):
        found |= np.abs(taken(orders[name], row) - time_s) <= _SLACK_S
    return found


def _any_near(order: Ints, time_s: Floats, orders: Ints, times_s: Floats) -> Mask:
    """Tell for which orders and times there is a row of the same order, within half a millisecond."""
    have = {(int(one), round(float(when) * 1000)) for one, when in zip(orders, times_s, strict=True) if one >= 0}
    asked = zip(order.tolist(), time_s.tolist(), strict=True)
    return np.array(
        [(one, round(when * 1000)) in have if np.isfinite(when) else False for one, when in asked], np.bool_
    )
