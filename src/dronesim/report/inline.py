"""Figures of matplotlib as SVG inside a page, in the page's colours; the same figure gives the same bytes."""

from __future__ import annotations

import base64
import io
import re
from typing import Final

import matplotlib
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from dronesim.report import drawing, svg
from dronesim.report.geometry import MapGeometry
from dronesim.report.map_picture import greys, outline

_COLORS: Final = {
    "#ffffff": "var(--paper)",
    "#000000": "var(--ink)",
    drawing.INK: "var(--ink)",
    drawing.FAINT: "var(--faint)",
    drawing.GRID: "var(--line)",
    drawing.GOOD: "var(--good)",
    drawing.BAD: "var(--bad)",
    drawing.BLUE: "var(--blue)",
    drawing.ORANGE: "var(--orange)",
    drawing.VIOLET: "var(--violet)",
}
_COLOR: Final = re.compile("|".join(_COLORS))
_NUMBER: Final = re.compile(r"(?<![\w#.-])-?\d+\.\d{2,}(?![\w.])")
_GROUP_ID: Final = re.compile(r'<g id="[^"]*">')
_ID: Final = re.compile(r'(\bid="|href="#|url\(#)')
_HEAD: Final = re.compile(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_FONT: Final = re.compile(r"'DejaVu Sans'(, [^;\"]*)?")
_RASTER_IN: Final = 8.0
_RASTER_DPI: Final = 150
_FIELD_DPI: Final = 100
"""Of what stands as dots in an SVG: fields of noise."""


def inline_svg(figure: Figure, *, name: str, title: str) -> str:
    """Write a figure as an SVG element with its texts as texts; ``name`` keeps its parts apart from those of others.

    ``title`` is its alternative in words.
    """
    target = io.BytesIO()
    with drawing.house_style():
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": name})
        about = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(target, format="svg", dpi=_FIELD_DPI, metadata=about)
    return _cleaned(target.getvalue().decode("utf-8"), prefix=re.sub(r"[^\w-]+", "-", name), title=title)


def _cleaned(text: str, *, prefix: str, title: str) -> str:
    """Leave out what a page has no use for, shorten numbers, and put the page's colours for ours."""
    text = _METADATA.sub("", text[text.index("<svg") :])
    text = _HEAD.sub(rf'<svg viewBox="\1" role="img" aria-label="{_label(title)}">', text, count=1)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = _GROUP_ID.sub("<g>", text).replace("xlink:href", "href")
    text = _ID.sub(rf"\g<1>{prefix}-", text)
    text = _outside_text(text)
    return re.sub(r"\n\s*", " ", text).strip()


def _label(title: str) -> str:
    return svg.plain(title).replace("\\", "\\\\")


def _outside_text(text: str) -> str:
    """Change numbers and colours in tags alone: what texts say stays as it is."""
    parts = re.split(r"(<[^>]*>)", text)
    parts[1::2] = [_tag(part) for part in parts[1::2]]
    return "".join(parts)


def _tag(tag: str) -> str:
    if tag.startswith("<svg"):
        return tag
    tag = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), tag)
    tag = _FONT.sub("var(--sans)", tag)
    return _COLOR.sub(lambda found: _COLORS[found[0]], tag)


def roofs_picture(geometry: MapGeometry, low: svg.Floats, high: svg.Floats) -> str:
    """Draw the buildings alone as dots, and give the address that holds the picture."""
    span = high - low
    width = _RASTER_IN * min(1.0, float(span[0] / span[1]))
    with drawing.house_style():
        figure = Figure(figsize=(width, width * float(span[1] / span[0])))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        axes.set_axis_off()
        paths = [outline(rings) for rings in geometry.buildings]
        faces = greys(geometry.height_m)
        axes.add_collection(PathCollection(paths, facecolors=faces, linewidths=0.0, antialiaseds=False))
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=_RASTER_DPI, transparent=True, metadata={"Software": None})
    return f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode('ascii')}"
