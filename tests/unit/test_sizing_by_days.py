"""Sizing by days: what a met day is, how the ceiling of days agrees with runs, and what is said and drawn."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import TINY
from dronesim.experiment import looks, sizing
from dronesim.experiment.ceilings import DayCeiling, ceiling_levels, days_met, find_day_ceiling
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.levels import shares
from dronesim.experiment.runner import Runner, open_runner
from dronesim.experiment.sequential import SearchRules, indifference_zone
from dronesim.experiment.size_answer import SizeAnswer, SizeRequest, Status
from dronesim.experiment.sizing import size
from dronesim.experiment.study import Study
from dronesim.report.fleet_curve import draw_fleet_curve
from dronesim.report.sizing import near_ceiling_line, size_lines

pytestmark = pytest.mark.usefixtures("days_once")

STUDY = Study(path=TINY, settings=("fleet.drones=5", "service.limit_min=30", "service.target=0.8"))
DAYS = SizeRequest(study=STUDY, days=0.8, days_indifference=0.1)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with open_runner(workers=1, folder=tmp_path_factory.mktemp("days")) as runner:
        yield runner


@pytest.fixture(scope="module")
def sized(runner: Runner) -> SizeAnswer:
    return size(DAYS, runner)


def words(answer: SizeAnswer) -> str:
    return "\n".join(size_lines(answer))


def test_a_day_is_met_at_its_target_and_one_without_orders_does_not_count() -> None:
    found = days_met(np.array([19 / 20, 18 / 20, math.nan, 1.0]), 0.95)
    np.testing.assert_array_equal(found, [1.0, 0.0, math.nan, 1.0])


def test_the_ceilings_of_days_are_those_of_their_runs(runner: Runner) -> None:
    records = runner.records(STUDY.point(), range(4))
    expected = [record["kpis"]["service"]["ceiling"] for record in records]
    found = ceiling_levels(STUDY.point(), range(4))
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-6)
    assert (shares(records) <= found[:, 0] + 1e-9).all()


@pytest.mark.parametrize("clock", ["placed", "ready"])
def test_the_ceilings_of_days_follow_the_clock_of_the_service(clock: str, runner: Runner) -> None:
    point = STUDY.point("service.limit_min=8", f"service.clock={clock}")
    record = runner.records(point, range(1))[0]
    assert ceiling_levels(point, range(1))[0, 0] == pytest.approx(record["kpis"]["service"]["ceiling"])


def test_the_ceiling_of_days_is_the_share_of_days_whose_ceiling_meets_the_target(runner: Runner) -> None:
    point = STUDY.point("service.limit_min=10")
    levels = ceiling_levels(point, range(400))
    target = float(np.quantile(levels[:, 0], 0.3))
    found = find_day_ceiling(point, runner, target=target)
    assert (found.share.mean, found.share.count) == (np.mean(levels[:, 0] >= target), 400)
    assert found.takeoff_point is None
    worst = find_day_ceiling(point, runner, target=target, by_takeoff_point=True)
    assert worst.share.mean == np.min(np.mean(levels[:, 1:] >= target, axis=0))
    assert worst.share.high - worst.share.low > 0
    assert worst.takeoff_point in {"T1", "T2"}


def test_days_that_are_met_are_those_of_the_curve(sized: SizeAnswer) -> None:
    for point in sized.curve:
        assert point.level.mean == pytest.approx(np.mean(np.array(point.shares) >= 0.8))
        assert point.level.count == len(point.shares)
    assert sized.status.is_answer
    assert sized.control_days is None


def test_what_is_found_is_told_by_days(sized: SizeAnswer) -> None:
    text = words(sized)
    assert "of 400 days meet the target of 80 %; asked for 80 % of days." in text
    assert "of the days to the target of 80 %; shares of days within 10 points of 80 % count as either." in text
    assert "days met (interval)" in text
    assert "mean on time" in text
    assert "<- answer" in text
    assert "trace" not in text
    assert "Days        all have the orders of the trace" in words(dataclasses.replace(sized, has_trace=True))


def test_the_picture_shows_the_share_of_days_and_below_it_the_days(sized: SizeAnswer) -> None:
    above, below = draw_fleet_curve(sized).axes
    labels = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (above, below)]
    assert {"share of days and interval", "asked for: 80 %"} <= set(labels[0])
    assert any(label.startswith("answer: ") for label in labels[0])
    assert set(labels[1]) == {"one day", "target of a day 80 %"}
    assert above.get_ylabel() == "days that meet the target, %"
    assert above.get_ylim()[0] == 0.0
    lowest = min(min(point.shares) for point in sized.curve)
    assert below.get_ylim()[0] <= 100 * lowest


@pytest.fixture
def capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only half of the days can meet the target."""
    half = Estimate(mean=0.5, low=0.45, high=0.55, sd=0.5, count=400)
    monkeypatch.setattr(sizing, "find_day_ceiling", lambda *_, **__: DayCeiling(share=half))


@pytest.mark.usefixtures("capped")
def test_above_the_ceiling_of_days_what_comes_near_it_is_looked_for(runner: Runner) -> None:
    told: list[str] = []
    answer = size(DAYS, runner, above=lambda begun: told.append(near_ceiling_line(begun)))
    assert (answer.status, answer.low, answer.high) == (Status.ABOVE_CEILING, None, None)
    assert answer.near is not None
    assert answer.near.target == pytest.approx(0.4)
    assert answer.chosen == (answer.near.low, answer.near.high)
    why, instead = told[0].split("; ")
    assert why == "80 % of days is above the share of days that can meet the target at all (50.0 %)"
    assert instead == "looking for the smallest number within 10 points of the ceiling (40.0 % of days or more)"
    text = words(answer)
    assert "so no number of anything meets it" in text
    assert "the smallest number within 10 points of the ceiling (40.0 % of days or more)" in text
    assert "<- nearest" in text
    legend = draw_fleet_curve(answer).axes[0].get_legend()
    assert any(text.get_text().startswith("near the ceiling: ") for text in legend.get_texts())


def test_a_target_above_the_mean_and_within_the_interval_of_the_ceiling_is_looked_for(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many drawn days don't prove that the target can't be met."""
    near = Estimate(mean=0.79, low=0.7, high=0.81, sd=0.4, count=400)
    monkeypatch.setattr(sizing, "find_day_ceiling", lambda *_, **__: DayCeiling(share=near))
    answer = size(DAYS, runner, above=pytest.fail)
    assert answer.status != Status.ABOVE_CEILING
    assert answer.near is None


@pytest.mark.usefixtures("capped")
def test_how_near_the_ceiling_is_a_choice_of_what_is_looked_for(runner: Runner) -> None:
    near, far = (size(dataclasses.replace(DAYS, near_ceiling=below), runner).near for below in (0.1, 0.45))
    assert near is not None
    assert far is not None
    assert (near.target, far.target) == pytest.approx((0.4, 0.05))
    assert near.high is not None
    assert far.high is not None
    assert far.high <= near.high


@pytest.mark.usefixtures("capped")
def test_where_the_ceiling_is_nearer_to_nothing_than_that_nothing_is_looked_for(runner: Runner) -> None:
    answer = size(dataclasses.replace(DAYS, near_ceiling=0.5), runner, above=pytest.fail)
    assert (answer.status, answer.near, answer.curve) == (Status.ABOVE_CEILING, None, ())
    assert "Nearest     not looked for" in words(answer)


@pytest.mark.usefixtures("capped")
@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"between": (1, 1)}, Status.UNREACHABLE, "nothing up to 1 drone comes within 10 points of the ceiling"),
        ({"between": (6, 6), "most_replications": 10}, Status.UNDECIDED, "whether 6 come within 10 points"),
    ],
)
def test_what_comes_near_the_ceiling_may_be_out_of_range_or_undecided(
    changes: dict[str, object], status: Status, said: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status == Status.UNDECIDED:
        monkeypatch.setattr(looks, "days_met", lambda levels, _target: (np.arange(len(levels)) % 2.0)[:, None])
    answer = size(dataclasses.replace(DAYS, **changes), runner)
    assert answer.near is not None
    assert (answer.near.status, answer.chosen, answer.near.content()["answer"]) == (status, None, None)
    assert said in words(answer)
    draw_fleet_curve(answer)


def test_the_default_distance_to_the_ceiling_is_a_point_of_the_level_and_ten_of_days() -> None:
    mean = SizeRequest(study=STUDY)
    assert (mean.below_ceiling, mean.zone) == (0.01, 0.005)
    assert (dataclasses.replace(mean, days=0.9).below_ceiling, dataclasses.replace(mean, days=0.9).zone) == (0.1, 0.05)


@given(target=st.floats(0.001, 0.999), indifference=st.floats(0.0, 0.5))
def test_some_shares_lie_beyond_either_end_of_the_indifference(target: float, indifference: float) -> None:
    """Else every value could be taken to meet the target, or every one to miss it, whatever its days say."""
    low, high = indifference_zone(target, indifference)
    assert 0.0 < low <= target <= high < 1.0
    assert max(target - low, high - target) <= indifference + 1e-12
    rules = SearchRules(target=target, least=1, most=2, start=1, indifference=indifference)
    assert rules.zone == (low, high)


def test_an_indifference_that_is_cut_off_is_told_by_its_ends(sized: SizeAnswer) -> None:
    most = dataclasses.replace(sized, request=dataclasses.replace(DAYS, days=0.97, days_indifference=0.05))
    assert "shares of days from 92 to 98.5 % count as either." in words(most)
