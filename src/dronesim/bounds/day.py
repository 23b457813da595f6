"""The bound of one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dronesim.bounds.jobs import jobs_of
from dronesim.bounds.prices import SLACK, on_time_at_most
from dronesim.bounds.search import GRIDS_MS, all_prices, find_prices
from dronesim.simulation.inputs import SimulationInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBound:
    """What no policy can exceed on a day.

    Attributes
    ----------
    orders
        In-range orders, of which the share is taken.
    possible
        Those that could be on time if nothing but they were there.
    on_time
        How many can be on time at most, by any policy; a whole number.
    limits
        Resources that have a price at some time: what keeps the bound below ``possible``.
    is_steady
        Whether nothing changes flights once they are booked; else ways are counted as the crow flies.
    """

    orders: int
    possible: int
    on_time: int
    limits: tuple[str, ...]
    is_steady: bool

    @property
    def share(self) -> float:
        """The share on time that no policy exceeds, NaN for a day without orders in range."""
        return self.on_time / self.orders if self.orders else float("nan")


def bound_of(inputs: SimulationInputs, *, grids_ms: Sequence[int] = GRIDS_MS) -> DayBound:
    """Bound the orders on time of a day, for any policy; the first of the grids alone is quicker, and a bit looser."""
    jobs = jobs_of(inputs)
    possible, limits, on_time = len(jobs.first_ms), tuple[str, ...](), 0
    if possible:
        found = find_prices(jobs, grids_ms=grids_ms)
        prices = all_prices(found)
        on_time = int(on_time_at_most(found.grid, prices) + SLACK)
        priced = np.flatnonzero(prices.any(axis=1)).tolist()
        limits = tuple(dict.fromkeys(jobs.calendars[row].resource for row in priced))
    return DayBound(
        orders=jobs.in_range,
        possible=possible,
        on_time=min(on_time, possible),
        limits=limits if on_time < possible else (),
        is_steady=jobs.is_steady,
    )
