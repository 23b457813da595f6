"""Draws riders: few or many, quick or slow, who bring what they are told to and what drones can't."""

from __future__ import annotations

import random

from randomworlds.world import World


def with_riders(world: World, seed: int, number: int) -> World:
    """Add riders to a quarter of all worlds."""
    r = random.Random(f"riders {seed} {number}")
    if r.random() >= 1 / 4:
        return world
    some: int | dict[str, int] = r.choice([1, 2, 20])
    if r.random() < 0.3:
        some = {home: r.choice([0, 1, 3]) for home in world.ids("takeoff_point")}
    every = ["closed", "barred", "late"]
    more = random.Random(f"riders of refused {seed} {number}").choice([[], ["refused"]])
    return world.having(
        "riders",
        per_takeoff_point=some,
        takes=[*r.choice([every, every, [], r.sample(every, 1)]), *more],
        road_mps=r.choice([2.0, 5.33, 30.0]),
        pickup_min=r.choice([0.0, 1.0, 4.0]),
        dropoff_min=r.choice([0.0, 1.0, 4.0]),
    )
