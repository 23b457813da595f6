"""What an order costs does not grow with the network around it."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np
import pytest

import district
from dronesim.simulation.engine import Day

OPEN_S = 36_000.0


def lines_an_order(districts: int, monkeypatch: pytest.MonkeyPatch) -> float:
    """Count the lines of Python that run in a busy hour of several districts side by side, by order."""
    monkeypatch.setattr(district, "ORDERS_PER_DAY", 150)
    inputs = district.build_inputs(150 * districts)
    placed_s = OPEN_S + (np.asarray(inputs.orders.placed_s) - OPEN_S) / 17
    day = Day(replace(inputs, orders=replace(inputs.orders, placed_s=placed_s)))
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        day.run()
    finally:
        sys.settrace(before)
    return count / len(inputs.orders)


def test_an_order_takes_as_many_steps_in_a_network_that_is_five_times_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    lines_an_order(1, monkeypatch)  # what is imported and compiled at first counts for nobody
    alone, among_five = lines_an_order(1, monkeypatch), lines_an_order(5, monkeypatch)
    assert among_five < 1.03 * alone, (alone, among_five)
