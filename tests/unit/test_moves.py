"""Demand that moves between places over the day: the same orders at the same times, from other places."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import TINY
from dronesim.demand import draw_orders
from dronesim.demand.specs import Move
from dronesim.errors import InputError
from dronesim.experiment import describe, prepare, set_up
from dronesim.scenario import load_map, load_scenario, resolve
from dronesim.simulation import simulate
from dronesim.streams import Streams
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.moves import moved_demand
from dronesim.verify.reading import Run
from dronesim.verify.report import Check
from lab import lab_demand, lab_world

OPENING_S = (36000.0, 72000.0)
NOON_S = 43200.0


def drawn(*moves: Move, orders: float = 4000.0) -> Any:
    spec = dataclasses.replace(lab_demand(expected_orders=orders), moves=moves)
    return draw_orders(spec, lab_world(), streams=Streams(seed=3), opening_s=OPENING_S, trace=None)


def test_moves_change_where_orders_come_from_and_nothing_else() -> None:
    plain, moved = drawn(), drawn(Move(place="m0", from_s=NOON_S, to_s=50000.0, factor=4.0))
    is_on = (plain.placed_s >= NOON_S) & (plain.placed_s < 50000.0)
    for name in ("placed_s", "mass_kg", "collection_s", "patience_s"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(plain, name))
    assert moved.community == plain.community
    is_other = np.array([one != other for one, other in zip(moved.merchant, plain.merchant, strict=True)])
    assert is_other[is_on].any()
    assert not is_other[~is_on].any()


def test_a_factor_multiplies_the_odds_of_a_place() -> None:
    orders = drawn(Move(place="c1", from_s=OPENING_S[0], to_s=NOON_S, factor=3.0), orders=100_000.0)
    weights = dict(zip(lab_world().communities.ids, lab_world().community_weight.tolist(), strict=True))
    total, is_on = sum(weights.values()), orders.placed_s < NOON_S
    at_c1 = np.array([name == "c1" for name in orders.community])
    for rows, share in ((is_on, 3 * weights["c1"] / (total + 2 * weights["c1"])), (~is_on, weights["c1"] / total)):
        error = np.sqrt(share * (1 - share) / rows.sum())
        assert error < 0.004
        assert abs(at_c1[rows].mean() - share) < 4 * error


def test_a_take_off_point_stands_for_its_merchants_and_an_airport_for_its_homes() -> None:
    orders = drawn(
        Move(place="T0", from_s=OPENING_S[0], to_s=NOON_S, factor=0.0),
        Move(place="A0", from_s=NOON_S, to_s=OPENING_S[1], factor=0.0),
    )
    is_morning, homes, airports = orders.placed_s < NOON_S, orders.takeoff_point, orders.airport
    assert not (homes[is_morning] == 0).any()
    assert (homes[~is_morning] == 0).any()
    assert not (airports[~is_morning] == 0).any()
    assert (airports[is_morning] == 0).any()


def test_the_fleet_is_spread_by_the_demand_of_the_whole_day() -> None:
    world = load_map(load_scenario(TINY).map)
    settings = ["demand.orders=40000", 'demand.moves=[{place="T1", from="10:00", to="11:30", factor=0.25}]']
    found = resolve(load_scenario(TINY, settings), world)
    orders = draw_orders(found.demand, world, streams=Streams(seed=1), opening_s=(36000.0, 43200.0), trace=None)
    share = float((orders.takeoff_point == 0).mean())
    assert abs(share - found.expected_demand[0]) < 4 * np.sqrt(share * (1 - share) / len(orders))
    assert found.expected_demand[0] < resolve(load_scenario(TINY), world).expected_demand[0]


def test_validate_and_facts_tell_the_moves_and_say_nothing_without() -> None:
    setting = set_up(load_scenario(TINY, ['demand.moves=[{place="C1", from="10:30", to="11:00", factor=2.5}]']))
    assert "demand moves: C1 x 2.5 from 10:30 to 11:00" in "\n".join(describe(setting).lines())
    facts = simulate(prepare(setting)).facts
    assert facts["demand"]["moves"] == [{"place": "C1", "from_s": 37800.0, "to_s": 39600.0, "factor": 2.5}]
    assert "moves" not in simulate(prepare(set_up(load_scenario(TINY)))).facts["demand"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            '{place="T9", from="10:00", to="11:00", factor=2.0}',
            "demand.moves[0].place: is not a merchant, a community, a take-off point or an airport on the map",
        ),
        ('{place="T1", from="11:00", to="10:00", factor=2.0}', "demand.moves[0].to: must be later than from, 11:00"),
        ('{place="T11", from="10:00", to="11:00", factor=2.0}', "(found 'T11'); did you mean T1?"),
        (
            '{place="T1", from="08:00", to="09:00", factor=2.0}',
            "demand.moves[0].from: lies outside the opening hours, 10:00 to 12:00",
        ),
        ('{place="T1", from="10:00", to="11:00", factor=-1.0}', "demand.moves[0].factor: must be at least 0"),
        ('{place="T1", from="10:00", to="11:00", times=2.0}', "demand.moves[0].times"),
        (
            '{place="T1", from="10:00", to="11:00", factor=0.0}, {place="T2", from="10:30", to="11:00", factor=0.0}',
            "demand.moves: leave no merchant with any weight from 10:30 to 11:00",
        ),
    ],
)
def test_a_wrong_move_is_named_with_its_rule(rows: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        set_up(load_scenario(TINY, [f"demand.moves=[{rows}]"]))
    assert said in str(caught.value)


def test_a_trace_has_no_demand_that_moves() -> None:
    trace = Path(__file__).parents[1] / "golden" / "shared-orders.csv"
    settings = [
        "demand.model=trace",
        f"demand.file={trace}",
        'demand.moves=[{place="T1", from="10:00", to="11:00", factor=2.0}]',
    ]
    with pytest.raises(InputError) as caught:
        set_up(load_scenario(TINY, settings))
    assert 'demand.moves: must be left out with model = "trace"' in str(caught.value)


def checked(*, plant: bool) -> Check:
    """A day on which nobody orders of T1 in the first hour, with an order planted there or without."""
    setting = set_up(load_scenario(TINY, ['demand.moves=[{place="T1", from="10:00", to="11:00", factor=0.0}]']))
    day = simulate(prepare(setting))
    orders = {name: column.copy() for name, column in day.tables["orders"].items()}
    if plant:
        orders["takeoff_point"][0] = "T1"
    facts = read_facts(Path("facts.json"), day.facts)
    return moved_demand(Run(folder=Path(), manifest={}, kpis={}, facts=facts, tables={"orders": orders}, misfits={}))


def test_verify_finds_an_order_of_a_place_where_nobody_orders() -> None:
    assert checked(plant=False).is_clean
    assert checked(plant=False).examined > 0
    found = checked(plant=True)
    assert found.count == 1
    assert "while nobody orders at T1" in found.violations[0]
