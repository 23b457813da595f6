"""Checks orders that the policy refused: it might, no courier had the parcel, and the courier was free then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.verify.courier_trips import trips_of, walks_s
from dronesim.verify.intervals import Mask
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

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
