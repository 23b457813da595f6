"""The command link between dispatcher and drones: its latency, its availability and how outages are spread.

Outages are not yet simulated: no run draws them. What is here is the model and what it expects of a flight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An on-off link with exponential up and down times in s.

    ``command_latency_s`` 0.05 and ``target_availability`` 0.999: A, targets of 3GPP. ``up_s`` 300 and
    ``down_s`` 2 (means), hold after ``hold_after_s`` 3 and return after ``return_after_s`` 15 of silence: E,
    assumptions. With them the link is up 99.3 % of the time, so the assumed link is worse than the target.
    """

    command_latency_s: float = 0.05
    target_availability: float = 0.999
    up_s: float = 300.0
    down_s: float = 2.0
    hold_after_s: float = 3.0
    return_after_s: float = 15.0

    @property
    def availability(self) -> float:
        """Share of time that the link is up in the long run."""
        return self.up_s / (self.up_s + self.down_s)

    def share_longer(self, seconds: float) -> float:
        """Share of outages that last longer than ``seconds``."""
        return math.exp(-seconds / self.down_s)

    def expected_outages(self, flight_s: float, *, longer_than_s: float = 0.0) -> float:
        """Outages longer than ``longer_than_s`` that are expected to begin in a flight of ``flight_s``.

        Taken in the long run: a flight meets the link in its equilibrium, up or down.
        """
        return flight_s / (self.up_s + self.down_s) * self.share_longer(longer_than_s)
