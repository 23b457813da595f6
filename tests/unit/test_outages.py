"""What is out for a while on the ground, and drones that turn back: what a day is then, and that `verify` sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gates
from command import TINY
from dronesim.errors import InputError
from dronesim.experiment.compose import set_up
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.verify import Check
from dronesim.verify.capacity import capacities
from dronesim.verify.figures import key_figures
from dronesim.verify.laws import utilizations
from dronesim.verify.outages import outages
from dronesim.verify.waits import reasons, waits
from lab import OPEN_S, lab_inputs
from test_planted_faults import small_day
from test_planted_laws import as_read

MINUTE = 60.0
CHECKS: tuple[Callable[[Any], Check], ...] = (outages, capacities, utilizations, waits, reasons, key_figures)


def out(kind: str, at_s: float, minutes: float, **where: Any) -> ScriptedEvent:
    return ScriptedEvent(kind=kind, at_s=OPEN_S + at_s, duration_s=minutes * MINUTE, **where)


def met_by(inputs: SimulationInputs, *events: ScriptedEvent) -> SimulationInputs:
    return replace(inputs, rules=replace(inputs.rules, events=events))


def day(inputs: SimulationInputs, *events: ScriptedEvent) -> Outcome:
    """The day with events; nothing is lost in it, and `verify` has nothing against it."""
    met = met_by(inputs, *events)
    outcome = simulate(met)
    gates.check_day(met, outcome)
    assert said_of(outcome) == {}
    return outcome


def said_of(outcome: Outcome) -> dict[str, str]:
    found = [check(as_read(outcome)) for check in CHECKS]
    return {check.name: "\n".join(check.violations) for check in found if not check.is_clean}


def waited_for(outcome: Outcome) -> dict[str, float]:
    told = kpis(outcome.tables, outcome.facts)["waits"]
    return {reason: each["total_s"] for reason, each in told.items() if each["orders"]}


# the dispatcher


def test_who_flies_finishes_and_nobody_departs_while_the_dispatcher_is_down() -> None:
    """The first order is in the air by then, the second loaded: that waits on, to be loaded again after."""
    quiet = simulate(lab_inputs((OPEN_S, OPEN_S + 60.0))).tables
    at_s = float(quiet["orders"]["loaded_s"][1]) - 5.0
    assert quiet["orders"]["departed_s"][0] < at_s
    outcome = day(lab_inputs((OPEN_S, OPEN_S + 60.0)), out("dispatcher_outage", at_s - OPEN_S, 20.0))
    orders = outcome.tables["orders"]
    assert orders["delivered_s"][0] == quiet["orders"]["delivered_s"][0]
    assert orders["assigned_s"][1] == orders["loading_s"][1] == at_s + 1200.0
    assert waited_for(outcome)["dispatcher"] == 1200.0
    assert outcome.facts["outages"] == [
        {
            "what": "dispatcher",
            "site": "network",
            "from_s": at_s,
            "to_s": at_s + 1200.0,
            "cause": "dispatcher_outage",
        }
    ]


def test_decisions_resume_in_order_and_in_the_next_batch() -> None:
    placed = tuple(OPEN_S + 10.0 * number for number in range(5))
    inputs = lab_inputs(placed, rules={"dispatch": {"interval_s": 7.0}, "fleet": {"drones": (2,)}})
    orders = day(inputs, out("dispatcher_outage", 1.0, 30.0)).tables["orders"]
    assert list(np.argsort(orders["departed_s"])) == [0, 1, 2, 3, 4]
    assert orders["assigned_s"][0] == OPEN_S + 1806.0, "the first multiple of 7 s after 1801 s"


def test_outages_that_overlap_are_one() -> None:
    first, second = out("dispatcher_outage", 100.0, 10.0), out("dispatcher_outage", 400.0, 10.0)
    orders = day(lab_inputs(), first, second).tables["orders"]
    assert orders["assigned_s"][0] == OPEN_S + 1000.0


# take-off points


def test_nothing_is_loaded_at_a_closed_takeoff_point_and_drones_land_there() -> None:
    """The drone of the first order comes home while its take-off point is out; the second order waits for that."""
    quiet = simulate(lab_inputs((OPEN_S, OPEN_S + 60.0))).tables
    at_s = float(quiet["orders"]["loaded_s"][1]) - 5.0
    outcome = day(
        lab_inputs((OPEN_S, OPEN_S + 60.0)), out("takeoff_point_closed", at_s - OPEN_S, 40.0, takeoff_point=0)
    )
    orders, legs = outcome.tables["orders"], outcome.tables["legs"]
    home_s = legs["landed_s"][(legs["kind"] == "return")].min()
    assert at_s < home_s < at_s + 2400.0
    assert home_s == quiet["legs"]["landed_s"][quiet["legs"]["kind"] == "return"].min()
    assert orders["loading_s"][1] == at_s + 2400.0
    assert waited_for(outcome)["takeoff_point_closed"] == 2400.0


def test_only_the_takeoff_point_that_is_out_waits() -> None:
    inputs = lab_inputs((OPEN_S, OPEN_S), homes_xy=((0.0, 0.0), (600.0, 0.0)))
    orders = replace(inputs.orders, takeoff_point=np.array([0, 1]))
    outcome = day(replace(inputs, orders=orders), out("takeoff_point_closed", 10.0, 60.0, takeoff_point=1))
    loading_s = outcome.tables["orders"]["loading_s"]
    assert loading_s[0] < OPEN_S + 600.0
    assert loading_s[1] == OPEN_S + 3610.0


# cabinets


def test_a_jammed_cabinet_takes_nothing_and_customers_scan_again_after() -> None:
    """The first parcel lies in its box, and its customer comes in the jam; the second order waits as for a full one."""
    quiet = simulate(lab_inputs((OPEN_S, OPEN_S + 1200.0))).tables["orders"]
    at_s = float(quiet["collected_s"][0]) - 30.0
    assert quiet["delivered_s"][0] < at_s < quiet["ready_s"][1]
    outcome = day(lab_inputs((OPEN_S, OPEN_S + 1200.0)), out("cabinet_jammed", at_s - OPEN_S, 30.0, airport=0))
    orders = outcome.tables["orders"]
    assert orders["collected_s"][0] == at_s + 1800.0
    assert orders["assigned_s"][1] == at_s + 1800.0
    assert waited_for(outcome)["cabinet"] == pytest.approx(at_s + 1800.0 - orders["ready_s"][1])


def test_who_comes_too_late_because_of_a_jam_has_lost_the_parcel() -> None:
    inputs = lab_inputs(rules={"airports": {"hold_limit_s": 600.0}})
    at_s = float(simulate(inputs).tables["orders"]["collected_s"][0]) - 30.0
    outcome = day(inputs, out("cabinet_jammed", at_s - OPEN_S, 30.0, airport=0))
    assert outcome.tables["orders"]["end_state"][0] == "unclaimed"
    assert outcome.tables["scans"]["verdict"].tolist() == ["expired"]


@pytest.mark.parametrize("minutes", [1.0, 30.0])
def test_a_drone_on_its_way_to_a_jammed_cabinet_waits_or_lands_elsewhere(minutes: float) -> None:
    legs = simulate(lab_inputs()).tables["legs"]
    at_s = float(legs["arrived_s"][0]) - 20.0
    outcome = day(lab_inputs(), out("cabinet_jammed", at_s - OPEN_S, minutes, airport=0))
    told = outcome.tables["incidents"]["action"].tolist()
    assert told == ["takes and gives nothing", "holds" if minutes == 1.0 else "diverts"]
    assert outcome.tables["orders"]["end_state"][0] == ("collected" if minutes == 1.0 else "ground")


# units


def test_a_drone_that_is_unloaded_is_unloaded_and_the_next_waits_for_the_unloader() -> None:
    inputs = lab_inputs((OPEN_S, OPEN_S + 200.0), rules={"airports": {"pads": (2, 2)}})
    quiet = simulate(inputs).tables["orders"]
    at_s = float(quiet["landed_s"][0]) + 5.0
    assert quiet["loaded_s"][1] > at_s
    outcome = day(inputs, out("unloader_fails", at_s - OPEN_S, 30.0, airport=0))
    orders, (told,) = outcome.tables["orders"], outcome.facts["outages"]
    assert orders["delivered_s"][0] == quiet["delivered_s"][0] == told["from_s"]
    assert told["to_s"] == told["from_s"] + 1800.0
    assert orders["landed_s"][1] == told["to_s"]
    assert waited_for(outcome)["unloader"] > 600.0


def test_a_unit_that_is_out_is_no_capacity() -> None:
    """One of two unloaders is out for half of the opening hours: three quarters of the hours are left."""
    inputs = lab_inputs(rules={"airports": {"unloaders": (2, 2)}})
    quiet = simulate(inputs)
    outcome = day(inputs, out("unloader_fails", 0.0, 300.0, airport=0))
    use, before = (kpis(one.tables, one.facts)["resources"]["unloader"]["A0"] for one in (outcome, quiet))
    assert use == pytest.approx(before / 0.75)


def test_packs_wait_for_a_charger_that_fails() -> None:
    """The only charger, and no other pack: the second order has to wait until it is mended and has charged."""
    rules = {"batteries": {"packs": (0,), "chargers": (1,)}, "fleet": {"drones": (1,)}}
    inputs = lab_inputs((OPEN_S, OPEN_S + 60.0), rules=rules)
    quiet = simulate(inputs).tables["orders"]
    outcome = day(inputs, out("charger_fails", 30.0, 60.0, takeoff_point=0))
    charged = outcome.tables["occupancy"]["from_s"][outcome.tables["occupancy"]["resource"] == "charger"]
    assert charged.min() == OPEN_S + 3630.0
    assert outcome.tables["orders"]["loading_s"][1] > quiet["loading_s"][1] + 1800.0


def test_orders_wait_for_a_courier_who_does_not_come() -> None:
    inputs = lab_inputs((OPEN_S + 1.0,), rules={"couriers": {"count": (1,)}})
    outcome = day(inputs, out("courier_no_show", 0.0, 120.0, takeoff_point=0))
    trips = outcome.tables["occupancy"]["from_s"][outcome.tables["occupancy"]["resource"] == "courier"]
    assert trips.tolist() == [OPEN_S + 7200.0]
    assert waited_for(outcome)["courier"] > 6000.0


def test_kitchens_take_longer_for_orders_placed_in_a_surge() -> None:
    surge = out("kitchen_surge", 50.0, 10.0, own=(("factor", 3.0),))
    prepared_s = day(lab_inputs((OPEN_S, OPEN_S + 50.0, OPEN_S + 650.0)), surge).tables["orders"]["prepared_s"]
    assert prepared_s.tolist() == [OPEN_S + 240.0, OPEN_S + 50.0 + 720.0, OPEN_S + 650.0 + 240.0]
    other = replace(surge, merchant="somebody else")
    prepared_s = day(lab_inputs((OPEN_S + 50.0,)), other).tables["orders"]["prepared_s"]
    assert prepared_s.tolist() == [OPEN_S + 290.0]


# drones that turn back


def test_a_drone_turns_back_with_its_parcel_which_goes_by_road() -> None:
    legs = simulate(lab_inputs()).tables["legs"]
    at_s = float(legs["departed_s"][0] + legs["arrived_s"][0]) / 2
    outcome = day(lab_inputs(), ScriptedEvent(kind="return", at_s=at_s))
    told = outcome.tables["legs"]
    assert told["kind"].tolist() == ["outbound", "divert"]
    assert told["to"].tolist() == ["A0", "T0"]
    assert outcome.tables["orders"]["end_state"][0] == "ground"
    assert outcome.tables["incidents"]["action"].tolist() == ["returns"]


def test_a_drone_without_a_parcel_or_none_at_all_does_not_turn_back() -> None:
    legs = simulate(lab_inputs()).tables["legs"]
    homeward_s = float(legs["departed_s"][1]) + 30.0
    for at_s, drone in ((homeward_s, 0), (OPEN_S + 1.0, -1)):
        outcome = day(lab_inputs(), ScriptedEvent(kind="return", at_s=at_s, drone=drone))
        assert outcome.tables["incidents"]["action"].tolist() == ["nothing: no such drone is outbound"]
        assert outcome.tables["legs"]["landed_s"].tolist() == legs["landed_s"].tolist()


# planted faults


BUSY = (
    out("takeoff_point_closed", 500.0, 10.0, takeoff_point=0),
    out("cabinet_jammed", 1300.0, 10.0, airport=0),
    out("unloader_fails", 900.0, 20.0, airport=1),
    out("charger_fails", 600.0, 60.0, takeoff_point=0),
    out("courier_no_show", 0.0, 600.0, takeoff_point=0),
    out("dispatcher_outage", 2100.0, 5.0),
)


def busy() -> Outcome:
    return day(small_day(), *BUSY)


def test_verify_sees_what_is_told_of_outages_that_were_not() -> None:
    outcome = busy()
    for number, told in enumerate(outcome.facts["outages"]):
        facts = dict(outcome.facts, outages=[*outcome.facts["outages"]])
        facts["outages"][number] = {**told, "from_s": told["from_s"] - 400.0}
        assert "no incident tells of it" in said_of(replace(outcome, facts=facts))["outages"]
        facts["outages"][number] = {**told, "cause": "wind_changed"}
        assert "is no cause" in said_of(replace(outcome, facts=facts))["outages"]
        del facts["outages"][number]
        found = said_of(replace(outcome, facts=facts))
        assert found, told


@pytest.mark.parametrize(
    ("table", "column", "event", "word"),
    [
        ("orders", "assigned_s", 5, "was assigned"),
        ("orders", "loading_s", 0, "is loaded from"),
        ("legs", "departed_s", 0, "departs"),
        ("legs", "departed_s", 5, "departs"),
        ("scans", "time_s", 1, "reads a code"),
    ],
)
def test_verify_sees_who_uses_what_is_out(table: str, column: str, event: int, word: str) -> None:
    outcome = busy()
    times = outcome.tables[table][column].copy()
    row = int(np.flatnonzero(np.isfinite(times))[0])
    if table == "legs":
        row = int(np.flatnonzero(outcome.tables["legs"]["kind"] == "outbound")[0])
    if table == "scans":
        row = int(np.flatnonzero(outcome.tables["scans"]["airport"] == "A0")[0])
    times[row] = BUSY[event].at_s + 60.0
    changed = {**outcome.tables, table: {**outcome.tables[table], column: times}}
    assert word in said_of(replace(outcome, tables=changed))["outages"]


@pytest.mark.parametrize("resource", ["unloader", "charger", "courier"])
def test_verify_sees_a_unit_held_that_is_out(resource: str) -> None:
    outcome = busy()
    site = next(told["site"] for told in outcome.facts["outages"] if told["what"] == resource)
    units = outcome.facts["capacity"][resource][site]
    told = next(told for told in outcome.facts["outages"] if told["what"] == resource)
    facts = dict(outcome.facts, outages=[*outcome.facts["outages"], *[told] * units])
    assert "capacity" in said_of(replace(outcome, facts=facts))["capacities"]


def test_verify_sees_waits_for_what_was_not_out() -> None:
    outcome = busy()
    reason = outcome.tables["waits"]["reason"]
    for word in ("dispatcher", "takeoff_point_closed", "cabinet"):
        assert word in reason, word
        for other in ("dispatcher", "takeoff_point_closed"):
            if word != other:
                planted = np.where(reason == word, other, reason).astype(object)
                tables = {**outcome.tables, "waits": {**outcome.tables["waits"], "reason": planted}}
                assert "reasons of waits" in said_of(replace(outcome, tables=tables)), (word, other)
    planted = np.where(reason == "dispatcher", "drone", reason).astype(object)
    tables = {**outcome.tables, "waits": {**outcome.tables["waits"], "reason": planted}}
    assert "the dispatcher is down then" in said_of(replace(outcome, tables=tables))["reasons of waits"]


# what a scenario may not say of them


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ('kind = "charger_fails"\ntakeoff_point = "T9"', "events[0].takeoff_point: is not a take-off point on the map"),
        ('kind = "unloader_fails"\nairport = "T1"', "events[0].airport: is not an airport on the map"),
        ('kind = "kitchen_surge"\nmerchant = "M9"', "events[0].merchant: is not a merchant on the map"),
        ('kind = "kitchen_surge"\nfactor = 0.5', "events[0].factor"),
        ('kind = "cabinet_jammed"', "events[0].airport"),
        ('kind = "dispatcher_outage"\nminutes = -1', "events[0].minutes"),
        ('kind = "return"\ndrone = 99', "events[0].drone: must be below the number of drones"),
    ],
)
def test_an_event_that_can_not_be_is_refused(event: str, words: str, tmp_path: Path) -> None:
    text = TINY.read_text(encoding="utf-8").replace('"tiny.geojson"', f'"{TINY.parent / "tiny.geojson"}"')
    path = tmp_path / "out.toml"
    path.write_text(f'{text}\n[[events]]\nat = "10:30"\n{event}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        set_up(load_scenario(path))
    assert words in str(caught.value)
