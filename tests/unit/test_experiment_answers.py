"""Answers of experiments in words and pictures, from small ones that are run here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from command import TINY
from dronesim.experiment.bottlenecks import Bottlenecks, find_bottlenecks
from dronesim.experiment.comparing import Comparison, compare
from dronesim.experiment.estimates import estimate
from dronesim.experiment.factors import parse_factor
from dronesim.experiment.repeating import repeat
from dronesim.experiment.runner import Runner, open_runner
from dronesim.experiment.size_answer import SizeAnswer, SizeRequest
from dronesim.experiment.sizing import size
from dronesim.experiment.study import Study
from dronesim.experiment.sweeping import Sweep, sweep
from dronesim.report.amounts import amount, interval, thing
from dronesim.report.bottlenecks import bottleneck_lines
from dronesim.report.comparing import compare_lines
from dronesim.report.difference_picture import draw_differences
from dronesim.report.fleet_curve import draw_fleet_curve
from dronesim.report.gains_picture import draw_gains
from dronesim.report.point_curves import draw_point_curves
from dronesim.report.sizing import size_lines
from dronesim.report.sweep_picture import draw_factor
from dronesim.report.sweeping import repeated_lines, sweep_lines

pytestmark = pytest.mark.usefixtures("days_once")

STUDY = Study(path=TINY, settings=("fleet.drones=3",))
PLENTY = Study(path=TINY, settings=("fleet.drones=10",))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with open_runner(workers=1, folder=tmp_path_factory.mktemp("answers")) as runner:
        yield runner


@pytest.fixture(scope="module")
def gains(runner: Runner) -> Bottlenecks:
    return find_bottlenecks(STUDY, runner, replications=3)


@pytest.fixture(scope="module")
def compared(runner: Runner) -> Comparison:
    return compare(STUDY, runner, policies=["nearest", "greedy"], replications=3)


@pytest.fixture(scope="module")
def sized(runner: Runner) -> SizeAnswer:
    return size(SizeRequest(study=STUDY, target=0.8, indifference=0.05), runner)


@pytest.fixture(scope="module")
def swept(runner: Runner) -> Sweep:
    return sweep(STUDY, runner, factors=[parse_factor("fleet.drones=3:5")], replications=3)


def texts(figure: Figure) -> list[str]:
    """All that is written outside of axis ticks, top to bottom."""
    found = [axes.get_title(loc="left") for axes in figure.axes]
    for axes in figure.axes:
        legend = axes.get_legend()
        found += [axes.get_xlabel(), axes.get_ylabel(), *(text.get_text() for text in axes.texts)]
        found += [text.get_text() for text in legend.get_texts()] if legend else []
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return [*found, figure.get_supxlabel()]


def ticks(figure: Figure, *, axes: int = 0) -> list[str]:
    figure.canvas.draw()
    chosen = figure.axes[axes]
    low, high = sorted(chosen.get_xlim())
    return [tick.label1.get_text() for tick in chosen.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]


def test_late_orders_are_counted_by_what_would_have_saved_them(gains: Bottlenecks) -> None:
    (line,) = (line for line in bottleneck_lines(gains) if line.startswith("Late orders"))
    drone = next(gain for gain in gains.gains if gain.variation.name == "drone")
    assert f"of replication 0: {gains.late_first_day}; saved by one more of" in line
    assert f"drone (2 units) {drone.saved_first_day}" in line
    assert line.endswith(f"by none of these {gains.beyond_help}.")
    assert " 0," not in line


def test_a_day_without_late_orders_says_so(gains: Bottlenecks) -> None:
    lines = bottleneck_lines(dataclasses.replace(gains, late_first_day=0, beyond_help=0))
    assert "No order of replication 0 was late." in lines


def test_gains_that_nobody_knows_are_a_dash_and_not_nan(gains: Bottlenecks) -> None:
    unknown = estimate([np.nan, np.nan])
    blank = [
        dataclasses.replace(gain, level=unknown, per_unit=unknown, per_price=gain.per_price and unknown)
        for gain in gains.gains
    ]
    told = dataclasses.replace(gains, gains=tuple(blank), level=unknown)
    assert "nan" not in "\n".join(bottleneck_lines(told))
    assert "no orders in range on these days" in texts(draw_gains(told))


def test_what_makes_no_difference_is_named_below_the_bars(gains: Bottlenecks) -> None:
    figure = draw_gains(gains)
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names[-1] == "drone, one at each of 2 sites"
    assert "box" in figure.get_supxlabel()
    assert not any("box" in name for name in names)


def test_policies_are_drawn_over_whole_hours_with_a_legend(compared: Comparison) -> None:
    figure = draw_differences(compared)
    assert ticks(figure, axes=1) == ["10:00", "11:00", "12:00"]
    assert "one day" in texts(figure)
    assert len(set(texts(figure))) == len([text for text in texts(figure) if text]) + ("" in texts(figure))


def test_a_clear_difference_whose_interval_holds_0_is_explained(compared: Comparison) -> None:
    (difference,) = compared.differences
    wide = dataclasses.replace(difference, level=dataclasses.replace(difference.level, low=-0.01), p=0.01)
    lines = compare_lines(dataclasses.replace(compared, differences=(wide,)))
    assert any("although the interval holds 0" in line for line in lines)
    clear = dataclasses.replace(wide, level=dataclasses.replace(difference.level, low=0.01))
    assert not any("although" in line for line in compare_lines(dataclasses.replace(compared, differences=(clear,))))


def test_adjusted_means_are_told_in_text_and_picture_and_only_then(sized: SizeAnswer) -> None:
    plain, told = (dataclasses.replace(sized, control_days=days) for days in (None, 2000))
    sentence = "Means are adjusted for how hard the simulated days happened to be, judged by 2,000 further days"
    assert any(line.startswith(sentence) for line in size_lines(told))
    assert sentence.split(",")[0] in draw_fleet_curve(told).get_supxlabel().replace("\n", " ")
    assert not any(line.startswith("Means") for line in size_lines(plain))
    assert draw_fleet_curve(plain).get_supxlabel() == ""


def test_a_curve_has_whole_numbers_and_all_that_it_needs(sized: SizeAnswer) -> None:
    figure = draw_fleet_curve(sized)
    assert all(tick.isdigit() for tick in ticks(figure))
    assert {"one day", "mean and interval", "target 80 %", "drones", "orders on time, %"} <= set(texts(figure))
    assert any(text.startswith("answer: ") for text in texts(figure))


def test_a_curve_far_below_its_target_is_shown_all_the_same(sized: SizeAnswer) -> None:
    low = dataclasses.replace(sized, curve=sized.curve[:1], by_shadows=(), low=None, high=None, target=0.99)
    axes = draw_fleet_curve(low).axes[0]
    assert axes.get_ylim()[0] < 100 * sized.curve[0].level.mean < axes.get_ylim()[1]


def test_by_takeoff_point_the_ceiling_and_the_axis_say_whose_level_it_is(runner: Runner) -> None:
    boxes = {"resource": "airports.boxes", "between": (2, 12)}
    request = SizeRequest(study=PLENTY, target=0.8, indifference=0.1, by_takeoff_point=True, **boxes)
    answer = size(request, runner)
    assert f"at the take-off point that has least, {answer.ceiling.worst_name}" in size_lines(answer)[0]
    assert any("at the worst point" in line for line in size_lines(answer))
    shown = texts(draw_fleet_curve(answer))
    assert "on time at the worst take-off point, %" in shown
    assert any(text.startswith(f"ceiling at {answer.ceiling.worst_name} ") for text in shown)


def test_each_takeoff_point_has_a_line_of_its_own_in_text_and_picture(runner: Runner) -> None:
    answer = size(SizeRequest(study=PLENTY, target=0.8, indifference=0.1, by_takeoff_point=True), runner)
    lines = size_lines(answer)
    told = ", ".join(f"{point.takeoff_point} {point.high}" for point in answer.points)
    assert (
        f"{answer.high} drones in all (confidence 95 %), the smallest number for each take-off point: {told};"
        in lines[1]
    )
    figure = draw_point_curves(answer)
    figure.canvas.draw()
    ticks = figure.axes[0].get_xticks()
    assert ticks.tolist() == np.rint(ticks).tolist()
    for point in answer.points:
        (line,) = [line for line in lines if line.startswith(f"{point.takeoff_point} ")]
        assert f" {point.high}  {interval(point.at_answer.level)}" in line
        assert f"{point.takeoff_point}: {point.high}" in texts(figure)
    assert sorted(drawn_levels(figure)) == sorted(
        [pytest.approx([100 * min(1.0, each.level.mean) for each in point.curve]) for point in answer.points],
        key=lambda line: line.expected,
    )


@pytest.mark.parametrize(
    ("resource", "count", "said"),
    [
        ("fleet.drones", 7, "7 drones"),
        ("pilots.count", 1, "1 pilot"),
        ("airports.boxes", 1, "1 box per airport"),
        ("couriers.per_takeoff_point", 2, "2 couriers per take-off point"),
        ("batteries.chargers", 1, "1 charger"),
    ],
)
def test_what_is_sized_is_named_as_people_say_it(resource: str, count: int, said: str) -> None:
    assert amount(count, thing(resource)) == said


def test_one_factor_is_drawn_with_its_days_and_several_with_their_points(swept: Sweep, runner: Runner) -> None:
    figure = draw_factor(swept, "fleet.drones")
    assert ticks(figure) == ["3", "4", "5"]
    assert "one day" in texts(figure)
    factors = [parse_factor("fleet.drones=3,4"), parse_factor("dispatch.policy=nearest,greedy")]
    both = sweep(STUDY, runner, factors=factors, replications=2)
    figure = draw_factor(both, "dispatch.policy")
    assert ticks(figure) == ["nearest", "greedy"]
    assert {"drones 3", "drones 4"} <= set(texts(figure))


def drawn_levels(figure: Figure) -> list[list[float]]:
    """The means of each line, or of each heap of points, in per cent."""
    bars = [container for container in figure.axes[0].containers if isinstance(container, ErrorbarContainer)]
    return [np.asarray(bar.lines[0].get_ydata(), dtype=float).tolist() for bar in bars]


def test_nothing_is_averaged_over_the_other_factors(runner: Runner) -> None:
    """Each line goes through the means of its own points, in order of the value."""
    texts_of = ("fleet.drones=5,3,4", "dispatch.policy=nearest,greedy", "airspace.mode=none,headway")
    found = sweep(STUDY, runner, factors=[parse_factor(text) for text in texts_of], replications=2)
    for key, order in (("fleet.drones", [3, 4, 5]), ("dispatch.policy", ["nearest", "greedy"])):
        lines: dict[str, list[float]] = {}
        for value in order:
            for point in (each for each in found.points if each.combination[key] == value):
                rest = {other: point.combination[other] for other in point.combination if other != key}
                lines.setdefault(repr(rest), []).append(100 * point.level.mean)
        assert sorted(drawn_levels(draw_factor(found, key))) == [pytest.approx(line) for line in sorted(lines.values())]


def test_points_of_a_sample_are_not_joined(runner: Runner) -> None:
    factors = [parse_factor("fleet.drones=3:5"), parse_factor("batteries.charge_c=1:3")]
    found = sweep(STUDY, runner, factors=factors, replications=2, sample=6)
    assert found.is_sample
    for key in ("fleet.drones", "batteries.charge_c"):
        figure = draw_factor(found, key)
        (levels,) = drawn_levels(figure)
        assert sorted(levels) == pytest.approx(sorted(100 * point.level.mean for point in found.points))
        (bar,) = [each for each in figure.axes[0].containers if isinstance(each, ErrorbarContainer)]
        assert bar.lines[0].get_linestyle() == "None"
        assert "one point of the sample: mean and 95 % interval" in texts(figure)


def test_so_many_lines_are_not_named_but_counted(runner: Runner) -> None:
    factors = [parse_factor("fleet.drones=3,4"), parse_factor("batteries.swap_s=60:79")]
    found = sweep(STUDY, runner, factors=factors, replications=2)
    assert "one of 20 combinations of batteries.swap_s" in texts(draw_factor(found, "fleet.drones"))
    assert {"drones 3", "drones 4"} <= set(texts(draw_factor(found, "batteries.swap_s")))


def test_a_sample_of_a_key_that_takes_fractions_has_fractions_whatever_its_bounds_look_like(runner: Runner) -> None:
    keys = ("fleet.drones=3:6", "batteries.charge_c=1:3", "customers.patience_min=20:40", "fleet.spares=0:2")
    found = sweep(STUDY, runner, factors=[parse_factor(key) for key in keys], replications=2, sample=8)
    values = {key: [point.combination[key] for point in found.points] for key in found.points[0].combination}
    for key in ("fleet.drones", "fleet.spares"):
        assert all(isinstance(value, int) for value in values[key])
    for key in ("batteries.charge_c", "customers.patience_min"):
        assert len(set(values[key])) == len(found.points)


def test_values_are_shown_as_a_scenario_has_them(runner: Runner) -> None:
    found = sweep(STUDY, runner, factors=[parse_factor("fleet.is_shared=true,false")], replications=2)
    assert [line.split()[0] for line in sweep_lines(found)[1:3]] == ["true", "false"]
    assert ticks(draw_factor(found, "fleet.is_shared")) == ["false", "true"]


def test_many_days_tell_what_each_figure_is_and_nothing_below_0_that_cannot_be(runner: Runner) -> None:
    lines = repeated_lines(repeat(STUDY, runner, replications=2))
    assert "of the orders within 3 km, within 15 minutes" in lines[1]
    assert "if the clock starts when the parcel is ready" in lines[2]
    assert not any("(-" in line for line in lines)
