"""Draws parameters of the policy that a world names, where it has any."""

from __future__ import annotations

import random

from randomworlds.world import World


def with_parameters(world: World, seed: int, number: int) -> World:
    """State parameters of half of all worlds whose policy is `matching`."""
    r = random.Random(f"parameters {seed} {number}")
    if world.policy is not None or world.scenario["dispatch"]["policy"] != "matching" or r.random() < 0.5:
        return world
    drawn = {"travel_weight": r.choice([0, 0.0, 1.0, 50.0]), "age_bonus": r.choice([0.0, 1, 20.0])}
    return world.having("dispatch", parameters=dict(r.sample(list(drawn.items()), r.randint(1, 2))))
