"""Site labels set beside their markers so that they neither cover each other nor another site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from dronesim.report.drawing import INK

Floats = NDArray[np.float64]

ANGLES: Final = (0.0, 180.0, 90.0, 270.0, 45.0, 315.0, 135.0, 225.0)
ACROSS: Final[tuple[Literal["left", "center", "right"], ...]] = ("right", "center", "left")
UP: Final[tuple[Literal["bottom", "center", "top"], ...]] = ("top", "center", "bottom")
GAPS_PT: Final = (13.0, 22.0)
MARKER_PT: Final = 9.0
"""Half the side of the square around a site that other labels keep out of."""


def place_labels(
    figure: Figure,
    axes: Axes,
    labels: Sequence[tuple[Floats, str]],
    *,
    keep_out: Sequence[tuple[Floats, Floats]] = (),
) -> None:
    """Write each text beside its point (data coordinates), at the first of 16 places that overlaps least.

    ``keep_out`` are boxes by their lower left and upper right corners, in data coordinates too.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    points = [axes.transData.transform(xy) for xy, _ in labels]
    taken = [_around(point, MARKER_PT * figure.dpi / 72) for point in points]
    corners = [axes.transData.transform(np.stack(box)) for box in keep_out]
    taken += [Bbox(box) for box in corners]
    frame = axes.get_window_extent()
    for (xy, text), own in zip(labels, taken[: len(labels)], strict=True):
        note = _note(axes, xy, text)
        others = [box for box in taken if box is not own]
        taken.append(_settle(note, canvas=canvas, taken=others, frame=frame))


def _around(point: Floats, half: float) -> Bbox:
    return Bbox.from_extents(point[0] - half, point[1] - half, point[0] + half, point[1] + half)


def _note(axes: Axes, xy: Floats, text: str) -> Annotation:
    return axes.annotate(
        text,
        (float(xy[0]), float(xy[1])),
        xytext=(0.0, 0.0),
        textcoords="offset points",
        fontsize=9,
        fontweight="bold",
        linespacing=0.95,
        color=INK,
        zorder=9,
        path_effects=[withStroke(linewidth=2.8, foreground="white")],
    )


def _settle(note: Annotation, *, canvas: FigureCanvasAgg, taken: Sequence[Bbox], frame: Bbox) -> Bbox:
    """Move a note to the place with the least overlap and give the box it covers, in pixels."""
    best, best_place = np.inf, next(_places())
    for place in _places():
        overlap = _cost(_move(note, place, canvas), taken, frame)
        if overlap < best:
            best, best_place = overlap, place
    return _move(note, best_place, canvas)


def _places() -> Iterator[tuple[float, float]]:
    for gap in GAPS_PT:
        for angle in ANGLES:
            yield gap * float(np.cos(np.radians(angle))), gap * float(np.sin(np.radians(angle)))


def _move(note: Annotation, place: tuple[float, float], canvas: FigureCanvasAgg) -> Bbox:
    note.set_position(place)
    note.set_horizontalalignment(ACROSS[1 + _side(place[0])])
    note.set_verticalalignment(UP[1 + _side(place[1])])
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    return note.get_window_extent(renderer)


def _side(offset: float) -> int:
    return int(np.sign(round(offset)))


def _cost(box: Bbox, taken: Sequence[Bbox], frame: Bbox) -> float:
    """Area in square pixels that a label shares with others, plus what sticks out of the frame."""
    covered = sum(_shared(box, other) for other in taken)
    return covered + (box.width * box.height - _shared(box, frame))


def _shared(one: Bbox, other: Bbox) -> float:
    overlap = Bbox.intersection(one, other)
    return 0.0 if overlap is None else float(overlap.width * overlap.height)
