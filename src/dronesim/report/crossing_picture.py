"""The picture of the most crowded crossing: where paths meet, and how far apart the closest pairs stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dronesim.record.tables import Columns
from dronesim.report.drawing import BAD, FAINT, INK, house_style, level_colors, new_figure
from dronesim.report.meetings import Meeting, Track, meetings, tracks_by_leg

Floats = NDArray[np.float64]

CELL_M: Final = 150.0
"""Side of the square that counts as one crossing."""
AROUND_S: Final = 25.0
STEP_S: Final = 0.1
MOST_PAIRS: Final = 12


def draw_crossing(
    tables: Mapping[str, Columns], facts: Mapping[str, Any], found: Sequence[Meeting] | None = None
) -> Figure | None:
    """Draw the square of the district where most pairs of drones met; None where hardly any two ever met.

    Left the paths of those pairs around that time, right their distance in the plane against time, with the
    separation minimum. Meetings in a terminal area that both use are left out: lanes order those. ``found`` are the
    meetings of the day where they are known already.
    """
    flown, minima = tables["flown"], facts["airspace"]
    crowd = crowded(meetings(flown, tables["legs"], facts) if found is None else found)[:MOST_PAIRS]
    if len(crowd) < 2:
        return None
    paths = tracks_by_leg(flown)
    with house_style():
        figure = new_figure(12.0, 5.4)
        ground, apart = figure.subplots(1, 2, width_ratios=[1, 1.25])
        _draw_ground(ground, crowd, paths, facts)
        _draw_distances(apart, crowd, paths, minima)
        figure.legend(*ground.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return figure


def crowded(found: Sequence[Meeting]) -> list[Meeting]:
    """Keep the meetings of the square with the most of them, in the order given."""
    if not found:
        return []
    cells = np.floor(np.stack([meeting.place_m for meeting in found]) / CELL_M)
    _, number, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    fullest = int(np.argmax(count))
    return [meeting for meeting, cell in zip(found, number.reshape(-1).tolist(), strict=True) if cell == fullest]


def _draw_ground(axes: Axes, crowd: Sequence[Meeting], paths: Mapping[int, Track], facts: Mapping[str, Any]) -> None:
    """Draw the paths of the pairs from above, and where each pair was closest."""
    middle = np.mean([meeting.place_m for meeting in crowd], axis=0)
    colors = level_colors(facts["airspace"]["levels_m"])
    for leg in sorted({leg for meeting in crowd for leg in meeting.legs}):
        place_m = paths[leg].place_m
        color = colors[_nearest(list(colors), float(place_m[:, 2].max()))]
        axes.plot(*(place_m[:, :2] - middle).T, color=color, linewidth=1.3, alpha=0.75)
    spots = np.stack([meeting.place_m for meeting in crowd]) - middle
    axes.scatter(spots[:, 0], spots[:, 1], s=26, color=INK, zorder=5)
    axes.set(xlim=(-260, 260), ylim=(-260, 260), xlabel="metres east", ylabel="metres north")
    axes.set_aspect("equal")
    axes.set_title("Most crowded crossing, from above")
    for level_m, color in colors.items():
        axes.plot([], [], color=color, label=f"at {level_m:g} m")
    axes.scatter([], [], s=26, color=INK, label="a pair at its closest")


def _nearest(levels_m: Sequence[float], height_m: float) -> float:
    return min(levels_m, key=lambda level_m: abs(level_m - height_m))


def _draw_distances(
    axes: Axes, crowd: Sequence[Meeting], paths: Mapping[int, Track], minima: Mapping[str, Any]
) -> None:
    """Draw the distance of each pair around its closest approach, faint while their heights keep them apart."""
    time_s = np.arange(-AROUND_S, AROUND_S + STEP_S / 2, STEP_S)
    for meeting in crowd:
        one, other = (paths[leg].at(meeting.time_s + time_s) for leg in meeting.legs)
        distance_m = np.hypot(*(one - other)[:, :2].T)
        is_level = np.abs(one[:, 2] - other[:, 2]) < minima["vertical_m"]
        is_lost = bool((distance_m[is_level] < minima["separation_m"] - 1e-6).any())
        axes.plot(time_s, distance_m, color=FAINT, linewidth=0.8, alpha=0.45)
        at_level = np.where(is_level, distance_m, np.nan)
        axes.plot(time_s, at_level, color=BAD if is_lost else "#1f5fa8", linewidth=1.5, alpha=0.85)
    least_m = minima["separation_m"]
    axes.axhline(least_m, color=INK, linestyle="--", linewidth=1.4)
    axes.text(-AROUND_S, least_m, f" separation minimum {least_m:g} m ", va="bottom", fontsize=9.5)
    axes.set(xlim=(-AROUND_S, AROUND_S), ylim=(0, 8 * least_m), ylabel="metres apart in the plane")
    axes.set_xlabel("seconds from the closest approach of each pair")
    axes.set_title(f"Its {len(crowd)} closest pairs at one height: at least {crowd[0].distance_m:.1f} m apart")
