"""Site labels set beside their markers so that they neither cover each other nor another site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from numpy.typing import NDArray

from dronesim.report.drawing import INK, lay_out

Floats = NDArray[np.float64]

ANGLES: Final = (0.0, 180.0, 90.0, 270.0, 45.0, 315.0, 135.0, 225.0)
ACROSS: Final[tuple[Literal["left", "center", "right"], ...]] = ("right", "center", "left")
UP: Final[tuple[Literal["bottom", "center", "top"], ...]] = ("top", "center", "bottom")
GAPS_PT: Final = (13.0, 22.0)
PLACES_PT: Final = np.array(
    [(gap * np.cos(np.radians(angle)), gap * np.sin(np.radians(angle))) for gap in GAPS_PT for angle in ANGLES]
)
"""Where a text may stand, from its point, by liking."""
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
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    lay_out(figure)
    points = [axes.transData.transform(xy) for xy, _ in labels]
    half = MARKER_PT * figure.dpi / 72
    taken = [np.array([*(point - half), *(point + half)]) for point in points]
    taken += [axes.transData.transform(np.stack(box)).reshape(4) for box in keep_out]
    frame = np.array(axes.bbox.extents)
    for number, (xy, text) in enumerate(labels):
        note = _note(axes, xy, text)
        size = np.array(note.get_window_extent(renderer).size)
        boxes = points[number][[0, 1, 0, 1]] + _boxes(size, figure.dpi)
        place = int(np.argmin(_costs(boxes, np.stack(taken[:number] + taken[number + 1 :] or [boxes[0]]), frame)))
        _move(note, PLACES_PT[place])
        taken.append(boxes[place])


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


def _boxes(size: Floats, dpi: float) -> Floats:
    """Give the boxes that a text takes at each of its places, from its point, in pixels: left, low, right, high."""
    low = PLACES_PT * dpi / 72 + (np.sign(np.round(PLACES_PT)) - 1.0) / 2.0 * size
    boxes: Floats = np.concatenate([low, low + size], axis=1)
    return boxes


def _move(note: Annotation, place_pt: Floats) -> None:
    across, up = np.sign(np.round(place_pt)).astype(int).tolist()
    note.set_position((float(place_pt[0]), float(place_pt[1])))
    note.set_horizontalalignment(ACROSS[1 + across])
    note.set_verticalalignment(UP[1 + up])


def _costs(boxes: Floats, taken: Floats, frame: Floats) -> Floats:
    """Area in square pixels that each box (k, 4) shares with others (n, 4), plus what sticks out of the frame."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    inside: Floats = area - _shared(boxes, frame)
    covered: Floats = _shared(boxes[:, None], taken).sum(axis=1)
    return covered + inside


def _shared(one: Floats, other: Floats) -> Floats:
    """Area that boxes have in common."""
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared: Floats = np.prod(np.maximum(sides, 0.0), axis=-1)
    return shared
