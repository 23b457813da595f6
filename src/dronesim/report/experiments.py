"""The files of an experiment's folder: answers as JSON, days as Parquet, then pictures and the page."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dronesim.experiment.bottlenecks import Bottlenecks
from dronesim.experiment.bounding import Bounded
from dronesim.experiment.comparing import Comparison
from dronesim.experiment.drilling import Drilled
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.side_by_side import SideBySide
from dronesim.experiment.size_answer import SizeAnswer
from dronesim.experiment.sweeping import Sweep
from dronesim.experiment.tidy import write_answer, write_tidy
from dronesim.experiment.year import Year
from dronesim.record.folder import write_whole
from dronesim.report import experiment_answers
from dronesim.report.guard import Drawn, Failure, attempt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dronesim.report.experiment_page import Answer


def write_picture(path: Path, draw: Callable[[], Figure], caption: str) -> Drawn:
    """Write a picture, whole or not at all; where it can't be drawn that is told, and no older one is left there.

    Gives it for the page.
    """

    def make() -> tuple[bytes, str]:
        from dronesim.report.drawing import rendered
        from dronesim.report.inline import inline_svg

        figure, png = rendered(draw)
        return png, inline_svg(figure, name=path.name, title=caption)

    made = attempt(path.name, make)
    if isinstance(made, Failure):
        path.unlink(missing_ok=True)
        return Drawn(file=path.name, caption=caption, failure=made.text)
    png, svg = made
    write_whole(path, png)
    return Drawn(file=path.name, caption=caption, png=png, svg=svg)


def write_page(folder: Path, name: str, answer: Callable[[], Answer], pictures: Sequence[Drawn] = ()) -> None:
    """Write the page of an experiment, as ``size.html``; where it can't be made that is told."""

    def make() -> str:
        from dronesim.report.experiment_page import experiment_html

        return experiment_html(answer(), pictures)

    made = attempt(name, make)
    if isinstance(made, Failure):
        (folder / name).unlink(missing_ok=True)
    else:
        write_whole(folder / name, made)


def write_size(folder: Path, answer: SizeAnswer) -> None:
    """Write ``size.json``, the picture of the curve, or of a curve a take-off point, and the page."""

    def draw() -> Figure:
        from dronesim.report.fleet_curve import draw_fleet_curve
        from dronesim.report.point_curves import draw_point_curves

        return draw_point_curves(answer) if answer.points else draw_fleet_curve(answer)

    write_answer(folder / "size.json", answer.content())
    pictures = []
    if answer.curve or answer.points:
        pictures.append(write_picture(folder / "fleet-curve.png", draw, "The share on time by number, with intervals."))
    else:
        (folder / "fleet-curve.png").unlink(missing_ok=True)
    write_page(folder, "size.html", lambda: experiment_answers.size_answer(answer), pictures)


def write_bounded(folder: Path, found: Bounded) -> None:
    """Write ``bound.json`` and the page."""
    write_answer(folder / "bound.json", found.content())
    write_page(folder, "bound.html", lambda: experiment_answers.bound_answer(found))


def write_repeated(folder: Path, found: Repeated) -> None:
    """Write ``intervals.json``, the days as ``results.parquet``, and the page."""
    write_answer(folder / "intervals.json", found.content())
    write_tidy(folder / "results.parquet", [({}, record) for record in found.records])
    write_page(folder, "intervals.html", lambda: experiment_answers.repeated_answer(found))


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Write ``sweep.json``, the days as ``results.parquet``, a picture a factor, by its key, and the page."""

    def draw(key: str) -> Figure:
        from dronesim.report.sweep_picture import draw_factor

        return draw_factor(sweep, key)

    write_answer(folder / "sweep.json", sweep.content())
    write_tidy(folder / "results.parquet", sweep.rows())
    keys = [factor.key for factor in sweep.factors]
    pictures = [write_picture(folder / _file_of(key), functools.partial(draw, key), f"By {key}.") for key in keys]
    write_page(folder, "sweep.html", lambda: experiment_answers.sweep_answer(sweep), pictures)


def _file_of(key: str) -> str:
    """Name the picture of a factor by its key; that of a key without a table is no picture of a map, or of a day."""
    plain = re.sub(r"[^\w.-]+", "-", key)
    return f"{plain}.png" if "." in plain else f"by-{plain}.png"


def write_comparison(folder: Path, found: Comparison) -> None:
    """Write ``compare.json``, the days as ``results.parquet``, the picture of the differences, and the page."""

    def draw() -> Figure:
        from dronesim.report.difference_picture import draw_differences

        return draw_differences(found)

    write_answer(folder / "compare.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    caption = "Paired differences of the policies, points on time."
    write_page(
        folder,
        "compare.html",
        lambda: experiment_answers.comparison_answer(found),
        [write_picture(folder / "policy-differences.png", draw, caption)],
    )


def write_side_by_side(folder: Path, found: SideBySide) -> None:
    """Write ``compare.json``, the days as ``results.parquet``, the picture of the days, and the page."""

    def draw() -> Figure:
        from dronesim.report.sides_picture import draw_sides

        return draw_sides(found, title=f"{found.name} (A and B) on the same days")

    write_answer(folder / "compare.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    caption = "Both sides day by day, and the difference by hour."
    write_page(
        folder,
        "compare.html",
        lambda: experiment_answers.side_answer(found),
        [write_picture(folder / "scenario-differences.png", draw, caption)],
    )


def write_drilled(folder: Path, found: Drilled) -> None:
    """Write ``drill.json``, the days as ``results.parquet``, the picture of the days, and the page."""

    def draw() -> Figure:
        from dronesim.report.sides_picture import draw_sides

        return draw_sides(found.sides, title=f"{found.name}: the days without (A) and with it (B)")

    write_answer(folder / "drill.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    caption = "The days without the trouble (A) and with it (B), and the difference by hour."
    write_page(
        folder,
        "drill.html",
        lambda: experiment_answers.drill_answer(found),
        [write_picture(folder / "drill.png", draw, caption)],
    )


def write_year(folder: Path, found: Year) -> None:
    """Write ``year.json``, the days as ``results.parquet``, the picture by month, and the page."""

    def draw() -> Figure:
        from dronesim.report.year_picture import draw_year

        return draw_year(found)

    write_answer(folder / "year.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    caption = "Month by month: flyable hours, on time in the weather and in calm, days lost."
    write_page(
        folder,
        "year.html",
        lambda: experiment_answers.year_answer(found),
        [write_picture(folder / "year.png", draw, caption)],
    )


def write_bottlenecks(folder: Path, found: Bottlenecks) -> None:
    """Write ``bottlenecks.json``, the days as ``results.parquet``, the bars of the gains, and the page."""

    def draw() -> Figure:
        from dronesim.report.gains_picture import draw_gains

        return draw_gains(found)

    write_answer(folder / "bottlenecks.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    caption = "What one more of each brings, points on time."
    write_page(
        folder,
        "bottlenecks.html",
        lambda: experiment_answers.bottleneck_answer(found),
        [write_picture(folder / "bottlenecks.png", draw, caption)],
    )
