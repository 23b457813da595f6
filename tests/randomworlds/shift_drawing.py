"""Draws shifts: of some who work, at some sites, with gaps, overlaps and ends where it is busy."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from randomworlds.world import Row, World


def with_shifts(world: World, seed: int, number: int) -> World:
    """Add shifts to a third of all worlds."""
    r = random.Random(f"shifts {seed} {number}")
    if r.random() >= 1 / 3:
        return world
    kinds = r.sample(["couriers", "loaders", "pilots", "drones"], r.choice([1, 1, 2, 4]))
    rows = [row for kind in kinds for site in _sites(r, world, kind) for row in _rows(r, world, kind, site)]
    return replace(world, scenario={**world.scenario, "shifts": rows}) if rows else world


def with_shifts_of_riders(world: World, seed: int, number: int) -> World:
    """Let riders work in shifts in four of ten worlds that have them."""
    r = random.Random(f"shifts of riders {seed} {number}")
    if "riders" not in world.scenario or r.random() < 0.6:
        return world
    rows = [row for site in _sites(r, world, "riders") for row in _rows(r, world, "riders", site)]
    return replace(world, scenario={**world.scenario, "shifts": [*world.scenario.get("shifts", ()), *rows]})


def _sites(r: random.Random, world: World, kind: str) -> list[str | None]:
    homes: list[Any] = world.ids("takeoff_point")
    if kind == "pilots" or (kind != "drones" and r.random() < 0.3):
        return [None]
    drones = world.scenario["fleet"]["drones"]
    able = [home for home in homes if kind != "drones" or drones[home] > 0]
    return r.sample(able, r.randint(1, len(able))) if able else []


def _rows(r: random.Random, world: World, kind: str, site: str | None) -> list[Row]:
    """Draw shifts one after another from the opening on, with gaps, and now and then one beside them."""
    most = world.scenario["fleet"]["drones"][site] if kind == "drones" and site else 3
    opens_s, closes_s = (_seconds(world.scenario["horizon"][end]) for end in ("start", "end"))
    length_s = closes_s - opens_s
    edges = sorted({0, *(r.randrange(1, length_s) for _ in range(r.choice([1, 2, 4])))})
    ends = [*edges[1:], r.choice([length_s, length_s + 600, 13 * 3600])]
    rows: list[Row] = []
    for from_s, to_s in zip(edges, ends, strict=True):
        if (rows and r.random() < 0.3) or to_s <= from_s:
            continue
        where = {} if site is None else {"site": site}
        many = {"from": _clock(opens_s + from_s), "to": _clock(opens_s + to_s), "count": r.randint(1, most)}
        rows.append({"what": kind, **where, **many})
    if kind != "drones" and r.random() < 0.2:
        rows.append({**rows[0], "count": 1})
    return rows


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, f"{clock}:00:00".split(":")[:3])
    return 3600 * hours + 60 * minutes + seconds


def _clock(second: float) -> str:
    whole = int(second)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
