"""Levels with their intervals, and numbers of things, as answers of experiments show them."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.estimates import Estimate
from dronesim.record.resources import RESOURCES

THINGS: Final = {
    **{resource.key: resource.said or resource.plural for resource in RESOURCES if resource.key is not None},
    "pilots.drones_per_pilot": "drones per pilot",
}
"""What is counted under a key."""


def interval(found: Estimate) -> str:
    """Show a share with its interval in per cent."""
    if math.isnan(found.mean):
        return "no orders"
    if not math.isfinite(found.low) or not math.isfinite(found.high):
        return f"{100 * found.mean:.1f} %"
    return f"{100 * found.mean:.1f} % ({100 * max(found.low, 0):.1f} to {100 * min(found.high, 1):.1f})"


def thing(resource: str) -> str:
    """Name a resource in the answer: ``fleet.drones`` is a number of drones."""
    return THINGS.get(resource, resource.rpartition(".")[2].replace("_", " "))


def amount(count: int, name: str) -> str:
    """Show a number of things whose name is a plural, such as "pads per airport"."""
    what, *rest = name.split(" per ", 1)
    singular = what.removesuffix("es" if what.endswith("xes") else "s")
    return " per ".join([f"{count} {singular if count == 1 else what}", *rest])
