"""Checks of the clock: whole milliseconds, inside the day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dronesim.record.tables import MILESTONES
from dronesim.units import MS
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_TIMES = {
    "orders": (*MILESTONES, "ended_s"),
    "legs": ("requested_s", "departed_s", "arrived_s", "landed_s", "hold_s"),
    "occupancy": ("from_s", "to_s"),
    "waits": ("from_s", "to_s"),
    "incidents": ("time_s",),
    "scans": ("time_s",),
}
_NUMBERS = {"orders": "order", "legs": "leg", "incidents": "incident", "scans": "scan"}


def milliseconds(run: Run) -> Check:
    """Every time of an event is a whole number of milliseconds."""
    faults, examined = [], 0
    for table, column, values in _columns(run):
        examined += len(values)
        broken = ~np.isnan(values) & (np.rint(values * MS) / MS != values)
        faults.append(_name(run, table, column, broken, "is no whole number of milliseconds"))
    return settle("exact milliseconds", examined, faults)


def day_bounds(run: Run) -> Check:
    """Orders are placed within opening hours and nothing happens before the day or after it was closed."""
    facts, orders = run.facts, run.orders
    placed = orders["placed_s"]
    is_early_or_late = ~((placed >= facts.start_s) & (placed <= facts.end_s)) & (
        (orders["end_state"] != "refused") | (orders["reason"] != "out_of_hours")
    )
    faults = [
        where(
            is_early_or_late,
            lambda row: f"order {orders['order'][row]} was placed {at(placed[row])}, outside opening hours",
        )
    ]
    first_s = min(facts.start_s, float(np.fmin.reduce(placed, initial=facts.start_s)))
    examined = 0
    for table, column, values in _columns(run):
        examined += len(values)
        if column != "hold_s":
            faults.append(_name(run, table, column, values > facts.closed_s, "lies after the end of the day"))
            faults.append(_name(run, table, column, values < first_s, "lies before the day"))
    return settle("day bounds", examined, faults, note=f"the day closed {at(facts.closed_s)}")


def _columns(run: Run) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    for table, columns in _TIMES.items():
        for column in columns:
            yield table, column, run.tables[table][column]


def _name(run: Run, table: str, column: str, broken: NDArray[np.bool_], rule: str) -> Faults:
    columns = run.tables[table]

    def describe(row: int) -> str:
        value = columns[column][row]
        return f"{_subject(run, table, row)}: {column} {at(value)} = {float(value)!r} {rule}"

    return where(broken, describe)


def _subject(run: Run, table: str, row: int) -> str:
    columns = run.tables[table]
    if table == "occupancy":
        return f"occupancy of {columns['resource'][row]} at {columns['site'][row]} by {columns['holder'][row]}"
    if table == "waits":
        return f"wait of order {columns['order'][row]} for {columns['reason'][row]}"
    return f"{_NUMBERS[table]} {columns[_NUMBERS[table]][row]}"
