"""Weather, wind and zones are named where they lower the ceiling, and counted whatever else parcels wait for."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from command import TINY
from dronesim.experiment import prepare, set_up
from dronesim.metrics import kpis
from dronesim.report import words
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, simulate
from dronesim.verify.figures import key_figures
from test_planted_laws import as_read

GUSTY = ["weather.gust_mps=20"]
RIDERS = ["riders.per_takeoff_point=1", 'riders.takes=["barred","closed"]']


class Lived(NamedTuple):
    """A day: its tables and facts, and the key figures of these."""

    outcome: Outcome
    kpis: dict[str, Any]

    @property
    def tables(self) -> Any:
        return self.outcome.tables


@cache
def day(*settings: str) -> Lived:
    outcome = simulate(prepare(set_up(load_scenario(TINY, settings))))
    return Lived(outcome, kpis(outcome.tables, outcome.facts))


@pytest.mark.parametrize("settings", [GUSTY, [*GUSTY, *RIDERS], ["weather.wind_mps=9"], ["drone.payload_kg=0.9"]])
def test_what_bars_orders_is_counted_once_and_again_by_verify(settings: list[str]) -> None:
    run = day(*settings)
    service: dict[str, Any] = run.kpis["service"]
    beyond = service["orders"] - round(service["ceiling"] * service["orders"])
    assert 0 < sum(service["barred"].values()) <= beyond
    figures, outcome = copy.deepcopy(run.kpis), run.outcome
    assert key_figures(as_read(outcome, figures=figures)).is_clean
    figures["service"]["barred"][next(iter(service["barred"]))] += 1
    assert not key_figures(as_read(outcome, figures=figures)).is_clean


def test_a_day_without_anything_that_bars_tells_of_nothing() -> None:
    assert "barred" not in day().kpis["service"]


def test_all_who_lie_there_in_a_storm_waited_for_the_weather_whether_or_not_there_are_riders() -> None:
    alone, ridden = day(*GUSTY), day(*GUSTY, *RIDERS)
    assert "met weather in which no drone may fly" in words.ceiling(ridden.kpis)
    assert (ridden.tables["waits"]["reason"] == "rider").any()
    told = ridden.kpis["weather"]
    in_queue = np.isin(ridden.tables["waits"]["reason"], ("weather", "rider"))
    assert told["orders_waited"] == len(np.unique(ridden.tables["waits"]["order"][in_queue])) > 10
    assert told["to_road"] == ridden.kpis["orders"]["ground"] >= alone.kpis["weather"]["to_road"]


def test_too_heavy_a_parcel_waits_for_a_rider_and_not_for_the_weather() -> None:
    run = day(*GUSTY, "riders.per_takeoff_point=1", 'riders.takes=["barred","refused"]', "drone.payload_kg=0.9")
    heavy = run.tables["orders"]["mass_kg"] > 0.9
    rode = run.tables["occupancy"]["holder"][run.tables["occupancy"]["resource"] == "rider"]
    assert heavy[rode].any()
    assert run.kpis["weather"]["to_road"] == run.kpis["orders"]["ground"] - int(heavy[rode].sum())
