"""Demand, walks, landings, handling and mornings otherwise than drawn, drones back too soon: the checker sees all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import SimulationInputs, simulate
from dronesim.simulation.closed_airports import ClosedAirports
from dronesim.verify.ageing import ageing
from dronesim.verify.closed_rule import closed_rule
from dronesim.verify.comebacks import comebacks
from dronesim.verify.customers import customers
from dronesim.verify.demand import demand
from dronesim.verify.handling import handling_times
from dronesim.verify.landings import missed_landings
from dronesim.verify.position import position_service
from dronesim.verify.reading import Run
from dronesim.verify.report import Check
from dronesim.verify.upkeep import upkeep
from dronesim.verify.walks import walks
from test_planted_laws import as_read

DATA = Path(__file__).parent / "data"
AGE = "batteries.cycles_to_80=100.0"
BLIND = "navigation.position={outages={kind='exponential',up_s=600.0,down_s=300.0},miss_share=0.5}"
NEXT = ("airports.when_closed='next'", "airports.walk_max_m=9000.0")
"""Packs that are all new go with it: what flew once is known to fly then."""
SETTINGS = (
    "demand.orders=90.0",
    "fleet.spares=3",
    "fleet.spare_ready_min=15.0",
    "faults.failures_per_flight_hour=2.0",
    "faults.loss_share=0.5",
    "faults.recovery_min=30.0",
    "faults.diverts_per_flight_hour=1.0",
    "airports.when_closed='road'",
    "navigation.misses={kind='share',share=0.2}",
    AGE,
    "maintenance.inspect_after_sorties=4",
    "maintenance.repair_share=0.5",
    "maintenance.repair_median_days=0.05",
    "maintenance.repair_p95_days=0.3",
    "customers.bad_scan_share=0.5",
    "handling.boxing={kind='uniform',spread_s=9.0}",
    "handling.load={kind='lognormal',sd_s=8.0}",
    "handling.swap={kind='lognormal',sd_s=8.0}",
    "events=[{kind='airport_closed',at='10:50',airport='A1',minutes=15.0}]",
)
Plant = Callable[[SimulationInputs], SimulationInputs]


Checks = tuple[Callable[[Run], Check], ...]
HANDLED: Checks = (missed_landings, handling_times, comebacks, ageing, upkeep)
ORDERED: Checks = (demand, walks, customers)


@cache
def drawn(*otherwise: str) -> tuple[str, SimulationInputs]:
    """The scenario as it is kept, and the day that is drawn for it, or otherwise."""
    settings = [setting for setting in SETTINGS if otherwise != NEXT or setting != AGE]
    scenario = load_scenario(DATA / "tiny.toml", (*settings, *otherwise))
    return dump_scenario(scenario, map_path="inputs/map.geojson"), prepare(set_up(scenario))


def recorded(folder: Path, inputs: SimulationInputs, *stated: str) -> Run:
    """Run a day, and keep beside its tables what was stated of it."""
    (folder / "inputs").mkdir(parents=True)
    shutil.copy(DATA / "tiny.geojson", folder / "inputs" / "map.geojson")
    (folder / "scenario.toml").write_text(drawn(*stated)[0], encoding="utf-8")
    outcome = simulate(inputs, has_tracks=True)
    (folder / "facts.json").write_text(json.dumps(outcome.facts), encoding="utf-8")
    return replace(as_read(outcome), folder=folder)


def said(folder: Path, plant: Plant = lambda inputs: inputs) -> str:
    """Run the day, or what a fault makes of it, and hold its tables against what was stated."""
    run = recorded(folder, plant(drawn()[1]))
    return "\n".join(text for check in (*HANDLED, *ORDERED) for text in check(run).violations)


def as_if(*settings: str) -> Plant:
    """Fly a day of other settings than are kept."""
    return lambda _: drawn(*settings)[1]


def of_rules(**changes: Any) -> Plant:
    return lambda inputs: replace(inputs, rules=replace(inputs.rules, **changes))


def of_part(part: str, **changes: Any) -> Plant:
    return lambda inputs: of_rules(**{part: replace(getattr(inputs.rules, part), **changes)})(inputs)


def of_columns(part: str, **changes: Callable[[Any], Any]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        its = getattr(inputs, part)
        return replace(inputs, **{part: replace(its, **{name: change(its) for name, change in changes.items()})})

    return plant


def of_misses(change: Callable[[Any], Any]) -> Plant:
    return lambda inputs: replace(inputs, misses=change(inputs.misses))


def of_handling(name: str) -> Plant:
    """Let a handling time scatter half as much as it is drawn to."""

    def plant(inputs: SimulationInputs) -> SimulationInputs:
        times_s = getattr(inputs.handling, name)
        return replace(inputs, handling=replace(inputs.handling, **{name: (times_s + times_s.mean()) / 2}))

    return plant


PLANTS: dict[str, tuple[Plant, str]] = {
    "no landing is missed": (of_misses(np.zeros_like), "landings are drawn to be missed; 0 are"),
    "other landings are missed": (of_misses(lambda misses: np.roll(misses, 1)), "landings are missed, 0 are drawn"),
    "boxing scatters less": (of_handling("boxing_s"), "boxing of order 0 takes"),
    "loading scatters less": (of_handling("load_s"), "load of order 0 takes"),
    "swaps scatter otherwise": (
        lambda inputs: of_part("handling", swap=inputs.rules.handling.boxing)(inputs),
        "swap 0 of drone",
    ),
    "packs are older": (of_columns("packs", days=lambda its: its.days + 1.0), "days old"),
    "packs are used more": (of_columns("packs", full_cycles=lambda its: 1.1 * its.full_cycles), "full cycles, in"),
    "no drone is in repair": (of_columns("care", in_repair_days=lambda its: 0.0 * its.in_repair_days), "begins with"),
    "drones were out less": (of_columns("care", sorties=lambda its: np.maximum(its.sorties - 1, 0)), "begins with"),
    "inspections find nothing": (of_columns("care", clean=lambda its: its.clean + 9), "drawn to find something"),
    "inspections find it sooner": (of_columns("care", clean=lambda its: 0.0 * its.clean), "are drawn to be clean"),
    "repairs take longer": (of_columns("care", repair_days=lambda its: 2.0 * its.repair_days), "drawn to be back"),
    "fewer orders": (as_if("demand.orders=85.0"), "orders were placed, "),
    "a day that differs": (as_if("demand.days={kind='lognormal',sd=0.1}"), "the factor of the day"),
    "they come at other hours": (as_if("demand.profile='shenzhen'"), "was placed"),
    "merchants near and far": (as_if("demand.choice={kind='weight'}"), "is of merchant"),
    "couriers who hurry": (as_if("couriers.walk_mps=2.0"), "s one way, and has it there"),
    "couriers who know a shorter way": (as_if("couriers.detour=1.0"), "s one way, and has it there"),
    "customers who try again at once": (as_if("customers.rescan_s=5.0"), "scans again"),
    "who came down is back at once": (of_rules(recovery_s=60.0), "it is back"),
    "spares take over at once": (of_part("fleet", spare_ready_s=1.0), "a spare, takes off"),
    "the road is twice as fast": (of_part("couriers", road_mps=10.0), "by its way it is"),
}


def test_the_day_as_it_is_drawn_is_clean(tmp_path: Path) -> None:
    assert said(tmp_path / "run") == ""


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_otherwise_is_seen(name: str, tmp_path: Path) -> None:
    plant, words = PLANTS[name]
    assert words in said(tmp_path / "run", plant)


# days of their own


def test_a_landing_that_was_to_be_missed_without_position_is_seen(tmp_path: Path) -> None:
    _, inputs = drawn(BLIND)
    assert position_service(recorded(tmp_path / "run", inputs, BLIND)).violations == ()
    found = recorded(tmp_path / "planted", replace(inputs, blind_misses=np.zeros_like(inputs.blind_misses)), BLIND)
    assert "where there is no position" in "\n".join(position_service(found).violations)


def test_an_order_that_is_sent_past_a_nearer_open_airport_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, inputs = drawn(*NEXT)
    honest = recorded(tmp_path / "run", inputs, *NEXT)
    assert (honest.orders["airport"] != honest.orders["placed_airport"]).any()
    assert closed_rule(honest).violations == ()
    nearest = ClosedAirports._open_one_next_to

    def farthest(self: ClosedAirports, order: int) -> int | None:
        near, self._next_to = self._next_to, tuple(airports[::-1] for airports in self._next_to)
        found = nearest(self, order)
        self._next_to = near
        return found

    monkeypatch.setattr(ClosedAirports, "_open_one_next_to", farthest)
    assert "open, and flown to" in "\n".join(closed_rule(recorded(tmp_path / "planted", inputs, *NEXT)).violations)
