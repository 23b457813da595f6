"""What orders waited for: the table of waits added up, by order and over the day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.statistics import Flags, Floats, mean_and_p95, ratio, whole_ms
from dronesim.record.kpis import ReasonKpis, WaitKpis
from dronesim.record.tables import MILESTONES, STAGES, Columns
from dronesim.record.waits import REASONS, TO_COURIER, TO_TAKE_OFF
from dronesim.units import MS


def waited_ms(orders: Columns, waits: Columns) -> Mapping[str, Floats]:
    """Add up what each order waited for each reason, in milliseconds: a column of shape ``(orders,)`` a reason."""
    lasted_ms = whole_ms(waits["to_s"]) - whole_ms(waits["from_s"])
    count = len(orders["order"])
    return {
        reason.name: np.bincount(waits["order"][rows], weights=lasted_ms[rows], minlength=count).astype(np.float64)
        for reason in REASONS
        for rows in [waits["reason"] == reason.name]
    }


def stages(orders: Columns, waited: Mapping[str, Floats]) -> dict[str, WaitKpis]:
    """Split click-to-collect into stages: mean and 95th percentile over all collected orders.

    A stage lasts from one milestone to the next. The way from ready to loading is all waits, and so is that from loaded
    to departed: each has the stage of its reason. What an order waited for a courier is no part of the stage
    ``courier``. The means add up to the mean of click-to-collect. ``waited`` is as from `waited_ms`.
    """
    is_collected = orders["end_state"] == "collected"
    steps_ms = stage_ms(orders, waited, is_collected)
    return {stage: mean_and_p95(column / MS) for stage, column in steps_ms.items()}


def stage_ms(orders: Columns, waited: Mapping[str, Floats], rows: Flags | NDArray[np.intp]) -> dict[str, Floats]:
    """Split the way of orders into stages, in milliseconds: a column for each of `STAGES`.

    ``rows`` flags or numbers the orders; NaN where one did not get so far.
    """
    marks = {name: whole_ms(orders[name][rows]) for name in MILESTONES}
    waited = {name: column[rows] for name, column in waited.items()}
    steps = {
        "kitchen": marks["prepared_s"] - marks["placed_s"],
        "courier": marks["ready_s"] - marks["prepared_s"],
        "loading": marks["loaded_s"] - marks["loading_s"],
        "flight": marks["arrived_s"] - marks["departed_s"],
        "landing": marks["landed_s"] - marks["arrived_s"],
        "unloading": marks["delivered_s"] - marks["landed_s"],
        "dwell": marks["collected_s"] - marks["delivered_s"],
    }
    for reason in REASONS:
        steps[reason.stage] = waited[reason.name]
        if reason.part == TO_COURIER:
            steps["courier"] = steps["courier"] - waited[reason.name]
    return {stage: steps[stage] for stage in STAGES}


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
