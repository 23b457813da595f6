"""Draws the command link of a world: areas, outages by chance and as stated, and what silent drones do."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from randomworlds.key_drawing import room_m
from randomworlds.world import Row, World


def with_link(
    world: World, seed: int, number: int, legs: Sequence[Mapping[str, Any]], *, clock: Any, box: Any
) -> World:
    """Let the link of a world be lost, in four of ten of them."""
    r = random.Random(f"link {seed} {number}")
    if not legs or r.random() < 0.6:
        return world
    areas = [
        {
            "kind": "link_area",
            "id": f"L{count}",
            "at": box(r, [r.uniform(-900, 900), r.uniform(-900, 900)], (200, 2500)),
        }
        for count in range(r.choice([0, 1, 2]))
    ]
    world = replace(world, features=(*world.features, *areas))
    names = [area["id"] for area in areas]
    rules = {
        "hold_after_s": r.choice([1.0, 3.0, 10.0]),
        "latency_s": r.choice([0.0, 0.0, 0.05, 2.0, 15.0]),
        "act_after_s": r.choice([1.0, 15.0, 30.0]),
        "after": r.choice(["continue", "continue", "hold", "return", "land"]),
    }
    rules["act_after_s"] = max(rules["act_after_s"], rules["hold_after_s"])
    world = world.having("link", outages=_law(r), by="area" if names and r.random() < 0.5 else "district", **rules)
    events = [_loss(r, r.choice(legs), names, clock) for _ in range(r.choice([0, 1, 3]))]
    return world.having_events([*world.events, *(event for event in events if event["at"] < _closes(world))])


def _law(r: random.Random) -> Row:
    return r.choice(
        [
            {"kind": "none"},
            {"kind": "exponential"},
            {"kind": "exponential", "up_s": r.choice([60.0, 300.0]), "down_s": r.choice([5.0, 20.0, 60.0])},
            {"kind": "lognormal", "every_days": 0.05},
            {"kind": "lognormal", "every_days": 0.02, "median_min": 1.0, "p95_min": 5.0},
        ]
    )


def _loss(r: random.Random, leg: Mapping[str, Any], names: Sequence[str], clock: Any) -> Row:
    """Lose the link at a moment of a leg, for some seconds or longer."""
    at_s = r.uniform(leg["departed_s"] - 20, leg["landed_s"])
    event: Row = {"kind": "link_loss", "at": clock(max(at_s, 36_000)), "minutes": r.choice([0.1, 0.4, 1.0, 10.0])}
    return event | ({"area": r.choice(names)} if names and r.random() < 0.6 else {})


def _closes(world: World) -> str:
    return f"{world.scenario['horizon']['end']}:00"


def with_position_outages(
    world: World, seed: int, number: int, legs: Sequence[Mapping[str, Any]], *, clock: Any
) -> World:
    """Let the position service of a world be out, and the link be lost in halves of it, in one of four."""
    r = random.Random(f"position {seed} {number}")
    least_m, most_m = room_m(world)
    if not legs or r.random() < 0.75 or most_m - least_m < 0.5:
        return world
    drawn = [feature["id"] for feature in world.features if feature["kind"] == "link_area"]
    names = [*drawn, "north half", "east half", "south half", "west half"]
    law = _law(r)
    world = world.having(
        "navigation",
        position={
            "outages": law,
            "areas": r.choice([[], [], [r.choice(names)], r.sample(names, 2)]),
            "drift_mps": r.choice([0.0, 0.2, 1.0]),
            "stray_max_m": round((least_m + 2 * most_m) / 3, 1),
            "miss_share": r.choice([0.0, 0.5, 1.0, 1.0, 1.0]),
        },
        go_around_s=r.choice([1.0, 15.0, 40.0]),
    )
    if r.random() < 0.3:
        world = world.having("link", by="area", areas=[r.choice(names)])
    events = [
        _loss(r, r.choice(legs), names, clock) | {"kind": r.choice(["position_outage", "position_outage", "link_loss"])}
        for _ in range(r.choice([1, 1, 3]))
    ]
    return world.having_events([*world.events, *(event for event in events if event["at"] < _closes(world))])


def with_misses(world: World, seed: int, number: int) -> World:
    """Let landings be missed in one of three worlds."""
    r = random.Random(f"navigation {seed} {number}")
    if r.random() < 0.67:
        return world
    misses = r.choice(
        [
            {"kind": "none"},
            {"kind": "share", "share": r.choice([0.05, 0.5])},
            {"kind": "precision", "landing_error_m": 0.4},
            {"kind": "precision", "landing_error_m": 0.3, "pad_radius_m": r.choice([0.3, 1.0])},
        ]
    )
    per_h = r.choice([0.0, 5.0, 50.0])
    world = world.having("navigation", misses=misses, go_around_s=r.choice([1.0, 15.0, 40.0]))
    least_m, most_m = room_m(world)
    if most_m - least_m < 0.5:
        return world
    return world.having("navigation", excursions_per_h=per_h, excursion_m=round((least_m + 2 * most_m) / 3, 1))
