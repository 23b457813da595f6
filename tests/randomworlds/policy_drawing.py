"""Draws which of the younger policies that ship decides in some worlds."""

from __future__ import annotations

import random

from randomworlds.world import World

SHARE = 0.4
"""So many worlds whose policy is one that ships are decided by one of these."""
YOUNGER = ("index", "linear", "matching-hold", "first-finish", "random-feasible")
YOUNGEST = ("reposition", "rollout")
YOUNGEST_SHARE = 0.15
"""So many of those worlds are decided by one of these instead, by draws of their own: all others stay as they were."""


def with_younger_policies(world: World, seed: int, number: int) -> World:
    """Let another policy that ships decide where nothing is stated for the present one."""
    r, late = (random.Random(f"{name} {seed} {number}") for name in ("policies", "youngest policies"))
    dispatch = world.scenario["dispatch"]
    if world.policy is not None or "parameters" in dispatch:
        return world
    if late.random() < YOUNGEST_SHARE:
        return world.having("dispatch", policy=late.choice(YOUNGEST))
    return world.having("dispatch", policy=r.choice(YOUNGER)) if r.random() < SHARE else world
