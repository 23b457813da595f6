"""The simulation of one day: resources, dispatcher and drones put together, run, and written down."""

from __future__ import annotations

import gc
import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.dispatch import DispatchView, pairs_only
from dronesim.memory import give_back
from dronesim.record.columns import Table
from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.record.incidents import EXCURSION, POSITION_OUTAGE, STRAYS, ZONE_CLOSED
from dronesim.record.tables import Columns
from dronesim.record.trouble_facts import ClosureFacts, OutageFacts
from dronesim.simulation.batteries import Batteries
from dronesim.simulation.booking import Booking
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.ceiling import ceilings
from dronesim.simulation.closed_airports import ClosedAirports
from dronesim.simulation.dispatcher import Answer, Dispatcher, Steps
from dronesim.simulation.excursions import Excursion, Straying
from dronesim.simulation.exposure import flown_over, flown_parts, heard_of
from dronesim.simulation.facts import collect_facts
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.intake import Intake
from dronesim.simulation.link_facts import link_facts, position_facts, silent_acts
from dronesim.simulation.packs import full_wh
from dronesim.simulation.position import Drifting
from dronesim.simulation.recording import (
    incidents_table,
    legs_table,
    occupancy_table,
    orders_table,
    scans_table,
    waits_table,
)
from dronesim.simulation.road import Road
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.scene import Scene, set_scene
from dronesim.simulation.storms import Storms
from dronesim.simulation.swaps import Swaps
from dronesim.simulation.teller import Teller
from dronesim.simulation.tracks import NOT_COUNTED, FlownLeg, Separation, Silent, fly, measure_separation, tracks
from dronesim.simulation.trips import Trips
from dronesim.simulation.trouble import (
    TROUBLES,
    FlightHours,
    GoArounds,
    Hazards,
    LinkLoss,
    Remedies,
    SlowLoading,
    SlowUnloading,
    tell_no_position,
    tell_outage,
    ways_open,
    zone_closes,
)
from dronesim.simulation.unmet import unmet_events
from dronesim.simulation.wait_rows import wait_rows
from dronesim.simulation.zones import SiteClosure, TimedZone
from dronesim.streams import Streams
from dronesim.units import DAY, HOUR, LAST_MS, MS, to_ms

Hearer: TypeAlias = Callable[[DispatchView, Answer], None]
"""Is told of a view, and of what was decided on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a day leaves behind: tables by name, the facts that tables can't say, and how long each decision took.

    ``decided_ns`` is of the machine and no two days have the same, so it is told in the manifest alone.
    """

    tables: Mapping[str, Columns]
    facts: Mapping[str, Any]
    decided_ns: Sequence[float] = ()


def simulate(
    inputs: SimulationInputs,
    *,
    has_tracks: bool = False,
    counts_losses: bool = False,
    progress: Callable[[float], None] | None = None,
    hear: Hearer | None = None,
) -> Outcome:
    """Run one day.

    ``has_tracks`` adds the tables ``cleared`` and ``flown``, ``counts_losses`` the losses of separation of the
    flown paths to the facts; ``progress`` is called with the share of the day that has passed, ``hear`` with each view
    and what was decided on it.

    Raises
    ------
    PolicyError
        The dispatch policy took an illegal decision.
    """
    with _no_garbage_collection():
        day = Day(inputs)
        give_back(len(inputs.orders))
        if progress is not None:
            day.report_to(progress)
        day.run(hear)
        return day.write_down(has_tracks=has_tracks, counts_losses=counts_losses)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Switch the search for reference cycles off: a day makes millions of objects and hardly a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def unhindered_s(inputs: SimulationInputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Click-to-door and ready-to-door of each order with unlimited resources, in seconds; nothing is run."""
    scene = set_scene(inputs, start_ms=_first_ms(inputs))
    for change_s in inputs.changes_s():
        replan(scene, change_s)
    door, flight = ceilings(inputs, scene.book, scene.plans, scene.times)
    return door.values(), flight.values()


def replan(scene: Scene, change_s: float) -> None:
    """Plan all orders in the routes and the wind from a time on."""
    at_ms = to_ms(change_s)
    # rounding to a millisecond may not take it back to before the change
    scene.planner.change(max(change_s, at_ms / MS))
    scene.plans.renew(at_ms)
    scene.boards.orders.need_wh = scene.plans.need_wh
    scene.boards.renew_all()
    scene.boards.waits.bar(at_ms, scene.plans.bars)


class Day:
    """One day in the making, which passes by ``run`` or by ``steps``, once, and is then written down.

    ``past``: what was decided on the first views, one after the other. ``decided_ns`` tells how long each decision of
    the policy took.
    """

    def __init__(self, inputs: SimulationInputs, *, past: Sequence[Answer] = ()) -> None:
        _check_length(inputs)
        self._inputs = inputs
        self.scene = scene = set_scene(inputs, start_ms=_first_ms(inputs))
        self._swaps = _swaps(inputs)
        self.batteries = Batteries(
            inputs.rules.batteries,
            first_pack=sum(inputs.rules.fleet.drones),
            full_wh=full_wh(inputs),
            ledger=scene.ledger,
            swaps=self._swaps,
        )
        self.cabinets = Cabinets(inputs, scene)
        self.booking = Booking(inputs, scene)
        self.fleet = Fleet(inputs, scene, booking=self.booking, batteries=self.batteries, cabinets=self.cabinets)
        trips = Trips(inputs, scene)
        self.intake = Intake(inputs, scene, fleet=self.fleet, trips=trips)
        self.dispatcher = Dispatcher(inputs, scene, fleet=self.fleet, cabinets=self.cabinets, trips=trips, past=past)
        self.decided_ns = array("f")
        road = Road(inputs, scene)
        self.remedies = Remedies(inputs, scene, fleet=self.fleet, cabinets=self.cabinets, road=road)
        self.closed_airports = ClosedAirports(inputs, scene, road=road, booking=self.booking)
        self.teller = Teller(inputs, scene, fleet=self.fleet, remedies=self.remedies)
        self.dispatcher.channel.answerer = self.teller.answer
        self._storms = Storms(inputs, scene, self.remedies)
        if inputs.events or np.isfinite(inputs.drones.budget_h).any():
            self.fleet.watchers.append(FlightHours(self.remedies).watch)
        self.link = LinkLoss(self.remedies, inputs.rules.link)
        if inputs.misses.any() or (self.remedies.position.outages and inputs.blind_misses.any()):
            self.fleet.watchers.append(GoArounds(self.remedies, inputs).watch)
        if inputs.handling.load_s is not None:
            self.fleet.watchers.append(SlowLoading(self.remedies, inputs).watch)
        if inputs.handling.unload_s is not None:
            self.fleet.watchers.append(SlowUnloading(self.remedies, inputs).watch)
        if self.remedies.silence.outages:
            self.fleet.watchers.append(self.link.watch)
        if inputs.drones.hazards:
            self.fleet.watchers.append(Hazards(self.remedies).watch)

    def run(self, hear: Hearer | None = None) -> None:
        """Let the day pass, by the decisions of its policy; ``hear`` is called once they are in force.

        A policy that only pairs ready orders with free drones is asked where there are both, unless ``hear`` is to be
        told of every view. What was decided is not kept: no ``fork`` can be made of it.
        """
        steps, policy = self.steps(), self._inputs.policy
        self.dispatcher.keeps_all = False
        self.dispatcher.asks_in_vain = hear is not None or not pairs_only(policy)
        view = next(steps, None)
        while view is not None:
            before = view
            begun_ns = perf_counter_ns()
            decisions = policy(view)
            self.decided_ns.append(perf_counter_ns() - begun_ns)
            try:
                view = steps.send(decisions)
            except StopIteration:
                view = None
            if hear is not None:
                hear(before, self.dispatcher.decided[-1])

    def steps(self) -> Steps:
        """Let the day pass from view to view: send what is decided on each, until the day has drained.

        A view is a snapshot of one pool; of an epoch that concerns several, they come one after the other, each when
        what was decided on the one before is in force.

        Raises
        ------
        PolicyError
            A decision is illegal.
        """
        self._open()
        over_ms = self.scene.over_ms
        while not self.scene.clock.pass_until(over_ms):
            yield from self.dispatcher.epoch()
        self.cabinets.pass_until(over_ms)

    def fork(self) -> Day:
        """Give the same day anew; its ``steps`` begin with the view that this one has given last.

        The decisions until then are taken again, which is exact: all that is random is drawn before the day begins.

        Raises
        ------
        ValueError
            The day passes by ``run``, which keeps no decisions.
        """
        if not self.dispatcher.keeps_all:
            raise ValueError("a day that passes by run keeps no decisions; let it pass by steps")
        return Day(self._inputs, past=tuple(self.dispatcher.decided))

    def _open(self) -> None:
        """Put drones on their stands, and all that will happen on the clock."""
        scene, number = self.scene, 0
        for place, count in enumerate(self._inputs.rules.fleet.drones):
            for _ in range(count):
                self.fleet.commission(place, number)
                number += 1
        self._storms.open()
        scene.clock.process(self.intake.run())
        self._schedule_trouble()

    def _schedule_trouble(self) -> None:
        """Put on the clock what changes bookings: first the routes, then sites and zones."""
        clock, inputs = self.scene.clock, self._inputs
        for change_s in inputs.changes_s():
            clock.call_at(to_ms(change_s), self._change_routes, change_s)
        for closure in inputs.closures:
            clock.call_at(to_ms(closure.from_s), self._close_site, closure)
        for zone in inputs.zones:
            clock.call_at(to_ms(zone.from_s), self._close_zone, zone)
        for outage in inputs.link.outages:
            clock.call_at(to_ms(outage.from_s), self._lose_link, outage.area)
        for outage in inputs.position.outages:
            clock.call_at(to_ms(outage.from_s), self._lose_position, outage.area)
        for script in inputs.events:
            clock.call_at(to_ms(script.at_s), self._strike, script)
        if inputs.rules.fleet.lands_anywhere:
            clock.call_at(self.scene.times.closes_ms, self.fleet.send_all_home)
        for at_ms in self.fleet.shift_changes_ms():
            clock.call_at(at_ms, lambda _event: self.fleet.change_shifts())

    def _close_site(self, event: Event) -> None:
        """Close an airport that lies in a zone; orders of a take-off point there have no way."""
        closure: SiteClosure = event.value  # type: ignore[assignment]
        airport = closure.site - self._inputs.places.takeoff_points
        if airport >= 0:
            self.scene.boards.close_airport(airport, to_ms(closure.to_s), cause=ZONE_CLOSED.name)

    def _close_zone(self, event: Event) -> None:
        zone: TimedZone = event.value  # type: ignore[assignment]
        zone_closes(self.remedies, zone, grace_s=self._inputs.rules.airspace.zone_grace_s)

    def _lose_link(self, event: Event) -> None:
        tell_outage(self.remedies, event.value)  # type: ignore[arg-type]

    def _lose_position(self, event: Event) -> None:
        tell_no_position(self.remedies, event.value)  # type: ignore[arg-type]

    def _strike(self, event: Event) -> None:
        script: ScriptedEvent = event.value  # type: ignore[assignment]
        TROUBLES[script.kind].strike(self.remedies, script)

    def _change_routes(self, event: Event) -> None:
        """Plan in the routes and the wind of now from here on."""
        now_ms = self.scene.clock.now_ms
        self._storms.remember()
        replan(self.scene, event.value)  # type: ignore[arg-type]
        self.booking.forget()
        self.scene.boards.touch_all()
        if self._storms.is_change(now_ms):
            self._storms.meet()
        else:
            ways_open(self.remedies)

    def report_to(self, progress: Callable[[float], None]) -> None:
        """Report how much of the day has passed, every ten minutes of it."""
        horizon = self._inputs.rules.horizon
        length_s = horizon.end_s - horizon.start_s + horizon.drain_s

        def tick(event: Event) -> None:
            progress(event.value)  # type: ignore[arg-type]

        for step in range(int(length_s // 600)):
            self.scene.clock.call_at(to_ms(horizon.start_s + step * 600), tick, step * 600 / length_s)

    def closed_ms(self) -> int:
        """When all drones are home and the last thing has happened, or the drain has ended; not before closing time."""
        scene, over_ms = self.scene, self.scene.over_ms
        if self.fleet.is_out():
            return over_ms
        return max(scene.times.closes_ms, scene.book.latest_ms(), scene.ledger.latest_ms(over_ms))

    def write_down(self, *, has_tracks: bool = False, counts_losses: bool = False) -> Outcome:
        """Turn what happened into tables and facts."""
        inputs, scene = self._inputs, self.scene
        give_back(len(inputs.orders))
        ledger, closed_ms = scene.ledger, self.closed_ms()
        self.cabinets.close(closed_ms)
        self.fleet.close(closed_ms)
        ledger.close(closed_ms)
        routes = scene.planner.flown_routes(ledger.flown_plans())
        silence, acts = self.remedies.silence, self.link.acts
        straying, drifting = self._straying(), Drifting(inputs)
        is_flown = has_tracks or counts_losses or silence.outages or straying.is_on or drifting.is_on
        flown = self._flown(closed_ms, straying, drifting) if is_flown else []
        self._tell_excursions(straying.found, EXCURSION.name)
        self._tell_excursions(drifting.found, POSITION_OUTAGE.name)
        paths = tracks(flown) if has_tracks else {}
        apart = self._separation(flown, closed_ms, straying, drifting) if counts_losses else NOT_COUNTED
        facts = collect_facts(
            inputs,
            closed_ms=closed_ms,
            packs=self.batteries.packs,
            routes=routes,
            separation=apart,
            closures=self._closures(closed_ms),
            position=position_facts(inputs, self.remedies.position, closed_ms=closed_ms),
            link=link_facts(inputs, silence, acts, flown, flights=ledger.ended(closed_ms), closed_ms=closed_ms),
            exposure=self._exposure(closed_ms),
            maintenance=None if self.fleet.upkeep is None else self.fleet.upkeep.facts(),
            outages=self._outages(closed_ms),
            landings=ledger.homes,
            swaps=self._swaps,
            unmet=unmet_events(inputs.rules.events, ledger, closed_ms=closed_ms),
        )
        return Outcome(tables=self._tables(closed_ms) | paths, facts=facts, decided_ns=self.decided_ns)

    def _tables(self, closed_ms: int) -> dict[str, Columns]:
        """Write all tables but the tracks.

        The largest is the last, and each source is given up when its table stands: a long day's tables fill the memory.
        """
        scene, ledger, sites = self.scene, self.scene.ledger, self._inputs.places.ids
        waits = self._waits(closed_ms).folded()
        tables: dict[str, Columns] = {"orders": self._orders(closed_ms).folded(), "waits": waits}
        scene.book.clear()
        scene.planner.clear()
        scene.plans.clear()
        count = len(self._inputs.orders)
        give_back(count)
        tables["legs"] = legs_table(ledger, sites, closed_ms=closed_ms).folded()
        tables["incidents"] = incidents_table(ledger)
        tables["scans"] = scans_table(ledger, sites).folded()
        give_back(count)
        tables["occupancy"] = occupancy_table(ledger, scene.network, sites, closed_ms=closed_ms).folded()
        give_back(count)
        return tables

    def _orders(self, closed_ms: int) -> Table:
        inputs, scene = self._inputs, self.scene
        orders = orders_table(inputs.orders, scene.book, ledger=scene.ledger, places=inputs.places, closed_ms=closed_ms)
        orders["in_range"] = np.asarray(inputs.orders.distance_m) <= inputs.rules.service.radius_m
        orders["ceiling_s"], orders["ceiling_ready_s"] = ceilings(inputs, scene.book, scene.plans, scene.times)
        return Table(orders)

    def _closures(self, closed_ms: int) -> tuple[ClosureFacts, ...]:
        airports = self._inputs.places.ids[self._inputs.places.takeoff_points :]
        return tuple(
            ClosureFacts(
                airport=airports[closure.airport],
                from_s=closure.from_ms / MS,
                to_s=min(closure.to_ms, closed_ms) / MS,
                cause=closure.cause,
            )
            for closure in self.scene.boards.waits.closed
        )

    def _outages(self, closed_ms: int) -> tuple[OutageFacts, ...]:
        """Tell what was not there for a while, up to the close; what would only begin then is left out."""
        sites = (*self._inputs.places.ids, "network")
        return tuple(
            OutageFacts(
                what=outage.what,
                site=sites[outage.site],
                from_s=outage.from_ms / MS,
                to_s=min(outage.to_ms, closed_ms) / MS,
                cause=outage.cause,
            )
            for outage in self.scene.ledger.outages
            if outage.from_ms < closed_ms
        )

    def _waits(self, closed_ms: int) -> Table:
        scene = self.scene
        points = range(self._inputs.places.takeoff_points)
        pools = np.array([scene.boards.pool_at(point).number for point in points], dtype=np.int32)
        pool_of = pools[np.asarray(scene.book.takeoff_point)]
        return waits_table(
            wait_rows(scene.boards.waits, scene.book, scene.ledger, pool_of=pool_of, closed_ms=closed_ms)
        )

    def _exposure(self, closed_ms: int) -> tuple[RiskFacts | None, NoiseFacts | None]:
        """Count who was below the flights and what was heard of them, where that is asked for."""
        risk, noise, scene = self._inputs.risk, self._inputs.noise, self.scene
        if risk is None and noise is None:
            return None, None
        flown = flown_parts(scene.ledger, scene.planner, closed_ms=closed_ms)
        hours = {"from_s": self._inputs.rules.horizon.start_s, "closed_s": closed_ms / MS}
        return (
            None if risk is None else flown_over(risk, flown),
            None if noise is None else heard_of(noise, flown, **hours),
        )

    def _straying(self) -> Straying:
        rules = self._inputs.rules
        streams = Streams(seed=self._inputs.seed, replication=self._inputs.replication)
        return Straying(rules.navigation, streams, bound_m=rules.airspace.track_bound_m)

    def _tell_excursions(self, excursions: list[Excursion], kind: str) -> None:
        """Write excursions among what went wrong, in order of time."""
        ledger = self.scene.ledger
        for found in excursions:
            action = STRAYS.format(metres=f"{found.offset_m:.1f}")
            ledger.incident(to_ms(found.at_s), kind, action, drone=found.drone)
        if excursions:
            ledger.incidents.sort(key=lambda incident: incident.at_ms)

    def _flown(self, closed_ms: int, straying: Straying, drifting: Drifting) -> list[FlownLeg]:
        return fly(
            self.scene.ledger,
            self.scene.planner,
            closed_ms=closed_ms,
            streams=Streams(seed=self._inputs.seed, replication=self._inputs.replication),
            rules=self._inputs.rules.airspace,
            straying=straying,
            drifting=drifting,
        )

    def _separation(self, flown: list[FlownLeg], closed_ms: int, straying: Straying, drifting: Drifting) -> Separation:
        inputs = self._inputs
        places = inputs.places
        silent = silent_acts(self.link.acts, closed_ms=closed_ms) if self.remedies.silence.outages else None
        found = [Silent(drone=it.drone, from_s=it.from_s, to_s=it.to_s) for it in (*straying.found, *drifting.found)]
        astray = found if straying.is_on or drifting.is_on else None
        return measure_separation(
            flown, rules=inputs.rules.airspace, sites=places.ids, sites_xy=places.xy, silent=silent, astray=astray
        )


def _swaps(inputs: SimulationInputs) -> Swaps | None:
    law = inputs.rules.handling.swap
    if law is None or inputs.rules.batteries.mode != "swap":
        return None
    return Swaps(law, Streams(seed=inputs.seed, replication=inputs.replication))


def _check_length(inputs: SimulationInputs) -> None:
    """Refuse a day whose milliseconds, with an hour for what is booked ahead, don't fit in four bytes.

    Raises
    ------
    ValueError
        The horizon with its drain ends more than 24 days after midnight.
    """
    rules = inputs.rules
    last_s = rules.horizon.end_s + rules.horizon.drain_s + HOUR
    if to_ms(last_s) > LAST_MS:
        raise ValueError(f"a day may last for {LAST_MS / MS / DAY:.1f} days after midnight, not until {last_s:g} s")


def _first_ms(inputs: SimulationInputs) -> int:
    """When the day begins: at opening, or with an order that a trace places before."""
    placed_s = inputs.orders.placed_s
    return to_ms(min(inputs.rules.horizon.start_s, float(placed_s[0]) if len(placed_s) else math.inf))
