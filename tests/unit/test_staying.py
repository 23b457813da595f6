"""What a scenario may not ask for where drones stay where their last order ended, and real meals carried so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from command import DATA_SETS, needs_data_sets
from dronesim.errors import InputError
from dronesim.experiment import set_up
from dronesim.scenario import load_scenario
from dronesim.verify import verify_run
from meal_delivery import Instance, read_instance, run_instance

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
STAYS = ("fleet.ends=where it is", "fleet.is_shared=true", "airspace.mode=headway", "batteries.turnaround_below=0.5")


def refused(*settings: str) -> list[str]:
    try:
        set_up(load_scenario(TINY, [*STAYS, *settings]))
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_drones_may_stay_in_a_shared_fleet_on_a_calm_day() -> None:
    assert refused() == []
    assert refused("weather.wind_mps=2", "faults.courier_no_show_share=0.1") == []


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("fleet.is_shared=false", "fleet.is_shared: must be true with fleet.ends"),
        ("airspace.mode=strategic", 'airspace.mode: must be "headway" or "none" with'),
        ("batteries.turnaround_below=1", "must be below batteries.charge_to, 0.95, or nobody stays"),
        ("maintenance.inspect_after_sorties=9", "maintenance.inspect_after_sorties: must be left out with"),
        ("faults.failures_per_flight_hour=0.1", "faults.failures_per_flight_hour: must be 0 with"),
        ("faults.cabinet_jammed.every_h=9", "faults.cabinet_jammed.every_h: must be 0 with"),
        ("link.outages={kind='exponential'}", 'link.outages.kind: must be "none" with'),
        ("navigation.misses={kind='share'}", 'navigation.misses.kind: must be "none" with'),
        ("weather.temperature_c=5", "weather.temperature_c: must be left out with"),
        ("weather.changes=[{at='10:30', wind_mps=1}]", "weather.changes: must be left out with"),
        ("events=[{kind='drone_fails', at='10:30'}]", "events: must be left out with"),
    ],
)
def test_what_needs_a_way_home_that_is_booked_is_refused(setting: str, rule: str) -> None:
    assert [rule in words for words in refused(setting)] == [True]


def test_all_is_told_at_once() -> None:
    assert len(refused("fleet.is_shared=false", "airspace.mode=strategic", "navigation.excursions_per_h=1")) == 3


@needs_data_sets
def test_meals_with_one_order_a_trip_take_what_no_policy_can_change(tmp_path: Path) -> None:
    """Click-to-door less ready-to-pickup, order by order: (ready - placed) + way / speed + 2 + 2 min.

    Of the first 80 orders of one Grubhub instance, with all its couriers; ``benchmarks/meal_delivery.py`` runs all
    of three instances.
    """
    whole = read_instance(DATA_SETS / "mdrplib" / "0o100t100s2p100")
    orders = sorted(whole.orders, key=lambda row: float(row["placement_time"]))[:80]
    first = Instance(
        orders=tuple(orders), restaurants=whole.restaurants, couriers=whole.couriers, parameters=whole.parameters
    )
    found = run_instance(first, tmp_path)
    assert not np.isnan(found.click_to_door_min).any()
    expected = [
        float(row["ready_time"])
        - float(row["placement_time"])
        + np.hypot(
            float(row["x"]) - float(whole.restaurants[row["restaurant"]]["x"]),
            float(row["y"]) - float(whole.restaurants[row["restaurant"]]["y"]),
        )
        / float(whole.parameters["meters_per_minute"])
        + 4.0
        for row in orders
    ]
    # up and down a metre, and the projection of the map
    np.testing.assert_allclose(found.click_to_door_min - found.ready_to_pickup_min, expected, atol=0.02)
    assert np.mean(found.ready_to_pickup_min) > 0.1
    assert verify_run(found.run).is_clean
