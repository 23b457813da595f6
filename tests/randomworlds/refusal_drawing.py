"""Draws worlds in which the policy may refuse orders, have riders fetch them, or have drones keep packs."""

from __future__ import annotations

import random

from randomworlds.world import World

SHARE = 0.25


def with_refusals(world: World, seed: int, number: int) -> World:
    """Let some policies refuse, or keep packs; of those that ship rollout does, and the others see more views."""
    if random.Random(f"refusals {seed} {number}").random() < SHARE:
        world = world.having("dispatch", may_refuse=True)
    if random.Random(f"kept packs {seed} {number}").random() < SHARE:
        world = world.having("dispatch", may_keep_packs=True)
    return world
