"""Computes the key figures of risk and noise a second time, from the facts of what was flown and heard."""

from __future__ import annotations

import math
from typing import Any

from dronesim.verify.exposure_facts import Crash, Listener, Noise, Risk

Values = dict[str, Any]

_G = 9.80665
_HOUR_DB = 35.563025007672874
"""10 lg 3600"""


def risk_figures(risk: Risk | None) -> Values:
    """Give the crashes, people hit and deaths of a year, by kind and in all."""
    if risk is None:
        return {}
    kinds = {name: _crash(risk, crash) for name, crash in risk.crashes.items()}
    sums = {
        f"risk.{total}": sum(kind[name] for kind in kinds.values())
        for total, name in (
            ("crashes_per_year", "per_year"),
            ("people_hit_per_year", "people_hit_per_year"),
            ("deaths_per_year", "deaths_per_year"),
        )
    }
    return {
        "risk.flight_h": risk.flight_h,
        "risk.people_per_km2": risk.people_h / risk.flight_h if risk.flight_h else None,
        **{f"risk.crashes.{kind}.{name}": value for kind, row in kinds.items() for name, value in row.items()},
        **sums,
    }


def _crash(risk: Risk, crash: Crash) -> dict[str, float]:
    area_m2, death = area_hit_m2(risk, crash), share_dead(risk, crash)
    hit = crash.per_hour * risk.days * risk.people_h * area_m2 * 1e-6
    return {
        "per_year": crash.per_hour * risk.days * risk.flight_h,
        "area_m2": area_m2,
        "death_share": death,
        "people_hit_per_year": hit,
        "deaths_per_year": hit * death,
    }


def area_hit_m2(risk: Risk, crash: Crash) -> float:
    """Area of the disc of impact, and of the strips of the glide above it and of the slide behind it (JARUS)."""
    radius_m = 0.3 + 0.5 * risk.width_m
    if risk.width_m <= 1.0:
        return math.pi * radius_m**2 + 3.6 * radius_m / math.tan(math.radians(max(crash.deg, 35.0)))
    level_mps, brakes_mps2 = 0.65 * crash.mps * math.cos(math.radians(crash.deg)), 0.65 * _G
    harmless_mps = math.sqrt(580.0 / risk.mass_kg)
    # the way in which it slows down from one speed to the other
    slides_m = max(0.0, level_mps**2 - harmless_mps**2) / (2 * brakes_mps2)
    return math.pi * radius_m**2 + 2 * radius_m * (1.8 / math.tan(math.radians(crash.deg)) + slides_m)


def share_dead(risk: Risk, crash: Crash) -> float:
    """Logistic in the logarithm of the energy, with its middle at a sheltered 1 MJ."""
    log_ratio = math.log(0.5 * risk.mass_kg * crash.mps**2 / 100.0)
    return 1 / (1 + math.exp(0.5 * math.log(1e4) - log_ratio / (4 * risk.shelter)))


def noise_figures(noise: Noise | None) -> Values:
    """Give levels and overflights by place and hour, the most of each, and how often limits were exceeded."""
    if noise is None:
        return {}
    found: Values = {}
    for name, listener in noise.listeners.items():
        found |= {f"noise.by_place.{name}.{key}": value for key, value in _listener(listener).items()}
    everyone = list(noise.listeners.values())
    loud = sum(dba - _HOUR_DB > it.limit_dba for it in everyone for dba in it.level_dba.values())
    often = sum(count > it.passes_max for it in everyone for count in it.passes.values())
    quiet = sum(it.quiet for it in everyone)
    return {
        **found,
        "noise.loudest_hour_dba": _most([dba - _HOUR_DB for it in everyone for dba in it.level_dba.values()]),
        "noise.most_overflights": max((count for it in everyone for count in it.passes.values()), default=0),
        "noise.exceeded": loud + often + quiet,
        "noise.hours_too_loud": loud,
        "noise.hours_too_often": often,
        "noise.quiet_overflights": quiet,
    }


def _listener(listener: Listener) -> Values:
    levels = {hour: dba - _HOUR_DB for hour, dba in listener.level_dba.items()}
    return {
        **{f"hourly_dba.{hour}": _level(dba) for hour, dba in levels.items()},
        **{f"overflights.{hour}": count for hour, count in listener.passes.items()},
        "loudest_hour_dba": _most(list(levels.values())),
        "most_overflights": max(listener.passes.values(), default=0),
        "loudest_flight_dba": _level(listener.loudest_dba),
        "quiet_overflights": listener.quiet,
    }


def _level(dba: float) -> float | None:
    return dba if math.isfinite(dba) else None


def _most(levels: list[float]) -> float | None:
    return _level(max(levels, default=-math.inf))
