"""What an import found and made, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.exchange.placement import Floats
from dronesim.scenario.ground import ServiceTable

RADIUS_M: Final = ServiceTable().radius_m
SITE_RULE: Final = (
    "take-off points at merchants and airports at customers nearest to k-means centres, one point an order"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean, 90th percentile and maximum of a quantity over the orders."""

    mean: float
    p90: float
    max: float

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Measure ``values`` of shape ``(n,)``."""
        return cls(mean=float(values.mean()), p90=float(np.percentile(values, 90)), max=float(values.max()))

    def __str__(self) -> str:
        return f"mean {self.mean:,.0f}, 90 % below {self.p90:,.0f}, at most {self.max:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import found and made; distances in metres over the orders written.

    ``read`` is ``orders`` plus all of ``dropped``. ``in_range_share``: straight line from take-off point to
    airport within 3 km; ``direct_in_range_share``: the same from merchant to customer, whatever the sites.
    """

    folder: Path
    read: int
    orders: int
    merchants: int
    takeoff_points: int
    airports: int
    courier_walk_m: Spread
    customer_walk_m: Spread
    flight_m: Spread
    preparation_min: Spread
    in_range_share: float
    direct_in_range_share: float
    dropped: Mapping[str, int]
    adjusted: Mapping[str, int]

    def lines(self) -> list[str]:
        """Tell it to people, one fact a line."""
        return [
            f"{self.orders} of {self.read} orders written to {self.folder}",
            *(f"dropped: {count} ({reason})" for reason, count in self.dropped.items() if count),
            *(f"adjusted: {count} ({reason})" for reason, count in self.adjusted.items() if count),
            f"{self.merchants} merchants, {self.takeoff_points} take-off points, {self.airports} airports",
            f"placed by this rule: {SITE_RULE}",
            f"courier's walk, merchant to take-off point, m: {self.courier_walk_m}",
            f"customer's walk from the airport, m: {self.customer_walk_m}",
            f"flight, straight line, m: {self.flight_m}",
            f"placing until the kitchen is done, min: {self.preparation_min}",
            f"within {RADIUS_M / 1000:g} km, take-off point to airport: {self.in_range_share:.1%}",
            f"within {RADIUS_M / 1000:g} km, merchant to customer: {self.direct_in_range_share:.1%}",
        ]
