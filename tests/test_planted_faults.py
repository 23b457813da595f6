"""Faults planted in the engine on purpose: for each, the gates that must see it, and do not without it.

A gate that never fails proves nothing. Each fault here is one that a simulator of deliveries could have without
any test of a single part noticing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.airspace import SortieRequest, Timetable
from dronesim.demand import draw_orders
from dronesim.demand.specs import Constant
from dronesim.faults import flight_hour_budgets
from dronesim.routing import build_route_table
from dronesim.simulation import SimulationInputs, simulate
from dronesim.simulation.boards import Boards
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.couriers import CourierPool
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.sortie import Sortie
from dronesim.streams import Streams
from golden.renew import saved_tables, tables_of
from lab import lab_demand, lab_inputs, lab_world
from theory.laws import SORTIE_MS, bare_network, lindley_ms, poisson_s

Plant = Callable[[pytest.MonkeyPatch], None]


# the gates, by name


def small_day() -> SimulationInputs:
    """Forty orders in a network where couriers, drones, pads and boxes are all asked for."""
    rng = np.random.default_rng(2)
    return lab_inputs(
        np.sort(rng.uniform(36000, 37500, 40)),
        airports_xy=((1500.0, 800.0), (-600.0, 1200.0)),
        rules={
            "fleet": {"drones": (5,)},
            "couriers": {"count": (3,)},
            "takeoff_points": {"pads": (1,), "loaders": (1,)},
            "airports": {"boxes": (4, 4)},
            "horizon": {"drain_s": 40_000.0},
        },
        orders={
            "airport": rng.integers(0, 2, 40),
            "collection_s": rng.exponential(400, 40),
            "preparation_s": rng.exponential(240, 40),
        },
    )


def every_wait_for_one_drone_is_lindleys() -> None:
    placed_s = poisson_s(np.random.default_rng(5), 200, mean_gap_s=SORTIE_MS / 1000 / 0.7)
    orders = simulate(bare_network(placed_s, drones=1, collection_s=1.0)).tables["orders"]
    wait_ms = gates.ms(orders["loading_s"]) - gates.ms(orders["ready_s"])
    assert np.array_equal(wait_ms, lindley_ms(gates.ms(orders["placed_s"]), SORTIE_MS))


def nobody_is_left_without_an_end() -> None:
    assert set(simulate(small_day()).tables["orders"]["end_state"]) == {"collected"}


def no_draw_moves_another_column() -> None:
    """Neither another law of mass nor the failures of a bigger fleet move arrivals, kitchens or customers."""
    first, second = _drawn(3, lab_demand()), _drawn(9, lab_demand(mass=Constant(value=1.0), no_show_share=0.5))
    for one, two in zip(first, second, strict=True):
        assert one.tolist() == two.tolist()


def _drawn(drones: int, spec: Any) -> Sequence[Any]:
    streams = Streams(seed=4)
    budgets_h = flight_hour_budgets(0.1, drones, lambda drone: streams.generator(f"failures {drone}"))
    orders = draw_orders(spec, lab_world(), streams=streams, opening_s=(36000.0, 72000.0), trace=None)
    columns = ("placed_s", "takeoff_point", "airport", "preparation_s", "collection_s")
    return [budgets_h[:3], *(getattr(orders, name) for name in columns)]


def a_route_over_open_ground_is_a_straight_line() -> None:
    world = lab_world()
    table = build_route_table(world, levels_m=(60.0,), clearance_m=10.0, roof_margin_m=10.0)
    for number, airport in enumerate(world.airports.xy):
        straight_m = sum((airport - world.takeoff_points.xy[0]) ** 2) ** 0.5
        assert table.length_m(0, 0, 2 + number) == pytest.approx(straight_m, abs=1e-6)


def a_golden_day_is_as_saved() -> None:
    assert tables_of("plain") == saved_tables("plain")


CHECKS: tuple[Callable[[], None], ...] = (
    every_wait_for_one_drone_is_lindleys,
    nobody_is_left_without_an_end,
    no_draw_moves_another_column,
    a_route_over_open_ground_is_a_straight_line,
    a_golden_day_is_as_saved,
)


def failing_gates() -> set[str]:
    """Names of the gates that fail now; ``the_day_ends`` where the engine itself breaks down."""
    failing = {check.__name__ for check in CHECKS if not _holds(check)}
    inputs = small_day()
    try:
        outcome = simulate(inputs)
    except (AssertionError, RuntimeError, LookupError):
        return failing | {"the_day_ends"}
    return failing | {gate.__name__ for gate in gates.GATES if not _holds(lambda gate=gate: gate(inputs, outcome))}


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (AssertionError, RuntimeError, LookupError):
        return False
    return True


# the faults


def no_return_leg(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drone is home as soon as it has unloaded."""

    honest = Ledger.end_sortie

    def end_sortie(self: Ledger, sortie: Sortie, *, drone: int, pack: int) -> None:
        outbound = copy.copy(sortie)
        outbound.flights = sortie.flights[:1]
        honest(self, outbound, drone=drone, pack=pack)

    monkeypatch.setattr(Sortie, "landed_ms", property(lambda self: self.unloaded_ms))
    monkeypatch.setattr(Ledger, "end_sortie", end_sortie)


def drone_never_leaves_the_available_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drone that took an order can be given another at once, and flies both."""

    def take(self: Fleet, drone: int, order: int, **_: object) -> None:
        twin = copy.copy(self.drones[drone])
        twin.call = self._clock.event()
        twin.order = order
        twin.process = self._clock.process(self._work(twin))
        self._clock.ring_at(twin.call, self._clock.now_ms, twin.place)

    monkeypatch.setattr(Boards, "drone_taken", lambda _self, _drone, _pool: None)
    monkeypatch.setattr(Fleet, "take", take)


def one_random_state_for_all_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name draws from the same generator, in the order of asking."""
    states: list[tuple[Streams, np.random.Generator]] = []

    def generator(self: Streams, _name: str) -> np.random.Generator:
        for owner, state in states:
            if owner is self:
                return state
        states.append((self, np.random.default_rng(self.seed)))
        return states[-1][1]

    monkeypatch.setattr(Streams, "generator", generator)


def manhattan_for_euclid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths are sums of the two coordinates' differences."""
    monkeypatch.setattr(np, "hypot", lambda east, north: np.abs(east) + np.abs(north))


def box_never_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer takes the parcel and the box stays taken."""
    monkeypatch.setattr(Cabinets, "_free", lambda _self, _order, _at_ms: None)


def courier_in_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """A courier who is out is sent again."""
    honest = CourierPool.send

    def send(self: CourierPool, order: int, **trip: Any) -> int:
        before = list(self._free)
        ready_ms = honest(self, order, **trip)
        self._free[:] = before
        return ready_ms

    monkeypatch.setattr(CourierPool, "send", send)


def pad_promised_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timetable says that everything is free."""

    def clear_sortie(
        self: Timetable, request: SortieRequest, *, at_ms: int, holder: int
    ) -> tuple[int, int, int, range]:
        left_ms = at_ms + request.leave_ms
        return at_ms, left_ms, -1, self.book_sortie(request, start_ms=at_ms, left_ms=left_ms, holder=holder)

    monkeypatch.setattr(Timetable, "clear_sortie", clear_sortie)


FAULTS: dict[Plant, set[str]] = {
    no_return_leg: {"a_golden_day_is_as_saved", "every_drone_comes_home", "every_wait_for_one_drone_is_lindleys"},
    drone_never_leaves_the_available_set: {
        "a_golden_day_is_as_saved",
        "no_drone_is_in_two_places",
        "every_wait_for_one_drone_is_lindleys",
    },
    one_random_state_for_all_streams: {"a_golden_day_is_as_saved", "no_draw_moves_another_column"},
    manhattan_for_euclid: {
        "a_golden_day_is_as_saved",
        "legs_take_as_long_as_their_length",
        "a_route_over_open_ground_is_a_straight_line",
    },
    box_never_freed: {"a_golden_day_is_as_saved", "boxes_are_freed", "nobody_is_left_without_an_end"},
    courier_in_two_places: {"a_golden_day_is_as_saved", "no_resource_is_overbooked"},
    pad_promised_twice: {"no_resource_is_overbooked"},
}


def test_every_gate_passes_on_the_engine_as_it_is() -> None:
    assert failing_gates() == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_seen_by_the_gates_that_watch_for_it(fault: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    seen_by = failing_gates()
    monkeypatch.undo()
    assert FAULTS[fault] <= seen_by, f"{fault.__name__} was seen by {sorted(seen_by)} only"
