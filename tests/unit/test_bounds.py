"""The bound of a day: against all schedules of tiny days, against integer programs, and what prices prove."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from dronesim.bounds.day import bound_of
from dronesim.bounds.grid import Grid, on_grid
from dronesim.bounds.jobs import is_steady, jobs_of
from dronesim.bounds.kernels import evaluate
from dronesim.bounds.prices import on_time_at_most
from dronesim.bounds.search import all_prices, columns_of, find_prices
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.metrics.service import is_on_time
from dronesim.simulation import ScriptedEvent, SimulationInputs, simulate
from lab import OPEN_S, lab_inputs

ROOMY: dict[str, Any] = {
    "takeoff_points": {"pads": (50,), "loaders": (50,)},
    "airports": {"pads": (50, 50), "unloaders": (50, 50), "boxes": (50, 50)},
    "couriers": {"count": (50,)},
    "airspace": {"mode": "none"},
    "pilots": {"count": 50},
}


def tiny_day(seed: int, *, count: int = 6, drones: int = 1, spread_s: float = 900.0, **rules: Any) -> SimulationInputs:
    """A day on which nothing but drones is short."""
    rng = np.random.default_rng(seed)
    return lab_inputs(
        np.sort(np.round(OPEN_S + rng.uniform(0, spread_s, count))),
        rules=ROOMY | {"fleet": {"drones": (drones,)}} | rules,
        orders={"airport": rng.integers(0, 2, count), "preparation_s": np.round(rng.uniform(60, 300, count))},
    )


def on_time(inputs: SimulationInputs, policy: Any) -> int:
    promise = inputs.rules.service
    orders = simulate(replace(inputs, policy=policy)).tables["orders"]
    return int(is_on_time(orders, clock=promise.clock, limit_s=promise.limit_s).sum())


class InTurn:
    """Brings orders in a stated turn, each as soon as it is ready and a drone free; leaves out what would be late."""

    def __init__(self, turn: tuple[int, ...]) -> None:
        self.left = list(turn)

    def __call__(self, view: DispatchView) -> Decisions:
        decisions, free = Decisions(), list(view.free_drones)
        while self.left and free and self.left[0] in view.ready:
            order = self.left.pop(0)
            if view.delivery_by(order, free[0]) <= view.due_s(order):
                decisions.assign(order, free.pop(0))
        return decisions


def best_schedule(inputs: SimulationInputs, drones: int) -> int:
    """Count the most orders on time over all turns in which one after the other gets the drone that is free first.

    What each takes is read off a day with a drone for each, so nothing of the bound is used.
    """
    plenty = replace(inputs, rules=replace(inputs.rules, fleet=replace(inputs.rules.fleet, drones=(40,))))
    room = replace(plenty, drones=lab_inputs(rules={"fleet": {"drones": (40,)}}).drones)
    tables = simulate(room).tables
    orders, legs, rules = tables["orders"], tables["legs"], inputs.rules
    landed = dict(zip(legs["sortie"].tolist(), legs["landed_s"].tolist(), strict=True))
    home_s = [landed[int(legs["sortie"][leg])] for leg in orders["outbound_leg"].tolist()]
    jobs = [
        (ready, done - begun, back - begun + rules.batteries.swap_s, placed + rules.service.limit_s)
        for ready, begun, done, back, placed in zip(
            orders["ready_s"], orders["loading_s"], orders["delivered_s"], home_s, orders["placed_s"], strict=True
        )
    ]
    return max(_in_turn([jobs[number] for number in turn], drones) for turn in permutations(range(len(jobs))))


def _in_turn(jobs: list[tuple[float, float, float, float]], drones: int) -> int:
    free, found = [0.0] * drones, 0
    for ready, deliver, away, due in jobs:
        drone = free.index(min(free))
        start = max(ready, free[drone])
        if start + deliver <= due + 1e-6:
            free[drone], found = start + away, found + 1
    return found


def test_the_bound_is_never_below_the_best_schedule_of_tiny_days_and_nearly_always_equal() -> None:
    equal = []
    for seed in range(14):
        drones = 1 + seed % 2
        inputs = tiny_day(seed, count=6, drones=drones, spread_s=500.0)
        best, most = best_schedule(inputs, drones), bound_of(inputs).on_time
        assert best <= most <= len(inputs.orders)
        equal.append(best == most)
    assert sum(equal) >= 13
    assert best_schedule(tiny_day(1, count=6, spread_s=500.0), 1) < 6


@pytest.mark.parametrize("drones", [1, 2])
def test_a_policy_that_knows_the_best_turn_reaches_the_bound(drones: int) -> None:
    inputs = tiny_day(3, count=4, drones=drones, spread_s=100.0)
    assert max(on_time(inputs, InTurn(turn)) for turn in permutations(range(4))) == bound_of(inputs).on_time < 5


def short_day(seed: int, **rules: Any) -> SimulationInputs:
    """Sixty orders in half an hour, too many for the drones and, by ``rules``, for something else."""
    return tiny_day(seed, count=60, drones=9, spread_s=2400.0, **rules)


BOXES: dict[str, Any] = {"airports": {"pads": (50, 50), "unloaders": (50, 50), "boxes": (6, 6)}}


@pytest.mark.parametrize("rules", [{}, BOXES])
def test_the_bound_is_within_a_point_of_the_integer_program(rules: dict[str, Any]) -> None:
    jobs = jobs_of(short_day(0, **rules))
    found = find_prices(jobs, grids_ms=(20_000,))
    most, best = on_time_at_most(found.grid, all_prices(found)), integer_program(found.grid)
    assert best <= most + 1e-6
    assert int(most) - best <= 0.01 * jobs.in_range
    finer = find_prices(jobs)
    assert on_time_at_most(finer.grid, all_prices(finer)) < most


def integer_program(grid: Grid) -> float:
    """Solve which jobs are done from which start with the drones and boxes that there are."""
    columns, rows, at = [], [], 0
    instants = grid.instants
    for job in range(len(grid.first)):
        pair, box = grid.pair[job], grid.box[job]
        for start in range(grid.first[job], grid.last[job] + 1):
            held = [(grid.pool[pair], start, grid.away[pair]), (box, start, grid.box_steps[job])]
            cells = [row * instants + i for row, begin, length in held for i in range(begin, begin + length)]
            rows += [*cells, grid.units.size + job]
            columns += [at] * (len(cells) + 1)
            at += 1
    table = coo_array((np.ones(len(rows)), (rows, columns)), shape=(grid.units.size + len(grid.first), at)).tocsr()
    most = np.concatenate([grid.units.reshape(-1), np.ones(len(grid.first))])
    used = np.unique(rows)
    limits = LinearConstraint(table[used], -np.inf, most[used])
    solved = milp(-np.ones(at), constraints=limits, bounds=Bounds(0, 1), integrality=np.ones(at))
    assert solved.success
    return float(-solved.fun)


# what prices prove


def test_any_prices_that_are_not_negative_prove_something_true() -> None:
    inputs = short_day(0, **BOXES)
    best, grid = bound_of(inputs).on_time, on_grid(jobs_of(inputs), step_ms=4000)
    rng = np.random.default_rng(1)
    for scale in (0.0, 0.001, 0.01, 0.1):
        prices = rng.exponential(scale, grid.units.shape) if scale else np.zeros(grid.units.shape)
        assert on_time_at_most(grid, prices) >= best
    with pytest.raises(ValueError, match="must not be negative"):
        on_time_at_most(grid, prices - 1.0)
    with pytest.raises(ValueError, match="must not be negative"):
        on_time_at_most(grid, prices * np.nan)


def test_the_kernel_of_the_search_gives_what_the_lines_that_are_trusted_give() -> None:
    """Also with pads, lanes and levels, a shift that ends, and calendars that have no prices."""
    rng = np.random.default_rng(2)
    plain = lab_inputs(OPEN_S + rng.uniform(0, 900, 30).cumsum() / 15, rules={"airspace": {"levels_m": (60.0, 80.0)}})
    strategic = lab_inputs(plain.orders.placed_s, rules={"airspace": {"mode": "strategic", "levels_m": (60.0, 80.0)}})
    shifts = {"drone": {"T0": ((OPEN_S, 5), (OPEN_S + 600.0, 2))}}
    ending = replace(plain, rules=replace(plain.rules, shifts=shifts))
    for inputs in (plain, strategic, ending):
        grid = on_grid(jobs_of(inputs), step_ms=4000)
        rows = np.flatnonzero(rng.random(len(grid.units)) < 0.7)
        prices = np.zeros(grid.units.shape)
        prices[rows] = rng.exponential(0.01, (len(rows), grid.instants))
        value, held = evaluate(prices[rows], grid.units[rows], columns_of(grid, rows))
        assert value == pytest.approx(on_time_at_most(grid, prices), rel=1e-9)
        # what is held is the slope: the bound is convex, so a step along any direction stays above the tangent
        other = prices.copy()
        other[rows] = np.maximum(prices[rows] + rng.normal(0, 0.005, held.shape), 0.0)
        tangent = value + float(((grid.units[rows] - held) * (other - prices)[rows]).sum())
        assert on_time_at_most(grid, other) >= tangent - 1e-6


# what is counted


@pytest.mark.parametrize(
    ("rules", "limit"),
    [
        ({"fleet": {"drones": (2,)}}, "drone"),
        ({"takeoff_points": {"pads": (1,), "loaders": (50,)}}, "pad"),
        ({"takeoff_points": {"pads": (50,), "loaders": (1,), "load_s": 60.0}}, "loader"),
        ({"airports": {"pads": (50, 50), "unloaders": (1, 1), "boxes": (50, 50), "unload_s": 120.0}}, "unloader"),
        ({"airports": {"pads": (50, 50), "unloaders": (50, 50), "boxes": (1, 1)}}, "box"),
        ({"pilots": {"count": 2, "drones_per_pilot": 1}}, "pilot"),
        ({"airspace": {"mode": "headway", "lane_headway_s": 60.0}}, "lane"),
    ],
)
def test_what_is_short_lowers_the_bound_and_is_named(rules: dict[str, Any], limit: str) -> None:
    inputs = tiny_day(4, count=40, drones=40, spread_s=1200.0, **rules)
    roomy, found = bound_of(tiny_day(4, count=40, drones=40, spread_s=1200.0)), bound_of(inputs)
    assert found.on_time < roomy.possible - 3
    assert any(limit in name for name in found.limits), found.limits
    assert max(on_time(inputs, policy) for policy in POLICIES.values()) <= found.on_time
    assert roomy.limits == ()


def test_late_sorties_of_a_shift_and_drones_yet_to_come_are_counted() -> None:
    """Two drones leave at 10:20 and one stays: what those two finish counts, what they would do next does not."""
    inputs = tiny_day(5, count=40, drones=3, spread_s=2400.0)
    shifts = {"drone": {"T0": ((OPEN_S, 3), (OPEN_S + 1200.0, 1))}}
    short = replace(inputs, rules=replace(inputs.rules, shifts=shifts))
    found = [bound_of(day).on_time for day in (tiny_day(5, count=40, drones=1, spread_s=2400.0), short, inputs)]
    assert found[0] < found[1] < found[2]
    assert max(on_time(short, policy) for policy in POLICIES.values()) <= found[1]


def test_trouble_makes_a_day_unsteady_and_ways_straight() -> None:
    calm = tiny_day(6, count=40, drones=3, spread_s=1800.0)
    struck = ScriptedEvent(kind="drone_fails", at_s=OPEN_S + 600.0)
    troubled = replace(calm, rules=replace(calm.rules, events=(struck,)))
    assert is_steady(calm)
    assert not is_steady(troubled)
    assert bound_of(troubled).on_time >= max(on_time(troubled, policy) for policy in POLICIES.values())
    soon = replace(troubled, rules=replace(troubled.rules, recovery_s=1.0))
    assert bound_of(soon).on_time >= bound_of(troubled).on_time


def test_a_spare_counts_where_drones_may_be_lost_alone() -> None:
    def units(*, events: tuple[ScriptedEvent, ...]) -> int:
        day = tiny_day(6, events=events, fleet={"drones": (2,), "spares": (3,)})
        return jobs_of(day).calendars[0].steps[0][1]

    assert units(events=()) == 2
    assert units(events=(ScriptedEvent(kind="drone_fails", at_s=OPEN_S + 600.0),)) == 5


def test_a_day_without_orders_in_range_has_no_bound() -> None:
    found = bound_of(tiny_day(1, service={"radius_m": 10.0}))
    assert (found.orders, found.on_time) == (0, 0)
    assert np.isnan(found.share)


def test_a_queue_limit_leaves_out_who_waits_for_couriers() -> None:
    """Who is refused for a full queue leaves couriers to others, so that readiness depends on the policy."""
    few = {"couriers": {"count": (1,)}}
    free, limited = (tiny_day(7, count=30, drones=30, **few, dispatch={"queue_limit": n}) for n in (0, 3))
    assert bound_of(limited).on_time > bound_of(free).on_time
    assert max(on_time(limited, policy) for policy in POLICIES.values()) <= bound_of(limited).on_time
