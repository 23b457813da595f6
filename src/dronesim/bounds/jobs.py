"""What any policy has to do for an order to be on time: from when, until when, and what that holds at the least.

Every order on time is one sortie. Its loading begins at a time s, not before the parcel is ready and not after the last
moment from which the quickest sortie is on time. From s on it holds a drone for as long as the quickest sortie out and
home takes, with the turnaround where one must follow, and what stands in ``Pair``, whatever the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from dronesim.aircraft.battery import charge_time_s
from dronesim.bounds.uses import Calendar, Jobs, Landing, Milliseconds, Pair, Use, least, sure
from dronesim.simulation.book import END_STATE, NEVER
from dronesim.simulation.engine import Day
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.near import near_to
from dronesim.simulation.packs import full_wh
from dronesim.simulation.scene import Scene
from dronesim.units import to_ms
from dronesim.weather import CALM


def jobs_of(inputs: SimulationInputs) -> Jobs:
    """List the orders that can be on time on a day; nothing is dispatched."""
    scene, is_queue_free = _pass_without_dispatcher(inputs)
    book, orders, times = scene.book, inputs.orders, scene.times
    near = np.asarray(orders.distance_m) <= inputs.rules.service.radius_m
    is_taken = np.array(book.end_state, dtype=np.int8) != END_STATE["refused"]
    ends = np.column_stack([np.asarray(orders.takeoff_point), np.asarray(orders.airport)])
    pairs, pair_of = np.unique(ends, axis=0, return_inverse=True)
    maker = _PairMaker(inputs, scene)
    found = [maker.pair(home, airport) for home, airport in pairs.tolist()]
    pair_of, none = pair_of.reshape(-1), 1 << 40
    deliver_ms = np.array([none if pair is None else pair.deliver_ms for pair in found], dtype=np.int64)[pair_of]
    placed_ms, ready_ms = _column(book.placed_ms), _column(book.will_be_ready_ms)
    first_ms = ready_ms if is_queue_free else _column(scene.plans.ready_ms)
    due_ms = placed_ms + times.due_after_ms
    if inputs.rules.service.clock == "ready":
        due_ms = ready_ms + times.due_after_ms if is_queue_free else np.full(len(ready_ms), none // 2)
    last_ms = np.minimum(due_ms, inputs.over_ms) - deliver_ms
    patience_ms = _column(book.patience_ms)
    last_ms = np.where(patience_ms == NEVER, last_ms, np.minimum(last_ms, placed_ms + patience_ms - maker.load_ms))
    is_possible = np.flatnonzero(near & is_taken & (first_ms <= last_ms))
    box, box_ms = maker.boxes(_column(book.collection_ms), found, pair_of)
    known = [pair if pair is not None else _NOWHERE for pair in found]
    return Jobs(
        first_ms=first_ms[is_possible],
        last_ms=last_ms[is_possible],
        pair=pair_of[is_possible],
        box=box[is_possible],
        box_ms=box_ms[is_possible],
        pairs=tuple(known),
        landings=maker.landings(),
        calendars=maker.calendars(),
        in_range=int(near.sum()),
        is_steady=maker.is_steady,
    )


def _column(values: Iterable[int]) -> Milliseconds:
    return np.asarray(values, dtype=np.int64)


_NOWHERE = Pair(home=0, pool=0, deliver_ms=0, away_ms=0, comes_ms=0, uses=())


def _pass_without_dispatcher(inputs: SimulationInputs) -> tuple[Scene, bool]:
    """Let a day pass on which no policy is asked; tells, too, whether kitchens and couriers went as on every such day.

    Couriers are sent when orders are placed, so who is sent when is the same whatever a policy does, unless orders are
    refused for the queue that it leaves, or by itself.
    """
    rules = inputs.rules
    is_queue_free = rules.dispatch.queue_limit == 0 and not rules.dispatch.may_refuse
    taken = replace(inputs, rules=replace(rules, dispatch=replace(rules.dispatch, queue_limit=0)))
    day = Day(taken)
    day.scene.boards.bell.listeners.clear()
    day.run()
    return day.scene, is_queue_free


def is_steady(inputs: SimulationInputs) -> bool:
    """Tell whether all flights of a day are flown as booked, home too, in the routes and the wind of its beginning."""
    outages = (inputs.link.outages, inputs.position.outages)
    edits = (inputs.events, inputs.closures, inputs.zones, *outages, inputs.drones.hazards)
    return not (
        any(map(len, edits))
        or inputs.changes_s()
        or inputs.misses.any()
        or inputs.handling.unload_s is not None
        or inputs.rules.fleet.stays
        or bool(np.isfinite(inputs.drones.budget_h).any())
    )


class _PairMaker:
    """Finds what sorties take at the least, on a scene on which the day has passed."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._inputs = inputs
        self._scene = scene
        self.is_steady = is_steady(inputs)
        # what is loaded already when its slot is over may be taken over by another drone
        self.load_ms = scene.times.load_ms if inputs.handling.load_s is None else 0
        self.unload_ms = scene.times.unload_ms if inputs.handling.unload_s is None else 0
        fleet = inputs.rules.fleet
        self._pools = 1 if fleet.is_shared else len(fleet.drones)
        self._landings = dict[int, list[tuple[int, tuple[Use, ...]]]]()
        self._full_wh = max(full_wh(inputs), default=0.0)

    # pairs

    def pair(self, home: int, airport: int) -> Pair | None:
        """Give the least of a pair; None where no way leads there and back."""
        return self._planned(home, airport) if self.is_steady else self._as_the_crow_flies(home, airport)

    def _planned(self, home: int, airport: int) -> Pair | None:
        planner, times = self._scene.planner, self._scene.times
        most = None if self._scene.network.airspace.compares_ways else 1
        airports = self._may_go_to(airport)
        ways = [
            way
            for site in map(self._scene.network.airport_site, airports)
            for way in product(planner.legs(home, site)[:most], self._ways_home(home, site))
        ]
        if not ways:
            return None
        outs, backs = ([*{id(leg): leg for leg in legs}.values()] for legs in zip(*ways, strict=True))
        requests = [planner.uses.sortie(out, back, planner.routes, load_ms=self.load_ms) for out, back in ways]
        land_ms = min(out.land_ms for out in outs)
        deliver_ms = self.load_ms + times.check_ms + land_ms + self.unload_ms
        turn_ms = self._turn_ms(min(leg.empty_wh for leg in outs) + min(leg.empty_wh for leg in backs))
        back_ms = times.check_ms + min(leg.land_ms for leg in backs)
        # who waits for the way home does so before it leaves; what it holds meanwhile is counted for the drone alone
        uses = least([[(*use,) for use in request.there[: request.stays].tolist()] for request in requests])
        stays = sure([[(*use,) for use in request.there[request.stays :].tolist()] for request in requests])
        away_ms = deliver_ms + back_ms + turn_ms
        comes_ms = deliver_ms + times.check_ms + min(leg.entry_ms for leg in backs)
        if self._inputs.rules.fleet.lands_anywhere:
            # where it lands nobody knows: what it holds there is not counted
            self._landings.setdefault(home, []).append((0, ()))
            comes_ms = away_ms
        else:
            self._note_landing(home, backs, turn_ms)
        return Pair(
            home=home,
            pool=self._pool(home),
            deliver_ms=deliver_ms,
            away_ms=away_ms,
            comes_ms=comes_ms,
            uses=tuple(self._shifted(use) for use in (*uses, *stays)),
            is_own=len(airports) == 1,
        )

    def _homes(self, home: int) -> Sequence[int]:
        """List the take-off points at which a drone may land after an order of one."""
        fleet = self._inputs.rules.fleet
        return range(len(fleet.drones)) if fleet.lands_anywhere else (home,)

    def _ways_home(self, home: int, site: int) -> list[Leg]:
        """List the ways from an airport to where a drone may land: of each the quickest, or those at all levels."""
        most = None if self._scene.network.airspace.compares_ways else 1
        return [leg for place in self._homes(home) for leg in self._scene.planner.legs(site, place)[:most]]

    def _as_the_crow_flies(self, home: int, airport: int) -> Pair:
        """Give the least where flights may be led elsewhere in the air: straight, in calm, at the lowest level.

        No wind makes a drone faster over ground than its cruise speed. Who comes down on its way home is fetched by
        road, and may be back sooner than by air. An order may be sent to a near airport where its own is closed.
        """
        times, rules = self._scene.times, self._inputs.rules
        airports = self._may_go_to(airport)
        outs = [self._straight(home, self._scene.network.airport_site(number)) for number in airports]
        backs = [
            self._straight(self._scene.network.airport_site(number), place)
            for number in airports
            for place in self._homes(home)
        ]
        deliver_ms = self.load_ms + times.check_ms + min(leg.land_ms for leg in outs) + self.unload_ms
        home_ms = times.check_ms + min(leg.land_ms for leg in backs) + self._turn_ms(0.0)
        # who stays where it is may be asked for from there
        away_ms = deliver_ms + (0 if rules.fleet.stays else min(home_ms, to_ms(rules.recovery_s)))
        self._landings.setdefault(home, []).append((0, ()))
        network = self._scene.network
        uses = (
            Use(network.pads[home], 0, 0, self.load_ms + times.check_ms + min(leg.climb_ms for leg in outs)),
            Use(network.loaders[home], 0, 0, self.load_ms),
        )
        return Pair(
            home=home,
            pool=self._pool(home),
            deliver_ms=deliver_ms,
            away_ms=away_ms,
            comes_ms=away_ms,
            uses=tuple(self._shifted(use) for use in uses),
            is_own=len(airports) == 1,
        )

    def _may_go_to(self, airport: int) -> list[int]:
        """List the airports that an order may be brought to: its own first.

        Where that is closed, one may be sent on from any of those that the policy may choose.
        """
        rules, places = self._inputs.rules, self._inputs.places
        xy = places.xy[places.takeoff_points :]
        goes_on = not self.is_steady and rules.airports.when_closed == "next"
        if not goes_on and not rules.dispatch.extra_walk_m:
            return [airport]
        walk_m = rules.dispatch.extra_walk_m + (rules.airports.walk_max_m if goes_on else 0.0)
        return [airport, *near_to(xy, within_m=walk_m)[airport]]

    def _straight(self, origin: int, destination: int) -> Leg:
        corners, level_m = self._inputs.places.xy[[origin, destination]], min(self._inputs.rules.airspace.levels_m)
        cruise = self._inputs.aircraft.cruise(corners)
        if cruise is None:
            raise AssertionError("calm air forbids no flight")
        legs = self._scene.planner.legs_of
        ends, distance_m = (origin, destination), float(np.hypot(*(corners[1] - corners[0])))
        return legs.along(corners, cruise, CALM, level=(0, level_m), ends=ends, distance_m=distance_m)

    def _turn_ms(self, least_wh: float) -> int:
        """Tell how long the turnaround takes at the least after so much energy is used; 0 where none has to follow."""
        if self._inputs.rules.dispatch.may_keep_packs:
            return 0
        rules, times = self._inputs.rules.batteries, self._scene.times
        charge = rules.charge_to - (least_wh / self._full_wh if self._full_wh else 0.0)
        is_due = charge < rules.turnaround_below or rules.charge_to <= rules.turnaround_below
        if not is_due:
            return 0
        if rules.mode == "swap":
            return times.swap_ms if self._inputs.rules.handling.swap is None else 0
        return int(charge_time_s(charge, rules.charge_to, rate_c=rules.charge_c, cv_charge=rules.cv_charge) * 1000)

    # landings at home

    def _note_landing(self, home: int, backs: Sequence[Leg], turn_ms: int) -> None:
        """Note what a way home holds at its end, from when it enters the area of the take-off point."""
        network, times = self._scene.network, self._scene.times
        ways = []
        for leg in backs:
            lane = network.airspace.arrival(home, offset_ms=0, for_ms=leg.sink_ms - leg.entry_ms)
            pad = (network.pads[home], leg.sink_ms - leg.entry_ms, leg.land_ms - leg.sink_ms + times.clear_ms)
            ways.append([*lane, pad])
        free_ms = min(leg.land_ms - leg.entry_ms for leg in backs) + turn_ms
        self._landings.setdefault(home, []).append((free_ms, least(ways)))

    def landings(self) -> tuple[Landing, ...]:
        """Give the least of all landings at each take-off point.

        They hold nothing where some drone may not come home by air, or where a shift ends: who finishes a sortie after
        it is counted for no longer than that lasts at the least.
        """
        found = [self._landings.get(home, [(0, ())]) for home in range(len(self._inputs.rules.fleet.drones))]
        if any(calendar.late_ms for calendar in self._drones()):
            found = [[(free_ms, ()) for free_ms, _ in landings] for landings in found]
        return tuple(
            Landing(
                free_ms=min(free_ms for free_ms, _ in landings),
                uses=tuple(self._shifted(use) for use in least([[*uses] for _, uses in landings], is_spread=True)),
            )
            for landings in found
        )

    # calendars

    def _pool(self, home: int) -> int:
        return 0 if self._pools == 1 else home

    def _shifted(self, use: Use) -> Use:
        return use._replace(row=use.row + self._pools)

    def calendars(self) -> tuple[Calendar, ...]:
        """List the calendars: drones by pool, what stands in the timetable, boxes by airport."""
        inputs, table = self._inputs, self._scene.network.timetable
        airports = inputs.places.ids[inputs.places.takeoff_points :]
        booked = [
            Calendar(resource=name, site=site, steps=((0, table.units(number)),))
            for number, (name, site) in enumerate(zip(table.resources, table.sites, strict=True))
        ]
        boxes = [
            Calendar(resource="box", site=site, steps=((0, count),))
            for site, count in zip(airports, inputs.rules.airports.boxes, strict=True)
        ]
        return (*self._drones(), *booked, *boxes)

    def _drones(self) -> list[Calendar]:
        homes = [self._drones_at(home) for home in range(len(self._inputs.rules.fleet.drones))]
        if len(homes) == self._pools:
            return homes
        edges = sorted({at_ms for calendar in homes for at_ms, _ in calendar.steps})
        steps = tuple((at_ms, sum(_count_at(calendar, at_ms) for calendar in homes)) for at_ms in edges)
        late_ms = tuple(sorted(at_ms for calendar in homes for at_ms in calendar.late_ms))
        return [Calendar(resource="drone", site="network", steps=steps, late_ms=late_ms)]

    def _drones_at(self, home: int) -> Calendar:
        """Count drones that may begin a sortie at a take-off point, with all spares where drones may be lost."""
        rules, site = self._inputs.rules, self._inputs.places.ids[home]
        drones, spares = rules.fleet.drones[home], 0 if self.is_steady else rules.fleet.spares[home]
        shift = rules.shifts.get("drone", {}).get(site)
        counts = ((0, drones),) if shift is None else ((0, 0), *((to_ms(at_s), min(n, drones)) for at_s, n in shift))
        late = [at_ms for (_, before), (at_ms, count) in pairwise(counts) for _ in range(before - count)]
        steps = tuple((at_ms, count + spares) for at_ms, count in counts)
        return Calendar(resource="drone", site=site, steps=steps, late_ms=tuple(late))

    def boxes(
        self, collection_ms: Milliseconds, pairs: Sequence[Pair | None], pair_of: Milliseconds
    ) -> tuple[Milliseconds, Milliseconds]:
        """Tell which calendar of boxes each order needs, and for how long from the start of loading on at the least."""
        limit_ms = self._scene.times.box_hold_limit_ms
        stays_ms = np.where(collection_ms == NEVER, limit_ms, np.minimum(collection_ms, limit_ms))
        deliver_ms = np.array([0 if pair is None else pair.deliver_ms for pair in pairs], dtype=np.int64)
        is_own = np.array([pair is not None and pair.is_own for pair in pairs], dtype=np.bool_)
        first = self._pools + len(self._scene.network.timetable.resources)
        row = first + np.asarray(self._inputs.orders.airport, dtype=np.int64)
        is_sure = is_own[pair_of]
        return np.where(is_sure, row, -1), np.where(is_sure, deliver_ms[pair_of] + stays_ms, 0)


def _count_at(calendar: Calendar, at_ms: int) -> int:
    return [count for from_ms, count in calendar.steps if from_ms <= at_ms][-1]
