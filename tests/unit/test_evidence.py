"""Evidence: a status is bought by passing checks alone, and what is written down is what the checks say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command import call
from dronesim.evidence import (
    CAPABILITIES,
    MARKS,
    Kind,
    Outcome,
    Result,
    Status,
    mark_verdicts,
    saved_outcomes,
    standing_lines,
    standings,
    status_of,
    statuses,
)
from dronesim.evidence.conditions import Unset
from dronesim.experiment.points import program_hash
from dronesim.report import write_report
from dronesim.scenario import load_scenario
from dronesim.scenario.keys import scenario_keys
from evidence_checks.catalogue import ALL_CHECKS
from evidence_checks.check import Check
from evidence_checks.page import page

ROOT = Path(__file__).parents[2]
IN_WORDS = {"name", "description", "extends", "costs.currency"}
"""Keys that name things and shape no day and no figure."""


def outcome(kind: Kind, result: Result = Result.PASSED, *, held_back: str = "a part") -> Outcome:
    return Outcome(name="check", kind=kind, title="", source="", held_back=held_back, mark="", result=result, figure="")


# what buys a status

EVERY = [outcome(kind, result, held_back=kept) for kind in Kind for result in Result for kept in ("", "a part")]


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_only_passing_outside_data_with_a_part_held_back_validates(size: int) -> None:
    for found in itertools.combinations(EVERY, size):
        all_pass = all(each.result == Result.PASSED for each in found)
        outside = any(each.kind == Kind.OUTSIDE and each.held_back for each in found)
        shown = any(each.kind in {Kind.THEORY, Kind.PROGRAM} for each in found)
        expected = Status.VALIDATED if outside else Status.VERIFIED if shown else Status.ASSUMED
        assert status_of(found) == (expected if all_pass else Status.ASSUMED)


@pytest.mark.parametrize("worthless", [Kind.SELF, Kind.CALIBRATION])
def test_a_self_check_or_calibration_never_raises_a_status(worthless: Kind) -> None:
    for found in itertools.combinations(EVERY, 2):
        for result in Result:
            assert status_of([*found, outcome(worthless, result)]) <= status_of(found)
    assert status_of([outcome(worthless)]) == Status.ASSUMED


@pytest.mark.parametrize("result", [Result.FAILED, Result.SKIPPED])
@pytest.mark.parametrize("kind", list(Kind))
def test_one_check_that_does_not_pass_leaves_the_row_assumed(kind: Kind, result: Result) -> None:
    assert status_of([outcome(Kind.OUTSIDE), outcome(Kind.THEORY), outcome(kind, result)]) == Status.ASSUMED


def passing() -> dict[str, Outcome]:
    return {name: replace(found, result=Result.PASSED) for name, found in saved_outcomes().items()}


def test_a_check_that_is_missing_leaves_its_rows_assumed() -> None:
    for name in passing():
        found = passing()
        del found[name]
        rows = {each.title for each in CAPABILITIES if name in each.checks}
        assert rows
        assert all(statuses(found)[title] == Status.ASSUMED for title in rows)


def test_a_row_without_checks_is_assumed_whatever_passes() -> None:
    bare = [each.title for each in CAPABILITIES if not each.checks]
    assert len(bare) > 5
    assert {statuses(passing())[title] for title in bare} == {Status.ASSUMED}


# what is written down


def test_every_check_serves_a_capability_and_every_capability_names_checks_that_exist() -> None:
    known = [check.name for check in ALL_CHECKS]
    assert len(set(known)) == len(known)
    assert {name for each in CAPABILITIES for name in each.checks} == set(known)


def test_the_outcomes_in_the_package_are_of_the_checks_as_they_are() -> None:
    assert list(saved_outcomes()) == [check.name for check in ALL_CHECKS]
    for check in ALL_CHECKS:
        saved = saved_outcomes()[check.name]
        told = (saved.kind, saved.title, saved.source, saved.held_back, saved.mark)
        assert told == (check.kind, check.title, check.source, check.held_back, check.mark), check.name
        assert saved.figure


def test_the_page_is_written_from_the_outcomes_in_the_package() -> None:
    said = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert said == page(saved_outcomes()), "run make validation"


def test_data_from_outside_say_what_was_held_back() -> None:
    assert all(check.held_back for check in ALL_CHECKS if check.kind == Kind.OUTSIDE)
    assert not any(check.held_back for check in ALL_CHECKS if check.kind != Kind.OUTSIDE)


DEAR = [check for check in ALL_CHECKS if check.is_dear]
TURN = DEAR[int(program_hash()[:8], 16) % len(DEAR)]


@pytest.mark.slow
@pytest.mark.parametrize("check", [check for check in ALL_CHECKS if not check.is_dear], ids=lambda check: check.name)
def test_checks_find_again_what_is_written_down(check: Check) -> None:
    assert check.outcome() == saved_outcomes()[check.name]


@pytest.mark.slow
def test_a_dear_check_must_find_again_what_is_written_down() -> None:
    """One of the few that are dear, another with each version; `make validation` runs them all."""
    assert len(DEAR) <= 3, "a landing that changes what the others find is seen at once"
    assert TURN.outcome() == saved_outcomes()[TURN.name]


# keys and conditions


def is_under(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")


def test_every_key_that_shapes_a_day_or_a_figure_rests_on_a_capability() -> None:
    named = [key for each in CAPABILITIES for key in each.keys]
    paths = {key.path for key in scenario_keys()} - IN_WORDS
    assert [path for path in sorted(paths) if not any(is_under(path, key) for key in named)] == []


def test_keys_of_capabilities_and_of_their_conditions_are_keys_of_a_scenario() -> None:
    paths = {key.path for key in scenario_keys()}
    conditions = {where.key for each in CAPABILITIES for where in (*each.used_where, *each.checked_where)}
    named = {key for each in CAPABILITIES for key in each.keys} | conditions
    assert [key for key in sorted(named - COMING) if not any(is_under(path, key) for path in paths)] == []


COMING: set[str] = set()
"""Keys that the demand and the flights of this version bring."""


def test_titles_are_told_apart_and_marks_name_them() -> None:
    titles = [each.title for each in CAPABILITIES]
    assert len(set(titles)) == len(titles)
    assert not any("," in title for title in titles)  # they are listed with commas
    assert {title for mark in MARKS for title in mark.capabilities} <= set(titles)


# marks


def test_a_mark_is_missed_by_each_row_that_falls_short() -> None:
    best = {each.title: Status.VALIDATED for each in CAPABILITIES}
    assert all(verdict.result == Result.PASSED for verdict in mark_verdicts(best))
    for mark in MARKS:
        for title in mark.capabilities:
            low = {**best, title: Status(mark.least - 1)}
            assert title in next(verdict.short for verdict in mark_verdicts(low) if verdict.mark == mark)


# what a scenario rests on


def tables(*settings: str) -> dict[str, Any]:
    scenario = load_scenario(ROOT / "scenarios" / "quickstart.toml", settings)
    return scenario.model_dump(mode="json", exclude_none=True)


def by_title(*settings: str) -> dict[str, tuple[Status, str]]:
    found = standings(tables(*settings), passing())
    return {each.capability.title: (each.status, each.reason) for each in found}


def test_a_scenario_rests_on_what_it_uses() -> None:
    calm, windy = by_title(), by_title("weather.wind_mps=4")
    assert set(windy) - set(calm) == {"ground speed in wind", "wind over the district"}
    assert set(calm) - set(by_title("airspace.mode=headway")) == {"separation"}
    failing = by_title("faults.failures_per_flight_hour=0.001")
    assert set(failing) - set(calm) == {"drawing of failures", "faults and remedies"}


@pytest.mark.parametrize("setting", ["fleet.drone_type=quad-2021", "drone.cruise_mps=14", "drone.climb_mps=5"])
def test_measured_flights_speak_for_the_drone_that_was_measured_alone(setting: str) -> None:
    assert by_title()["flight times"] == (Status.VALIDATED, "")
    assert by_title(setting)["flight times"] == (Status.ASSUMED, "not as it was checked")


def test_unset_holds_where_a_table_of_overrides_is_empty() -> None:
    assert Unset("drone").holds({"drone": {}})
    assert Unset("drone").holds({})
    assert not Unset("drone").holds({"drone": {"climb_mps": 2.0}})


def test_the_lines_name_every_capability_once_under_its_status() -> None:
    found = standings(tables("drone.cruise_mps=14"), passing())
    lines = standing_lines(found)
    assert [line.split(" ")[0] for line in lines] == ["VERIFIED", "ASSUMED"]
    listed = [name for line in lines for name in line.split("): ", 1)[1].split(", ")]
    assert sorted(name.removesuffix(" (not as it was checked)") for name in listed) == sorted(
        each.capability.title for each in found
    )


def test_validate_tells_what_a_scenario_rests_on() -> None:
    told = call("validate", ROOT / "tests" / "data" / "tiny.toml").out
    assert "what this rests on:\n" in told
    assert told.index("VERIFIED") < told.index("ASSUMED")


def test_the_report_page_tells_what_its_answer_rests_on(tmp_path: Path) -> None:
    assert call("run", ROOT / "tests" / "data" / "tiny.toml", "--out", tmp_path / "run", "--quiet").code == 0
    page_html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    scenario = load_scenario(tmp_path / "run" / "scenario.toml").model_dump(mode="json", exclude_none=True)
    for line in standing_lines(standings(scenario)):
        assert f"<li>{line}</li>" in page_html


def test_without_a_scenario_the_page_says_that_it_does_not_know(tmp_path: Path) -> None:
    """As in folders of days that were put together in Python, whose manifests tell of none."""
    assert call("run", ROOT / "tests" / "data" / "tiny.toml", "--out", tmp_path / "run", "--quiet").code == 0
    (tmp_path / "run" / "scenario.toml").unlink()
    write_report(tmp_path / "run")
    assert "not known what this answer rests on" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
