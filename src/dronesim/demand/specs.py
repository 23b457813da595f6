"""What the demand of a day is made from, in SI units: distributions, hour shares, and orders of a trace."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import read_only

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """A lognormal law by the ``mean`` and standard deviation ``sd`` of the value itself, not of its logarithm."""

    mean: float
    sd: float

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p((self.sd / self.mean) ** 2))

    @property
    def mu(self) -> float:
        """Mean of the logarithm."""
        return math.log(self.mean) - self.sigma**2 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """Always the same ``value``."""

    value: float

    @property
    def mean(self) -> float:
        """Mean of the law."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Empirical:
    """One of the observed ``values``, each as likely as the others."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of the law."""
        return math.fsum(self.values) / len(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Uniform between ``low`` and ``high``."""

    low: float
    high: float

    @property
    def mean(self) -> float:
        """Mean of the law."""
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        """Standard deviation of the law."""
        return (self.high - self.low) / math.sqrt(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    """A gamma law by its ``mean`` and standard deviation ``sd``."""

    mean: float
    sd: float

    @property
    def shape(self) -> float:
        """Shape of the law; its scale is ``mean / shape``."""
        return (self.mean / self.sd) ** 2


Distribution: TypeAlias = Lognormal | Constant | Empirical | Uniform
DayLaw: TypeAlias = Constant | Gamma | Lognormal | Empirical
"""Of the factor of a day on the expected number of orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDistance:
    """Customers take a merchant with its weight times exp(-distance / ``decay_m``)."""

    decay_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ByWeight:
    """Customers take a merchant by its weight alone, however far it is."""


Choice: TypeAlias = ByDistance | ByWeight


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The weight of ``place`` is multiplied by ``factor`` from ``from_s`` to ``to_s``, seconds since midnight.

    A place is a merchant, a community, a take-off point for all its merchants, or an airport for all its communities.
    """

    place: str
    from_s: float
    to_s: float
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandSpec:
    """Everything that is drawn for the orders of a day.

    ``model`` is ``"poisson"`` or ``"trace"``. ``expected_orders`` is the mean number of a Poisson day whose factor is
    1 (the row count of a trace is what counts there; then it is 0 here), ``days`` the law of that factor, and
    ``choice`` how customers choose among merchants; a trace needs neither. Orders of a trace come ``trace_factor``
    times, copies up to ``trace_shift_s`` before or after them. ``hour_shares``, 24 of them, or more where the day ends
    after midnight, add up to 1 and are 0 outside the opening hours; within an hour orders come evenly over the part of
    it that is open.
    ``mass`` in kg and ``preparation`` in s also fill what a trace leaves open; the preparation of a merchant whose
    mean the map states is the same law, stretched to that mean. Collection delay: lognormal by median and 95th
    percentile. ``patience_mean_s``: mean of an exponential, inf for customers who never cancel. ``walk_detour``: a
    courier's way over the straight line. ``moves``: how demand moves between places over the day.
    """

    model: str
    expected_orders: float
    trace_factor: float
    trace_shift_s: float
    days: DayLaw
    choice: Choice
    hour_shares: tuple[float, ...]
    mass: Distribution
    preparation: Distribution
    collection_median_s: float
    collection_p95_s: float
    patience_mean_s: float
    no_show_share: float
    bad_scan_share: float
    walk_detour: float
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Orders read from a file, in order of placing; arrays of shape ``(n,)`` or ``(n, 2)``, read-only.

    ``merchant`` and ``community`` are indices into the world, -1 where the file gives a position only;
    ``merchant_xy`` and ``customer_xy`` hold positions in local metres in both cases. ``takeoff_point`` and
    ``airport`` follow the stated rule: what the map names, else the nearest by straight line. ``mass_kg``,
    ``preparation_s`` and ``expected_s`` (the planned preparation) are NaN where the file is silent. ``days`` names the
    days that the file has, in their order, and ``day`` is each order's place among them: replication r is day r, and
    after the last one they begin anew.
    """

    order_id: tuple[str, ...]
    placed_s: Floats
    merchant: Indices
    merchant_xy: Floats
    community: Indices
    customer_xy: Floats
    takeoff_point: Indices
    airport: Indices
    mass_kg: Floats
    preparation_s: Floats
    expected_s: Floats
    day: Indices
    days: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self.order_id)

    @property
    def busiest(self) -> int:
        """Orders of the day that has most."""
        return int(np.bincount(self.day, minlength=1).max())

    def of_replication(self, replication: int) -> Trace:
        """Give the orders of one day."""
        if len(self.days) == 1:
            return self
        chosen = replication % len(self.days)
        rows = np.flatnonzero(self.day == chosen)
        found: dict[str, Any] = {"days": (self.days[chosen],), "day": read_only(np.zeros(len(rows), dtype=np.int64))}
        found["order_id"] = tuple(self.order_id[row] for row in rows.tolist())
        columns = [each.name for each in dataclasses.fields(self) if each.name not in found]
        return dataclasses.replace(self, **found, **{name: read_only(getattr(self, name)[rows]) for name in columns})
