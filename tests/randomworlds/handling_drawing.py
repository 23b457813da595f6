"""Draws handling times that scatter, in three of ten worlds."""

from __future__ import annotations

import random
from typing import Any

from randomworlds.world import World

MEANS = {
    "boxing": ("couriers", "boxing_s", 45.0),
    "load": ("takeoff_points", "load_s", 30.0),
    "unload": ("airports", "unload_s", 40.0),
    "swap": ("batteries", "swap_s", 60.0),
}


def with_handling(world: World, seed: int, number: int) -> World:
    """Let boxing, loading or swaps of a world not always take the same."""
    r = random.Random(f"handling {seed} {number}")
    if r.random() < 0.7:
        return world
    chosen: dict[str, Any] = {}
    for name, (table, key, default) in MEANS.items():
        mean_s = float(world.scenario.get(table, {}).get(key, default))
        law = _law(r, mean_s)
        is_possible = mean_s > 0 and (name != "swap" or world.scenario["batteries"].get("mode", "swap") == "swap")
        if is_possible and r.random() < 0.6:
            chosen[name] = law
    return world.having("handling", **chosen) if chosen else world


def _law(r: random.Random, mean_s: float) -> dict[str, Any]:
    return r.choice(
        [
            {"kind": "constant"},
            {"kind": "lognormal", "sd_s": round(mean_s * r.choice([0.1, 0.5, 2.0]) + 0.1, 1)},
            {"kind": "uniform", "spread_s": float(int(mean_s * r.choice([0.2, 1.0])))},
        ]
    )
