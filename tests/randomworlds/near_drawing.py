"""Draws worlds in which the policy may serve orders at other airports, and some policies without sense who do."""

from __future__ import annotations

import random

from randomworlds.world import World

SHARE = 0.25


def with_near_airports(world: World, seed: int, number: int) -> World:
    """Let some policies lead customers to near airports."""
    r = random.Random(f"near airports {seed} {number}")
    if r.random() >= SHARE:
        return world
    return world.having("dispatch", extra_walk_m=r.choice([300.0, 1500.0, 5000.0]))
