"""Views that are made by hand: orders and free drones by their delivery times, and an outlook of nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dronesim.dispatch import FOR_GOOD_MS, Air, DispatchView, DroneRow, EmptyLeg, Known, OrderRow, SortieTimes
from dronesim.dispatch.columns import floats
from dronesim.dispatch.outlook import (
    AirportView,
    DemandView,
    OutcomeView,
    PositionView,
    ShiftView,
    TakeoffPointView,
    TroubleView,
    WeatherForecastView,
    WeatherView,
)
from dronesim.units import MS

_DUE_MS: Final = 900_000
_READY_FOR_MS: Final = 60_000
_NEED_WH: Final = 100.0
_FULL_WH: Final = 470.0


def view_of(
    delivery_ms: Any,
    *,
    due_ms: Sequence[int] | None = None,
    ready: Sequence[int] | None = None,
    now_ms: int = MS,
    key: int = 1,
) -> DispatchView:
    """Make a view of orders (rows) and free drones (columns) by their delivery times, -1 where infeasible.

    Each drone and each order is at a take-off point of its own, and the empty legs between them make the times.
    Orders have been ready for a minute. ``key`` is that of the policy's own generator.
    """
    matrix = np.asarray(delivery_ms, dtype=int)
    orders, drones = matrix.shape
    due = [_DUE_MS] * orders if due_ms is None else due_ms
    no_time = SortieTimes(0, 0, ())
    legs = [tuple(None if at_ms < 0 else EmptyLeg(int(at_ms) - now_ms, 0.0) for at_ms in column) for column in matrix.T]
    known = Known(
        now_ms=now_ms,
        shut=frozenset(),
        put_off=frozenset(),
        legs=(*((*((None,) * drones), *column) for column in legs), *(((None,) * (drones + orders),) * orders)),
        reserve=0.25,
        air=Air(1.0, FOR_GOOD_MS, np.inf),
        spells=(),
        riders=None,
    )
    rows = [
        OrderRow(order, 1.0, due[order], drones + order, 0, now_ms - _READY_FOR_MS, True, _NEED_WH, no_time)
        for order in range(orders)
    ]
    return DispatchView(
        known,
        orders=tuple(rows),
        ready=tuple(range(orders) if ready is None else ready),
        drones=tuple(DroneRow(drone, 0.9, _FULL_WH, 0, 0, True) for drone in range(drones)),
        numbers=tuple(range(drones)),
        free=tuple(range(drones)),
        told=_quiet(known.legs, drones=drones, now_s=now_ms / MS, key=key),
    )


def _quiet(legs: Any, *, drones: int, now_s: float, key: int) -> dict[str, Any]:
    """Tell of sites that nobody uses, a day without trouble, weather or forecasts, and drones on their stands."""
    points = len(legs)
    stands = {"drone": list(range(drones)), "at_s": [now_s] * drones, "is_heard": [True] * drones}
    return {
        "takeoff_points": _of(TakeoffPointView, points),
        "airports": _of(AirportView, 1) | {"is_open": [True]},
        "weather": _of(WeatherView, 1) | {"is_go": True, "pack_share": 1.0},
        "weather_forecast": _of(WeatherForecastView, 0),
        "trouble": _of(TroubleView, 0),
        "shifts": _of(ShiftView, 0),
        "outcomes": _of(OutcomeView, 0),
        "demand": _of(DemandView, 0) | {"orders": np.empty((points, 0))},
        "positions": _of(PositionView, drones) | stands,
        "empty_leg_s": floats([[np.inf if leg is None else leg.land_ms / MS for leg in row] for row in legs]),
        "empty_leg_wh": floats([[np.inf if leg is None else leg.empty_wh for leg in row] for row in legs]),
        "ways_home_s": floats([[np.inf] * points]),
        "is_shared": True,
        "rng": key,
    }


def _of(kind: Any, count: int) -> dict[str, Any]:
    """Give columns of a kind that are all zero, of so many rows."""
    plain = {"Ints": [0] * count, "Floats": [0.0] * count, "Bools": [False] * count, "float": np.nan, "bool": False}
    return {name: plain.get(stated, ()) for name, stated in kind.__annotations__.items()}
