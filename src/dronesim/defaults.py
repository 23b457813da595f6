"""Defaults of what people choose in Python, on the command line and for new maps, each stated once.

Nothing is imported here, so that the command line can show them at once. The defaults of a scenario's other keys stand
with the keys, or with the model's constants that they read.
"""

from __future__ import annotations

from typing import Final

DRONE_TYPE: Final = "hexa-2.5kg"
"""What a fleet flies, and what a new drone type is like."""
STRUCTURE: Final = "free"
"""How routes lead: straight between obstacles, not along airways."""

REPLICATIONS: Final = 20
"""Days of each point of a sweep, of a mean, of one more of a resource."""
PLANNED_DAYS: Final = 10
"""Real days behind an answer of the live planner."""
COMPARED_REPLICATIONS: Final = 30
"""Days on which policies are compared."""
DRILLED_REPLICATIONS: Final = 10
"""Days on which a drill is held."""
DRILLED_SCENARIO: Final = "scenarios/quickstart.toml"
"""What is drilled where nobody names anything."""
BOUND_DAYS: Final = 10
"""Days whose bounds are found."""
DAYS: Final = 365
"""Of a year of days."""
LOST_BELOW: Final = 0.5
"""A day is lost with less of its opening hours flyable."""
COMPARED_POLICIES: Final = ("nearest", "greedy", "matching")
"""Which are compared where nobody names any."""
BENCHMARK_SUITE: Final = "benchmarks/dispatch"
"""Where the scenarios of the dispatch benchmark are."""
BENCHMARK_SETS: Final = ("main",)
"""Which of its scenarios are run: those that make the score."""
BENCHMARK_DAYS: Final = 10
"""Unseen days of a nonce, on each scenario."""
BENCHMARK_SAMPLE: Final = 10
"""Days of a result that are run again."""
MOST_REPLICATIONS: Final = 400
"""Most days at one value while it is sized."""
CONFIDENCE: Final = 0.95
"""Of intervals and answers."""
INDIFFERENCE: Final = 0.005
"""How far from the target a mean level may count as either."""
SIZED: Final = "fleet.drones"
"""What is sized."""

DISTRICT_SIDE_M: Final = 4200.0
DISTRICT_TAKEOFF_POINTS: Final = 5
DISTRICT_BUILDINGS: Final = 1600
DISTRICT_ZONES: Final = 3
IMPORTED_TAKEOFF_POINTS: Final = 4
AIRPORTS: Final = 12
"""Of a district that is made up, and of one around imported orders."""
RIDE_MPS: Final = 320.0 / 60.0
"""Speed of a rider over the straight line, merchant to customer (A: 320 m a minute in the Grubhub instances)."""
