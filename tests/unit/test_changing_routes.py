"""Routes that change during the day: winds by the hour, zones that come into force, airways."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

import gates
from dronesim.aircraft import Multirotor
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.weather import CALM, Wind
from dronesim.world import AirwayRules, World, Zones
from lab import in_world, lab_inputs, lab_world
from separation import losses, seconds_inside

OPEN_S = 36000.0
HOME, AIRPORT = (0.0, 0.0), (2400.0, 0.0)
CLOSES_S = OPEN_S + 1500.0


def district(**changes: Any) -> World:
    """One take-off point and one airport, 2.4 km apart on open ground."""
    world = lab_world()
    return replace(
        world,
        takeoff_points=replace(world.takeoff_points, ids=("T0",), xy=np.array([HOME])),
        airports=replace(world.airports, ids=("A0",), xy=np.array([AIRPORT])),
        **changes,
    )


def zone(polygon: shapely.Polygon, *, from_s: float = CLOSES_S, to_s: float = np.inf) -> Zones:
    return Zones(
        ids=("Z0",),
        polygons=np.array([polygon], dtype=object),
        floor_m=np.array([0.0]),
        ceiling_m=np.array([200.0]),
        from_s=np.array([from_s]),
        to_s=np.array([to_s]),
    )


def day(world: World, *, winds: Any = ((0.0, CALM),), rules: Any = None, structure: str = "free") -> SimulationInputs:
    """Forty orders in 3000 s by ten drones, in mode strategic."""
    inputs = lab_inputs(
        OPEN_S + np.arange(40) * 75.0,
        homes_xy=(HOME,),
        airports_xy=(AIRPORT,),
        rules={
            "airspace": {"mode": "strategic", "levels_m": (60.0, 75.0)},
            "fleet": {"drones": (10,)},
            "couriers": {"count": (10,)},
            "takeoff_points": {"pads": (4,)},
            "airports": {"boxes": (60,), "pads": (3,), "unloaders": (2,)},
            **(rules or {}),
        },
    )
    return in_world(inputs, world, winds=winds, structure=structure)


def check(inputs: SimulationInputs, outcome: Outcome) -> None:
    """All gates but the one that asks for straight legs, and no loss of separation."""
    for gate in gates.GATES:
        if gate is not gates.legs_take_as_long_as_their_length:
            gate(inputs, outcome)
    assert losses(inputs, outcome) == []


def test_every_departure_flies_as_the_wind_of_its_own_time_lets_it() -> None:
    wind = Wind(speed_mps=6.0, from_deg=270.0)
    inputs = day(district(), winds=((0.0, CALM), (CLOSES_S, wind)))
    outcome = simulate(inputs, has_tracks=True)
    check(inputs, outcome)
    legs = outcome.tables["legs"]
    aircraft = inputs.aircraft
    climbs_s = [aircraft.climb(level_m).duration_s for level_m in legs["level_m"].tolist()]
    cruise_s = legs["arrived_s"] - legs["departed_s"] - climbs_s - legs["hold_s"]
    is_out, is_later = legs["kind"] == "outbound", legs["departed_s"] >= CLOSES_S
    for kind, is_slower in (("outbound", False), ("return", True)):
        rows = legs["kind"] == kind
        before, after = cruise_s[rows & ~is_later], cruise_s[rows & is_later]
        assert len(before) > 5
        assert len(after) > 5
        assert (after.min() > before.max() + 1.0) == is_slower
    for rows, way in ((is_out, (HOME, AIRPORT)), (~is_out, (AIRPORT, HOME))):
        expected = [aircraft.cruise(np.array(way), each.vector()).motion.duration_s for each in (CALM, wind)]
        for row in np.flatnonzero(rows):
            assert cruise_s[row] == pytest.approx(expected[int(is_later[row])], abs=3e-3)


def test_later_departures_need_the_energy_that_the_later_wind_asks_for_at_every_level() -> None:
    wind = Wind(speed_mps=6.0, from_deg=90.0)
    inputs = day(district(), winds=((0.0, CALM), (CLOSES_S, wind)))
    legs = simulate(inputs).tables["legs"]
    way = np.array([HOME, AIRPORT])
    used = set()
    for row in np.flatnonzero(legs["kind"] == "outbound"):
        blows = wind if legs["requested_s"][row] >= CLOSES_S else CALM
        cruise = inputs.aircraft.cruise(way, blows.vector())
        level_m = float(legs["level_m"][row])
        expected_wh = inputs.aircraft.energy_wh(
            cruise_s=cruise.motion.duration_s, level_m=level_m, payload_kg=1.0, airspeed_mps=cruise.airspeed_mps
        )
        assert legs["energy_wh"][row] == pytest.approx(float(expected_wh), abs=0.01)
        used.add((level_m, blows))
    assert {(75.0, CALM), (75.0, wind)} <= used


def test_nobody_departs_in_a_wind_above_the_limit_and_orders_wait_for_its_end() -> None:
    storm = Wind(speed_mps=14.5, from_deg=0.0)
    winds = ((0.0, CALM), (CLOSES_S, storm), (CLOSES_S + 3000.0, CALM))
    outcome = simulate(day(district(), winds=winds))
    orders = outcome.tables["orders"]
    departed_s = orders["departed_s"]
    assert not ((departed_s > CLOSES_S + 120) & (departed_s < CLOSES_S + 3000.0)).any()
    assert (departed_s[np.isfinite(departed_s)] >= CLOSES_S + 3000.0).sum() > 3


def test_each_level_flies_in_its_own_wind_and_one_above_the_limit_is_closed_not_the_others() -> None:
    inputs = day(district())
    limit_mps = inputs.aircraft.drone_type.wind_limit_mps
    below, above = (Wind(speed_mps=limit_mps + step_mps, from_deg=90.0) for step_mps in (-0.5, 0.5))
    windy = replace(inputs, winds=((0.0, (below, above)),))
    legs = simulate(windy).tables["legs"]
    assert len(legs["leg"]) == 80
    assert set(legs["level_m"].tolist()) == {60.0}
    alone = replace(
        windy,
        winds=((0.0, (below,)),),
        rules=replace(inputs.rules, airspace=replace(inputs.rules.airspace, levels_m=(60.0,))),
        routes=day(district(), rules={"airspace": {"mode": "strategic", "levels_m": (60.0,)}}).routes,
    )
    np.testing.assert_array_equal(simulate(alone).tables["legs"]["landed_s"], legs["landed_s"])


def test_a_drone_that_can_not_fly_its_order_any_more_when_it_is_ready_gives_it_back() -> None:
    """Orders are assigned long before they are ready, and meanwhile a storm comes up for an hour."""
    storm = Wind(speed_mps=14.5, from_deg=0.0)
    winds = ((0.0, CALM), (CLOSES_S, storm), (CLOSES_S + 3600.0, CALM))
    inputs = day(district(), winds=winds, rules={"dispatch": {"assign_ahead_s": 900.0}})
    outcome = simulate(inputs, has_tracks=True)
    check(inputs, outcome)
    actions = [row["action"] for row in gates.rows(outcome.tables["incidents"])]
    assert "revoked: no energy or no way for it any more" in actions
    departed_s = outcome.tables["orders"]["departed_s"]
    assert (departed_s > CLOSES_S + 3600.0).sum() > 3


@pytest.mark.parametrize(("width_m", "on_its_way_home"), [(200.0, "goes on"), (1200.0, "lands safely")])
def test_a_zone_that_comes_into_force_is_flown_around_or_left_within_a_minute(
    width_m: float, on_its_way_home: str
) -> None:
    """Through the narrow zone a drone is soon; in the wide one, which it has just entered, it comes down."""
    middle = shapely.box(1200.0 - width_m / 2, -300.0, 1200.0 + width_m / 2, 200.0)
    inputs = day(district(zones=zone(middle)))
    outcome = simulate(inputs, has_tracks=True)
    check(inputs, outcome)
    assert seconds_inside(outcome, middle, from_s=OPEN_S) > 100.0
    core = middle.buffer(-0.05)
    assert seconds_inside(outcome, core, from_s=CLOSES_S + 60.0) == 0.0
    legs = outcome.tables["legs"]
    is_later = (legs["departed_s"] > CLOSES_S + 1) & (legs["distance_m"] > 0)
    assert legs["distance_m"][is_later].min() > 2410.0
    assert set(outcome.tables["orders"]["end_state"]) == {"collected"}
    told = {row["leg"]: row["action"] for row in gates.rows(outcome.tables["incidents"]) if row["leg"] != -1}
    homeward = {leg: action for leg, action in told.items() if action.startswith(on_its_way_home)}
    assert [str(legs["kind"][leg]) for leg in homeward] == ["return"]
    rest = [action for leg, action in told.items() if leg not in homeward]
    assert sorted(rest) == ["flies around", *["has another way home"] * 3]
    assert ends_in(outcome, middle) == ([] if on_its_way_home == "goes on" else list(homeward))


@pytest.mark.parametrize(("kind", "west_m"), [("outbound", 200.0), ("return", 1600.0)])
@pytest.mark.parametrize("after_s", [1.0, 15.0])
def test_the_way_out_of_a_zone_begins_with_the_climb(kind: str, west_m: float, after_s: float) -> None:
    """From where it flies off a drone has left this zone within a minute, but not from the ground."""
    quiet = simulate(day(district())).tables["legs"]
    tenth = np.flatnonzero(quiet["kind"] == kind)[10]
    closes_s = float(quiet["departed_s"][tenth]) + after_s
    near = shapely.box(west_m, -300.0, west_m + 600.0, 200.0)
    inputs = day(district(zones=zone(near, from_s=closes_s)))
    outcome = simulate(inputs, has_tracks=True)
    check(inputs, outcome)
    assert seconds_inside(outcome, near.buffer(-0.05), from_s=closes_s + 60.0) == 0.0
    told = {row["leg"]: row["action"] for row in gates.rows(outcome.tables["incidents"]) if row["leg"] != -1}
    legs = outcome.tables["legs"]
    (met,) = np.flatnonzero(legs["departed_s"] == quiet["departed_s"][tenth])
    assert told[int(met)] == "flies around"


@pytest.mark.parametrize(("pack_wh", "told"), [(225.0, "lands safely, fetched by road"), (500.0, "flies around")])
def test_a_drone_is_led_home_around_a_zone_only_if_its_charge_lets_it(pack_wh: float, told: str) -> None:
    """The way around takes 6 km more: about 120 Wh, of which a small pack has less than its reserve and a hold."""
    quiet = simulate(with_pack(day(district()), pack_wh)).tables["legs"]
    tenth = np.flatnonzero(quiet["kind"] == "return")[10]
    closes_s = float(quiet["departed_s"][tenth]) + 30.0
    wall = shapely.box(700.0, -4000.0, 1300.0, 4000.0)
    outcome = simulate(with_pack(day(district(zones=zone(wall, from_s=closes_s))), pack_wh))
    legs, incidents = outcome.tables["legs"], list(gates.rows(outcome.tables["incidents"]))
    (met,) = np.flatnonzero(legs["departed_s"] == quiet["departed_s"][tenth])
    assert [row["action"] for row in incidents if row["leg"] == met] == [told]
    assert legs["charge_end"][met] >= 0.0


def with_pack(inputs: SimulationInputs, pack_wh: float) -> SimulationInputs:
    """The day with drones whose packs hold so much."""
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, pack_wh=pack_wh)))


def test_a_drone_with_half_a_second_left_in_a_zone_is_told_to_go_on() -> None:
    quiet = simulate(day(district()), has_tracks=True).tables
    legs, flown = quiet["legs"], quiet["flown"]
    tenth = int(np.flatnonzero(legs["kind"] == "return")[10])
    rows = (flown["leg"] == tenth) & (flown["x0_m"] > flown["x1_m"])
    reached_s, east_m = flown["t1_s"][rows], flown["x1_m"][rows]
    closes_s = float(np.round(np.interp(-1600.0, -east_m, reached_s), 3)) - 0.5
    near = shapely.box(1600.0, -300.0, 1900.0, 200.0)
    outcome = simulate(day(district(zones=zone(near, from_s=closes_s))))
    (met,) = np.flatnonzero(outcome.tables["legs"]["departed_s"] == legs["departed_s"][tenth])
    assert [row["action"] for row in gates.rows(outcome.tables["incidents"]) if row["leg"] == met] == ["goes on"]


def ends_in(outcome: Outcome, zone: shapely.Polygon) -> list[int]:
    """The legs whose tracks end in a zone."""
    flown = outcome.tables["flown"]
    last = np.flatnonzero(np.append(flown["leg"][1:] != flown["leg"][:-1], True))
    return [int(leg) for leg in flown["leg"][last][shapely.contains_xy(zone, flown["x1_m"][last], flown["y1_m"][last])]]


def test_routes_are_straight_again_when_the_zone_opens() -> None:
    middle = shapely.box(1100.0, -300.0, 1300.0, 200.0)
    opens_s = CLOSES_S + 600.0
    outcome = simulate(day(district(zones=zone(middle, to_s=opens_s))))
    legs = outcome.tables["legs"]
    later = (legs["requested_s"] > opens_s) & (legs["kind"] == "outbound")
    assert later.sum() > 5
    assert legs["distance_m"][later].max() < 2400.001


def test_a_zone_between_all_ways_keeps_orders_on_the_ground_until_it_opens() -> None:
    ring = shapely.Point(AIRPORT).buffer(500.0).difference(shapely.Point(AIRPORT).buffer(300.0))
    opens_s = CLOSES_S + 1200.0
    inputs = day(district(zones=zone(ring, to_s=opens_s)))
    outcome = simulate(inputs, has_tracks=True)
    departed_s = outcome.tables["orders"]["departed_s"]
    assert not ((departed_s > CLOSES_S) & (departed_s < opens_s)).any()
    assert (departed_s >= opens_s).sum() > 3


def airway_world(**rules: Any) -> World:
    """A bent airway between the two sites."""
    line = shapely.LineString([(40.0, 20.0), (800.0, 300.0), (1600.0, 300.0), (2380.0, 20.0)])
    return district(airways=(line,), airway_rules=(AirwayRules(**rules),))


def on_piece(outcome: Outcome) -> list[tuple[float, float, float]]:
    """Level, entry and exit of each flight on the middle piece, by cleared tracks, in order of entry."""
    cleared = outcome.tables["cleared"]
    is_there = (np.abs(cleared["y0_m"] - 300.0) < 1e-6) & (np.abs(cleared["y1_m"] - 300.0) < 1e-6)
    found = []
    for leg in np.unique(cleared["leg"][is_there]):
        rows = is_there & (cleared["leg"] == leg)
        assert abs(cleared["x1_m"][rows] - cleared["x0_m"][rows]).sum() == pytest.approx(800.0)
        found.append((cleared["z0_m"][rows].max(), cleared["t0_s"][rows].min(), cleared["t1_s"][rows].max()))
    return sorted(found, key=lambda row: row[1])


@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_flights_follow_the_airway_with_its_headway_and_its_room(mode: str) -> None:
    airspace = {"mode": mode, "levels_m": (60.0, 75.0), "lane_headway_s": 5.0, "route_headway_s": 0.0}
    inputs = day(airway_world(capacity=1, headway_s=90.0), rules={"airspace": airspace}, structure="airways")
    outcome = simulate(inputs, has_tracks=True)
    flights = on_piece(outcome)
    assert len(flights) == len(outcome.tables["legs"]["leg"]) > 50
    for level_m in (60.0, 75.0):
        there = [(enter_s, leave_s) for at_m, enter_s, leave_s in flights if at_m == level_m]
        for (enter_s, leave_s), (next_s, _) in itertools.pairwise(there):
            assert next_s - enter_s >= 90.0 - 2e-3
            assert next_s >= leave_s - 2e-3


@pytest.mark.parametrize("capacity", [1, 2])
def test_an_airway_is_flown_by_as_many_as_it_has_room_for_and_no_more(capacity: int) -> None:
    """The middle piece takes 80 s, so that 40 orders queue for it; no headway of its own is asked for."""
    airspace = {"mode": "headway", "levels_m": (60.0,), "lane_headway_s": 5.0, "route_headway_s": 0.0}
    rules = {"airspace": airspace, "horizon": {"drain_s": 40_000.0}}
    outcome = simulate(day(airway_world(capacity=capacity), rules=rules, structure="airways"), has_tracks=True)
    flights = on_piece(outcome)
    assert len(flights) == 80
    entries_s, exits_s = (np.sort([flight[end] for flight in flights]) for end in (1, 2))
    there = np.arange(1, 81) - np.searchsorted(exits_s, entries_s + 2e-3)
    assert there.max() == capacity
    empty_s = entries_s[capacity:] - exits_s[:-capacity]
    assert (empty_s < 30.0).sum() > 10, "whoever left it is followed at once"


def test_without_rules_flights_share_the_airway() -> None:
    airspace = {"mode": "none", "levels_m": (60.0,), "lane_headway_s": 0.0, "route_headway_s": 0.0}
    inputs = day(airway_world(), rules={"airspace": airspace}, structure="airways")
    flights = on_piece(simulate(inputs, has_tracks=True))
    gaps_s = np.diff([enter_s for _, enter_s, _ in flights])
    assert gaps_s.min() < 40.0
