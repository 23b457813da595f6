"""With strategic clearance no two drones ever lose separation, whatever goes wrong on the day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gates
from dronesim.airspace import Traffic
from dronesim.simulation import SimulationInputs, simulate
from exploring import examples
from lab import lab_inputs
from separation import closest_pairs, losses
from worlds import days, moments_s, with_events_at

BOUNDED = examples(80)

CROSS = {
    "homes_xy": ((-1500.0, 0.0), (0.0, -1500.0), (1500.0, 100.0)),
    "airports_xy": ((1500.0, -200.0), (0.0, 1500.0), (-1500.0, 300.0)),
}


def crossing_day(mode: str, *, orders: int = 200, seed: int = 3, **rules: Any) -> SimulationInputs:
    """Three take-off points whose routes all cross in the middle, at one level."""
    rng = np.random.default_rng(seed)
    home = rng.integers(0, 3, orders)
    return lab_inputs(
        np.sort(rng.uniform(36000, 39600, orders)),
        **CROSS,
        rules={
            "airspace": {"mode": mode, "route_headway_s": 0.0},
            "fleet": {"drones": (20, 20, 20)},
            "couriers": {"count": (20,) * 3},
            "takeoff_points": {"pads": (4,) * 3, "loaders": (4,) * 3},
            "airports": {"pads": (4,) * 3, "unloaders": (4,) * 3, "boxes": (100,) * 3},
            "batteries": {"packs": (20,) * 3, "chargers": (20,) * 3},
            "pilots": {"count": 60},
            **rules,
        },
        orders={"takeoff_point": home, "airport": home},
    )


@BOUNDED
@given(days(mode="strategic"))
def test_no_day_with_trouble_loses_separation(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs, has_tracks=True)
    assert losses(inputs, outcome) == []
    gates.check_day(inputs, outcome)


@examples(30)
@given(days(mode="strategic"), st.integers(0, 2**32 - 1))
def test_trouble_at_the_very_moment_of_something_else_loses_no_separation(inputs: SimulationInputs, seed: int) -> None:
    rng = np.random.default_rng(seed)
    moments = moments_s(simulate(inputs).tables)
    if len(moments):
        inputs = with_events_at(inputs, np.sort(rng.choice(moments, min(4, len(moments)), replace=False)), rng)
    outcome = simulate(inputs, has_tracks=True)
    assert losses(inputs, outcome) == []


@pytest.mark.parametrize("levels_m", [(60.0,), (60.0, 70.0)])
def test_crossing_routes_lose_separation_with_headways_and_not_with_strategic_clearance(
    levels_m: tuple[float, ...],
) -> None:
    airspace = {"levels_m": levels_m, "route_headway_s": 0.0}
    apart = {}
    for mode in ("none", "headway", "strategic"):
        inputs = crossing_day(mode, airspace={"mode": mode, **airspace})
        apart[mode] = len(losses(inputs, simulate(inputs, has_tracks=True)))
    assert apart["none"] > 5
    assert apart["headway"] > 5
    assert apart["strategic"] == 0


def test_trouble_in_a_crowded_crossing_loses_no_separation() -> None:
    outcomes: list[str] = []
    for seed in range(6):
        quiet = crossing_day("strategic", orders=120, seed=seed)
        rng = np.random.default_rng(seed)
        inputs = with_events_at(quiet, np.sort(rng.uniform(36600, 39600, 12)), rng)
        outcome = simulate(inputs, has_tracks=True)
        assert losses(inputs, outcome) == []
        gates.check_day(inputs, outcome)
        outcomes += outcome.tables["legs"]["outcome"].tolist()
    assert outcomes.count("diverted") > 10


def test_a_crossing_is_used_up_to_the_minima() -> None:
    """Clearances are no wider than they must be: some pair comes within what straying and the buffer ask for."""
    inputs = crossing_day("strategic")
    met = closest_pairs(inputs, simulate(inputs, has_tracks=True), table="cleared")
    least_m = inputs.rules.airspace.separation_m + 6 * inputs.rules.airspace.tracking_error_m
    assert least_m - 1e-6 <= met.distance_m.min() < least_m + 16.0


def test_cleared_paths_keep_twice_as_far_apart_as_a_drone_may_stray_beside_the_minima() -> None:
    """Both drones may be off their paths, towards each other; without a buffer in time the bound is met and no more."""
    inputs = crossing_day("strategic", airspace={"mode": "strategic", "route_headway_s": 0.0, "buffer_s": 0.0})
    rules = inputs.rules.airspace
    off_m = rules.tracking_bound * rules.tracking_error_m + rules.corner_cut_m + rules.path_error_m
    met = closest_pairs(inputs, simulate(inputs, has_tracks=True), table="cleared")
    assert 0.0 <= met.distance_m.min() - (rules.separation_m + 2 * off_m) + 0.05 < 1.0


def test_a_reservation_that_is_lost_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Traffic.clear

    def forgetful(self: Traffic, *args: Any, at_ms: int, holder: int) -> Any:
        found = honest(self, *args, at_ms=at_ms, holder=holder)
        if holder % 7 == 0:
            self.release_after(holder, at_ms=0)
        return found

    monkeypatch.setattr(Traffic, "clear", forgetful)
    inputs = crossing_day("strategic")
    assert losses(inputs, simulate(inputs, has_tracks=True))


def test_drones_that_stray_further_than_stated_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def far_off(normal: Any, *, sigma_m: float, bound_m: float) -> Any:
        return 40.0 * sigma_m * normal

    inputs = crossing_day("strategic")
    assert losses(inputs, simulate(inputs, has_tracks=True)) == []
    monkeypatch.setattr("dronesim.simulation.tracks.bounded_offsets_m", far_off)
    assert losses(inputs, simulate(inputs, has_tracks=True))
