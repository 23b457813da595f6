"""The scene of a day: what all who act in it share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dronesim.record.incidents import KITCHEN_SURGE
from dronesim.simulation.boards import Boards
from dronesim.simulation.book import OrderBook, to_ms_column
from dronesim.simulation.clock import Clock
from dronesim.simulation.couriers import CourierPool
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.parcels import Parcels
from dronesim.simulation.planner import Planner
from dronesim.simulation.presence import Presence
from dronesim.simulation.times import Times, times_of
from dronesim.units import LAST_MS, MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The clock, what is written, booked and planned, the boards that everyone reads, couriers and parcels."""

    times: Times
    clock: Clock
    book: OrderBook
    ledger: Ledger
    network: Network
    planner: Planner
    plans: OrderPlans
    boards: Boards
    couriers: tuple[CourierPool, ...]
    parcels: Parcels

    @property
    def over_ms(self) -> int:
        """When the drain is over, and the last order has been placed."""
        placed_ms = self.book.placed_ms
        return max(self.times.drained_ms, placed_ms[-1] if len(placed_ms) else 0)


def set_scene(inputs: SimulationInputs, *, start_ms: int) -> Scene:
    """Set the scene of a day, before anybody acts."""
    times = times_of(inputs.rules, inputs.aircraft.drone_type)
    clock = Clock(start_ms)
    book = OrderBook(inputs.orders, walk_mps=inputs.rules.couriers.walk_mps)
    if inputs.handling.boxing_s is not None:
        book.boxing_ms = to_ms_column(np.minimum(inputs.handling.boxing_s, LAST_MS / MS))
    _slow_kitchens(inputs, book)
    ledger = Ledger()
    network = Network(inputs, times)
    planner = Planner(inputs, network, times)
    plans = OrderPlans(inputs, book=book, planner=planner, times=times)
    return Scene(
        times=times,
        clock=clock,
        book=book,
        ledger=ledger,
        network=network,
        planner=planner,
        plans=plans,
        boards=Boards(inputs, clock=clock, book=book, plans=plans, times=times),
        couriers=_courier_pools(inputs, ledger=ledger, times=times),
        parcels=Parcels(clock, book, may_move=inputs.rules.dispatch.may_refuse),
    )


def _slow_kitchens(inputs: SimulationInputs, book: OrderBook) -> None:
    """Let kitchens take longer for orders placed in a surge, by the preparation times that are drawn already."""
    placed_ms = np.asarray(book.placed_ms, dtype=np.int64)
    for surge in inputs.events:
        if surge.kind == KITCHEN_SURGE.name:
            from_ms = to_ms(surge.at_s)
            met = (placed_ms >= from_ms) & (placed_ms < from_ms + to_ms(surge.duration_s))
            if surge.merchant:
                met &= np.array([merchant == surge.merchant for merchant in inputs.orders.merchant], dtype=np.bool_)
            for order in np.flatnonzero(met).tolist():
                book.preparation_ms[order] = min(
                    to_ms(book.preparation_ms[order] / MS * surge.value("factor")), LAST_MS
                )


def _courier_pools(inputs: SimulationInputs, *, ledger: Ledger, times: Times) -> tuple[CourierPool, ...]:
    """Give the couriers of each take-off point."""
    rules = inputs.rules
    shifts = rules.shifts.get("courier", {})
    presence = {site: Presence(steps, over_ms=inputs.over_ms) for site, steps in shifts.items()}
    return tuple(
        CourierPool(
            count,
            site=number,
            ledger=ledger,
            handling=(times.at_merchant_ms, times.boxing_ms),
            presence=presence.get(site),
        )
        for number, (site, count) in enumerate(zip(inputs.places.ids, rules.couriers.count, strict=False))
    )
