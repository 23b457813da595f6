"""Draws handling times again, by order and by each drone's swaps, and compares them with those that facts tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.units import MS
from dronesim.verify.drawn_again import generator, lognormal
from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run
from dronesim.verify.stated import stated, value_at

_SLACK_S: Final = 1.5 / MS
"""Facts may tell a time as it is drawn, or rounded up to a millisecond."""
_AT_ONCE: Final = 32
"""So many swaps of a drone are drawn at once."""
_BY_ORDER: Final[Mapping[str, tuple[str, str]]] = {
    "boxing": ("boxing", "couriers.boxing_s"),
    "load": ("loading", "takeoff_points.load_s"),
    "unload": ("unloading", "airports.unload_s"),
}
"""What is drawn by order: the name of its stream, and the key of its mean."""


def drawn_otherwise(run: Run, told: Mapping[str, Any]) -> Iterator[str]:
    """Find handling times that the seed does not bring; without a scenario none is known."""
    scenario, orders = stated(run), len(run.orders["order"])
    for name, (stream, key) in _BY_ORDER.items():
        law, mean_s, drawn = value_at(scenario, f"handling.{name}") or {}, value_at(scenario, key), told[f"{name}_s"]
        if law.get("kind", "constant") == "constant" or mean_s is None or not mean_s or drawn is None:
            continue
        meant_s = _sample(law, float(mean_s), generator(run, stream), orders)
        for row in np.flatnonzero(~(np.abs(np.array(drawn, np.float64) - meant_s) <= _SLACK_S)).tolist()[:1]:
            yield f"{name} of order {row} takes {drawn[row]:.3f} s by the facts, {meant_s[row]:.3f} s are drawn"
    yield from _swaps(run, told, scenario)


def _swaps(run: Run, told: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[str]:
    law, mean_s = value_at(scenario, "handling.swap") or {}, value_at(scenario, "batteries.swap_s")
    if law.get("kind", "constant") == "constant" or not mean_s:
        return
    for drone, used_s in told["swap_s"].items():
        rng, meant_s = generator(run, f"swaps of drone {drone}"), list[float]()
        while len(meant_s) < len(used_s):
            meant_s += _sample(law, float(mean_s), rng, _AT_ONCE).tolist()
        for number, (used, meant) in enumerate(zip(used_s, meant_s, strict=False)):
            if abs(used - meant) > _SLACK_S:
                yield f"swap {number} of drone {drone} takes {used:.3f} s by the facts, {meant:.3f} s are drawn"
                break


def _sample(law: Mapping[str, Any], mean_s: float, rng: np.random.Generator, count: int) -> Floats:
    """Draw times of a law about a mean."""
    if law["kind"] == "uniform":
        spread_s = float(law["spread_s"])
        return rng.uniform(mean_s - spread_s, mean_s + spread_s, count)
    return lognormal(rng, mean_s, float(law["sd_s"]), count)
