"""Views of a shared fleet that are made by hand: two take-off points and more, an airport, equal sorties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import numpy as np

from dronesim.dispatch import FOR_GOOD_MS, Air, DispatchView, DroneRow, EmptyLeg, Known, OrderRow, SortieTimes
from dronesim.dispatch.outlook import TakeoffPointView
from dronesim.units import HOUR, MS

NOW_S: Final = 11 * HOUR
LEG_S: Final = 100.0
_SORTIE: Final = SortieTimes(200_000, 400_000, ())


def view_with(
    orders: Sequence[tuple[int, float]] = (),
    drones: Sequence[int] = (),
    *,
    expected: Sequence[float] = (1.0, 1.0),
    busy: Sequence[int] = (),
    soon: Sequence[int] = (),
    charge: float = 0.9,
    is_shared: bool = True,
    key: int = 1,
) -> DispatchView:
    """Make a view at 11:00 of orders (take-off point, seconds left) and of drones by where they stand.

    ``expected`` orders an hour, all day, by take-off point. Drones of the indices ``busy`` are free in five minutes,
    orders of the indices ``soon`` ready in one. An empty leg takes ``LEG_S`` and 10 Wh, a sortie twice 200 s, and
    brings the parcel halfway. ``key`` is that of the policy's own generator.
    """
    now_ms, points = int(NOW_S * MS), range(len(expected))
    legs = tuple(tuple(EmptyLeg(int(LEG_S * MS), 10.0) for _ in points) for _ in points)
    apart = ~np.eye(len(points), dtype=bool)
    return DispatchView(
        Known(
            now_ms=now_ms,
            shut=frozenset(),
            put_off=frozenset(),
            legs=legs,
            reserve=0.25,
            air=Air(1.0, FOR_GOOD_MS, np.inf),
            spells=(),
            riders=None,
        ),
        orders=tuple(
            OrderRow(
                number,
                1.0,
                now_ms + int(left_s * MS),
                point,
                0,
                now_ms + 60_000 * (number in soon),
                number not in soon,
                100.0,
                _SORTIE,
            )
            for number, (point, left_s) in enumerate(orders)
        ),
        ready=tuple(number for number in range(len(orders)) if number not in soon),
        drones=tuple(
            DroneRow(place, charge, 470.0, now_ms + 300_000 if number in busy else 0, 0, number not in busy)
            for number, place in enumerate(drones)
        ),
        numbers=tuple(range(len(drones))),
        free=tuple(number for number in range(len(drones)) if number not in busy),
        told={
            "is_shared": is_shared,
            "rng": key,
            "takeoff_points": _of_no_load(len(expected)),
            "demand": {"from_s": np.arange(24) * HOUR, "orders": np.outer(expected, np.ones(24))},
            "empty_leg_s": LEG_S * apart,
            "empty_leg_wh": 10.0 * apart,
        },
    )


def _of_no_load(points: int) -> dict[str, list[int]]:
    return {each.name: [0] * points for each in fields(TakeoffPointView)}
