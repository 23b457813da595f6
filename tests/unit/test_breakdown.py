"""Counts of orders by place and time, and the late ones among them: those in range alone."""

from __future__ import annotations

from dronesim.metrics.breakdown import breakdown, late_orders
from unit.test_metrics import FACTS, order, table

ROWS = (
    {"order": 0, "takeoff_point": "T1", "airport": "A1", "distance_m": 400.0},
    {"order": 1, "takeoff_point": "T1", "airport": "A1", "distance_m": 700.0, "placed": 3599.0, "door": 901.0},
    {"order": 2, "takeoff_point": "T1", "airport": "A2", "distance_m": 4000.0, "door": 2000.0, "in_range": False},
    {"order": 3, "takeoff_point": "T1", "airport": "A1", "distance_m": 499.9, "placed": 5400.0, "state": "lost"},
    {"order": 4, "takeoff_point": "T1", "airport": "A1", "distance_m": 3500.0, "in_range": False},
)
ORDERS = table("orders", *(order(**row) for row in ROWS))


def test_late_are_the_orders_in_range_that_came_too_late_or_never() -> None:
    assert late_orders(ORDERS, FACTS) == [1, 3]


def test_orders_out_of_range_count_nowhere_whether_on_time_or_not() -> None:
    found = breakdown(ORDERS, FACTS)
    assert found["takeoff_point"] == {"T1": [3, 1]}
    assert found["airport"] == {"A1": [3, 1], "A2": [0, 0]}
    assert found["hour"] == {"0": [2, 1], "1": [1, 0]}
    assert found["distance"] == {"0": [2, 1], "500": [1, 0]}


def test_on_time_follows_the_clock_of_the_target() -> None:
    late_kitchen = table("orders", order(door=1000.0, ready=600.0, order=0))
    for clock, late in (("placed", [0]), ("ready", [])):
        assert late_orders(late_kitchen, {**FACTS, "service": {**FACTS["service"], "clock": clock}}) == late


def test_without_orders_every_count_is_zero() -> None:
    assert breakdown(table("orders"), FACTS)["airport"] == {"A1": [0, 0], "A2": [0, 0]}
    assert late_orders(table("orders"), FACTS) == []
