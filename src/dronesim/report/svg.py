"""Charts as SVG that stands inside a page: scales, marks and text, coloured by the page's own classes.

Colours are classes (`ink`, `faint`, `good`, `bad`, `blue`, `orange`, `violet`), which the page's style sheet fills
for light, dark and print. Lengths are units of the view box, in which text is 12 high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH: Final = 560.0
LEFT: Final = 46.0
RIGHT: Final = 10.0
_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), " ")


def plain(text: str) -> str:
    """Escape a text for HTML and SVG; control characters become blanks."""
    return escape(text.translate(_CONTROLS))


def number(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    return _tenth(round(10 * value))


def path(points: Sequence[Sequence[float]] | Floats, *, is_closed: bool = False) -> str:
    """Write the ``d`` of a line through points, shape ``(n, 2)``, in steps relative to one another."""
    tenths = np.rint(np.asarray(points, dtype=np.float64) * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    # a step that is none says nothing
    steps = steps[(steps != 0).any(axis=1)]
    x, y = tenths[0].tolist()
    relative = "".join(f"{_tenth(dx)}{'' if dy < 0 else ' '}{_tenth(dy)} " for dx, dy in steps.tolist())
    return f"M{_tenth(x)} {_tenth(y)}l{relative.rstrip()}{'z' if is_closed else ''}" if relative else ""


def _tenth(value: int) -> str:
    return f"{value / 10:g}" if value % 10 else str(value // 10)


def text(x: float, y: float, content: str, *, kind: str = "ink", anchor: str = "start", extra: str = "") -> str:
    """Write a text; ``anchor`` is start, middle or end."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{number(x)}" y="{number(y)}" class="{kind}"{where}{extra}>{plain(content)}</text>'


def document(body: str, *, height: float, title: str, description: str = "", width: float = WIDTH) -> str:
    """Close a picture: ``title`` and ``description`` are its alternative in words."""
    told = f"{title}. {description}".strip() if description else title
    size = f"0 0 {number(width)} {number(height)}"
    return f'<svg viewBox="{size}" role="img" aria-label="{plain(told)}">{body}</svg>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A pair of axes: data from ``x0`` to ``x1`` and from 0 to ``y1``, drawn from ``top`` over ``height`` units."""

    x0: float
    x1: float
    y1: float
    top: float
    height: float

    def x(self, value: float) -> float:
        """Place a value of the horizontal axis."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - self.x0) / (self.x1 - self.x0)

    def y(self, value: float) -> float:
        """Place a value of the vertical axis."""
        return self.top + self.height * (1.0 - value / self.y1)

    def points(self, x: Floats, y: Floats) -> Floats:
        """Place points, shape ``(n, 2)``; those beyond the horizontal axis are moved to its ends."""
        inside = np.clip(x, self.x0, self.x1)
        across = LEFT + (WIDTH - LEFT - RIGHT) * (inside - self.x0) / (self.x1 - self.x0)
        return np.column_stack([across, self.top + self.height * (1.0 - np.minimum(y / self.y1, 1.0))])

    def frame(
        self,
        *,
        title: str,
        x_ticks: Sequence[float],
        y_ticks: Sequence[float],
        x_text: Callable[[float], str] | None,
        y_text: Callable[[float], str] = "{:g}".format,
    ) -> Iterator[str]:
        """Draw title, grid and ticks; without ``x_text`` the horizontal axis has no names."""
        yield text(LEFT, self.top - 8, title, kind="ink strong")
        bottom = self.top + self.height
        for value in y_ticks:
            y = self.y(value)
            yield f'<path class="grid" d="M{number(LEFT)} {number(y)}H{number(WIDTH - RIGHT)}"/>'
            yield text(LEFT - 5, y + 4, y_text(value), kind="faint", anchor="end")
        for value in x_ticks:
            x = self.x(value)
            yield f'<path class="axis" d="M{number(x)} {number(bottom)}v4"/>'
            if x_text is not None:
                yield text(x, bottom + 17, x_text(value), kind="faint", anchor="middle")
        yield f'<path class="axis" d="M{number(LEFT)} {number(bottom)}H{number(WIDTH - RIGHT)}"/>'

    def steps(self, x: Floats, y: NDArray[Any], *, kind: str, is_filled: bool = False) -> str:
        """Draw a step line that has ``y[i]`` from ``x[i]`` on; filled down to the axis where that is wanted."""
        if not len(x):
            return ""
        points = self.points(np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1].astype(np.float64))
        points = thinned(points)
        line = f'<path class="line {kind}" d="{path(points)}"/>'
        if not is_filled:
            return line
        low = self.top + self.height
        area = np.concatenate([[[points[0, 0], low]], points, [[points[-1, 0], low]]])
        return f'<path class="area {kind}" d="{path(area, is_closed=True)}"/>{line}'

    def bars(self, edges: Floats, heights: Floats, *, kind: str, base: Floats | None = None) -> str:
        """Draw bars between edges, shape ``(n + 1,)``, each on its ``base``."""
        low = np.zeros(len(heights)) if base is None else base
        parts = []
        for left, right, bottom, height in zip(edges, edges[1:], low.tolist(), heights.tolist(), strict=False):
            if height:
                x, width = self.x(left) + 0.5, max(self.x(right) - self.x(left) - 1.0, 0.5)
                y, tall = self.y(bottom + height), self.y(bottom) - self.y(bottom + height)
                parts.append(f"M{number(x)} {number(y)}h{number(width)}v{number(tall)}h-{number(width)}z")
        return f'<path class="bar {kind}" d="{"".join(parts)}"/>' if parts else ""

    def upright(self, x: float, *, kind: str) -> str:
        """Draw a line over the whole height."""
        return f'<path class="line {kind}" d="M{number(self.x(x))} {number(self.top)}v{number(self.height)}"/>'

    def level(self, y: float, *, kind: str) -> str:
        """Draw a line over the whole width."""
        return f'<path class="line {kind}" d="M{number(LEFT)} {number(self.y(y))}H{number(WIDTH - RIGHT)}"/>'

    def span(self, x0: float, x1: float, *, kind: str, title: str) -> str:
        """Shade a part of the horizontal axis, with a title that shows where the pointer is."""
        left, right = (self.x(min(max(x, self.x0), self.x1)) for x in (x0, x1))
        size = f'width="{number(max(right - left, 1.0))}" height="{number(self.height)}"'
        hover = f"<title>{plain(title)}</title>"
        return f'<rect class="span {kind}" x="{number(left)}" y="{number(self.top)}" {size}>{hover}</rect>'


def thinned(points: Floats, least: float = 0.5) -> Floats:
    """Keep of a step line's points what shows: of each column of half a unit the first, last, lowest and highest."""
    if len(points) < 4 * WIDTH / least:
        return points
    column = np.floor(points[:, 0] / least).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    ends = np.append(starts[1:], len(points))
    keep = {
        place
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        for place in (
            start,
            end - 1,
            start + int(np.argmin(points[start:end, 1])),
            start + int(np.argmax(points[start:end, 1])),
        )
    }
    return points[sorted(keep)]


def legend(items: Sequence[tuple[str, str]], *, top: float) -> tuple[str, float]:
    """Draw a key of ``(class, words)`` in rows; gives it, and how high it is."""
    parts, x, y = [], LEFT, top
    for kind, words in items:
        width = 26 + 6.4 * len(words)
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = LEFT, y + 18
        parts.append(f'<path class="key {kind}" d="M{number(x)} {number(y - 4)}h16"/>{text(x + 21, y, words)}')
        x += width + 8
    return "".join(parts), y - top + 18


def ticks(most: float, count: int = 5) -> list[float]:
    """Give round values from 0 to beyond ``most``, about ``count`` of them."""
    raw = max(most, 1e-9) / count
    unit = 10.0 ** np.floor(np.log10(raw))
    step = float(unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= raw - 1e-12))
    return [step * place for place in range(int(np.ceil(most / step - 1e-9)) + 1 or 1)] or [0.0]


def rings_path(rings: Sequence[Floats]) -> str:
    """Write the ``d`` of closed rings, each of shape ``(m, 2)``, in tenths; those without an extent are left out."""
    if not rings:
        return ""
    tenths = np.rint(np.concatenate(rings) * 10).astype(np.int64)
    ends = np.cumsum([len(ring) for ring in rings]).tolist()
    found, start = [], 0
    points = tenths.tolist()
    for end in ends:
        if drawn := _ring(points[start:end]):
            found.append(drawn)
        start = end
    return "".join(found)


def _ring(points: list[list[int]]) -> str:
    x, y = points[0]
    parts, corners = [f"M{_tenth(x)} {_tenth(y)}l"], 0
    for there_x, there_y in points[1:]:
        dx, dy = there_x - x, there_y - y
        if dx or dy:
            parts.append(f"{_tenth(dx)}{'' if dy < 0 else ' '}{_tenth(dy)}")
            corners += 1
        x, y = there_x, there_y
    return f"{parts[0]}{' '.join(parts[1:])}z" if corners > 1 else ""
