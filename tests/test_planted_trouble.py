"""Faults planted in energies, times and holds of flights that trouble has met: the checker must see every one.

Days are simulated as they are; then either the aircraft that they are flown with counts wrongly, or a table is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor, drone_type
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.verify import Check
from dronesim.verify.consumption import consumption
from dronesim.verify.holds import holds
from lab import lab_inputs
from test_planted_laws import as_read
from unit.test_changing_routes import CLOSES_S, day, district, zone

ENERGY, TIMES = "energy by physics", "times and holds"
Columns = dict[str, NDArray[Any]]
Change = Callable[[Columns], None]


def flown_by(inputs: SimulationInputs, aircraft: type[Multirotor], name: str) -> SimulationInputs:
    """The day flown by a type with all phases, or with few of them."""
    return replace(inputs, aircraft=aircraft(drone_type(name)))


def met_by(*events: ScriptedEvent) -> SimulationInputs:
    return lab_inputs(rules={"events": events})


def held(aircraft: type[Multirotor] = Multirotor) -> SimulationInputs:
    """One order, whose drone holds for a minute over the airport."""
    quiet = simulate(flown_by(lab_inputs(), Multirotor, "hexa-2.5kg")).tables["legs"]
    at_s = float(quiet["arrived_s"][0]) - 10.0
    return flown_by(met_by(_closure(at_s, 70.0)), aircraft, "hexa-2.5kg")


def diverted(aircraft: type[Multirotor] = Multirotor) -> SimulationInputs:
    """One order, whose drone is sent to another airport on its way."""
    return flown_by(met_by(ScriptedEvent(kind="divert", at_s=_under_way_s())), aircraft, "hexa-2.5kg")


def diverted_from_its_hold() -> SimulationInputs:
    """One order, whose drone holds over the airport and is sent to another one after 40 s."""
    quiet = simulate(flown_by(lab_inputs(), Multirotor, "hexa-2.5kg")).tables["legs"]
    arrives_s = float(quiet["arrived_s"][0])
    events = (_closure(arrives_s - 10.0, 70.0), ScriptedEvent(kind="divert", at_s=arrives_s + 40.0))
    return flown_by(met_by(*events), Multirotor, "hexa-2.5kg")


def brought_down(aircraft: type[Multirotor] = Multirotor) -> SimulationInputs:
    """One order, whose drone fails on its way."""
    return flown_by(met_by(ScriptedEvent(kind="drone_fails", at_s=_under_way_s())), aircraft, "hexa-2.5kg")


def led_around(aircraft: type[Multirotor] = Multirotor) -> SimulationInputs:
    """Forty orders, and a zone that comes into force between take-off point and airport."""
    middle = shapely.box(1100.0, -300.0, 1300.0, 200.0)
    return flown_by(day(district(zones=zone(middle))), aircraft, "ideal")


def led_home_around() -> SimulationInputs:
    """Forty orders, and a zone before the take-off point that comes into force when a drone is half-way home."""
    quiet = simulate(flown_by(day(district()), Multirotor, "ideal")).tables["legs"]
    tenth = np.flatnonzero(quiet["kind"] == "return")[10]
    near = shapely.box(300.0, -300.0, 900.0, 200.0)
    zones = zone(near, from_s=float(quiet["departed_s"][tenth]) + 100.0)
    return flown_by(day(district(zones=zones)), Multirotor, "ideal")


def _closure(at_s: float, duration_s: float) -> ScriptedEvent:
    return ScriptedEvent(kind="airport_closed", at_s=at_s, duration_s=duration_s, airport=0)


def _under_way_s() -> float:
    legs = simulate(flown_by(lab_inputs(), Multirotor, "hexa-2.5kg")).tables["legs"]
    return float(legs["departed_s"][0] + legs["arrived_s"][0]) / 2 + 15.0


DAYS = (held, diverted, diverted_from_its_hold, brought_down, led_around, led_home_around)


def found(outcome: Outcome) -> dict[str, str]:
    """What each check that is not clean says."""
    checks: list[Check] = [consumption(as_read(outcome)), holds(as_read(outcome))]
    assert all(check.examined for check in checks)
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


@pytest.mark.parametrize("scene", DAYS, ids=lambda scene: scene.__name__)
def test_what_trouble_costs_is_what_physics_asks_for(scene: Callable[[], SimulationInputs]) -> None:
    outcome = simulate(scene(), has_tracks=True)
    assert found(outcome) == {}
    outcomes = {"held": "landed", "brought_down": "lost", "led_around": "landed"}
    assert outcomes.get(scene.__name__.replace("_home", ""), "diverted") in outcome.tables["legs"]["outcome"]


# aircraft that count wrongly


@dataclass(frozen=True, slots=True)
class HoversForNothing(Multirotor):
    """A hold takes no energy."""

    def hover_wh(self, seconds: Any, payload_kg: Any) -> Any:
        return 0.0 * np.asarray(seconds, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class CarriesForNothing(Multirotor):
    """A parcel weighs nothing."""

    def _mass_kg(self, payload_kg: Any) -> Any:
        return Multirotor._mass_kg(self, 0.0 * np.asarray(payload_kg))


@dataclass(frozen=True, slots=True)
class OneByOne(Multirotor):
    """What many legs take is what each takes."""

    def legs_wh(self, *, payload_kg: float, **flights: Any) -> Any:
        each = zip(*(np.asarray(column).tolist() for column in flights.values()), strict=True)
        rows = [dict(zip(flights, row, strict=True)) for row in each]
        return np.array([self.one_leg_wh(payload_kg=payload_kg, **row) for row in rows])


@dataclass(frozen=True, slots=True)
class NeverEmpty(OneByOne):
    """The way home is flown with the parcel."""

    def one_leg_wh(self, *, payload_kg: float, **flight: Any) -> float:
        return Multirotor.one_leg_wh(self, payload_kg=max(payload_kg, 1.0), **flight)


@dataclass(frozen=True, slots=True)
class CruisesOnly(OneByOne):
    """Climbs, descents and their hovers take no energy."""

    def one_leg_wh(self, *, cruise_s: float, **flight: Any) -> float:
        upright_wh = Multirotor.one_leg_wh(self, cruise_s=0.0, **flight)
        return Multirotor.one_leg_wh(self, cruise_s=cruise_s, **flight) - upright_wh


AIRCRAFT: dict[type[Multirotor], tuple[Callable[[type[Multirotor]], SimulationInputs], str]] = {
    HoversForNothing: (held, "leg 0 of drone 0, landed"),
    CarriesForNothing: (brought_down, "leg 0 of drone 0, lost"),
    NeverEmpty: (led_around, "landed"),
    CruisesOnly: (diverted, "leg 2 of drone 0, landed"),
}


@pytest.mark.parametrize("aircraft", AIRCRAFT, ids=lambda aircraft: aircraft.__name__)
def test_an_aircraft_that_counts_wrongly_is_seen(aircraft: type[Multirotor]) -> None:
    scene, says = AIRCRAFT[aircraft]
    seen = found(simulate(scene(aircraft), has_tracks=True))
    assert set(seen) == {ENERGY}
    assert says in seen[ENERGY]


# tables that were changed


def put(column: str, row: int, by: float) -> Change:
    """Add to a cell of the legs."""

    def change(legs: Columns) -> None:
        legs[column][row] += by

    return change


def all_of(*changes: Change) -> Change:
    def change(legs: Columns) -> None:
        for each in changes:
            each(legs)

    return change


def first_around(legs: Columns) -> int:
    """The outbound leg in the air when the zone came into force that flies a longer way."""
    aloft = (legs["departed_s"] < CLOSES_S) & (legs["landed_s"] > CLOSES_S) & (legs["kind"] == "outbound")
    return int(np.flatnonzero(aloft & (legs["distance_m"] > 2401.0))[0])


def forgets_what_was_flown_before_the_turn(legs: Columns) -> None:
    legs["energy_wh"][first_around(legs)] -= 25.0


def forgets_the_way_home_before_the_turn(legs: Columns) -> None:
    around = np.flatnonzero((legs["kind"] == "return") & (legs["distance_m"] > 2401.0))
    legs["energy_wh"][around[np.argmin(legs["departed_s"][around])]] -= 18.0


def pays_the_way_around_twice(legs: Columns) -> None:
    legs["energy_wh"][first_around(legs)] += 35.0


def is_as_long_as_planned(legs: Columns) -> None:
    legs["distance_m"][first_around(legs)] = 2400.0


TABLES: dict[str, tuple[Callable[[], SimulationInputs], Change, set[str], str]] = {
    "a hold of less": (held, put("hold_s", 0, -3.0), {TIMES}, "over its site for"),
    "a hold of more": (held, put("hold_s", 0, 3.0), {TIMES}, "over its site for"),
    "a hold that begins before arrival": (held, put("hold_s", 1, -10.0), {TIMES}, "leg 1: hold_s -10.0"),
    "an arrival too early": (held, put("arrived_s", 0, -2.0), {TIMES}, "its landing, approach and descent take"),
    "an arrival too late": (held, put("arrived_s", 1, 0.02), {TIMES}, "its landing, approach and descent take"),
    "a hold that took less": (held, put("energy_wh", 0, -1.0), {ENERGY}, "leg 0 of drone 0, landed"),
    "a way home that took more": (held, put("energy_wh", 1, 1.0), {ENERGY}, "leg 1 of drone 0, landed"),
    "a hold on the way": (diverted, put("hold_s", 0, 5.0), {TIMES}, "stood on its way for"),
    "a hold over the site of less": (
        diverted_from_its_hold,
        put("hold_s", 0, -10.0),
        {TIMES},
        "stood over its site for",
    ),
    "a hold over the site of more": (diverted_from_its_hold, put("hold_s", 0, 1.0), {TIMES}, "stood over its site for"),
    "a part that took nothing": (diverted, put("energy_wh", 0, -25.0), {ENERGY}, "leg 0 of drone 0, diverted"),
    "a divert that took nothing": (diverted, put("energy_wh", 1, -25.0), {ENERGY}, "leg 1 of drone 0, landed"),
    "a divert that took twice": (diverted, put("energy_wh", 1, 40.0), {ENERGY}, "leg 1 of drone 0, landed"),
    "a divert that was longer": (diverted, put("distance_m", 1, 1.0), {TIMES}, "its way is"),
    "a loss that took nothing": (brought_down, put("energy_wh", 0, -20.0), {ENERGY}, "leg 0 of drone 0, lost"),
    "a loss that took the whole": (brought_down, put("energy_wh", 0, 20.0), {ENERGY}, "leg 0 of drone 0, lost"),
    "a way around for nothing": (led_around, forgets_what_was_flown_before_the_turn, {ENERGY}, "asks for"),
    "a way home for nothing": (led_home_around, forgets_the_way_home_before_the_turn, {ENERGY}, "asks for"),
    "a way around twice": (led_around, pays_the_way_around_twice, {ENERGY}, "asks for"),
    "a way around of the old length": (led_around, is_as_long_as_planned, {TIMES}, "distance_m 2400.000, its way is"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_changed_table_is_seen(name: str) -> None:
    scene, change, checks, says = TABLES[name]
    outcome = simulate(scene(), has_tracks=True)
    legs = {column: values.copy() for column, values in outcome.tables["legs"].items()}
    change(legs)
    seen = found(replace(outcome, tables={**outcome.tables, "legs": legs}))
    assert set(seen) == checks
    assert any(says in seen[check] for check in checks)


def test_a_leg_that_was_over_before_it_began_takes_nothing() -> None:
    """Diverted again while it brakes: the leg between both has no track, and no energy."""
    at_s = _under_way_s()
    inputs = lab_inputs(airports_xy=((1800.0, 0.0), (0.0, 1200.0), (900.0, -1200.0)))
    first = ScriptedEvent(kind="divert", at_s=at_s)
    legs = simulate(replace(inputs, rules=replace(inputs.rules, events=(first,)))).tables["legs"]
    again = ScriptedEvent(kind="airport_closed", at_s=at_s + 1.0, duration_s=600.0, airport=int(legs["to"][1][1:]))
    outcome = simulate(replace(inputs, rules=replace(inputs.rules, events=(first, again))), has_tracks=True)
    assert found(outcome) == {}
    energy_wh = outcome.tables["legs"]["energy_wh"].copy()
    energy_wh[1] += 1.0
    outcome = replace(outcome, tables={**outcome.tables, "legs": {**outcome.tables["legs"], "energy_wh": energy_wh}})
    assert "leg 1 has no track and energy_wh 1.00" in found(outcome)[ENERGY]
