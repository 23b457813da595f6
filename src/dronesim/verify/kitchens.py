"""Checks kitchens: what each took is drawn again from the scenario's law and seed, and made longer by each surge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.units import MINUTE
from dronesim.verify.drawn_again import generator, lognormal, of_trace, why_orders_are_not
from dronesim.verify.ground_drawn import drawn_of
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_set
from dronesim.verify.merchants import merchants_of
from dronesim.verify.reading import Run, read_scenario
from dronesim.verify.report import Check, at, settle, skipped, where
from dronesim.verify.stated import events_of

_NAME: Final = "kitchens"
_SURGE: Final = "kitchen_surge"
_EDGE_S: Final = 1.5e-3
"""Times of orders are rounded to milliseconds, those of surges are not."""
_SLACK_S: Final = 2.5e-3
"""Each step is rounded up to a millisecond."""


def kitchens(run: Run) -> Check:
    """Every kitchen took what was drawn or stated for its order, times the factor of each surge that met it."""
    if not (run.folder / "scenario.toml").is_file():
        return skipped(_NAME, "the run has no scenario")
    scenario, orders = read_scenario(run.folder), run.orders
    if why := why_orders_are_not(run.folder, scenario, "kitchens"):
        return skipped(_NAME, why)
    calm_s, (least, most) = _calm_s(run, scenario), _factors(run, scenario)
    took_s = orders["prepared_s"] - orders["placed_s"]
    rows = np.flatnonzero(is_set(took_s) & is_set(calm_s))
    is_as_drawn = _is_near(took_s, calm_s, least) | _is_near(took_s, calm_s, most)
    wrong = where(
        ~is_as_drawn[rows],
        lambda i: (
            f"order {orders['order'][rows[i]]}, placed {at(orders['placed_s'][rows[i]])}: its kitchen took "
            f"{took_s[rows[i]]:.3f} s, {calm_s[rows[i]]:.3f} s are drawn, times {most[rows[i]]:g}"
        ),
    )
    return settle(_NAME, len(rows), [wrong], note=f"{int((most[rows] != 1.0).sum())} orders in surges")


def _is_near(took_s: Floats, calm_s: Floats, factor: Floats) -> Mask:
    return np.asarray(np.abs(took_s - calm_s * factor) <= _SLACK_S * factor)


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
        mean_s = law["mean_min"] * MINUTE
        return lognormal(rng, mean_s, law["sd_min"] * MINUTE, count), mean_s
    if law["kind"] == "uniform":
        low, high = law["low_min"] * MINUTE, law["high_min"] * MINUTE
        return rng.uniform(low, high, count), (low + high) / 2
    if law["kind"] == "empirical":
        values = np.array(law["minutes"], np.float64) * MINUTE
        return rng.choice(values, count), float(values.mean())
    return np.full(count, law["mean_min"] * MINUTE), law["mean_min"] * MINUTE


def _factors(run: Run, scenario: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Give by how much surges, stated and by chance, make each kitchen slower, ``(orders,)``.

    Twice: without and with those that just begin or end as an order is placed.
    """
    least, most = (np.ones(len(run.orders["order"])) for _ in range(2))
    placed_s = run.orders["placed_s"]
    for from_s, to_s, merchant, factor in _surges(run, scenario):
        ours = (merchant == "") | (run.orders["merchant"] == merchant)
        least[ours & (placed_s >= from_s + _EDGE_S) & (placed_s < to_s - _EDGE_S)] *= factor
        most[ours & (placed_s >= from_s - _EDGE_S) & (placed_s < to_s + _EDGE_S)] *= factor
    return least, most


def _surges(run: Run, scenario: Mapping[str, Any]) -> Iterator[tuple[float, float, str, float]]:
    """List surges: from when until when, of which merchant (none: of all), and their factor."""
    for event in events_of(scenario, _SURGE):
        yield event.at_s, event.to_s, str(event.keys.get("merchant", "")), float(event.keys["factor"])
    for out in drawn_of(run, scenario, _SURGE) or [] if "faults" in scenario else []:
        yield out.at_s, out.at_s + out.lasts_s, out.merchant, float(scenario["faults"][_SURGE]["factor"])
