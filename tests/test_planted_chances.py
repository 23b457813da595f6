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
from dronesim.simulation import ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.trouble import Remedies, hazards
from dronesim.verify.chances import chances
from dronesim.verify.customers import customers
from dronesim.verify.kitchens import kitchens
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
NETWORK = "dispatcher_outage"
GROUND = {
    **dict.fromkeys(("airport_closed", "cabinet_jammed", "charger_fails", "courier_no_show"), " at "),
    **dict.fromkeys(("kitchen_surge", NETWORK), " is drawn or stated for"),
}
LENGTHS = "none is drawn or stated for so long"
ELSEWHERE = "neither drawn nor stated for then"


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
    return "\n".join((*customers(run).violations, *chances(run).violations, *kitchens(run).violations))


def of_orders(change: Callable[[Any], dict[str, Any]]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        return replace(inputs, orders=replace(inputs.orders, **change(inputs.orders)))

    return plant


def of_drones(change: Callable[[Any], dict[str, Any]]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        return replace(inputs, drones=replace(inputs.drones, **change(inputs.drones)))

    return plant


def of_hazards(change: Callable[[float, str], list[tuple[float, str]]]) -> Plant:
    def met(hazards: Any) -> Any:
        return tuple(tuple(new for at_h, kind in its for new in change(at_h, kind)) for its in hazards)

    return of_drones(lambda its: {"hazards": met(its.hazards)})


def without_draws(kind: str, inputs: SimulationInputs) -> SimulationInputs:
    return replace(inputs, drawn=tuple(event for event in inputs.drawn if event.kind != kind))


def of_draws(kind: str, change: Callable[[Any], dict[str, Any]]) -> Plant:
    def plant(inputs: SimulationInputs) -> SimulationInputs:
        drawn = (replace(event, **change(event)) if event.kind == kind else event for event in inputs.drawn)
        return replace(inputs, drawn=tuple(drawn))

    return plant


def elsewhere(kind: str) -> Plant:
    """What befalls one site, or merchant, befalls the other."""
    if kind == "kitchen_surge":
        return of_draws(kind, lambda event: {"merchant": "M1" if event.merchant == "M2" else "M2"})
    site = "takeoff_point" if kind in ("charger_fails", "courier_no_show") else "airport"
    return of_draws(kind, lambda event: {site: 1 - getattr(event, site)})


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
        of_hazards(lambda at_h, kind: [(0.3 * at_h, kind)]),
        "and none is drawn or stated for then",
    ),
    **{
        f"no {kind}s": (of_hazards(lambda at_h, its, kind=kind: [(at_h, its)] * (its != kind)), f": a {kind} is drawn")
        for kind in ("return", "divert")
    },
    "each is met once": (
        of_drones(lambda its: {"hazards": tuple(met[:1] for met in its.hazards)}),
        "is drawn after",
    ),
    "some are lost who are not drawn to be": (
        of_hazards(lambda at_h, kind: [(at_h, "loss" if kind == "return" else kind)]),
        "neither drawn nor stated to",
    ),
    **{f"no {kind}": (partial(without_draws, kind), f"{kind}{at}") for kind, at in GROUND.items()},
    **{
        f"{kind} lasts longer": (of_draws(kind, lambda event: {"duration_s": 1.5 * event.duration_s}), LENGTHS)
        for kind in GROUND
        if kind != "courier_no_show"
    },
    "couriers come after an hour": (of_draws("courier_no_show", lambda event: {"duration_s": 3600.0}), LENGTHS),
    **{f"{kind} elsewhere": (elsewhere(kind), ELSEWHERE) for kind in GROUND if kind not in ("kitchen_surge", NETWORK)},
    "kitchen_surge elsewhere": (elsewhere("kitchen_surge"), "its kitchen took"),
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


# engines that know what is due, and do otherwise


def test_a_divert_that_is_told_to_have_met_nobody_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(remedies: Any, _drone: Any) -> None:
        remedies.scene.ledger.incident(remedies.now_ms, "divert", "nothing: no such drone is outbound")

    monkeypatch.setattr(hazards, "_MEETS", {**hazards._MEETS, "divert": tell})
    assert "nothing: no such drone is outbound; it was on its way with a parcel" in said(recorded(tmp_path / "run"))


def test_a_return_of_one_that_is_told_to_carry_nothing_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(remedies: Any, drone: Any) -> None:
        words = "nothing: it is not on its way with a parcel"
        remedies.scene.ledger.incident(remedies.now_ms, "return", words, drone=drone.number)

    monkeypatch.setattr(hazards, "_MEETS", {**hazards._MEETS, "return": tell})
    assert "not on its way with a parcel; it was on its way with a parcel" in said(recorded(tmp_path / "run"))


def test_an_order_that_nobody_hears_even_later_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = [
        ScriptedEvent(kind="link_loss", at_s=36_000.0 + at_s, duration_s=200.0, own=(("area", -1.0),))
        for at_s in range(0, 7200, 240)
    ]

    def lose_the_link(inputs: SimulationInputs) -> SimulationInputs:
        return replace(inputs, rules=replace(inputs.rules, events=(*inputs.rules.events, *silent)))

    run = recorded(tmp_path / "honest", lose_the_link)
    assert said(run) == ""
    assert "waits: the drone does not hear" in run.tables["incidents"]["action"]

    def only_told(remedies: Remedies, drone: Any, sortie: Any, _then: Any, *, cause: str) -> None:
        remedies.note(drone, sortie, cause, "waits: the drone does not hear")

    monkeypatch.setattr(Remedies, "order", only_told)
    assert "and nothing comes of it" in said(recorded(tmp_path / "run", lose_the_link))


def test_a_divert_that_leads_on_to_where_it_was_bound_for_is_seen(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    table = run.tables["incidents"]
    actions = table["action"].copy()
    actions[np.flatnonzero((table["kind"] == "divert") & (actions == "diverts"))[0]] = "goes on"
    told = replace(run, tables={**run.tables, "incidents": {**table, "action": actions}})
    assert "is to divert" in said(told)
