"""``dronesim size --days``: how many for nine days in ten, and what is told where that can't be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command import TINY, Answer, call
from dronesim.defaults import INDIFFERENCE
from dronesim.experiment.size_answer import DAYS_INDIFFERENCE, NEAR_CEILING, NEAR_DAY_CEILING

pytestmark = pytest.mark.usefixtures("days_once")

EASY = ("--set", "service.limit_min=30", "--target", 0.8)
"""A promise that any day can keep if there are drones enough."""
FAST = ("--workers", 1, "--quiet")
TRACE_TOML = f'name = "t"\nmap = "{TINY.with_suffix(".geojson")}"\n[horizon]\nstart = "10:00"\nend = "12:00"\n'


def size(folder: Path, *options: object) -> Answer:
    return call("size", TINY, *options, "--out", folder, *FAST, "--json")


def content(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_days_are_answered_with_a_number_its_curve_and_the_ceiling_of_days(tmp_path: Path) -> None:
    answer = size(tmp_path, *EASY, "--days", 0.8, "--days-indifference", 10)
    assert (answer.code, answer.err) == (0, "")
    found = content(answer)
    assert found == json.loads((tmp_path / "size.json").read_text())
    days = found["days"]
    assert (days["share"], days["indifference"], days["orders"]) == (0.8, 0.1, "drawn")
    assert days["ceiling"]["count"] == 400
    assert days["ceiling"]["high"] >= 0.8
    low, high = found["answer"]["low"], found["answer"]["high"]
    levels = {point["value"]: point for point in found["curve"]}
    assert levels[high]["verdict"] == "meets"
    assert levels[high]["low"] >= found["counts_as_either"][0] == pytest.approx(0.7)
    assert levels[low - 1]["verdict"] == "misses" if low > 1 else True
    assert {point["interval"] for point in found["curve"]} <= {"exact", "holds at every look"}
    assert found["control_days"] is None
    assert (tmp_path / "fleet-curve.png").read_bytes().startswith(b"\x89PNG")


def test_more_is_needed_for_more_days_and_finished_days_are_not_simulated_again(tmp_path: Path) -> None:
    rough = ("--days-indifference", 10)
    few = content(size(tmp_path, *EASY, *rough, "--days", 0.5))
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}
    again, many = (content(size(tmp_path, *EASY, *rough, "--days", share)) for share in (0.5, 0.9))
    assert again == few
    assert few["answer"]["low"] <= many["answer"]["high"]
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}.items() >= (
        kept.items()
    )


def test_the_indifference_of_days_changes_the_days_that_are_needed(tmp_path: Path) -> None:
    at = ("--between", "20:20", "--days", 0.9)
    days = [content(size(tmp_path, *EASY, *at, "--days-indifference", points))["replications"] for points in (4, 8, 25)]
    assert days[0] > days[1] > days[2]


def test_every_takeoff_point_can_be_asked_to_meet_the_target_on_most_days(tmp_path: Path) -> None:
    whole, points = (content(size(tmp_path, *EASY, "--days", 0.8, *by)) for by in ((), ("--by", "takeoff_point")))
    assert points["days"]["ceiling"]["takeoff_point"] in {"T1", "T2"}
    assert [point["takeoff_point"] for point in points["by_takeoff_point"]] == ["T1", "T2"]
    assert whole["answer"]["low"] <= points["answer"]["high"]


def test_where_no_day_can_meet_the_target_nothing_is_simulated(tmp_path: Path) -> None:
    slow = ("--set", "kitchens.preparation.mean_min=40", "--set", "kitchens.preparation.sd_min=0.5", "--workers", 1)
    answer = call("size", TINY, *slow, "--days", 0.9, "--out", tmp_path)
    assert answer.code == 3
    ceiling, told, nearest = answer.out.splitlines()[:3]
    assert ceiling.startswith("Ceiling     with unlimited resources and no queues 0.0 % (0.0 to 0.9) of 400 days meet")
    assert "90 % of days is above the share of days that can meet the target at all (0.0 %)" in told
    assert "next to no day can meet the target; ask without --days" in nearest
    assert not list((tmp_path / "replications").glob("*.json"))


def test_above_the_ceiling_the_number_that_comes_near_it_is_told(tmp_path: Path) -> None:
    sought = ("--target", 0.9999, "--indifference", 2, "--between", "4:20")
    answers = {
        points: call(
            "size",
            TINY,
            *sought,
            "--near-ceiling",
            points,
            "--set",
            "service.limit_min=20",
            "--out",
            tmp_path,
            "--json",
        )
        for points in (3, 20)
    }
    assert {answer.code for answer in answers.values()} == {3}
    near, far = (content(answers[points]) for points in (3, 20))
    assert (near["status"], near["answer"]) == ("above_ceiling", None)
    assert near["near_ceiling"]["target"] == pytest.approx(near["ceiling"]["placed"]["mean"] - 0.03)
    assert far["near_ceiling"]["answer"]["high"] <= near["near_ceiling"]["answer"]["high"]
    at = next(point for point in near["curve"] if point["value"] == near["near_ceiling"]["answer"]["high"])
    assert at["low"] >= near["near_ceiling"]["target"] - 0.02
    assert near["cost"]["per_order"] == at["cost_per_order"]
    assert "the target is above the ceiling; looking for the smallest number within 3 points of the ceiling" in (
        answers[3].err
    )
    assert (tmp_path / "fleet-curve.png").exists()


def test_days_of_a_trace_are_told_to_have_its_orders(tmp_path: Path) -> None:
    rows = [f"{number},10:{number:02d}:00,M1,C1" for number in range(0, 60, 6)]
    (tmp_path / "trace.csv").write_text("\n".join(["order_id,placed,merchant,community", *rows]) + "\n")
    (tmp_path / "t.toml").write_text(f'{TRACE_TOML}[demand]\nmodel = "trace"\nfile = "trace.csv"\n')
    options = ("--days", 0.8, *EASY, "--between", "1:8", "--out", tmp_path / "out", "--workers", 1)
    answer = call("size", tmp_path / "t.toml", *options)
    assert answer.code == 0
    assert "Days        all have the orders of the trace" in answer.out
    assert json.loads((tmp_path / "out" / "size.json").read_text())["days"]["orders"] == "trace"
    assert "Days        all" not in call("size", tmp_path / "t.toml", *options[2:]).out


def test_days_are_explained_where_the_verb_is() -> None:
    text = " ".join(call("size", "--help").out.split())
    for option in ("--days X", "--days-indifference X", "--near-ceiling X"):
        assert option in text
    assert "the smallest number with which at least that share of days meets the target" in text


def test_defaults_that_the_help_tells_are_those_that_count() -> None:
    text = " ".join(call("size", "--help").out.split())
    points = [100 * share for share in (INDIFFERENCE, DAYS_INDIFFERENCE, NEAR_CEILING, NEAR_DAY_CEILING)]
    level, days, near, near_days = (f"{point:g}" for point in points)
    assert f"Points about the target that may count as either; {level}." in text
    assert f"Points of days that may count as either; {days}." in text
    assert f"within so many points of the ceiling; {near}, of days {near_days}." in text
