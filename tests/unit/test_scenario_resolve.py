"""From scenario and map to rules: numbers by site, the spread of the fleet, and what doesn't fit the map."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.demand.specs import Constant, Empirical, Lognormal, Uniform
from dronesim.errors import InputError, Problem
from dronesim.routing import build_route_table
from dronesim.scenario import Resolved, check_reach, load_map, load_scenario, resolve
from dronesim.scenario.distributions import hour_shares, share_at_most
from dronesim.scenario.spread import spread_by_demand
from dronesim.simulation import ScriptedEvent
from dronesim.world import World

DATA = Path(__file__).parents[1] / "data"
TINY = DATA / "tiny.toml"


@pytest.fixture(scope="module")
def world() -> World:
    return load_map(DATA / "tiny.geojson")


def resolved(world: World, *overrides: str) -> Resolved:
    return resolve(load_scenario(TINY, overrides), world)


def only(world: World, *overrides: str) -> Problem:
    with pytest.raises(InputError) as caught:
        resolved(world, *overrides)
    (problem,) = caught.value.problems
    return problem


def test_units_become_seconds(world: World) -> None:
    rules = resolved(world, "horizon.drain_max_min=30", "airports.hold_limit_min=90", "fleet.spare_ready_min=5").rules
    assert (rules.horizon.start_s, rules.horizon.end_s, rules.horizon.drain_s) == (36000.0, 43200.0, 1800.0)
    assert (rules.service.limit_s, rules.airports.hold_limit_s, rules.fleet.spare_ready_s) == (900.0, 5400.0, 300.0)


@pytest.mark.parametrize(
    ("override", "pads"),
    [
        ("seed=1", (2, 1, 2)),
        ("airports.pads=5", (5, 5, 5)),
        ("airports.pads={A3=7}", (2, 1, 7)),
        ("airports.pads={A2=4, A1=6}", (6, 4, 2)),
    ],
)
def test_a_stated_number_beats_the_map_and_the_map_beats_the_default(
    world: World, override: str, pads: tuple[int, ...]
) -> None:
    assert resolved(world, override).rules.airports.pads == pads


def test_sites_that_a_table_leaves_out_keep_the_default(world: World) -> None:
    rules = resolved(world, "couriers.per_takeoff_point={T2=9}", "takeoff_points.loaders={T1=1}").rules
    assert rules.couriers.count == (4, 9)
    assert rules.takeoff_points.loaders == (1, 2)


def test_a_fleet_by_site_leaves_the_others_without_drones(world: World) -> None:
    assert resolved(world, "fleet.drones={T2=3}").rules.fleet.drones == (0, 3)
    assert only(world, "fleet.drones={T2=0}").rule == "must be at least one drone in all"


def test_packs_chargers_and_pilots_follow_the_fleet_unless_stated(world: World) -> None:
    rules = resolved(world, "fleet.drones={T1=11, T2=4}").rules
    assert (rules.batteries.packs, rules.batteries.chargers, rules.pilots.count) == ((11, 4), (11, 4), 2)
    stated = resolved(world, "batteries.packs=0", "batteries.chargers=3", "pilots.count=7").rules
    assert (stated.batteries.packs, stated.batteries.chargers, stated.pilots.count) == ((0, 0), (3, 3), 7)


def test_drones_that_charge_on_board_hold_no_further_packs(world: World) -> None:
    assert resolved(world, "batteries.mode=charge").rules.batteries.packs == (0, 0)
    assert resolved(world, "batteries.mode=charge", "batteries.packs=3").rules.batteries.packs == (3, 3)


def test_an_unknown_site_is_named_with_a_near_one(world: World) -> None:
    problem = only(world, "airports.boxes={A22=3}")
    assert (problem.key, problem.value, problem.hint) == ("airports.boxes.A22", 3, "A2")


def test_expected_demand_is_that_of_the_orders_that_are_drawn(world: World) -> None:
    from dronesim.demand import draw_orders
    from dronesim.streams import Streams

    found = resolved(world, "demand.orders=40000")
    orders = draw_orders(found.demand, world, streams=Streams(seed=1), opening_s=(36000.0, 43200.0), trace=None)
    share = np.bincount(orders.takeoff_point, minlength=2) / len(orders)
    assert sum(found.expected_demand) == pytest.approx(1.0)
    error = math.sqrt(share[0] * share[1] / len(orders))
    assert error < 0.003
    assert abs(share[0] - found.expected_demand[0]) < 4 * error


def test_drone_overrides_replace_single_numbers_of_the_type(world: World) -> None:
    kind = resolved(world, "fleet.drone_type=quad-2021", "drone.cruise_mps=8.0").drone_type
    assert (kind.name, kind.cruise_mps, kind.pack_wh) == ("quad-2021", 8.0, 240.0)
    assert only(world, "drone.cruise_mps=30").key == "drone.cruise_mps"
    assert only(world, "drone.max_mps=9").rule == "cruise speed, 15 m/s, must not be above the top speed, 9 m/s"


def test_a_last_hover_that_is_shorter_than_what_is_taken_off_it_or_above_the_lowest_level_is_refused(
    world: World,
) -> None:
    ground = only(world, "drone.ground_s=30", "drone.final_hover_s=20")
    assert (ground.key, ground.value) == ("drone.ground_s", 30.0)
    assert ground.rule == "must not be above final_hover_s, 20 s, which it is taken off"
    hover = only(world, "drone.final_hover_m=70")
    assert (hover.key, hover.rule) == ("drone.final_hover_m", "must not be above the lowest level, 60 m")


@pytest.mark.parametrize("mode", ["none", "headway", "strategic"])
def test_drones_that_stray_out_of_half_the_separation_are_refused_with_both_keys(world: World, mode: str) -> None:
    strays = only(world, f"airspace.mode={mode}", "airspace.tracking_error_m=3", "airspace.separation_m=17.9")
    assert (strays.key, strays.value) == ("airspace.tracking_error_m", 3.0)
    assert "3 x 3 m = 9 m" in strays.rule
    assert "half of separation_m, 8.95 m" in strays.rule
    assert "tracking_bound" in strays.rule
    resolved(world, f"airspace.mode={mode}", "airspace.tracking_error_m=3", "airspace.separation_m=18")


def test_events_name_airports_by_index(world: World, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    closed = '[[events]]\nkind = "airport_closed"\nat = "11:00"\nairport = "A2"\nminutes = 30\n'
    divert = '[[events]]\nkind = "divert"\nat = "11:30"\n'
    path.write_text(f'extends = "{TINY.as_posix()}"\n{closed}{divert}')
    assert resolve(load_scenario(path), world).rules.events == (
        ScriptedEvent(kind="airport_closed", at_s=39600.0, duration_s=1800.0, airport=1),
        ScriptedEvent(kind="divert", at_s=41400.0),
    )


def test_events_that_cant_happen_are_named_with_their_lines(world: World, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    closed = '[[events]]\nkind = "airport_closed"\nat = "11:00"\nairport = "A9"\n'
    fails = '[[events]]\nkind = "drone_fails"\nat = "09:00"\ndrone = 5\n'
    path.write_text(f'extends = "{TINY.as_posix()}"\n{closed}{fails}')
    with pytest.raises(InputError) as caught:
        resolve(load_scenario(path), world)
    found = [(problem.line, problem.key) for problem in caught.value.problems]
    assert found == [(5, "events[0].airport"), (8, "events[1].at"), (9, "events[1].drone")]


@pytest.mark.parametrize(
    ("mass", "said"),
    [
        ('{kind="constant", mass_kg=3}', "every parcel weighs 3 kg"),
        ('{kind="uniform", low_kg=2.6, high_kg=4}', "the lightest parcel weighs 2.6 kg"),
        ('{kind="empirical", kilograms=[5, 4]}', "the lightest parcel weighs 4 kg"),
        ("{median_kg=50, heavy_kg=60}", "half of the parcels weigh more than 50 kg"),
    ],
)
def test_parcels_too_heavy_for_every_drone_are_refused_with_both_masses(world: World, mass: str, said: str) -> None:
    problem = only(world, f"demand.mass={mass}")
    assert problem.key == "demand.mass"
    payload = "every parcel is too heavy for every drone: the payload of ideal is 2.5 kg"
    assert problem.rule.startswith(f"{payload}, {said}; take lighter parcels, or a drone that carries more")


def test_a_profile_without_orders_in_the_opening_hours_is_refused(world: World) -> None:
    problem = only(world, "demand.profile=rappi", "horizon.start=02:00", "horizon.end=08:00")
    assert (problem.key, problem.rule) == ("demand.profile", "has no orders in the opening hours")


def test_one_percent_of_parcels_is_above_the_working_payload_by_default(world: World) -> None:
    law = resolved(world).demand.mass
    assert isinstance(law, Lognormal)
    assert share_at_most(law, 2.3) == pytest.approx(0.99, abs=1e-12)
    assert share_at_most(law, 0.9) == pytest.approx(0.5, abs=1e-12)
    drawn = np.random.default_rng(1).lognormal(law.mu, law.sigma, 100_000)
    assert drawn.mean() == pytest.approx(law.mean, abs=4 * law.sd / math.sqrt(len(drawn)))
    assert np.mean(drawn > 2.3) == pytest.approx(0.01, abs=4 * math.sqrt(0.01 * 0.99 / len(drawn)))


def test_the_share_below_a_bound_is_counted_for_every_law() -> None:
    assert share_at_most(Constant(value=2.0), 2.0) == 1.0
    assert share_at_most(Constant(value=2.1), 2.0) == 0.0
    assert share_at_most(Uniform(low=1.0, high=3.0), 1.5) == 0.25
    assert share_at_most(Uniform(low=2.0, high=2.0), 2.0) == 1.0
    assert share_at_most(Empirical(values=(1.0, 2.0, 3.0, 4.0)), 3.0) == 0.75
    assert share_at_most(Lognormal(mean=2.0, sd=0.0), 2.0) == 1.0


def test_hour_shares_are_cut_to_the_opening_hours() -> None:
    shares = hour_shares("flat", start_s=10.5 * 3600, end_s=12 * 3600)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[10] == pytest.approx(1 / 3)
    assert shares[11] == pytest.approx(2 / 3)
    assert not shares.flags.writeable


def test_the_measured_hours_of_shenzhen_have_one_peak_at_noon() -> None:
    shares = hour_shares("shenzhen", start_s=0.0, end_s=24 * 3600.0)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[12] == pytest.approx(0.1575, abs=1e-4) == shares.max()
    assert np.flatnonzero(shares).tolist() == list(range(8, 21))
    assert shares[18:20].sum() < shares[12] / 2


def test_a_fleet_is_spread_by_largest_remainder() -> None:
    assert spread_by_demand(10, np.array([0.54, 0.25, 0.21])) == (5, 3, 2)
    assert spread_by_demand(7, np.array([0.5, 0.5])) == (4, 3)
    assert spread_by_demand(5, np.array([0.9, 0.05, 0.05, 0.0]), at_least=1) == (3, 1, 1, 0)
    assert spread_by_demand(2, np.array([0.1, 0.5, 0.4]), at_least=1) == (0, 1, 1)
    assert spread_by_demand(4, np.zeros(2)) == (2, 2)


@given(
    total=st.integers(0, 500),
    demand=st.lists(st.floats(0, 100), min_size=1, max_size=12),
    at_least=st.integers(0, 1),
)
def test_a_spread_fleet_is_whole_and_near_its_quotas(total: int, demand: list[float], at_least: int) -> None:
    weights = np.array(demand)
    given_out = np.array(spread_by_demand(total, weights, at_least=at_least))
    assert given_out.sum() == total
    assert given_out.min() >= 0
    if at_least == 0 and weights.sum() > 0:
        assert np.all(np.abs(given_out - total * weights / weights.sum()) < 1 + 1e-6)


def test_a_site_under_a_zone_or_inside_a_tall_building_is_named_with_its_line(world: World) -> None:
    away = dataclasses.replace(
        world,
        airports=dataclasses.replace(world.airports, xy=np.array([[450.0, 600.0], [-100.0, 500.0], [1200.0, -900.0]])),
    )
    with pytest.raises(InputError) as caught:
        resolve(load_scenario(TINY), away)
    found = [(Path(problem.file).name, problem.line, problem.key) for problem in caught.value.problems]
    assert found == [("tiny.geojson", 4, "A1"), ("tiny.geojson", 5, "A2")]
    assert "lies inside a building or no-fly zone that begins below the lowest level" in str(caught.value)


def test_a_site_too_near_an_obstacle_at_every_level_is_named(world: World) -> None:
    beside = dataclasses.replace(
        world,
        airports=dataclasses.replace(world.airports, xy=np.array([[635.0, 300.0], [200.0, 1100.0], [1200.0, -900.0]])),
    )
    with pytest.raises(InputError, match="A1: lies inside or within 10 m of a building"):
        resolve(load_scenario(TINY), beside)


def test_airports_that_nobody_reaches_are_named() -> None:
    import shapely

    scenario, world = load_scenario(TINY), load_map(DATA / "tiny.geojson")
    x, y = world.airports.xy[1]
    wall = shapely.Point(x, y).buffer(200).difference(shapely.Point(x, y).buffer(150))
    gap = shapely.box(x + 100, y - 1, x + 250, y + 1)
    zones = dataclasses.replace(
        world.zones,
        ids=("wall",),
        polygons=np.array([wall.difference(gap)], dtype=object),
        floor_m=np.zeros(1),
        ceiling_m=np.full(1, 500.0),
        from_s=np.full(1, -np.inf),
        to_s=np.full(1, np.inf),
    )
    walled = dataclasses.replace(world, zones=zones)
    closed = build_route_table(walled, levels_m=(60.0, 120.0), clearance_m=10.0, roof_margin_m=10.0)
    (problem,) = check_reach(scenario, walled, [closed])
    assert (problem.key, problem.line) == ("A2", 5)
    assert problem.rule.startswith("can't be reached from any take-off point")
    opened = build_route_table(walled, levels_m=(60.0, 120.0), clearance_m=0.1, roof_margin_m=10.0)
    assert check_reach(scenario, walled, [opened]) == []


def test_an_airport_without_a_way_home_is_named(tmp_path: Path) -> None:
    """An airway leads to A1 and none back; the others are flown both ways."""
    tiny = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    at = {
        feature["properties"]["id"]: feature["geometry"]["coordinates"]
        for feature in tiny["features"]
        if feature["properties"]["kind"] in ("takeoff_point", "airport")
    }
    joined = [("T1", "A1", True), ("T1", "A3", False), ("T2", "A3", False), ("T2", "A2", False)]
    for home, away, one_way in joined:
        tiny["features"].append(
            {
                "type": "Feature",
                "properties": {"id": f"W{home}{away}", "kind": "airway", "one_way": one_way},
                "geometry": {"type": "LineString", "coordinates": [at[home], at[away]]},
            }
        )
    path = tmp_path / "tiny.geojson"
    path.write_text(json.dumps(tiny), encoding="utf-8")
    scenario = load_scenario(TINY, ["airspace.structure=airways", f"map={path}"])
    world = load_map(path)
    rules = {"levels_m": (60.0, 120.0), "clearance_m": 10.0, "roof_margin_m": 10.0, "structure": "airways"}
    (problem,) = check_reach(scenario, world, [build_route_table(world, **rules)])  # type: ignore[arg-type]
    assert (problem.key, problem.rule) == (
        "A1",
        "has no way there and back: drones that fly out along the airways don't come home",
    )
