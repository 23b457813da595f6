"""The simulation of one day: resources, dispatcher and drones put together, run, and written down."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.simulation.batteries import Batteries
from dronesim.simulation.book import OrderBook, packed
from dronesim.simulation.booking import Booking
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.ceiling import ceiling_s
from dronesim.simulation.clock import Clock
from dronesim.simulation.dispatcher import Dispatcher
from dronesim.simulation.disruptions import Disruptions
from dronesim.simulation.diversions import Diversions
from dronesim.simulation.facts import collect_facts
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.intake import Intake
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.logbook import Logbook
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.plans import Planner
from dronesim.simulation.recording import (
    Table,
    incidents_table,
    legs_table,
    occupancy_table,
    orders_table,
    scans_table,
)
from dronesim.simulation.tracks import FlownLeg, fly, measure_separation, tracks
from dronesim.simulation.zone_guard import ZoneGuard
from dronesim.streams import Streams
from dronesim.units import DAY, HOUR, MS, to_ms

LAST_MS: Final = 2**31 - 1
"""Ledgers keep milliseconds since midnight in four bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a day leaves behind: tables by name, and the facts that tables can't say."""

    tables: Mapping[str, Table]
    facts: Mapping[str, Any]


def simulate(
    inputs: SimulationInputs,
    *,
    has_tracks: bool = False,
    counts_losses: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Run one day.

    ``has_tracks`` adds the tables ``cleared`` and ``flown``, ``counts_losses`` the losses of separation of the
    flown paths to the facts; ``progress`` is called with the share of the day that has passed.

    Raises
    ------
    PolicyError
        The dispatch policy took an illegal decision.
    """
    with _no_garbage_collection():
        day = Day(inputs)
        if progress is not None:
            day.report_to(progress)
        day.run()
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
    day = Day(inputs)
    for change_s in inputs.changes_s():
        day.foresee(to_ms(change_s))
    return ceiling_s(inputs, day.book, day.plans)


class Day:
    """One day in the making."""

    def __init__(self, inputs: SimulationInputs) -> None:
        _check_length(inputs)
        rules = inputs.rules
        self._inputs = inputs
        self.clock = clock = Clock(_first_ms(inputs))
        self.ledger = ledger = Ledger()
        self.book = book = OrderBook(inputs.orders, walk_mps=rules.couriers.walk_mps)
        self.network = network = Network(inputs)
        self.planner = planner = Planner(inputs, network)
        self.plans = plans = OrderPlans(inputs, book=book, planner=planner)
        drones = sum(rules.fleet.drones)
        self.batteries = batteries = Batteries(rules.batteries, first_pack=drones, ledger=ledger)
        self.cabinets = Cabinets(inputs, clock=clock, book=book, ledger=ledger)
        forecast = Forecast(
            inputs,
            clock=clock,
            book=book,
            planner=planner,
            cabinets=self.cabinets,
            plans=plans,
        )
        self.dispatcher = dispatcher = Dispatcher(
            inputs, clock=clock, book=book, planner=planner, cabinets=self.cabinets, forecast=forecast
        )
        logbook = Logbook(ledger, usable_wh=inputs.aircraft.drone_type.usable_wh)
        self.booking = Booking(inputs, network=network, planner=planner, plans=plans)
        self.fleet = Fleet(
            inputs,
            clock=clock,
            book=book,
            network=network,
            planner=planner,
            logbook=logbook,
            batteries=batteries,
            cabinets=self.cabinets,
            dispatcher=dispatcher,
            booking=self.booking,
        )
        dispatcher.crew = self.fleet
        self.cabinets.on_room = dispatcher.has_room
        diversions = Diversions(
            inputs, clock=clock, network=network, planner=planner, forecast=forecast, logbook=logbook
        )
        self.disruptions = Disruptions(
            inputs,
            clock=clock,
            book=book,
            ledger=ledger,
            network=network,
            logbook=logbook,
            cabinets=self.cabinets,
            batteries=batteries,
            dispatcher=dispatcher,
            fleet=self.fleet,
            diversions=diversions,
        )
        self.zone_guard = ZoneGuard(
            clock=clock, ledger=ledger, fleet=self.fleet, diversions=diversions, disruptions=self.disruptions
        )
        self.intake = Intake(
            inputs,
            clock=clock,
            book=book,
            ledger=ledger,
            dispatcher=dispatcher,
            is_in_reach=plans.is_in_reach,
            on_cancel=self.disruptions.cancel,
        )

    def run(self) -> None:
        """Open, let the day pass, and drain it."""
        rules = self._inputs.rules
        number = 0
        for place, count in enumerate(rules.fleet.drones):
            for _ in range(count):
                self.fleet.commission(place, number)
                number += 1
        self.clock.process(self.intake.run())
        for change_s in self._inputs.changes_s():
            self.clock.call_at(to_ms(change_s), self._change_routes)
        self.zone_guard.schedule(self._inputs.zones, grace_s=self._inputs.rules.airspace.zone_grace_s)
        self.disruptions.schedule(rules.events)
        self.clock.pass_until(self._over_ms())

    def _over_ms(self) -> int:
        """When the drain is over, and the last order has been placed."""
        horizon = self._inputs.rules.horizon
        last_placed_ms = self.book.placed_ms[-1] if len(self.book) else 0
        return max(to_ms(horizon.end_s + horizon.drain_s), last_placed_ms)

    def _change_routes(self, _event: Event) -> None:
        """Plan in the routes and the wind of now from here on."""
        self.foresee(self.clock.now_ms)
        self.booking.forget()
        self.dispatcher.touch_all()

    def foresee(self, at_ms: int) -> None:
        """Plan all orders in the routes and the wind of a time."""
        self.planner.change(at_ms / MS)
        self.plans.renew(at_ms)

    def report_to(self, progress: Callable[[float], None]) -> None:
        """Report how much of the day has passed, every ten minutes of it."""
        horizon = self._inputs.rules.horizon
        length_s = horizon.end_s - horizon.start_s + horizon.drain_s

        def tick(event: Event) -> None:
            progress(event.value)  # type: ignore[arg-type]

        for step in range(int(length_s // 600)):
            self.clock.call_at(to_ms(horizon.start_s + step * 600), tick, step * 600 / length_s)

    def closed_ms(self) -> int:
        """When all drones are home and the last thing has happened, or the drain has ended; not before closing time."""
        over_ms = self._over_ms()
        if self.fleet.is_out():
            return over_ms
        end_ms = to_ms(self._inputs.rules.horizon.end_s)
        return max(end_ms, self.book.latest_ms(), self.ledger.latest_ms(over_ms))

    def write_down(self, *, has_tracks: bool = False, counts_losses: bool = False) -> Outcome:
        """Turn what happened into tables and facts."""
        inputs = self._inputs
        closed_ms = self.closed_ms()
        self.cabinets.close(closed_ms)
        self.fleet.close(closed_ms)
        self.ledger.close()
        self._renumber(self.ledger.leave_out_unbegun(closed_ms))
        sites = inputs.places.ids
        routes = self.planner.flown_routes(self.ledger.flown_plans())
        flown = self._flown() if has_tracks or counts_losses else []
        paths = tracks(flown) if has_tracks else {}
        apart = self._separation(flown) if counts_losses else {}
        facts = collect_facts(inputs, closed_ms=closed_ms, packs=self.batteries.packs, routes=routes, separation=apart)
        # the largest last, and each source given up when its table stands: a long day's tables fill the memory
        tables = {"orders": self._orders(closed_ms)}
        self.book.clear()
        self.planner.clear()
        self.plans.clear()
        tables["legs"] = legs_table(self.ledger, sites)
        tables["incidents"] = incidents_table(self.ledger)
        tables["scans"] = scans_table(self.ledger, sites)
        tables["occupancy"] = occupancy_table(self.ledger, self.network, sites, closed_ms=closed_ms)
        return Outcome(tables=tables | paths, facts=facts)

    def _renumber(self, number: dict[int, int]) -> None:
        if number:
            self.book.leg = packed(np.array([number.get(leg, leg) for leg in self.book.leg]))

    def _orders(self, closed_ms: int) -> Table:
        inputs = self._inputs
        orders = orders_table(
            inputs.orders,
            self.book,
            sites=inputs.places.ids,
            homes=inputs.places.takeoff_points,
            radius_m=inputs.rules.service.radius_m,
            closed_ms=closed_ms,
        )
        orders["ceiling_s"], orders["ceiling_ready_s"] = ceiling_s(inputs, self.book, self.plans)
        return orders

    def _flown(self) -> list[FlownLeg]:
        return fly(
            self.ledger,
            self.planner,
            streams=Streams(seed=self._inputs.seed, replication=self._inputs.replication),
            rules=self._inputs.rules.airspace,
        )

    def _separation(self, flown: list[FlownLeg]) -> dict[str, float | int | None]:
        inputs = self._inputs
        return measure_separation(flown, rules=inputs.rules.airspace, sites_xy=inputs.places.xy)


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
