"""Draws worlds in which the policy may refuse orders, or have riders fetch them."""

from __future__ import annotations

import random

from randomworlds.world import World

SHARE = 0.25


def with_refusals(world: World, seed: int, number: int) -> World:
    """Let some policies refuse; those that ship never do, and see more views."""
    if random.Random(f"refusals {seed} {number}").random() >= SHARE:
        return world
    return world.having("dispatch", may_refuse=True)
