"""What trouble asks of drones in the air and on the ground: energy for the way home, whole holds, the right names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import gates
from dronesim.aircraft import Multirotor
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from lab import lab_inputs

PLACED_S = 36000.0


def script(*events: ScriptedEvent) -> dict[str, Any]:
    return {"events": events}


def flown(inputs: SimulationInputs) -> tuple[list[gates.Row], list[gates.Row]]:
    """Legs and incidents of a day that passes all gates, as rows in milliseconds."""
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return rows_of(outcome, "legs"), rows_of(outcome, "incidents")


def rows_of(outcome: Outcome, table: str) -> list[gates.Row]:
    return list(gates.rows(outcome.tables[table]))


def with_pack(inputs: SimulationInputs, pack_wh: float) -> SimulationInputs:
    """The day with drones whose packs hold so much."""
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, pack_wh=pack_wh)))


# energy


FAR = ((1800.0, 0.0), (4200.0, 0.0))
"""The airport of the order, and one beyond it where a diverted drone is soon, with a long way home."""


def diverted_to(pack_wh: float) -> str:
    """Where a drone ends that is diverted in the middle of its way to the nearer airport."""
    quiet = with_pack(lab_inputs(airports_xy=FAR), pack_wh)
    legs, _ = flown(quiet)
    middle_s = (legs[0]["departed_s"] + legs[0]["landed_s"]) / 2000
    event = ScriptedEvent(kind="divert", at_s=middle_s)
    legs, _ = flown(replace(quiet, rules=replace(quiet.rules, **script(event))))
    assert legs[1]["kind"] == "divert"
    assert all(leg["outcome"] == "landed" for leg in legs[1:])
    return str(legs[1]["to"])


def test_a_drone_diverts_only_to_where_it_can_come_home_from() -> None:
    """A larger pack lets it divert; a smaller one would do for the way there and not for the way home."""
    assert diverted_to(500.0) == "A1"
    assert diverted_to(needed_wh() - 1.0) == "T0"
    assert diverted_to(needed_wh() + 20.0) == "A1"


def needed_wh() -> float:
    """A pack that holds what the divert and the way home took of a large one, charged to 95 %."""
    quiet = with_pack(lab_inputs(airports_xy=FAR), 500.0)
    legs, _ = flown(quiet)
    middle_s = (legs[0]["departed_s"] + legs[0]["landed_s"]) / 2000
    legs, _ = flown(replace(quiet, rules=replace(quiet.rules, **script(ScriptedEvent(kind="divert", at_s=middle_s)))))
    kind = quiet.aircraft.drone_type
    return sum(leg["energy_wh"] for leg in legs) / (kind.usable_share * quiet.rules.batteries.charge_to)


NEIGHBOURS = ((1800.0, 0.0), (900.0, 1600.0), (900.0, -900.0))
"""The airport of the order, another one far from the middle of its way, and one near it."""


@pytest.mark.parametrize(("closed", "goal"), [((), "A2"), ((2,), "A1"), ((1, 2), "T0")])
def test_a_drone_diverts_to_the_nearest_airport_that_is_open(closed: tuple[int, ...], goal: str) -> None:
    quiet, _ = flown(lab_inputs(airports_xy=NEIGHBOURS))
    middle_s = (quiet[0]["departed_s"] + quiet[0]["landed_s"]) / 2000
    closures = [
        ScriptedEvent(kind="airport_closed", at_s=middle_s - 1.0, duration_s=600.0, airport=number) for number in closed
    ]
    events = (*closures, ScriptedEvent(kind="divert", at_s=middle_s))
    legs, _ = flown(lab_inputs(airports_xy=NEIGHBOURS, rules=script(*events)))
    assert (legs[1]["kind"], legs[1]["to"]) == ("divert", goal)


# holds


def quiet_legs() -> list[gates.Row]:
    legs, _ = flown(lab_inputs())
    return legs


@pytest.mark.parametrize("ends_before_arrival_s", [60.0, 1.0, 0.001, 0.0])
def test_a_closure_that_is_over_before_a_drone_arrives_changes_nothing_for_it(ends_before_arrival_s: float) -> None:
    quiet = quiet_legs()
    at_s = quiet[0]["departed_s"] / 1000 + 40.0
    closed_s = quiet[0]["arrived_s"] / 1000 - ends_before_arrival_s - at_s
    closure = ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=closed_s, airport=0)
    legs, incidents = flown(lab_inputs(rules=script(closure)))
    assert legs == quiet
    assert [row["action"] for row in incidents] == ["closed", "goes on"]


@pytest.mark.parametrize("ends_after_arrival_s", [0.001, 5.0, 119.0])
def test_a_drone_holds_from_its_arrival_until_the_airport_opens(ends_after_arrival_s: float) -> None:
    quiet = quiet_legs()
    at_s, hold_ms = quiet[0]["departed_s"] / 1000 + 40.0, round(ends_after_arrival_s * 1000)
    closed_s = quiet[0]["arrived_s"] / 1000 + ends_after_arrival_s - at_s
    closure = ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=closed_s, airport=0)
    legs, incidents = flown(lab_inputs(rules=script(closure)))
    moved = {name: [(leg[name] - calm[name]) for leg, calm in zip(legs, quiet, strict=True)] for name in TIMES}
    assert moved == {"departed_s": [0, hold_ms], "arrived_s": [hold_ms] * 2, "landed_s": [hold_ms] * 2}
    assert [leg["hold_s"] for leg in legs] == [hold_ms, 0]
    assert [row["action"] for row in incidents] == ["closed", "holds"]


TIMES = ("departed_s", "arrived_s", "landed_s")


def test_a_second_closure_lengthens_a_hold_and_costs_for_what_is_longer_alone() -> None:
    quiet, inputs = quiet_legs(), lab_inputs()
    at_s, over_s = quiet[0]["departed_s"] / 1000 + 40.0, quiet[0]["arrived_s"] / 1000
    closures = [
        ScriptedEvent(kind="airport_closed", at_s=begin_s, duration_s=end_s - begin_s, airport=0)
        for begin_s, end_s in ((at_s, over_s + 20.0), (over_s + 10.0, over_s + 50.0))
    ]
    legs, _ = flown(lab_inputs(rules=script(*closures)))
    assert legs[0]["hold_s"] == 50_000
    hover_wh = float(inputs.aircraft.hover_wh(50.0, 1.0))
    assert legs[0]["energy_wh"] == pytest.approx(quiet[0]["energy_wh"] + hover_wh)


def both_diverted(allowance_s: float, pads: int = 1) -> tuple[list[gates.Row], SimulationInputs]:
    """Two drones, one soon after the other, whose airport closes for an hour; both may land at the other one."""

    def inputs(*events: ScriptedEvent) -> SimulationInputs:
        rules = {
            "batteries": {"hold_allowance_s": allowance_s},
            "airports": {"pads": (1, pads), "unloaders": (1, pads)},
            **script(*events),
        }
        return lab_inputs((PLACED_S, PLACED_S + 20.0), orders={"airport": [0, 0]}, rules=rules)

    legs, _ = flown(inputs())
    second = next(leg for leg in legs if leg["order"] == 1)
    closure = ScriptedEvent(
        kind="airport_closed", at_s=second["departed_s"] / 1000 + 40.0, duration_s=3600.0, airport=0
    )
    legs, _ = flown(inputs(closure))
    return [leg for leg in legs if leg["kind"] == "divert"], inputs(closure)


def test_a_diverted_drone_holds_over_an_occupied_pad_and_pays_for_it() -> None:
    (first, held), inputs = both_diverted(300.0)
    (_, free), _ = both_diverted(300.0, pads=2)
    assert [leg["to"] for leg in (first, held, free)] == ["A1"] * 3
    assert first["hold_s"] == free["hold_s"] == 0 < held["hold_s"] < 300_000
    hover_wh = float(inputs.aircraft.hover_wh(held["hold_s"] / 1000, 1.0))
    assert held["energy_wh"] == pytest.approx(free["energy_wh"] + hover_wh)


def test_a_diverted_drone_goes_elsewhere_where_it_would_hold_for_too_long() -> None:
    first, second = both_diverted(30.0)[0]
    assert (first["to"], second["to"], second["hold_s"]) == ("A1", "T0", 0)


# the names of legs


def test_incidents_name_their_legs_on_a_day_that_closes_before_a_leg_has_begun() -> None:
    """The first drone would leave for home after the close; the second takes off in the meantime, and fails."""
    inputs = lab_inputs((PLACED_S, PLACED_S + 300.0), orders={"airport": [1, 0]})
    slow = replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, takeoff_check_s=400.0)))
    legs, _ = flown(slow)
    first, second = (next(leg for leg in legs if leg["kind"] == "outbound" and leg["drone"] == n) for n in (0, 1))
    home = next(leg for leg in legs if leg["kind"] == "return" and leg["drone"] == first["drone"])
    fails_s = (second["landed_s"] - 3000) / 1000
    assert home["requested_s"] < second["departed_s"] < second["landed_s"] < home["departed_s"]
    horizon = {"end_s": fails_s + 20.0, "drain_s": 0.0}
    rules = script(ScriptedEvent(kind="drone_fails", at_s=fails_s, drone=1))
    cut = replace(slow, rules=lab_inputs(rules={"horizon": horizon, **rules}).rules)
    outcome = simulate(cut, has_tracks=True)
    gates.incidents_name_what_they_befell(cut, outcome)
    gates.legs_belong_to_orders(cut, outcome)
    (named,) = [row["leg"] for row in rows_of(outcome, "incidents") if row["kind"] == "drone_fails"]
    leg, tracks = rows_of(outcome, "legs")[named], outcome.tables["flown"]
    assert (leg["drone"], leg["outcome"], len(outcome.tables["legs"]["leg"])) == (1, "lost", 2)
    assert tracks["t1_s"][tracks["leg"] == named].max() == pytest.approx(fails_s)
