"""Little's law, L = lambda W, exact on the tables of a full network that starts and ends empty.

The two sides come from different tables or, for the queue, from what the dispatch policy saw: the number held
from occupancy, the times from orders and legs. With one clock of whole milliseconds nothing is lost to rounding.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gates
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, SimulationInputs, simulate
from lab import lab_inputs


def full_day(policy: Any) -> SimulationInputs:
    """Three take-off points with everything scarce; kitchens, walks, masses and customers differ."""
    rng = np.random.default_rng(11)
    count = 300
    return lab_inputs(
        np.sort(rng.uniform(36000, 46000, count)),
        homes_xy=((0.0, 0.0), (900.0, 300.0), (-700.0, 800.0)),
        airports_xy=((1800.0, 0.0), (0.0, 1500.0), (1200.0, 1400.0)),
        policy=policy,
        rules={
            "horizon": {"drain_s": 50_000.0},
            "fleet": {"drones": (4, 3, 3), "is_shared": True},
            "couriers": {"count": (3, 3, 3)},
            "airports": {"pads": (1, 1, 1), "boxes": (6, 6, 6), "hold_limit_s": 1800.0},
            "batteries": {"packs": (1, 1, 1), "chargers": (2, 2, 2)},
        },
        orders={
            "takeoff_point": rng.integers(0, 3, count),
            "airport": rng.integers(0, 3, count),
            "walk_m": rng.uniform(20, 150, count),
            "mass_kg": rng.uniform(0.3, 2.4, count),
            "preparation_s": rng.gamma(4, 60, count),
            "collection_s": rng.exponential(400, count),
            "is_no_show": rng.random(count) < 0.02,
            "bad_scan": np.where(rng.random(count) < 0.05, 1, 0),
        },
    )


def held_ms(outcome: Outcome, resource: str) -> tuple[int, int]:
    """Time integral of the number held of a resource, from its steps up and down, and the number of holds."""
    rows = [row for row in gates.rows(outcome.tables["occupancy"]) if row["resource"] == resource]
    return integral_ms([row["from_s"] for row in rows], [row["to_s"] for row in rows]), len(rows)


def integral_ms(starts_ms: Any, ends_ms: Any) -> int:
    """Integrate the number present over time, step by step; it must begin and end at zero."""
    steps = sorted([(at, 1) for at in starts_ms] + [(at, -1) for at in ends_ms])
    total, present, last = 0, 0, steps[0][0]
    for at, step in steps:
        total += present * (at - last)
        present, last = present + step, at
        assert present >= 0
    assert present == 0, "the log does not end empty"
    return int(total)


@pytest.mark.parametrize("policy", list(POLICIES))
def test_littles_law_holds_for_boxes_couriers_and_drones(policy: str) -> None:
    inputs = full_day(policy)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    orders = {
        name: gates.ms(outcome.tables["orders"][name]) for name in outcome.tables["orders"] if name.endswith("_s")
    }
    assert set(outcome.tables["orders"]["end_state"]) <= {"collected", "unclaimed"}

    in_boxes_ms, boxes = held_ms(outcome, "box")
    assert (in_boxes_ms, boxes) == (int((orders["ended_s"] - orders["assigned_s"]).sum()), len(inputs.orders))

    leave_ms = _leaves_ms(outcome, len(inputs.orders))
    on_foot_ms, trips = held_ms(outcome, "courier")
    assert (on_foot_ms, trips) == (int((orders["ready_s"] - leave_ms).sum()), len(inputs.orders))

    under_pilots_ms, flights = held_ms(outcome, "pilot")
    assert (under_pilots_ms, flights) == _sortie_times_ms(outcome)


def _leaves_ms(outcome: Outcome, count: int) -> NDArray[np.int64]:
    leave_ms = np.full(count, -1, dtype=np.int64)
    for row in gates.rows(outcome.tables["occupancy"]):
        if row["resource"] == "courier":
            leave_ms[row["holder"]] = row["from_s"]
    return leave_ms


def _sortie_times_ms(outcome: Outcome) -> tuple[int, int]:
    """From first take-off to last landing of each sortie, in all, and how many sorties there were."""
    span: dict[int, tuple[int, int]] = {}
    for leg in gates.rows(outcome.tables["legs"]):
        first, last = span.get(leg["sortie"], (leg["departed_s"], leg["landed_s"]))
        span[leg["sortie"]] = (min(first, leg["departed_s"]), max(last, leg["landed_s"]))
    return sum(last - first for first, last in span.values()), len(span)


@pytest.mark.parametrize("policy", list(POLICIES))
def test_the_queue_that_the_policy_sees_obeys_littles_law(policy: str) -> None:
    """What is waiting at each epoch by the view is what is waiting by the table, and its integral is the waits."""
    seen: list[tuple[int, int]] = []

    def watched(view: DispatchView) -> Decisions:
        seen.append((view.now_ms, len(view.waiting)))
        return POLICIES[policy](view)

    outcome = simulate(replace(full_day(policy), policy=watched))
    placed_ms, assigned_ms = (gates.ms(outcome.tables["orders"][name]) for name in ("placed_s", "assigned_s"))
    for now_ms, waiting in seen:
        assert waiting == np.sum((placed_ms <= now_ms) & (assigned_ms >= now_ms)), now_ms
    assert max(waiting for _, waiting in seen) > 5
    assert integral_ms(placed_ms, assigned_ms) == int((assigned_ms - placed_ms).sum())


@pytest.mark.slow
def test_littles_law_holds_on_the_tables_of_the_quickstart_day() -> None:
    """A whole scenario: what was held of boxes and couriers is what the orders' own times add up to."""
    path = Path(__file__).parents[2] / "scenarios" / "quickstart.toml"
    outcome = simulate(prepare(set_up(load_scenario(path))))
    assert len(outcome.tables["orders"]["order"]) > 2000
    closed = [row for row in gates.rows(outcome.tables["orders"]) if row["end_state"] in {"collected", "unclaimed"}]
    orders = {row["order"]: row for row in closed}
    for resource, since, until in (("box", "assigned_s", "ended_s"), ("courier", None, "ready_s")):
        held = [row for row in gates.rows(outcome.tables["occupancy"]) if row["resource"] == resource]
        held = [row for row in held if row["holder"] in orders]
        in_use_ms = integral_ms([row["from_s"] for row in held], [row["to_s"] for row in held])
        starts_ms = {row["holder"]: row["from_s"] for row in held} if since is None else None
        spent_ms = [
            row[until] - (row[since] if starts_ms is None else starts_ms[order]) for order, row in orders.items()
        ]
        assert len(held) == len(orders) > 2000
        assert in_use_ms == sum(spent_ms)
