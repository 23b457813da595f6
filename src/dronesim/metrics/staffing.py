"""How long people were at work, and drones in service, where that changes over the day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any


def shifts_at(facts: Mapping[str, Any], resource: str) -> Mapping[str, Any]:
    """Give the steps of a resource by site; none where its number holds all day."""
    found: Mapping[str, Any] = (facts.get("shifts") or {}).get(resource, {})
    return found


def staffed_s(steps: Sequence[Sequence[float]], *, from_s: float = 0.0, to_s: float = math.inf) -> float:
    """Add up the time of all units in a part of the day; ``steps``: from when how many, none after the last."""
    ends = [*steps, (math.inf, 0)]
    return sum(
        count * max(min(until_s, to_s) - max(begin_s, from_s), 0.0)
        for (begin_s, count), (until_s, _) in pairwise(ends)
        if count
    )
