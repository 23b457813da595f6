"""Stills and films of a day, drawn by matplotlib: for slides, chats and papers, where no page can play."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from PIL import Image

from dronesim.errors import InputError, Problem
from dronesim.geometry.products import matrix_product
from dronesim.record.folder import written_whole
from dronesim.replay.content import Content
from dronesim.replay.district import Shapes
from dronesim.replay.moment import Aloft, Moments
from dronesim.report import typefaces
from dronesim.report.drawing import BAD, FAINT, GOOD, INK, ORANGE, house_style, png_of, tell_missing
from dronesim.report.guard import quiet_libraries
from dronesim.units import clock

Floats = NDArray[np.float64]

FRAMES_A_SECOND: Final = 12
_INCHES: Final = 8.0
_FILM_DPI: Final = 90
_GIF_COLORS: Final = 128
_TALL_M: Final = 100.0
_LEAST_TOP_M: Final = 40.0
_HEIGHTS: Final = ("#e8a317", "#7fb23a", "#1fa088", "#2277c9", "#6a4bd0", "#b02f9b")
"""Colours of heights from the ground up, as on the page."""
_DART: Final = np.array([(1.25, 0.0), (-0.75, 0.75), (-0.35, 0.0), (-0.75, -0.75)])
_MOST_TROUBLE: Final = 8
_GROUND: Final = "white"
_CARD: Final[dict[str, Any]] = {"facecolor": _GROUND, "alpha": 0.8, "edgecolor": "none", "pad": 1.5}
_DART_SHARE: Final = 0.012
"""A drone is drawn so long, as a share of the district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a day that a film shows, a frame every ``step_s``."""

    from_s: float
    to_s: float
    step_s: float

    def times_s(self) -> Floats:
        """Give the moment of each frame."""
        return np.arange(self.from_s, self.to_s + self.step_s / 2, self.step_s)


def still(content: Content, at_s: float | None = None) -> bytes:
    """Draw a moment, the worst one of the day if none is named, as a PNG file."""

    def draw() -> Figure:
        stage = _Stage(content)
        stage.show(stage.moments.worst_s if at_s is None else at_s)
        return stage.figure

    return png_of(draw)


def write_gif(content: Content, place: Path, span: Span) -> None:
    """Film a part of the day as a GIF, which plays in any chat and browser."""
    _film(content, place, span, lambda: _SmallGif(fps=FRAMES_A_SECOND))


def write_mp4(content: Content, place: Path, span: Span) -> None:
    """Film a part of the day as MP4 (H.264).

    Raises
    ------
    InputError
        There is no ffmpeg on the path, and no package imageio-ffmpeg that brings one.
    """
    program = ffmpeg()

    def writer() -> AbstractMovieWriter:
        mpl.rcParams["animation.ffmpeg_path"] = program
        return FFMpegWriter(fps=FRAMES_A_SECOND, codec="h264")

    _film(content, place, span, writer)


def ffmpeg() -> str:
    """Find the program that makes MP4."""
    found = shutil.which("ffmpeg")
    if found is not None:
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        rule = "needs ffmpeg: install it, or `pip install imageio-ffmpeg`, or write --gif instead"
        raise InputError([Problem(file="command line", key="--mp4", rule=rule)]) from None
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def _film(content: Content, place: Path, span: Span, writer: Callable[[], AbstractMovieWriter]) -> None:
    with house_style(), written_whole(place) as aside:
        stage = _lettered(content)
        # the writers know the form by the ending
        target = aside.with_name(f"{aside.name}{place.suffix}")
        try:
            with stage.frozen(), (made := writer()).saving(stage.figure, str(target), dpi=_FILM_DPI):
                for at_s in span.times_s().tolist():
                    stage.show(at_s)
                    made.grab_frame()
            target.rename(aside)
        finally:
            target.unlink(missing_ok=True)


def _lettered(content: Content) -> _Stage:
    """Set a stage up in fonts that have the letters of all that a film may say."""
    stage = _Stage(content)
    said = "".join(spell["words"] for spell in content.told["spells"])
    letters = typefaces.letters_of(stage.figure) | set(map(ord, said))
    with quiet_libraries():
        wants_more = typefaces.wants_more(letters)
    tell_missing(letters)
    return _Stage(content) if wants_more else stage


class _SmallGif(PillowWriter):
    """Writes frames in the colours of the first, undithered, so that what stands still is stored once."""

    def grab_frame(self, **savefig_kwargs: Any) -> None:
        super().grab_frame(**savefig_kwargs)
        frames: list[Any] = self._frames  # type: ignore[attr-defined]
        frame = frames[-1].convert("RGB")
        palette = frame.quantize(_GIF_COLORS) if len(frames) == 1 else frames[0]
        frames[-1] = frame.quantize(palette=palette, dither=Image.Dither.NONE)


class _Stage:
    """A figure of the district whose moving parts are moved from frame to frame."""

    def __init__(self, content: Content) -> None:
        self.moments = Moments(content)
        self._content = content
        self._top_m = float(np.nanmax(content.tables["legs"]["level_m"], initial=_LEAST_TOP_M))
        low, high = _extent(content)
        self._dart_m = _DART_SHARE * float((high - low).max())
        with house_style():
            self.figure, axes = _sheet(low, high)
            self._ground = _lay_ground(axes, content)
            self._zones = [_add(axes, content.district.zones, owner, BAD, 0.16) for owner in self._owners()]
            self._axes = axes
            self._darts = PolyCollection([], edgecolors="white", linewidths=0.6, zorder=7)
            self._trails = axes.scatter([], [], s=7, color="#8a4b12", zorder=8, linewidths=0)
            axes.add_collection(self._darts)
            said: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "bbox": _CARD}
            self._clock = axes.text(0.012, 0.985, "", fontsize=19, weight="bold", **said)
            self._told = axes.text(0.012, 0.93, "", fontsize=9.5, color=INK, **said)
            self._trouble = axes.text(0.012, 0.9, "", fontsize=9.5, color=BAD, **said)
            self._queues = {site["id"]: self._label(site) for group in self._groups() for site in group}

    def _owners(self) -> list[int]:
        return list(range(len(self._content.district.zone_facts)))

    def _groups(self) -> list[list[dict[str, Any]]]:
        return list(self._content.facts["sites"].values())

    def _label(self, site: dict[str, Any]) -> Any:
        place = (site["x_m"], site["y_m"])
        return self._axes.annotate(
            "", place, (0, -13), textcoords="offset points", ha="center", fontsize=7.5, color=INK, zorder=9
        )

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Turn what stands still into one picture for the while, so that frames take a fraction of the time."""
        canvas, dpi = self.figure.canvas, self.figure.dpi
        moving = [
            self._darts,
            self._trails,
            self._clock,
            self._told,
            self._trouble,
            *self._queues.values(),
            *self._zones,
        ]
        for part in moving:
            part.set_visible(False)
        self.figure.set_dpi(_FILM_DPI)
        canvas.draw()
        picture = np.asarray(canvas.buffer_rgba()).copy()  # type: ignore[attr-defined]
        for part in self._ground:
            part.set_visible(False)
        for part in moving:
            part.set_visible(True)
        behind = self.figure.figimage(picture, zorder=-1)
        self._axes.patch.set_visible(False)
        yield
        behind.remove()
        self._axes.patch.set_visible(True)
        for part in self._ground:
            part.set_visible(True)
        self.figure.set_dpi(dpi)

    def show(self, at_s: float) -> None:
        """Move all that moves to a moment."""
        found = self.moments.aloft(at_s)
        self._darts.set_verts(_darts(found, self._dart_m))
        shades = np.clip(len(_HEIGHTS) * found.xyz[:, 2] / (self._top_m + 1.0), 0, len(_HEIGHTS) - 1).astype(int)
        self._darts.set_facecolor([_HEIGHTS[shade] for shade in shades])
        self._trails.set_offsets(found.xyz[found.has_parcel, :2].reshape(-1, 2))
        for zone, told in zip(self._zones, self._content.district.zone_facts, strict=True):
            is_on = (told.from_s is None or told.from_s <= at_s) and (told.to_s is None or at_s < told.to_s)
            zone.set_visible(is_on)
        self._tell(at_s)

    def _tell(self, at_s: float) -> None:
        figures = self.moments.figures(at_s)
        share = "no order settled yet" if figures.share is None else f"{100 * figures.share:.1f} % on time so far"
        self._clock.set_text(clock(at_s))
        self._told.set_text(
            f"{figures.aloft} in the air, {figures.waiting} parcels wait, {figures.boxed} in boxes; {share}"
        )
        out = [spell["words"] for spell in self._content.told["spells"] if spell["fromS"] <= at_s < spell["toS"]]
        if len(out) > _MOST_TROUBLE:
            out[_MOST_TROUBLE - 1 :] = [f"and {len(out) - _MOST_TROUBLE + 1} more"]
        self._trouble.set_text("\n".join(out))
        origin = self._content.tables["orders"]["takeoff_point"][self.moments.is_waiting(at_s)]
        boxed = self.moments.boxed(at_s)
        for name, label in self._queues.items():
            waiting = int((origin == name).sum())
            told = [f"{waiting} wait"] if waiting else []
            told += [f"{boxed[name]} in boxes"] if boxed.get(name) else []
            label.set_text(", ".join(told))


def _darts(found: Aloft, length_m: float) -> list[Floats]:
    turned = []
    for heading, (east, north, _) in zip(found.heading.tolist(), found.xyz.tolist(), strict=True):
        cos, sin = np.cos(heading), np.sin(heading)
        turned.append(matrix_product(_DART, np.array([[cos, sin], [-sin, cos]])) * length_m + (east, north))
    return turned


def _extent(content: Content) -> tuple[Floats, Floats]:
    sites = [(site["x_m"], site["y_m"]) for group in content.facts["sites"].values() for site in group]
    points = np.concatenate([np.array(sites, dtype=np.float64), *content.district.buildings.rings])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.03 * float((high - low).max()) + 20.0
    return low - margin, high + margin


def _sheet(low: Floats, high: Floats) -> tuple[Figure, Axes]:
    """Make a sheet as the district is shaped, of an even number of pixels, as films need."""
    tallness = float(np.clip((high[1] - low[1]) / (high[0] - low[0]), 0.5, 1.5))
    height = round(_INCHES * tallness * _FILM_DPI / 2) * 2 / _FILM_DPI
    figure = Figure(figsize=(_INCHES, height))
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect("equal", adjustable="datalim")
    figure.patch.set_facecolor(_GROUND)
    return figure, axes


def _lay_ground(axes: Axes, content: Content) -> list[Any]:
    """Draw what stands still; gives its parts."""
    district = content.district
    outlines = [_outline(district.buildings, owner) for owner in range(len(district.height_m))]
    light = 0.86 - 0.3 * np.clip(district.height_m / _TALL_M, 0.0, 1.0)
    greys = np.column_stack([light, light * 0.985, light * 0.94])
    parts: list[Any] = [PathCollection(outlines, facecolors=greys, edgecolors=greys * 0.92, linewidths=0.2, zorder=1)]
    axes.add_collection(parts[0])
    for ring in district.routes.rings:
        parts += axes.plot(ring[:, 0], ring[:, 1], color="#1f5fa8", alpha=0.12, linewidth=1.1, zorder=2)
    for group, marker, color in (("takeoff_points", "s", ORANGE), ("airports", "o", GOOD)):
        sites = content.facts["sites"][group]
        xy = np.array([(site["x_m"], site["y_m"]) for site in sites], dtype=np.float64).reshape(-1, 2)
        parts.append(
            axes.scatter(xy[:, 0], xy[:, 1], s=58, marker=marker, c=color, edgecolors="white", linewidths=1.2, zorder=5)
        )
        for site in sites:
            place = (site["x_m"], site["y_m"])
            parts.append(
                axes.annotate(
                    site["id"],
                    place,
                    (0, 7),
                    textcoords="offset points",
                    ha="center",
                    fontsize=8,
                    weight="bold",
                    zorder=9,
                )
            )
    name = f"{content.facts['name']}, policy {content.facts['policy']}"
    parts.append(axes.text(0.988, 0.012, name, transform=axes.transAxes, ha="right", fontsize=8, color=FAINT))
    return parts


def _outline(shapes: Shapes, owner: int) -> Outline:
    begin, end = np.searchsorted(shapes.owner, owner), np.searchsorted(shapes.owner, owner, side="right")
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in shapes.rings[begin:end]))


def _add(axes: Axes, shapes: Shapes, owner: int, color: str, alpha: float) -> PathCollection:
    area = PathCollection([_outline(shapes, owner)], facecolors=color, alpha=alpha, edgecolors=color, zorder=3)
    axes.add_collection(area)
    return area
