"""Draws again what a day begins with: how old packs are, what drones have been through, and what inspections find."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dronesim.units import MS
from dronesim.verify.drawn_again import NORMAL_P95, generator
from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run
from dronesim.verify.report import at

_SAME: Final = 1e-6
_SLACK_S: Final = 2.0 / MS


def packs_otherwise(
    run: Run, full_cycles: Floats, days: Floats, *, cycles_per_day: float, life_d: float
) -> Iterator[str]:
    """Find packs of another age than is drawn, between none and their life, or of other cycles than it brings."""
    for pack in range(len(days)):
        meant_d = life_d * float(generator(run, f"age of pack {pack}").random())
        if abs(days[pack] - meant_d) > _SAME * max(meant_d, 1.0):
            yield f"pack {pack} is {days[pack]:.6f} days old, {meant_d:.6f} are drawn"
        elif abs(full_cycles[pack] - cycles_per_day * meant_d) > _SAME * max(cycles_per_day * meant_d, 1.0):
            yield f"pack {pack} has {full_cycles[pack]:.6f} full cycles, in {meant_d:.6f} days"


def drones_otherwise(run: Run, told: Mapping[str, Any]) -> Iterator[str]:
    """Find drones that begin the day otherwise than is drawn, and inspections that find something else."""
    for drone in range(min(run.facts.owned, len(told["sorties"]))):
        (sorties, flown_s, left_days), clean, repair_days = _drawn(run, told, drone)
        for name, meant in (("sorties", sorties), ("flown_s", flown_s), ("in_repair_days", left_days)):
            if abs(told[name][drone] - meant) > max(_SAME * abs(meant), _SLACK_S):
                yield f"drone {drone} begins with {name} {told[name][drone]:g}, {meant:g} is drawn"
        yield from _finds_otherwise(run, told, drone, clean=clean, repair_days=repair_days)


def _drawn(run: Run, told: Mapping[str, Any], drone: int) -> tuple[tuple[float, float, float], float, float]:
    """Draw sorties and seconds since the last inspection, days of repair left; clean inspections to come, a repair."""
    rng, facts = generator(run, f"upkeep of drone {drone}"), run.facts
    median_days, share = float(told["repair_median_days"]), float(told["repair_share"])
    sigma = math.log(float(told["repair_p95_days"]) / median_days) / NORMAL_P95
    is_out, left, since = rng.random(3).tolist()
    met, to_come = rng.standard_normal(2).tolist()
    clean = float(rng.geometric(share) - 1) if share > 0 else math.inf
    repair_days = median_days * math.exp(sigma * to_come)
    by_sorties = float(told["sorties_per_day"]) / (told["after_sorties"] or math.inf)
    a_day = max(by_sorties, float(told["flight_s_per_day"]) / (told["after_flight_s"] or math.inf))
    inspected = a_day * float(told["inspection_s"]) / (facts.end_s - facts.start_s)
    repaired = a_day * share * median_days * math.exp(sigma**2 / 2)
    if is_out < repaired / (1 + inspected + repaired):
        # long repairs are met more often; spares are in order
        days = left * median_days * math.exp(sigma**2 + sigma * met) if drone < facts.drones else 0.0
        return (0.0, 0.0, days), clean, repair_days
    sorties = float(math.floor(since * float(told["sorties_per_day"]) / a_day))
    return (sorties, since * float(told["flight_s_per_day"]) / a_day, 0.0), clean, repair_days


def _finds_otherwise(
    run: Run, told: Mapping[str, Any], drone: int, *, clean: float, repair_days: float
) -> Iterator[str]:
    """Find repairs after another inspection than the first that is drawn not to be clean, or of another length."""
    facts, stays = run.facts, [stay for stay in told["stays"] if stay["drone"] == drone]
    over_s = sorted(float(stay["to_s"]) for stay in stays if stay["kind"] == "inspection" and stay["to_s"] is not None)
    repairs = [stay for stay in stays if stay["kind"] == "repair" and stay["from_s"] > facts.start_s]
    is_due = len(over_s) > clean and over_s[int(clean)] < facts.closed_s - _SLACK_S
    if is_due and not any(abs(stay["from_s"] - over_s[int(clean)]) <= _SLACK_S for stay in repairs):
        yield f"drone {drone}: its inspection that ends {at(over_s[int(clean)])} is drawn to find something"
    for stay in repairs:
        if len(over_s) <= clean or abs(stay["from_s"] - over_s[int(clean)]) > _SLACK_S:
            yield f"drone {drone} is repaired {at(stay['from_s'])}, {clean:g} of its inspections are drawn to be clean"
            continue
        back_s = stay["from_s"] + repair_days * (facts.end_s - facts.start_s)
        is_today = back_s <= facts.end_s
        if is_today != (stay["to_s"] is not None) or (is_today and abs(stay["to_s"] - back_s) > _SLACK_S):
            yield f"drone {drone} is repaired {at(stay['from_s'])}, drawn to be back {at(back_s)}"
