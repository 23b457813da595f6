"""The bound that a day is scored against."""

from __future__ import annotations

import math

from dronesim.bounds.day import bound_of
from dronesim.simulation import SimulationInputs


def bound_of_day(inputs: SimulationInputs) -> float | None:
    """Give the share on time that no policy exceeds on a day; None where nobody orders in range."""
    share = bound_of(inputs).share
    return None if math.isnan(share) else share
