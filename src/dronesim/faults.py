"""When things go wrong by chance: flight-hours of drones, and spells on the ground, drawn before the day begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.units import DAY

Hazards: TypeAlias = tuple[tuple[float, str], ...]
"""What meets a drone, and after how many flight-hours, ascending."""
Z95: Final = 1.6448536269514722
"""The 95th percentile of the standard normal law."""


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


def hazards(
    rates_per_h: Mapping[str, float],
    drones: int,
    *,
    until_h: float,
    rng_for: Callable[[str, int], np.random.Generator],
) -> tuple[Hazards, ...]:
    """Draw what meets each drone in its flight-hours, up to so many: each kind comes again and again, exponentially.

    ``rng_for(kind, drone)`` gives a generator of the drone's own for each kind, so that a kind which is switched on, or
    has another rate, moves no other. Nothing is drawn for a rate of 0.
    """
    kinds = [kind for kind, rate_per_h in rates_per_h.items() if rate_per_h > 0]
    if not kinds:
        return ()
    return tuple(
        tuple(
            sorted(
                (at_h, kind) for kind in kinds for at_h in _arrivals(rates_per_h[kind], until_h, rng_for(kind, drone))
            )
        )
        for drone in range(drones)
    )


def _arrivals(rate_per_h: float, until_h: float, rng: np.random.Generator) -> Iterator[float]:
    at_h = float(rng.standard_exponential()) / rate_per_h
    while at_h < until_h:
        yield at_h
        at_h += float(rng.standard_exponential()) / rate_per_h


def spells(
    *, every_s: float, median_s: float, p95_s: float, from_s: float, to_s: float, rng: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Draw when something is out that is there for ``every_s`` on average from one time to the next: begin and length.

    Lengths are lognormal by median and 95th percentile, or fixed where that is not above the median; one that outlasts
    all by a day is as long as any longer one. At the beginning it is there.
    """
    sigma = math.log(p95_s / median_s) / Z95 if p95_s > median_s else 0.0
    at_s = from_s
    while True:
        up_s, spread = float(rng.standard_exponential()) * every_s, float(rng.standard_normal())
        at_s += up_s
        if at_s >= to_s:
            return
        lasts_s = min(median_s * math.exp(sigma * spread), to_s - from_s + DAY)
        yield at_s, lasts_s
        at_s += lasts_s
