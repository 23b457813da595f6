"""Draws the state in which a day finds packs and drones: that of any day of a network long at work."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from dronesim.record.resources import in_all, named
from dronesim.simulation import CareColumns, PackColumns, Rules
from dronesim.streams import Streams
from dronesim.wear import CareLaw

IN_REPAIR: Final = 2
"""Which column tells what is left of a repair."""


def draw_packs(rules: Rules, streams: Streams) -> PackColumns | None:
    """Draw how old each pack is, from its own stream; None where packs don't age, and then nothing is drawn.

    A pack that retires makes room for a new one, and all are used alike: so its age is any between none and its life,
    each as likely, and its cycles are those of its days.
    """
    law = rules.batteries.ageing
    if law is None:
        return None
    life_days = law.life_days(law.cycles_per_day)
    shares = [streams.generator(f"age of pack {pack}").random() for pack in range(in_all(named("pack"), rules))]
    days = life_days * np.array(shares)
    full_cycles = law.cycles_per_day * days
    for column in (days, full_cycles):
        column.setflags(write=False)
    return PackColumns(full_cycles=full_cycles, days=days)


def draw_care(rules: Rules, streams: Streams) -> CareColumns | None:
    """Draw what drones have been through since their last inspection, which are in repair, and what the next one finds.

    Each from its own stream; None where nobody inspects. Drones alternate between service and repair: who is in repair
    has a repair that was met by its length, of which any share is left, each as likely; who is in service is anywhere
    between two inspections. Spares are kept in order, so none of them begins in repair.
    """
    law = rules.care
    if law is None:
        return None
    available, owned = sum(rules.fleet.drones), sum(rules.fleet.drones) + sum(rules.fleet.spares)
    rows = [_draw_drone(law, streams.generator(f"upkeep of drone {drone}"), rules) for drone in range(owned)]
    columns = np.array(rows, dtype=np.float64).reshape(owned, -1).T
    columns[IN_REPAIR, available:] = 0.0
    columns.setflags(write=False)
    sorties, flown_s, in_repair_days, clean, repair_days = columns
    return CareColumns(
        sorties=sorties, flown_s=flown_s, in_repair_days=in_repair_days, clean=clean, repair_days=repair_days
    )


def _draw_drone(law: CareLaw, rng: np.random.Generator, rules: Rules) -> tuple[float, ...]:
    """Draw sorties and seconds aloft since the last inspection, days of repair left, clean inspections, a repair."""
    out, left, since = rng.random(3).tolist()
    met, coming = (law.repair_sigma * rng.standard_normal(2)).tolist()
    clean = float(rng.geometric(law.repair_share) - 1) if law.repair_share > 0 else math.inf
    repair_days = law.repair_median_days * math.exp(coming)
    a_day = law.inspections_per_day(law.sorties_per_day, law.flight_s_per_day)
    inspected, repaired = law.out_of_service(a_day, rules.horizon.end_s - rules.horizon.start_s)
    if out < repaired / (1 + inspected + repaired):
        met_days = law.repair_median_days * math.exp(law.repair_sigma**2 + met)
        return 0.0, 0.0, left * met_days, clean, repair_days
    sorties = math.floor(since * law.sorties_per_day / a_day)
    return float(sorties), since * law.flight_s_per_day / a_day, 0.0, clean, repair_days
