"""Tables written row by row in plain Python: the slow twin of the columns in their small form."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import ROUTE
from dronesim.record.tables import SCHEMAS, Columns
from dronesim.simulation.engine import Day, Outcome
from dronesim.simulation.ledger import NETWORK
from dronesim.simulation.presence import NOBODY

Row = tuple[str, str, int, int, float, float]
_TYPES = {"int64": np.int64, "float64": np.float64, "bool": np.bool_, "text": object}


def plain(tables: Mapping[str, Columns]) -> dict[str, dict[str, NDArray[Any]]]:
    """Lay every column out as an array of what its schema says."""
    return {
        name: {column: _array(columns[column].tolist(), kind) for column, kind in SCHEMAS[name].items()}
        for name, columns in tables.items()
    }


def changeable(outcome: Outcome) -> Outcome:
    """Give a copy of what a day leaves behind in which faults may be planted."""
    return Outcome(tables=plain(outcome.tables), facts=copy.deepcopy(dict(outcome.facts)))


def _array(values: Sequence[Any], kind: str) -> NDArray[Any]:
    found = np.empty(len(values), dtype=_TYPES[kind])
    for row, value in enumerate(values):
        found[row] = value
    return found


def occupancy_rows(day: Day, closed_ms: int) -> list[Row]:
    """List who held what, from the ledgers and the bookings of a day whose cabinets, fleet and ledger are closed."""
    ledger, timetable = day.scene.ledger, day.scene.network.timetable
    sites = day._inputs.places.ids
    held: list[Row] = []
    for resource, rows in (
        *(("courier", ledger.couriers), ("rider", ledger.riders), ("charger", ledger.chargers)),
        *(("pack", ledger.packs), ("box", ledger.boxes)),
    ):
        found = [dict(zip(rows.table().dtype.names or (), row, strict=True)) for row in rows.table().tolist()]
        found.sort(key=lambda row: (row["from_ms"], row["site"], row["unit"], row["holder"]))
        for row in found:
            site = "network" if row["site"] == NETWORK else sites[row["site"]]
            held.append((resource, site, row["unit"], row["holder"], row["from_ms"], row["to_ms"]))
    booked = sorted(
        (calendar, start_ms, end_ms, holder)
        for calendar, start_ms, end_ms, holder in timetable.bookings().tolist()
        if end_ms > start_ms
    )
    for calendar in range(len(timetable.resources)):
        held += _dealt(
            [row for row in booked if row[0] == calendar],
            timetable.resources[calendar],
            timetable.sites[calendar],
            units=timetable.units(calendar),
        )
    cut = [(*row[:4], row[4], min(row[5], closed_ms)) for row in held if row[0] != ROUTE and row[3] != NOBODY]
    return [(*row[:4], row[4] / 1000, row[5] / 1000) for row in cut if row[4] < row[5]]


def _dealt(booked: Sequence[tuple[int, ...]], resource: str, site: str, *, units: int) -> list[Row]:
    """Give each booking the lowest-numbered unit that is free."""
    free_from_ms, rows = [-math.inf] * units, []
    for _, start_ms, end_ms, holder in booked:
        unit = next(number for number, free_ms in enumerate(free_from_ms) if free_ms <= start_ms)
        free_from_ms[unit] = end_ms
        rows.append((resource, site, unit, holder, start_ms, end_ms))
    return rows
