"""Draws files of weather: by hour of the year or by local time, some things in them and others not."""

from __future__ import annotations

import datetime
import random
import zoneinfo
from dataclasses import replace

from randomworlds.stay_drawing import is_staying
from randomworlds.world import Row, World

SHARE = 0.1
HOURS = 72
"""So many rows has a file: the day is its first or second, and may end after midnight."""
CHANCES = {
    "wind_mps": [0.0, 2.0, 5.0, 5.0, 9.0, 14.0],
    "wind_from_deg": [0.0, 120.0, 250.0],
    "gust_mps": [0.0, 7.0, 12.0, 20.0],
    "rain_mmh": [0.0, 0.0, 0.0, 2.4, 8.0],
    "temperature_c": [-10.0, 15.0, 25.0, 40.0],
    "visibility_m": [300.0, 5000.0, 9000.0, 9000.0],
}
DATES = ("2026-03-08", "2026-03-28", "2026-06-01", "2026-10-25", "2026-12-31")
"""On two of them, or the day after, the clocks of the zone that is drawn with them change."""


def with_weather_file(world: World, seed: int, number: int) -> World:
    """Read the weather of one of ten worlds from a file; what it has no column of is drawn where there is a process."""
    r = random.Random(f"weather file {seed} {number}")
    if r.random() >= SHARE or is_staying(world):
        return world
    told = ["wind_mps", "wind_from_deg", *r.sample(list(CHANCES)[2:], r.choice([0, 2, 4]))]
    day = r.choice([0, 1])
    first = datetime.datetime.fromisoformat(r.choice(DATES))
    # a process needs a date
    is_dated = "date" in world.scenario["horizon"] or r.random() < 0.5
    rows = tuple(
        {
            **({"time": ""} if is_dated else {"hour": hour}),
            **{name: r.choice(CHANCES[name]) for name in told},
        }
        for hour in range(HOURS)
    )
    stated = {"wind_mps", "wind_from_deg", "changes", *CHANCES}
    kept: Row = {key: value for key, value in world.scenario["weather"].items() if key not in stated}
    if "process" in kept:
        # winds are not drawn where a file has them
        kept["process"] = {key: value for key, value in kept["process"].items() if key != "draws"}
    weather = {**kept, "file": "weather.csv", **({} if is_dated else {"day": day})}
    weather |= {"format": "csv"} if r.random() < 0.5 else {}
    world = replace(world, scenario={**world.scenario, "weather": weather}, weather=rows)
    if is_dated:
        date = (first + datetime.timedelta(days=day)).date().isoformat()
        zone = r.choice(["Asia/Shanghai", "Europe/Berlin"])
        timed = tuple({**row, "time": time} for row, time in zip(rows, local_hours(first, zone), strict=True))
        world = replace(world, weather=timed).having("horizon", date=date, zone=zone)
    return world


def local_hours(first: datetime.datetime, zone: str) -> list[str]:
    """Write each hour from a time on as the clocks of a zone show it, without its offset."""
    start = first.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(datetime.UTC)
    shown = [(start + datetime.timedelta(hours=hour)).astimezone(zoneinfo.ZoneInfo(zone)) for hour in range(HOURS)]
    return [time.replace(tzinfo=None).isoformat() for time in shown]
