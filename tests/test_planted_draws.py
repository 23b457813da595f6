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
from dronesim.verify.ageing import ageing
from dronesim.verify.comebacks import comebacks
from dronesim.verify.customers import customers
from dronesim.verify.demand import demand
from dronesim.verify.handling import handling_times
from dronesim.verify.landings import missed_landings
from dronesim.verify.reading import Run
from dronesim.verify.report import Check
from dronesim.verify.upkeep import upkeep
from dronesim.verify.walks import walks
from test_planted_laws import as_read

DATA = Path(__file__).parent / "data"
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
    "batteries.cycles_to_80=100.0",
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
    scenario = load_scenario(DATA / "tiny.toml", (*SETTINGS, *otherwise))
    return dump_scenario(scenario, map_path="inputs/map.geojson"), prepare(set_up(scenario))


def said(folder: Path, plant: Plant = lambda inputs: inputs) -> str:
    """Run the day, or what a fault makes of it, and hold its tables against what was stated."""
    text, inputs = drawn()
    (folder / "inputs").mkdir(parents=True)
    shutil.copy(DATA / "tiny.geojson", folder / "inputs" / "map.geojson")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    outcome = simulate(plant(inputs))
    (folder / "facts.json").write_text(json.dumps(outcome.facts), encoding="utf-8")
    run = replace(as_read(outcome), folder=folder)
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
