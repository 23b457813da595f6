"""Draws worlds whose drones stay at the airports that they have flown to, on days without trouble."""

from __future__ import annotations

import random
from dataclasses import replace

from randomworlds.world import World

SHARE = 0.06
"""So many worlds are of this kind: what else is drawn for them has to go."""


def with_staying(world: World, seed: int, number: int) -> World:
    """Let drones stay where they are in some worlds, and calm these."""
    r = random.Random(f"staying {seed} {number}")
    return staying(world, r) if r.random() < SHARE else world


def staying(world: World, r: random.Random) -> World:
    """Let drones stay where they are, without trouble and changes of the weather."""
    calm = {key: world.scenario["weather"][key] for key in ("wind_mps", "wind_from_deg")}
    kept = {key: value for key, value in world.scenario.items() if key not in ("maintenance", "faults")}
    timeless = [each for each in world.features if each["kind"] != "no_fly" or each.keys().isdisjoint({"from", "to"})]
    below = r.choice([0.0, 0.0, 0.3, 0.6, 0.9])
    world = replace(world, scenario={**kept, "weather": calm}, features=tuple(timeless))
    world = world.having("airspace", mode=r.choice(["none", "headway"])).having("batteries", turnaround_below=below)
    if "handling" in world.scenario:
        world = world.having("handling", unload={"kind": "constant"})
    return world.having("fleet", is_shared=True, ends="where it is")


def is_staying(world: World) -> bool:
    """Tell whether drones stay where they are, so that no trouble may come."""
    return bool(world.scenario["fleet"].get("ends") == "where it is")
