"""Trouble that meets trouble: zones in storms, closures in zones, a second turn before the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

import gates
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.verify.closures import closed_airports
from dronesim.verify.outages import outages
from dronesim.weather import CALM, Wind
from dronesim.world import Buildings, Zones
from lab import OPEN_S, in_world, lab_inputs, lab_world
from separation import losses
from test_planted_laws import as_read

Zone = tuple[shapely.Polygon, float, float]


def under(
    inputs: SimulationInputs,
    *zones: Zone,
    winds: Sequence[tuple[float, Wind]] = ((0.0, CALM),),
    buildings: Buildings | None = None,
) -> Any:
    """The day with zones, each with when it begins and ends, with winds and with buildings."""
    world, xy, homes = lab_world(), inputs.places.xy, inputs.places.takeoff_points
    polygons, from_s, to_s = zip(*zones, strict=True) if zones else ((), (), ())
    world = replace(
        world,
        buildings=world.buildings if buildings is None else buildings,
        takeoff_points=replace(world.takeoff_points, ids=inputs.places.ids[:homes], xy=xy[:homes]),
        airports=replace(world.airports, ids=inputs.places.ids[homes:], xy=xy[homes:]),
        zones=Zones(
            ids=tuple(f"Z{number}" for number in range(len(zones))),
            polygons=np.array(polygons, dtype=object),
            floor_m=np.zeros(len(zones)),
            ceiling_m=np.full(len(zones), 200.0),
            from_s=np.array(from_s, dtype=np.float64),
            to_s=np.array(to_s, dtype=np.float64),
        ),
    )
    return in_world(inputs, world, winds=winds, clearance_m=1.0)


def told(outcome: Outcome) -> list[str]:
    return [row["action"] for row in gates.rows(outcome.tables["incidents"])]


def ring(at_m: tuple[float, float], inner_m: float, outer_m: float) -> shapely.Polygon:
    return shapely.Point(at_m).buffer(outer_m).difference(shapely.Point(at_m).buffer(inner_m))


def test_who_waits_for_a_zone_to_end_is_not_kept_longer_by_another_wind() -> None:
    """Around the airport lies a zone for ten minutes; meanwhile a breeze comes up."""
    zone = (ring((1800.0, 0.0), 150.0, 300.0), OPEN_S + 615.0, OPEN_S + 1215.0)
    breeze = ((0.0, CALM), (OPEN_S + 900.0, Wind(speed_mps=1.0, from_deg=0.0)))
    for winds in (((0.0, CALM),), breeze):
        outcome = simulate(under(lab_inputs(), zone, winds=winds))
        home = next(leg for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "return")
        assert "waits for a zone to end" in told(outcome)
        assert 1215_000 <= home["departed_s"] - gates.ms(OPEN_S) < 1220_000
        assert home["outcome"] == "landed"


def test_who_waits_for_a_storm_to_end_waits_on_where_a_zone_ends_before_it() -> None:
    zone = (ring((1800.0, 0.0), 150.0, 300.0), OPEN_S + 615.0, OPEN_S + 1215.0)
    storm = Wind(speed_mps=40.0, from_deg=0.0)
    winds = ((0.0, CALM), (OPEN_S + 610.0, storm), (OPEN_S + 2000.0, CALM))
    outcome = simulate(under(lab_inputs(), zone, winds=winds))
    home = next(leg for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "return")
    assert 2000_000 <= home["departed_s"] - gates.ms(OPEN_S) < 2010_000


def test_one_pilot_watches_no_two_drones_where_a_flight_is_led_a_long_way_around() -> None:
    """The second sortie is promised the pilot from when the first was to be home."""
    inputs = lab_inputs(
        (OPEN_S, OPEN_S + 200.0),
        airports_xy=((1800.0, 0.0), (-300.0, 0.0)),
        rules={"pilots": {"count": 1, "drones_per_pilot": 1}},
        orders={"airport": np.array([0, 1])},
    )
    wall = (shapely.box(150.0, -2500.0, 160.0, 2500.0), OPEN_S + 665.0, np.inf)
    inputs = under(inputs, wall)
    outcome = simulate(inputs)
    gates.no_resource_is_overbooked(inputs, outcome)
    assert set(told(outcome)) & {"flies around", "lands safely, fetched by road"}


def test_a_drone_that_brakes_in_the_area_of_its_site_may_be_led_around_once_more() -> None:
    zones = [(shapely.box(1770.0 + n, -3.0 - n, 1775.0 + n, 3.0 + n), OPEN_S + 550.0, np.inf) for n in (0, 1)]
    rules = {"airspace": {"terminal_radius_m": 100.0, "zone_grace_s": 1.0}}
    for count in (1, 2):
        outcome = simulate(under(lab_inputs(rules=rules), *zones[:count]))
        assert told(outcome).count("flies around") == count
        assert gates.ms(outcome.tables["legs"]["landed_s"][0]) > 0
        assert outcome.tables["legs"]["outcome"].tolist() == ["landed", "landed"]


def test_nobody_holds_over_its_site_in_a_zone_for_longer_than_its_grace() -> None:
    """Its airport is closed when it arrives, and a zone comes while it waits over it."""
    inputs = lab_inputs(
        rules={
            "batteries": {"hold_allowance_s": 600.0},
            "events": (ScriptedEvent(kind="airport_closed", at_s=OPEN_S + 550.0, duration_s=400.0, airport=0),),
        }
    )
    zone = (shapely.Point(1800.0, 0.0).buffer(80.0), OPEN_S + 670.0, OPEN_S + 870.0)
    outcome = simulate(under(inputs, zone))
    out = gates.rows(outcome.tables["legs"])
    assert next(iter(out))["outcome"] != "landed"


def test_a_divert_keeps_its_way_to_the_turn_when_it_is_diverted_again() -> None:
    """Two airports close within three seconds, in a crowd where each must keep out of the others' way."""
    rng = np.random.default_rng(5)
    for after_s in (0.0, 3.0):
        closures = [
            ScriptedEvent(kind="airport_closed", at_s=OPEN_S + 560.0 + wait_s, duration_s=900.0, airport=airport)
            for airport, wait_s in ((0, 0.0), (2, after_s))
        ]
        inputs = lab_inputs(
            np.sort(rng.uniform(OPEN_S, OPEN_S + 600.0, 40)),
            airports_xy=((1800.0, 0.0), (0.0, 1800.0), (900.0, 900.0)),
            rules={
                "airspace": {"mode": "strategic", "route_headway_s": 0.0},
                "fleet": {"drones": (30,)},
                "couriers": {"count": (30,)},
                "takeoff_points": {"pads": (6,), "loaders": (6,)},
                "airports": {"pads": (6,) * 3, "unloaders": (6,) * 3, "boxes": (60,) * 3},
                "pilots": {"count": 60},
                "events": tuple(closures),
            },
            orders={"airport": rng.integers(0, 3, 40)},
        )
        outcome = simulate(inputs, has_tracks=True)
        assert outcome.tables["legs"]["outcome"].tolist().count("diverted") > 0, told(outcome)
        assert losses(inputs, outcome) == []


# a closed airport, or a jammed cabinet, and then something else

SECONDS = ("storm", "zone", "unloader_fails", "cabinet_jammed", "airport_closed")


def met_twice(first: str, at_s: tuple[float, float], lasts_s: float, second: str, *, wall: shapely.Polygon) -> Outcome:
    """One order, whose airport or cabinet is out for a while from a time on; at another time something else comes."""
    (first_s, second_s), winds = at_s, [(0.0, CALM)]
    scripts = [ScriptedEvent(kind=first, at_s=first_s, duration_s=lasts_s, airport=0)]
    if second == "storm":
        winds += [(second_s, Wind(speed_mps=40.0, from_deg=0.0)), (second_s + 40.0, CALM)]
    elif second != "zone":
        scripts.append(ScriptedEvent(kind=second, at_s=second_s, duration_s=20.0, airport=0))
    zones = [(wall, second_s, second_s + 200.0)] if second == "zone" else []
    inputs = under(lab_inputs(rules={"events": tuple(scripts)}), *zones, winds=winds)
    outcome = simulate(inputs)
    if second != "zone":
        # who is led around flies no straight line, which the gates ask for
        gates.check_day(inputs, outcome)
    assert closed_airports(as_read(outcome)).violations == ()
    assert outages(as_read(outcome)).violations == ()
    return outcome


@pytest.mark.parametrize("second", SECONDS)
def test_who_stands_at_a_closed_airport_stays_whatever_comes(second: str) -> None:
    landed_s = float(simulate(under(lab_inputs())).tables["legs"]["landed_s"][0])
    outcome = met_twice(
        "airport_closed", (landed_s + 10, landed_s + 20), 600.0, second, wall=ring((1800.0, 0.0), 150.0, 300.0)
    )
    home = next(leg for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "return")
    assert home["departed_s"] >= gates.ms(landed_s + 610)


@pytest.mark.parametrize("second", SECONDS)
@pytest.mark.parametrize("first", ["airport_closed", "cabinet_jammed"])
def test_who_holds_for_a_closed_airport_or_a_jam_holds_whatever_comes(first: str, second: str) -> None:
    legs = simulate(under(lab_inputs())).tables["legs"]
    departed_s, arrived_s = float(legs["departed_s"][0]), float(legs["arrived_s"][0])
    at_s = departed_s + 0.3 * (arrived_s - departed_s)
    lasts_s = arrived_s + 60.0 - at_s
    outcome = met_twice(first, (at_s, at_s + 5.0), lasts_s, second, wall=shapely.box(1400.0, -100.0, 1410.0, 100.0))
    out = next(gates.rows(outcome.tables["legs"]))
    assert (out["to"], out["outcome"]) == ("A0", "landed"), "it waits, and does not land elsewhere"
    assert out["arrived_s"] >= gates.ms(at_s + lasts_s)


@pytest.mark.parametrize("from_deg", [0.0, 210.0])
def test_who_stands_at_a_closed_airport_stays_when_another_way_home_is_shorter(from_deg: float) -> None:
    """A tower on the way can be passed on either side; when the wind turns the other one is taken."""
    tower = Buildings(polygons=np.array([shapely.box(1500.0, -252.0, 1510.0, 250.0)]), height_m=np.array([190.0]))
    landed_s = float(simulate(under(lab_inputs(), buildings=tower)).tables["legs"]["landed_s"][0])
    closure = ScriptedEvent(kind="airport_closed", at_s=landed_s + 10, duration_s=600.0, airport=0)
    winds = ((0.0, CALM), (landed_s + 20, Wind(speed_mps=4.0, from_deg=from_deg)))
    outcome = simulate(under(lab_inputs(rules={"events": (closure,)}), winds=winds, buildings=tower))
    home = next(leg for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "return")
    assert "has another way home" in told(outcome)
    assert home["departed_s"] >= gates.ms(landed_s + 610)
    assert closed_airports(as_read(outcome)).violations == ()
