"""How packs that age are worn, how long they last at this day's use, and what that makes a planner buy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np

from dronesim.metrics.statistics import ratio
from dronesim.record.kpis import PackKpis
from dronesim.record.tables import Columns
from dronesim.wear import AgeingLaw

YEAR_D: Final = 365.0


def packs(legs: Columns, facts: Mapping[str, Any]) -> PackKpis | None:
    """Measure the wear of packs; None where they don't age.

    - ``cycles_per_day``: equivalent full cycles of this day / packs, and what a scenario's ``batteries.cycles_per_day``
      should be;
    - ``mean_health``, ``least_health``: in the morning, a new pack has 1;
    - ``life_days``: days after which a pack that is used so each day retires, None for one that never does;
    - ``retiring``: packs that do so when this day is over, by the energy drawn from each;
    - ``bought_per_year`` = packs x 365 / life_days; ``price_per_year``: for so many at ``costs.pack_price``;
    - ``price_per_cycle`` = pack_price / cycles in a life. It is the same money as the wear in the day's bill,
      full cycles x pack_cycle, told another way and in no total: what ``costs.pack_cycle`` should be.
    """
    told = facts["batteries"].get("ageing")
    if told is None:
        return None
    law = AgeingLaw(**{field.name: told[field.name] for field in fields(AgeingLaw)})
    health, price = np.array(told["health"]), facts["prices"].get("pack_price")
    drawn = np.bincount(legs["pack"], weights=np.nan_to_num(legs["energy_wh"]), minlength=len(health))
    drawn = drawn[: len(health)] / facts["aircraft"]["pack_wh"]
    tomorrow = law.health(np.array(told["full_cycles"]) + drawn, np.array(told["days"]) + 1.0)
    a_day = float(drawn.sum() / len(health))
    life_days = law.life_days(a_day)
    bought = len(health) * YEAR_D / life_days
    return PackKpis(
        cycles_per_day=a_day,
        mean_health=float(health.mean()),
        least_health=float(health.min()),
        life_days=None if math.isinf(life_days) else life_days,
        retiring=int((tomorrow <= law.retire_at).sum()),
        bought_per_year=bought,
        price_per_year=None if price is None else bought * price,
        price_per_cycle=None if price is None or math.isinf(life_days) else ratio(price, a_day * life_days),
    )
