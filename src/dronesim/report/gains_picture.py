"""The picture of bottlenecks: a bar for what each more would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dronesim.experiment.bottlenecks import Bottlenecks, Gain
from dronesim.letters import shortened
from dronesim.report.drawing import CAPTION, FAINT, GOOD, INK, LEGEND, TITLE_WIDE, house_style, new_figure, wrapped


def draw_gains(found: Bottlenecks) -> Figure:
    """Draw a bar for each that gains or costs anything, with its interval; the rest are named below."""
    shown = sorted((gain for gain in found.gains if _matters(gain)), key=lambda gain: gain.level.mean)
    still = [gain.variation.name for gain in found.gains if not _matters(gain)]
    with house_style():
        figure = new_figure(9.6, 2.4 + 0.42 * max(len(shown), 2))
        axes = figure.subplots()
        _draw_bars(axes, shown)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_xlabel(f"points on time gained on the same {len(found.base)} days")
        axes.set_title(f"What one more of each would bring: {found.name}")
        if not shown:
            nothing = "no orders in range" if math.isnan(found.level.mean) else "nothing makes any difference"
            axes.text(0.5, 0.5, f"{nothing} on these days", transform=axes.transAxes, ha="center")
        elif still:
            figure.supxlabel(wrapped(f"No difference on any of these days: {', '.join(still)}."), **CAPTION)
    return figure


def _matters(gain: Gain) -> bool:
    """Tell whether it changed the level of any day."""
    return abs(gain.level.mean) > 0 or gain.level.sd > 0


def _draw_bars(axes: Axes, gains: Sequence[Gain]) -> None:
    kinds = {True: (GOOD, "clear after Holm's correction"), False: (FAINT, "not clear after Holm's correction")}
    for is_clear, (color, text) in kinds.items():
        rows = [row for row, gain in enumerate(gains) if gain.is_clear == is_clear]
        if rows:
            means = [100 * gains[row].level.mean for row in rows]
            axes.barh(rows, means, color=color, height=0.62, label=text)
    known = [row for row, gain in enumerate(gains) if math.isfinite(gain.level.half)]
    means, halves = [
        [100 * each for each in pair]
        for pair in ([gains[row].level.mean for row in known], [gains[row].level.half for row in known])
    ]
    axes.errorbar(means, known, xerr=halves, fmt="none", ecolor=INK, capsize=3, label="95 % interval")
    axes.set_yticks(range(len(gains)), [_label(gain) for gain in gains])
    axes.grid(visible=False, axis="y")
    if gains:
        axes.legend(loc="lower right", **LEGEND)


def _label(gain: Gain) -> str:
    units, name = gain.variation.units, shortened(gain.variation.name, TITLE_WIDE)
    return name if units == 1 else f"{name}, one at each of {units} sites"
