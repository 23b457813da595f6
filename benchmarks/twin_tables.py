"""The twin's day as tables of the engine's form, so that both sides of a comparison write Parquet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.record.tables import FLOAT, INT, ORDERS, TEXT, Columns
from dronesim.simulation import SimulationInputs
from dronesim.units import MS
from naive_twin import MILESTONES, NaiveTwin, Record


def twin_tables(twin: NaiveTwin) -> dict[str, Columns]:
    """Give the tables of orders and scans; what the twin does not work out (ceilings, legs, reasons) is null."""
    known = _drawn(twin.inputs) | _lived(twin.records)
    count = len(twin.records)
    unknown = {column: _nulls(kind, count) for column, kind in ORDERS.items() if column not in known}
    return {"orders": known | unknown, "scans": _scans(twin)}


def _drawn(inputs: SimulationInputs) -> dict[str, NDArray[Any]]:
    """Columns that were known before the day."""
    orders, ids = inputs.orders, np.array(inputs.places.ids, dtype=object)
    return {
        "order": np.arange(len(orders)),
        "order_id": np.array(orders.order_id, dtype=object),
        "merchant": np.array(orders.merchant, dtype=object),
        "community": np.array(orders.community, dtype=object),
        "takeoff_point": ids[orders.takeoff_point],
        "airport": ids[inputs.places.takeoff_points + orders.airport],
        "placed_airport": ids[inputs.places.takeoff_points + orders.airport],
        "distance_m": orders.distance_m,
        "mass_kg": orders.mass_kg,
        "in_range": orders.distance_m <= inputs.rules.service.radius_m,
    }


def _lived(records: list[Record]) -> dict[str, NDArray[Any]]:
    """Columns that the day has filled."""
    times = {f"{name}_s": _seconds([getattr(record, name) for record in records]) for name in MILESTONES}
    return times | {
        "end_state": np.array([record.end_state for record in records], dtype=object),
        "drone": np.array([-1 if record.drone is None else record.drone for record in records]),
        "box": np.array([-1 if record.box is None else record.box for record in records]),
    }


def _scans(twin: NaiveTwin) -> dict[str, NDArray[Any]]:
    rows = [[row[column] for row in twin.scans] for column in range(6)]
    airport = np.array(twin.inputs.places.ids, dtype=object)[twin.inputs.places.takeoff_points :]
    return {
        "scan": np.arange(len(twin.scans)),
        "time_s": np.array(rows[0], dtype=np.float64) / MS,
        "airport": airport[np.array(rows[1], dtype=np.int64)],
        "box": np.array(rows[2], dtype=np.int64),
        "order": np.array(rows[3], dtype=np.int64),
        "code_order": np.array(rows[4], dtype=np.int64),
        "verdict": np.array(rows[5], dtype=object),
    }


def _seconds(times_ms: list[int | None]) -> NDArray[np.float64]:
    return np.array(times_ms, dtype=np.float64) / MS


def _nulls(kind: str, count: int) -> NDArray[Any]:
    null, dtype = {INT: (-1, np.int64), FLOAT: (np.nan, np.float64), TEXT: (None, object)}[kind]
    return np.full(count, null, dtype=dtype)
