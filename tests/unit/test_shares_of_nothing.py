"""What has no denominator is "no data", what has one and no cases is 0, and who counts losses changes nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from command import TINY
from dronesim.experiment import prepare, set_up
from dronesim.experiment.repeating import numbers
from dronesim.metrics import kpis
from dronesim.record.kpis import figures_of_paths
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate

ALL_ON = (
    "link.latency_s=1",
    "link.outages={kind='lognormal', every_days=1e6}",
    "navigation.misses={kind='share', share=1e-9}",
    "navigation.excursions_per_h=1e-9",
    "maintenance.inspect_after_sorties=200",
    "weather.rain_mmh=0",
    "riders.per_takeoff_point=1",
    "dispatch.extra_walk_m=1",
)
"""Everything that adds key figures is on, and nothing happens."""
OF_CASES = {
    "service.share",
    "service.share_placed_clock",
    "service.share_ready_clock",
    "service.ceiling",
    "service.coverage",
    "service.eligible_share",
    "service.network_share",
    "service.share_with_riders",
    "fleet.deadhead_share",
    "energy.wh_per_order",
    "link.timed_out_share",
    "navigation.miss_share",
    "navigation.excursions_per_h",
    "cost.per_order",
}
"""Shares, rates and means of cases: orders, legs, landings, hours aloft."""
OF_HITS = {"link.timed_out_share", "navigation.miss_share", "navigation.excursions_per_h"}
"""Those of them whose cases are there on a quiet day, and hit nothing."""


EMPTY, QUIET = "demand.orders=1e-9", "demand.orders=20"


@cache
def measured(*settings: str, counts_losses: bool = False) -> dict[str, Any]:
    inputs = prepare(set_up(load_scenario(TINY, settings)))
    outcome = simulate(inputs, counts_losses=counts_losses)
    return dict(numbers(kpis(outcome.tables, outcome.facts)))


def test_a_share_of_nothing_is_no_data() -> None:
    empty = measured(*ALL_ON, EMPTY)
    assert empty["orders.placed"] == 0
    assert {name: empty.get(name) for name in OF_CASES} == dict.fromkeys(OF_CASES)
    unknown = {name for name, value in empty.items() if value is None and name not in figures_of_paths()}
    assert {name for name in unknown if "share" in name or "per_" in name} <= OF_CASES


def test_a_share_without_a_hit_is_zero() -> None:
    quiet = measured(*ALL_ON, QUIET)
    assert [name for name in OF_CASES if quiet[name] is None] == []
    assert {name: quiet[name] for name in OF_HITS} == dict.fromkeys(OF_HITS, 0.0)


@pytest.mark.parametrize("settings", [(*ALL_ON, EMPTY), (*ALL_ON, QUIET), ("link.latency_s=1", QUIET)])
def test_who_counts_losses_changes_no_other_figure(settings: tuple[str, ...]) -> None:
    blind, seen = (measured(*settings, counts_losses=counts) for counts in (False, True))
    differing = {name for name in seen if seen[name] != blind[name]}
    assert differing <= figures_of_paths()
    assert {name for name in figures_of_paths() & seen.keys() if blind[name] is not None} == set()
