"""Draws which of the younger policies that ship decides in some worlds."""

from __future__ import annotations

import random

from randomworlds.world import World

SHARE = 0.4
"""So many worlds whose policy is one that ships are decided by one of these."""
YOUNGER = ("index", "linear", "matching-hold", "first-finish", "random-feasible")


def with_younger_policies(world: World, seed: int, number: int) -> World:
    """Let another policy that ships decide where nothing is stated for the present one."""
    r = random.Random(f"policies {seed} {number}")
    dispatch = world.scenario["dispatch"]
    if world.policy is not None or "parameters" in dispatch or r.random() >= SHARE:
        return world
    return world.having("dispatch", policy=r.choice(YOUNGER))
