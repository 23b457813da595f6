"""The picture of the district: buildings, no-fly zones, routes by traffic and sites by load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from dronesim.letters import shortened
from dronesim.record.tables import Columns
from dronesim.report.drawing import (
    BAD,
    BLUE,
    FAINT,
    GOOD,
    INK,
    NAME_WIDE,
    ORANGE,
    SERVICES,
    TITLE_WIDE,
    house_style,
    level_colors,
    new_figure,
)
from dronesim.report.geometry import MapGeometry, Rings
from dronesim.report.labels import place_labels
from dronesim.report.trouble import areas_out

Floats = NDArray[np.float64]
Way = tuple[str, str, float]
"""From, to, and the cruise level in metres."""
Box = tuple[Floats, Floats]
"""Lower left and upper right corner."""

WIDEST_IN, NARROWEST_IN = 9.6, 5.4
TALLEST_IN, FLATTEST_IN = 11.0, 2.6
NARROW: Final = 1.5
"""Height over width from which on the titles would not stand side by side."""
LEAST_M: Final = 200.0
"""A district is drawn so long and so wide at least."""
WIDEST_PT: Final = 5.0
SMALLEST_PT2, LARGEST_PT2 = 45.0, 420.0
ROUTE_ALPHA: Final = 0.5
TALL_M: Final = 100.0
HALO: Final = [withStroke(linewidth=2.5, foreground="white")]


def draw_map(
    tables: Mapping[str, Columns],
    facts: Mapping[str, Any],
    world_geometry: MapGeometry,
    routes: Mapping[Way, Floats] | None = None,
) -> Figure:
    """Draw the district; ``routes`` gives the path of each way in local metres, shape ``(m, 2)``.

    A way without a route is drawn as a straight line. Colours tell the levels apart where there are several.
    """
    sites = site_positions(facts)
    traffic = outbound_traffic(tables["legs"])
    low, high = extent(sites, world_geometry)
    with house_style():
        figure = new_figure(*_size(high - low))
        axes = figure.subplots()
        _dress(axes, low, high)
        _draw_buildings(axes, world_geometry)
        _draw_zones(axes, world_geometry)
        areas = _draw_areas_out(axes, facts)
        _draw_routes(axes, traffic, paths={**_straight(traffic, sites), **(routes or {})})
        _draw_sites(axes, facts, traffic=traffic)
        marks = _draw_scale(axes, low, high, sites=np.stack(list(sites.values())))
        _draw_legend(figure, traffic, world_geometry, areas)
        _draw_titles(axes, facts, world_geometry)
        if not routes:
            axes.set_xlabel("straight lines stand for the paths flown", loc="right", color=FAINT)
        place_labels(figure, axes, _labels(facts, traffic), keep_out=[marks])
    return figure


def site_positions(facts: Mapping[str, Any]) -> dict[str, Floats]:
    """Give each site's place in local metres."""
    groups = facts["sites"].values()
    return {site["id"]: np.array([site["x_m"], site["y_m"]], dtype=np.float64) for group in groups for site in group}


def outbound_traffic(legs: Columns) -> Counter[Way]:
    """Count the flights with a parcel that took off, by take-off point, airport and level."""
    flown = (legs["kind"] == "outbound") & ~np.isnan(legs["departed_s"])
    columns = (legs[name][flown].tolist() for name in ("from", "to", "level_m"))
    return Counter(zip(*columns, strict=True))


def _straight(traffic: Counter[Way], sites: Mapping[str, Floats]) -> dict[Way, Floats]:
    return {way: np.stack([sites[way[0]], sites[way[1]]]) for way in traffic}


def extent(sites: Mapping[str, Floats], geometry: MapGeometry) -> tuple[Floats, Floats]:
    """Give the corners of what is shown: sites, buildings, and of zones no more than as much again on each side."""
    points = np.concatenate([*(rings[0] for rings in geometry.buildings), np.stack(list(sites.values()))])
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.maximum(high - low, LEAST_M)
    zones = np.concatenate([points, *(np.clip(rings[0], low - span, high + span) for rings in geometry.zones)])
    low, high = zones.min(axis=0), zones.max(axis=0)
    longest_m = max(float((high - low).max()), LEAST_M)
    margin = 0.03 * longest_m + np.maximum(0.0, LEAST_M - (high - low)) / 2
    return low - margin, high + margin


def _size(span: Floats) -> tuple[float, float]:
    """Give the figure's width and height in inches: as the district is shaped, with room for title and legend."""
    tallness = float(span[1] / span[0])
    width = float(np.clip(TALLEST_IN / tallness, NARROWEST_IN, WIDEST_IN))
    return width, float(np.clip(width * tallness, FLATTEST_IN, TALLEST_IN)) + 1.0 + 0.25 * (WIDEST_IN - width)


def _dress(axes: Axes, low: Floats, high: Floats) -> None:
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.set_facecolor("#fbfbf9")


def outline(rings: Rings) -> Outline:
    """Join an outer ring and its holes to one outline."""
    if len(rings) == 1:
        return Outline(rings[0], closed=True)
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))


def greys(height_m: Floats) -> NDArray[Any]:
    """Give a grey for each roof height, the darker the taller; shape ``(n, 3)``."""
    light = 0.88 - 0.42 * np.clip(height_m / TALL_M, 0.0, 1.0)
    return np.repeat(light[:, None], 3, axis=1)


def _draw_buildings(axes: Axes, geometry: MapGeometry) -> None:
    paths = [outline(rings) for rings in geometry.buildings]
    shades = greys(geometry.height_m)
    axes.add_collection(PathCollection(paths, facecolors=shades, edgecolors=shades * 0.85, linewidths=0.3))


def _draw_zones(axes: Axes, geometry: MapGeometry) -> None:
    for rings, hours in zip(geometry.zones, geometry.zone_hours, strict=True):
        axes.add_patch(PathPatch(outline(rings), **_zone_look(is_always=hours is None), zorder=4))
        if hours is not None:
            x, y = (rings[0].min(axis=0) + rings[0].max(axis=0)) / 2
            axes.text(x, y, hours, fontsize=8, color=BAD, ha="center", va="center", zorder=8, path_effects=HALO)


def _draw_areas_out(axes: Axes, facts: Mapping[str, Any]) -> list[Patch]:
    """Outline the areas that had no link, or no position, for a while; gives what the legend says of them."""
    named = []
    for key in ("link", "position"):
        stroke = "-." if key == "link" else ":"
        look: dict[str, Any] = {
            "facecolor": to_rgba(SERVICES[key], 0.06),
            "edgecolor": SERVICES[key],
            "linestyle": stroke,
        }
        polygons = [shapely.from_wkt(text) for text in areas_out(facts, key)]
        for polygon in polygons:
            rings = tuple(shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon))
            axes.add_patch(PathPatch(outline(rings), **look, linewidth=1.6, zorder=4))
        if polygons:
            named.append(Patch(**look, linewidth=1.6, label=f"no {key} at times"))
    return named


def _zone_look(*, is_always: bool) -> dict[str, Any]:
    """Hatch what is closed all day; what is closed at hours has a dashed edge, and its hours in it."""
    if is_always:
        return {"facecolor": (0.82, 0.38, 0.24, 0.15), "edgecolor": BAD, "hatch": "////", "linewidth": 1.2}
    return {"facecolor": (0.82, 0.38, 0.24, 0.06), "edgecolor": BAD, "linestyle": "--", "linewidth": 1.2}


def _draw_routes(axes: Axes, traffic: Counter[Way], *, paths: Mapping[Way, Floats]) -> None:
    """Draw the widest lines first, so that the levels of one route all show."""
    busiest_first = sorted(traffic, key=lambda way: (-traffic[way], way))
    lines = [paths[way] for way in busiest_first]
    widths = [_width(traffic[way], traffic) for way in busiest_first]
    colors = _colors(traffic)
    axes.add_collection(
        LineCollection(
            lines,
            linewidths=widths,
            colors=[colors[level_m] for _, _, level_m in busiest_first],
            alpha=ROUTE_ALPHA,
            capstyle="round",
            zorder=3,
        )
    )


def _colors(traffic: Counter[Way]) -> dict[float, str]:
    return level_colors(sorted({level_m for _, _, level_m in traffic}))


def _width(flights: float, traffic: Counter[Way]) -> float:
    """Give the line width in points; the busiest route has the widest line."""
    return max(0.5, WIDEST_PT * flights / max(traffic.values(), default=1))


def _loads(traffic: Counter[Way]) -> Counter[str]:
    loads: Counter[str] = Counter()
    for (origin, destination, _), flights in traffic.items():
        loads[origin] += flights
        loads[destination] += flights
    return loads


def _draw_sites(axes: Axes, facts: Mapping[str, Any], *, traffic: Counter[Way]) -> None:
    sites, loads = site_positions(facts), _loads(traffic)
    most = max(loads.values(), default=1)
    for group, (marker, color) in _looks().items():
        names = [site["id"] for site in facts["sites"][group]]
        xy = np.stack([sites[name] for name in names])
        sizes = [SMALLEST_PT2 + (LARGEST_PT2 - SMALLEST_PT2) * loads[name] / most for name in names]
        axes.scatter(xy[:, 0], xy[:, 1], s=sizes, marker=marker, c=color, edgecolors="white", linewidths=1.3, zorder=5)


def _looks() -> dict[str, tuple[str, str]]:
    return {"takeoff_points": ("s", ORANGE), "airports": ("o", GOOD)}


def _labels(facts: Mapping[str, Any], traffic: Counter[Way]) -> list[tuple[Floats, str]]:
    loads = _loads(traffic)
    return [(xy, f"{shortened(name, NAME_WIDE)}\n{loads[name]:,}") for name, xy in site_positions(facts).items()]


def _draw_scale(axes: Axes, low: Floats, high: Floats, *, sites: Floats) -> Box:
    """Draw a scale bar of a round length and an arrow to the north in the corner with the fewest sites.

    Returns the corners of the box that they take, in metres.
    """
    across, span = float(high[0] - low[0]), float(np.sqrt(np.prod(high - low)))
    length = max(step for step in (50, 100, 200, 500, 1000, 2000, 5000, 10000) if step <= max(across / 4, 50))
    size = np.array([length + 0.02 * span, 0.16 * span])
    x, y = _emptiest_corner(low, high, size=size, sites=sites)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=4, solid_capstyle="butt", zorder=8, path_effects=HALO)
    name = f"{length / 1000:g} km" if length >= 1000 else f"{length} m"
    look: dict[str, Any] = {"ha": "center", "color": INK, "zorder": 8, "path_effects": HALO}
    axes.text(x + length / 2, y + 0.012 * span, name, va="bottom", **look)
    foot = (x + 0.012 * span, y + 0.05 * span)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.6}
    axes.annotate("", (foot[0], foot[1] + 0.055 * span), foot, arrowprops=arrow, zorder=8)
    axes.text(foot[0], foot[1] + 0.058 * span, "N", va="bottom", fontweight="bold", **look)
    return np.array([x, y]) - 0.01 * span, np.array([x, y]) + size


def _emptiest_corner(low: Floats, high: Floats, *, size: Floats, sites: Floats) -> Floats:
    """Place a box of a size in metres in the corner with the fewest sites in or near it; its lower left, ``(2,)``."""
    margin = 0.03 * (high - low)
    first, last = low + margin, np.maximum(high - margin - size, low + margin)
    corners = np.array([[first[0], first[1]], [last[0], first[1]], [first[0], last[1]], [last[0], last[1]]])
    near = (sites >= corners[:, None] - size / 2) & (sites <= corners[:, None] + 1.5 * size)
    chosen: Floats = corners[int(np.argmin(near.all(axis=2).sum(axis=1)))]
    return chosen


def _draw_legend(figure: Figure, traffic: Counter[Way], geometry: MapGeometry, areas: list[Patch]) -> None:
    most = max(traffic.values(), default=0)
    handles: list[Any] = [_site_handle(*look, name) for name, look in _named_looks().items()]
    handles += [_route_handle(flights, traffic) for flights in sorted({max(1, most // 4), most}) if most]
    colors = _colors(traffic)
    if len(colors) > 1:
        handles += [Patch(facecolor=color, label=f"cruise at {level_m:g} m") for level_m, color in colors.items()]
    named = {True: "no-fly zone", False: "no-fly zone at its hours"}
    kinds = {hours is None for hours in geometry.zone_hours}
    handles += [Patch(**_zone_look(is_always=kind), label=label) for kind, label in named.items() if kind in kinds]
    handles += areas
    if geometry.buildings:
        heights = np.array([10.0, 50.0, TALL_M])
        shades = zip(heights, greys(heights).tolist(), strict=True)
        handles += [Patch(facecolor=grey, edgecolor=FAINT, label=f"roof {height:g} m") for height, grey in shades]
    figure.legend(handles=handles, loc="outside lower center", ncols=max(2, int(figure.get_figwidth() / 1.9)))


def _named_looks() -> dict[str, tuple[str, str]]:
    return dict(zip(("take-off point", "airport"), _looks().values(), strict=True))


def _site_handle(marker: str, color: str, name: str) -> Line2D:
    return Line2D([], [], marker=marker, color=color, linestyle="", markersize=10, label=name)


def _route_handle(flights: int, traffic: Counter[Way]) -> Line2D:
    width = _width(flights, traffic)
    color = BLUE if len(_colors(traffic)) == 1 else FAINT
    return Line2D([], [], color=color, alpha=ROUTE_ALPHA, linewidth=width, label=f"{flights:,} flights with a parcel")


def _draw_titles(axes: Axes, facts: Mapping[str, Any], geometry: MapGeometry) -> None:
    """Name the picture; above a narrow one line by line."""
    subject, label = "orders flown by site and route", "synthetic map"
    name = shortened(facts["name"], TITLE_WIDE)
    is_narrow = float(np.ptp(axes.get_ylim())) > NARROW * float(np.ptp(axes.get_xlim()))
    if is_narrow:
        lines = [name, subject, *([label] if geometry.is_synthetic else [])]
        axes.set_title("\n".join(lines), loc="center")
        return
    axes.set_title(f"{name}: {subject}")
    if geometry.is_synthetic:
        axes.set_title(label, loc="right", fontweight="normal", fontstyle="italic", color=BAD)
