"""What a view tells beyond orders and drones is as it was, is told once, and asking for it changes nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import knowing
from contract.test_views import busy, troubled
from dronesim.comms import EVERYWHERE, LinkDay, Outage
from dronesim.demand.expected import with_error
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import Day, Outcome, SimulationInputs, simulate
from dronesim.streams import Streams

TINY: Final = Path(__file__).parents[1] / "data" / "tiny.toml"
QUICKSTART: Final = Path(__file__).parents[2] / "scenarios" / "quickstart.toml"


def watched(inputs: SimulationInputs, look: Callable[[DispatchView], None]) -> Outcome:
    def looking(view: DispatchView) -> Decisions:
        look(view)
        return POLICIES["nearest"](view)

    return simulate(replace(inputs, policy=looking))


def same(one: Outcome, other: Outcome) -> bool:
    return one.facts == other.facts and all(
        repr(values.tolist()) == repr(other.tables[name][column].tolist())
        for name, table in one.tables.items()
        for column, values in table.items()
    )


@pytest.mark.parametrize("day", [busy, lambda: busy(is_shared=False), troubled], ids=["shared", "tied", "troubled"])
def test_asking_for_everything_changes_nothing(day: Callable[[], SimulationInputs]) -> None:
    plain = simulate(replace(day(), policy=POLICIES["nearest"]))
    assert same(plain, simulate(replace(day(), policy=knowing.curious)))


def test_asking_changes_nothing_where_drones_stay() -> None:
    scenario = load_scenario(
        TINY, ["fleet.is_shared=true", 'fleet.ends="where it is"', "batteries.turnaround_below=0.5"]
    )
    inputs = prepare(set_up(scenario))
    plain = simulate(replace(inputs, policy=POLICIES["nearest"]))
    assert same(plain, simulate(replace(inputs, policy=knowing.curious)))


def test_a_view_answers_in_its_own_epoch_only() -> None:
    day = Day(busy())
    steps = day.steps()
    first = next(steps)
    kept = first.airports
    other = Day(busy())
    other_view = next(other.steps())
    assert other_view.airports.boxes.tolist() == kept.boxes.tolist(), "two days side by side"
    assert first.takeoff_points.pads.tolist() == [2, 2], "another day does not end this epoch"
    steps.send(Decisions())
    assert first.airports is kept
    with pytest.raises(PolicyError, match="trouble of a view can only be asked for in its own epoch"):
        _ = first.trouble
    del day, steps, other
    gc.collect()
    with pytest.raises(PolicyError, match="in its own epoch"):
        _ = other_view.trouble


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_became_of_orders_is_told_once_and_as_it_was(is_shared: bool) -> None:
    inputs = busy(is_shared=is_shared, interval_s=30.0)
    delivered: dict[int, bool] = {}
    others: dict[str, list[int]] = {"cancelled": [], "refused": [], "ground": [], "lost": []}

    def look(view: DispatchView) -> None:
        told = view.outcomes
        assert told.since_s < view.now_s
        found = dict(zip(told.delivered.tolist(), told.is_on_time.tolist(), strict=True))
        assert not found.keys() & delivered.keys()
        delivered.update(found)
        for state, orders in others.items():
            orders += getattr(told, state).tolist()

    orders = watched(inputs, look).tables["orders"]
    was = np.isfinite(orders["delivered_s"])
    assert sorted(delivered) == np.flatnonzero(was).tolist()
    on_time = orders["delivered_s"] - orders["placed_s"] <= inputs.rules.service.limit_s
    assert all(is_on_time == on_time[order] for order, is_on_time in delivered.items())
    for state, found in others.items():
        assert sorted(found) == np.flatnonzero(orders["end_state"] == state).tolist()
    assert len(delivered) > 20


def test_loads_are_what_the_day_holds() -> None:
    """Units that are in use at an epoch are those of the occupancy table, of pads, loaders, unloaders and couriers."""
    seen: list[tuple[float, dict[str, Any]]] = []
    inputs = replace(busy(interval_s=120.0), handling=troubled().handling)
    outcome = watched(inputs, lambda view: seen.append((view.now_s, knowing.everything(view))))
    held = outcome.tables["occupancy"]
    ids = inputs.places.ids

    def in_use(resource: str, sites: Any, at_s: float) -> list[int]:
        is_on = (held["resource"] == resource) & (held["from_s"] < at_s) & (at_s < held["to_s"])
        return [int((held["site"][is_on] == site).sum()) for site in sites]

    met = 0
    for now_s, told in seen:
        for what, resource, sites in (
            ("takeoff_points.pads_in_use", "pad", ids[:2]),
            ("takeoff_points.loaders_in_use", "loader", ids[:2]),
            ("takeoff_points.couriers_out", "courier", ids[:2]),
            ("airports.pads_in_use", "pad", ids[2:]),
            ("airports.unloaders_in_use", "unloader", ids[2:]),
        ):
            assert told[what].tolist() == in_use(resource, sites, now_s), (what, now_s)
            met += int(told[what].sum())
        for name in ("takeoff_points", "airports"):
            busy_s = told[f"{name}.pads_booked_s"]
            assert ((busy_s > 0) >= (told[f"{name}.pads_in_use"] > 0)).all()
    assert met > 100


def test_the_wait_for_a_clearance_is_learnt_from_the_last_hour() -> None:
    """It is the mean from booking to loading of what was booked by now, as the tables have it."""
    told: list[tuple[float, list[float]]] = []
    inputs = busy(interval_s=60.0)
    watched(inputs, lambda view: told.append((view.now_s, view.takeoff_points.clearance_s.tolist())))
    tables = simulate(replace(inputs, policy=POLICIES["nearest"])).tables
    legs, orders = tables["legs"], tables["orders"]
    out = [row for row in range(len(legs["kind"])) if legs["kind"][row] == "outbound"]
    compared = 0
    for now_s, clearance_s in told:
        for place in (0, 1):
            waits_s = [
                orders["loading_s"][legs["order"][row]] - legs["requested_s"][row]
                for row in out
                if legs["from"][row] == f"T{place}" and now_s - 3600.0 <= legs["requested_s"][row] < now_s
            ]
            assert clearance_s[place] == pytest.approx(np.mean(waits_s) if waits_s else 0.0, abs=1e-6)
            compared += bool(waits_s)
    assert compared > 50
    assert max(max(clearance_s) for _, clearance_s in told) > 10.0


def test_drones_are_where_they_have_reported_to_be() -> None:
    """On the straight way at cruise height, or on a site; one that does not hear is where it last did."""
    outage = Outage(area=EVERYWHERE, from_s=36900.0, to_s=37100.0)
    inputs = replace(busy(interval_s=10.0), link=LinkDay(outages=(outage,)))
    sites = inputs.places.xy
    counts = {"flying": 0, "silent": 0}

    def look(view: DispatchView) -> None:
        told = view.positions
        assert told.drone.tolist() == view.drones.drone.tolist()
        for x_m, y_m, z_m, at_s, is_flying, is_heard in zip(
            *(getattr(told, name).tolist() for name in ("x_m", "y_m", "z_m", "at_s", "is_flying", "is_heard")),
            strict=True,
        ):
            counts["flying"] += is_flying
            counts["silent"] += not is_heard
            assert at_s == view.now_s if is_heard else outage.from_s <= at_s <= view.now_s < outage.to_s
            if is_flying:
                ways = ((a, b) for a in sites for b in sites)
                assert min(_off_m((x_m, y_m), a, b) for a, b in ways) < 1e-6
                assert 0.0 <= z_m <= 60.0
            else:
                assert z_m == 0.0
                assert min(np.hypot(*(sites - (x_m, y_m)).T)) < 1e-9

    watched(inputs, look)
    assert counts["flying"] > 200
    assert counts["silent"] > 5


def _off_m(place: Any, begin: Any, end: Any) -> float:
    """Distance of a place from a segment."""
    way = end - begin
    share = np.clip(np.dot(place - begin, way) / max(np.dot(way, way), 1e-9), 0.0, 1.0)
    return float(np.hypot(*(place - begin - share * way)))


def test_sortie_times_and_ways_home_agree_with_the_day() -> None:
    """A drone alone is home when it was predicted to be, and its charge falls as it was told."""
    told: list[tuple[float, float, float]] = []

    def look(view: DispatchView) -> None:
        if view.ready and view.free_drones:
            order, drone = view.ready[0], view.free_drones[0]
            told.append((view.home_by(order, drone)[0], view.sortie_s(order), view.sorties_left(order)[0]))

    from lab import lab_inputs

    legs = watched(lab_inputs(), look).tables["legs"]
    ((home_s, sortie_s, left),) = told
    assert home_s == pytest.approx(float(legs["landed_s"][-1]))
    assert 0.0 < sortie_s < home_s
    assert left > 1.0


def test_each_view_has_a_generator_of_its_own_that_tells_no_seed() -> None:
    def drawn(seed: int, steps: int = 20) -> list[float]:
        day = Day(replace(busy(), seed=seed))
        going, found = day.steps(), list[float]()
        view = next(going)
        for _ in range(steps):
            found.append(float(view.rng.random()))
            view = going.send(POLICIES["nearest"](view))
        fork = next(day.fork().steps())
        assert fork.rng.random() == view.rng.random(), "a day that is taken anew goes on alike"
        assert getattr(view.rng.bit_generator.seed_seq, "entropy", None) in (None, 0)
        return found

    one = drawn(5)
    assert one == drawn(5) != drawn(6)
    assert len(set(one)) == len(one)


def test_expected_demand_is_the_mean_of_days_and_its_error_a_key() -> None:
    def expected(*settings: str) -> Any:
        return prepare(set_up(load_scenario(QUICKSTART, ["demand.orders=500", *settings]))).expected

    exact, wrong = expected("dispatch.demand_error=0.0"), expected("dispatch.demand_error=0.5")
    assert exact.orders.sum() == pytest.approx(500.0)
    assert expected("dispatch.demand_error=0.5").orders.tolist() == wrong.orders.tolist()
    is_open = exact.orders > 0
    factor = wrong.orders[is_open] / exact.orders[is_open]
    assert 0.3 < factor.std() < 0.7
    other = expected("dispatch.demand_error=0.5", "dispatch.policy=greedy")
    assert other.orders.tolist() == wrong.orders.tolist(), "the same for all policies"
    assert exact.from_s[10] == 36000.0


def test_the_error_of_a_forecast_has_the_mean_one() -> None:
    rng = Streams(seed=3).generator("demand forecast")
    drawn = with_error(np.ones((200, 500)), 0.4, rng).orders
    assert drawn.mean() == pytest.approx(1.0, abs=4 * 0.4 / drawn.size**0.5)
    assert drawn.std() == pytest.approx(0.4, rel=0.02)


def test_demand_that_moves_is_expected_where_it_is() -> None:
    plain = ["demand.orders=500", "dispatch.demand_error=0.0"]
    move = "demand.moves=[{place='T1', from='11:00', to='12:00', factor=50.0}]"
    still, moved = (
        prepare(set_up(load_scenario(TINY, [*plain, *more]))).expected.orders  # type: ignore[union-attr]
        for more in ([], [move])
    )
    assert moved.sum(axis=0) == pytest.approx(still.sum(axis=0)), "moves move, and add nothing"
    assert moved[:, 10] == pytest.approx(still[:, 10])
    assert moved[0, 11] > 1.5 * still[0, 11]


def test_a_trace_is_expected_as_it_is(tmp_path: Path) -> None:
    rows = ["order_id,placed,merchant,community", "1,10:05,M1,C1", "2,10:50,M1,C1", "3,11:10,M1,C1"]
    (tmp_path / "orders.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = ['demand.model="trace"', f"demand.file='{tmp_path / 'orders.csv'}'", "dispatch.demand_error=0.0"]
    found = prepare(set_up(load_scenario(TINY, [*settings, "demand.trace_factor=2.0"]))).expected
    assert found is not None
    assert found.orders[:, 10:12].sum(axis=0).tolist() == [4.0, 2.0]
    assert found.orders.sum() == 6.0
