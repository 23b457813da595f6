"""Closed airports: what becomes of parcels that are ready, by each rule, and of bookings that a closure meets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.simulation import ScriptedEvent, SimulationInputs, SiteClosure, simulate
from lab import lab_inputs

OPENS_S = 36000.0
READY_MS = 36_380_000
"""When the parcel of the laboratory's one order is ready: 240 s of kitchen, 50 s of walk, twice 45 s of hands."""


def closed(duration_s: float, *, at_s: float = OPENS_S, **airports: Any) -> dict[str, Any]:
    script = ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=duration_s, airport=0)
    return {"events": (script,), "airports": airports}


def played(inputs: SimulationInputs) -> dict[str, list[gates.Row]]:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return {name: list(gates.rows(outcome.tables[name])) for name in ("orders", "legs", "incidents", "waits")}


def test_a_parcel_waits_for_its_airport_and_then_goes_by_road() -> None:
    day = played(lab_inputs(rules=closed(7200.0, closed_wait_s=600.0)))
    (order,) = day["orders"]
    assert order["ready_s"] == READY_MS
    assert (order["end_state"], order["reason"], order["drone"]) == ("ground", "airport_closed", -1)
    road_ms = 1.4 * 1800.0 / 6.0 * 1000
    assert order["ended_s"] == pytest.approx(READY_MS + 600_000 + road_ms, abs=1)
    assert day["legs"] == []
    assert [(wait["reason"], wait["from_s"], wait["to_s"]) for wait in day["waits"]] == [
        ("airport_closed", READY_MS, READY_MS + 600_000)
    ]


def test_it_waits_no_longer_than_until_the_airport_opens() -> None:
    day = played(lab_inputs(rules=closed(500.0, closed_wait_s=600.0)))
    assert day["orders"][0]["end_state"] == "collected"
    assert day["orders"][0]["assigned_s"] == 36_500_000
    assert [wait["reason"] for wait in day["waits"]] == ["airport_closed"]


def test_with_the_road_as_the_rule_it_leaves_as_soon_as_it_is_ready() -> None:
    day = played(lab_inputs(rules=closed(7200.0, when_closed="road")))
    (order,) = day["orders"]
    assert order["ended_s"] == pytest.approx(READY_MS + 1.4 * 1800.0 / 6.0 * 1000, abs=1)
    assert day["waits"] == []


def test_the_first_parcel_of_a_day_leaves_as_soon_as_any_other() -> None:
    """Nothing happens between its placing and its being ready, so that nobody has looked at it yet."""
    rules = closed(7200.0, at_s=OPENS_S, when_closed="road")
    (order,) = played(lab_inputs([OPENS_S + 60.0], rules=rules))["orders"]
    assert order["ended_s"] == pytest.approx(READY_MS + 60_000 + 1.4 * 1800.0 / 6.0 * 1000, abs=1)


def test_closures_that_follow_on_each_other_without_a_break_are_waited_for_once() -> None:
    scripts = tuple(
        ScriptedEvent(kind="airport_closed", at_s=OPENS_S + at_s, duration_s=lasts_s, airport=0)
        for at_s, lasts_s in ((0.0, 500.0), (450.0, 400.0), (800.0, 3600.0))
    )
    day = played(lab_inputs(rules={"events": scripts, "airports": {"closed_wait_s": 600.0}}))
    assert [(wait["from_s"], wait["to_s"]) for wait in day["waits"]] == [(READY_MS, READY_MS + 600_000)]


@pytest.mark.parametrize(("walk_max_m", "airport"), [(3000.0, "A1"), (2000.0, "A0")])
def test_the_next_airport_is_one_that_customers_walk_to(walk_max_m: float, airport: str) -> None:
    day = played(lab_inputs(rules=closed(7200.0, when_closed="next", walk_max_m=walk_max_m)))
    (order,) = day["orders"]
    assert (order["airport"], order["placed_airport"]) == (airport, "A0")
    assert order["end_state"] == ("collected" if airport == "A1" else "ground")
    assert order["distance_m"] == 1_800.0


def test_new_orders_are_refused_where_that_is_the_rule() -> None:
    inputs = lab_inputs(
        [OPENS_S, OPENS_S + 700.0, OPENS_S + 1300.0], rules=closed(600.0, at_s=OPENS_S + 650.0, when_closed="refuse")
    )
    states = [(order["end_state"], order["reason"]) for order in played(inputs)["orders"]]
    assert states == [("collected", None), ("refused", "airport_closed"), ("collected", None)]


def test_a_parcel_on_the_road_is_not_cancelled() -> None:
    inputs = lab_inputs(rules=closed(7200.0, when_closed="road"), orders={"patience_s": 440.0})
    assert played(inputs)["orders"][0]["end_state"] == "ground"


def test_a_closure_takes_back_only_what_is_bound_for_the_airport() -> None:
    orders = {"airport": [0, 1]}
    calm = played(lab_inputs([OPENS_S, OPENS_S], orders=orders))
    at_s = READY_MS / 1000 + 10
    day = played(lab_inputs([OPENS_S, OPENS_S], orders=orders, rules=closed(600.0, at_s=at_s)))
    revoked = [row["order"] for row in day["incidents"] if row["kind"] == "booking_revoked"]
    assert revoked == [0]
    other, same = (table["orders"][1] | {"outbound_leg": 0} for table in (day, calm))
    assert other == same
    assert "revoked" in {wait["reason"] for wait in day["waits"] if wait["order"] == 0}


# sites in zones with hours


def in_zone(site: int, from_s: float, to_s: float, **changes: Any) -> SimulationInputs:
    """A day on which a site lies in a zone for a while; its routes stay, so that only the rule keeps drones away."""
    inputs = lab_inputs(np.arange(OPENS_S, OPENS_S + 7200.0, 300.0), **changes)
    return replace(inputs, closures=(SiteClosure(site=site, from_s=from_s, to_s=to_s),))


@pytest.mark.parametrize("site", [0, 1])
def test_nobody_lands_at_a_site_or_takes_off_while_a_zone_lies_on_it(site: int) -> None:
    begin_s, end_s = OPENS_S + 1800.0, OPENS_S + 3600.0
    day = played(in_zone(site, begin_s, end_s))
    name = ("T0", "A0")[site]
    moments = [leg["departed_s"] for leg in day["legs"] if leg["from"] == name]
    moments += [leg["landed_s"] for leg in day["legs"] if leg["to"] == name]
    assert len(moments) > 10
    assert not [moment for moment in moments if begin_s * 1000 <= moment < end_s * 1000]
    assert len({order["end_state"] for order in day["orders"]} & {"open", "lost"}) == 0


def test_nobody_is_out_when_a_zone_shuts_the_take_off_point_for_good() -> None:
    begin_s = OPENS_S + 3600.0
    day = played(in_zone(0, begin_s, 86400.0))
    assert max(leg["landed_s"] for leg in day["legs"]) <= begin_s * 1000
    assert all(leg["outcome"] == "landed" for leg in day["legs"])
