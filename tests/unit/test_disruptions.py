"""What goes wrong, one case at a time: closures, diversions, failures, customers who give up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.aircraft import Multirotor
from dronesim.dispatch import Decisions, DispatchView
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from lab import lab_inputs

PLACED_S = 36000.0


def played(inputs: SimulationInputs) -> tuple[list[gates.Row], list[gates.Row], list[gates.Row]]:
    """Orders, legs and incidents of a day that passes all gates, as rows in milliseconds."""
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return tuple(list(gates.rows(outcome.tables[name])) for name in ("orders", "legs", "incidents"))  # type: ignore[return-value]


def event(kind: str, at_s: float, **columns: Any) -> dict[str, Any]:
    return {"events": (ScriptedEvent(kind=kind, at_s=at_s, **columns),)}


def on_the_way() -> float:
    """A moment in the cruise of the one order's outbound leg."""
    orders, _, _ = played(lab_inputs())
    return (orders[0]["departed_s"] + orders[0]["arrived_s"]) / 2000


def test_a_closed_airport_sends_a_drone_in_the_air_to_the_next_one() -> None:
    at_s = on_the_way()
    orders, legs, incidents = played(lab_inputs(rules=event("airport_closed", at_s, duration_s=1800.0, airport=0)))
    assert [(leg["kind"], leg["to"], leg["outcome"]) for leg in legs] == [
        ("outbound", "A0", "diverted"),
        ("divert", "A1", "landed"),
        ("return", "T0", "landed"),
    ]
    assert orders[0]["end_state"] == "ground"
    assert orders[0]["box"] == -1
    assert [row["action"] for row in incidents] == ["closed", "diverts"]
    assert incidents[1]["time_s"] == round(at_s * 1000)


def test_a_rescued_parcel_goes_on_at_road_speed_over_the_detour() -> None:
    orders, legs, _ = played(lab_inputs(rules=event("divert", on_the_way())))
    unloaded_ms = legs[1]["landed_s"] + 30_000
    road_m = 1.4 * float(np.hypot(1800.0, 1200.0))
    assert orders[0]["ended_s"] == pytest.approx(unloaded_ms + road_m / 6.0 * 1000, abs=1)


def test_a_short_closure_is_waited_out_in_the_air() -> None:
    flight = played(lab_inputs())[0][0]
    at_s = flight["arrived_s"] / 1000 - 10
    orders, legs, incidents = played(lab_inputs(rules=event("airport_closed", at_s, duration_s=70.0, airport=0)))
    assert orders[0]["end_state"] == "collected"
    assert (legs[0]["outcome"], legs[0]["hold_s"]) == ("landed", 60_000)
    assert orders[0]["arrived_s"] == flight["arrived_s"] + 60_000
    assert incidents[1]["action"] == "holds"


def test_a_hold_costs_energy() -> None:
    at_s = played(lab_inputs())[0][0]["arrived_s"] / 1000 - 10
    _, calm, _ = played(lab_inputs())
    inputs = lab_inputs(rules=event("airport_closed", at_s, duration_s=70.0, airport=0))
    _, held, _ = played(inputs)
    assert held[0]["energy_wh"] - calm[0]["energy_wh"] == pytest.approx(float(inputs.aircraft.hover_wh(60.0, 1.0)))


def test_a_drone_diverted_again_while_it_brakes_pays_for_every_leg_once() -> None:
    at_s, inputs = on_the_way(), lab_inputs(airports_xy=((1800.0, 0.0), (0.0, 1200.0), (900.0, -1200.0)))
    first = simulate(replace(inputs, rules=replace(inputs.rules, **event("divert", at_s)))).tables["legs"]["to"][1]
    again = ScriptedEvent(kind="airport_closed", at_s=at_s + 1.0, duration_s=600.0, airport=int(first[1:]))
    events = (ScriptedEvent(kind="divert", at_s=at_s), again)
    _, legs, _ = played(replace(inputs, rules=replace(inputs.rules, events=events)))
    assert [leg["outcome"] for leg in legs] == ["diverted", "diverted", "landed", "landed"]
    assert legs[1]["departed_s"] == legs[2]["departed_s"] > round((at_s + 1.0) * 1000)
    assert legs[1]["energy_wh"] == 0.0 < legs[0]["energy_wh"]


@pytest.mark.parametrize("is_diverted_again", [False, True])
def test_a_drone_that_fails_while_it_brakes_comes_down_where_it_is(is_diverted_again: bool) -> None:
    at_s, inputs = on_the_way(), lab_inputs(airports_xy=((1800.0, 0.0), (0.0, 1200.0), (900.0, -1200.0)))
    first = simulate(replace(inputs, rules=replace(inputs.rules, **event("divert", at_s)))).tables["legs"]["to"][1]
    events = [ScriptedEvent(kind="divert", at_s=at_s), ScriptedEvent(kind="drone_fails", at_s=at_s + 2.0, drone=0)]
    if is_diverted_again:
        closes = {"duration_s": 600.0, "airport": int(first[1:])}
        events.insert(1, ScriptedEvent(kind="airport_closed", at_s=at_s + 1.0, **closes))
    orders, legs, _ = played(replace(inputs, rules=replace(inputs.rules, events=tuple(events))))
    assert [leg["outcome"] for leg in legs] == ["lost"]
    assert (orders[0]["end_state"], orders[0]["ended_s"]) == ("lost", round((at_s + 2.0) * 1000))


@pytest.mark.parametrize("kind", ["divert", "drone_fails", "airport_closed"])
@pytest.mark.parametrize("after_s", [1.0, 15.0, 24.0])
def test_trouble_in_the_climb_leaves_the_column_and_the_lane_to_the_drone_in_them(kind: str, after_s: float) -> None:
    quiet = simulate(lab_inputs())
    at_s = float(quiet.tables["legs"]["departed_s"][0]) + after_s
    closure = {"duration_s": 600.0} if kind == "airport_closed" else {}
    met = simulate(lab_inputs(rules=event(kind, at_s, airport=0, **closure)))
    for resource in ("pad", "departure_lane"):
        assert first_use(met, resource) == first_use(quiet, resource)


def first_use(outcome: Outcome, resource: str) -> tuple[float, float]:
    """When a drone holds a resource of the take-off point for the first time, and until when."""
    held = outcome.tables["occupancy"]
    first = np.flatnonzero((held["resource"] == resource) & (held["site"] == "T0"))[0]
    return float(held["from_s"][first]), float(held["to_s"][first])


def test_a_drone_with_nowhere_else_to_go_returns_with_its_parcel() -> None:
    rules = event("airport_closed", on_the_way(), duration_s=3600.0, airport=0)
    orders, legs, _ = played(lab_inputs(airports_xy=((1800.0, 0.0),), rules=rules))
    assert [(leg["kind"], leg["to"]) for leg in legs] == [("outbound", "A0"), ("divert", "T0")]
    assert orders[0]["end_state"] == "ground"


def test_a_closure_keeps_parcels_on_the_ground_until_it_ends() -> None:
    rules = event("airport_closed", PLACED_S, duration_s=900.0, airport=0)
    orders, legs, _ = played(lab_inputs(rules=rules))
    assert orders[0]["assigned_s"] == (36000 + 900) * 1000
    assert len(legs) == 2


def test_a_booking_revoked_before_departure_is_made_again_when_the_airport_opens() -> None:
    orders, _, _ = played(lab_inputs())
    at_s = orders[0]["loading_s"] / 1000 + 10
    orders, legs, incidents = played(lab_inputs(rules=event("airport_closed", at_s, duration_s=600.0, airport=0)))
    assert "booking_revoked" in {row["kind"] for row in incidents}
    assert orders[0]["assigned_s"] == round((at_s + 600) * 1000)
    assert orders[0]["end_state"] == "collected"
    assert len(legs) == 2


def test_a_drone_on_the_pad_of_an_airport_that_closes_stays_until_it_opens() -> None:
    landed_s = played(lab_inputs())[0][0]["landed_s"] / 1000
    rules = event("airport_closed", landed_s + 10, duration_s=600.0, airport=0)
    orders, legs, incidents = played(lab_inputs(rules=rules))
    assert orders[0]["end_state"] == "collected"
    assert legs[1]["departed_s"] == round((landed_s + 610) * 1000)
    assert incidents[1]["action"] == "stays on the pad"


@pytest.mark.parametrize("closed_s", [5.0, 600.0])
def test_a_drone_that_is_checked_for_its_way_home_when_the_airport_closes_leaves_when_it_opens(closed_s: float) -> None:
    leaves_s = played(checked(lab_inputs()))[1][1]["departed_s"] / 1000
    rules = event("airport_closed", leaves_s - 10, duration_s=closed_s, airport=0)
    _, legs, incidents = played(checked(lab_inputs(rules=rules)))
    assert legs[1]["departed_s"] == round((leaves_s - 10 + closed_s + 20) * 1000)
    assert incidents[1]["action"] == "stays on the pad"


def checked(inputs: SimulationInputs) -> SimulationInputs:
    """The day with drones that are checked for 20 s before they take off."""
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, takeoff_check_s=20.0)))


def test_a_lost_drone_loses_its_parcel_and_frees_box_pads_and_pilot() -> None:
    inputs = lab_inputs(rules=event("drone_fails", on_the_way()))
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    orders, legs = (list(gates.rows(outcome.tables[name])) for name in ("orders", "legs"))
    failed_ms = orders[0]["ended_s"]
    assert (orders[0]["end_state"], legs[-1]["outcome"]) == ("lost", "lost")
    late = [row for row in gates.rows(outcome.tables["occupancy"]) if row["to_s"] > failed_ms]
    assert {row["resource"] for row in late} <= {"pack"}
    assert 0 not in {row["holder"] for row in late}


def test_a_spare_takes_over_from_a_lost_drone() -> None:
    rules = event("drone_fails", on_the_way()) | {"fleet": {"drones": (1,), "spares": (1,), "spare_ready_s": 900.0}}
    orders, _, _ = played(lab_inputs((PLACED_S, PLACED_S + 60), rules=rules))
    assert [row["end_state"] for row in orders] == ["lost", "collected"]
    assert orders[1]["drone"] == 1
    assert orders[1]["assigned_s"] == orders[0]["ended_s"] + 900_000


def test_without_a_spare_the_order_stays_open() -> None:
    rules = event("drone_fails", on_the_way()) | {"fleet": {"drones": (1,)}}
    orders, _, _ = played(lab_inputs((PLACED_S, PLACED_S + 60), rules=rules))
    assert [row["end_state"] for row in orders] == ["lost", "open"]


def test_a_drone_that_uses_up_its_flight_hours_comes_down_and_returns_to_service() -> None:
    rules = {"fleet": {"drones": (1,)}, "recovery_s": 3600.0}
    orders, legs, incidents = played(lab_inputs((PLACED_S, PLACED_S + 60), rules=rules, budget_h=100 / 3600))
    assert [row["end_state"] for row in orders] == ["ground", "collected"]
    assert legs[0]["outcome"] == "down"
    assert incidents[0]["time_s"] == legs[0]["departed_s"] + 100_000
    assert orders[1]["assigned_s"] >= incidents[0]["time_s"] + 3_600_000


def test_a_failure_on_the_way_home_costs_no_order() -> None:
    landed_s = played(lab_inputs())[1][0]["landed_s"] / 1000
    orders, legs, _ = played(lab_inputs(rules=event("drone_fails", landed_s + 60, drone=0)))
    assert orders[0]["end_state"] == "collected"
    assert [leg["outcome"] for leg in legs] == ["landed", "lost"]


@pytest.mark.parametrize("kind", ["drone_fails", "divert"])
def test_an_event_that_meets_no_drone_is_noted_and_does_nothing(kind: str) -> None:
    orders, legs, incidents = played(lab_inputs(rules=event(kind, PLACED_S + 1)))
    assert incidents[0]["action"].startswith("nothing")
    assert orders[0]["end_state"] == "collected"
    assert len(legs) == 2


def test_a_customer_gives_up_while_the_parcel_waits_but_not_once_it_is_loaded() -> None:
    loaded_s = played(lab_inputs())[0][0]["loaded_s"] / 1000 - PLACED_S
    for patience_s, state in ((loaded_s - 0.001, "cancelled"), (loaded_s + 0.001, "collected")):
        orders, legs, _ = played(lab_inputs(orders={"patience_s": patience_s}))
        assert orders[0]["end_state"] == state
        assert len(legs) == (0 if state == "cancelled" else 2)


def test_a_cancelled_booking_leaves_pad_and_box_to_the_next_order() -> None:
    rules = {"takeoff_points": {"pads": (1,), "loaders": (1,)}, "airports": {"pads": (1, 1), "boxes": (1, 1)}}
    loading_s = played(lab_inputs(rules=rules))[0][0]["loading_s"] / 1000
    patience_s = np.array([loading_s + 10 - PLACED_S, np.inf])
    orders, _, _ = played(
        lab_inputs((PLACED_S, PLACED_S), rules=rules, orders={"patience_s": patience_s, "airport": [0, 0]})
    )
    assert [row["end_state"] for row in orders] == ["cancelled", "collected"]
    assert orders[1]["loading_s"] == orders[0]["ended_s"]


def test_an_order_without_a_courier_is_never_flown() -> None:
    """The customer will give up before the one courier is back, so no courier goes and no drone may fly."""
    orders, legs, _ = played(
        lab_inputs(
            (PLACED_S, PLACED_S + 10),
            rules={"couriers": {"count": (1,)}, "dispatch": {"assign_ahead_s": 120.0}},
            orders={"preparation_s": [3000.0, 240.0], "patience_s": [np.inf, 600.0]},
        )
    )
    assert orders[1]["end_state"] == "cancelled"
    assert {leg["order"] for leg in legs} == {0, -1}


def hasty(view: DispatchView) -> Decisions:
    """Assigns orders long before they are ready."""
    decisions = Decisions()
    for order, drone in zip(view.waiting, view.free_drones, strict=False):
        decisions.assign(order, drone)
    return decisions


def test_a_drone_revoked_twice_stands_by() -> None:
    """The drone's first booking is cancelled at the pad, its second while the parcel is still in the kitchen."""
    rules = {"fleet": {"drones": (1,)}, "dispatch": {"assign_ahead_s": 1e5}}
    loaded_s = played(lab_inputs(rules=rules))[0][0]["loaded_s"] / 1000
    orders, legs, _ = played(
        replace(
            lab_inputs(
                (PLACED_S, PLACED_S + 200, PLACED_S + 210),
                rules=rules,
                orders={"patience_s": [loaded_s - 1 - PLACED_S, 300.0, np.inf]},
                policy=hasty,
            ),
            policy_name="hasty",
        )
    )
    assert [row["end_state"] for row in orders] == ["cancelled", "cancelled", "collected"]
    assert [leg["order"] for leg in legs] == [2, -1]


def test_the_day_closes_after_the_last_deadhead() -> None:
    def wander(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready and view.drones.place[0] == 0:
            decisions.reposition(0, takeoff_point=1)
        return decisions

    inputs = lab_inputs(
        (71990.0,),
        homes_xy=((0.0, 0.0), (2000.0, 0.0)),
        rules={"fleet": {"drones": (1, 0), "is_shared": True}, "horizon": {"end_s": 71995.0}},
        policy=wander,
    )
    outcome = simulate(inputs)
    landed_s = outcome.tables["legs"]["landed_s"]
    assert outcome.tables["legs"]["kind"].tolist() == ["deadhead"]
    assert outcome.facts["horizon"]["closed_s"] == landed_s[0]
    gates.check_day(inputs, outcome)
