"""The meal delivery routing problem with one order a trip, on a made-up instance: what no policy can change."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.evidence import Kind
from evidence_checks.check import Check, Found
from meal_delivery import Instance, run_instance

ORDERS, RESTAURANTS, COURIERS = 60, 8, 12
SIZE_M: Final = 9000.0
SPEED, SERVICE_MIN = 320.0, 4.0
"""Metres a minute, and minutes of each hand-over, as of the public instances."""
NEAR_MIN: Final = 0.02
"""A leg's metre of climb, and the projection of the map."""


def made_up() -> Instance:
    """Draw restaurants, couriers and orders over four hours."""
    rng = np.random.default_rng(7)

    def places(letter: str, count: int) -> dict[str, dict[str, str]]:
        xy = rng.uniform(0.0, SIZE_M, (count, 2)).round(1)
        return {f"{letter}{row}": {"x": str(x), "y": str(y)} for row, (x, y) in enumerate(xy.tolist())}

    restaurants = {name: {"restaurant": name, **xy} for name, xy in places("r", RESTAURANTS).items()}
    couriers = [
        {"courier": name, "on_time": "660", "off_time": "960", **xy} for name, xy in places("c", COURIERS).items()
    ]
    placed = np.sort(rng.integers(670, 900, ORDERS))
    ready, chosen = placed + rng.integers(5, 30, ORDERS), rng.choice(list(restaurants), ORDERS)
    orders = [
        {"order": name, "placement_time": str(at), "ready_time": str(done), "restaurant": str(shop), **xy}
        for (name, xy), at, done, shop in zip(places("o", ORDERS).items(), placed, ready, chosen, strict=True)
    ]
    parameters = {
        "meters_per_minute": str(SPEED),
        "pickup service minutes": str(SERVICE_MIN),
        "dropoff service minutes": str(SERVICE_MIN),
        "target click-to-door": "40",
    }
    used = {order["restaurant"] for order in orders}
    kept = {name: row for name, row in restaurants.items() if name in used}
    return Instance(orders=tuple(orders), restaurants=kept, couriers=tuple(couriers), parameters=parameters)


def meal_routing() -> Found:
    """Click-to-door less ready-to-pickup, order by order, beside what the instance's own numbers say."""
    instance = made_up()
    with tempfile.TemporaryDirectory(prefix="meals-") as place:
        found = run_instance(instance, Path(place))
    shops = instance.restaurants
    stated_min = [
        float(row["ready_time"])
        - float(row["placement_time"])
        + math.dist(*([float(each[axis]) for axis in "xy"] for each in (row, shops[row["restaurant"]]))) / SPEED
        + SERVICE_MIN
        for row in instance.orders
    ]
    gap_min = np.abs(found.click_to_door_min - found.ready_to_pickup_min - stated_min)
    brought = int(np.isfinite(gap_min).sum())
    passed = brought == ORDERS and float(gap_min.max()) < NEAR_MIN and float(found.ready_to_pickup_min.mean()) > 0.1
    figure = (
        f"{brought} of {ORDERS} orders brought, {np.mean(stated_min):.2f} min of {found.click_to_door_min.mean():.2f} "
        f"to the door are policy-free, each within {np.ceil(np.nanmax(gap_min) * 100) / 100:.2f} min"
    )
    return Found(passed=passed, figure=figure)


CHECKS: Final = (
    Check(
        name="meal-routing",
        kind=Kind.THEORY,
        title="the meal delivery routing problem, one order a trip, drones that stay where their last order ended",
        source=(
            "Reyes et al. 2018: (ready - placed) + way / speed + half of both service times is left to no policy. "
            "Beside it, and no mark: three public instances take 33.4 min to the door, ten of a thesis 34.21 ± 1.71"
        ),
        mark=f"every order brought, each within {NEAR_MIN:g} min",
        run=meal_routing,
    ),
)
