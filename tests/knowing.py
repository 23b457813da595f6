"""Policies that go by what a view tells beyond orders and drones: to see that it matters, and that asking does not."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from dronesim.dispatch import POLICIES, Decisions, DispatchView

OUTLOOK = (
    *("takeoff_points", "airports", "weather", "weather_forecast", "trouble", "shifts", "outcomes", "demand"),
    *("positions", "rng", "is_shared", "empty_leg_s", "empty_leg_wh", "ways_home_s"),
)


def by_forecast(view: DispatchView) -> Decisions:
    """Hold every other order while many orders are expected at its take-off point in this hour."""
    hour = int(np.searchsorted(view.demand.from_s, view.now_s, side="right")) - 1
    expected = view.demand.orders[:, hour]
    decisions = Decisions()
    for order in [order for order in view.ready if order % 2 and expected.max() > expected.sum() / 1.9]:
        decisions.hold(order, until_s=view.now_s + 60.0 + expected.sum())
    return decisions if len(decisions) else POLICIES["nearest"](view)


def choosy(view: DispatchView) -> Decisions:
    """Refuse every third order as soon as that may be, and decide as `nearest` does."""
    decisions = Decisions()
    for order in view.refusable:
        if order % 3 == 0:
            decisions.refuse(order)
    return decisions if len(decisions) else POLICIES["nearest"](view)


def sends_near(view: DispatchView) -> Decisions:
    """Serve each order at a near airport if there is one, and decide as `nearest` does."""
    decisions = Decisions()
    for each in POLICIES["nearest"](view):
        near = [
            airport
            for airport in view.near_airports(each.order)
            if np.isfinite(view.delivery_by(each.order, each.drone, airport=airport))
        ]
        decisions.assign(each.order, each.drone, airport=near[0] if near else None)
    return decisions


def keeps(view: DispatchView) -> Decisions:
    """Let drones keep packs that are due, and decide as `nearest` does."""
    decisions = Decisions()
    for drone, _ in view.due_drones:
        decisions.keep(drone)
    return decisions if len(decisions) else POLICIES["nearest"](view)


def curious(view: DispatchView) -> Decisions:
    """Ask for everything, and decide as `nearest` does."""
    everything(view)
    return POLICIES["nearest"](view)


def everything(view: DispatchView) -> dict[str, Any]:
    """Ask a view for all that it may be asked for; by member and column."""
    told = {name: getattr(view, name) for name in OUTLOOK}
    for order in view.waiting:
        view.sortie_s(order), view.sorties_left(order)
        if view.free_drones:
            view.home_by(order, view.free_drones[0])
    return {
        f"{name}.{each.name}": getattr(part, each.name)
        for name, part in told.items()
        if hasattr(part, "__dataclass_fields__")
        for each in fields(part)
    }
