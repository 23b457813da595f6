"""A moment of a day: who was in the air where, how many waited, what share was on time so far; as the page has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.service import is_on_time
from dronesim.record.tables import Columns
from dronesim.replay.content import Content

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is counted up to a moment; ``settled``: orders in range of which it is known whether they are on time."""

    placed: int
    delivered: int
    settled: int
    on_time: int
    aloft: int
    waiting: int
    boxed: int

    @property
    def share(self) -> float | None:
        """Share on time so far, None while nothing is settled."""
        return self.on_time / self.settled if self.settled else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aloft:
    """The drones in the air: ``xyz`` (n, 3) in metres, ``heading`` (n,) in radians from the east."""

    drone: NDArray[np.int64]
    xyz: Floats
    heading: Floats
    has_parcel: NDArray[np.bool_]


class Moments:
    """Gives moments of a day, one after the other."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._orders = content.tables["orders"]
        self._begins = content.paths.begins
        count = content.paths.count
        self._flown = np.flatnonzero(count > 0)
        self._from_s = content.paths.corners[self._begins[self._flown], 0]
        self._to_s = content.paths.corners[self._begins[self._flown + 1] - 1, 0]
        self._settled_s = settled_s(content)
        self._over_s = np.where(
            np.isnan(self._orders["ended_s"]), content.facts["horizon"]["closed_s"], self._orders["ended_s"]
        )
        self._is_on_time = _on_time(content)

    @property
    def worst_s(self) -> float:
        """The first moment at which most parcels are ready and not yet in the air; the opening on a day without any."""
        orders = self._orders
        ready_s = orders["ready_s"]
        gone_s = np.where(np.isnan(orders["departed_s"]), self._over_s, orders["departed_s"])
        some = gone_s > ready_s
        if not some.any():
            return float(self._content.facts["horizon"]["start_s"])
        begins_s = np.sort(ready_s[some])
        waiting = np.arange(1, len(begins_s) + 1) - np.searchsorted(np.sort(gone_s[some]), begins_s, side="right")
        return float(begins_s[np.argmax(waiting)])

    def figures(self, at_s: float) -> Figures:
        """Count what there was up to a moment, and at it."""
        orders = self._orders
        return Figures(
            placed=int((orders["placed_s"] <= at_s).sum()),
            delivered=int((orders["delivered_s"] <= at_s).sum()),
            settled=int((self._settled_s[orders["in_range"]] <= at_s).sum()),
            on_time=int((orders["delivered_s"][self._is_on_time] <= at_s).sum()),
            aloft=int(((self._from_s <= at_s) & (at_s < self._to_s)).sum()),
            waiting=int(self.is_waiting(at_s).sum()),
            boxed=int(((orders["delivered_s"] <= at_s) & (at_s < self._over_s)).sum()),
        )

    def is_waiting(self, at_s: float) -> NDArray[np.bool_]:
        """Tell which orders are ready and not being loaded at a moment, shape ``(orders,)``."""
        orders = self._orders
        taken_s = np.where(np.isnan(orders["loading_s"]), self._over_s, orders["loading_s"])
        return np.asarray((orders["ready_s"] <= at_s) & (at_s < taken_s))

    def boxed(self, at_s: float) -> dict[str, int]:
        """Count the parcels in boxes by airport."""
        orders = self._orders
        is_in = (orders["delivered_s"] <= at_s) & (at_s < self._over_s)
        names, counts = np.unique(orders["airport"][is_in].astype(str), return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))

    def aloft(self, at_s: float) -> Aloft:
        """Find the drones in the air."""
        legs, corners = self._content.tables["legs"], self._content.paths.corners
        rows = self._flown[(self._from_s <= at_s) & (at_s < self._to_s)]
        places = [corners[self._begins[row] : self._begins[row + 1]] for row in rows]
        xyz = np.array([[np.interp(at_s, path[:, 0], path[:, axis]) for axis in (1, 2, 3)] for path in places])
        order = legs["order"][rows]
        delivered_s = np.where(order >= 0, self._orders["delivered_s"][np.maximum(order, 0)], np.nan)
        return Aloft(
            drone=legs["drone"][rows],
            xyz=xyz.reshape(-1, 3),
            heading=np.array([_heading(path, at_s) for path in places], dtype=np.float64),
            has_parcel=(order >= 0) & (legs["kind"][rows] != "return") & ~(delivered_s <= at_s),
        )


def settled_s(content: Content) -> Floats:
    """Tell when it was known whether an order is on time, shape ``(orders,)``.

    It is delivered in time, or its time is up, or its way is over before; at the latest the day is.
    """
    orders, facts = content.tables["orders"], content.facts
    closed_s = float(facts["horizon"]["closed_s"])
    due_s = orders[f"{facts['service']['clock']}_s"] + facts["service"]["limit_s"]
    missed_s = np.fmin(np.fmin(due_s, orders["ended_s"]), closed_s)
    return np.where(_on_time(content), orders["delivered_s"], missed_s)


def _on_time(content: Content) -> NDArray[np.bool_]:
    service = content.facts["service"]
    orders: Columns = content.tables["orders"]
    return is_on_time(orders, clock=str(service["clock"]), limit_s=float(service["limit_s"]))


def _heading(path: NDArray[Any], at_s: float) -> float:
    """Give the way a drone faces: of the piece that it flies, or the next that leads anywhere, or the last that did."""
    steps = np.diff(path[:, 1:3], axis=0)
    leads = np.abs(steps).sum(axis=1) > 1.0
    if not leads.any():
        return float(np.pi / 2)
    piece = int(np.searchsorted(path[:, 0], at_s, side="right")) - 1
    ahead = np.flatnonzero(leads[max(piece, 0) :])
    chosen = max(piece, 0) + int(ahead[0]) if len(ahead) else int(np.flatnonzero(leads)[-1])
    return float(np.arctan2(steps[chosen, 1], steps[chosen, 0]))
