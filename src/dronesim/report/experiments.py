"""The files of an experiment's folder: answers as JSON, days as Parquet, pictures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from dronesim.experiment.sizing import SizeAnswer
from dronesim.experiment.tidy import write_answer
from dronesim.report.drawing import png_bytes
from dronesim.report.fleet_curve import draw_fleet_curve


def write_size(folder: Path, answer: SizeAnswer) -> None:
    """Write ``size.json`` and the picture of the curve."""
    write_answer(folder / "size.json", answer.content())
    if answer.curve:
        write_picture(folder / "fleet-curve.png", draw_fleet_curve(answer))


def write_picture(path: Path, figure: Figure) -> None:
    """Write a picture, whole or not at all."""
    aside = path.with_name(f".{path.name}.partial")
    try:
        aside.write_bytes(png_bytes(figure))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
