"""Checks kitchens: what each took is drawn again from the scenario's law and seed, and made longer by each surge."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.units import MINUTE
from dronesim.verify.drawn_again import generator, of_trace, why_orders_are_not
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run, read_scenario
from dronesim.verify.report import Check, at, listed, settle, skipped, where
from dronesim.verify.stated import events_of

_NAME: Final = "kitchens"
_EDGE_S: Final = 1e-6
_SLACK_S: Final = 2.5e-3
"""Each step is rounded up to a millisecond."""


def kitchens(run: Run) -> Check:
    """Every kitchen took what was drawn or stated for its order, times the factor of each surge that met it."""
    if not (run.folder / "scenario.toml").is_file():
        return skipped(_NAME, "the run has no scenario")
    scenario, orders = read_scenario(run.folder), run.orders
    if why := why_orders_are_not(run.folder, scenario, "kitchens"):
        return skipped(_NAME, why)
    calm_s, factor = _calm_s(run, scenario), _stated(run, scenario)
    took_s = orders["prepared_s"] - orders["placed_s"]
    by_chance, own = _drawn(run, scenario)
    may_be_slow = np.zeros(len(factor), np.bool_)
    for surge in by_chance:
        may_be_slow |= _within(run, surge)
    is_usual = _is_near(took_s, calm_s, factor)
    is_slow = may_be_slow & _is_near(took_s, calm_s, factor * own)
    rows = np.flatnonzero(is_set(took_s) & is_set(calm_s))
    wrong = where(
        ~(is_usual | is_slow)[rows],
        lambda i: (
            f"order {orders['order'][rows[i]]}, placed {at(orders['placed_s'][rows[i]])}: its kitchen took "
            f"{took_s[rows[i]]:.3f} s, {calm_s[rows[i]]:.3f} s are drawn, times {factor[rows[i]]:g}"
            f"{' or more' if may_be_slow[rows[i]] else ''}"
        ),
    )
    met = factor[rows] != 1.0
    met |= is_slow[rows] & ~is_usual[rows]
    unmet = listed(_unmet(run, scenario, by_chance, is_slow | ~is_set(took_s)))
    return settle(_NAME, len(rows), [wrong, unmet], note=f"{int(met.sum())} orders in surges")


def _is_near(took_s: Floats, calm_s: Floats, factor: Floats) -> Mask:
    return np.asarray(np.abs(took_s - calm_s * factor) <= _SLACK_S * factor)


def _within(run: Run, surge: tuple[float, float]) -> Mask:
    """Tell which orders were placed in a surge."""
    placed_s = run.orders["placed_s"]
    return np.asarray((placed_s >= surge[0] - _EDGE_S) & (placed_s < surge[1] - _EDGE_S))


def _unmet(run: Run, scenario: Mapping[str, Any], by_chance: list[tuple[float, float]], is_slow: Mask) -> Iterator[str]:
    """Find surges by chance, each of one merchant, in which every merchant has an order that was not made slower."""
    merchants = [name for name, _ in merchants_of(run.folder, scenario)]
    for surge in by_chance:
        usual = set(run.orders["merchant"][_within(run, surge) & ~is_slow].tolist())
        if merchants and usual >= set(merchants):
            yield f"kitchens are overrun from {at(surge[0])} to {at(surge[1])}, and no merchant's orders took longer"


def _calm_s(run: Run, scenario: Mapping[str, Any]) -> Floats:
    """Give what each kitchen would take without a surge, ``(orders,)``; NaN where that can't be told."""
    law = scenario["kitchens"]["preparation"]
    drawn_s, mean_s = _drawn_s(law, generator(run, "preparation"), len(run.orders["order"]))
    known = {name: MINUTE * mean_min for name, mean_min in merchants_of(run.folder, scenario) if mean_min is not None}
    known_s = np.array([known.get(merchant, np.nan) for merchant in run.orders["merchant"]], np.float64)
    stretched_s = drawn_s * (known_s / mean_s) if mean_s > 0 else known_s
    calm_s = np.where(np.isnan(known_s), drawn_s, stretched_s)
    stated_s = MINUTE * of_trace(run, scenario, "preparation_min")
    return np.where(np.isnan(stated_s), calm_s, stated_s)


def _drawn_s(law: Mapping[str, Any], rng: np.random.Generator, count: int) -> tuple[Floats, float]:
    """Draw a law's times, and give its mean."""
    if law["kind"] == "lognormal":
        mean, spread = law["mean_min"] * MINUTE, math.log1p((law["sd_min"] / law["mean_min"]) ** 2)
        return rng.lognormal(math.log(mean) - spread / 2, math.sqrt(spread), count), mean
    if law["kind"] == "uniform":
        low, high = law["low_min"] * MINUTE, law["high_min"] * MINUTE
        return rng.uniform(low, high, count), (low + high) / 2
    if law["kind"] == "empirical":
        values = np.array(law["minutes"], np.float64) * MINUTE
        return rng.choice(values, count), float(values.mean())
    return np.full(count, law["mean_min"] * MINUTE), law["mean_min"] * MINUTE


def merchants_of(folder: Path, scenario: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """List merchants of the map, with what it says that their kitchens take on average, in minutes, if it does."""
    features = json.loads((folder / scenario["map"]).read_text(encoding="utf-8"))["features"]
    stated = (feature.get("properties") or {} for feature in features)
    return [(str(place["id"]), place.get("preparation_min")) for place in stated if place.get("kind") == "merchant"]


def _stated(run: Run, scenario: Mapping[str, Any]) -> Floats:
    """Give by how much surges that are stated make each kitchen slower, ``(orders,)``."""
    orders, factors = run.orders, np.ones(len(run.orders["order"]))
    for event in events_of(scenario, "kitchen_surge"):
        merchant, met = event.keys.get("merchant", ""), _within(run, (event.at_s, event.to_s))
        factors[met & ((merchant == "") | (orders["merchant"] == merchant))] *= event.keys["factor"]
    return factors


def _drawn(run: Run, scenario: Mapping[str, Any]) -> tuple[list[tuple[float, float]], float]:
    """Give the surges that came by chance, and their factor; whose they are is not told."""
    begins, drawn = [event.at_s for event in events_of(scenario, "kitchen_surge")], []
    for outage in run.facts.outages:
        near = [at_s for at_s in begins if abs(at_s - outage.from_s) < _SLACK_S]
        if outage.cause == "kitchen_surge" and near:
            begins.remove(near[0])
        elif outage.cause == "kitchen_surge":
            drawn.append((outage.from_s, outage.to_s))
    return drawn, float(scenario["faults"]["kitchen_surge"]["factor"]) if drawn else 1.0
