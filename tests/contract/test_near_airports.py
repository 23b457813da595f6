"""Orders that the policy has served at another airport: within the extra walk, told, and below the bound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

import gates
from dronesim.bounds.day import bound_of
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.metrics import kpis
from dronesim.report.summary import orders as orders_told
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from lab import lab_inputs
from test_planted_stays import complaints

CLOSED = "closed airports"
AIRPORTS = ((2600.0, 0.0), (1400.0, 0.0), (2600.0, 5000.0))
"""The customer's own, one that is nearer to the take-off point, and one far away."""
FAR_M = 1200.0
DRONES: dict[str, Any] = {"fleet": {"drones": (1,)}, "airports": {"pads": (2,) * 3}}


def to_near(view: DispatchView) -> Decisions:
    """Serve every order at the near airport where it is delivered first."""
    decisions, free = Decisions(), list(view.free_drones)
    for order in view.ready:
        drone = view.first_drone(order, free)
        if drone is not None:
            own, near = None, view.near_airports(order)
            best = min([own, *near], key=lambda airport: view.delivery_by(order, drone, airport=airport))
            decisions.assign(order, drone, airport=best)
            free.remove(drone)
    return decisions


def inputs_of(policy: Any, *, walk_m: float = 1500.0, orders: int = 12, **rules: Any) -> SimulationInputs:
    given = {**DRONES, "dispatch": {"extra_walk_m": walk_m}} | rules
    return lab_inputs(36_000.0 + 60.0 * np.arange(orders), airports_xy=AIRPORTS, policy=policy, rules=given)


def day(policy: Any = to_near, **given: Any) -> Outcome:
    inputs = inputs_of(policy, **given)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return outcome


def test_orders_are_served_where_it_is_quicker_and_the_walk_is_told() -> None:
    outcome = day()
    orders, found = outcome.tables["orders"], kpis(outcome.tables, outcome.facts)
    assert set(orders["airport"].tolist()) == {"A1"}
    assert set(orders["placed_airport"].tolist()) == {"A0"}
    assert found["orders"]["elsewhere"] == 12
    assert found["extra_walk"] == {"orders": 12, "mean_m": FAR_M, "max_m": FAR_M}
    assert "1,200 m further on average" in orders_told(found, outcome.facts)
    assert orders["in_range"].all()
    assert complaints(outcome) == {}
    at_own = day("nearest").tables["orders"]
    assert orders["delivered_s"].max() < at_own["delivered_s"].max()


def test_range_is_that_of_the_customers_own_airport() -> None:
    inputs = inputs_of(to_near)
    near = replace(inputs, rules=replace(inputs.rules, service=replace(inputs.rules.service, radius_m=2000.0)))
    assert not simulate(near).tables["orders"]["in_range"].any()


def test_without_an_extra_walk_there_are_no_near_airports() -> None:
    seen: list[tuple[int, ...]] = []

    def watches(view: DispatchView) -> Decisions:
        seen.extend(tuple(view.near_airports(order)) for order in view.waiting)
        return POLICIES["nearest"](view)

    outcome = day(watches, walk_m=0.0)
    assert set(seen) == {()}
    assert "extra_walk" not in kpis(outcome.tables, outcome.facts)
    day(watches)
    assert (1,) in seen


@pytest.mark.parametrize(("walk_m", "airport"), [(1500.0, 2), (1000.0, 1), (0.0, 1), (1500.0, 9), (1500.0, -1)])
def test_an_airport_that_is_not_near_is_refused(walk_m: float, airport: int) -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decisions.assign(view.ready[0], view.free_drones[0], airport=airport)
        return decisions

    with pytest.raises(PolicyError, match=rf"airport={airport}\): the order may not be served there"):
        simulate(inputs_of(illegal, walk_m=walk_m))


def test_another_airport_and_another_home_do_not_go_together() -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decisions.assign(0, 0, home=1, airport=1)
        return decisions

    rules = {
        "fleet": {"drones": (1, 1), "is_shared": True, "lands_anywhere": True},
        "dispatch": {"extra_walk_m": 1500.0},
    }
    inputs = lab_inputs(homes_xy=((0.0, 0.0), (400.0, 0.0)), airports_xy=AIRPORTS, policy=illegal, rules=rules)
    with pytest.raises(PolicyError, match="don't go together"):
        simulate(inputs)


def test_an_order_whose_cabinet_is_full_may_go_to_the_next() -> None:
    def by_room(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready and view.free_drones:
            order, drone = view.ready[0], view.free_drones[0]
            can = [each for each in (0, 1) if np.isfinite(view.delivery_by(order, drone, airport=each))]
            if can:
                decisions.assign(order, drone, airport=can[0])
        return decisions

    outcome = day(by_room, airports={"boxes": (1, 28, 28)}, fleet={"drones": (4,)}, orders=4)
    assert outcome.tables["orders"]["airport"].tolist()[:2] == ["A0", "A1"]
    assert complaints(outcome) == {}


EMPTY_HANDED: Final[dict[str, Any]] = {
    "fleet": {"drones": (0, 2), "is_shared": True},
    "airports": {"pads": (2,) * 3},
    "dispatch": {"extra_walk_m": 1500.0},
    "events": (ScriptedEvent(kind="drone_fails", at_s=36_060.0, drone=0),),
}


def empty_handed_day() -> Outcome:
    """One order: the drone for its box at another airport fails on its empty leg, and the next one is for its own."""
    asked: list[int] = []

    def anew(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready and view.free_drones:
            asked.append(view.ready[0])
            decisions.assign(view.ready[0], view.free_drones[0], airport=1 if len(asked) == 1 else 0)
        return decisions

    homes_xy = ((0.0, 0.0), (0.0, 1500.0))
    inputs = lab_inputs(
        36_000.0 + np.zeros(1), homes_xy=homes_xy, airports_xy=AIRPORTS, policy=anew, rules=EMPTY_HANDED
    )
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return outcome


def test_an_order_has_a_box_wherever_it_was_bound_for_before_a_drone_failed_on_its_way_to_it() -> None:
    outcome = empty_handed_day()
    assert _boxes(outcome)["site"].tolist() == ["A1", "A0"]
    assert complaints(outcome) == {}


def test_a_box_at_an_airport_that_nobody_might_choose_is_seen() -> None:
    outcome = empty_handed_day()
    occupancy = {name: column.copy() for name, column in outcome.tables["occupancy"].items()}
    occupancy["site"][(occupancy["resource"] == "box") & (occupancy["site"] == "A1")] = "A2"
    found = complaints(replace(outcome, tables={**outcome.tables, "occupancy": occupancy}))
    assert any(words.startswith("box at A2: 1 holdings") for words in found["flow in is flow out"])


def _boxes(outcome: Outcome) -> dict[str, Any]:
    occupancy = outcome.tables["occupancy"]
    held = occupancy["resource"] == "box"
    return {name: column[held] for name, column in occupancy.items()}


def test_the_bound_takes_the_least_over_permitted_airports() -> None:
    """With a promise that only the nearer airport can keep, and one that neither can."""
    took_s = [_click_to_door_s(policy) for policy in ("nearest", to_near)]
    for limit_s, counts in ((sum(took_s) / 2, (0, 1)), (took_s[1] - 1.0, (0, 0))):
        service = {"limit_s": limit_s}
        found = [bound_of(inputs_of("nearest", walk_m=walk_m, orders=1, service=service)) for walk_m in (0.0, 1500.0)]
        assert tuple(each.on_time for each in found) == counts


def _click_to_door_s(policy: Any) -> float:
    orders = simulate(inputs_of(policy, orders=1)).tables["orders"]
    return float(orders["delivered_s"][0] - orders["placed_s"][0])


# planted


def test_an_airport_beyond_the_extra_walk_is_seen() -> None:
    outcome = day()
    facts = {**outcome.facts, "dispatch": {**outcome.facts["dispatch"], "extra_walk_m": FAR_M - 1.0}}
    found = complaints(replace(outcome, facts=facts))
    assert any("nor is it within 1199 m" in words for words in found[CLOSED])


def test_an_airport_that_nobody_might_choose_is_seen() -> None:
    outcome = day()
    facts = {**outcome.facts, "dispatch": {"interval_s": 0.0, "assign_ahead_s": 0.0}}
    assert any("was not closed" in words for words in complaints(replace(outcome, facts=facts))[CLOSED])
