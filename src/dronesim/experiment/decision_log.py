"""What a policy could choose from at each of its decisions, and what it chose: a table to learn from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from dronesim.dispatch import Assign, DispatchView, Hold, Keep, Recall, Refuse, Reposition, Ride, Swap, Wake
from dronesim.record.arrays import plain_array
from dronesim.simulation import Answer

FILE: Final = "decisions.parquet"
Row: TypeAlias = tuple[Any, ...]
COLUMNS: Final = (
    *("view", "time_s", "kind", "is_chosen", "order", "drone", "place", "charge", "takeoff_point"),
    *("due_s", "expected_ready_s", "delivery_s", "until_s", "waiting", "ready", "free"),
)
"""A row a pair of an order that may be assigned and a free drone (kind ``assign``), chosen or not, and a row each hold,
reposition, ride, recall, refuse, swap, keep and wake (its time in ``until_s``). ``view`` counts the views of the day,
``takeoff_point`` is the order's, or where a drone is sent; ``waiting``, ``ready`` and ``free`` count who was there.
Null where a drone can't bring an order, or nothing applies."""


class DecisionLog:
    """Takes notes of views and answers; asks nothing of a view before its answer is in force."""

    def __init__(self) -> None:
        self._views = 0
        self._rows: list[Row] = []

    def hear(self, view: DispatchView, answer: Answer) -> None:
        """Note a view and what was decided on it."""
        counts = (len(view.waiting), len(view.ready), len(view.free_drones))
        if view.ready and view.free_drones:
            self._rows += self._pairs(view, answer, counts)
        self._rows += self._others(view, answer, counts)
        self._views += 1

    def _pairs(self, view: DispatchView, answer: Answer, counts: Row) -> Iterable[Row]:
        chosen = {(each.order, each.drone) for each in answer if isinstance(each, Assign)}
        delivery_s = view.delivery_matrix(view.ready, view.free_drones).tolist()
        orders, drones = view.orders, view.drones
        columns = (orders.takeoff_point, orders.due_s, orders.expected_ready_s)
        of_order = dict(zip(orders.order.tolist(), zip(*(each.tolist() for each in columns), strict=True), strict=True))
        stands = zip(drones.place.tolist(), drones.charge.tolist(), strict=True)
        of_drone = dict(zip(drones.drone.tolist(), stands, strict=True))
        for order, row_s in zip(view.ready, delivery_s, strict=True):
            takeoff_point, due_s, ready_s = of_order[order]
            for drone, at_s in zip(view.free_drones, row_s, strict=True):
                head = (self._views, view.now_s, "assign", (order, drone) in chosen, order, drone, *of_drone[drone])
                known_s = at_s if np.isfinite(at_s) else None
                yield (*head, takeoff_point, due_s, ready_s, known_s, None, *counts)

    def _others(self, view: DispatchView, answer: Answer, counts: Row) -> Iterable[Row]:
        for each in answer:
            match each:
                case Hold(order=order, until_s=until_s):
                    told: Row = (order, *(None,) * 7, until_s)
                case Reposition(drone=drone, takeoff_point=target):
                    told = (None, drone, None, None, target, *(None,) * 4)
                case Swap(drone=drone) | Keep(drone=drone):
                    told = (None, drone, *(None,) * 7)
                case Ride(order=order) | Recall(order=order) | Refuse(order=order):
                    told = (order, *(None,) * 8)
                case Wake(at_s=at_s):
                    told = (*(None,) * 8, at_s)
                case _:
                    continue
            yield (self._views, view.now_s, type(each).__name__.lower(), True, *told, *counts)

    def write(self, folder: Path) -> None:
        """Write the table into a folder."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        whole = {"view", "order", "drone", "place", "takeoff_point", "waiting", "ready", "free"}
        kinds = {"kind": pa.string(), "is_chosen": pa.bool_()}
        kinds |= {name: pa.int64() if name in whole else pa.float64() for name in COLUMNS if name not in kinds}
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * len(COLUMNS)
        table = pa.table(
            {name: plain_array(values, kinds[name]) for name, values in zip(COLUMNS, columns, strict=True)}
        )
        pq.write_table(table, (folder / FILE).absolute(), compression="zstd", write_statistics=False)
