"""Formulas of queueing theory, a network in which nothing but one queue is left, and the rule of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation import SimulationInputs
from lab import lab_inputs

MANY = 1000
REPLICATIONS = 12
STANDARD_ERRORS = 4.0
"""With 12 replications and two controls, or one of each more, a sound engine misses by more than 4 standard errors
about once in 300 tests (t law with 9 degrees of freedom)."""

SORTIE_MS = 2 * 147_694
"""Out and back over 1,200 m at level 60, all at 2.6 m/s²: climb at 3 m/s 21.154 s, cruise at 15 m/s 85.770 s, descent
at 2 m/s and hover 40.770 s, each part rounded up to the millisecond."""


def md1_wait(load: float) -> float:
    """Mean wait in a queue with Poisson arrivals and one constant server, in service times (Pollaczek-Khinchine)."""
    return load / (2 * (1 - load))


def erlang_b(servers: int, offered: float) -> float:
    """Share of arrivals that find all servers busy and leave."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Share of arrivals that have to wait where nobody leaves."""
    blocked = erlang_b(servers, offered)
    return servers * blocked / (servers - offered * (1 - blocked))


def lindley_ms(placed_ms: NDArray[np.int64], service_ms: int) -> NDArray[np.int64]:
    """Wait of each customer of one server, first come first served: W' = max(0, W + s - A)."""
    waits = np.zeros(len(placed_ms), dtype=np.int64)
    for number in range(1, len(placed_ms)):
        gap_ms = placed_ms[number] - placed_ms[number - 1]
        waits[number] = max(0, waits[number - 1] + service_ms - gap_ms)
    return waits


def bare_network(
    placed_s: NDArray[np.float64],
    *,
    drones: int = MANY,
    couriers: int = MANY,
    boxes: int = MANY,
    airport_xy: tuple[float, float] = (1200.0, 0.0),
    policy: Any = "nearest",
    **orders: Any,
) -> SimulationInputs:
    """One take-off point and one airport where nobody handles, walks, boxes, swaps or keeps a headway.

    It closes after 24 days, the longest that ledgers of four-byte milliseconds hold.
    """
    plain: dict[str, Any] = {"walk_m": 0.0, "preparation_s": 0.0, "planned_preparation_s": 0.0}
    return lab_inputs(
        placed_s,
        airports_xy=(airport_xy,),
        policy=policy,
        orders=plain | orders,
        rules={
            "horizon": {"start_s": 0.0, "end_s": 2.1e6, "drain_s": 4e4},
            "couriers": {"count": (couriers,), "walk_mps": 1.0, "handling_s": 0.0, "boxing_s": 0.0},
            "takeoff_points": {"pads": (MANY,), "loaders": (MANY,), "load_s": 0.0, "clear_s": 0.0},
            "airports": {
                "pads": (MANY,),
                "unloaders": (MANY,),
                "boxes": (boxes,),
                "unload_s": 0.0,
                "hold_limit_s": 1e6,
            },
            "fleet": {"drones": (drones,)},
            "batteries": {"mode": "charge", "packs": (0,), "chargers": (MANY,), "swap_s": 0.0, "charge_c": 1e15},
            "pilots": {"count": MANY, "drones_per_pilot": 1},
            "airspace": {"mode": "none", "lane_headway_s": 0.0},
        },
    )


def poisson_s(rng: np.random.Generator, count: int, *, mean_gap_s: float) -> NDArray[np.float64]:
    """Arrival times of a Poisson stream."""
    return np.cumsum(rng.exponential(mean_gap_s, count))


def standard_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def bunching(excess: NDArray[np.float64], window: int) -> float:
    """By how much independent draws of mean 0 and variance 1 bunch more than expected, over windows of so many.

    A control for waits: of two days with equal load the one whose work comes in heaps waits longer.
    """
    so_far = np.concatenate([[0.0], np.cumsum(excess)])
    return float(np.mean((so_far[window:] - so_far[:-window]) ** 2) / window - 1)


def adjusted(values: Sequence[float], controls: Sequence[tuple[float, ...]]) -> tuple[float, float]:
    """Mean and standard error of replications, freed by regression from what known causes explain.

    ``controls``: per replication, by how much its draws missed their known means (Lavenberg and Welch 1981).
    """
    assert len(values) >= 10
    design = np.column_stack([np.ones(len(values)), np.array(controls)])
    found, *_ = np.linalg.lstsq(design, np.array(values), rcond=None)
    left = np.array(values) - design @ found
    variance = left @ left / (len(values) - design.shape[1])
    return float(found[0]), float(np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]))


def assert_agrees(
    values: Sequence[float], expected: float, *, precision: float, controls: Sequence[tuple[float, ...]] | None = None
) -> None:
    """As `assert_near`, for the mean of at least ten replications."""
    assert len(values) >= 10
    mean, error = float(np.mean(values)), standard_error(values)
    if controls is not None:
        mean, error = adjusted(values, controls)
    assert_near(mean, error, expected, precision=precision)


def assert_near(mean: float, error: float, expected: float, *, precision: float) -> None:
    """A mean lies within 4 standard errors, and those are small enough to mean something.

    ``precision``: the largest standard error that counts as small, as a share of ``expected``.
    """
    assert error < precision * expected, f"standard error {error:.4g} of {expected:.4g} proves nothing"
    assert abs(mean - expected) < STANDARD_ERRORS * error, f"{mean:.5g} +- {error:.2g}, expected {expected:.5g}"
