"""What a scenario permits a policy, against plain counts: orders refused, packs kept, airports near by."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch import POLICIES, Assign, Decisions, DispatchView
from dronesim.evidence import Kind
from dronesim.simulation import SimulationInputs, simulate
from evidence_checks.check import Check, Found
from lab import OPEN_S, lab_inputs

Times = NDArray[np.float64]

SLACK_S: Final = 0.002
"""Times are whole milliseconds, and are added up."""
ORDERS, MEAN_GAP_S = 150, 210.0
KITCHEN_S, WALK_S, HANDS_S = 240.0, 50.0, 45.0
"""Of the laboratory: a meal, 65 m at 1.3 m/s, and what a courier does at the merchant, and again at the box."""
LEAST_WAITING: Final = 0.2
"""A day on which fewer orders wait for the courier proves nothing."""
QUEUE, SWAP_S = 14, 120.0
OWN_M, NEAR_M = 2600.0, 1400.0


def _nearest(view: DispatchView) -> list[tuple[int, int]]:
    return [(each.order, each.drone) for each in POLICIES["nearest"](view) if isinstance(each, Assign)]


class _Refuser:
    """Refuses chosen orders when they are placed, and assigns as first job first does."""

    def __init__(self, refused: frozenset[int]) -> None:
        self._refused = refused

    def __call__(self, view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order in self._refused.intersection(view.refusable):
            decisions.refuse(order)
        for order, drone in _nearest(view):
            decisions.assign(order, drone)
        return decisions


def refusals() -> Found:
    """When parcels are ready whose courier is spared every other trip, chosen at random."""
    rng = np.random.default_rng(31)
    placed_s = OPEN_S + np.cumsum(rng.exponential(MEAN_GAP_S, ORDERS)).round(3)
    is_refused = rng.random(ORDERS) < 0.5
    rules = {"couriers": {"count": (1,)}, "dispatch": {"may_refuse": True}}
    policy = _Refuser(frozenset(np.flatnonzero(is_refused).tolist()))
    orders = simulate(lab_inputs(placed_s, policy=policy, rules=rules)).tables["orders"]
    waits_s, ready_s = _one_courier(placed_s[~is_refused])
    all_waits_s, _ = _one_courier(placed_s)
    gap_s = float(np.abs(orders["ready_s"][~is_refused] - ready_s).max())
    share, are_told = float(np.mean(waits_s > 0)), (orders["end_state"] == "refused").tolist() == is_refused.tolist()
    spared_min = float(all_waits_s[~is_refused].mean() - waits_s.mean()) / 60.0
    return Found(
        passed=gap_s <= SLACK_S and are_told and share >= LEAST_WAITING and spared_min > 1.0,
        figure=f"off by at most {1000 * gap_s:.0f} ms over {len(ready_s)} orders, of which {100 * share:.0f} % wait "
        f"for the courier; refusing the others spares them {spared_min:.1f} min on average",
    )


def _one_courier(placed_s: Times) -> tuple[Times, Times]:
    """Send one courier for one order after the other: how long each waits for him, and when it is ready."""
    waits_s, ready_s, back_s = [], [], 0.0
    for at_s in placed_s.tolist():
        planned_s = at_s + KITCHEN_S - WALK_S
        leaves_s = max(planned_s, back_s)
        back_s = leaves_s + 2 * WALK_S + 2 * HANDS_S
        waits_s.append(leaves_s - planned_s)
        ready_s.append(back_s)
    return np.array(waits_s), np.array(ready_s)


def _keep_all(view: DispatchView) -> Decisions:
    decisions = Decisions()
    for drone, _ in view.due_drones:
        decisions.keep(drone)
    for order, drone in _nearest(view):
        decisions.assign(order, drone)
    return decisions


def _in_a_queue(policy: Any, **rules: Any) -> SimulationInputs:
    """All orders at once, for one drone."""
    given = {"fleet": {"drones": (1,)}, "couriers": {"count": (QUEUE,)}} | rules
    airports = ((OWN_M, 0.0), (NEAR_M, 0.0))
    inputs: SimulationInputs = lab_inputs(np.full(QUEUE, OPEN_S), airports_xy=airports, policy=policy, rules=given)
    return inputs


def kept_packs() -> Found:
    """When one drone delivers a queue of equal orders if it keeps its pack for as long as that lasts."""
    batteries = {"swap_s": SWAP_S, "turnaround_below": 1.0, "hold_allowance_s": 0.0}
    usual, kept = (
        simulate(_in_a_queue(policy, batteries=batteries, dispatch={"may_keep_packs": policy is _keep_all})).tables
        for policy in ("nearest", _keep_all)
    )
    starts, ends = (usual["legs"][name][usual["legs"]["kind"] == kind] for name, kind in _CHARGES)
    before_s = np.sort(usual["orders"]["delivered_s"])
    cycle_s, need = float(before_s[2] - before_s[1]) - SWAP_S, float(starts[1] - ends[1])
    expected_s, charge, swaps = [float(before_s[0])], float(starts[0]), 0
    for _ in range(QUEUE - 1):
        charge -= need
        is_swapped = charge - need < RESERVE
        swaps += is_swapped
        charge = float(starts[1]) if is_swapped else charge
        expected_s.append(expected_s[-1] + cycle_s + SWAP_S * is_swapped)
    found_s = np.sort(kept["orders"]["delivered_s"])
    gap_s = float(np.abs(found_s - expected_s).max())
    return Found(
        passed=gap_s <= QUEUE * SLACK_S and 0 < swaps < QUEUE - 1,
        figure=f"{QUEUE} deliveries off by at most {1000 * gap_s:.0f} ms, with {swaps} swaps instead of {QUEUE - 1}: "
        f"the last one is {(before_s[-1] - found_s[-1]) / 60.0:.1f} min sooner",
    )


RESERVE: Final = 0.25
_CHARGES: Final = (("charge_start", "outbound"), ("charge_end", "return"))


def _to_near(view: DispatchView) -> Decisions:
    decisions = Decisions()
    for order, drone in _nearest(view):
        decisions.assign(order, drone, airport=view.near_airports(order)[0])
    return decisions


def near_airports() -> Found:
    """How much sooner a drone is at the next order where each is served nearer to the take-off point."""
    inputs = _in_a_queue("nearest")
    near = _in_a_queue(_to_near, dispatch={"extra_walk_m": OWN_M - NEAR_M})
    orders = [simulate(each).tables["orders"] for each in (inputs, near)]
    own_s, near_s = (float(np.median(np.diff(np.sort(each["delivered_s"])))) for each in orders)
    expected_s = 2 * (OWN_M - NEAR_M) / inputs.aircraft.drone_type.cruise_mps
    are_there = set(orders[1]["airport"].tolist()) == {"A1"} and set(orders[1]["placed_airport"].tolist()) == {"A0"}
    gap_s = abs(own_s - near_s - expected_s)
    return Found(
        passed=are_there and gap_s <= 2 * SLACK_S,
        figure=f"{own_s - near_s:.3f} s an order (expected {expected_s:.3f})",
    )


CHECKS: Final = (
    Check(
        name="refused-orders",
        kind=Kind.THEORY,
        title="when parcels are ready whose one courier is spared the trips of refused orders",
        source="the recursion of a queue with one server, over the orders that are left alone",
        mark="each within 2 ms; at least 20 % wait for the courier, and refusing spares over a minute",
        run=refusals,
    ),
    Check(
        name="kept-packs",
        kind=Kind.THEORY,
        title="deliveries of one drone that keeps its pack for as long as that lasts",
        source="a count of charge: a swap only where the next sortie would go below the reserve",
        mark="each delivery within 2 ms an order; some swaps, and fewer than by the rule",
        run=kept_packs,
    ),
    Check(
        name="near-airports",
        kind=Kind.THEORY,
        title="time between two orders of one drone where they are served 1,200 m nearer",
        source="twice the way that is saved, at cruise speed",
        mark="within 4 ms, each order told with both of its airports",
        run=near_airports,
    ),
)
