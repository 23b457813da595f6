"""Draws worlds whose drones land at any take-off point, by a policy without sense."""

from __future__ import annotations

import random
from dataclasses import replace

from randomworlds.stay_drawing import is_staying
from randomworlds.world import World

SHARE = 0.2
"""So many worlds of several take-off points are of this kind."""
ANYWHERE = "at any take-off point"


def with_homes(world: World, seed: int, number: int) -> World:
    """Let drones of some worlds be shared, and land where a policy says."""
    r = random.Random(f"homes {seed} {number}")
    if is_staying(world) or len(world.ids("takeoff_point")) < 2 or r.random() >= SHARE:
        return world
    made = {"seed": r.randrange(10**6), "is_hasty": r.random() < 0.5}
    world = replace(world, policy=world.policy or made)
    return world.having("fleet", is_shared=True, ends=ANYWHERE)


def lands_anywhere(world: World) -> bool:
    """Tell whether drones land at any take-off point."""
    return bool(world.scenario["fleet"].get("ends") == ANYWHERE)
