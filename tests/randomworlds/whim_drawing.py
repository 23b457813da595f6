"""Draws worlds whose policy without sense changes its mind: it recalls what it assigned, and asks to be woken."""

from __future__ import annotations

import random
from dataclasses import replace

from randomworlds.world import World


def with_whims(world: World, seed: int, number: int) -> World:
    """Let half of the policies without sense be fickle."""
    if world.policy is None or random.Random(f"whims {seed} {number}").random() < 0.5:
        return world
    return replace(world, policy={**world.policy, "is_fickle": True})
