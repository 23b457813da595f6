"""Checks that every departed order has its one outbound leg, with the order's own times and places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.verify.lookup import is_disturbed, is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_SHARED_TIMES = ("departed_s", "arrived_s", "landed_s")


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
    return where(
        broken, lambda row: f"leg {numbers[row]} is a second one or not among 0 to {len(numbers) - 1}"
    )


def _leg_counts(run: Run) -> Faults:
    orders, legs = run.orders, run.legs
    is_flown = (legs["kind"] == "outbound") & is_set(legs["departed_s"])
    rows = rows_of(orders["order"], legs["order"][is_flown])
    counts = np.bincount(rows[rows >= 0], minlength=len(orders["order"]))
    return where(
        counts != is_set(orders["departed_s"]),
        lambda row: (
            f"order {orders['order'][row]} departed {at(orders['departed_s'][row])} and has "
            f"{counts[row]} outbound legs"
        ),
    )


def _matches(run: Run) -> Iterator[Faults]:
    orders, legs = run.orders, run.legs
    departed = np.flatnonzero(is_set(orders["departed_s"]))
    found = rows_of(legs["leg"], orders["outbound_leg"][departed])
    order, leg = departed[found >= 0], found[found >= 0]
    is_delivered = is_set(orders["delivered_s"][order])

    def name(i: int) -> str:
        return f"order {orders['order'][order[i]]} and leg {legs['leg'][leg[i]]}"

    yield where(
        found < 0, lambda i: f"order {orders['order'][departed[i]]} names a leg that the legs table lacks"
    )
    yield where(legs["kind"][leg] != "outbound", lambda i: f"{name(i)}: kind {legs['kind'][leg[i]]!r}")
    pairs = (("order", "order", None), ("drone", "drone", None), ("takeoff_point", "from", None))
    for mine, its, _ in (*pairs, ("airport", "to", is_delivered)):
        broken = orders[mine][order] != legs[its][leg]
        yield where(
            broken & is_delivered if mine == "airport" else broken,
            lambda i, mine=mine, its=its: (
                f"{name(i)}: {mine} {orders[mine][order[i]]} is not the leg's {its} {legs[its][leg[i]]}"
            ),
        )
    for time in _SHARED_TIMES:
        broken = (orders[time][order] != legs[time][leg]) & (is_delivered | (time == "departed_s"))
        yield where(
            broken,
            lambda i, time=time: (
                f"{name(i)}: {time} {at(orders[time][order[i]])} against {at(legs[time][leg[i]])}"
            ),
        )
    yield where(
        is_delivered & (legs["outcome"][leg] != "landed"),
        lambda i: f"{name(i)}: delivered, but the leg's outcome is {legs['outcome'][leg[i]]!r}",
    )


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
