"""When drones fail: for each drone a budget of flight-hours, drawn before the day begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def flight_hour_budgets(
    rate_per_h: float, drones: int, rng_for: Callable[[int], np.random.Generator]
) -> NDArray[np.float64]:
    """Draw the flight-hours after which each drone fails: exponential, read-only, shape ``(drones,)``.

    ``rng_for(drone)`` gives the drone's own generator, so a bigger fleet changes no budget that was there,
    and another rate scales them all. inf at rate 0.
    """
    draws = np.array([rng_for(drone).standard_exponential() for drone in range(drones)], dtype=np.float64)
    budgets = draws / rate_per_h if rate_per_h > 0 else np.full(drones, np.inf)
    budgets.setflags(write=False)
    return budgets
