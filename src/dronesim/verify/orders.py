"""Checks that every order is accounted for once, with one end state that its milestones bear out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from dronesim.record.tables import END_STATES, MILESTONES
from dronesim.verify.lookup import HOLDERS, is_set, places_m
from dronesim.verify.reading import Run
from dronesim.verify.refusals import is_by_policy
from dronesim.verify.report import Check, Faults, at, listed, settle, where

_DEPARTED = MILESTONES[: MILESTONES.index("departed_s") + 1]
_LOADED_ON = MILESTONES[MILESTONES.index("loaded_s") :]
_BY_ROAD = "ground from the take-off point"
"""What stands for the end of a parcel that no drone took: its airport was closed, none might fly, or a rider did."""
_FETCHED = "ground from the merchant"
"""What stands for the end of a parcel that a rider fetched there."""
_BY_POLICY = "refused by the policy"
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "collected": MILESTONES,
    "unclaimed": MILESTONES[:-1],
    "ground": _DEPARTED,
    "lost": _DEPARTED,
    _BY_ROAD: MILESTONES[: MILESTONES.index("ready_s") + 1],
    _FETCHED: ("placed_s", "prepared_s"),
}
_EXCLUDED: Mapping[str, tuple[str, ...]] = {
    "refused": MILESTONES[1:],
    "cancelled": _LOADED_ON,
    "ground": ("delivered_s", "collected_s"),
    _BY_ROAD: MILESTONES[MILESTONES.index("assigned_s") :],
    _FETCHED: MILESTONES[MILESTONES.index("ready_s") :],
    _BY_POLICY: MILESTONES[MILESTONES.index("ready_s") :],
    "lost": ("delivered_s", "collected_s"),
    "unclaimed": ("collected_s",),
    "open": ("collected_s",),
}
_CHAIN = tuple(name for name in MILESTONES if name != "assigned_s")
_WITH_REASON = ("refused", "cancelled", "ground", "lost")


def conservation(run: Run) -> Check:
    """Orders are numbered 0 to n-1 once each, have one known end state, and add up as the KPIs say."""
    faults = [
        listed(_numbering(run)),
        listed(_unknown_references(run)),
        _unknown_states(run),
        listed(_miscounts(run)),
    ]
    return settle("conservation of orders", len(run.orders["order"]), faults)


def end_states(run: Run) -> Check:
    """Each end state has the milestones it needs and none that it excludes, a fitting end and a reason."""
    orders = run.orders
    needs = [_presence(run, state, name, is_needed=True) for state in _NEEDED for name in _NEEDED[state]]
    bars = [_presence(run, state, name, is_needed=False) for state in _EXCLUDED for name in _EXCLUDED[state]]
    return settle(
        "end states fit the milestones",
        len(orders["order"]),
        [*needs, *bars, *_gaps(run), *_endings(run), _reasons(run), *_equipment(run)],
    )


def milestones(run: Run) -> Check:
    """Milestones do not go back in time; loading, take-off check and unloading take their time."""
    orders, facts = run.orders, run.facts
    pairs = [*pairwise(_CHAIN), ("placed_s", "assigned_s"), ("assigned_s", "loading_s")]
    faults = [_backwards(run, before, after, least_s=0.0) for before, after in pairs]
    # where loading scatters, another check tells of each order how long it takes
    load_s = facts.load_s if (facts.handling_times or {}).get("load_s") is None else 0.0
    faults.append(_backwards(run, "loading_s", "loaded_s", least_s=load_s))
    faults.append(_backwards(run, "loaded_s", "departed_s", least_s=facts.takeoff_check_s))
    faults.append(_backwards(run, "landed_s", "delivered_s", least_s=facts.unload_s))
    return settle("milestone order", len(orders["order"]), faults)


def ranges(run: Run) -> Check:
    """Distances are straight lines between the sites, and in range means within the radius."""
    orders, radius_m = run.orders, run.facts.radius_m
    unknown = [
        _unknown_sites(run, "takeoff_point", run.facts.takeoff_points),
        _unknown_sites(run, "airport", run.facts.airports),
        _unknown_sites(run, "placed_airport", run.facts.airports),
    ]
    straight_m = straight_lines(run, orders["takeoff_point"], orders["placed_airport"])
    off = np.abs(orders["distance_m"] - straight_m) > 1e-3
    near_edge = np.abs(orders["distance_m"] - radius_m) <= 1e-6
    misjudged = (orders["in_range"] != (orders["distance_m"] <= radius_m)) & ~near_edge
    faults = [
        where(
            off,
            lambda row: (
                f"{_order(run, row)}: distance_m {orders['distance_m'][row]:.3f}, the straight "
                f"line is {straight_m[row]:.3f} m"
            ),
        ),
        where(
            misjudged,
            lambda row: (
                f"{_order(run, row)}: in_range is {bool(orders['in_range'][row])} at "
                f"{orders['distance_m'][row]:.3f} m, radius {radius_m:g} m"
            ),
        ),
    ]
    return settle("distances and range", len(orders["order"]), [*unknown, *faults])


def _unknown_sites(run: Run, column: str, places: Mapping[str, object]) -> Faults:
    sites = run.orders[column]
    broken = np.array([site not in places for site in sites], np.bool_)
    return where(broken, lambda row: f"{_order(run, row)}: unknown site {sites[row]!r} in {column}")


def straight_lines(run: Run, origins: Any, destinations: Any) -> Any:
    """Give the straight-line distance in metres between named sites, shape ``(n,)``; NaN for unknown ones."""
    return np.hypot(*(places_m(run, origins) - places_m(run, destinations)).T)


def _order(run: Run, row: int) -> str:
    return f"order {run.orders['order'][row]}"


def _numbering(run: Run) -> Iterator[str]:
    numbers = run.orders["order"]
    n = len(numbers)
    known, counts = np.unique(numbers, return_counts=True)
    yield from (
        f"order {number} stands in the table {count} times"
        for number, count in zip(known[counts > 1], counts[counts > 1], strict=True)
    )
    yield from (f"order {number} is not among 0 to {n - 1}" for number in known[(known < 0) | (known >= n)])
    yield from (f"order {number} is missing" for number in np.setdiff1d(np.arange(n), known))


def _unknown_references(run: Run) -> Iterator[str]:
    held_by_orders = [name for name, holder in HOLDERS.items() if holder == "order"]
    occupancy = run.occupancy
    is_order = np.isin(occupancy["resource"], held_by_orders)
    named = {
        "legs": run.legs["order"],
        "incidents": run.tables["incidents"]["order"],
        "scans": np.append(run.tables["scans"]["order"], run.tables["scans"]["code_order"]),
    }
    for table, numbers in named.items():
        unknown = np.setdiff1d(numbers[numbers >= 0], run.orders["order"])
        yield from (f"{table} names order {number}, which the orders table lacks" for number in unknown)
    unknown = np.setdiff1d(occupancy["holder"][is_order], run.orders["order"])
    yield from (f"occupancy names order {number}, which the orders table lacks" for number in unknown)


def _unknown_states(run: Run) -> Faults:
    states = run.orders["end_state"]
    return where(~np.isin(states, END_STATES), lambda row: f"{_order(run, row)}: unknown end state {states[row]!r}")


def _miscounts(run: Run) -> Iterator[str]:
    states = run.orders["end_state"]
    counts = {"placed": len(states), **{state: int((states == state).sum()) for state in END_STATES}}
    claimed = run.kpis.get("orders")
    claimed = claimed if isinstance(claimed, Mapping) else {}
    for name, count in counts.items():
        if claimed.get(name) != count:
            yield f"kpis say {claimed.get(name)} orders {name}, the table has {count}"


def _presence(run: Run, state: str, name: str, *, is_needed: bool) -> Faults:
    orders, may_refuse = run.orders, run.facts.may_refuse
    is_by_road = (orders["end_state"] == "ground") & np.isin(orders["reason"], ("airport_closed", "weather", "rider"))
    is_fetched = is_by_road & (orders["reason"] == "rider") & ~is_set(orders["ready_s"]) & may_refuse
    state_of = np.where(is_fetched, _FETCHED, np.where(is_by_road, _BY_ROAD, orders["end_state"]))
    state_of = np.where(is_by_policy(run) & may_refuse, _BY_POLICY, state_of)
    broken = (state_of == state) & (is_set(orders[name]) != is_needed)
    verb = "without" if is_needed else "with"
    return where(
        broken,
        lambda row: f"{_order(run, row)} is {state} {verb} {name}" + ("" if is_needed else f" {at(orders[name][row])}"),
    )


def _gaps(run: Run) -> list[Faults]:
    return [_gap(run, *pair) for pair in (*pairwise(_CHAIN), ("assigned_s", "loading_s"))]


def _gap(run: Run, before: str, after: str) -> Faults:
    times = run.orders[after]
    broken = is_set(times) & ~is_set(run.orders[before])
    return where(broken, lambda row: f"{_order(run, row)} has {after} {at(times[row])} but no {before}")


def _endings(run: Run) -> Iterator[Faults]:
    orders, hold_s = run.orders, run.facts.hold_limit_s
    ended, state = orders["ended_s"], orders["end_state"]
    # the kitchen of what the policy refuses goes on
    prepared_s = np.where(is_by_policy(run), np.nan, orders["prepared_s"])
    last = np.fmax.reduce([prepared_s, *(orders[name] for name in MILESTONES if name != "prepared_s")])
    yield where(
        is_set(ended) == (state == "open"),
        lambda row: f"{_order(run, row)} is {state[row]} and ended at {at(ended[row])}",
    )
    yield where(
        (state == "collected") & is_set(ended) & (ended != orders["collected_s"]),
        lambda row: f"{_order(run, row)} ended {at(ended[row])}, collected {at(orders['collected_s'][row])}",
    )
    yield where(
        ended < last,
        lambda row: f"{_order(run, row)} ended {at(ended[row])} before a milestone {at(last[row])}",
    )
    yield where(
        (state == "unclaimed") & (ended < orders["delivered_s"] + hold_s - 1e-3),
        lambda row: (
            f"{_order(run, row)} was cleared {at(ended[row])}, less than {hold_s:g} s after "
            f"delivery {at(orders['delivered_s'][row])}"
        ),
    )


def _reasons(run: Run) -> Faults:
    reason, state = run.orders["reason"], run.orders["end_state"]
    return where(
        (reason != "") != np.isin(state, _WITH_REASON),
        lambda row: f"{_order(run, row)} is {state[row]} with reason {reason[row]!r}",
    )


def _equipment(run: Run) -> list[Faults]:
    pairs = (("drone", "loading_s"), ("outbound_leg", "departed_s"), ("box", "delivered_s"))
    return [_unequipped(run, column, milestone) for column, milestone in pairs]


def _unequipped(run: Run, column: str, milestone: str) -> Faults:
    broken = is_set(run.orders[milestone]) & (run.orders[column] < 0)
    return where(broken, lambda row: f"{_order(run, row)} has {milestone} but no {column.replace('_', ' ')}")


def _backwards(run: Run, before: str, after: str, *, least_s: float) -> Faults:
    orders = run.orders
    broken = orders[after] - orders[before] < least_s - 1e-3 if least_s else orders[after] < orders[before]
    wanted = f"at least {least_s:g} s after" if least_s else "not before"
    return where(
        broken,
        lambda row: (
            f"{_order(run, row)}: {after} {at(orders[after][row])} must be {wanted} {before} {at(orders[before][row])}"
        ),
    )
