"""``dronesim bound``: what no policy exceeds, day by day and in the mean."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from command import TINY, call
from dronesim.experiment.bounding import fewest

ONE_DRONE = ("--set", "fleet.drones=1", "--workers", 1)


def test_bound_tells_each_day_and_the_mean_and_keeps_it(tmp_path: Path) -> None:
    answer = call("bound", TINY, "--days", 3, *ONE_DRONE, "--out", tmp_path, "--json", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    content = json.loads(answer.out)
    assert content == json.loads((tmp_path / "bound.json").read_text())
    shares = [day["on_time_at_most"] / day["orders"] for day in content["days"]]
    assert [day["share"] for day in content["days"]] == shares
    assert content["bound"]["mean"] == pytest.approx(sum(shares) / 3)
    assert content["bound"]["mean"] < content["possible"]["mean"]
    assert content["limits"][0] == "drone"


def test_bound_says_in_words_what_is_short_and_whether_the_target_can_be_met(tmp_path: Path) -> None:
    answer = call("bound", TINY, "--days", 1, *ONE_DRONE, "--out", tmp_path)
    assert answer.code == 0
    assert "of the orders on time, mean of 1 day" in answer.out
    assert "short at some time: drone" in answer.out
    assert "no policy meets it" in answer.out
    assert "as the crow flies" not in answer.out


@pytest.mark.parametrize("most", [44, 45, 90, 380])
@pytest.mark.parametrize(
    ("bound_at", "looks"),
    [
        (lambda value: value / 100, 6),
        (lambda value: 0.44 * value / 44.3 if value < 60 else 0.6, 7),
        (lambda value: 0.8 * (1 - math.exp(-value / 54)), 8),
        (lambda value: float(value >= 44), 14),
    ],
)
def test_the_fewest_that_reach_a_share_are_found_with_few_looks(
    bound_at: Callable[[int], float], looks: int, most: int
) -> None:
    asked: list[int] = []

    def look(value: int) -> float:
        asked.append(value)
        return bound_at(value)

    answer = next((value for value in range(1, most) if bound_at(value) >= 0.44), most)
    assert fewest(look, sought=0.44, least=1, most=most) == answer
    assert answer - 1 in asked
    assert len(asked) <= looks
    assert len(set(asked)) == len(asked)


def test_the_fewest_of_one_number_are_that_number() -> None:
    assert fewest(lambda _value: 1.0, sought=0.5, least=7, most=7) == 7
