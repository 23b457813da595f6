"""Pictures are laid out and drawn once, and look as matplotlib's own way, which draws them twice, has them."""

import io
from itertools import product
from unittest import mock

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from dronesim.report.drawing import DPI, house_style, new_figure, png_bytes
from dronesim.report.labels import PLACES_PT, _boxes, _costs, _move, _note, _shared


def curves(rows: int, columns: int, *, seed: int) -> Figure:
    """Draw some curves with titles, names of axes and legends."""
    rng = np.random.default_rng(seed)
    figure = new_figure(6.0, 4.5)
    for number, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.plot(10.0 ** rng.uniform(0, 3, 20), label="a curve")
        axes.stairs(rng.integers(0, 9, 20), fill=True, alpha=0.5, label="steps")
        axes.set(title=f"Orders {number}", ylabel="orders\nof a day" if number % 2 else "orders", xlabel="hour")
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    figure.align_ylabels()
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center")
    return figure


@pytest.mark.parametrize(("rows", "columns", "seed"), [(1, 1, 0), (2, 1, 1), (1, 2, 2)])
def test_a_picture_has_the_dots_that_the_library_gives_it_in_two_drawings(rows: int, columns: int, seed: int) -> None:
    with house_style():
        ours = png_bytes(curves(rows, columns, seed=seed))
        target = io.BytesIO()
        with mpl.rc_context({"axes.titley": None}):
            curves(rows, columns, seed=seed).savefig(target, format="png", dpi=DPI)
    with Image.open(io.BytesIO(ours)) as found, Image.open(target) as expected:
        assert found.mode == "RGB"
        assert np.array_equal(np.asarray(found), np.asarray(expected.convert("RGB")))


def test_a_picture_is_drawn_once() -> None:
    with house_style():
        figure = curves(2, 1, seed=3)
    with mock.patch.object(Figure, "draw", autospec=True, side_effect=Figure.draw) as drawn:
        png_bytes(figure)
    assert drawn.call_count == 1


@pytest.mark.parametrize("text", ["A1\n12", "a long name\n1,234"])
def test_the_places_of_a_label_are_those_that_the_library_measures(text: str) -> None:
    with house_style():
        figure = new_figure(5.0, 5.0)
        axes = figure.subplots()
        renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        note = _note(axes, np.array([0.5, 0.5]), text)
        point = axes.transData.transform((0.5, 0.5))
        boxes = point[[0, 1, 0, 1]] + _boxes(note.get_window_extent(renderer).size, figure.dpi)
        for place_pt, box in zip(PLACES_PT, boxes, strict=True):
            _move(note, place_pt)
            assert note.get_window_extent(renderer).extents == pytest.approx(box, abs=1e-6)


def test_labels_cost_what_they_cover_and_what_sticks_out() -> None:
    rng = np.random.default_rng(4)
    low = rng.uniform(0, 8, (12, 2))
    boxes = np.concatenate([low, low + rng.uniform(0.5, 4, (12, 2))], axis=1)
    frame = np.array([1.0, 1.0, 9.0, 9.0])

    def area(box: np.ndarray, other: np.ndarray) -> float:
        sides = [min(box[k + 2], other[k + 2]) - max(box[k], other[k]) for k in (0, 1)]
        return max(sides[0], 0.0) * max(sides[1], 0.0)

    found = _costs(boxes[:5], boxes[5:], frame)
    for box, cost in zip(boxes[:5], found, strict=True):
        out = (box[2] - box[0]) * (box[3] - box[1]) - area(box, frame)
        assert cost == pytest.approx(sum(area(box, other) for other in boxes[5:]) + out)
    for one, other in product(boxes, boxes):
        assert float(_shared(one, other)) == pytest.approx(area(one, other))
