"""What a scenario says of faults by chance is what a day meets: how often, for how long, and on the same days."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gates
from command import TINY
from dronesim.experiment.compose import prepare, set_up
from dronesim.faults import hazards, spells
from dronesim.scenario import load_scenario
from dronesim.simulation import ScriptedEvent, SimulationInputs, simulate
from dronesim.streams import Streams
from dronesim.verify.outages import outages
from exploring import examples
from test_planted_faults import small_day
from test_planted_laws import as_read
from worlds import days

DAYS = 200
HOURS = 4.0
"""Opening hours and drain of the tiny network."""


def drawn(*settings: str, replication: int = 0) -> SimulationInputs:
    scenario = load_scenario(TINY, ["horizon.drain_max_min=120", *settings])
    return prepare(set_up(scenario), replication=replication)


def of_days(*settings: str) -> list[tuple[ScriptedEvent, ...]]:
    setting = set_up(load_scenario(TINY, ["horizon.drain_max_min=120", *settings]))
    return [prepare(setting, replication=number).drawn for number in range(DAYS)]


@pytest.mark.parametrize(("kind", "places"), [("airport_closed", 3), ("unloader_fails", 6), ("dispatcher_outage", 1)])
def test_faults_on_the_ground_come_as_often_as_stated(kind: str, places: int) -> None:
    """Up for an hour on average, out for a minute: counts of a renewal process, within 4 standard errors."""
    found = of_days(f"faults.{kind}.every_h=1", f"faults.{kind}.median_min=1", "airports.unloaders=2")
    counts = np.array([len(events) for events in found])
    expected, error = places * HOURS / (1.0 + 1.0 / 60.0), counts.std(ddof=1) / math.sqrt(DAYS)
    assert error < 0.1 * expected
    assert counts.mean() == pytest.approx(expected, abs=4 * error + 0.02 * places)
    assert {event.kind for events in found for event in events} == {kind}


def test_lengths_follow_the_law_that_is_stated() -> None:
    """Half of them are below the median and 95 % below the 95th percentile, within 4 standard errors."""
    found = of_days(*(f"faults.cabinet_jammed.{key}" for key in ("every_h=0.5", "median_min=2", "p95_min=8")))
    lasts_s = np.array([event.duration_s for events in found for event in events])
    for share, limit_s in ((0.5, 120.0), (0.95, 480.0)):
        error = math.sqrt(share * (1 - share) / len(lasts_s))
        assert (lasts_s <= limit_s).mean() == pytest.approx(share, abs=4 * error)
    fixed = of_days("faults.cabinet_jammed.every_h=0.5", "faults.cabinet_jammed.median_min=2")
    assert {event.duration_s for events in fixed for event in events} == {120.0}


def test_as_many_couriers_stay_away_as_stated() -> None:
    found = of_days("faults.courier_no_show_share=0.3", "couriers.per_takeoff_point=5")
    share = np.array([len(events) for events in found]) / 10.0
    assert share.mean() == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / (10 * DAYS)))


def test_drones_meet_hazards_as_often_as_stated() -> None:
    """Counts are Poisson in flight-hours: 4 standard errors over 2,000 drones of ten hours."""
    streams = Streams(seed=1)
    rates = {"return": 0.5, "divert": 0.05}
    found = hazards(rates, 2000, until_h=10.0, rng_for=lambda kind, drone: streams.generator(f"{kind} {drone}"))
    for kind, rate in rates.items():
        count = sum(what == kind for drone in found for _, what in drone)
        assert count == pytest.approx(20_000 * rate, abs=4 * math.sqrt(20_000 * rate))
    assert all(list(drone) == sorted(drone) for drone in found)


def flown_s(legs: dict[str, Any]) -> float:
    """Add up the time aloft; a leg that was left for another one ends where that begins."""
    order = np.lexsort((legs["departed_s"], legs["drone"]))
    departed_s, landed_s = legs["departed_s"][order], legs["landed_s"][order]
    ends_s = np.where(legs["outcome"][order] == "diverted", np.append(departed_s[1:], np.nan), landed_s)
    return float(np.nansum(ends_s - departed_s))


def test_a_day_meets_as_many_hazards_as_its_flight_hours_ask_for() -> None:
    """Over 40 days, by incidents and legs: each is told once, whatever can be done; within 4 standard errors."""
    settings = ["faults.returns_per_flight_hour=3", "faults.diverts_per_flight_hour=2"]
    setting = set_up(load_scenario(TINY, ["horizon.drain_max_min=120", *settings]))
    struck, flown_h = {"return": 0, "divert": 0}, 0.0
    for number in range(40):
        tables = simulate(prepare(setting, replication=number)).tables
        for kind in struck:
            rows = tables["incidents"]["kind"] == kind
            struck[kind] += len(np.unique(tables["incidents"]["time_s"][rows]))
        flown_h += flown_s(tables["legs"]) / 3600.0
    assert struck["return"] == pytest.approx(3 * flown_h, abs=4 * math.sqrt(3 * flown_h))
    assert struck["divert"] == pytest.approx(2 * flown_h, abs=4 * math.sqrt(2 * flown_h))


EVERYTHING = (
    *(f"faults.{kind}.every_h=1" for kind in ("airport_closed", "takeoff_point_closed", "cabinet_jammed")),
    *(f"faults.{kind}.every_h=1" for kind in ("unloader_fails", "charger_fails", "kitchen_surge", "dispatcher_outage")),
    "faults.returns_per_flight_hour=1",
    "faults.courier_no_show_share=0.2",
)


def test_faults_move_no_other_draw() -> None:
    """Orders and failures are what they are without; and one kind is what it is beside others."""
    quiet, met = drawn("faults.failures_per_flight_hour=1"), drawn("faults.failures_per_flight_hour=1", *EVERYTHING)
    for name in ("placed_s", "mass_kg", "preparation_s", "collection_s", "patience_s"):
        assert getattr(quiet.orders, name).tolist() == getattr(met.orders, name).tolist()
    assert quiet.drones.budget_h.tolist() == met.drones.budget_h.tolist()
    assert (quiet.drawn, quiet.drones.hazards) == ((), ())
    alone = drawn("faults.charger_fails.every_h=1").drawn
    assert [event for event in met.drawn if event.kind == "charger_fails"] == list(alone)
    longer = drawn("faults.charger_fails.every_h=1", "batteries.chargers=9", "fleet.drones=9").drawn
    assert set(alone) <= set(longer)


def test_spells_do_not_overlap_and_begin_in_time() -> None:
    found = list(
        spells(every_s=60.0, median_s=30.0, p95_s=90.0, from_s=100.0, to_s=9000.0, rng=Streams(seed=3).generator("x"))
    )
    assert 100.0 < found[0][0] < found[-1][0] < 9000.0
    assert all(at_s + lasts_s <= next_s for (at_s, lasts_s), (next_s, _) in pairwise(found))


# property: any of them, on random days


@st.composite
def troubled(draw: Callable[[Any], Any]) -> SimulationInputs:
    """Draw a random day with up to six troubles on the ground and in the air."""
    inputs = draw(days())
    homes, airports = inputs.places.takeoff_points, inputs.places.airports
    horizon = inputs.rules.horizon
    kinds = st.sampled_from(
        [
            *("takeoff_point_closed", "cabinet_jammed", "unloader_fails", "charger_fails", "courier_no_show"),
            *("kitchen_surge", "dispatcher_outage", "return"),
        ]
    )
    event = st.builds(
        ScriptedEvent,
        kind=kinds,
        at_s=st.integers(int(horizon.start_s), int(horizon.end_s)).map(float),
        duration_s=st.sampled_from([1.0, 60.0, 600.0, 3600.0]),
        airport=st.integers(0, airports - 1),
        takeoff_point=st.integers(0, homes - 1),
        own=st.just((("factor", 2.0),)),
    )
    events = draw(st.lists(event, min_size=1, max_size=6))
    return replace(inputs, rules=replace(inputs.rules, events=tuple(events)))


@examples(60)
@given(inputs=troubled())
def test_every_gate_passes_on_a_day_with_any_of_them(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    check = outages(as_read(outcome))
    assert check.is_clean, check.violations


def test_the_small_day_has_none() -> None:
    assert "outages" not in simulate(small_day()).facts
