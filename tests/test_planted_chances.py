"""Parcels, customers and faults that were not drawn as stated: planted before the day is run, or into its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import SimulationInputs, simulate
from dronesim.verify.chances import chances
from dronesim.verify.customers import customers
from dronesim.verify.reading import Run
from test_planted_laws import as_read

DATA = Path(__file__).parent / "data"
SETTINGS = (
    "demand.orders=90.0",
    "demand.mass={kind='lognormal'}",
    "customers.patience_min=40.0",
    "customers.no_show_share=0.2",
    "customers.bad_scan_share=0.2",
    "fleet.spares=3",
    "faults.failures_per_flight_hour=0.8",
    "faults.loss_share=0.5",
    "faults.recovery_min=5.0",
    "faults.returns_per_flight_hour=0.8",
    "faults.diverts_per_flight_hour=0.8",
    "faults.airport_closed={every_h=1.0,median_min=5.0,p95_min=9.0}",
    "faults.cabinet_jammed={every_h=1.0,median_min=5.0,p95_min=9.0}",
    "faults.charger_fails={every_h=2.0,median_min=5.0}",
    "faults.courier_no_show_share=0.3",
    "faults.kitchen_surge={every_h=2.0,median_min=5.0}",
    "faults.dispatcher_outage={every_h=1.0,median_min=2.0}",
    "events=[{kind='airport_closed',at='10:20',airport='A1',minutes=5.0}]",
)
Plant = Callable[[SimulationInputs], SimulationInputs]


@cache
def drawn() -> tuple[str, SimulationInputs]:
    """The scenario as it is kept, and the day that is drawn for it."""
    scenario = load_scenario(DATA / "tiny.toml", SETTINGS)
    return dump_scenario(scenario, map_path=str(DATA / "tiny.geojson")), prepare(set_up(scenario))


def recorded(folder: Path, plant: Plant = lambda inputs: inputs) -> Run:
    """Run the day, or what a fault makes of it, and keep beside its tables what was stated."""
    text, inputs = drawn()
    folder.mkdir()
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return replace(as_read(simulate(plant(inputs))), folder=folder)


def said(run: Run) -> str:
    return "\n".join((*customers(run).violations, *chances(run).violations))


def of_orders(change: Callable[[Any], dict[str, Any]]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        return replace(inputs, orders=replace(inputs.orders, **change(inputs.orders)))

    return plant


def of_drones(change: Callable[[Any], dict[str, Any]]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        return replace(inputs, drones=replace(inputs.drones, **change(inputs.drones)))

    return plant


def without_draws(kind: str, inputs: SimulationInputs) -> SimulationInputs:
    return replace(inputs, drawn=tuple(event for event in inputs.drawn if event.kind != kind))


PLANTS: dict[str, tuple[Plant, str]] = {
    "parcels twice as heavy": (of_orders(lambda its: {"mass_kg": 2.0 * its.mass_kg}), "its parcel weighs"),
    "half the patience": (of_orders(lambda its: {"patience_s": 0.5 * its.patience_s}), "is cancelled"),
    "patience without end": (
        of_orders(lambda its: {"patience_s": np.full(len(its.patience_s), np.inf)}),
        "not loaded when its customer gives up",
    ),
    "everybody comes": (
        of_orders(lambda its: {"is_no_show": np.zeros_like(its.is_no_show)}),
        "its customer never comes",
    ),
    "nobody comes": (of_orders(lambda its: {"is_no_show": np.ones_like(its.is_no_show)}), "the first scan is none"),
    "they come later": (of_orders(lambda its: {"collection_s": 1.1 * its.collection_s}), "its customer comes"),
    "no bad scans": (of_orders(lambda its: {"bad_scan": np.zeros_like(its.bad_scan)}), "hold up something else"),
    "half the rate of failures": (of_drones(lambda its: {"budget_h": 2.0 * its.budget_h}), "fail"),
    "all that fail are lost": (
        of_drones(lambda its: {"is_loss": np.ones_like(its.is_loss)}),
        "drawn to be lands safely",
    ),
    "nothing meets drones": (of_drones(lambda its: {"hazards": ()}), "a return is drawn after"),
    "drones meet it sooner": (
        of_drones(
            lambda its: {
                "hazards": tuple(tuple((0.3 * at_h, kind) for at_h, kind in met) for met in its.hazards),
            }
        ),
        "and none is drawn by then",
    ),
    **{
        f"no {kind}": (partial(without_draws, kind), f"{kind}: ")
        for kind in (
            "airport_closed",
            "cabinet_jammed",
            "charger_fails",
            "courier_no_show",
            "kitchen_surge",
            "dispatcher_outage",
        )
    },
}


def test_a_day_as_drawn_is_clean_and_all_of_it_happens(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    assert said(run) == ""
    kinds = set(run.tables["incidents"]["kind"].tolist())
    assert {"drone_fails", "return", "divert", "airport_closed", "cabinet_jammed", "charger_fails"} <= kinds
    assert {"courier_no_show", "kitchen_surge", "dispatcher_outage"} <= kinds
    assert {"cancelled", "unclaimed", "collected"} <= set(run.orders["end_state"].tolist())


@pytest.mark.parametrize("name", PLANTS)
def test_what_was_not_drawn_as_stated_is_seen(name: str, tmp_path: Path) -> None:
    plant, words = PLANTS[name]
    assert words in said(recorded(tmp_path / "run", plant))
