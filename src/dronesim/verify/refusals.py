"""Checks orders that the policy refused: it might, no courier had the parcel, and the courier was free then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.courier_trips import trips_of, walks_s
from dronesim.verify.intervals import Mask
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, skipped, where
from dronesim.verify.stated import stated, value_at

_SLACK_S: Final = 5e-3
_BY_POLICY: Final = "policy"


def is_by_policy(run: Run) -> Mask:
    """Tell which orders the policy refused."""
    return np.asarray((run.orders["end_state"] == "refused") & (run.orders["reason"] == _BY_POLICY))


def refusals(run: Run) -> Check:
    """What the policy refuses it may refuse; its courier has no parcel then, turns back, or never leaves."""
    rows = np.flatnonzero(is_by_policy(run))
    may = np.full(len(rows), run.facts.may_refuse)
    number = run.orders["order"][rows]
    faults = [
        where(~may, lambda i: f"order {number[i]} is refused by the policy, which may refuse none"),
        *_couriers(run, is_by_policy(run)),
    ]
    return settle("refusals by the policy", len(rows), faults)


def full_queues(run: Run) -> Check:
    """An order is refused for a queue only where so many wait at its take-off point as are stated to be its limit."""
    name, limit = "refusals by full queues", value_at(stated(run), "dispatch.queue_limit")
    orders = run.orders
    rows = np.flatnonzero((orders["end_state"] == "refused") & (orders["reason"] == "queue_limit"))
    if limit is None:
        return skipped(name, "the run has not kept its scenario")
    most = np.zeros(len(rows), np.int64)
    gone_s = np.fmin(orders["assigned_s"], orders["ended_s"])
    for point in run.facts.takeoff_points:
        here, asked = orders["takeoff_point"] == point, orders["takeoff_point"][rows] == point
        time_s = orders["placed_s"][rows][asked]
        came = np.searchsorted(np.sort(orders["placed_s"][here]), time_s + _SLACK_S, side="right")
        # who has not gone has no time, and stands last; the order itself does not wait
        most[asked] = came - np.searchsorted(np.sort(gone_s[here]), time_s - _SLACK_S) - 1
    broken = (most < limit) if limit else np.ones(len(rows), np.bool_)
    said = f"{limit} may wait" if limit else "as many may wait as there are"
    found = where(
        broken,
        lambda i: f"order {orders['order'][rows[i]]} is refused for a queue of {most[i]} at most, and {said}",
    )
    return settle(name, len(rows), [found])


def _couriers(run: Run, chosen: Mask) -> Iterator[Faults]:
    """Find couriers who leave for refused orders later, had the parcel, or are back at another time than they can."""
    orders, rows = run.orders, np.flatnonzero(chosen)
    number, over_s, prepared_s = (orders[name][rows] for name in ("order", "ended_s", "prepared_s"))
    (leave_s, back_s), walk_s = (column[rows] for column in trips_of(run)), walks_s(run)[rows]
    told = [f"order {order} is refused {at(time_s)}" for order, time_s in zip(number, over_s, strict=True)]
    yield where(
        leave_s > over_s + _SLACK_S,
        lambda i: f"{told[i]}, and its courier leaves {at(leave_s[i])}",
    )
    picked_s = np.maximum(prepared_s, leave_s + walk_s) + run.facts.courier_handling_s
    yield where(
        over_s > picked_s + _SLACK_S,
        lambda i: f"{told[i]}, and its courier has the parcel from {at(picked_s[i])} on",
    )
    out_s = over_s - leave_s
    most_s = np.minimum(over_s + np.fmin(out_s, walk_s), run.facts.closed_s)
    least_s = np.where(is_set(walk_s), most_s, over_s)
    yield where(
        (back_s > most_s + _SLACK_S) | (back_s < least_s - _SLACK_S),
        lambda i: f"{told[i]}, its courier left {at(leave_s[i])} and is free {at(back_s[i])}, not {at(most_s[i])}",
    )
