"""Who is late and why: late orders by hour, airport, take-off point and distance, with the cause of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.breakdown import breakdown
from dronesim.metrics.service import CLOCKS, door_s, is_on_time
from dronesim.metrics.statistics import Flags, Floats, mean
from dronesim.metrics.waits import stage_ms, waited_ms
from dronesim.record.tables import Columns
from dronesim.record.waits import REASONS, TO_COURIER, TO_TAKE_OFF
from dronesim.units import HOUR, MS

ALONE: Final = "without_queues"
"""Cause of an order that would be late with unlimited resources too: kitchen, courier, handling and flight alone."""
ON_THE_WAY: Final = "flight"
"""Cause of an order whose flight, landing or handling took longer than without others in the air."""

Texts = NDArray[Any]


def lateness(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Count the late orders: those in range that were not delivered by drone within the limit on the target's clock.

    - ``orders``, ``late``: in range, and those of them that are late; ``never``: the late that no drone delivered;
    - ``by``: orders and late by take-off point, airport, hour of placing, and distance, as in `breakdown`;
    - ``by_hour_and_airport``: both as matrices, a row for each of ``airports``, a column for each of ``hours``;
    - ``causes``: late orders by cause, see `causes`, most first; ``possible``: those of them that would have been on
      time without any queue;
    - ``minutes``: see `minutes`.
    """
    orders = tables["orders"]
    on_time, late = _split(orders, facts)
    waited = waited_ms(orders, tables["waits"])
    why = causes(orders, waited, facts)
    return {
        "orders": int(orders["in_range"].sum()),
        "late": int(late.sum()),
        "never": int((late & np.isnan(orders["delivered_s"])).sum()),
        "by": {
            grouping: {name: {"orders": placed, "late": placed - met} for name, (placed, met) in groups.items()}
            for grouping, groups in breakdown(orders, facts).items()
        },
        "by_hour_and_airport": _by_hour_and_airport(orders, late, facts),
        "causes": _counted(why, late, _is_possible(orders, facts)),
        "minutes": {"on_time": minutes(orders, waited, on_time), "late": minutes(orders, waited, late)},
    }


def causes(orders: Columns, waited: Mapping[str, Floats], facts: Mapping[str, Any]) -> Texts:
    """Give the cause of each order as text, shape ``(orders,)``; of those that are not late too.

    A delivered order took longer than its ceiling by what it waited, and by what its flight, landing and handling took
    more than alone: the largest of these parts is its cause, a wait by the name of its reason, the rest as ``flight``.
    One whose ceiling is beyond the limit has the cause ``without_queues``. One that was not delivered by drone has its
    end state, and after a colon the reason where there is one. ``waited`` is as from `waited_ms`.
    """
    clock = str(facts["service"]["clock"])
    excess_ms = _excess_ms(orders, waited, clock)
    names = np.array([*excess_ms], dtype=object)
    largest = names[np.argmax(np.nan_to_num(np.stack([*excess_ms.values()])), axis=0)]
    found = np.where(_is_possible(orders, facts), largest, ALONE)
    ended = [
        state if reason is None else f"{state}:{reason}"
        for state, reason in zip(orders["end_state"].tolist(), orders["reason"].tolist(), strict=True)
    ]
    return np.where(np.isnan(orders["delivered_s"]), np.array([*ended, None], dtype=object)[:-1], found)


def _excess_ms(orders: Columns, waited: Mapping[str, Floats], clock: str) -> dict[str, Floats]:
    """Split what each delivered order took longer than its ceiling, in milliseconds, by cause."""
    parts = (TO_COURIER, TO_TAKE_OFF) if clock == "ready" else (TO_TAKE_OFF,)
    waits = {reason.name: waited[reason.name] for reason in REASONS if reason.part not in parts}
    longer_ms = (door_s(orders, clock) - orders[CLOCKS[clock][1]]) * MS
    return {**waits, ON_THE_WAY: longer_ms - sum(waits.values(), np.zeros(len(longer_ms)))}


def minutes(orders: Columns, waited: Mapping[str, Floats], rows: Flags) -> dict[str, Any]:
    """Tell of the delivered among some orders how long they took to the door on average, and each of their stages.

    ``orders``: how many were delivered; ``door_s``: mean click-to-door; ``stages_s``: means that add up to it.
    """
    delivered = rows & ~np.isnan(orders["delivered_s"])
    stages = stage_ms(orders, waited, delivered)
    del stages["dwell"]
    return {
        "orders": int(delivered.sum()),
        "door_s": mean(door_s(orders, "placed")[delivered]),
        "stages_s": {stage: mean(column / MS) for stage, column in stages.items()},
    }


def _split(orders: Columns, facts: Mapping[str, Any]) -> tuple[Flags, Flags]:
    promise = facts["service"]
    on_time = is_on_time(orders, clock=str(promise["clock"]), limit_s=float(promise["limit_s"]))
    return on_time, orders["in_range"] & ~on_time


def _is_possible(orders: Columns, facts: Mapping[str, Any]) -> Flags:
    possible: Flags = orders[CLOCKS[str(facts["service"]["clock"])][1]] <= float(facts["service"]["limit_s"])
    return possible


def _by_hour_and_airport(orders: Columns, late: Flags, facts: Mapping[str, Any]) -> dict[str, Any]:
    in_range = orders["in_range"]
    hour = np.floor(orders["placed_s"] / HOUR).astype(np.int64)
    hours = np.unique(hour[in_range]).tolist()
    airports = [site["id"] for site in facts["sites"]["airports"]]
    column = np.searchsorted(hours, hour)
    number = {name: place for place, name in enumerate(airports)}
    row = np.array([number.get(name, -1) for name in orders["airport"].tolist()], dtype=np.int64)
    shape = (len(airports), len(hours))

    def count(rows: Flags) -> list[list[int]]:
        table = np.zeros(shape, dtype=np.int64)
        np.add.at(table, (row[rows], column[rows]), 1)
        return table.tolist()

    return {"airports": airports, "hours": hours, "orders": count(in_range), "late": count(late)}


def _counted(why: Texts, late: Flags, is_possible: Flags) -> list[dict[str, Any]]:
    every, possible = Counter(why[late].tolist()), Counter(why[late & is_possible].tolist())
    ranked = sorted(every.items(), key=lambda item: (-item[1], item[0]))
    return [{"cause": cause, "orders": count, "possible": possible[cause]} for cause, count in ranked]
