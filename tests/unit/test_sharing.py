"""When a drone of a shared fleet may come from elsewhere, and where idle ones are moved to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.dispatch import POLICIES, Assign, Reposition
from dronesim.dispatch.policies.reposition import reposition
from dronesim.dispatch.sharing import expected_orders, sensible_s
from dronesim.experiment.compose import prepare, set_up
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate
from dronesim.units import HOUR
from sharing_views import view_with

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks/dispatch"


def may_come(*args: Any, **kwargs: Any) -> list[list[bool]]:
    view = view_with(*args, **kwargs)
    return np.isfinite(sensible_s(view, view.delivery_s)).tolist()


def test_a_drone_that_can_be_spared_comes_for_an_order_that_it_saves() -> None:
    assert may_come([(0, 400.0)], [0, 1, 1, 1]) == [[True, True, True, True]]


@pytest.mark.parametrize(
    "why",
    [
        {"orders": [(0, 200.0)]},
        {"orders": [(0, 400.0)], "soon": [0]},
        {"orders": [(0, 400.0), (1, 400.0), (1, 400.0), (1, 400.0)], "soon": [1, 2, 3]},
        {"orders": [(0, 400.0)], "expected": (1.0, 3.0)},
        {"orders": [(0, 400.0)], "busy": [1, 2, 3]},
    ],
    ids=["it would be late", "it is not ready", "they are wanted where they are", "more is expected there", "busy"],
)
def test_otherwise_none_comes_from_elsewhere(why: dict[str, Any]) -> None:
    assert may_come(why.pop("orders"), [0, 1, 1, 1], **why)[0] == [True, False, False, False]


def test_to_a_take_off_point_without_drones_every_free_one_may_come_late_too() -> None:
    assert may_come([(0, 100.0), (1, 100.0)], [1, 1], busy=[1]) == [[True, False], [True, True]]


def test_where_nothing_is_declared_all_take_off_points_count_alike() -> None:
    assert may_come([(0, 400.0)], [0, 1, 1, 1], expected=(0.0, 0.0)) == [[True] * 4]
    assert may_come([(0, 400.0)], [0, 0, 1, 1], expected=(0.0, 0.0)) == [[True, True, False, False]]


def test_chosen_rows_and_columns_are_those_of_the_whole() -> None:
    view = view_with([(0, 400.0), (1, 400.0), (0, 50.0)], [0, 1, 1, 1, 0], expected=(2.0, 1.0), busy=[0])
    whole, rows, columns = sensible_s(view, view.delivery_s), np.array([2, 0]), np.array([3, 4, 1])
    chosen = sensible_s(view, view.delivery_s[np.ix_(rows, columns)], rows, columns)
    assert chosen.tolist() == whole[np.ix_(rows, columns)].tolist()


def test_orders_are_expected_by_the_hours_that_lie_ahead() -> None:
    view = view_with(expected=(2.0, 0.0, 6.0))
    assert expected_orders(view, 0.5 * HOUR).tolist() == [1.0, 0.0, 3.0]
    assert expected_orders(view, 20 * HOUR).tolist() == [26.0, 0.0, 78.0], "until midnight"


# the policy reposition


def moves(*args: Any, keep: int = 1, price: float = 0.15, **kwargs: Any) -> list[tuple[int, int]]:
    found = reposition(view_with(*args, **kwargs), keep=keep, price=price)
    return [(each.drone, each.takeoff_point) for each in found if isinstance(each, Reposition)]


HERE = [(1, 900.0)]
"""An order, by which the length of a sortie is known."""


def test_idle_drones_go_where_more_is_expected_than_drones_can_fly() -> None:
    found = moves(HERE, [1] * 8, expected=(60.0, 1.0), soon=[0])
    assert found
    assert {to for _, to in found} == {0}
    assert len({drone for drone, _ in found}) == len(found) < 8


def test_so_many_stay_as_are_to_be_kept() -> None:
    assert len(moves(HERE, [1] * 8, expected=(90.0, 1.0), soon=[0], keep=6)) == 2
    assert moves(HERE, [1] * 8, expected=(90.0, 1.0), soon=[0], keep=8) == []


@pytest.mark.parametrize(
    "why",
    [{"expected": (0.0, 0.0)}, {"charge": 0.26}, {"price": 50.0}, {"busy": range(8)}, {"is_shared": False}],
    ids=["nothing is expected", "too little charge", "it doesn't pay", "all are busy", "tied"],
)
def test_otherwise_nobody_is_moved(why: dict[str, Any]) -> None:
    assert moves(HERE, [1] * 8, **{"expected": (60.0, 1.0), "soon": [0], **why}) == []


def test_what_is_assigned_is_what_index_assigns_and_none_of_it_is_moved() -> None:
    view = view_with([(1, 900.0), (1, 800.0)], [1] * 8, expected=(60.0, 1.0))
    decided = list(reposition(view))
    assert [each for each in decided if isinstance(each, Assign)] == list(POLICIES["index"](view))
    drones = [each.drone for each in decided if isinstance(each, (Assign, Reposition))]
    assert len(set(drones)) == len(drones) > 2


@pytest.mark.slow
def test_it_gains_on_index_where_demand_moves_between_places() -> None:
    """Two tuning days of the scenario that has it; ten days have +3.9 with a standard error of 0.6."""
    setting = set_up(load_scenario(BENCHMARK / "shared.toml", ["dispatch.policy=index"]), folder=None)
    days = [prepare(setting, seed=seed) for seed in (33, 34)]
    shares = {}
    for name in ("index", "reposition"):
        outcomes = [simulate(replace(day, policy=POLICIES[name])) for day in days]
        shares[name] = np.mean([kpis(each.tables, each.facts)["service"]["share"] for each in outcomes])
    assert shares["reposition"] > shares["index"] + 0.01
