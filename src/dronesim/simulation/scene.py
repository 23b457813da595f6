"""The scene of a day: what all who act in it share."""

from __future__ import annotations

from dataclasses import dataclass

from dronesim.simulation.boards import Boards
from dronesim.simulation.book import OrderBook
from dronesim.simulation.clock import Clock
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.planner import Planner
from dronesim.simulation.times import Times, times_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The clock, what is written, what may be booked and planned, and the boards that everyone reads."""

    times: Times
    clock: Clock
    book: OrderBook
    ledger: Ledger
    network: Network
    planner: Planner
    plans: OrderPlans
    boards: Boards


def set_scene(inputs: SimulationInputs, *, start_ms: int) -> Scene:
    """Set the scene of a day, before anybody acts."""
    times = times_of(inputs.rules, inputs.aircraft.drone_type)
    clock = Clock(start_ms)
    book = OrderBook(inputs.orders, walk_mps=inputs.rules.couriers.walk_mps)
    network = Network(inputs, times)
    planner = Planner(inputs, network, times)
    plans = OrderPlans(inputs, book=book, planner=planner, times=times)
    return Scene(
        times=times,
        clock=clock,
        book=book,
        ledger=Ledger(),
        network=network,
        planner=planner,
        plans=plans,
        boards=Boards(inputs, clock=clock, book=book, plans=plans, times=times),
    )
