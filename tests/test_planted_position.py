"""Days without position for a while, and faults planted in them: the checker must see every one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.comms import LinkArea, LinkDay
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.position import Drifting, Position
from dronesim.simulation.rules import NavigationRules, PositionRules
from dronesim.verify import Check
from dronesim.verify.astray import excursions_told
from dronesim.verify.conformance import conformance
from dronesim.verify.figures import key_figures
from dronesim.verify.landings import missed_landings
from dronesim.verify.outage_areas import outage_areas
from dronesim.verify.position import position_service
from dronesim.verify.separation import separation
from lab import lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

POSITION, AREAS, ASTRAY = "position service", "areas of outages", "excursions"
ORDERS, FROM_S, LASTS_S = 30, 36_900.0, 420.0
RULES = PositionRules(drift_mps=0.5, stray_max_m=7.0)
WEST = LinkArea(name="west half", polygon=shapely.box(-1e5, -1e5, 900.0, 1e5), is_drawn=False)


def lost(area: int = -1, *, mode: str = "headway", rules: PositionRules = RULES) -> SimulationInputs:
    """Drones from two take-off points on crossing ways, and no position for five minutes, in an area by its number."""
    inputs = lab_inputs(
        36_000.0 + 60.0 * np.arange(ORDERS),
        homes_xy=((0.0, 0.0), (1500.0, 900.0)),
        airports_xy=((1800.0, 0.0), (0.0, 1200.0)),
        rules={"airports": {"pads": (3, 3), "unloaders": (3, 3)}},
        orders={"takeoff_point": np.arange(ORDERS) % 2, "airport": np.arange(ORDERS) // 2 % 2},
    )
    air = replace(inputs.rules.airspace, mode=mode)
    event = ScriptedEvent(kind="position_outage", at_s=FROM_S, duration_s=LASTS_S, own=(("area", float(area)),))
    stated = NavigationRules(miss_share=0.0, go_around_s=20.0, position=rules)
    return replace(
        inputs,
        rules=replace(inputs.rules, airspace=air, navigation=stated, events=(event,)),
        position=LinkDay(areas=(WEST,)),
        blind_misses=np.full(ORDERS, 1_000 if rules.miss_share else 0),
    )


def flown(inputs: SimulationInputs) -> Outcome:
    return simulate(inputs, has_tracks=True, counts_losses=True)


@cache
def day() -> Outcome:
    return flown(lost(0))


def found(outcome: Outcome, *, figures: dict[str, Any] | None = None) -> dict[str, str]:
    run = as_read(outcome, figures=figures)
    checks: list[Check] = [
        *(position_service(run), outage_areas(run), excursions_told(run), missed_landings(run)),
        *(separation(run), conformance(run), key_figures(run)),
    ]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


def actions(outcome: Outcome) -> list[str]:
    table = outcome.tables["incidents"]
    return [str(action) for action in table["action"][table["kind"] == "position_outage"]]


@pytest.mark.parametrize("mode", ["headway", "strategic"])
@pytest.mark.parametrize("area", [-1, 0])
def test_a_day_without_position_is_clean(area: int, mode: str) -> None:
    outcome = flown(lost(area, mode=mode))
    told = actions(outcome)
    assert sum(action.startswith("strays") for action in told) > 3
    assert "makes another pass" in told
    assert found(outcome) == {}
    if mode == "strategic":
        assert outcome.facts["separation"]["losses_of_separation"] == 0


def test_what_is_decided_does_not_depend_on_how_far_drones_drift() -> None:
    near, far = (simulate(lost(rules=replace(RULES, drift_mps=drift_mps))) for drift_mps in (0.0, 2.0))
    for column, values in near.tables["legs"].items():
        assert repr(values.tolist()) == repr(far.tables["legs"][column].tolist())
    assert not any(action.startswith("strays") for action in actions(near))


def test_a_service_that_is_never_out_changes_nothing() -> None:
    inputs = lost()
    quiet = replace(inputs, rules=replace(inputs.rules, events=()))
    plain = replace(quiet, position=LinkDay(), blind_misses=np.empty(0, dtype=np.int64))
    one, other = flown(quiet), flown(plain)
    assert repr((one.tables, one.facts)) == repr((other.tables, other.facts))
    assert "position" not in one.facts
    assert "navigation" not in one.facts


def test_who_has_no_position_drifts_by_the_time_since_it_had_one() -> None:
    """Deviations grow by half a metre in a second, cut off at 7 m; who has a position keeps to its bound of 3 m."""
    drifting = Drifting(lost())
    sigma_m, bound_m = drifting.errors_m(np.array([0.0, 4.0, 40.0]), np.array([9.0, 9.0, 2.0]))
    assert sigma_m.tolist() == pytest.approx([1.0, 3.0, 21.0])
    assert bound_m.tolist() == [3.0, 7.0, 2.0]


def test_a_site_is_without_position_where_and_while_it_is_out() -> None:
    position, begins_ms, ends_ms = Position(lost(0)), round(FROM_S * 1000), round((FROM_S + LASTS_S) * 1000)
    spans = ((begins_ms - 1, False), (begins_ms, True), (ends_ms - 1, True), (ends_ms, False))
    assert [position.is_out(3, at_ms) for at_ms, _ in spans] == [is_out for _, is_out in spans]
    assert not any(position.is_out(2, at_ms) for at_ms, _ in spans)


def test_landings_are_made_where_none_is_missed() -> None:
    outcome = flown(lost(rules=replace(RULES, miss_share=0.0)))
    assert {action.split()[0] for action in actions(outcome)} == {"no", "strays"}
    assert found(outcome) == {}


# engines that are wrong


def test_drones_that_land_without_position_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Position, "is_out", lambda _self, _site, _at_ms: False)
    assert "where there is no position in the district" in found(flown(lost()))[POSITION]


def test_passes_of_drones_that_have_a_position_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Position, "_covers", lambda _self, _area, _site: True)
    assert "as if it had no position" in found(flown(lost(0)))[POSITION]


def test_drones_that_drift_everywhere_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere = [(0.0, 1e6)]
    monkeypatch.setattr(Position, "spells", lambda _self, _course: everywhere)
    assert "is told to drift without position" in found(flown(lost(0)))[POSITION]


# tables and facts that were changed

Change = Callable[[Outcome], None]


def incident(column: str, value: Any, *, having: str) -> Change:
    """Change a column of the first incident of the outage whose action begins so."""

    def change(outcome: Outcome) -> None:
        table = outcome.tables["incidents"]
        rows = [
            row
            for row, (kind, action) in enumerate(zip(table["kind"], table["action"], strict=True))
            if kind == "position_outage" and action.startswith(having)
        ]
        table[column][rows[0]] = value

    return change


def outage(key: str, value: Any) -> Change:
    def change(outcome: Outcome) -> None:
        outcome.facts["position"]["outages"][0][key] = value

    return change


def moved_area(outcome: Outcome) -> None:
    outcome.facts["position"]["areas"][0]["wkt"] = shapely.to_wkt(shapely.box(-1e5, -1e5, 800.0, 1e5))


def less_drift(outcome: Outcome) -> None:
    outcome.facts["position"]["stray_max_m"] = 5.0


CHANGES: dict[str, tuple[Change, str, str]] = {
    "an outage untold": (incident("kind", "zone_closed", having="no position"), POSITION, "no incident tells"),
    "an outage at another time": (incident("time_s", FROM_S - 60, having="no position"), POSITION, "where no outage"),
    "an outage that was shorter": (outage("to_s", FROM_S + 60.0), POSITION, "and has one"),
    "a drift told of another drone": (incident("drone", 11, having="strays"), ASTRAY, "its flown track does not"),
    "a drift told as an excursion": (incident("kind", "excursion", having="strays"), ASTRAY, "the most is 0 m"),
    "a drift that is too large": (less_drift, ASTRAY, "the most is 5 m"),
    "a missed landing at another time": (incident("time_s", 39_000.0, having="makes"), POSITION, "as if it had no"),
    "a half that is not one": (moved_area, AREAS, "is not where the map has it"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_day_is_seen(name: str) -> None:
    change, check, says = CHANGES[name]
    changed = changeable(day())
    change(changed)
    assert says in found(changed)[check]


@pytest.mark.parametrize("figure", ["outages", "outage_s", "strays", "misses", "go_arounds"])
def test_a_wrong_key_figure_is_seen(figure: str) -> None:
    figures = copy.deepcopy(dict(as_read(day()).kpis))
    figures["position"][figure] += 1
    assert f"position.{figure}" in found(day(), figures=figures)["key figures recomputed"]
