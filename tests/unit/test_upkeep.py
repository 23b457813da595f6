"""Inspections and repairs: when drones are due, who is away for how long, and what a planner is told."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.experiment.stationary import draw_care
from dronesim.experiment.warn import warnings_of
from dronesim.metrics import kpis
from dronesim.report.rows import figure_groups
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, simulate
from dronesim.streams import Streams
from dronesim.verify.checks import CHECKS
from dronesim.verify.obstacles import obstacles
from lab import CLOSE_S, OPEN_S, lab_inputs, lab_rules
from test_planted_laws import as_read
from worn import CARE, cared, worn

BUSY_S = 36000.0 + 240.0 * np.arange(60)
OPEN_LONG_S = CLOSE_S - OPEN_S


def busy(drones: int = 2, **care: Any) -> Outcome:
    rules = {"fleet": {"drones": (drones,)}}
    return simulate(cared(lab_inputs(BUSY_S, rules=rules), **care))


def stays(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    return [stay for stay in outcome.facts["maintenance"]["stays"] if stay["kind"] == kind]


def complaints(outcome: Outcome) -> list[str]:
    run = as_read(outcome)
    return [words for check in CHECKS if check is not obstacles for words in check(run).violations]


def sorties_between(outcome: Outcome, drone: int) -> list[int]:
    """How many sorties a drone flies until each of its inspections."""
    legs = outcome.tables["legs"]
    landed_s = legs["landed_s"][(legs["drone"] == drone) & (legs["kind"] == "return")]
    begins_s = [stay["from_s"] for stay in stays(outcome, "inspection") if stay["drone"] == drone]
    return np.diff([0, *np.searchsorted(np.sort(landed_s), begins_s)]).tolist()


def test_a_drone_is_inspected_after_so_many_sorties() -> None:
    day = busy(after_sorties=7.0)
    assert {count for drone in (0, 1) for count in sorties_between(day, drone)} == {7}
    assert complaints(day) == []


def test_what_was_flown_before_counts() -> None:
    day = busy(after_sorties=7.0, sorties=[4.0, 0.0])
    assert [sorties_between(day, drone)[0] for drone in (0, 1)] == [3, 7]


def test_a_drone_is_inspected_after_so_long_aloft() -> None:
    day = busy(after_flight_s=1800.0, flown_s=[600.0])
    legs = day.tables["legs"]
    first = min(stay["from_s"] for stay in stays(day, "inspection") if stay["drone"] == 0)
    flown = (legs["drone"] == 0) & (legs["departed_s"] < first)
    aloft_s = (legs["landed_s"] - legs["departed_s"])[flown]
    assert aloft_s[:-2].sum() < 1200.0 <= aloft_s.sum()
    assert complaints(day) == []


def test_an_inspection_lasts_as_stated_and_nobody_flies_then() -> None:
    day = busy(after_sorties=7.0, inspection_s=900.0)
    assert {round(stay["to_s"] - stay["from_s"], 6) for stay in stays(day, "inspection")} == {900.0}
    calm = busy(after_sorties=math.inf, after_flight_s=1e9)
    assert day.tables["orders"]["delivered_s"].sum() > calm.tables["orders"]["delivered_s"].sum()


def test_policies_expect_an_inspection_and_no_repair() -> None:
    """With one drone inspected after each sortie, the next order is expected when it is over."""
    seen: list[tuple[float, float]] = []

    def watching(view: Any) -> Any:
        from dronesim.dispatch import POLICIES

        seen.extend(zip(view.drones.expected_free_s.tolist(), view.drones.is_free.tolist(), strict=True))
        return POLICIES["nearest"](view)

    inputs = lab_inputs([36000.0, 36400.0], rules={"fleet": {"drones": (1,)}}, policy=watching)
    day = simulate(cared(inputs, after_sorties=1.0, inspection_s=3000.0))
    over_s = stays(day, "inspection")[0]["to_s"]
    assert (pytest.approx(over_s), False) in seen


def test_who_is_in_repair_in_the_morning_comes_back_by_noon_or_not_today() -> None:
    day = busy(drones=3, after_sorties=100.0, in_repair_days=[0.2, 1.5, 0.0])
    assert [stay["to_s"] for stay in stays(day, "repair")] == [OPEN_S + 0.2 * OPEN_LONG_S, None]
    legs = day.tables["legs"]
    assert legs["departed_s"][legs["drone"] == 0].min() >= OPEN_S + 0.2 * OPEN_LONG_S
    assert 1 not in legs["drone"]
    assert complaints(day) == []


def test_the_inspection_that_finds_something_ends_in_a_repair() -> None:
    day = busy(after_sorties=5.0, clean=[1.0, math.inf], repair_days=[0.1])
    repair = stays(day, "repair")
    assert [stay["drone"] for stay in repair] == [0]
    second = [stay for stay in stays(day, "inspection") if stay["drone"] == 0][1]
    assert repair[0]["from_s"] == second["to_s"]
    assert repair[0]["to_s"] == pytest.approx(second["to_s"] + 0.1 * OPEN_LONG_S)
    assert complaints(day) == []


def test_a_repair_that_lasts_beyond_closing_time_ends_on_another_day() -> None:
    day = busy(after_sorties=5.0, clean=[0.0], repair_days=[0.99])
    assert {stay["to_s"] for stay in stays(day, "repair")} == {None}
    assert (day.tables["orders"]["end_state"] == "open").any()
    assert complaints(day) == []


def test_drones_that_nobody_looks_after_fly_the_same_day() -> None:
    plain = simulate(lab_inputs(BUSY_S))
    cared_for = simulate(cared(lab_inputs(BUSY_S), after_sorties=1e6))
    assert "maintenance" not in plain.facts
    assert "upkeep" not in kpis(plain.tables, plain.facts)
    assert all(
        repr(plain.tables[name][column].tolist()) == repr(cared_for.tables[name][column].tolist())
        for name, table in plain.tables.items()
        for column in table
    )


def test_the_day_tells_how_many_drones_are_to_be_owned() -> None:
    day = busy(after_sorties=10.0, repair_share=0.2, inspection_s=1800.0)
    told = kpis(day.tables, day.facts)["upkeep"]
    assert told["inspections"] == len(stays(day, "inspection"))
    assert told["in_service"] == pytest.approx(2 - told["inspections"] * 1800.0 / OPEN_LONG_S)
    assert told["sorties_per_day"] == pytest.approx(60 / told["in_service"])
    assert told["days_between_inspections"] == pytest.approx(10 / told["sorties_per_day"])
    out = (1800.0 / OPEN_LONG_S + 0.2 * CARE.repair_mean_days) / told["days_between_inspections"]
    assert told["needed_owned"] == pytest.approx(2 * (1 + out))


def test_repairs_of_median_one_and_p95_seven_take_two_days_on_average() -> None:
    assert CARE.repair_mean_days == pytest.approx(2.013, abs=0.001)


def test_the_page_tells_of_wear_and_upkeep_where_there_is_any() -> None:
    plain = simulate(lab_inputs(BUSY_S))
    assert "Wear and upkeep" not in dict(figure_groups(kpis(plain.tables, plain.facts)))
    day = simulate(worn(cared(lab_inputs(BUSY_S), after_sorties=5.0, clean=[1.0]), [100.0, 0.0]))
    told = dict(dict(figure_groups(kpis(day.tables, day.facts)))["Wear and upkeep"])
    figures = kpis(day.tables, day.facts)
    assert told["Inspections"] == f"{figures['upkeep']['inspections']}"
    assert told["Repairs that followed"] == f"{figures['upkeep']['repairs']}"
    assert told["Health of the worst pack"].endswith("92 %")
    assert told["A pack lasts, at this use"] == f"{figures['packs']['life_days']:,.0f} days"


def test_the_page_tells_of_packs_that_last_for_ever() -> None:
    day = simulate(worn(lab_inputs([]), [0.0], calendar_per_day=0.0))
    told = dict(dict(figure_groups(kpis(day.tables, day.facts)))["Wear and upkeep"])
    assert told["A pack lasts, at this use"] == "for ever"
    assert told["Packs to buy a year"] == "0"


# the stationary state


def test_drones_draw_from_their_own_streams() -> None:
    few, many = (
        draw_care(replace(lab_rules(fleet={"drones": (count,)}), care=CARE), Streams(seed=1)) for count in (4, 9)
    )
    assert few is not None
    assert many is not None
    for name in ("sorties", "flown_s", "in_repair_days", "clean", "repair_days"):
        assert getattr(many, name)[:4].tolist() == getattr(few, name).tolist()


def test_spares_are_kept_in_order() -> None:
    rules = replace(lab_rules(fleet={"drones": (1,), "spares": (50,)}), care=replace(CARE, repair_share=1.0))
    care = draw_care(rules, Streams(seed=1))
    assert care is not None
    assert (care.in_repair_days[1:] == 0).all()


def test_nobody_begins_a_day_past_its_inspection() -> None:
    law = replace(CARE, after_sorties=3.0, after_flight_s=700.0)
    care = draw_care(replace(lab_rules(fleet={"drones": (300,)}), care=law), Streams(seed=1))
    assert care is not None
    assert care.sorties.max() < 3
    assert 0 < care.flown_s.max() < 700.0


def test_upkeep_moves_no_arrival() -> None:
    plain, cared_for = (
        prepare(set_up(load_scenario("tests/data/tiny.toml", overrides)))
        for overrides in ([], ["maintenance.inspect_after_sorties=100"])
    )
    assert plain.care is None
    assert cared_for.care is not None
    for name in ("placed_s", "mass_kg", "preparation_s", "airport", "collection_s"):
        assert getattr(plain.orders, name).tolist() == getattr(cared_for.orders, name).tolist()


# what planners state


def warned(*overrides: str) -> list[str]:
    setting = set_up(load_scenario("tests/data/tiny.toml", list(overrides)))
    return warnings_of(setting, prepare(setting))


def test_keys_that_are_stated_and_switched_off_are_warned_of() -> None:
    assert warned() == []
    switches = "maintenance.inspect_after_sorties or inspect_after_flight_h"
    assert warned("maintenance.repair_share=0.2", "maintenance.inspection_min=5") == [
        f"maintenance.inspection_min, maintenance.repair_share: not used without {switches}"
    ]
    assert warned("batteries.retire_below=0.7", "costs.pack_price=3000") == [
        "batteries.retire_below, costs.pack_price: not used without batteries.cycles_to_80"
    ]
    assert warned("maintenance.repair_share=0.2", "maintenance.inspect_after_flight_h=20") == []
    assert warned("batteries.retire_below=0.7", "batteries.cycles_to_80=250") == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("maintenance.repair_p95_days=0.5", "must not be below repair_median_days, 1"),
        ("maintenance.repair_median_days=0", "maintenance.repair_median_days"),
        ("maintenance.inspect_after_sorties=0", "maintenance.inspect_after_sorties"),
        ("maintenance.inspect_after_flight_h=0", "maintenance.inspect_after_flight_h"),
        ("maintenance.repair_share=1.5", "maintenance.repair_share"),
        ("maintenance.inspect_after_sortie=5", "inspect_after_sorties"),
        ("batteries.cycles_to_80=-1", "batteries.cycles_to_80"),
        ("batteries.retire_below=1.0", "batteries.retire_below"),
        ("batteries.calendar_loss_per_day=0.5", "batteries.calendar_loss_per_day"),
        ("costs.pack_price=-1", "costs.pack_price"),
    ],
)
def test_values_that_can_not_be_are_named(override: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_scenario("tests/data/tiny.toml", [override])
