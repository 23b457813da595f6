"""The policy rollout: what it plays, and when it lets an order wait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.dispatch import POLICIES, Assign, Decisions
from dronesim.dispatch.policies.rollout import _flown, _Futures, _Orders, rollout
from dronesim.experiment.compose import prepare, set_up
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate
from sharing_views import NOW_S, view_with

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks/dispatch"


def assigned(decided: Decisions) -> list[tuple[int, int]]:
    return [(each.order, each.drone) for each in decided if isinstance(each, Assign)]


def orders_of(*rows: tuple[float, float, float, float]) -> _Orders:
    """Orders of one future: when ready and due, how long each flies and keeps its drone."""
    return _Orders(*(np.array([column]) for column in zip(*rows, strict=True)))


def test_drones_fly_what_they_can_in_time() -> None:
    far = 1e9
    three = orders_of((0.0, far, 100.0, 300.0), (10.0, far, 100.0, 300.0), (20.0, far, 100.0, 300.0))
    assert _flown(three, np.zeros((1, 2)))[0] == pytest.approx(3.0)
    assert _flown(three, np.zeros((1, 0)))[0] == 0.0
    tight = orders_of((0.0, 250.0, 100.0, 300.0), (5.0, 250.0, 100.0, 300.0), (310.0, far, 100.0, 300.0))
    assert _flown(tight, np.zeros((1, 1)))[0] == pytest.approx(1.97, abs=0.01), "the second is hopeless by then"


def test_what_never_comes_is_not_flown() -> None:
    never = orders_of((np.inf, 0.0, 100.0, 300.0), (np.inf, 0.0, 100.0, 300.0))
    assert _flown(never, np.zeros((1, 1)))[0] == 0.0


def test_futures_have_as_many_orders_as_are_declared() -> None:
    """360 an hour over 1,500 s are 150; the mean of 400 samples is off by 4 standard errors once in 16,000 times."""
    view = view_with([(0, 900.0)] * 4, [0, 0], expected=(360.0, 1.0), soon=[0, 1, 2, 3], key=5)
    futures = _Futures(view, samples=400, horizon_s=1500.0, lead_s=300.0, turnaround_s=60.0)
    drawn = futures._drawn(0)
    comes = np.isfinite(drawn.ready_s)
    assert abs(comes.sum(axis=1).mean() - 150.0) < 4 * (150.0 / 400) ** 0.5
    assert drawn.ready_s[comes].min() >= NOW_S + 300.0
    assert drawn.ready_s[comes].max() <= NOW_S + 1800.0
    assert set((drawn.due_s - drawn.ready_s)[comes].round(6)) == {840.0}, "as those that wait"


def test_an_order_waits_for_those_that_its_drone_can_still_save() -> None:
    """One drone, an order that is nearly hopeless, and one that is soon ready and can be saved."""
    given: dict[str, Any] = {"expected": (0.0, 0.0), "is_shared": False, "soon": [1], "key": 5}
    hopeless = [(0, 195.0), (0, 320.0)]
    assert assigned(rollout(view_with(hopeless, [0], **given))) == []
    assert assigned(rollout(view_with([(0, 900.0), (0, 900.0)], [0], **given))) == [(0, 0)]


def test_where_nothing_can_be_waited_for_it_decides_as_reposition_does() -> None:
    view = view_with([(0, 195.0), (0, 150.0)], [0], expected=(60.0, 0.0), key=5)
    assert list(rollout(view)) == list(POLICIES["reposition"](view))


def test_the_same_view_is_decided_alike_and_a_budget_of_one_is_reposition() -> None:
    given: dict[str, Any] = {"expected": (60.0, 10.0), "soon": [1], "key": 5}
    orders, drones = [(0, 230.0), (0, 320.0), (1, 260.0)], [0, 0, 1]
    decided = [list(rollout(view_with(orders, drones, **given))) for _ in range(2)]
    assert decided[0] == decided[1]
    assert list(rollout(view_with(orders, drones, **given), candidates=1)) == list(
        POLICIES["reposition"](view_with(orders, drones, **given))
    )


@pytest.mark.slow
def test_it_is_about_as_good_as_what_it_starts_from() -> None:
    """Two tuning days of a scenario; the leaderboard has the whole."""
    setting = set_up(load_scenario(BENCHMARK / "calm.toml", ["dispatch.policy=reposition"]), folder=None)
    days = [prepare(setting, seed=seed) for seed in (10, 11)]
    shares = {}
    for name in ("reposition", "rollout"):
        outcomes = [simulate(replace(day, policy=POLICIES[name])) for day in days]
        shares[name] = np.mean([kpis(each.tables, each.facts)["service"]["share"] for each in outcomes])
    assert abs(shares["rollout"] - shares["reposition"]) < 0.02
