"""The look that all pictures share, and how they become files."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, overload

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from PIL import Image

from dronesim.letters import cells, shortened
from dronesim.report import typefaces
from dronesim.report.guard import quiet_libraries
from dronesim.telling import tell_planner

DPI: Final = 160
PACKED: Final = 3
"""How hard pictures are packed, of 9: beyond it takes twice as long for a tenth of the bytes."""
INK, FAINT, GRID = "#1f2933", "#6b7680", "#d9dee3"
GOOD, BAD, BLUE, ORANGE, VIOLET = "#2a7f79", "#d1603d", "#1f5fa8", "#d97706", "#6d4fa3"

STYLE: Final[dict[Any, Any]] = {
    "font.size": 10.5,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    # else each axes looks for what stands above it, several times a picture; nothing does
    "axes.titley": 1.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "hatch.linewidth": 0.7,
    "text.parse_math": False,
    "savefig.facecolor": "white",
}


LEGEND: Final[dict[str, Any]] = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}
"""A legend that can be read where it covers something."""
CAPTION: Final[dict[str, Any]] = {"fontsize": 9.0, "color": FAINT}
"""What stands small below a picture."""
CAPTION_WIDTH: Final = 110
DOTS_WIDE: Final = 0.36
"""Dots that belong to one place take so much of the room to the next."""

NAME_WIDE, TITLE_WIDE = 24, 40
"""Columns, as a terminal counts them, of a name beside its site, and of that of the scenario in a title."""
_LETTER_WIDE: Final = {True: 0.64, False: 0.52}
"""Of letters, bold or not, by the size of their font."""

LEVELS: Final = (BLUE, "#b23a83", "#7d8a1f", "#8d5524", "#00838f", VIOLET)
"""Colours of cruise levels from the lowest up, told apart in print as well."""

SERVICES: Final = {"link": VIOLET, "position": "#00838f", "dispatcher": INK}
"""Colours of what may be out for a while."""
STROKES: Final = (("-", "o"), ("--", "s"), (":", "^"))
"""Strokes and marks that tell lines apart which have the same of these colours."""


def level_colors(levels_m: Sequence[float]) -> dict[float, str]:
    """Give each cruise level its colour; with more levels than colours they come again."""
    return {level_m: LEVELS[number % len(LEVELS)] for number, level_m in enumerate(sorted(levels_m))}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the project's look, whatever the user's own settings, or those of the current folder, are.

    A sign of a name that no font has is drawn as an empty box, without a word of the library.
    """
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE | {"font.family": list(typefaces.FACES.families)})
        yield


def beside(place: float, count: int, *, room: float) -> list[float]:
    """Spread so many dots about their place, so that none hides another; a single one lies on it."""
    width = DOTS_WIDE * room
    return [place + width * ((number + 0.5) / count - 0.5) for number in range(count)]


def wrapped(text: str) -> str:
    """Break the text of a caption into lines."""
    return textwrap.fill(text, CAPTION_WIDTH)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Make an empty figure whose parts keep a margin to each other."""
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    return Figure(figsize=(width_in, height_in), dpi=DPI, layout=layout)


def lay_out(figure: Figure) -> None:
    """Move the parts of a figure so that they keep their margins, without drawing it."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    for axes in figure.axes:
        for spine in axes.spines.values():
            # it lies between its axes and their ticks, which are looked at anyway
            spine.set_in_layout(False)
    engine.execute(figure)
    for axes in figure.axes:
        axes.apply_aspect()


def png_bytes(figure: Figure) -> bytes:
    """Render a figure, opaque; the same figure gives the same bytes.

    It is laid out once for all, and drawn once: ``savefig`` would draw it a second time to lay it out.
    """
    canvas, target = FigureCanvasAgg(figure), io.BytesIO()
    with house_style():
        figure.set(dpi=DPI, facecolor="white")
        lay_out(figure)
        figure.set_layout_engine("none")
        canvas.draw()  # type: ignore[no-untyped-call]
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
        picture.save(target, "png", compress_level=PACKED, dpi=(DPI, DPI))
    return target.getvalue()


@overload
def rendered(draw: Callable[[], Figure]) -> tuple[Figure, bytes]: ...
@overload
def rendered(draw: Callable[[], Figure | None]) -> tuple[Figure, bytes] | None: ...
def rendered(draw: Callable[[], Figure | None]) -> tuple[Figure, bytes] | None:
    """Draw a picture, if there is one, and render it; once more where it has letters that its fonts lack.

    Gives the figure too, with its parts where they are in the picture. Letters that no font of this machine has are
    told on standard error, once.
    """
    with quiet_libraries():
        figure = draw()
        if figure is None:
            return None
        content = png_bytes(_fitted(figure))
        letters = typefaces.letters_of(figure)
        again = draw() if typefaces.wants_more(letters) else None
        if again is not None:
            figure, content = again, png_bytes(_fitted(again))
    tell_missing(letters)
    return figure, content


def tell_missing(letters: set[int]) -> None:
    """Tell which letters no font of this machine has, each once."""
    with quiet_libraries():
        left = typefaces.without_font(letters)
    if left:
        tell_planner(f"warning: {typefaces.missing_note(left)}")


def png_of(draw: Callable[[], Figure]) -> bytes:
    """Draw a picture and render it, as ``rendered`` does."""
    return rendered(draw)[1]


def _fitted(figure: Figure) -> Figure:
    """Cut lines of text that are wider than their figure, as titles with a long name are."""
    for text in _texts(figure):
        letter_wide = _LETTER_WIDE[text.get_fontweight() == "bold"]
        most = int(figure.get_figwidth() * 72 / (letter_wide * float(text.get_fontsize())))
        lines = text.get_text().split("\n")
        if any(cells(line) > most for line in lines):
            text.set_text("\n".join(shortened(line, most) for line in lines))
    return figure


def _texts(figure: Figure) -> Iterator[Text]:
    """Give the texts of a figure but those at ticks, which are made when it is laid out, as many as it needs."""
    ahead: list[Artist] = [figure]
    while ahead:
        artist = ahead.pop()
        if isinstance(artist, Text):
            yield artist
        ahead += [artist.label, artist.offsetText] if isinstance(artist, Axis) else artist.get_children()
