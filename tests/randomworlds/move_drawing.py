"""Draws demand that moves: of any place, for any part of the day, to nothing now and then."""

from __future__ import annotations

import random
from dataclasses import replace

from randomworlds.world import Row, World


def with_moves(world: World, seed: int, number: int) -> World:
    """Add moves to a third of all worlds that have no trace."""
    r = random.Random(f"moves {seed} {number}")
    if world.orders is not None or r.random() >= 1 / 3:
        return world
    opens_s, closes_s = (_seconds(world.scenario["horizon"][end]) for end in ("start", "end"))
    kind = r.choice(["merchant", "community", "takeoff_point", "airport"])
    places = world.ids(kind)
    rows: list[Row] = []
    for place in r.sample(places, r.randint(1, len(places))):
        from_s, to_s = sorted(r.sample(range(opens_s, closes_s), 2))
        # the first place keeps some demand, so that there is always somebody who orders
        factor = r.choice([0.1, 3.0, 50.0] if place == places[0] or kind != "community" else [0.0, 0.1, 3.0])
        rows.append({"place": place, "from": _clock(from_s), "to": _clock(to_s), "factor": factor})
    return replace(world, scenario={**world.scenario, "demand": {**world.scenario["demand"], "moves": rows}})


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, f"{clock}:00:00".split(":")[:3])
    return 3600 * hours + 60 * minutes + seconds


def _clock(second: float) -> str:
    whole = int(second)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
