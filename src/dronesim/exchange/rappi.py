"""Importer of a real day in the rappi layout: comma-separated orders with positions and clock times."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.defaults import AIRPORTS, IMPORTED_TAKEOFF_POINTS, RIDE_MPS
from dronesim.exchange.import_report import ImportReport
from dronesim.exchange.importing import Day, plain_name, write_import
from dronesim.exchange.placement import Floats
from dronesim.exchange.sheets import Row, Sheet, read_sheet
from dronesim.geometry.projection import LocalFrame
from dronesim.units import DAY, HOUR

POSITIONS: Final = ("pick_up_lng", "pick_up_lat", "drop_off_lng", "drop_off_lat")
CLOCKS: Final = ("placement_time", "preparation_time", "ready_time")
PROMISED: Final = "expected_drop_off_time"
NEEDED: Final = ("order_id", *POSITIONS, *CLOCKS)
LIMITS: Final = {"lng": 180.0, "lat": 90.0}

LONG_GAP_S: Final = 12 * HOUR
"""A clock that lies this far behind the placing belongs to the next day."""


def import_rappi(
    source_dir: str | Path,
    *,
    takeoff_points: int = IMPORTED_TAKEOFF_POINTS,
    airports: int = AIRPORTS,
    out: str | Path,
    seed: int = 1,
    ride_mps: float = RIDE_MPS,
) -> ImportReport:
    """Turn ``orders.csv`` of ``source_dir`` into a map, a trace and a scenario in the new folder ``out``.

    A merchant is a distinct pick-up position. Preparation runs from placing to ``ready_time``, so it includes
    the wait before the kitchen starts at ``preparation_time``. What is expected of a kitchen is the time to the
    drop-off that the customer was promised (``expected_drop_off_time``, where the file has it) less a straight
    ride at ``ride_mps``. Rules for trouble, each counted in the report: a row with an empty field is dropped; a
    ready time more than 12 h before placing is on the next day; a ready time less than 12 h before placing means
    ready at once; a promise not after placing is none. An InputError names fields that are no numbers or times,
    positions off the globe, and repeated ids.
    """
    day = read_day(source_dir, ride_mps=ride_mps)
    return write_import(day, takeoff_points=takeoff_points, airports=airports, out=out, seed=seed)


def read_day(source_dir: str | Path, *, ride_mps: float = RIDE_MPS) -> Day:
    """Read the orders of one day; merchants in order of their first order."""
    sheet = read_sheet(Path(source_dir) / "orders.csv", columns=NEEDED, delimiter=",")
    sheet.check_unique("order_id")
    dropped: Counter[str] = Counter()
    kept = sheet.kept(NEEDED, dropped)
    positions = np.array([_positions(sheet, row) for row in kept])
    clocks = np.array([[sheet.clock_s(row, column) for column in CLOCKS] for row in kept])
    promised_s = np.array([_promised_s(sheet, row) for row in kept])
    sheet.check()
    return _day(
        sheet, kept, positions=positions, clocks=clocks, promised_s=promised_s, ride_mps=ride_mps, dropped=dropped
    )


def _promised_s(sheet: Sheet, row: Row) -> float:
    """Read the promised drop-off; NaN where the file has none."""
    return sheet.clock_s(row, PROMISED) if row.fields.get(PROMISED) else math.nan


def _positions(sheet: Sheet, row: Row) -> list[float]:
    limits = [LIMITS[column.rsplit("_", 1)[1]] for column in POSITIONS]
    pairs = zip(POSITIONS, limits, strict=True)
    return [sheet.number(row, column, low=-limit, high=limit) for column, limit in pairs]


def _day(
    sheet: Sheet,
    rows: list[Row],
    *,
    positions: Floats,
    clocks: Floats,
    promised_s: Floats,
    ride_mps: float,
    dropped: Counter[str],
) -> Day:
    origin = (round(float(np.median(positions[:, 2])), 6), round(float(np.median(positions[:, 3])), 6))
    frame = LocalFrame(*origin)
    pick_ups, merchant = np.unique(positions[:, :2], axis=0, return_inverse=True)
    preparation_s, adjusted = _preparation(clocks)
    pick_up_xy, customer_xy = frame.to_local(positions[:, :2]), frame.to_local(positions[:, 2:])
    ride_s = np.linalg.norm(customer_xy - pick_up_xy, axis=1) / ride_mps
    expected_s, is_void = _expected(clocks[:, 0], promised_s, ride_s)
    return Day(
        name=f"rappi-{plain_name(sheet.path.parent)}",
        source=f"rappi layout, folder {plain_name(sheet.path.parent)}",
        origin_lonlat=origin,
        merchant_ids=tuple(f"M{number:03d}" for number in range(1, len(pick_ups) + 1)),
        merchant_xy=frame.to_local(pick_ups),
        order_ids=tuple(row.fields["order_id"] for row in rows),
        merchant=merchant.reshape(-1),
        customer_xy=customer_xy,
        placed_s=clocks[:, 0],
        preparation_s=preparation_s,
        expected_s=expected_s,
        read=len(sheet.rows),
        dropped=dict(dropped),
        adjusted={**adjusted, "promised drop-off not after placing, taken as none": is_void},
    )


def _preparation(clocks: Floats) -> tuple[Floats, dict[str, int]]:
    """Seconds from placing until ready, and how many orders needed which rule; ``clocks`` is ``(n, 3)``."""
    placed_s, begun_s, ready_s = clocks.T
    is_next_day = ready_s < placed_s - LONG_GAP_S
    is_early = (ready_s < placed_s) & ~is_next_day
    has_early_start = (begun_s < placed_s) & (begun_s >= placed_s - LONG_GAP_S)
    adjusted = {
        "ready on the next day": int(is_next_day.sum()),
        "ready before placing, taken as ready at once": int(is_early.sum()),
        "kitchen began before placing, left as it is": int(has_early_start.sum()),
    }
    return np.maximum(0.0, ready_s - placed_s + DAY * is_next_day), adjusted


def _expected(placed_s: Floats, promised_s: Floats, ride_s: Floats) -> tuple[Floats, int]:
    """Seconds that the promise leaves for the kitchen, NaN where there is none, and how many promises are void."""
    lead_s = promised_s - placed_s
    lead_s += DAY * (lead_s < -LONG_GAP_S)
    expected_s: Floats = np.where(lead_s > 0, np.maximum(0.0, lead_s - ride_s), np.nan)
    return expected_s, int(np.count_nonzero(lead_s <= 0))
