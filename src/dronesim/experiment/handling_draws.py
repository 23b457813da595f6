"""Draws how long each order is boxed, loaded and unloaded, where that scatters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.draw import sample
from dronesim.simulation.inputs import HandlingColumns
from dronesim.simulation.rules import HandlingLaw, Rules
from dronesim.streams import Streams


def draw_handling(rules: Rules, orders: int, streams: Streams) -> HandlingColumns:
    """Draw the times of each order, each kind from its own stream; what takes always the same is not drawn."""
    return HandlingColumns(
        boxing_s=_drawn(rules.handling.boxing, "boxing", orders, streams),
        load_s=_drawn(rules.handling.load, "loading", orders, streams),
        unload_s=_drawn(rules.handling.unload, "unloading", orders, streams),
    )


def _drawn(law: HandlingLaw | None, name: str, orders: int, streams: Streams) -> NDArray[np.float64] | None:
    return None if law is None else sample(law, streams.generator(name), orders)
