"""The sortie that each order would get by the routes and the wind as they are, and whether it is in reach at all."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.book import OrderBook, packed
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.packs import best_wh
from dronesim.simulation.planner import Planner
from dronesim.simulation.plans import SortiePlan
from dronesim.simulation.times import Times
from dronesim.simulation.waits import NOTHING, WEATHER, WIND, ZONE, Codes
from dronesim.units import MS

Ints = NDArray[np.int64]

NEVER_MS: Final = 1 << 40
_ALL: Final = slice(None)
_WHY: Final = (None, "out_of_reach", "wind", "zone", "too_heavy")
"""Why an order is refused, by number."""


class OrderPlans:
    """Columns by order, made anew when routes or the wind change.

    ``out_wh``: energy of its outbound leg with the parcel;
    ``need_wh``: of all of it. ``bars`` (n,) tells what bars each order's way by now, weather or zones.
    """

    def __init__(self, inputs: SimulationInputs, *, book: OrderBook, planner: Planner, times: Times) -> None:
        count = len(book)
        self._inputs = inputs
        self._book = book
        self._planner = planner
        self._plans: list[SortiePlan | None] = []
        self._own = dict[int, SortiePlan | None]()
        """Sorties of orders that are not that of their pair."""
        self.out_wh = array("d", bytes(8 * count))
        self.need_wh = array("d", bytes(8 * count))
        self._refusals = array("b", bytes(count))
        self.bars: Codes = np.full(count, NOTHING, dtype=np.int8)
        self._times = times
        self._unhindered: tuple[Ints, Ints] | None = None
        """What ``unhindered_ms`` tells, from when it is worked out first: when routes change, or the day is over."""
        self._too_heavy = np.empty(0, dtype=np.int64)
        self._since_ms = 0
        self._reach = np.zeros(count, dtype=np.int8)
        self._sent_to: dict[int, int] = {}
        pairs, pair_of = _pairs_of(inputs)
        batteries = inputs.rules.batteries
        self._charged_wh = (batteries.charge_to - batteries.reserve) * np.array(best_wh(inputs))
        """What the best pack of each take-off point has above the reserve when it is charged."""
        self._pairs: list[list[int]] = pairs.tolist()
        self._pair_of = packed(pair_of)
        self._plan(0)

    @property
    def ready_ms(self) -> Ints:
        """When each parcel would be ready if a courier were always there, ``(orders,)``."""
        return self._ready_ms(_ALL)

    def _ready_ms(self, rows: slice) -> Ints:
        return unhindered_ready_ms(self._book, rows, handling_ms=_in_hand_ms(self._book, rows, self._times))

    def renew(self, now_ms: int) -> None:
        """Plan all orders anew; those placed before now keep their reach."""
        self._settle(now_ms)
        self._since_ms = now_ms
        self._plan(now_ms)

    def _plan(self, now_ms: int) -> None:
        air = self._planner.air
        self._available_wh = self._charged_wh * air.pack_share
        self._planner.learn((home, airport) for home, airport in self._pairs)
        plans = [self._planner.sortie(*pair) for pair in self._pairs]
        self._plans, self._own = plans, {}
        deliver_ms = [NEVER_MS if plan is None else plan.deliver_ms for plan in plans]
        self._deliver_ms, self._too_heavy = np.array(deliver_ms, dtype=np.int64), self._too_heavy[:0]
        self._weigh(plans)
        first = bisect_left(self._book.placed_ms, now_ms)
        needs_more = np.asarray(self.need_wh) > self._available_wh[self._inputs.orders.takeoff_point]
        blocked = self._blocked(plans)
        self.bars = np.where(needs_more, self._what_takes_more(), NOTHING).astype(np.int8)
        self.bars[blocked != NOTHING] = blocked[blocked != NOTHING]
        why = np.zeros(len(blocked), dtype=np.int8)
        why[needs_more] = _WHY.index("out_of_reach")
        why[blocked == WIND], why[blocked == ZONE] = _WHY.index("wind"), _WHY.index("zone")
        # who is bound for an airport in a zone waits for its end, or goes by road
        why[(blocked == ZONE) & np.isin(self._book.airport, self._airports_in_zones(now_ms))] = 0
        # while no drone may fly, reach is what it was before
        self._reach = why if air.stop is None else self._reach
        self._refusals[first:] = array("b", self._reach[first:].tobytes())
        self._bar_heavy(first, air.payload_kg)
        for order, airport in self._sent_to.items():
            self._plan_to(order, airport)

    def sortie(self, order: int) -> SortiePlan | None:
        """Give the planned sortie of an order, None without a route."""
        if self._own and order in self._own:
            return self._own[order]
        return self._plans[self._pair_of[order]]

    @property
    def _pairs_by_order(self) -> NDArray[np.int32]:
        return np.array(self._pair_of, dtype=np.int32)

    def refusal(self, order: int) -> str | None:
        """Tell why an order is refused, None for one in reach; it stays as it was when the order was placed."""
        return _WHY[self._refusals[order]]

    @property
    def is_in_reach(self) -> NDArray[np.bool_]:
        """Which orders are in reach, ``(orders,)``."""
        return np.asarray(np.array(self._refusals, dtype=np.int8) == 0)

    def _bar_heavy(self, first: int, limit_kg: float) -> None:
        """Keep parcels on the ground that are too heavy for the air, and refuse those of new orders, ``first`` on."""
        if limit_kg >= self._inputs.aircraft.drone_type.payload_kg:
            return
        self._too_heavy = np.flatnonzero(np.asarray(self._book.mass_kg) > limit_kg)
        for order in self._too_heavy.tolist():
            self._own[order] = None
            self.bars[order] = WEATHER
            if order >= first:
                self._refusals[order] = _WHY.index("too_heavy")

    def _airports_in_zones(self, now_ms: int) -> list[int]:
        """List the airports that lie in a zone now, by number among airports."""
        inputs, now_s = self._inputs, max(now_ms / MS, self._inputs.rules.horizon.start_s)
        closures = (closure for closure in inputs.closures if closure.from_s <= now_s < closure.to_s)
        return [closure.site - inputs.places.takeoff_points for closure in closures]

    def landing_at(self, order: int, takeoff_point: int) -> tuple[SortiePlan, float] | None:
        """Plan an order's sortie that comes home to another take-off point, and the energy that it needs."""
        plan = self.sortie(order)
        other = None if plan is None else self._planner.landing_at(plan, takeoff_point)
        return None if other is None else (other, self.out_wh[order] + other.fixed_wh)

    # orders that get another airport

    def can_fly(self, order: int, airport: int) -> bool:
        """Tell whether a drone with a full pack could bring an order to an airport, by routes and wind as they are."""
        takeoff_point = self._book.takeoff_point[order]
        plan = self._planner.sortie(takeoff_point, airport)
        if plan is None:
            return False
        if self._book.mass_kg[order] > self._planner.air.payload_kg:
            return False
        return bool(self._out_wh(order, plan) + plan.fixed_wh <= self._available_wh[takeoff_point])

    def to_airport(self, order: int, airport: int) -> tuple[SortiePlan, float] | None:
        """Plan an order's sortie to an airport, and the energy that it needs; None where there is none by now."""
        plan = self._planner.sortie(self._book.takeoff_point[order], airport)
        if plan is None or self._book.mass_kg[order] > self._planner.air.payload_kg:
            return None
        return plan, self._out_wh(order, plan) + plan.fixed_wh

    def send_to(self, order: int, airport: int) -> None:
        """Plan an order to another airport from here on."""
        self._sent_to[order] = airport
        self._plan_to(order, airport)

    def _plan_to(self, order: int, airport: int) -> None:
        takeoff_point = self._book.takeoff_point[order]
        self._own[order] = plan = self._planner.sortie(takeoff_point, airport)
        if plan is None:
            self.bars[order] = self._what_blocks(takeoff_point, airport)
            return
        if self._book.mass_kg[order] > self._planner.air.payload_kg:
            self._own[order], self.bars[order] = None, WEATHER
            return
        self.out_wh[order] = self._out_wh(order, plan)
        self.need_wh[order] = self.out_wh[order] + plan.fixed_wh
        needs_more = self.need_wh[order] > self._available_wh[takeoff_point]
        self.bars[order] = self._what_takes_more() if needs_more else NOTHING

    def _out_wh(self, order: int, plan: SortiePlan) -> float:
        aircraft = self._planner.air.aircraft
        energy_wh = aircraft.energy_wh(
            cruise_s=plan.out.cruise_s,
            level_m=plan.out.level_m,
            payload_kg=min(self._book.mass_kg[order], aircraft.drone_type.payload_kg),
            airspeed_mps=plan.out.airspeed_mps,
        )
        return float(energy_wh)

    def _what_takes_more(self) -> int:
        """Tell why a way may need more energy than there is: it leads against a wind, or around a zone."""
        return WIND if self._planner.has_wind else ZONE

    def _what_blocks(self, takeoff_point: int, airport: int) -> int:
        """Tell what leaves no way there and back: the wind, in which nobody may fly or none gets on, or a zone."""
        planner = self._planner
        if planner.air.stop is not None:
            return WEATHER
        return WIND if not planner.may_fly or planner.has_routes(takeoff_point, airport) else ZONE

    def _blocked(self, plans: list[SortiePlan | None]) -> Codes:
        """Tell of each order whether the wind or a zone leaves no way there and back."""
        codes = [
            NOTHING if plan is not None else self._what_blocks(*pair)
            for pair, plan in zip(self._pairs, plans, strict=True)
        ]
        return np.array(codes, dtype=np.int8)[self._pairs_by_order]

    def _column(self, by_pair: list[float]) -> NDArray[np.float64]:
        """Spread values by pair of take-off point and airport over the orders."""
        return np.array(by_pair, dtype=np.float64)[self._pairs_by_order]

    def unhindered_ms(self, rows: slice = _ALL) -> tuple[Ints, Ints]:
        """When each parcel could lie in its box with nobody in its way, and the shortest time from loading to then.

        A parcel leaves when it is ready or, where that is better, when routes or the wind have changed;
        ``NEVER_MS`` without a route.
        """
        if self._unhindered is None:
            door_ms, least_ms = (np.full(len(range(*rows.indices(len(self._book)))), NEVER_MS) for _ in range(2))
        else:
            door_ms, least_ms = (column[rows] for column in self._unhindered)
        self._let_leave(door_ms, least_ms, rows, NEVER_MS)
        return door_ms, least_ms

    def _settle(self, until_ms: int) -> None:
        """Let every parcel leave in the time since the last change, if it is ready before ``until_ms``."""
        if self._unhindered is None:
            self._unhindered = np.full(len(self._book), NEVER_MS), np.full(len(self._book), NEVER_MS)
        self._let_leave(*self._unhindered, _ALL, until_ms)

    def _let_leave(self, door_ms: Ints, least_ms: Ints, rows: slice, until_ms: int) -> None:
        flight_ms = self._deliver_ms[np.array(self._pair_of[rows], dtype=np.int32)]
        begin, end, _ = rows.indices(len(self._book))
        flight_ms[self._too_heavy[(self._too_heavy >= begin) & (self._too_heavy < end)] - begin] = NEVER_MS
        start_ms = np.maximum(self._ready_ms(rows), self._since_ms)
        can_leave = (start_ms < until_ms) & (flight_ms < NEVER_MS)
        np.minimum(door_ms, start_ms + flight_ms, out=door_ms, where=can_leave)
        np.minimum(least_ms, flight_ms, out=least_ms, where=can_leave)

    def _weigh(self, plans: list[SortiePlan | None]) -> None:
        """Find the energy of each sortie with its parcel."""
        inputs = self._inputs
        out_wh = self._planner.air.aircraft.energy_wh(
            cruise_s=self._column([0.0 if plan is None else plan.out.cruise_s for plan in plans]),
            level_m=self._column([0.0 if plan is None else plan.out.level_m for plan in plans]),
            payload_kg=np.minimum(inputs.orders.mass_kg, inputs.aircraft.drone_type.payload_kg),
            airspeed_mps=self._column([0.0 if plan is None else plan.out.airspeed_mps for plan in plans]),
        )
        fixed_wh = self._column([0.0 if plan is None else plan.fixed_wh for plan in plans])
        self.out_wh = array("d", out_wh.tobytes())
        self.need_wh = array("d", (out_wh + fixed_wh).tobytes())

    def clear(self) -> None:
        """Give all columns up."""
        self._plans, self._own = [], {}
        self._refusals = array("b")
        self.out_wh, self.need_wh = array("d"), array("d")
        self.bars = self.bars[:0].copy()
        self._unhindered = None
        self._reach, self._pair_of = self._reach[:0].copy(), array("i")


def _pairs_of(inputs: SimulationInputs) -> tuple[Ints, NDArray[np.int32]]:
    """Find the pairs of take-off point and airport that orders are for, ``(pairs, 2)``, and that of each order."""
    points, airports = (np.asarray(column) for column in (inputs.orders.takeoff_point, inputs.orders.airport))
    width = inputs.places.airports
    keys, pair_of = np.unique(points * width + airports, return_inverse=True)
    return np.column_stack(np.divmod(keys, width)), pair_of.reshape(-1).astype(np.int32)


def _in_hand_ms(book: OrderBook, rows: slice, times: Times) -> int | Ints:
    """Give how long couriers have orders in hand beside their walks: all the same, or each its own."""
    if not book.boxing_ms:
        return times.handling_ms
    return times.at_merchant_ms + np.array(book.boxing_ms[rows], dtype=np.int64)


def unhindered_ready_ms(book: OrderBook, rows: slice = _ALL, *, handling_ms: int | Ints) -> Ints:
    """When each parcel is ready if a courier leaves as planned and has it in hand for so long beside the walks."""
    columns = (book.placed_ms, book.walk_ms, book.planned_ms, book.preparation_ms)
    placed_ms, walk_ms, planned_ms, prepared_ms = (np.array(column[rows], dtype=np.int64) for column in columns)
    at_merchant_ms = np.maximum(planned_ms - walk_ms, 0) + walk_ms
    return np.asarray(placed_ms + np.maximum(prepared_ms, at_merchant_ms) + handling_ms + walk_ms)
