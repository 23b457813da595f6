"""Where flights are kept apart in space, another level may deliver sooner: it is flown only where energy allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import gates
from dronesim.aircraft import Multirotor
from dronesim.dispatch import Decisions, DispatchView
from dronesim.simulation import Outcome, SimulationInputs, simulate
from lab import lab_inputs

LOW_M, HIGH_M = 60.0, 90.0
SITES: dict[str, Any] = {
    "homes_xy": ((0.0, 0.0), (2600.0, 0.0)),
    "airports_xy": ((2500.0, 0.0), (100.0, 0.0)),
}
"""All flights follow one line, half of them in either direction."""


def head_on(pack_wh: float, *, orders: int = 24) -> SimulationInputs:
    """Orders from both ends at once, every 45 s, with packs that hold so much and no energy set aside for holds."""
    side = np.arange(orders) % 2
    inputs = lab_inputs(
        36000.0 + 45.0 * np.arange(orders),
        **SITES,
        rules={
            "airspace": {"mode": "strategic", "levels_m": (LOW_M, HIGH_M)},
            "fleet": {"drones": (12, 12)},
            "couriers": {"count": (24, 24)},
            "takeoff_points": {"pads": (4, 4), "loaders": (4, 4)},
            "airports": {"pads": (4, 4), "unloaders": (4, 4), "boxes": (40, 40)},
            "batteries": {"packs": (24, 24), "chargers": (24, 24), "hold_allowance_s": 0.0},
        },
        orders={"takeoff_point": side, "airport": side},
    )
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, pack_wh=pack_wh)))


def levels(outcome: Outcome) -> dict[tuple[str, float], int]:
    """How many legs of a kind were flown at a level."""
    legs = outcome.tables["legs"]
    found, counts = np.unique(list(zip(legs["kind"], legs["level_m"], strict=True)), axis=0, return_counts=True)
    return {(str(kind), float(level_m)): int(count) for (kind, level_m), count in zip(found, counts, strict=True)}


def low_wh() -> float:
    """A pack that is just enough, with its reserve, for a sortie at the low level."""
    inputs = head_on(500.0, orders=1)
    sortie_wh = float(simulate(inputs).tables["legs"]["energy_wh"].sum())
    rules, share = inputs.rules.batteries, inputs.aircraft.drone_type.usable_share
    return (sortie_wh + 0.5) / (rules.charge_to - rules.reserve) / share


def test_with_energy_for_it_both_levels_are_flown() -> None:
    inputs = head_on(500.0)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert {level_m for _, level_m in levels(outcome)} == {LOW_M, HIGH_M}


def test_a_level_that_would_cost_the_reserve_is_not_flown_however_soon_it_delivers() -> None:
    inputs = head_on(low_wh())
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert levels(outcome) == {("outbound", LOW_M): 24, ("return", LOW_M): 24}


def test_some_energy_more_lets_one_of_the_two_legs_fly_high() -> None:
    """The higher level costs about 5 Wh more each way: what the one leg takes the other can't."""
    inputs = head_on(low_wh() + 10.0)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    legs = outcome.tables["legs"]
    by_sortie = [set(legs["level_m"][legs["sortie"] == sortie].tolist()) for sortie in np.unique(legs["sortie"])]
    assert {LOW_M, HIGH_M} in by_sortie
    assert {HIGH_M} not in by_sortie


def exchange(pack_wh: float, *, movers: int = 2) -> SimulationInputs:
    """One drone of either end is sent to the other, both at once, when the only order is ready."""
    inputs = head_on(pack_wh, orders=1)
    nearby = replace(inputs.orders, airport=np.array([1]))

    def send(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready and not moved:
            moved.append(view.now_s)
            for drone, place in ((0, 1), (12, 0))[:movers]:
                decisions.reposition(drone, takeoff_point=place)
        return decisions

    moved: list[float] = []
    fleet = replace(inputs.rules.fleet, is_shared=True)
    return replace(inputs, orders=nearby, policy=send, policy_name="send", rules=replace(inputs.rules, fleet=fleet))


def test_an_empty_leg_flies_at_a_level_that_its_energy_allows() -> None:
    """Of two empty legs against each other one flies high where it can, and waits on the ground where it can't."""
    assert levels(simulate(exchange(500.0))) == {("deadhead", LOW_M): 1, ("deadhead", HIGH_M): 1}
    inputs = exchange(500.0, movers=1)
    leg_wh = float(simulate(inputs).tables["legs"]["energy_wh"][0])
    rules, share = inputs.rules.batteries, inputs.aircraft.drone_type.usable_share
    outcome = simulate(exchange((leg_wh + 0.5) / (rules.charge_to - rules.reserve) / share))
    assert levels(outcome) == {("deadhead", LOW_M): 2}
    assert outcome.tables["legs"]["charge_end"].min() >= rules.reserve
