"""docs/model.md names every key of a scenario as its models declare it, and what was found only by fitting."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.aircraft import DRONE_TYPES
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.record.tables import END_STATES
from dronesim.record.waits import REASONS
from dronesim.scenario.keys import scenario_keys
from dronesim.simulation import simulate
from dronesim.simulation.rules import ScriptedEvent
from lab import lab_inputs
from model_page import PAGE, WHOLE, filled

TEXT = PAGE.read_text(encoding="utf-8")
PROSE = re.sub(r"^<!-- (?:keys|drones|reasons).*?<!-- end -->$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
COMING: set[str] = set()
"""Keys that the flights and the demand of this version bring."""


def test_the_tables_are_those_of_the_models() -> None:
    assert filled(TEXT) == TEXT, "run make docs"


def test_every_key_of_a_scenario_stands_on_the_page_with_its_default_and_letter() -> None:
    rows = [[cell.strip() for cell in line.split(" | ")] for line in TEXT.splitlines() if line.startswith("| `")]
    told = {(row[0].removeprefix("| ").split(" ")[0].strip("`"), row[1], row[2]) for row in rows if len(row) > 3}
    missing = [key.path for key in scenario_keys() if (key.path, key.default, key.letter or "-") not in told]
    assert missing == []


def test_every_table_has_one_place_on_the_page() -> None:
    marked = [name for found in re.findall(r"^<!-- keys: (.*) -->$", TEXT, re.MULTILINE) for name in found.split(", ")]
    tables = {key.table or WHOLE for key in scenario_keys()}
    assert sorted(marked) == sorted(tables)


def test_a_key_that_is_new_would_be_missed() -> None:
    assert "`couriers.hurry_mps`" not in TEXT
    assert filled(TEXT.replace("| `couriers.detour` |", "| `couriers.other` |", 1)) == TEXT


def test_the_page_has_the_parts_of_odd_in_their_order() -> None:
    heads = re.findall(r"^## \d (.*)$", TEXT, re.MULTILINE)
    assert heads[:7] == [
        "Purpose",
        "Entities, state, scales",
        "Process overview and schedule",
        "Design concepts",
        "Initial state",
        "Input data",
        "Submodels",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "by a road courier who is not of the pool",
        "bound in the order of placing",
        "Inside one instant",
        "Inside one epoch",
        "with `clear_s` at home before they are given to another",
        "ends as `ground` on arrival",
        "Ties",
    ],
)
def test_what_was_found_only_by_fitting_is_in_the_text(words: str) -> None:
    assert words in " ".join(PROSE.split())


def test_every_submodel_has_text_of_its_own_and_names_keys_that_exist() -> None:
    names = {key.path.rpartition(".")[2] for key in scenario_keys()}
    paths = {key.path for key in scenario_keys()}
    tables = {key.path.rpartition(".")[0] for key in scenario_keys()}
    named = {word for word in re.findall(r"`([a-z_]+(?:\.[a-z_]+)*)`", PROSE) if "." in word or "_" in word}
    assert sorted(named - names - paths - tables - OTHERS - COMING) == []
    for section in re.split(r"^### ", PROSE, flags=re.MULTILINE)[1:]:
        assert len(section) > 100, section


KEY_FIGURES = {"airspace.terminal_meetings", "airspace.least_terminal_m", "stages_s", "kpis.json", "noise.exceeded"}
KEY_FIGURES |= {"by_rider", "share_with_riders"}
OF_PLACES = {"limit_dba", "overflights_max", "quiet_from", "quiet_to"}
LINK = {"airspace.losses_of_separation", "link", "link.losses_in_silence", "link_area", "link_loss"}
NAVIGATION = {"navigation", "navigation.losses_in_excursions", "position_outage", "position", "position.strays"}
OF_WEATHER = {"go_on", "to_road", "too_heavy", "view.may_fly_until_s", "view.home_by_s"}
OTHERS = (
    {"expected_min", "liu_2017", "comms.py", "travel_weight", "age_bonus"}
    | LINK
    | NAVIGATION
    | {"handling_overrun", "handling_times", "unloading_overrun"}
    | KEY_FIGURES
    | OF_PLACES
    | OF_WEATHER
    | set(END_STATES)
)
"""Words in code letters that are no keys of scenarios: a column, a model, a file, figures, what maps state, states."""


def test_policies_and_types_are_those_that_exist() -> None:
    assert all(f"`{name}`" in PROSE for name in POLICIES)
    assert all(name in TEXT for name in DRONE_TYPES)


def test_lines_of_the_text_are_short_enough_to_read() -> None:
    assert max(len(line) for line in PROSE.splitlines() if not line.startswith("|")) <= 120


def test_every_reason_to_wait_stands_on_the_page_with_its_stage() -> None:
    told = re.findall(r"^\| `(\w+)` \| to [\w -]+ \| `(\w+)` \|", TEXT, re.MULTILINE)
    assert told == [(reason.name, reason.stage) for reason in REASONS]


def test_links_lead_to_pages() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (Path(PAGE).parent / target).is_file(), target


# what the text claims of the engine


def two_orders(**rules: Any) -> Any:
    """Two orders of one instant for one pad, drones for both."""
    return simulate(lab_inputs((36000.0, 36000.0), rules={"takeoff_points": {"pads": (1,)}} | rules)).tables["orders"]


def test_a_quicker_kitchen_does_not_take_the_courier_of_an_order_placed_before() -> None:
    orders = simulate(
        lab_inputs(
            (36000.0, 36001.0),
            rules={"couriers": {"count": (1,)}},
            orders={"preparation_s": [900.0, 60.0], "planned_preparation_s": 60.0},
        )
    ).tables["orders"]
    assert orders["prepared_s"][1] < orders["prepared_s"][0] < orders["ready_s"][0] < orders["ready_s"][1]


def test_the_time_to_clear_a_pad_at_home_shapes_days_of_mode_none() -> None:
    short, long = (
        two_orders(airspace={"mode": "none"}, takeoff_points={"pads": (1,), "clear_s": clear_s}, fleet={"drones": (1,)})
        for clear_s in (0.0, 300.0)
    )
    assert long["loading_s"][1] > short["loading_s"][1]


def test_a_parcel_that_goes_on_by_road_ends_on_arrival_without_box_code_or_customer() -> None:
    calm = simulate(lab_inputs((36000.0,))).tables["orders"]
    halfway_s = float(calm["departed_s"][0] + calm["arrived_s"][0]) / 2
    inputs = lab_inputs((36000.0,), rules={"events": (ScriptedEvent(kind="divert", at_s=halfway_s),)})
    outcome = simulate(inputs)
    order = {name: values[0] for name, values in outcome.tables["orders"].items()}
    legs = outcome.tables["legs"]
    landed_s = legs["landed_s"][legs["kind"] == "divert"][0]
    site_m, airport_m = inputs.places.xy[2], inputs.places.xy[1]
    couriers = inputs.rules.couriers
    road_s = couriers.road_detour * float(np.hypot(*(airport_m - site_m))) / couriers.road_mps
    assert (order["end_state"], order["box"]) == ("ground", -1)
    assert np.isnan(order["delivered_s"])
    assert np.isnan(order["collected_s"])
    assert order["ended_s"] == pytest.approx(landed_s + inputs.rules.airports.unload_s + road_s, abs=0.002)


def test_decisions_of_one_epoch_are_booked_in_the_order_in_which_they_are_given() -> None:
    def backwards(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order, drone in zip(reversed(view.ready), view.free_drones, strict=False):
            decisions.assign(order, drone)
        return decisions

    inputs = lab_inputs((36000.0, 36000.0), rules={"takeoff_points": {"pads": (1,)}}, policy=backwards)
    orders = simulate(inputs).tables["orders"]
    assert orders["assigned_s"][0] == orders["assigned_s"][1]
    assert orders["loading_s"][1] < orders["loading_s"][0]
