"""Draws the state in which a day finds packs: that of any day of a network which has been at work for long."""

from __future__ import annotations

import numpy as np

from dronesim.record.resources import in_all, named
from dronesim.simulation import PackColumns, Rules
from dronesim.streams import Streams


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
