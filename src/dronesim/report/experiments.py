"""The files of an experiment's folder: answers as JSON, days as Parquet, pictures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from dronesim.experiment.bottlenecks import Bottlenecks
from dronesim.experiment.comparing import Comparison
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.size_answer import SizeAnswer
from dronesim.experiment.sweeping import Sweep
from dronesim.experiment.tidy import write_answer, write_tidy
from dronesim.record.folder import write_whole
from dronesim.report.bottlenecks import draw_gains
from dronesim.report.comparing import draw_differences
from dronesim.report.drawing import png_bytes
from dronesim.report.fleet_curve import draw_fleet_curve
from dronesim.report.sweeping import draw_factor


def write_size(folder: Path, answer: SizeAnswer) -> None:
    """Write ``size.json`` and the picture of the curve."""
    write_answer(folder / "size.json", answer.content())
    if answer.curve:
        write_picture(folder / "fleet-curve.png", draw_fleet_curve(answer))


def write_picture(path: Path, figure: Figure) -> None:
    """Write a picture, whole or not at all."""
    write_whole(path, png_bytes(figure))


def write_repeated(folder: Path, found: Repeated) -> None:
    """Write ``intervals.json`` and the days as ``results.parquet``."""
    write_answer(folder / "intervals.json", found.content())
    write_tidy(folder / "results.parquet", [({}, record) for record in found.records])


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Write ``sweep.json``, the days as ``results.parquet``, and a picture a factor."""
    write_answer(folder / "sweep.json", sweep.content())
    write_tidy(folder / "results.parquet", sweep.rows())
    for factor in sweep.factors:
        write_picture(folder / f"{factor.key}.png", draw_factor(sweep, factor.key))


def write_comparison(folder: Path, found: Comparison) -> None:
    """Write ``compare.json``, the days as ``results.parquet``, and the picture of the differences."""
    write_answer(folder / "compare.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "policy-differences.png", draw_differences(found))


def write_bottlenecks(folder: Path, found: Bottlenecks) -> None:
    """Write ``bottlenecks.json``, the days as ``results.parquet``, and the bars of the gains."""
    write_answer(folder / "bottlenecks.json", found.content())
    write_tidy(folder / "results.parquet", found.rows())
    write_picture(folder / "bottlenecks.png", draw_gains(found))
