"""Drones that land at the take-off point that a policy names: what they do, and faults planted in it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.bounds.day import bound_of
from dronesim.bounds.jobs import jobs_of
from dronesim.dispatch import Decisions, DispatchView
from dronesim.metrics.service import is_on_time
from dronesim.record.facts import ANYWHERE
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.fleet import Fleet
from lab import lab_inputs
from test_planted_stays import complaints

CHECK = "drones come home"


def crosswise(view: DispatchView) -> Decisions:
    """Give each order the first drone, which lands at the other take-off point after that, where it can."""
    decisions, free = Decisions(), list(view.free_drones)
    for order in view.ready:
        drone = view.first_drone(order, free)
        if drone is None:
            continue
        free.remove(drone)
        home = 1 - dict(zip(view.orders.order.tolist(), view.orders.takeoff_point.tolist(), strict=True))[order]
        decisions.assign(order, drone, home=home if np.isfinite(view.delivery_by(order, drone, home=home)) else None)
    return decisions


def day_inputs(
    *,
    orders: int = 24,
    mode: str = "headway",
    until_s: float = 9000.0,
    second: Any = (900.0, 300.0),
    collection_s: float = 240.0,
    **rules: Any,
) -> SimulationInputs:
    """Orders at two take-off points, from one fleet that lands anywhere."""
    rng = np.random.default_rng(5)
    return lab_inputs(
        36000.0 + np.sort(rng.uniform(0, until_s, orders)),
        homes_xy=((0.0, 0.0), second),
        rules={
            "fleet": {"drones": (2, 1), "is_shared": True, "lands_anywhere": True},
            "airspace": {"mode": mode},
            "airports": {"pads": (2, 2)},
            **rules,
        },
        orders={
            "takeoff_point": rng.integers(0, 2, orders),
            "airport": rng.integers(0, 2, orders),
            "collection_s": collection_s,
        },
        policy=crosswise,
    )


def away(outcome: Outcome) -> list[int]:
    """List the drones of three that do not end the day where they began."""
    legs = outcome.tables["legs"]
    last = {int(drone): str(to) for drone, to in zip(legs["drone"], legs["to"], strict=True)}
    return [drone for drone, site in sorted(last.items()) if site != ("T0", "T0", "T1")[drone]]


@pytest.mark.parametrize("mode", ["none", "strategic"])
def test_a_drone_lands_where_it_is_told_to_and_belongs_there_then(mode: str) -> None:
    outcome = simulate(day_inputs(mode=mode))
    legs = outcome.tables["legs"]
    out, back = (legs["kind"] == kind for kind in ("outbound", "return"))
    began = dict(zip(legs["sortie"][out].tolist(), legs["from"][out].tolist(), strict=True))
    assert all(to != began[sortie] for sortie, to in zip(legs["sortie"][back].tolist(), legs["to"][back], strict=True))
    assert outcome.facts["fleet"]["ends"] == ANYWHERE
    assert complaints(outcome) == {}


def test_who_is_away_at_the_close_flies_home_and_that_is_counted() -> None:
    outcome = simulate(day_inputs())
    legs = outcome.tables["legs"]
    late = (legs["kind"] == "deadhead") & (legs["requested_s"] == outcome.facts["horizon"]["end_s"])
    assert late.any()
    assert (legs["energy_wh"][late] > 0).all()
    assert away(outcome) == []


def test_who_has_too_little_charge_at_the_close_gets_another_pack_first() -> None:
    outcome = simulate(day_inputs(batteries={"turnaround_below": 0.0}))
    assert away(outcome) == []
    assert complaints(outcome) == {}


def test_who_can_not_be_home_before_the_day_ends_is_told_of() -> None:
    outcome = simulate(day_inputs(orders=30, until_s=36_000.0, horizon={"drain_s": 0.0}))
    told = outcome.tables["incidents"]
    names = told["drone"][told["kind"] == "away_at_close"].tolist()
    assert names == away(outcome) != []
    assert complaints(outcome) == {}


def test_a_view_tells_where_a_drone_may_land() -> None:
    seen: list[tuple[float, ...]] = []

    def asks(view: DispatchView) -> Decisions:
        if view.ready:
            seen.append(tuple(view.delivery_by(view.ready[0], 0, home=home) for home in (-1, 0, 1, 2)))
        return crosswise(view)

    simulate(replace(day_inputs(orders=1), policy=asks))
    assert [np.isfinite(value) for value in seen[0]] == [False, True, True, False]
    assert seen[0][1] == seen[0][2]


@pytest.mark.parametrize("mode", ["none", "strategic"])
def test_no_policy_that_lands_drones_elsewhere_exceeds_the_bound(mode: str) -> None:
    for service in ({"limit_s": 600.0}, {"limit_s": 900.0}):
        inputs = day_inputs(orders=25, until_s=900.0, mode=mode, service=service)
        orders = simulate(inputs).tables["orders"]
        made = is_on_time(orders, clock="placed", limit_s=service["limit_s"]).sum()
        assert made <= bound_of(inputs).on_time


def test_the_least_cycle_of_the_bound_ends_at_the_nearest_take_off_point() -> None:
    """One beside the airport is a shorter way home than the one that the drone left."""
    inputs = day_inputs(orders=9, second=(1700.0, 0.0))
    tied = replace(inputs.rules, fleet=replace(inputs.rules.fleet, lands_anywhere=False))
    anywhere, own = (
        [pair.away_ms - pair.deliver_ms for pair in jobs_of(day).pairs] for day in (inputs, replace(inputs, rules=tied))
    )
    assert min(anywhere) == min(own)
    assert max(anywhere) < max(own) - 30_000


# planted


def test_a_drone_that_is_not_sent_home_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fleet, "_send_home", lambda *_of: None)
    monkeypatch.setattr(Fleet, "_note_away", lambda *_of: None)
    assert any("nothing tells why" in words for words in complaints(simulate(day_inputs()))[CHECK])


def test_a_drone_that_is_said_to_have_no_time_and_has_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fleet, "_send_home", lambda *_of: None)
    found = complaints(simulate(day_inputs(batteries={"turnaround_below": 0.0}, until_s=35_500.0, collection_s=5000.0)))
    assert any("with charge to fly home" in words for words in found[CHECK])


def test_landing_elsewhere_where_nobody_may_is_seen() -> None:
    outcome = simulate(day_inputs())
    facts = copy.deepcopy(outcome.facts)
    del facts["fleet"]["ends"]
    found = complaints(Outcome(tables=outcome.tables, facts=facts))
    assert any("but its sortie began at" in words for words in found[CHECK])


def test_a_drone_that_lands_elsewhere_than_the_policy_wanted_is_seen() -> None:
    """Where it was to land is told by order, and checked on its way home."""
    outcome = simulate(day_inputs())
    told = outcome.facts["fleet"]["landings"]
    sites = dict(
        zip(outcome.tables["orders"]["order"].tolist(), outcome.tables["orders"]["takeoff_point"], strict=True)
    )
    assert len(told) == 24
    assert all(sites[int(order)] != home for order, home in told.items())
    facts = copy.deepcopy(outcome.facts)
    del facts["fleet"]["landings"]["3"]
    found = complaints(Outcome(tables=outcome.tables, facts=facts))
    assert any("after order 3" in words for words in found[CHECK])


def test_a_drone_that_flies_home_though_it_was_to_land_elsewhere_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Fleet.take
    monkeypatch.setattr(Fleet, "take", lambda own, drone, order, *, home=None: take(own, drone, order))
    found = complaints(simulate(day_inputs()))
    assert any("and the policy wanted it at" in words for words in found[CHECK])


def test_nothing_is_told_of_landings_where_drones_land_where_they_took_off() -> None:
    assert "landings" not in simulate(lab_inputs()).facts["fleet"]
