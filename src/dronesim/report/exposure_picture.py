"""The picture of who is below: noise of the loudest hour over the district, and flights over people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from dronesim.letters import shortened
from dronesim.record.tables import Columns
from dronesim.report.drawing import BAD, FAINT, INK, NAME_WIDE, house_style, new_figure
from dronesim.units import HOUR

Floats = NDArray[np.float64]

CELLS: Final = 70
"""Cells along the longer side of the district."""
STEP_S: Final = 2.0
MARGIN_M: Final = 300.0
QUIET_DBA: Final = 25.0
"""What is quieter is left white."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Where drones were: places (n, 3), when, and how long each stands for."""

    places_m: Floats
    at_s: Floats
    lasts_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Square cells: edges along both axes."""

    x_m: Floats
    y_m: Floats

    @property
    def middles(self) -> Floats:
        """Middles of all cells, ``(rows, columns, 2)``."""
        x_m, y_m = ((edges[:-1] + edges[1:]) / 2 for edges in (self.x_m, self.y_m))
        return np.stack(np.meshgrid(x_m, y_m), axis=2)


def draw_exposure(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> Figure | None:
    """Draw a map of noise and one of flights over people, as far as they are counted; None where neither is."""
    noise, risk = facts.get("noise"), facts.get("risk")
    if (noise is None and risk is None) or "flown" not in tables or not len(tables["flown"]["leg"]):
        return None
    samples = sampled(tables["flown"])
    grid = _grid(samples, () if noise is None else noise["listeners"])
    with house_style():
        figure = new_figure(6.4 * ((noise is not None) + (risk is not None)), 6.4)
        axes = iter(figure.subplots(1, (noise is not None) + (risk is not None), squeeze=False)[0])
        if noise is not None:
            _draw_noise(next(axes), noise, samples, grid)
        if risk is not None:
            _draw_people(next(axes), risk, samples, grid)
    return figure


def sampled(path: Columns) -> Samples:
    """Take places along paths every few seconds."""
    lasts_s = path["t1_s"] - path["t0_s"]
    count = np.maximum(np.ceil(lasts_s / STEP_S), 1).astype(np.int64)
    row = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[row]
    begin, end = (np.stack([path[f"{axis}{number}_m"] for axis in "xyz"], axis=1)[row] for number in (0, 1))
    at_s = path["t0_s"][row] + share * lasts_s[row]
    return Samples(places_m=begin + share[:, None] * (end - begin), at_s=at_s, lasts_s=lasts_s[row] / count[row])


def _grid(samples: Samples, listeners: Any) -> Grid:
    known = np.array([(it["x_m"], it["y_m"]) for it in listeners]).reshape(-1, 2)
    points = np.concatenate([samples.places_m[:, :2], known])
    low, high = points.min(axis=0) - MARGIN_M, points.max(axis=0) + MARGIN_M
    size_m = float((high - low).max()) / CELLS
    x_m, y_m = (low[axis] + size_m * np.arange(np.ceil((high - low)[axis] / size_m) + 1) for axis in (0, 1))
    return Grid(x_m=x_m, y_m=y_m)


def hourly_levels(noise: Mapping[str, Any], samples: Samples, grid: Grid) -> tuple[int, Floats]:
    """Give the hour in which most is flown, and its mean levels by cell, drones gathered in cells of their own."""
    hour = (samples.at_s // HOUR).astype(np.int64)
    hours = np.unique(hour)
    busiest = int(hours[np.argmax([samples.lasts_s[hour == at].sum() for at in hours])])
    there = hour == busiest
    places_m, lasts_s = samples.places_m[there], samples.lasts_s[there]
    time_s, high_m = (
        np.histogram2d(places_m[:, 1], places_m[:, 0], (grid.y_m, grid.x_m), weights=weights)[0]
        for weights in (lasts_s, lasts_s * places_m[:, 2])
    )
    used = time_s > 0
    sources = np.column_stack([grid.middles[used], high_m[used] / time_s[used] - noise["receiver_m"]])
    least_m2 = (np.diff(grid.x_m[:2])[0] / 4) ** 2
    energy = np.zeros(time_s.shape)
    for (x_m, y_m, z_m), lasts in zip(sources, time_s[used], strict=True):
        off_m2 = (grid.middles[..., 0] - x_m) ** 2 + (grid.middles[..., 1] - y_m) ** 2 + z_m**2
        energy += lasts / np.maximum(off_m2, least_m2)
    return busiest, noise["source_dba"] + 10 * np.log10(energy * noise["source_at_m"] ** 2 / HOUR)


def _draw_noise(axes: Axes, noise: Mapping[str, Any], samples: Samples, grid: Grid) -> None:
    hour, levels = hourly_levels(noise, samples, grid)
    top = max(float(levels.max()), QUIET_DBA + 5.0)
    look: dict[str, Any] = {"cmap": "YlOrRd", "vmin": QUIET_DBA, "vmax": top}
    shown = axes.pcolormesh(grid.x_m, grid.y_m, np.ma.masked_less(levels, QUIET_DBA), rasterized=True, **look)
    for it in noise["listeners"]:
        heard = noise["heard"][it["id"]]
        dba = heard["exposure_dba"].get(str(hour))
        level = QUIET_DBA if dba is None else dba - 10 * np.log10(HOUR)
        is_over = _is_exceeded(it, heard)
        axes.scatter(
            [it["x_m"]],
            [it["y_m"]],
            c=[level],
            s=70 if it["kind"] == "place" else 24,
            marker="s" if it["kind"] == "place" else "o",
            edgecolors=BAD if is_over else INK,
            linewidths=2.0 if is_over else 0.7,
            zorder=5,
            **look,
        )
        if it["kind"] == "place":
            axes.annotate(
                shortened(it["id"], NAME_WIDE), (it["x_m"], it["y_m"]), (5, 5), textcoords="offset points", fontsize=8.5
            )
    axes.figure.colorbar(shown, ax=axes, shrink=0.7, label="mean level of the hour, dB(A)")
    _dress(axes, f"Noise from {hour}:00 to {hour + 1}:00", "squares: places, dots: homes; red edge: a limit exceeded")


def _is_exceeded(it: Mapping[str, Any], heard: Mapping[str, Any]) -> bool:
    hour_db = 10 * np.log10(HOUR)
    levels = [dba - hour_db for dba in heard["exposure_dba"].values() if dba is not None]
    is_loud = it["limit_dba"] is not None and max(levels, default=0.0) > it["limit_dba"]
    most = max(heard["overflights"].values(), default=0)
    is_often = it["overflights_max"] is not None and most > it["overflights_max"]
    return bool(is_loud or is_often or heard["quiet_overflights"])


def people_below(risk: Mapping[str, Any], places_m: Floats) -> Floats:
    """Give the people a km² below places ``(n, 2)``: of the areas there, that with most; else of the scenario."""
    found = np.full(len(places_m), -1.0)
    for area in risk["areas"]:
        outline = Outline.make_compound_path(*(Outline(np.array(ring), closed=True) for ring in area["rings"]))
        found = np.where(outline.contains_points(places_m), np.maximum(found, area["people_per_km2"]), found)
    return np.where(found < 0, risk["people_per_km2"], found)


def _draw_people(axes: Axes, risk: Mapping[str, Any], samples: Samples, grid: Grid) -> None:
    weights = samples.lasts_s / HOUR * people_below(risk, samples.places_m[:, :2])
    x_m, y_m = samples.places_m[:, 0], samples.places_m[:, 1]
    below = np.histogram2d(y_m, x_m, (grid.y_m, grid.x_m), weights=weights)[0]
    look: dict[str, Any] = {"cmap": "Purples", "norm": _wide(below), "rasterized": True}
    shown = axes.pcolormesh(grid.x_m, grid.y_m, np.ma.masked_equal(below, 0.0), **look)
    for area in risk["areas"]:
        for ring in area["rings"]:
            axes.plot(*np.array(ring).T, color=FAINT, linewidth=0.8)
    axes.figure.colorbar(shown, ax=axes, shrink=0.7, label="flight-hours x people a km², by cell", format="%g")
    _dress(axes, "Flights over people", "people hit follow from this by the rates and areas of crashes")


def _wide(values: Floats) -> LogNorm | None:
    """Give a scale over three decades below the largest value; None for no value."""
    largest = float(values.max())
    return LogNorm(largest / 1000, largest, clip=True) if largest > 0 else None


def _dress(axes: Axes, title: str, below: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(below, color=FAINT)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
