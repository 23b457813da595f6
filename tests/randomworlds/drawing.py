"""Draws worlds: any legal rules, winds, zones, airways and policies, and trouble where it hurts, in bursts."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from randomworlds.handling_drawing import with_handling
from randomworlds.home_drawing import with_homes
from randomworlds.key_drawing import with_keys
from randomworlds.links import with_link, with_misses, with_position_outages
from randomworlds.move_drawing import with_moves
from randomworlds.near_drawing import with_near_airports
from randomworlds.parameter_drawing import with_parameters
from randomworlds.policy_drawing import with_younger_policies
from randomworlds.refusal_drawing import with_refusals
from randomworlds.rider_drawing import with_riders
from randomworlds.shift_drawing import with_shifts, with_shifts_of_riders
from randomworlds.stay_drawing import is_staying, with_staying
from randomworlds.weather_file import with_weather_file
from randomworlds.whim_drawing import with_whims
from randomworlds.world import Row, World

OPEN_S = 10 * 3600
"""All worlds open at ten."""
_CLEAR_M = 60.0
"""So far from every site obstacles begin; zones with hours may stand nearer."""


def draw(seed: int, number: int) -> World:
    """Draw a world without trouble; it is its seed and number, the same everywhere."""
    r = random.Random(f"world {seed} {number}")
    sites = _sites(r)
    has_airways = r.random() < 0.15
    features = [
        *sites,
        *(_airways(r, sites) if has_airways else _obstacles(r, sites)),
        *_zones(r, sites, has_hours=has_airways),
    ]
    minutes = r.choice([15, 30, 45])
    orders = _trace(r, features, minutes) if r.random() < 0.6 else None
    scenario = _scenario(r, sites, minutes)
    if has_airways:
        scenario["airspace"]["structure"] = "airways"
    world = World(scenario=scenario, features=tuple(features), orders=orders)
    world = _with_own_policy(r, world) if r.random() < 0.25 else world
    world = _with_ageing(random.Random(f"ageing {seed} {number}"), world)
    world = _with_upkeep(random.Random(f"upkeep {seed} {number}"), world)
    world = _with_neighbours(random.Random(f"neighbours {seed} {number}"), world)
    world = _with_weather(random.Random(f"weather {seed} {number}"), world)
    world = _with_limits(random.Random(f"limits {seed} {number}"), world, minutes)
    world = with_handling(with_riders(with_shifts(world, seed, number), seed, number), seed, number)
    world = with_moves(with_shifts_of_riders(world, seed, number), seed, number)
    world = with_whims(with_homes(with_staying(world, seed, number), seed, number), seed, number)
    world = with_younger_policies(with_parameters(world, seed, number), seed, number)
    world = with_near_airports(with_refusals(world, seed, number), seed, number)
    return with_weather_file(with_keys(world, seed, number), seed, number)


def _with_own_policy(r: random.Random, world: World) -> World:
    """Let a policy without sense decide, hasty or not."""
    made = {"seed": r.randrange(10**6), "is_hasty": r.random() < 0.5}
    return replace(world, policy=made)


def _with_weather(r: random.Random, world: World) -> World:
    """Let some worlds have weather that is drawn, or winds in classes, and some end after midnight."""
    if r.random() < 0.2:
        process = {"wind_scale_mps": r.choice([3.0, 6.0, 9.0]), "wind_correlation_1h": r.choice([0.0, 0.85])}
        weather = {"process": process, "wind_mps": 0.0, "changes": []}
        world = world.having("weather", **weather).having("horizon", date=f"2026-{r.randrange(1, 13):02d}-03")
    if r.random() < 0.2:
        world = world.having(
            "weather", speed_step_mps=r.choice([0.0, 1.0, 5.0]), direction_step_deg=r.choice([0.0, 45.0])
        )
    if r.random() < 0.15:
        # the hour changes, and midnight passes, while it is open
        world = _later(world, 3600 * r.choice([1, 13]) + 60 * r.choice([35, 50]))
    return world


def _later(world: World, by_s: int) -> World:
    """Move all that has a time of day."""

    def moved(row: Row) -> Row:
        keys = ("start", "end", "from", "to", "placed", "at")
        return {**row, **{key: clock(_second(row[key]) + by_s) for key in keys if isinstance(row.get(key), str)}}

    horizon = moved(world.scenario["horizon"])
    orders = None if world.orders is None else tuple(map(moved, world.orders))
    late = replace(world, features=tuple(map(moved, world.features)), orders=orders).having("horizon", **horizon)
    return late.having("weather", changes=[moved(change) for change in world.winds])


def _second(text: str) -> int:
    parts = [int(part) for part in f"{text}:00".split(":")[:3]]
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def _with_ageing(r: random.Random, world: World) -> World:
    """Let packs be old, some of them too old for what new ones reach."""
    if r.random() < 0.6:
        return world
    retire_below = r.choice([0.3, 0.5, 0.8])
    return world.having(
        "batteries",
        cycles_to_80=r.choice([1.0, 50.0, 250.0]),
        ageing_exponent=r.choice([0.5, 1.0, 2.0]),
        calendar_loss_per_day=r.choice([0.0, 1.8e-4, 0.01]),
        retire_below=retire_below,
        cycles_per_day=r.choice([0.1, 3.0]),
    )


def _with_upkeep(r: random.Random, world: World) -> World:
    """Let drones be inspected often, and repaired now and then, for minutes or for days."""
    if r.random() < 0.6:
        return world
    limits = r.choice(
        [
            {"inspect_after_sorties": r.choice([1, 2, 5])},
            {"inspect_after_flight_h": r.choice([0.001, 0.05, 0.3])},
            {"inspect_after_sorties": 3, "inspect_after_flight_h": 0.2},
        ]
    )
    median_days = r.choice([0.01, 0.2, 1.0])
    return world.having(
        "maintenance",
        **limits,
        inspection_min=r.choice([0.0, 1.0, 10.0]),
        repair_share=r.choice([0.0, 0.1, 0.5, 1.0]),
        repair_median_days=median_days,
        repair_p95_days=median_days * r.choice([1.0, 7.0]),
        sorties_per_day=r.choice([1.0, 5.0]),
        flight_h_per_day=r.choice([0.1, 0.5]),
    )


# who lives below


def _with_neighbours(r: random.Random, world: World) -> World:
    """Draw areas of people, which may overlap, and places that hear flights, some of them on a site."""
    if r.random() < 0.5:
        return world
    sites = [feature["at"] for feature in world.features if feature["kind"] in ("takeoff_point", "airport")]
    added: list[Row] = []
    for number in range(r.choice([0, 1, 3])):
        at = _box(r, [r.uniform(-800, 800), r.uniform(-800, 800)], (50.0, 2500.0))
        added.append(
            {"kind": "people", "id": f"P{number}", "at": at, "people_per_km2": r.choice([0.0, 500.0, 30000.0])}
        )
    for number in range(r.choice([0, 1, 4])):
        where = r.choice(sites) if r.random() < 0.3 else [r.uniform(-1000, 1000), r.uniform(-1000, 1000)]
        added.append({"kind": "place", "id": f"N{number}", "at": [round(part, 1) for part in where], **_limits(r)})
    world = replace(world, features=(*world.features, *added))
    world = world.having("risk", people_per_km2=r.choice([0.0, 0.0, 8000.0]), shelter=r.choice([0.5, 2.0]))
    limits = r.choice([{}, {"home_limit_dba": 40.0, "home_overflights_max": 2}])
    heard = {"overflight_m": r.choice([5.0, 60.0, 300.0]), "nearest_m": r.choice([0.1, 5.0, 80.0])}
    return world.having("noise", at_homes=r.random() < 0.5, receiver_m=r.choice([0.0, 1.5, 100.0]), **heard, **limits)


def _limits(r: random.Random) -> Row:
    limits = {"limit_dba": r.choice([30.0, 50.0]), "overflights_max": r.choice([0, 3])}
    quiet = {"quiet_from": clock(OPEN_S + r.randrange(600)), "quiet_to": clock(OPEN_S + 700 + r.randrange(3000))}
    return {**r.choice([{}, limits]), **r.choice([{}, quiet])}


# the ground


def _sites(r: random.Random) -> list[Row]:
    """Draw sites that are not too near each other, with merchants and communities around them."""
    half_m = r.choice([400.0, 1000.0, 1800.0])
    homes, airports = r.choice([1, 1, 2, 3]), r.choice([1, 2, 3, 5])
    places = _apart(r, homes + airports, half_m=half_m, least_m=r.choice([90.0, 150.0]))
    features: list[Row] = []
    for number, place in enumerate(places):
        is_home = number < homes
        name = f"T{number}" if is_home else f"A{number - homes}"
        features.append({"kind": "takeoff_point" if is_home else "airport", "id": name, "at": place})
        around = {"kind": "merchant" if is_home else "community", "id": f"{'M' if is_home else 'C'}{number}"}
        features.append({**around, "at": _beside(r, place)})
    return features


def _apart(r: random.Random, count: int, *, half_m: float, least_m: float) -> list[list[float]]:
    places: list[list[float]] = []
    while len(places) < count:
        place = [round(r.uniform(-half_m, half_m), 1), round(r.uniform(-half_m, half_m), 1)]
        if all(math.dist(place, other) >= least_m for other in places):
            places.append(place)
        half_m *= 1.01
    return places


def _beside(r: random.Random, place: Sequence[float]) -> list[float]:
    return [round(part + r.uniform(-40.0, 40.0), 1) for part in place]


def _is_clear(at: Sequence[Sequence[float]], sites: Sequence[Row], least_m: float) -> bool:
    """Tell whether all corners of a box, and its middle, are so far from sites that it covers none."""
    middle = [sum(corner[axis] for corner in at) / len(at) for axis in (0, 1)]
    reach_m = max(math.dist(middle, corner) for corner in at)
    places = [site["at"] for site in sites if site["kind"] in ("takeoff_point", "airport")]
    return all(math.dist(middle, place) > reach_m + least_m for place in places)


def _box(r: random.Random, middle: Sequence[float], sizes_m: tuple[float, float]) -> list[list[float]]:
    """Give the corners of a box, turned at random."""
    wide, deep = (r.uniform(*sizes_m) / 2 for _ in range(2))
    turn = r.uniform(0, math.pi)
    corners = [(-wide, -deep), (wide, -deep), (wide, deep), (-wide, deep)]
    return [
        [
            round(middle[0] + x * math.cos(turn) - y * math.sin(turn), 1),
            round(middle[1] + x * math.sin(turn) + y * math.cos(turn), 1),
        ]
        for x, y in corners
    ]


def _obstacles(r: random.Random, sites: Sequence[Row]) -> list[Row]:
    """Draw buildings, low and high ones, that leave room around sites."""
    found: list[Row] = []
    for number in range(r.choice([0, 4, 20])):
        at = _box(r, [r.uniform(-1500, 1500), r.uniform(-1500, 1500)], (20.0, 120.0))
        if _is_clear(at, sites, _CLEAR_M):
            found.append({"kind": "building", "id": f"B{number}", "at": at, "height_m": r.choice([20.0, 55.0, 90.0])})
    return found


def _airways(r: random.Random, sites: Sequence[Row]) -> list[Row]:
    """Draw airways from every site over one or two crossings, some for few drones at a time."""
    places = [site["at"] for site in sites if site["kind"] in ("takeoff_point", "airport")]
    hubs = [[round(r.uniform(-300, 300), 1), round(r.uniform(-300, 300), 1)] for _ in range(r.choice([1, 2]))]
    lines = [[place, r.choice(hubs)] for place in places]
    lines += [[hubs[0], hub] for hub in hubs[1:]]
    limits = [{}, {}, {"capacity": r.choice([1, 2])}, {"headway_s": r.choice([0.0, 5.0, 30.0])}]
    return [{"kind": "airway", "id": f"W{number}", "at": line, **r.choice(limits)} for number, line in enumerate(lines)]


def _zones(r: random.Random, sites: Sequence[Row], *, has_hours: bool) -> list[Row]:
    """Draw no-fly zones, most of them for some minutes, or all (``has_hours``), and at some heights."""
    found: list[Row] = []
    for number in range(r.choice([0, 0, 1, 3])):
        at = _box(r, [r.uniform(-900, 900), r.uniform(-900, 900)], (30.0, 400.0))
        heights = r.choice([{}, {}, {"floor_m": 70.0}, {"ceiling_m": 75.0}])
        hours = _hours(r, has_hours=has_hours)
        # a zone with hours may lie on sites, which it closes
        if _is_clear(at, sites, _CLEAR_M) or ("to" in hours and r.random() < 0.5):
            found.append({"kind": "no_fly", "id": f"Z{number}", "at": at, **heights, **hours})
    return found


def _hours(r: random.Random, *, has_hours: bool) -> Row:
    if r.random() < 0.3 and not has_hours:
        return {}
    from_s = OPEN_S + r.randrange(0, 2400)
    until = {"to": clock(from_s + r.choice([30, 300, 1200]))} if r.random() < 0.7 else {}
    return {"from": clock(from_s), **until}


def clock(second: float) -> str:
    """Give a second of the day as HH:MM:SS."""
    whole = int(second)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


# demand


def _trace(r: random.Random, features: Sequence[Row], minutes: int) -> tuple[Row, ...]:
    """Draw rows of a trace: some days come in one rush."""
    of_kind = {kind: [row["id"] for row in features if row["kind"] == kind] for kind in ("merchant", "community")}
    length_s = r.choice([30.0, 600.0, 60.0 * minutes])
    times_s = sorted(OPEN_S + r.uniform(0, length_s) for _ in range(r.choice([1, 3, 8, 20, 30])))
    return tuple(
        {
            "order_id": f"o{number}",
            "placed": clock(at_s),
            "merchant": r.choice(of_kind["merchant"]),
            "community": r.choice(of_kind["community"]),
            "mass_kg": round(r.uniform(0.2, 2.4), 2),
            "preparation_min": round(r.choice([0.0, 1.0, r.uniform(0, 8)]), 1),
        }
        for number, at_s in enumerate(times_s)
    )


# rules


def _scenario(r: random.Random, sites: Sequence[Row], minutes: int) -> Row:
    homes = [site["id"] for site in sites if site["kind"] == "takeoff_point"]
    is_shared = r.random() < 0.4
    kind = r.choice(["hexa-2.5kg", "hexa-2.5kg", "quad-2021", "contest-2024", "ideal"])
    return {
        "name": "world",
        "seed": r.randrange(2**31),
        "horizon": {
            "start": "10:00",
            "end": clock(OPEN_S + 60 * minutes)[:5],
            "drain_max_min": r.choice([0.0, 10.0, 240.0, 240.0]),
        },
        "service": {"radius_m": r.choice([1500.0, 9000.0]), "clock": r.choice(["placed", "ready"])},
        "demand": {"orders": float(r.choice([0.001, 5, 15, 30])), "profile": "flat", "mass": r.choice(_MASSES)},
        "kitchens": {"preparation": r.choice(_KITCHENS)},
        "couriers": {"per_takeoff_point": r.choice([1, 4, 20]), "walk_mps": r.choice([0.5, 1.3])},
        "fleet": {
            "drones": {home: r.randrange(0 if is_shared and number else 1, 7) for number, home in enumerate(homes)},
            "spares": r.choice([0, 0, 1]),
            "is_shared": is_shared,
            "drone_type": kind,
        },
        "batteries": _batteries(r),
        "pilots": r.choice([{}, {}, {"count": 1, "drones_per_pilot": r.choice([1, 3])}]),
        "takeoff_points": {
            "pads": r.choice([1, 2, 6]),
            "loaders": r.choice([1, 4]),
            "load_s": r.choice([0.0, 5.0, 30.0, 30.0]),
            "clear_s": r.choice([0.0, 20.0]),
        },
        "airports": {
            "pads": r.choice([1, 2, 4]),
            "unloaders": r.choice([1, 2]),
            "boxes": r.choice([1, 2, 28, 28]),
            "unload_s": r.choice([0.0, 5.0, 40.0, 40.0]),
            "hold_limit_min": r.choice([1.0, 20.0, 120.0]),
            "when_closed": r.choice(["wait", "wait", "next", "road", "refuse"]),
            "closed_wait_max_min": r.choice([0.0, 2.0, 15.0, 240.0]),
            "walk_max_m": r.choice([500.0, 2000.0]),
        },
        "customers": {
            "patience_min": r.choice([5.0, 60.0, 600.0]),
            "no_show_share": r.choice([0.0, 0.3]),
            "bad_scan_share": r.choice([0.0, 0.5]),
        },
        "dispatch": {
            "policy": r.choice(["nearest", "greedy", "matching"]),
            "interval_s": r.choice([0.0, 0.0, 7.0]),
            "assign_ahead_s": r.choice([0.0, 0.0, 120.0]),
            "queue_limit": r.choice([0, 0, 3]),
        },
        "airspace": _airspace(r),
        "weather": _weather(r, minutes),
        "faults": {
            "failures_per_flight_hour": r.choice([0.0, 0.0, 1.0, 20.0]),
            "loss_share": r.choice([0.0, 0.5]),
            "recovery_min": r.choice([0.0, 2.0, 30.0]),
        },
    }


_MASSES = (
    {"kind": "uniform", "low_kg": 0.5, "high_kg": 3.0},
    {"kind": "constant", "mass_kg": 1.0},
)
_KITCHENS = (
    {"kind": "constant", "mean_min": 0.0},
    {"kind": "lognormal"},
    {"kind": "uniform", "low_min": 0.0, "high_min": 15.0},
)


def _batteries(r: random.Random) -> Row:
    reserve = {"reserve": r.choice([0.0, 0.1, 0.25, 0.5]), "hold_allowance_s": r.choice([0.0, 60.0, 300.0])}
    reserve["turnaround_below"] = r.choice([1.0, 1.0, 0.6, 0.0])
    if r.random() < 0.3:
        return {"mode": "charge", "chargers": r.choice([1, 8]), "charge_c": r.choice([0.5, 4.0]), **reserve}
    packs = {"packs": r.choice([0, 1, 8]), "chargers": r.choice([1, 6]), "swap_s": r.choice([0.0, 60.0])}
    return {"mode": "swap", **packs, **reserve}


def _airspace(r: random.Random) -> Row:
    separation_m = r.choice([10.0, 30.0, 30.0, 80.0])
    error_m = r.choice([error_m for error_m in (0.0, 1.0, 3.0) if 3 * error_m <= separation_m / 2])
    return {
        "mode": r.choice(["none", "headway", "strategic", "strategic", "strategic"]),
        "levels_m": r.choice([[60.0], [60.0, 80.0], [60.0, 70.0, 80.0, 120.0]]),
        "separation_m": separation_m,
        "vertical_m": r.choice([9.0, 9.0, 25.0]),
        "tracking_error_m": error_m,
        "terminal_radius_m": r.choice([0.0, 30.0, 60.0, 60.0, 120.0]),
        "lane_headway_s": r.choice([0.0, 1.0, 20.0]),
        "route_headway_s": r.choice([0.0, 45.0]),
        "zone_grace_s": r.choice([0.0, 60.0]),
        "buffer_s": r.choice([0.0, 0.5, 2.0]),
        "corner_cut_m": r.choice([0.0, 1.0, 3.0]),
        "path_error_m": r.choice([0.1, 0.4, 1.0]),
    }


def _weather(r: random.Random, minutes: int) -> Row:
    seconds = sorted({OPEN_S + r.randrange(60 * minutes) for _ in range(r.choice([0, 0, 0, 1, 3]))})
    changes = [_wind(r, at_s) for at_s in seconds]
    return {"wind_mps": r.choice([0.0, 0.0, 4.0, 6.0]), "wind_from_deg": float(r.randrange(360)), "changes": changes}


def _wind(r: random.Random, at_s: float) -> Row:
    speed_mps = r.choice([0.0, 4.0, 6.0, 8.0, 25.0])
    return {"at": clock(at_s), "wind_mps": speed_mps, "wind_from_deg": float(r.randrange(360))}


def _with_limits(r: random.Random, world: World, minutes: int) -> World:
    """Let rain, gusts, mist, cold and heat come and go, in some worlds."""
    if r.random() < 0.6:
        return world
    weather = world.scenario["weather"]
    if not weather.keys().isdisjoint({"file", "process"}):
        return world.having("weather", **_weather_rules(r))
    known = r.sample(["gust_mps", "rain_mmh", "temperature_c", "visibility_m"], r.choice([0, 1, 2, 4]))
    times_s = sorted({OPEN_S + r.randrange(60 * minutes) for _ in range(r.choice([0, 1, 2, 4, 8]))})
    changes = {change["at"]: change for change in weather["changes"]}
    changes |= {clock(at_s): _wind(r, at_s) for at_s in times_s if clock(at_s) not in changes}
    rows = [changes[at] | _told(r, known) for at in sorted(changes)]
    return world.having("weather", **_told(r, known), **_weather_rules(r), changes=rows)


def _told(r: random.Random, known: Sequence[str]) -> Row:
    chances = {
        "gust_mps": [3.0, 8.0, 10.0, 20.0],
        "rain_mmh": [0.0, 0.0, 2.4, 8.0],
        "temperature_c": [-30.0, -20.0, -5.0, 10.0, 25.0, 45.0, 55.0],
        "visibility_m": [200.0, 1050.0, 9000.0, 9000.0],
    }
    return {name: r.choice(chances[name]) for name in known if r.random() < 0.85}


def _weather_rules(r: random.Random) -> Row:
    return {
        "go_rule": r.choice(["all", "all", "wind"]),
        "again_min": r.choice([0.0, 1.0, 10.0]),
        "look_ahead_min": r.choice([0.0, 1.0, 10.0]),
        "forecast": r.choice(["persistence", "series", "series"]),
        "forecast_error": r.choice([0.0, 0.2, 1.0]),
        "aloft": r.choice(["go_on", "return", "land"]),
        "acts_on_packs": r.random() < 0.8,
        "acts_on_air": r.random() < 0.8,
        "pressure_pa": r.choice([101325.0, 101325.0, 80000.0]),
    }


# trouble


def with_trouble(world: World, seed: int, number: int, legs: Sequence[Mapping[str, Any]]) -> World:
    """Add trouble to a world whose quiet day had these legs: bursts that meet flights in all their phases."""
    if is_staying(world):
        return world
    r = random.Random(f"trouble {seed} {number}")
    for _ in range(r.choice([0, 1, 1, 2, 4]) if legs else 0):
        world = _with_burst(r, world, legs)
    world = with_misses(with_link(world, seed, number, legs, clock=clock, box=_box), seed, number)
    world = _with_faults(world, seed, number, legs)
    return with_position_outages(world, seed, number, legs, clock=clock)


def _with_burst(r: random.Random, world: World, legs: Sequence[Mapping[str, Any]]) -> World:
    """Let several things happen within a few seconds, most of them to who is in the air then."""
    at_s = _moment_s(r, r.choice(legs))
    aloft = [leg for leg in legs if leg["departed_s"] - 40 <= at_s <= leg["landed_s"] + 40] or list(legs)
    if r.random() < 0.15:
        return _with_zone(r, world, r.choice(aloft), at_s)
    if r.random() < 0.15:
        return _with_wind(r, world, at_s)
    apart_s = r.choice([0, 0, 1, 3, 10])
    events = [_event(r, world, r.choice(aloft), at_s + r.randint(0, apart_s)) for _ in range(r.choice([1, 1, 2, 4, 8]))]
    return world.having_events([*world.events, *(event for event in events if _is_in_the_day(world, event))])


def _moment_s(r: random.Random, leg: Mapping[str, Any]) -> float:
    """Choose a moment of a leg: before it, in its climb, its cruise, its approach or descent, or after it."""
    departed_s, arrived_s, landed_s = leg["departed_s"], leg["arrived_s"], leg["landed_s"]
    return max(
        r.choice(
            [
                departed_s - r.uniform(0, 30),
                departed_s + r.uniform(0, min(40.0, arrived_s - departed_s)),
                r.uniform(departed_s, arrived_s),
                arrived_s + r.uniform(-12, 12),
                r.uniform(arrived_s, landed_s),
                landed_s - r.uniform(0, 5),
                landed_s + r.uniform(0, 60),
            ]
        ),
        OPEN_S,
    )


def _event(r: random.Random, world: World, leg: Mapping[str, Any], at_s: float) -> Row:
    kind = r.choice(["divert", "drone_fails", "airport_closed", "airport_closed"])
    event: Row = {"kind": kind, "at": clock(at_s)}
    airports = world.ids("airport")
    if kind == "divert" and r.random() < 0.3:
        event["airport"] = r.choice(airports)
    if kind == "airport_closed":
        bound = [site for site in (leg["to"], leg["from"]) if site in airports]
        chosen = bound[0] if bound and r.random() < 0.7 else r.choice(airports)
        return event | {"airport": chosen, "minutes": r.choice([0.01, 0.05, 0.5, 1.0, 3.0, 20.0, 200.0])}
    drones = sum(world.scenario["fleet"]["drones"].values())
    if r.random() < 0.6 and leg["drone"] < drones:
        event["drone"] = leg["drone"]
    return event


# faults on the ground, and drones that turn back


def _with_faults(world: World, seed: int, number: int, legs: Sequence[Mapping[str, Any]]) -> World:
    """Let things fail on the ground, and drones turn back, at moments of the quiet day's legs."""
    r = random.Random(f"faults {seed} {number}")
    count = r.choice([0, 0, 1, 2, 4, 8]) if legs else 0
    events = [_fault(r, world, r.choice(list(legs))) for _ in range(count)]
    world = world.having("faults", **_rates(r)) if r.random() < 0.4 else world
    return world.having_events([*world.events, *(event for event in events if _is_in_the_day(world, event))])


def _rates(r: random.Random) -> Row:
    """Draw what goes wrong by chance, some of it far too often."""
    kinds = [kind for kind in _FAULTS if kind not in ("return", "courier_no_show")]
    rates: Row = {
        kind: {
            "every_h": r.choice([0.1, 0.5, 2.0]),
            "median_min": r.choice([0.2, 3.0]),
            "p95_min": r.choice([0.0, 20.0]),
        }
        for kind in r.sample(["airport_closed", *kinds], r.choice([1, 2, 4]))
    }
    if "kitchen_surge" in rates:
        rates["kitchen_surge"]["factor"] = r.choice([1.0, 2.0, 5.0])
    for key in ("returns_per_flight_hour", "diverts_per_flight_hour", "losses_per_flight_hour"):
        rates[key] = r.choice([0.0, 0.0, 2.0, 20.0])
    return rates | {"courier_no_show_share": r.choice([0.0, 0.3])}


def _fault(r: random.Random, world: World, leg: Mapping[str, Any]) -> Row:
    """Draw a fault, at a moment of a leg and at one of its ends where that is of the kind."""
    kind = r.choice(list(_FAULTS))
    event: Row = {"kind": kind, "at": clock(_moment_s(r, leg))}
    if kind == "return":
        return event | ({"drone": leg["drone"]} if r.random() < 0.7 and leg["drone"] < _drones(world) else {})
    event["minutes"] = r.choice([0.05, 0.5, 2.0, 5.0, 20.0, 200.0])
    if kind == "kitchen_surge":
        merchants = world.ids("merchant")
        return event | {"factor": r.choice([1.0, 2.0, 6.0])} | r.choice([{}, {"merchant": r.choice(merchants)}])
    where = _FAULTS[kind]
    if where:
        ids = world.ids(where)
        ends = [site for site in (leg["to"], leg["from"]) if site in ids]
        event[where] = ends[0] if ends and r.random() < 0.7 else r.choice(ids)
    return event


_FAULTS = {
    "return": "",
    "takeoff_point_closed": "takeoff_point",
    "cabinet_jammed": "airport",
    "unloader_fails": "airport",
    "charger_fails": "takeoff_point",
    "courier_no_show": "takeoff_point",
    "kitchen_surge": "",
    "dispatcher_outage": "",
}


def _drones(world: World) -> int:
    return int(sum(world.scenario["fleet"]["drones"].values()))


def _is_in_the_day(world: World, event: Row) -> bool:
    horizon = world.scenario["horizon"]
    return event["at"] <= clock(_second(horizon["end"]) + 60 * horizon["drain_max_min"])


def _with_zone(r: random.Random, world: World, leg: Mapping[str, Any], at_s: float) -> World:
    """Bring a zone into force somewhere on a leg's way."""
    share = r.random()
    start, end = (world.place(leg[site]) for site in ("from", "to"))
    middle = [a + share * (b - a) + r.uniform(-30, 30) for a, b in zip(start, end, strict=True)]
    at = _box(r, middle, (20.0, 300.0))
    if not _is_clear(at, world.features, 15.0):
        return world
    until = {"to": clock(at_s + r.choice([60, 600]))} if r.random() < 0.7 else {}
    zone = {"kind": "no_fly", "id": f"Z{len(world.features)}", "at": at, "from": clock(at_s), **until}
    return replace(world, features=(*world.features, zone))


def _with_wind(r: random.Random, world: World, at_s: float) -> World:
    """Let the wind change at a moment, unless it does so already, or is drawn or read."""
    if not world.scenario["weather"].keys().isdisjoint({"process", "file"}):
        return world
    changes = {change["at"]: change for change in [_wind(r, at_s), *world.winds]}
    return world.having("weather", changes=[changes[at] for at in sorted(changes)])
