"""Days, ceilings, key figures, intervals and searches against a twin, laws and known answers."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gates
from district import build_inputs
from dronesim.bounds.day import bound_of
from dronesim.evidence import Kind
from dronesim.experiment.estimates import estimate, paired
from dronesim.experiment.sequential import search
from dronesim.simulation import SimulationInputs, simulate
from evidence_checks.check import STANDARD_ERRORS, Check, Found
from evidence_checks.day import as_verified
from lab import lab_inputs
from naive_twin import MILESTONES, run_twin
from statistical import test_sequential as sequential
from theory import test_little as little
from unit.test_bounds import best_schedule, tiny_day
from unit.test_naive_twin import busy_day

TRIALS, SEARCHES, PROMISE = 4000, 200, 0.05
PLENTY: Final = 20
SCHEDULED: Final = 40


def naive_twin() -> Found:
    """Live three busy days and one of a district in a program with one process an order."""
    days = [busy_day(seed) for seed in range(3)] + [build_inputs(1200)]
    differ = sum(_differences(inputs) for inputs in days)
    orders = sum(len(inputs.orders) for inputs in days)
    return Found(passed=differ == 0, figure=f"{differ} milestones differ over {orders:,} orders")


def _differences(inputs: SimulationInputs) -> int:
    orders, records = simulate(inputs).tables["orders"], run_twin(inputs)
    ended = np.array([record.end_state for record in records], dtype=object) != orders["end_state"]
    return int(ended.sum()) + sum(
        int(np.sum(_twin_ms(records, name) != gates.ms(orders[f"{name}_s"]))) for name in MILESTONES
    )


def _twin_ms(records: Any, name: str) -> NDArray[np.int64]:
    times = [getattr(record, name) for record in records]
    return np.array([-1 if time is None else time for time in times], dtype=np.int64)


def ceiling_twin() -> Found:
    """Let the twin live days on which nobody is in anybody's way: each order is at the door when the ceiling says."""
    differ, count = 0, 0
    for seed in range(5):
        inputs = _lonely_day(seed)
        orders, records = simulate(inputs).tables["orders"], run_twin(inputs)
        twin_ms = _twin_ms(records, "delivered") - _twin_ms(records, "placed")
        differ += int(np.sum(gates.ms(orders["ceiling_s"]) != twin_ms))
        count += len(twin_ms)
    return Found(passed=differ == 0, figure=f"{differ} of {count} orders differ")


def bound_schedules() -> Found:
    """Try all turns in which the orders of tiny days could be flown: the bound is no lower than the best of them."""
    below, equal = 0, 0
    for seed in range(SCHEDULED):
        drones = 1 + seed % 2
        inputs = tiny_day(seed, count=6, drones=drones, spread_s=500.0)
        best, most = best_schedule(inputs, drones), bound_of(inputs).on_time
        below, equal = below + (most < best), equal + (most == best)
    passed = below == 0 and equal >= 0.9 * SCHEDULED
    return Found(passed=passed, figure=f"below it on {below} and equal on {equal} of {SCHEDULED} days")


def _lonely_day(seed: int) -> SimulationInputs:
    """An order every ten minutes, with kitchens and walks that differ by less, and plenty of everything."""
    rng = np.random.default_rng([31, seed])
    placed_s = np.arange(36000.0, 72000.0, 600.0)
    count = len(placed_s)
    inputs: SimulationInputs = lab_inputs(
        placed_s,
        rules={
            "couriers": {"count": (PLENTY,)},
            "fleet": {"drones": (PLENTY,)},
            "batteries": {"packs": (PLENTY,), "chargers": (PLENTY,)},
        },
        orders={
            "airport": rng.integers(0, 2, count),
            "walk_m": rng.uniform(30, 150, count),
            "preparation_s": rng.uniform(120, 360, count),
            "mass_kg": rng.uniform(0.4, 2.4, count),
        },
    )
    return inputs


def key_figures() -> Found:
    """Take the independent checker's word for every key figure, conservation and capacity of the quickstart day."""
    every = "key figures recomputed"
    return as_verified(every, "conservation of orders", "capacities", uncounted=every)


def littles_law() -> Found:
    """Number held by the occupancy table against times by the orders table, on a day with everything scarce."""
    outcome = simulate(little.full_day("greedy"))
    orders = {name: gates.ms(outcome.tables["orders"][name]) for name in ("assigned_s", "ended_s")}
    held_ms, boxes = little.held_ms(outcome, "box")
    spent_ms = int((orders["ended_s"] - orders["assigned_s"]).sum())
    return Found(passed=held_ms == spent_ms, figure=f"{held_ms - spent_ms} ms apart over {boxes} stays in boxes")


def interval_coverage() -> Found:
    """How often intervals of 12 normal days cover the known mean."""
    samples = np.random.default_rng(5).normal(0.95, 0.02, (TRIALS, 12))
    return _covers([each.low <= 0.95 <= each.high for each in map(estimate, samples)])


def paired_coverage() -> Found:
    """How often paired intervals of 10 days cover a known difference."""
    rng = np.random.default_rng(6)
    day = rng.normal(0, 0.02, (TRIALS, 10))
    one, two = (0.9 + day + rng.normal(0, 0.005, day.shape) for _ in range(2))
    found = [paired(first + 0.01, second) for first, second in zip(one, two, strict=True)]
    return _covers([each.low <= 0.01 <= each.high for each in found])


def _covers(covered: list[bool]) -> Found:
    share, error = float(np.mean(covered)), math.sqrt(0.95 * 0.05 / len(covered))
    return Found(
        passed=abs(share - 0.95) <= STANDARD_ERRORS * error, figure=f"{100 * share:.1f} % of {len(covered):,} trials"
    )


def search_errors() -> Found:
    """How often the search names a fleet whose known mean is too low or too high."""
    found = [search(sequential.Curve(number, sd=0.02), sequential.RULES) for number in range(SEARCHES)]
    wrong = sum(sequential.is_wrong(each) for each in found)
    return Found(
        passed=wrong <= PROMISE * SEARCHES, figure=f"{wrong} of {SEARCHES} wrong, promised {100 * PROMISE:g} %"
    )


CHECKS: Final = (
    Check(
        name="naive-twin",
        kind=Kind.PROGRAM,
        title="every milestone and end of every order",
        source="a SimPy program with one process an order, written apart (`benchmarks/naive_twin.py`)",
        mark="equal to the millisecond",
        run=naive_twin,
    ),
    Check(
        name="ceiling-twin",
        kind=Kind.PROGRAM,
        title="the ceiling of every order",
        source="the same program on days on which nobody is in anybody's way",
        mark="equal to the millisecond",
        run=ceiling_twin,
    ),
    Check(
        name="bound-schedules",
        kind=Kind.PROGRAM,
        title="the bound for any policy on tiny days",
        source="the best of all schedules, tried one by one",
        mark="never below it, and equal on nine of ten days",
        run=bound_schedules,
    ),
    Check(
        name="key-figures",
        kind=Kind.PROGRAM,
        title="every key figure, conservation and capacities of the quickstart day",
        source="the independent checker, which shares no model code",
        mark="no violation",
        run=key_figures,
    ),
    Check(
        name="littles-law",
        kind=Kind.THEORY,
        title="boxes of a scarce day: number held against time spent, from two tables",
        source="Little's law, L = λ W, on a log that begins and ends empty",
        mark="equal to the millisecond",
        run=littles_law,
    ),
    Check(
        name="interval-coverage",
        kind=Kind.THEORY,
        title="intervals of a mean of days",
        source="normal days with a known mean, 4,000 trials",
        mark="95 % within 4 standard errors",
        run=interval_coverage,
    ),
    Check(
        name="paired-coverage",
        kind=Kind.THEORY,
        title="intervals of a paired difference",
        source="normal days with a known difference, 4,000 trials",
        mark="95 % within 4 standard errors",
        run=paired_coverage,
    ),
    Check(
        name="search-errors",
        kind=Kind.THEORY,
        title="answers of `size` on curves with a known answer",
        source=f"{SEARCHES} searches over normal days",
        mark="at most 5 % wrong",
        run=search_errors,
    ),
)
