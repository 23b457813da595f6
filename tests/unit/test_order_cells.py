"""Positions in one cell, and orders that were cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from command import TINY
from dronesim.exchange.order_cells import has_pairs, is_cancelled, pair_in
from dronesim.exchange.orders import import_orders
from dronesim.scenario import load_map, load_trace

MERCHANTS = [(22.7203, 114.2437), (22.7195, 114.2445), (22.7186, 114.2572)]
FRAME = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "created_at": pd.to_datetime(["2026-03-02 10:30", "2026-03-02 11:00", "2026-03-03 11:00"]),
        "pickup": [f"{lat}, {lon}" for lat, lon in MERCHANTS],
        "dropoff": ["22.7281,114.2412", "(22.7299; 114.2519)", "POINT (114.2616 22.7118)"],
        "status": ["Delivered", "cancelled by customer", "已送达"],
    }
)


def taken(frame: Any, folder: Path, **more: Any) -> Any:
    frame.to_csv(folder / "orders.csv", index=False)
    return import_orders([folder / "orders.csv"], map_path=TINY.with_suffix(".geojson"), out=folder / "out", **more)


@pytest.mark.parametrize(
    ("cell", "pair"),
    [
        ("31.31, 120.60", (120.60, 31.31)),
        ("[31.31 120.60]", (120.60, 31.31)),
        ("POINT(120.60 31.31)", (120.60, 31.31)),
        ("-4.81，-75.69", (-75.69, -4.81)),
        ("12:30", None),
        ("5 Main Street, 120", None),
        (31.31, None),
        (None, None),
    ],
)
def test_a_cell_with_two_numbers_is_a_position(cell: object, pair: tuple[float, float] | None) -> None:
    assert pair_in(cell) == pair


def test_addresses_and_times_are_no_positions() -> None:
    assert has_pairs(["31.31,120.60", "", None])
    assert not has_pairs(["12:30", "5 Main Street", "31.31,120.60"])
    assert not has_pairs(["", None])


@pytest.mark.parametrize(
    ("state", "mark", "expected"),
    [
        ("Cancelled", None, True),
        ("已取消", None, True),
        ("storniert", "", True),
        ("delivered", None, False),
        ("", "2026-03-02 10:00", True),
        (None, True, True),
        (None, "FALSE", False),
        (None, float("nan"), False),
        (None, 0, False),
    ],
)
def test_what_was_cancelled_is_told_by_state_or_mark(state: object, mark: object, expected: bool) -> None:
    assert is_cancelled(state, mark) is expected


def test_pairs_are_read_and_cancelled_orders_left_out_and_told(tmp_path: Path) -> None:
    found = taken(FRAME, tmp_path)
    guessed = {"merchant_position": "pickup", "customer_position": "dropoff", "state": "status"}
    assert guessed.items() <= dict(found.plan.columns).items()
    assert found.rows.dropped == [("orders.csv", 3, "was cancelled")]
    trace = load_trace(tmp_path / "out" / "days.csv", load_map(TINY.with_suffix(".geojson")))
    assert trace.days == ("2026-03-02", "2026-03-03")
    assert [trace.of_replication(number).order_id for number in (0, 1)] == [("a",), ("c",)]


def test_pairs_with_longitude_first_are_turned(tmp_path: Path) -> None:
    turned = FRAME.assign(pickup=[f"{lon}, {lat}" for lat, lon in MERCHANTS])
    found = taken(turned, tmp_path)
    assert "longitude and latitude of merchants are swapped in the files, and were turned" in found.notes


def test_two_columns_go_before_one_with_both(tmp_path: Path) -> None:
    wide = FRAME.assign(pickup_lat=[lat for lat, _ in MERCHANTS], pickup_lng=[lon for _, lon in MERCHANTS])
    found = taken(wide, tmp_path)
    assert "merchant_position" not in found.plan.columns
    assert "pickup" in found.unused


def test_a_column_of_that_name_without_positions_stops_nothing(tmp_path: Path) -> None:
    found = taken(FRAME.assign(destination="home", delivery="by bike"), tmp_path)
    assert {"destination", "delivery"} <= set(found.unused)
