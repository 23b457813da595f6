"""What orders waited for: the table of waits added up, by order and over the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.statistics import Flags, Floats, mean_and_p95, ratio, whole_ms
from dronesim.record.columns import is_text, rows_of
from dronesim.record.kpis import ReasonKpis, WaitKpis
from dronesim.record.tables import STAGES, Columns
from dronesim.record.waits import REASONS, TO_COURIER, TO_TAKE_OFF
from dronesim.units import MS


def waited_ms(orders: Columns, waits: Columns) -> Mapping[str, Floats]:
    """Add up what each order waited for each reason, in milliseconds: a column of shape ``(orders,)`` a reason."""
    lasted_ms = whole_ms(waits["to_s"]) - whole_ms(waits["from_s"])
    order, count = waits["order"], rows_of(orders)
    return {
        reason.name: _added_up(order, lasted_ms, is_text(waits, "reason", reason.name), count) for reason in REASONS
    }


def _added_up(order: NDArray[Any], lasted_ms: Floats, rows: Flags, count: int) -> Floats:
    """Add some waits up by order; nothing is laid out for a reason that nobody waited for."""
    if not rows.any():
        return np.broadcast_to(np.float64(0.0), (count,))
    return np.bincount(order[rows], weights=lasted_ms[rows], minlength=count).astype(np.float64)


def stages(orders: Columns, waited: Mapping[str, Floats]) -> dict[str, WaitKpis]:
    """Split click-to-collect into stages: mean and 95th percentile over all collected orders.

    A stage lasts from one milestone to the next. The way from ready to loading is all waits, and so is that from loaded
    to departed: each has the stage of its reason. What an order waited for a courier is no part of the stage
    ``courier``. The means add up to the mean of click-to-collect. ``waited`` is as from `waited_ms`.
    """
    is_collected = is_text(orders, "end_state", "collected")
    return {stage: mean_and_p95(column / MS) for stage, column in _each_stage_ms(orders, waited, is_collected)}


def stage_ms(orders: Columns, waited: Mapping[str, Floats], rows: Flags | NDArray[np.intp]) -> dict[str, Floats]:
    """Split the way of orders into stages, in milliseconds: a column for each of `STAGES`.

    ``rows`` flags or numbers the orders; NaN where one did not get so far.
    """
    return dict(_each_stage_ms(orders, waited, rows))


_BETWEEN: Final = {
    "kitchen": ("placed_s", "prepared_s"),
    "courier": ("prepared_s", "ready_s"),
    "loading": ("loading_s", "loaded_s"),
    "flight": ("departed_s", "arrived_s"),
    "landing": ("arrived_s", "landed_s"),
    "unloading": ("landed_s", "delivered_s"),
    "dwell": ("delivered_s", "collected_s"),
}
"""Stages that last from one milestone to another."""


def _each_stage_ms(
    orders: Columns, waited: Mapping[str, Floats], rows: Flags | NDArray[np.intp]
) -> Iterator[tuple[str, Floats]]:
    """Give one stage after the other, so that a long day's are never all there at once."""
    reason_of = {reason.stage: reason.name for reason in REASONS}
    for stage in STAGES:
        if stage in reason_of:
            yield stage, waited[reason_of[stage]][rows]
            continue
        since, until = _BETWEEN[stage]
        lasted_ms = whole_ms(orders[until][rows]) - whole_ms(orders[since][rows])
        if stage == "courier":
            for reason in REASONS:
                if reason.part == TO_COURIER:
                    lasted_ms = lasted_ms - waited[reason.name][rows]
        yield stage, lasted_ms


def reasons(waited: Mapping[str, Floats]) -> dict[str, ReasonKpis]:
    """Tell of each reason how many orders waited for it, delivered or not, and for how long.

    ``mean_s`` is over the orders that did. Reasons that nobody waited for are there too, with zeros; the check before
    take-off, which every flight has, is not.
    """
    found = {}
    for reason in REASONS:
        lasted_ms = waited[reason.name]
        if reason.part != TO_TAKE_OFF:
            count, total_s = int((lasted_ms > 0).sum()), float(lasted_ms.sum() / MS)
            found[reason.name] = ReasonKpis(orders=count, total_s=total_s, mean_s=ratio(total_s, count))
    return found
