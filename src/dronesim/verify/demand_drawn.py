"""Draws a day's demand again: its factor, how many orders come, and of which community and merchant each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.units import HOUR
from dronesim.verify.drawn_again import generator, lognormal
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.maps import has_map, read_spots, read_weights
from dronesim.verify.reading import Run
from dronesim.verify.report import at

_NEAR: Final = 1e-9
_SLACK_S: Final = 2e-3
"""Times are rounded up to a millisecond."""
_EDGE: Final = 1e-7
"""So near to the share at which another one begins, rounding decides."""


def demand_otherwise(run: Run, table: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """Find another factor of the day, another number of orders, and orders of others, than the seed brings."""
    factor = _factor(run, table.get("days") or {})
    if abs(float(told.get("day_factor") or 0.0) - factor) > _NEAR * max(factor, 1.0):
        yield f"facts: the factor of the day is {told.get('day_factor')}, {factor:g} is drawn"
    count, orders = int(generator(run, "order count").poisson(float(table["orders"]) * factor)), run.orders
    if count != len(orders["order"]):
        yield f"{len(orders['order'])} orders were placed, {count} are drawn"
        return
    if table.get("profile") == "flat":
        yield from _at_other_times(run)
    if has_map(run) and not table.get("moves"):
        yield from _of_others(run, table.get("choice") or {})


def _at_other_times(run: Run) -> Iterator[str]:
    """Find orders placed at another time than is drawn, where they come evenly over whole hours."""
    facts, orders = run.facts, run.orders
    if facts.start_s % HOUR or facts.end_s % HOUR:
        return
    share = np.sort(generator(run, "arrivals").random(len(orders["order"])))
    due_s = facts.start_s + share * (facts.end_s - facts.start_s)
    for row in np.flatnonzero(~(np.abs(orders["placed_s"] - due_s) <= _SLACK_S)).tolist():
        yield f"order {orders['order'][row]} was placed {at(orders['placed_s'][row])}, {at(due_s[row])} is drawn"


def _factor(run: Run, law: Mapping[str, Any]) -> float:
    """Draw the factor of the day; but for observed ones its mean is 1."""
    rng, sd = generator(run, "day factor"), float(law.get("sd") or 0.0)
    if law.get("kind") == "empirical":
        return float(rng.choice(np.array(law["factors"], np.float64), 1)[0])
    if law.get("kind") == "gamma":
        return float(rng.gamma(1 / sd**2, sd**2, 1)[0])
    if law.get("kind") == "lognormal":
        return float(lognormal(rng, 1.0, sd, 1)[0])
    return 1.0


def _of_others(run: Run, choice: Mapping[str, Any]) -> Iterator[str]:
    """Find orders of another community than is drawn by weight, or another merchant than by weight and distance."""
    orders, spots, weights = run.orders, read_spots(run), read_weights(run)
    names = {kind: list(spots[kind]) for kind in ("community", "merchant")}
    weight = {kind: np.array([weights[kind][name] for name in names[kind]], np.float64) for kind in names}
    if not all(its.sum() > 0 for its in weight.values()):
        return
    count = len(orders["order"])
    whose, which = generator(run, "merchant").random(count), generator(run, "community").random(count)
    reached = np.cumsum(weight["community"])
    yield from _unlike(run, "community", names["community"], reached[None, :], np.zeros(count, np.int64), which)
    known = {name: number for number, name in enumerate(names["community"])}
    community = np.array([known.get(name, -1) for name in orders["community"].tolist()], np.int64)
    pull = np.cumsum(_pull(choice, spots, names, weight["merchant"]), axis=1)
    yield from _unlike(run, "merchant", names["merchant"], pull, community, whose)


def _pull(
    choice: Mapping[str, Any], spots: Mapping[str, Mapping[str, Any]], names: Mapping[str, list[str]], weight: Floats
) -> Floats:
    """Give how each merchant draws orders of each community, shape ``(communities, merchants)``."""
    here, there = (
        np.array([spots[kind][name] for name in names[kind]], np.float64).reshape(-1, 2)
        for kind in ("community", "merchant")
    )
    pull = np.tile(weight, (len(here), 1))
    if choice.get("kind") == "distance":
        far_m = np.hypot(here[:, :1] - there[None, :, 0], here[:, 1:] - there[None, :, 1])
        nearest_m = np.where(pull > 0, far_m, np.inf).min(axis=1, keepdims=True)
        pull *= np.exp(-np.maximum(far_m - nearest_m, 0.0) / float(choice["decay_m"]))
    return np.asarray(pull / pull.sum(axis=1, keepdims=True))


def _unlike(run: Run, kind: str, names: list[str], reached: Floats, row: Ints, drawn: Floats) -> Iterator[str]:
    """Find orders of another one than a number from 0 to 1 chooses; ``reached`` adds up shares, by ``row`` of each."""
    total = reached[:, -1]
    number = {name: place for place, name in enumerate(names)}
    chosen = np.array([number.get(name, -1) for name in run.orders[kind].tolist()], np.int64)
    known = np.flatnonzero((chosen >= 0) & (row >= 0))
    share = drawn[known] * total[row[known]]
    low = np.where(chosen[known] > 0, reached[row[known], chosen[known] - 1], 0.0)
    high = reached[row[known], chosen[known]]
    edge = _EDGE * total[row[known]]
    for order in known[~((share >= low - edge) & (share <= high + edge))].tolist():
        yield f"order {run.orders['order'][order]} is of {kind} {run.orders[kind][order]}, and another is drawn"
