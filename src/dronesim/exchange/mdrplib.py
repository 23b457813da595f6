"""Importer of meal delivery routing instances: tab-separated orders and restaurants in metres and minutes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.defaults import AIRPORTS, IMPORTED_TAKEOFF_POINTS
from dronesim.errors import InputError, Problem
from dronesim.exchange.import_report import ImportReport
from dronesim.exchange.importing import Day, plain_name, write_import
from dronesim.exchange.placement import Floats
from dronesim.exchange.sheets import Row, Sheet, read_sheet
from dronesim.units import DAY, HOUR, MINUTE, clock

ORDERS: Final = ("order", "x", "y", "placement_time", "restaurant", "ready_time")
SPEED: Final = "meters_per_minute"
SERVICES: Final = ("pickup service minutes", "dropoff service minutes")
ANCHOR_LONLAT: Final = (0.0, 0.0)
"""The instances hide where they are: the middle of their bounding box is put at 0° E, 0° N."""
EARLIEST_START_S: Final = 7 * HOUR
"""Minute 0 of an instance is 07:00, earlier by whole hours where an order would fall after midnight."""


def import_mdrplib(
    source_dir: str | Path,
    *,
    takeoff_points: int = IMPORTED_TAKEOFF_POINTS,
    airports: int = AIRPORTS,
    out: str | Path,
    seed: int = 1,
) -> ImportReport:
    """Turn one instance folder into a map, a trace and a scenario in the new folder ``out``.

    A merchant is a restaurant with at least one order. In this problem an order tells its ready time when it is
    placed, so the trace expects of each kitchen what it takes. Rules for trouble, each counted in the report: a row
    with an empty field is dropped; ready before placing means ready at once. An InputError names unknown
    restaurants, fields that are no numbers, repeated ids, and a day of more than 24 hours.
    """
    return write_import(read_day(source_dir), takeoff_points=takeoff_points, airports=airports, out=out, seed=seed)


def policy_free_mean_min(source_dir: str | Path) -> float:
    """Mean click-to-door less ready-to-pickup in minutes, which no dispatch policy can change.

    ``ready - placed``, the straight way at the instance's speed (not rounded up to minutes), and half of each
    service time: leaving the restaurant after the pick-up, and reaching the door before the hand-over.
    """
    folder = Path(source_dir)
    orders = _read_orders(folder)
    speed_m_per_min, *services_min = _read_parameters(folder)
    way_min = np.linalg.norm(orders.customer - orders.restaurant, axis=1) / speed_m_per_min
    return float(np.mean(orders.ready_min - orders.placed_min + way_min) + sum(services_min) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orders:
    """Orders as read: positions ``(n, 2)`` in the instance's metres, times ``(n,)`` in its minutes."""

    sheet: Sheet
    order_ids: tuple[str, ...]
    restaurant_ids: tuple[str, ...]
    restaurant: Floats
    customer: Floats
    placed_min: Floats
    ready_min: Floats
    dropped: dict[str, int]


def read_day(source_dir: str | Path) -> Day:
    """Read one instance; merchants sorted by name."""
    orders = _read_orders(Path(source_dir))
    start_s, instance = _start_s(orders), plain_name(orders.sheet.path.parent)
    middle = _middle(np.vstack([orders.restaurant, orders.customer]))
    merchant_ids, first, merchant = np.unique(np.array(orders.restaurant_ids), return_index=True, return_inverse=True)
    early = int((orders.ready_min < orders.placed_min).sum())
    preparation_s = MINUTE * np.maximum(0.0, orders.ready_min - orders.placed_min)
    return Day(
        name=f"mdrplib-{instance}",
        source=f"mdrplib instance {instance}, minute 0 taken as {clock(start_s)}",
        origin_lonlat=ANCHOR_LONLAT,
        merchant_ids=tuple(str(name) for name in merchant_ids),
        merchant_xy=orders.restaurant[first] - middle,
        order_ids=orders.order_ids,
        merchant=merchant.reshape(-1),
        customer_xy=orders.customer - middle,
        placed_s=start_s + MINUTE * orders.placed_min,
        preparation_s=preparation_s,
        expected_s=preparation_s,
        read=len(orders.sheet.rows),
        dropped=orders.dropped,
        adjusted={"ready before placing, taken as ready at once": early},
    )


def _middle(xy: Floats) -> Floats:
    middle: Floats = (xy.min(axis=0) + xy.max(axis=0)) / 2
    return middle


def _start_s(orders: _Orders) -> float:
    """Minute 0 as a time of day, so that every order is placed before midnight."""
    last_s = MINUTE * float(orders.placed_min.max())
    if last_s >= DAY:
        rule = "orders must span less than 24 hours"
        raise InputError([Problem(file=str(orders.sheet.path), key="placement_time", rule=rule, value=last_s / MINUTE)])
    return min(EARLIEST_START_S, math.ceil((DAY - last_s) / HOUR - 1) * HOUR)


def _read_orders(folder: Path) -> _Orders:
    restaurants = _read_restaurants(folder)
    sheet = read_sheet(folder / "orders.txt", columns=ORDERS, delimiter="\t")
    sheet.check_unique("order")
    dropped: Counter[str] = Counter()
    rows = sheet.kept(ORDERS, dropped)
    spots = np.array([_restaurant(sheet, row, restaurants) for row in rows])
    values = np.array([_numbers(sheet, row) for row in rows])
    sheet.check()
    return _Orders(
        sheet=sheet,
        order_ids=tuple(row.fields["order"] for row in rows),
        restaurant_ids=tuple(row.fields["restaurant"] for row in rows),
        restaurant=spots,
        customer=values[:, :2],
        placed_min=values[:, 2],
        ready_min=values[:, 3],
        dropped=dict(dropped),
    )


def _numbers(sheet: Sheet, row: Row) -> list[float]:
    position = [sheet.number(row, column) for column in ("x", "y")]
    return [*position, *(sheet.number(row, column, low=0.0) for column in ("placement_time", "ready_time"))]


def _restaurant(sheet: Sheet, row: Row, restaurants: dict[str, tuple[float, float]]) -> tuple[float, float]:
    spot = restaurants.get(row.fields["restaurant"])
    if spot is None:
        return (sheet.note(row, "restaurant", "is not in restaurants.txt"), math.nan)
    return spot


def _read_restaurants(folder: Path) -> dict[str, tuple[float, float]]:
    sheet = read_sheet(folder / "restaurants.txt", columns=("restaurant", "x", "y"), delimiter="\t")
    sheet.check_unique("restaurant")
    spots = {row.fields["restaurant"]: (sheet.number(row, "x"), sheet.number(row, "y")) for row in sheet.rows}
    sheet.check()
    return spots


def _read_parameters(folder: Path) -> list[float]:
    """Speed in metres a minute and the two service times in minutes."""
    sheet = read_sheet(folder / "instance_parameters.txt", columns=(SPEED, *SERVICES), delimiter="\t")
    row = sheet.rows[0]
    values = [sheet.number(row, SPEED, low=1e-9), *(sheet.number(row, name, low=0.0) for name in SERVICES)]
    sheet.check()
    return values
