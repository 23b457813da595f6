"""The command link in the engine: how many flights are silent for longer than a time-out, against the law of gaps."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from dronesim.comms import ExponentialOutages, LinkDay, Outage, draw_outages
from dronesim.evidence import Kind
from dronesim.simulation import SimulationInputs, simulate
from dronesim.simulation.rules import LinkRules
from evidence_checks.check import Check, Found, mean_near
from lab import lab_inputs

GAPS: Final = ExponentialOutages(up_s=300.0, down_s=2.0)
WAYS_M: Final = (1_835.0, 6_485.0)
"""Ways that are flown in about 190 and 500 s."""
DAYS: Final = {3.0: 60, 10.0: 250}
"""Time-outs in s, and how many days show each: the longer one is rare."""
ORDERS: Final = 30
APART_S: Final = 1_200.0
"""Orders come one by one, so that no two flights share an outage."""
PRECISION: Final = 0.15


def timed_out_share(flight_s: float, limit_s: float) -> float:
    """Share of flights of one length that meet a gap of more than a limit.

    Gaps begin at a rate of one in ``up_s + down_s`` and exp(-limit/down) of them last for longer; one that is met at
    take-off goes on for longer with the same probability, for exponential gaps have no memory.
    """
    long = math.exp(-limit_s / GAPS.down_s)
    cycle_s = GAPS.up_s + GAPS.down_s
    return 1.0 - (1.0 - GAPS.down_s / cycle_s * long) * math.exp(-long * max(flight_s - limit_s, 0.0) / cycle_s)


def time_outs() -> Found:
    """Flights whose time is out in engine days with gaps as drawn, for two lengths of flights and two time-outs."""
    parts = [_one(way_m, limit_s) for limit_s in DAYS for way_m in WAYS_M]
    return Found(passed=all(passed for passed, _ in parts), figure="; ".join(words for _, words in parts))


def _one(way_m: float, limit_s: float) -> tuple[bool, str]:
    shares, inputs = list[float](), _inputs(way_m, limit_s)
    for number in range(DAYS[limit_s]):
        link = simulate(_with_gaps(inputs, np.random.default_rng([number, int(way_m)]))).facts["link"]
        shares.append(link["flights_timed_out"] / link["flights"])
    legs = simulate(inputs).tables["legs"]
    lengths_s = (legs["landed_s"] - legs["departed_s"]).tolist()
    expected = float(np.mean([timed_out_share(flight_s, limit_s) for flight_s in lengths_s]))
    error = float(np.std(shares, ddof=1) / np.sqrt(len(shares)))
    passed, words = mean_near(100 * float(np.mean(shares)), 100 * error, 100 * expected, precision=PRECISION)
    return passed, f"flights of {np.mean(lengths_s):.0f} s, over {limit_s:g} s: {words} %"


def _inputs(way_m: float, limit_s: float) -> SimulationInputs:
    inputs: SimulationInputs = lab_inputs(36_000.0 + APART_S * np.arange(ORDERS), airports_xy=((way_m, 0.0),))
    return replace(inputs, rules=replace(inputs.rules, link=LinkRules(outages=GAPS, hold_after_s=limit_s)))


def _with_gaps(inputs: SimulationInputs, rng: np.random.Generator) -> SimulationInputs:
    horizon = inputs.rules.horizon
    spells = draw_outages(GAPS, from_s=horizon.start_s, to_s=horizon.end_s + horizon.drain_s, rng=rng)
    return replace(inputs, link=LinkDay(outages=tuple(Outage(area=-1, from_s=a_s, to_s=b_s) for a_s, b_s in spells)))


CHECKS: Final = (
    Check(
        name="link-time-outs",
        kind=Kind.THEORY,
        title="flights that are silent for over 3 and 10 s, of 190 and 500 s, with gaps of 2 s in 300 s",
        source="exponential gaps have no memory: those over a limit begin at a rate of exp(-limit/mean)/(up + down)",
        mark="each within 4 standard errors, which are below 15 %",
        run=time_outs,
        is_dear=True,
    ),
)
