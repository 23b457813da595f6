"""A day in outline: couriers, drones, packs, boxes and every calendar of the network, order by order, in milliseconds.

Between a shadow, which knows drones alone, and the day itself: orders are taken in the order in which they become
ready, each gets the first sortie that its drone, its box and the calendars leave room for, and nothing is decided
anew. Policies, separation on the way, trouble and everything that changes during the day are left out; what that
makes of a day is for whoever compares outlines with days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import may_carry
from dronesim.aircraft.battery import charge_time_s
from dronesim.airspace import pack
from dronesim.routing.jit import kernel
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.planner import Planner
from dronesim.simulation.plans import SortiePlan
from dronesim.simulation.times import Times, times_of
from dronesim.units import HOUR, to_ms

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SLOT_MS: Final = 5000
"""Calendars of outlines count in slots of this length (an assumption: a quarter of the usual headway)."""
CROWDING_MS: Final = 1400.0
"""Where every two flights are kept apart, each other sortie under way puts a leg off by so much, divided by the levels
that are open (E: it brings outlines nearest to days on the 30 settings that the planner's prior is fitted to)."""
_BY_AGE: Final = ("first-job-first", "nearest", "first-finish", "random-feasible")
"""Policies that don't look at what can still be on time."""
_HOURS: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineNetwork:
    """What outlines know of a network; pairs are numbered ``takeoff_point * airports + airport``.

    ``uses`` (n, 3): calendar, first slot, slots, of each pair from ``bounds[pair]`` to ``bounds[pair + 1]``, the first
    ``there[pair]`` of them from the start of loading, the others from leaving the airport. ``units`` by calendar.
    ``deliver_ms``, ``leave_ms``, ``home_ms`` and ``charge_ms`` by pair; ``deliver_ms`` is ``NEVER`` where none flies.
    ``drones``, ``packs``, ``chargers`` and ``couriers`` by take-off point, ``boxes`` by airport.
    """

    uses: Numbers
    bounds: Numbers
    there: Numbers
    units: Numbers
    deliver_ms: Numbers
    leave_ms: Numbers
    home_ms: Numbers
    charge_ms: Numbers
    couriers: Numbers
    drones: Numbers
    packs: Numbers
    chargers: Numbers
    boxes: Numbers
    swap_ms: int
    is_swapping: bool
    pilots: int
    crowding_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineDay:
    """What became of a day in outline: orders ``in_range`` and those ``on_time`` by the hour of placing, (48,).

    The same ``at`` each airport, (airports,). Hours after midnight count on.
    """

    in_range: Numbers
    on_time: Numbers
    in_range_at: Numbers
    on_time_at: Numbers

    @property
    def share(self) -> float:
        """Service level, a share of 0 to 1; NaN for a day without orders in range."""
        return float(self.on_time.sum() / self.in_range.sum()) if self.in_range.any() else float("nan")


def saves_orders(policy: str) -> bool:
    """Tell whether outlines let those orders go first that can still be on time, as most policies do."""
    return policy not in _BY_AGE


def outline_network(inputs: SimulationInputs) -> OutlineNetwork:
    """Take from the inputs of any day, in the routes and the wind at opening, what outlines need of the network."""
    rules, times = inputs.rules, times_of(inputs.rules, inputs.aircraft.drone_type)
    network = Network(inputs, times)
    planner = Planner(inputs, network, times)
    pairs = list(np.ndindex(inputs.places.takeoff_points, inputs.places.airports))
    planner.learn((home, airport) for home, airport in pairs)
    plans = [planner.sortie(*pair) for pair in pairs]
    requests = [None if plan is None else planner.request(plan) for plan in plans]
    held = [pack(()) if each is None else np.concatenate([each.there, each.homeward]) for each in requests]
    uses = np.concatenate([pack(()), *held])
    begins = uses[:, 1] // SLOT_MS
    ends = np.maximum(np.rint((uses[:, 1] + uses[:, 2]) / SLOT_MS).astype(np.int64), begins + (uses[:, 2] > 0))
    return OutlineNetwork(
        uses=np.column_stack([uses[:, 0], begins, ends - begins]).astype(np.int64),
        bounds=np.cumsum([0, *map(len, held)]),
        there=_numbers([0 if each is None else len(each.there) for each in requests]),
        units=network.timetable.all_units(),
        deliver_ms=_column(plans, lambda plan: plan.deliver_ms, none=NEVER),
        leave_ms=_numbers([0 if each is None else each.leave_ms for each in requests]),
        home_ms=_column(plans, lambda plan: plan.home.land_ms),
        charge_ms=_column(plans, lambda plan: _charge_ms(plan, inputs)),
        couriers=_numbers(rules.couriers.count),
        drones=_numbers(rules.fleet.drones),
        packs=_numbers(rules.batteries.packs),
        chargers=_numbers(rules.batteries.chargers),
        boxes=_numbers(rules.airports.boxes),
        swap_ms=times.swap_ms,
        is_swapping=rules.batteries.mode == "swap",
        pilots=network.pilots,
        crowding_ms=CROWDING_MS / _open_levels(planner, inputs) if rules.airspace.mode == "strategic" else 0.0,
    )


def _open_levels(planner: Planner, inputs: SimulationInputs) -> float:
    """Give the mean number of levels at which the ways out can be flown, at least 1."""
    homes, airports = inputs.places.takeoff_points, inputs.places.airports
    levels = [len(planner.legs(home, homes + airport)) for home, airport in np.ndindex(homes, airports)]
    return max(1.0, float(np.mean(levels)))


def _numbers(counts: Sequence[int]) -> Numbers:
    return np.array(counts, dtype=np.int64)


def _column(plans: Sequence[SortiePlan | None], value: Any, *, none: int = 0) -> Numbers:
    return np.array([none if plan is None else value(plan) for plan in plans], dtype=np.int64)


def _charge_ms(plan: SortiePlan, inputs: SimulationInputs) -> int:
    """Give how long the pack of a sortie without a parcel is charged afterwards."""
    rules, kind = inputs.rules.batteries, inputs.aircraft.drone_type
    used = (plan.out.empty_wh + plan.home.empty_wh) / kind.pack_wh
    charge = max(rules.charge_to - used, rules.reserve)
    return to_ms(charge_time_s(charge, rules.charge_to, rate_c=rules.charge_c, cv_charge=rules.cv_charge))


def outline_day(inputs: SimulationInputs, network: OutlineNetwork) -> OutlineDay:
    """Find what becomes of the orders of a day in outline; ``network`` may be that of any day of the scenario."""
    rules, orders, kind = inputs.rules, inputs.orders, inputs.aircraft.drone_type
    times = times_of(rules, kind)
    book = OrderBook(orders, walk_mps=rules.couriers.walk_mps)
    placed_ms = np.asarray(book.placed_ms, dtype=np.int64)
    near = orders.distance_m <= rules.service.radius_m
    is_open = (placed_ms >= times.opens_ms) & (placed_ms <= times.closes_ms)
    pairs = np.asarray(orders.takeoff_point, dtype=np.int64) * len(network.boxes) + orders.airport
    is_flown = is_open & near & may_carry(orders.mass_kg, limit_kg=kind.payload_kg) & (network.deliver_ms[pairs] >= 0)
    ready_ms = _ready_ms(book, is_flown, network, times)
    begins_ms = placed_ms if rules.service.clock == "placed" else ready_ms
    due_ms = begins_ms + times.due_after_ms
    rows = np.flatnonzero(is_flown)
    rows = rows[np.argsort(ready_ms[rows], kind="stable")]
    delivered_ms = _delivered_ms(rows, ready_ms, due_ms, book, network, times, saves=saves_orders(inputs.policy_name))
    on_time = rows[delivered_ms <= due_ms[rows]]
    hours = np.minimum(placed_ms // to_ms(HOUR), _HOURS - 1)
    airports = np.asarray(orders.airport, dtype=np.int64)
    return OutlineDay(
        in_range=np.bincount(hours[near], minlength=_HOURS),
        on_time=np.bincount(hours[on_time], minlength=_HOURS),
        in_range_at=np.bincount(airports[near], minlength=len(network.boxes)),
        on_time_at=np.bincount(airports[on_time], minlength=len(network.boxes)),
    )


def _ready_ms(book: OrderBook, is_flown: Flags, network: OutlineNetwork, times: Times) -> Numbers:
    """Give when each parcel is ready, (n,)."""
    columns = (book.placed_ms, book.walk_ms, book.planned_ms, book.preparation_ms, book.takeoff_point)
    placed_ms, walk_ms, planned_ms, prepared_ms, homes = (np.asarray(column, dtype=np.int64) for column in columns)
    wanted_ms = placed_ms + np.maximum(planned_ms - walk_ms, 0)
    in_hand_ms = (times.at_merchant_ms, times.boxing_ms)
    return courier_trips(wanted_ms, placed_ms + prepared_ms, walk_ms, homes, is_flown, network.couriers, *in_hand_ms)


def _delivered_ms(
    rows: Numbers,
    ready_ms: Numbers,
    due_ms: Numbers,
    book: OrderBook,
    network: OutlineNetwork,
    times: Times,
    *,
    saves: bool,
) -> Numbers:
    """Give when each of the orders of some rows is delivered, in their order."""
    columns = (book.takeoff_point, book.airport, book.collection_ms)
    homes, airports, collection_ms = (np.asarray(column, dtype=np.int64)[rows] for column in columns)
    kept_ms = np.where(collection_ms == NEVER, times.box_hold_limit_ms, collection_ms)
    sorties = (network.uses, network.bounds, network.there, network.units)
    lengths_ms = (network.deliver_ms, network.leave_ms, network.home_ms, network.charge_ms)
    units = (network.drones, network.packs, network.chargers, network.boxes)
    ends = (SLOT_MS, times.opens_ms, times.drained_ms)
    orders = (ready_ms[rows], due_ms[rows], homes, airports, kept_ms)
    return fly_orders(
        *orders,
        *sorties,
        *lengths_ms,
        *units,
        network.swap_ms,
        network.is_swapping,
        saves,
        network.pilots,
        network.crowding_ms,
        *ends,
    )


@kernel
def courier_trips(
    wanted_ms: Numbers,
    prepared_ms: Numbers,
    walk_ms: Numbers,
    homes: Numbers,
    is_taken: Flags,
    couriers: Numbers,
    at_merchant_ms: int,
    boxing_ms: int,
) -> Numbers:
    """Give when each parcel is ready, (n,), in order of placing; whoever is free first goes."""
    free_ms = np.zeros((len(couriers), max(couriers.max(), 1)), np.int64)
    ready_ms = np.zeros(len(wanted_ms), np.int64)
    for row in range(len(wanted_ms)):
        if not is_taken[row]:
            continue
        home = homes[row]
        first = np.argmin(free_ms[home, : couriers[home]]) if couriers[home] else 0
        leave_ms = max(wanted_ms[row], free_ms[home, first])
        ready_ms[row] = max(prepared_ms[row], leave_ms + walk_ms[row]) + at_merchant_ms + walk_ms[row] + boxing_ms
        free_ms[home, first] = ready_ms[row] if couriers[home] else 1 << 40
    return ready_ms


@kernel
def fly_orders(
    ready_ms: Numbers,
    due_ms: Numbers,
    homes: Numbers,
    airports: Numbers,
    kept_ms: Numbers,
    uses: Numbers,
    bounds: Numbers,
    there: Numbers,
    units: Numbers,
    deliver_after_ms: Numbers,
    leave_after_ms: Numbers,
    home_after_ms: Numbers,
    charge_ms: Numbers,
    drones: Numbers,
    packs: Numbers,
    chargers: Numbers,
    boxes: Numbers,
    swap_ms: int,
    is_swapping: bool,
    saves: bool,
    pilots: int,
    crowding_ms: float,
    slot_ms: int,
    opens_ms: int,
    ends_ms: int,
) -> Numbers:
    """Give when each order is delivered, (n,), orders by ready; 2^40 where the day is over before.

    ``saves``: who can still be on time goes first, the most urgent of them first; else who is ready first.
    """
    far_ms = 1 << 40
    slots = (ends_ms - opens_ms) // slot_ms + 1
    held = np.zeros((len(units), 2 * slots), np.int16)
    drone_ms = free_units(drones)
    pack_ms = free_units(packs)
    charger_ms = free_units(chargers)
    box_ms = free_units(boxes)
    delivered_ms = np.full(len(ready_ms), far_ms, np.int64)
    is_open = np.ones(len(ready_ms), np.bool_)
    head = np.zeros(len(drones), np.int64)
    looks_ms = np.full(len(drones), opens_ms, np.int64)
    while True:
        home, now_ms = next_home(head, is_open, homes, ready_ms, drone_ms, looks_ms)
        if now_ms >= ends_ms:
            return delivered_ms
        chosen, again_ms = next_order(
            home, now_ms, head[home], is_open, homes, airports, ready_ms, due_ms, box_ms, deliver_after_ms, saves
        )
        if chosen < 0:
            looks_ms[home] = max(again_ms, now_ms + 1)
            continue
        is_open[chosen] = False
        airport = airports[chosen]
        pair = home * len(boxes) + airport
        first, middle, last = bounds[pair], bounds[pair] + there[pair], bounds[pair + 1]
        start = first_room(held, units, uses[first:middle], (now_ms - opens_ms) // slot_ms, slots)
        if start >= slots:
            continue
        start_ms = max(now_ms, opens_ms + start * slot_ms)
        leave = (start_ms - opens_ms + leave_after_ms[pair]) // slot_ms
        late_ms = np.int64(crowding_ms * held[pilots, start])
        leave += late_ms // slot_ms
        left = first_room(held, units, uses[middle:last], leave, 2 * slots)
        hold(held, uses[first:middle], start)
        hold(held, uses[middle:last], left)
        delivered_ms[chosen] = start_ms + deliver_after_ms[pair] + late_ms
        box_ms[airport, np.argmin(box_ms[airport])] = delivered_ms[chosen] + kept_ms[chosen]
        land_ms = start_ms + leave_after_ms[pair] + (left - leave) * slot_ms + 2 * late_ms + home_after_ms[pair]
        back_ms = turned_ms(land_ms, charge_ms[pair], charger_ms[home], pack_ms[home], is_swapping, swap_ms)
        drone_ms[home, np.argmin(drone_ms[home])] = back_ms


@kernel
def turned_ms(
    land_ms: int, charge_ms: int, charger_ms: Numbers, pack_ms: Numbers, is_swapping: bool, swap_ms: int
) -> int:
    """Give when a drone that lands is ready again, and note what its pack and a charger do meanwhile."""
    charged_ms: int = max(land_ms, charger_ms.min()) + charge_ms
    charger_ms[np.argmin(charger_ms)] = charged_ms
    if not is_swapping:
        return charged_ms
    pack = np.argmin(pack_ms)
    fitted_ms: int = max(land_ms, min(pack_ms[pack], charged_ms))
    pack_ms[pack] = max(pack_ms[pack], charged_ms)
    return fitted_ms + swap_ms


@kernel
def next_home(
    head: Numbers, is_open: Flags, homes: Numbers, ready_ms: Numbers, drone_ms: Numbers, looks_ms: Numbers
) -> tuple[int, int]:
    """Give the take-off point that can decide first, and when; 2^40 where none has an order left.

    ``head`` is moved on to the first order of each that is left.
    """
    home, now_ms = 0, 1 << 40
    for each in range(len(head)):
        while head[each] < len(ready_ms) and not (is_open[head[each]] and homes[head[each]] == each):
            head[each] += 1
        if head[each] < len(ready_ms):
            at_ms = max(ready_ms[head[each]], drone_ms[each].min(), looks_ms[each])
            if at_ms < now_ms:
                home, now_ms = each, at_ms
    return home, now_ms


@kernel
def next_order(
    home: int,
    now_ms: int,
    first: int,
    is_open: Flags,
    homes: Numbers,
    airports: Numbers,
    ready_ms: Numbers,
    due_ms: Numbers,
    box_ms: Numbers,
    deliver_after_ms: Numbers,
    saves: bool,
) -> tuple[int, int]:
    """Give the order that goes from a take-off point now, -1 where none can, and when to look again then."""
    far_ms = 1 << 40
    chosen, best_ms, again_ms = -1, far_ms, far_ms
    for row in range(first, len(ready_ms)):
        if not is_open[row] or homes[row] != home:
            continue
        if ready_ms[row] > now_ms:
            return chosen, min(again_ms, ready_ms[row])
        room_ms = box_ms[airports[row]].min()
        if room_ms > now_ms:
            again_ms = min(again_ms, room_ms)
            continue
        if not saves:
            return row, again_ms
        spare_ms = due_ms[row] - now_ms - deliver_after_ms[home * len(box_ms) + airports[row]]
        rank_ms = spare_ms if spare_ms >= 0 else far_ms // 2 - spare_ms
        if rank_ms < best_ms:
            chosen, best_ms = row, rank_ms
    return chosen, again_ms


@kernel
def free_units(counts: Numbers) -> Numbers:
    """Give from when each unit is free, (places, most): 0, and 2^40 for those that a place has not."""
    free_ms = np.full((len(counts), max(counts.max(), 1)), 1 << 40, np.int64)
    for place in range(len(counts)):
        free_ms[place, : counts[place]] = 0
    return free_ms


@kernel
def hold(held: NDArray[np.int16], uses: Numbers, start: int) -> None:
    """Enter uses from a slot on."""
    for use in range(len(uses)):
        begin = start + uses[use, 1]
        # as far as there are slots
        for slot in range(begin, min(begin + uses[use, 2], held.shape[1])):
            held[uses[use, 0], slot] += 1


@kernel
def first_room(held: NDArray[np.int16], units: Numbers, uses: Numbers, earliest: int, last: int) -> int:
    """Give the first slot from which on all uses have room; ``last`` where there is none before."""
    start = earliest
    while start < last:
        is_free = True
        for use in range(len(uses)):
            calendar, begin = uses[use, 0], start + uses[use, 1]
            # from the end backwards, so that a full slot moves the start as far as it can
            for slot in range(begin + uses[use, 2] - 1, begin - 1, -1):
                if slot < held.shape[1] and held[calendar, slot] >= units[calendar]:
                    start += slot - begin + 1
                    is_free = False
                    break
            if not is_free:
                break
        if is_free:
            return start
    return last
