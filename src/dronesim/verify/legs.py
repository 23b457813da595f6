"""Checks that every departed order has its one outbound leg, with the order's own times and places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.intervals import Ints
from dronesim.verify.lookup import is_disturbed, is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_SHARED = (("order", "order"), ("drone", "drone"), ("takeoff_point", "from"), ("departed_s", "departed_s"))
_SHARED_IF_DELIVERED = (("airport", "to"), ("arrived_s", "arrived_s"), ("landed_s", "landed_s"))
"""Columns of an order and those of its outbound leg that say the same."""


def deliveries(run: Run) -> Check:
    """Each departed order has exactly one outbound leg, which carries the same drone, places and times."""
    orders = run.orders
    return settle(
        "outbound legs of orders",
        int(is_set(orders["departed_s"]).sum()),
        [_leg_numbers(run), _leg_counts(run), *_matches(run), _misfortunes(run)],
    )


def _leg_numbers(run: Run) -> Faults:
    numbers = run.legs["leg"]
    _, first = np.unique(numbers, return_index=True)
    is_again = np.ones(len(numbers), np.bool_)
    is_again[first] = False
    broken = is_again | (numbers < 0) | (numbers >= len(numbers))
    return where(broken, lambda row: f"leg {numbers[row]} is a second one or not among 0 to {len(numbers) - 1}")


def _leg_counts(run: Run) -> Faults:
    orders, legs = run.orders, run.legs
    is_flown = (legs["kind"] == "outbound") & is_set(legs["departed_s"])
    rows = rows_of(orders["order"], legs["order"][is_flown])
    counts = np.bincount(rows[rows >= 0], minlength=len(orders["order"]))
    return where(
        counts != is_set(orders["departed_s"]),
        lambda row: (
            f"order {orders['order'][row]} departed {at(orders['departed_s'][row])} and has {counts[row]} outbound legs"
        ),
    )


def _matches(run: Run) -> Iterator[Faults]:
    orders, legs = run.orders, run.legs
    departed = np.flatnonzero(is_set(orders["departed_s"]))
    found = rows_of(legs["leg"], orders["outbound_leg"][departed])
    yield where(found < 0, lambda i: f"order {orders['order'][departed[i]]} names a leg that the legs table lacks")
    order, leg = departed[found >= 0], found[found >= 0]
    yield from (_mismatch(run, order, leg, *pair) for pair in _SHARED)
    done = is_set(orders["delivered_s"][order])
    yield from (_mismatch(run, order[done], leg[done], *pair) for pair in _SHARED_IF_DELIVERED)
    broken = (legs["kind"][leg] != "outbound") | (done & (legs["outcome"][leg] != "landed"))
    yield where(
        broken,
        lambda i: (
            f"{_pair(run, order[i], leg[i])}: the leg is {legs['kind'][leg[i]]} and its outcome "
            f"{legs['outcome'][leg[i]]}"
        ),
    )


def _mismatch(run: Run, order: Ints, leg: Ints, mine: str, its: str) -> Faults:
    stated, found = run.orders[mine][order], run.legs[its][leg]
    word = at if mine.endswith("_s") else str
    return where(
        stated != found,
        lambda i: f"{_pair(run, order[i], leg[i])}: {mine} is {word(stated[i])}, the leg has {word(found[i])}",
    )


def _pair(run: Run, order: int, leg: int) -> str:
    return f"order {run.orders['order'][order]} and leg {run.legs['leg'][leg]}"


def _misfortunes(run: Run) -> Faults:
    """Find parcels lost or sent by road from a sortie in which nothing went wrong."""
    orders, legs = run.orders, run.legs
    calm = np.isin(orders["outbound_leg"], legs["leg"][~is_disturbed(run)])
    broken = calm & np.isin(orders["end_state"], ("ground", "lost"))
    return where(
        broken,
        lambda row: (
            f"order {orders['order'][row]} is {orders['end_state'][row]}, but nothing went wrong in "
            f"the sortie of leg {orders['outbound_leg'][row]}"
        ),
    )
