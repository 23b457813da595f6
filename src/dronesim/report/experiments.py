"""The files of an experiment's folder: answers as JSON, days as Parquet, then pictures."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
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
from dronesim.report.guard import Failure, attempt

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_picture(path: Path, draw: Callable[[], Figure]) -> None:
    """Write a picture, whole or not at all; where it can't be drawn that is told, and no older one is left there."""

    def make() -> bytes:
        from dronesim.report.drawing import png_of

        return png_of(draw)

    made = attempt(path.name, make)
    if isinstance(made, Failure):
        path.unlink(missing_ok=True)
    else:
        write_whole(path, made)


def write_size(folder: Path, answer: SizeAnswer) -> None:
    """Write ``size.json`` and the picture of the curve, or of a curve a take-off point."""

    def draw() -> Figure:
        from dronesim.report.fleet_curve import draw_fleet_curve
        from dronesim.report.point_curves import draw_point_curves

        return draw_point_curves(answer) if answer.points else draw_fleet_curve(answer)

    write_answer(folder / "size.json", answer.content())
    if answer.curve or answer.points:
        write_picture(folder / "fleet-curve.png", draw)
    else:
        (folder / "fleet-curve.png").unlink(missing_ok=True)


def write_bounded(folder: Path, found: Bounded) -> None:
    """Write ``bound.json``."""
    write_answer(folder / "bound.json", found.content())


def write_repeated(folder: Path, found: Repeated) -> None:
    """Write ``intervals.json`` and the days as ``results.parquet``."""
    write_answer(folder / "intervals.json", found.content())
    write_tidy(folder / "results.parquet", [({}, record) for record in found.records])


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Write ``sweep.json``, the days as ``results.parquet``, and a picture a factor, by its key."""

    def draw(key: str) -> Figure:
        from dronesim.report.sweep_picture import draw_factor

        return draw_factor(sweep, key)

    write_answer(folder / "sweep.json", sweep.content())
    write_tidy(folder / "results.parquet", sweep.rows())
    for factor in sweep.factors:
        write_picture(folder / _file_of(factor.key), functools.partial(draw, factor.key))


def _file_of(key: str) -> str:
    """Name the picture of a factor by its key; that of a key without a table is no picture of a map, or of a day."""
    plain = re.sub(r"[^\w.-]+", "-", key)
    return f"{plain}.png" if "." in plain else f"by-{plain}.png"


def write_comparison(folder: Path, found: Comparison) -> None:
    """Write ``compare.json``, the days as ``results.parquet``, and the picture of the differences."""

    def draw() -> Figure:
        from dronesim.report.difference_picture import draw_differences

        return draw_differences(found)

    write_answer(folder / "compare.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "policy-differences.png", draw)


def write_side_by_side(folder: Path, found: SideBySide) -> None:
    """Write ``compare.json``, the days as ``results.parquet``, and the picture of the days."""

    def draw() -> Figure:
        from dronesim.report.sides_picture import draw_sides

        return draw_sides(found, title=f"{found.name} (A and B) on the same days")

    write_answer(folder / "compare.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "scenario-differences.png", draw)


def write_drilled(folder: Path, found: Drilled) -> None:
    """Write ``drill.json``, the days as ``results.parquet``, and the picture of the days."""

    def draw() -> Figure:
        from dronesim.report.sides_picture import draw_sides

        return draw_sides(found.sides, title=f"{found.name}: the days without (A) and with it (B)")

    write_answer(folder / "drill.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "drill.png", draw)


def write_year(folder: Path, found: Year) -> None:
    """Write ``year.json``, the days as ``results.parquet``, and the picture by month."""

    def draw() -> Figure:
        from dronesim.report.year_picture import draw_year

        return draw_year(found)

    write_answer(folder / "year.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "year.png", draw)


def write_bottlenecks(folder: Path, found: Bottlenecks) -> None:
    """Write ``bottlenecks.json``, the days as ``results.parquet``, and the bars of the gains."""

    def draw() -> Figure:
        from dronesim.report.gains_picture import draw_gains

        return draw_gains(found)

    write_answer(folder / "bottlenecks.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "bottlenecks.png", draw)
