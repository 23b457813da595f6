"""What was flown stays flown: trouble meets a drone where it is, and who has begun to sink ends its descent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.aircraft import Multirotor, drone_type
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.rules import LinkRules
from dronesim.verify.accounts import accounts
from dronesim.verify.bookings import bookings
from dronesim.verify.consumption import consumption
from dronesim.verify.heights import heights
from dronesim.verify.holds import holds
from dronesim.verify.lanes import lanes
from dronesim.weather import Wind
from lab import lab_inputs
from test_planted_laws import as_read

PLACED_S = 36000.0
APPROACH_S = drone_type("hexa-2.5kg").approach_s
CHECKS = (bookings, consumption, heights, holds, lanes)


def flown(inputs: SimulationInputs) -> Outcome:
    """A day, flown by a type with all phases, that passes all checks of what trouble edits."""
    inputs = replace(inputs, aircraft=Multirotor(drone_type("hexa-2.5kg")))
    outcome = simulate(inputs, has_tracks=True, counts_losses=True)
    assert [words for check in CHECKS for words in check(as_read(outcome)).violations] == []
    gates.no_resource_is_overbooked(inputs, outcome)
    return outcome


def met_by(*events: ScriptedEvent, **lab: Any) -> Outcome:
    return flown(lab_inputs(rules={"events": events}, **lab))


def rows(outcome: Outcome, table: str) -> list[gates.Row]:
    return list(gates.rows(outcome.tables[table]))


def sinking_s(share: float) -> float:
    """A moment of the outbound leg's descent, 0 where it begins to sink and 1 where it is down."""
    leg = rows(flown(lab_inputs()), "legs")[0]
    sinks_ms = leg["arrived_s"] + 1000 * APPROACH_S
    return float(round(sinks_ms + share * (leg["landed_s"] - sinks_ms)) / 1000)


def height_m(outcome: Outcome, leg: int) -> float:
    """How high the track of a leg ends."""
    table = outcome.tables["flown"]
    return float(table["z1_m"][table["leg"] == leg][-1])


SHARES = (0.0, 0.001, 0.3, 0.9)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("minutes", [0.05, 20.0])
def test_a_drone_that_sinks_when_its_airport_closes_lands_and_stays_there(share: float, minutes: float) -> None:
    quiet, at_s = rows(flown(lab_inputs()), "legs"), sinking_s(share)
    closes = ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=60 * minutes, airport=0)
    outcome = met_by(closes)
    out, home = rows(outcome, "legs")
    assert out == quiet[0]
    assert rows(outcome, "orders")[0]["end_state"] == "collected"
    checks_ms = 1000 * drone_type("hexa-2.5kg").takeoff_check_s
    assert home["departed_s"] == max(quiet[1]["departed_s"], round(1000 * (at_s + 60 * minutes)) + checks_ms)
    assert [row["action"] for row in rows(outcome, "incidents")] == ["closed", "stays on the pad"]


@pytest.mark.parametrize("before_s", [0.0, 0.001, 0.5, 1.0, 1.999, 2.0, 2.001, 7.0])
def test_a_drone_that_begins_to_sink_before_it_obeys_stays(before_s: float) -> None:
    """Whoever begins to sink within the latency after the closing is told to stay as it begins."""
    sinks_s = sinking_s(0.0)
    closes = ScriptedEvent(kind="airport_closed", at_s=round(sinks_s - before_s, 3), duration_s=1200.0, airport=0)
    inputs = lab_inputs(rules={"events": (closes,)})
    rules = replace(inputs.rules, link=LinkRules(latency_s=2.0))
    outcome = simulate(replace(inputs, rules=rules, aircraft=Multirotor(drone_type("hexa-2.5kg"))))
    assert accounts(as_read(outcome)).violations == ()
    told = [(row["action"], row["time_s"] / 1000) for row in rows(outcome, "incidents")[1:]]
    if before_s <= 2.0:
        assert told == [("stays on the pad", sinks_s)]
        outcome.tables["incidents"]["time_s"][1] += 2.1
        assert "no incident tells that it stays" in str(accounts(as_read(outcome)).violations)
    else:
        assert told[0][0] in ("holds", "diverts")
        assert told[0][1] == pytest.approx(sinks_s - before_s + 2.0, abs=0.002)


@pytest.mark.parametrize("drone", [-1, 0])
@pytest.mark.parametrize("share", SHARES)
def test_a_drone_that_sinks_is_not_diverted(share: float, drone: int) -> None:
    outcome = met_by(ScriptedEvent(kind="divert", at_s=sinking_s(share), drone=drone))
    assert rows(outcome, "legs") == rows(flown(lab_inputs()), "legs")
    assert [row["action"] for row in rows(outcome, "incidents")] == ["nothing: it sinks to land already"]


@pytest.mark.parametrize("before_s", [0.001, 4.0])
def test_a_drone_that_does_not_sink_yet_is_diverted_from_over_its_site(before_s: float) -> None:
    outcome = met_by(ScriptedEvent(kind="divert", at_s=sinking_s(0.0) - before_s))
    assert [row["outcome"] for row in rows(outcome, "legs")] == ["diverted", "landed", "landed"]


def test_a_drone_that_fails_in_its_descent_is_as_low_as_it_has_come() -> None:
    heights_m = []
    for share in SHARES:
        outcome = met_by(ScriptedEvent(kind="drone_fails", at_s=sinking_s(share), drone=0))
        (leg,) = rows(outcome, "legs")
        assert (leg["outcome"], leg["hold_s"]) == ("lost", 0)
        heights_m.append(height_m(outcome, 0))
    assert heights_m[0] == 60.0
    assert heights_m == sorted(heights_m, reverse=True)
    assert heights_m[-1] < 10.0


@pytest.mark.parametrize("after_s", [1.0, 15.0, 27.0, 60.0])
def test_a_drone_that_fails_fails_where_it_is_though_it_is_on_its_way_to_a_turn(after_s: float) -> None:
    """It is diverted in its climb or its cruise, and fails before it has come to its turn."""
    at_s = rows(flown(lab_inputs()), "legs")[0]["departed_s"] / 1000 + after_s
    events = [ScriptedEvent(kind="divert", at_s=at_s), ScriptedEvent(kind="drone_fails", at_s=at_s + 0.5, drone=0)]
    outcome = met_by(*events)
    (leg,) = rows(outcome, "legs")
    assert (leg["outcome"], rows(outcome, "orders")[0]["end_state"]) == ("lost", "lost")
    ends_s = outcome.tables["flown"]["t1_s"].max()
    assert ends_s == pytest.approx(at_s + 0.5)
    assert 0 < leg["energy_wh"] < rows(flown(lab_inputs()), "legs")[0]["energy_wh"]


@pytest.mark.parametrize("share", SHARES)
def test_a_wind_that_turns_during_a_descent_leaves_the_descent(share: float) -> None:
    at_s = sinking_s(share)
    strong = (Wind(speed_mps=25.0, from_deg=0.0),)
    inputs = lab_inputs()
    outcome = flown(replace(inputs, winds=(*inputs.winds, (at_s, strong))))
    assert rows(outcome, "legs")[0] == rows(flown(lab_inputs()), "legs")[0]
    assert rows(outcome, "incidents")[-1]["action"] == "waits for another wind"


# waits


def two_bound_for_one_airport(minutes: float, apart_s: float = 25.0) -> Outcome:
    """Two drones fly to one airport, one after the other, which closes when the first is about to arrive."""
    lab: dict[str, Any] = {
        "placed_s": (PLACED_S, PLACED_S + apart_s),
        "orders": {"airport": [0, 0]},
        "airports_xy": ((1800.0, 0.0),),
    }
    rules = {"airports": {"pads": (2,), "unloaders": (2,)}, "batteries": {"hold_allowance_s": 300.0}}
    quiet = flown(lab_inputs(rules=rules, **lab))
    arrives_s = min(leg["arrived_s"] for leg in rows(quiet, "legs") if leg["kind"] == "outbound") / 1000
    closes = ScriptedEvent(kind="airport_closed", at_s=arrives_s - 15.0, duration_s=60 * minutes, airport=0)
    return flown(lab_inputs(rules={**rules, "events": (closes,)}, **lab))


def test_of_two_drones_that_hold_one_waits_over_the_site_and_the_other_on_its_way() -> None:
    outcome = two_bound_for_one_airport(minutes=1.0)
    out = [leg for leg in rows(outcome, "legs") if leg["kind"] == "outbound"]
    assert [leg["outcome"] for leg in out] == ["landed", "landed"]
    assert all(leg["hold_s"] > 0 for leg in out)
    assert over_the_site(outcome) == 1
    assert outcome.facts["separation"]["losses_of_separation"] == 0


def over_the_site(outcome: Outcome) -> int:
    """The most drones that are over the airport, at cruise height, at a time."""
    table, (x_m, y_m) = outcome.tables["flown"], (1800.0, 0.0)
    near = [
        np.hypot(table[f"x{end}_m"] - x_m, table[f"y{end}_m"] - y_m) + abs(table[f"z{end}_m"] - 60.0) < 1.0
        for end in "01"
    ]
    stays = np.flatnonzero(near[0] & near[1])
    return max(
        sum(table["t0_s"][row] <= at_s < table["t1_s"][row] for row in stays.tolist()) for at_s in table["t0_s"][stays]
    )


def test_a_drone_that_waits_on_its_way_pays_for_it_and_tells_it() -> None:
    outcome = two_bound_for_one_airport(minutes=1.0)
    quiet = two_bound_for_one_airport(minutes=0.001)
    (first, second), calm = (
        sorted((leg for leg in rows(day, "legs") if leg["kind"] == "outbound"), key=lambda leg: leg["departed_s"])
        for day in (outcome, quiet)
    )
    assert second["arrived_s"] - calm[1]["arrived_s"] > second["hold_s"] > 0, "braking and speeding up take time too"
    assert second["energy_wh"] > calm[1]["energy_wh"] + hover_wh(second["hold_s"] / 1000) - 0.5
    assert first["energy_wh"] == pytest.approx(calm[0]["energy_wh"] + hover_wh(first["hold_s"] / 1000), abs=1e-6)


def hover_wh(seconds: float) -> float:
    return float(Multirotor(drone_type("hexa-2.5kg")).hover_wh(seconds, 1.0))


def test_a_way_home_that_takes_more_energy_in_another_wind_is_told() -> None:
    """The route and the times stay as they were, for the drone holds its speed; its pack does not."""
    inputs, quiet = lab_inputs(), rows(flown(lab_inputs()), "legs")
    at_s = quiet[0]["arrived_s"] / 1000 - 30.0
    for from_deg, action in ((90.0, []), (270.0, ["goes on"])):
        turned = replace(inputs, winds=(*inputs.winds, (at_s, (Wind(speed_mps=4.0, from_deg=from_deg),))))
        outcome = flown(turned)
        assert [row["action"] for row in rows(outcome, "incidents")] == action
        home = rows(outcome, "legs")[1]
        assert home["departed_s"] == quiet[1]["departed_s"]
        assert (home["energy_wh"] > quiet[1]["energy_wh"]) == bool(action)


@pytest.mark.parametrize("after_s", [8.0, 12.0])
def test_who_turns_back_over_where_it_came_from_has_the_lane_for_longer(after_s: float) -> None:
    """Its airport closes as it flies off, and the next one lies on the other side."""
    airports, wide = ((1800.0, 0.0), (-900.0, 0.0)), {"terminal_radius_m": 200.0}
    quiet = flown(lab_inputs(airports_xy=airports, rules={"airspace": wide}))
    lane = next(row for row in rows(quiet, "occupancy") if row["resource"] == "departure_lane")
    at_s = lane["from_s"] / 1000 + after_s
    closes = ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=1800.0, airport=0)
    outcome = flown(lab_inputs(airports_xy=airports, rules={"airspace": wide, "events": (closes,)}))
    assert [leg["kind"] for leg in rows(outcome, "legs")][:2] == ["outbound", "divert"]
    held = [row for row in rows(outcome, "occupancy") if row["resource"] == "departure_lane" and row["site"] == "T0"]
    assert max(row["to_s"] for row in held) > lane["to_s"]
