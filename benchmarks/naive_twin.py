"""The readable twin: the life of an order as a plain SimPy program, one process an order.

It takes the same inputs as the engine, draws nothing, and follows the same rules in the most direct way that
somebody who knows SimPy would choose: couriers and chargers are Resources, drones, packs and boxes are Stores, a
process waits once where nothing is decided or recorded in between (a courier's whole way, the flight home), a
kitchen is no process but a sum, and what a sortie books is kept in plain lists of intervals. It covers a day on
which all goes to plan, with drones tied to their take-off points and packs that are swapped; no failures, scripted
events or customers who cancel. Its delivery times are the engine's to the millisecond, which makes it an oracle as
well as a yardstick, as long as packs are charged in the order in which they are taken off: a drone that waits here
takes the pack that is charged next, in the engine the one that was known at its landing to be charged first.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import simpy
from numpy.typing import NDArray

from dronesim.aircraft.battery import charge_time_s
from dronesim.codes import ACCEPTED, WRONG, check_code, damaged, issue_code, order_of
from dronesim.simulation import SimulationInputs
from dronesim.units import to_ms

Story: TypeAlias = Generator[simpy.Event, Any, None]

MILESTONES = (
    "placed",
    "prepared",
    "ready",
    "assigned",
    "loading",
    "loaded",
    "departed",
    "arrived",
    "landed",
    "delivered",
    "collected",
)
_LAST_IN_INSTANT = 2
_BAD_REUSED, _BAD_FOREIGN = 2, 3


@dataclass(slots=True)
class Record:
    """What happened to one order; times in milliseconds since midnight, None for what did not happen."""

    placed: int | None = None
    prepared: int | None = None
    ready: int | None = None
    assigned: int | None = None
    loading: int | None = None
    loaded: int | None = None
    departed: int | None = None
    arrived: int | None = None
    landed: int | None = None
    delivered: int | None = None
    collected: int | None = None
    drone: int | None = None
    box: int | None = None
    code: str = ""
    end_state: str = "open"


@dataclass(slots=True)
class Drone:
    """One drone: its number, the pack it carries, and that pack's charge."""

    number: int
    pack: int
    charge: float

    def __lt__(self, other: Drone) -> bool:
        return self.number < other.number


class Bookings:
    """What is booked of ``capacity`` equal units: intervals as (end, start), sorted, the past dropped."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.intervals: list[tuple[int, int]] = []

    def first_free(self, at: int, hold: int) -> int:
        """Find the first start at or after ``at`` from which a unit is free for ``hold``."""
        while True:
            unended = self.intervals[bisect_right(self.intervals, (at, math.inf)) :]
            if len(unended) < self.capacity:
                return at
            beside = [(end, start) for end, start in unended if start < at + hold]
            if len(beside) < self.capacity or self._most_at_once(beside, at) < self.capacity:
                return at
            at = unended[0][0]

    def _most_at_once(self, intervals: list[tuple[int, int]], begin: int) -> int:
        moments = [max(start, begin) for _, start in intervals]
        return max(sum(start <= moment < end for end, start in intervals) for moment in moments)

    def book(self, start: int, end: int, *, now: int) -> None:
        """Enter an interval."""
        del self.intervals[: bisect_right(self.intervals, (now, math.inf))]
        insort(self.intervals, (end, start))


Uses: TypeAlias = list[tuple[Bookings, int, int]]
"""What a flight books: of which bookings, from how long after its start, for how long."""


def first_common_start(uses: Uses, at: int) -> int:
    """Find the first start at or after ``at`` that suits every use."""
    start = at
    while True:
        wanted = start
        for bookings, offset, hold in uses:
            wanted = bookings.first_free(wanted + offset, hold) - offset
        if wanted == start:
            return start
        start = wanted


def find_sortie(there: Uses, stay: Uses, home: Uses, *, stay_for: int, at: int) -> tuple[int, int]:
    """Find the first start of a sortie, and when it leaves the airport; it stays there until its way home is free."""
    while True:
        start = first_common_start(there + stay, at)
        leave = first_common_start(home, start + stay_for)
        late = leave - start - stay_for
        if all(bookings.first_free(start + offset, hold + late) == start + offset for bookings, offset, hold in stay):
            return start, leave
        given_back = [end - offset for bookings, offset, _ in stay for end, _ in bookings.intervals]
        at = min(moment for moment in (*given_back, leave - stay_for) if moment > start)


class Site:
    """A take-off point or an airport: its pads, its two lanes, and its crew for loading or unloading."""

    def __init__(self, pads: int, crews: int) -> None:
        self.pads = Bookings(pads)
        self.crews = Bookings(crews)
        self.departure_lane = Bookings(1)
        self.arrival_lane = Bookings(1)


class TakeoffPoint(Site):
    """With its couriers, drones, chargers and charged packs."""

    def __init__(self, env: simpy.Environment, inputs: SimulationInputs, number: int) -> None:
        rules = inputs.rules
        super().__init__(rules.takeoff_points.pads[number], rules.takeoff_points.loaders[number])
        self.couriers = simpy.Resource(env, max(rules.couriers.count[number], 1))
        self.drones = simpy.PriorityStore(env)
        self.waiting: list[int] = []
        self.packs = simpy.Store(env)
        self.chargers = simpy.Resource(env, max(rules.batteries.chargers[number], 1))


class Airport(Site):
    """With its cabinet of boxes."""

    def __init__(self, env: simpy.Environment, inputs: SimulationInputs, number: int) -> None:
        rules = inputs.rules.airports
        super().__init__(rules.pads[number], rules.unloaders[number])
        self.boxes = simpy.PriorityStore(env)
        self.boxes.items.extend(range(rules.boxes[number]))


@dataclass(frozen=True, slots=True)
class Leg:
    """Milliseconds from take-off until each part begins, and until landed; energy of an empty flight.

    Up at the level, out of the terminal area, into that of the goal, over the goal, sinking, down.
    """

    up: int
    out: int
    into: int
    arrive: int
    sink: int
    land: int
    cruise_s: float
    level_m: float
    empty_wh: float


class NaiveTwin:
    """One day; `run` it, then read ``records`` and ``scans``."""

    def __init__(self, inputs: SimulationInputs) -> None:
        check_scope(inputs)
        rules, orders = inputs.rules, inputs.orders
        self.inputs, self.routes = inputs, inputs.routes.at(0.0)
        # Any: its clock counts whole milliseconds, which SimPy's types leave open
        self.env: Any = simpy.Environment()
        self.records = [Record() for _ in range(len(orders))]
        self.scans: list[tuple[int, int, int, int, int, str]] = []
        self.last_used: tuple[int, str] | None = None
        self.homes = [TakeoffPoint(self.env, inputs, n) for n in range(inputs.places.takeoff_points)]
        self.airports = [Airport(self.env, inputs, n) for n in range(inputs.places.airports)]
        self.pilots = Bookings(rules.pilots.count * rules.pilots.drones_per_pilot)
        self.legs: dict[tuple[int, int], Leg] = {}
        self.assigned: dict[int, simpy.Event] = {}
        self.to_look_at: set[int] = set()
        self.wake = self.env.event()
        self.read_columns()
        self.read_durations()
        self.station_drones()

    def read_columns(self) -> None:
        """Turn the drawn columns into lists of whole milliseconds."""
        orders = self.inputs.orders
        self.placed = in_ms(orders.placed_s)
        self.preparation = in_ms(orders.preparation_s)
        self.planned = in_ms(orders.planned_preparation_s)
        self.walk = in_ms(orders.walk_m / self.inputs.rules.couriers.walk_mps)
        self.collection = in_ms(orders.collection_s)
        self.home: list[int] = orders.takeoff_point.tolist()
        self.airport: list[int] = orders.airport.tolist()
        self.mass_kg: list[float] = orders.mass_kg.tolist()
        self.is_no_show: list[bool] = orders.is_no_show.tolist()
        self.bad_scan: list[int] = orders.bad_scan.tolist()
        self.out_wh = self.outbound_energy()

    def read_durations(self) -> None:
        """Turn the durations of the rules into whole milliseconds."""
        rules = self.inputs.rules
        self.handling, self.boxing = to_ms(rules.couriers.handling_s), to_ms(rules.couriers.boxing_s)
        self.load, self.unload = to_ms(rules.takeoff_points.load_s), to_ms(rules.airports.unload_s)
        self.headway, self.swap = to_ms(rules.airspace.lane_headway_s), to_ms(rules.batteries.swap_s)
        self.check = to_ms(self.inputs.aircraft.drone_type.takeoff_check_s)
        self.closes = to_ms(rules.horizon.end_s + rules.horizon.drain_s)
        self.hold_limit, self.rescan = to_ms(rules.airports.hold_limit_s), to_ms(rules.customers.rescan_s)

    def station_drones(self) -> None:
        """Give each take-off point its drones and its spare packs."""
        rules = self.inputs.rules
        drone = 0
        for home, count in zip(self.homes, rules.fleet.drones, strict=True):
            for _ in range(count):
                home.drones.items.append(Drone(drone, drone, rules.batteries.charge_to))
                drone += 1
        pack = drone
        for home, count in zip(self.homes, rules.batteries.packs, strict=True):
            home.packs.items.extend(range(pack, pack + count))
            pack += count

    def run(self) -> list[Record]:
        """Let the day pass; returns a record an order."""
        self.env.process(self.place_orders())
        self.env.process(self.dispatch())
        self.env.run(until=self.closes + 1)
        return self.records

    def until(self, at: int) -> simpy.Timeout:
        """Wait until a time."""
        timeout: simpy.Timeout = self.env.timeout(at - self.env.now)
        return timeout

    # flights

    def leg(self, origin: int, destination: int) -> Leg:
        """Plan a flight between two sites, at the quickest level."""
        key = (origin, destination)
        if key not in self.legs:
            levels = range(len(self.routes.levels_m))
            self.legs[key] = min(
                (self.leg_at(level, origin, destination) for level in levels), key=lambda leg: leg.land
            )
        return self.legs[key]

    def leg_at(self, level: int, origin: int, destination: int) -> Leg:
        """Plan a flight at one level."""
        inputs, level_m = self.inputs, self.routes.levels_m[level]
        aircraft, path = inputs.aircraft, self.routes.waypoints(level, origin, destination)
        kind, radius_m = aircraft.drone_type, inputs.rules.airspace.terminal_radius_m
        cruise = aircraft.cruise(path, inputs.wind(0.0)[level].vector())
        assert cruise is not None
        motion = cruise.motion
        at_s, place_m = motion.knots
        up = to_ms(aircraft.climb(level_m).duration_s)
        off = up + to_ms(kind.transition_s)
        arrive = off + to_ms(motion.duration_s)
        sink = arrive + to_ms(kind.approach_s)
        return Leg(
            up=up,
            out=off + to_ms(float(np.interp(radius_m, place_m, at_s))),
            into=off + int(1000 * float(np.interp(motion.length_m - radius_m, place_m, at_s))),
            arrive=arrive,
            sink=sink,
            land=sink + to_ms(aircraft.descent(level_m).duration_s),
            cruise_s=motion.duration_s,
            level_m=level_m,
            empty_wh=float(aircraft.energy_wh(cruise_s=motion.duration_s, level_m=level_m, payload_kg=0.0)),
        )

    def both_legs(self, order: int) -> tuple[Leg, Leg]:
        """Plan the way to the airport and the way back."""
        home, away = self.home[order], len(self.homes) + self.airport[order]
        return self.leg(home, away), self.leg(away, home)

    def outbound_energy(self) -> list[float]:
        """Energy in Wh of each order's way to the airport, with the parcel on board."""
        ways = [self.both_legs(order)[0] for order in range(len(self.records))]
        energy_wh = self.inputs.aircraft.energy_wh(
            cruise_s=np.array([way.cruise_s for way in ways]),
            level_m=np.array([way.level_m for way in ways]),
            payload_kg=np.minimum(self.mass_kg, self.inputs.aircraft.drone_type.payload_kg),
        )
        return [float(wh) for wh in energy_wh.tolist()]

    def is_in_reach(self, order: int) -> bool:
        """Tell whether a charged pack is enough for both ways, a hold and the reserve."""
        batteries, kind = self.inputs.rules.batteries, self.inputs.aircraft.drone_type
        hold_wh = float(self.inputs.aircraft.hover_wh(batteries.hold_allowance_s, kind.payload_kg))
        need_wh = self.out_wh[order] + self.both_legs(order)[1].empty_wh + hold_wh
        return need_wh <= (batteries.charge_to - batteries.reserve) * kind.usable_wh

    # the life of an order

    def place_orders(self) -> Story:
        """Let each order come at its time."""
        for order, placed in enumerate(self.placed):
            yield self.until(placed)
            self.env.process(self.live(order))

    def live(self, order: int) -> Story:
        """Tell the story of one order, from placing to collection."""
        record = self.records[order]
        record.placed = self.env.now
        if self.is_refused(order):
            record.end_state = "refused"
            return
        yield from self.bring_to_takeoff_point(order)
        drone = yield self.call_drone(order)
        yield from self.fly_to_airport(order, drone)
        yield from self.collect(order)

    def is_refused(self, order: int) -> bool:
        """Tell whether an order is out of hours, too heavy or too far."""
        horizon, kind = self.inputs.rules.horizon, self.inputs.aircraft.drone_type
        is_open = to_ms(horizon.start_s) <= self.env.now <= to_ms(horizon.end_s)
        return not is_open or self.mass_kg[order] > kind.payload_kg or not self.is_in_reach(order)

    def bring_to_takeoff_point(self, order: int) -> Story:
        """Send a courier, who means to be at the merchant when the kitchen is expected to end."""
        home, record, walk = self.homes[self.home[order]], self.records[order], self.walk[order]
        wanted = self.env.now + max(self.planned[order] - walk, 0)
        prepared = self.env.now + self.preparation[order]
        if prepared <= self.closes:
            record.prepared = prepared
        with home.couriers.request() as courier:
            yield courier
            leaves = max(self.env.now, wanted)
            yield self.until(max(leaves + walk, prepared) + self.handling + walk + self.boxing)
        record.ready = self.env.now

    # dispatch: first placed, first served, by the free drone with the lowest number

    def call_drone(self, order: int) -> simpy.Event:
        """Join the queue for a drone; the event brings it."""
        insort(self.homes[self.home[order]].waiting, order)
        self.assigned[order] = self.env.event()
        self.look_at(self.home[order])
        return self.assigned[order]

    def look_at(self, *homes: int) -> None:
        """Wake the dispatcher when all else in this instant has happened."""
        self.to_look_at.update(homes)
        if not self.wake.triggered:
            self.wake._ok, self.wake._value = True, None
            self.env.schedule(self.wake, priority=_LAST_IN_INSTANT)

    def dispatch(self) -> Story:
        """Assign drones to orders whenever an order is ready, a drone is free or a full cabinet has room."""
        while True:
            yield self.wake
            homes, self.to_look_at, self.wake = sorted(self.to_look_at), set(), self.env.event()
            for home in homes:
                for order in list(self.homes[home].waiting):
                    if not self.homes[home].drones.items:
                        break
                    yield from self.assign(order, self.homes[home])

    def assign(self, order: int, home: TakeoffPoint) -> Story:
        """Give an order the first free drone and a box, if there is one."""
        boxes = self.airports[self.airport[order]].boxes
        if boxes.items:
            drone = yield home.drones.get()
            record = self.records[order]
            record.box = yield boxes.get()
            record.drone, record.assigned = drone.number, self.env.now
            home.waiting.remove(order)
            self.assigned.pop(order).succeed(drone)

    # the sortie

    def fly_to_airport(self, order: int, drone: Drone) -> Story:
        """Load, fly, land and unload, each when it was booked for; then send the drone home."""
        record, (out, back) = self.records[order], self.both_legs(order)
        start, leave = self.book_sortie(order, out, back)
        yield self.until(start)
        record.loading = self.env.now
        yield self.env.timeout(self.load)
        record.loaded = self.env.now
        yield self.env.timeout(self.check)
        record.departed = self.env.now
        yield self.env.timeout(out.arrive)
        record.arrived = self.env.now
        yield self.env.timeout(out.land - out.arrive)
        record.landed = self.env.now
        drone.charge -= self.out_wh[order] / self.inputs.aircraft.drone_type.usable_wh
        yield self.env.timeout(self.unload)
        record.delivered = self.env.now
        self.env.process(self.fly_home(drone, self.home[order], back, leave=leave))

    def book_sortie(self, order: int, out: Leg, back: Leg) -> tuple[int, int]:
        """Book both ways at once; returns when loading starts and when the drone leaves the airport."""
        there, stay, home = self.uses_of_sortie(order, out, back)
        stay_for = self.load + self.check + out.land + self.unload + self.check
        start, leave = find_sortie(there, stay, home, stay_for=stay_for, at=self.env.now)
        longer = [(bookings, offset, hold + leave - start - stay_for) for bookings, offset, hold in stay]
        for uses, begin in ((there + longer, start), (home, leave)):
            for bookings, offset, hold in uses:
                bookings.book(begin + offset, begin + offset + hold, now=self.env.now)
        return start, leave

    def uses_of_sortie(self, order: int, out: Leg, back: Leg) -> tuple[Uses, Uses, Uses]:
        """List what is booked for the way there, until leaving the airport, and for the way home."""
        home, away = self.homes[self.home[order]], self.airports[self.airport[order]]
        load, unload, headway, check = self.load, self.unload, self.headway, self.check
        clear = to_ms(self.inputs.rules.takeoff_points.clear_s)
        departs = load + check
        there = [
            (home.pads, 0, departs + out.up),
            (home.crews, 0, load),
            (home.departure_lane, departs + out.up, max(out.out - out.up, headway)),
            (away.arrival_lane, departs + out.into, max(out.sink - out.into, headway)),
            (away.crews, departs + out.land, unload),
        ]
        stay = [
            (away.pads, departs + out.sink, out.land - out.sink + unload + check + back.up),
            (self.pilots, load, check + out.land + unload + check + back.land),
        ]
        way_home = [
            (away.departure_lane, back.up, max(back.out - back.up, headway)),
            (home.arrival_lane, back.into, max(back.sink - back.into, headway)),
            (home.pads, back.sink, back.land - back.sink + clear),
        ]
        return there, stay, way_home

    def fly_home(self, drone: Drone, home: int, back: Leg, *, leave: int) -> Story:
        """Fly back, change the pack, and be free again."""
        yield self.until(leave + back.land)
        drone.charge -= back.empty_wh / self.inputs.aircraft.drone_type.usable_wh
        yield from self.change_pack(drone, self.homes[home])
        yield self.homes[home].drones.put(drone)
        self.look_at(home)

    def change_pack(self, drone: Drone, home: TakeoffPoint) -> Story:
        """Put the used pack on the next charger, and wait for one that is charged."""
        self.env.process(self.charge(drone.pack, drone.charge, home))
        drone.pack = yield home.packs.get()
        drone.charge = self.inputs.rules.batteries.charge_to
        yield self.env.timeout(self.swap)

    def charge(self, pack: int, charge: float, home: TakeoffPoint) -> Story:
        """Charge a pack and put it in stock."""
        rules = self.inputs.rules.batteries
        with home.chargers.request() as charger:
            yield charger
            yield self.env.timeout(
                to_ms(charge_time_s(charge, rules.charge_to, rate_c=rules.charge_c, cv_charge=rules.cv_charge))
            )
        yield home.packs.put(pack)

    # the customer

    def collect(self, order: int) -> Story:
        """Send the code and wait for the customer, who may come late, clumsily or not at all."""
        record, airport = self.records[order], self.airport[order]
        expires = self.env.now + self.hold_limit
        record.code = issue_code(self.inputs.key, order=order, airport=airport, box=record.box or 0, expires_ms=expires)
        delay = self.collection[order]
        if self.is_no_show[order] or delay + self.rescan > self.hold_limit:
            self.env.process(self.clear_box(order, expires + 1))
        if self.is_no_show[order]:
            return
        yield self.env.timeout(delay)
        if self.bad_scan[order]:
            yield from self.scan(order, *self.bad_attempt(order))
            yield self.env.timeout(self.rescan)
        yield from self.scan(order, airport, record.code)

    def bad_attempt(self, order: int) -> tuple[int, str]:
        """Choose where a clumsy customer scans what: a used code, the right one elsewhere, or a damaged one."""
        code, airport = self.records[order].code, self.airport[order]
        if self.bad_scan[order] == _BAD_REUSED and self.last_used is not None:
            return self.last_used
        if self.bad_scan[order] == _BAD_FOREIGN and len(self.airports) > 1:
            return (airport + 1) % len(self.airports), code
        return airport, damaged(code)

    def scan(self, order: int, airport: int, code: str) -> Story:
        """Judge a code; the right one opens the box."""
        record, now = self.records[order], self.env.now
        verdict, box = check_code(self.inputs.key, code, airport=airport, now_ms=now, is_used=self.is_used)
        owner = -1 if verdict == WRONG else order_of(code)
        self.scans.append((now, airport, box, order, owner, verdict))
        if verdict == ACCEPTED:
            record.collected, record.end_state = self.env.now, "collected"
            self.last_used = (airport, code)
            yield from self.free_box(order)

    def is_used(self, order: int) -> bool:
        """Tell whether the code of an order has opened its box."""
        return self.records[order].end_state == "collected"

    def clear_box(self, order: int, at: int) -> Story:
        """Take a parcel out that nobody has collected."""
        yield self.until(at)
        if self.records[order].end_state == "open":
            self.records[order].end_state = "unclaimed"
            yield from self.free_box(order)

    def free_box(self, order: int) -> Story:
        """Give the box back; a cabinet that was full wakes every take-off point with orders that wait."""
        boxes = self.airports[self.airport[order]].boxes
        yield boxes.put(self.records[order].box)
        if len(boxes.items) == 1:
            self.look_at(*(number for number, home in enumerate(self.homes) if home.waiting))


def in_ms(seconds: NDArray[Any]) -> list[int]:
    """Round a column of seconds up to whole milliseconds."""
    return [to_ms(value) for value in seconds.tolist()]


def check_scope(inputs: SimulationInputs) -> None:
    """Refuse a day that the twin does not know how to live.

    Raises
    ------
    ValueError
        Failures, scripted events, impatient customers, shared drones, batches, charging on board, ...
    """
    rules = inputs.rules
    limits = {
        "no failures": not np.isfinite(inputs.drones.budget_h).any(),
        "no scripted events": not rules.events,
        "no customers who cancel": not np.isfinite(inputs.orders.patience_s).any(),
        "drones tied to take-off points": not rules.fleet.is_shared,
        "packs that are swapped": rules.batteries.mode == "swap",
        "no batches, no assigning ahead": rules.dispatch.interval_s == rules.dispatch.assign_ahead_s == 0,
        "no queue limit": rules.dispatch.queue_limit == 0,
        "one wind, and routes that stay": not inputs.changes_s(),
        "headways in lanes only": rules.airspace.mode == "headway" and rules.airspace.route_headway_s == 0,
    }
    broken = [limit for limit, holds in limits.items() if not holds]
    if broken:
        raise ValueError(f"the naive twin knows only days with: {', '.join(broken)}")


def run_twin(inputs: SimulationInputs) -> list[Record]:
    """Live one day; returns a record an order, in order of placing."""
    return NaiveTwin(inputs).run()
