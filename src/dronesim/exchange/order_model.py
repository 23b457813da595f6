"""A demand model fitted to many days of orders: rates by hour and weekday, weights by place, kitchens by merchant."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from dronesim.demand.specs import Trace
from dronesim.scenario.dump import toml_value
from dronesim.units import DAY, HOUR, MINUTE
from dronesim.world import World

HOURS: Final = 24
LEAST_SD: Final = 0.01
MOST_SD: Final = 3.0
LEAST_KNOWN: Final = 5
"""Of so many orders whose kitchen is known a merchant has a mean of its own."""
LEAST_DAYS: Final = 2
MASSES: Final = 50
"""Quantiles by which the observed masses are stated."""

Days = Mapping[datetime.date, Trace]


def demand_toml(days: Sequence[Trace]) -> str:
    """State the law of all these days: orders a day, hours, how days differ, masses."""
    counts = np.array([len(day) for day in days])
    mean, sd = float(counts.mean()), spread_of_days(counts)
    hours = np.concatenate([(day.placed_s % DAY) // HOUR for day in days]).astype(np.int64)
    profile = np.bincount(hours, minlength=HOURS)
    rows = [
        f"[demand]                        # fitted to {len(days)} days with orders",
        'model = "poisson"',
        f"orders = {mean:.6g}",
        f"profile = {profile.tolist()}",
        "",
        "[demand.choice]                 # merchants by their weights on the map, which are their orders",
        'kind = "weight"',
        "",
        "[demand.days]                   # variance of the days' counts beyond that of a Poisson law",
        *(['kind = "gamma"', f"sd = {sd:.4f}"] if sd >= LEAST_SD else ['kind = "constant"']),
    ]
    return "\n".join([*rows, *_mass_rows(days)]) + "\n"


def spread_of_days(counts: Any) -> float:
    """Standard deviation of the factor on the orders of a day, by moments; 0 where a Poisson law varies as much.

    ``counts`` ``(n,)``: if N is Poisson with mean ``m F`` and F has mean 1 and variance ``v``, then
    ``var N = m + m^2 v``.
    """
    if len(counts) < LEAST_DAYS:
        return 0.0
    mean, variance = float(np.mean(counts)), float(np.var(counts, ddof=1))
    return min(MOST_SD, math.sqrt(max(0.0, variance - mean)) / mean)


def _mass_rows(days: Sequence[Trace]) -> list[str]:
    masses = np.concatenate([day.mass_kg for day in days])
    known = masses[~np.isnan(masses)]
    if len(known) < MASSES:
        return []
    values = np.quantile(known, (np.arange(MASSES) + 0.5) / MASSES)
    stated = toml_value([float(f"{value:.4g}") for value in values])
    return [
        "",
        f"[demand.mass]                   # {len(known)} observed",
        'kind = "empirical"',
        f"kilograms = {stated}",
    ]


def by_weekday(days: Days) -> dict[str, list[Trace]]:
    """Sort days by the name of their weekday, those of which there are two at least."""
    found: dict[str, list[Trace]] = {}
    for day in sorted(days, key=datetime.date.weekday):
        found.setdefault(f"{day.weekday() + 1}-{day:%A}".lower(), []).append(days[day])
    return {name: traces for name, traces in found.items() if len(traces) >= LEAST_DAYS}


def weighed(collection: Mapping[str, Any], world: World, days: Sequence[Trace]) -> dict[str, Any]:
    """Give a map whose merchants and communities weigh what they had of the orders, with the means of kitchens."""
    merchants = _at(days, "merchant", world.merchants.xy)
    communities = _at(days, "community", world.communities.xy)
    took_min = np.concatenate([day.preparation_s for day in days]) / MINUTE
    stated: dict[tuple[str, str], dict[str, Any]] = {}
    for place, name in enumerate(world.communities.ids):
        stated["community", name] = {"weight": int((communities == place).sum())}
    for place, name in enumerate(world.merchants.ids):
        is_here = merchants == place
        known = took_min[is_here & ~np.isnan(took_min)]
        mean = {"preparation_min": round(float(known.mean()), 2)} if len(known) >= LEAST_KNOWN else {}
        stated["merchant", name] = {"weight": int(is_here.sum()), **mean}
    return {**collection, "features": [_with(feature, stated) for feature in collection["features"]]}


def _at(days: Sequence[Trace], kind: str, xy: Any) -> Any:
    """Index of the place of each order: the one that it names, else the nearest."""
    named = np.concatenate([getattr(day, kind) for day in days])
    at = np.concatenate([day.merchant_xy if kind == "merchant" else day.customer_xy for day in days])
    found = named.copy()
    for row in np.flatnonzero(named < 0):
        found[row] = np.argmin(np.hypot(*(xy - at[row]).T))
    return found


def _with(feature: Mapping[str, Any], stated: Mapping[tuple[str, str], dict[str, Any]]) -> Mapping[str, Any]:
    properties = feature["properties"]
    more = stated.get((str(properties.get("kind")), str(properties.get("id", feature.get("id")))))
    return feature if more is None else {**feature, "properties": {**properties, **more}}
