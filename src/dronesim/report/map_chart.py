"""The district for the page: buildings, no-fly zones, routes by traffic, sites by load and by use of their pads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from dronesim.letters import cells, counted, shortened
from dronesim.report import svg, words
from dronesim.report.geometry import MapGeometry
from dronesim.report.map_picture import Way, extent, outbound_traffic, site_positions
from dronesim.report.saved_run import SavedRun
from dronesim.report.trouble import areas_out

Floats = svg.Floats

MOST_BUILDINGS: Final = 5000
"""Above this number the buildings are one picture of dots; all else stays lines and text."""
MOST_ROUTES: Final = 800
"""So many routes are drawn, the busiest."""
SHADES: Final = 5
TALL_M: Final = 100.0
USES: Final = (0.2, 0.4, 0.6, 0.8)
"""Shares of opening hours that part the colours of sites."""
WIDEST: Final = 6.0
_TALLEST: Final = 760.0
_MARGIN: Final = 8.0
_LEVELS: Final = 6
_LABELLED: Final = 40
"""So many sites have their names on the map, those with most flights; all have them where the pointer is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Puts local metres on the view box, north up."""

    low: Floats
    scale: float
    height: float
    top: float
    left: float

    @classmethod
    def of(cls, low: Floats, high: Floats, *, top: float) -> Placing:
        """Fit a district into the width, or into the greatest height."""
        span = high - low
        scale = min((svg.WIDTH - 2 * _MARGIN) / span[0], _TALLEST / span[1])
        left = (svg.WIDTH - scale * span[0]) / 2
        return cls(low=low, scale=float(scale), height=float(scale * span[1]), top=top, left=float(left))

    @property
    def view(self) -> str:
        """The box of the district: left, top, width and height."""
        corner = (self.left, self.top, svg.WIDTH - 2 * self.left, self.height)
        return " ".join(map(svg.number, corner))

    @property
    def box(self) -> str:
        """The same as attributes."""
        pairs = zip(("x", "y", "width", "height"), self.view.split(), strict=True)
        return " ".join(f'{name}="{value}"' for name, value in pairs)

    def __call__(self, places_m: Floats) -> Floats:
        """Place points, shape ``(n, 2)``."""
        units = (places_m - self.low) * self.scale
        return np.column_stack([self.left + units[:, 0], self.top + self.height - units[:, 1]])


def map_chart(run: SavedRun, raster: Callable[[MapGeometry, Floats, Floats], str] | None = None) -> str:
    """Draw the district; ``raster`` gives the buildings as the address of a picture where they are too many."""
    geometry, sites = run.geometry, site_positions(run.facts)
    traffic = outbound_traffic(run.tables["legs"])
    low, high = extent(sites, geometry)
    levels = sorted({level_m for _, _, level_m in traffic})
    keys, keys_high = svg.legend(_keys(levels, geometry, run.facts), top=14)
    place = Placing.of(low, high, top=keys_high + 8)
    within = [
        *_ground(place, geometry, raster, low, high),
        *_zones(place, geometry),
        *_areas_out(place, run.facts),
        *_routes(place, traffic, levels, {**_straight(traffic, sites), **run.routes}),
    ]
    body = [
        keys,
        # a picture within a picture cuts off what lies beyond the district
        f'<svg {place.box} viewBox="{place.view}">{"".join(within)}</svg>',
        *_sites(place, run, sites, traffic),
        *_scale(place, low, high),
    ]
    title = f"Map of {len(sites):,} sites with {len(geometry.buildings):,} buildings and the routes flown"
    few = f"The {MOST_ROUTES:,} busiest of {len(traffic):,} routes are drawn. " if len(traffic) > MOST_ROUTES else ""
    described = f"{few}The table of sites below has the same in numbers."
    return svg.document("".join(body), height=place.top + place.height + 24, title=title, description=described)


def _keys(levels: list[float], geometry: MapGeometry, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    keys = [("site tops", "take-off point (square)"), ("site", "airport (circle)")]
    edges = ["0", *(f"{100 * share:g}" for share in USES), "100"]
    keys += [
        (f"site u{number}", f"{'' if number else 'pads in use: '}{a} to {b} %")
        for number, (a, b) in enumerate(pairwise(edges))
    ]
    keys += [(f"route l{number % _LEVELS}", f"flown at {level_m:g} m") for number, level_m in enumerate(levels)]
    keys += [("zone", "no-fly zone")] if geometry.zones else []
    return keys + [(f"away {key}", f"no {key} at times") for key in ("link", "position") if areas_out(facts, key)]


def _ground(
    place: Placing,
    geometry: MapGeometry,
    raster: Callable[[MapGeometry, Floats, Floats], str] | None,
    low: Floats,
    high: Floats,
) -> Iterator[str]:
    box = place.box
    yield f'<rect class="ground" {box}/>'
    if raster is not None and len(geometry.buildings) > MOST_BUILDINGS:
        yield f'<image class="roofs" {box} preserveAspectRatio="none" href="{raster(geometry, low, high)}"/>'
        return
    shade = np.minimum(SHADES * geometry.height_m / TALL_M, SHADES - 1).astype(np.int64)
    for number in range(SHADES):
        chosen = np.flatnonzero(shade == number).tolist()
        drawn = svg.rings_path([place(ring) for each in chosen for ring in geometry.buildings[each]])
        if drawn:
            yield f'<path class="roof r{number}" fill-rule="evenodd" d="{drawn}"/>'


def _zones(place: Placing, geometry: MapGeometry) -> Iterator[str]:
    for rings, hours in zip(geometry.zones, geometry.zone_hours, strict=True):
        kind = "zone" if hours is None else "zone dashed"
        hover = f"<title>no-fly zone{'' if hours is None else f', {svg.plain(hours)}'}</title>"
        drawn = svg.rings_path([place(ring) for ring in rings])
        yield f'<path class="{kind}" fill-rule="evenodd" d="{drawn}">{hover}</path>'
        if hours is not None:
            x, y = place(((rings[0].min(axis=0) + rings[0].max(axis=0)) / 2)[None])[0].tolist()
            yield svg.text(x, y, hours, kind="bad halo", anchor="middle")


def _areas_out(place: Placing, facts: Mapping[str, Any]) -> Iterator[str]:
    for key in ("link", "position"):
        for wkt in areas_out(facts, key):
            rings = [place(shapely.get_coordinates(ring)) for ring in shapely.get_rings(shapely.from_wkt(wkt))]
            yield f'<path class="away {key}" d="{svg.rings_path(rings)}"><title>no {key} at times</title></path>'


def _straight(traffic: Mapping[Way, int], sites: Mapping[str, Floats]) -> dict[Way, Floats]:
    return {way: np.stack([sites[way[0]], sites[way[1]]]) for way in traffic}


def _routes(
    place: Placing, traffic: Mapping[Way, int], levels: list[float], paths: Mapping[Way, Floats]
) -> Iterator[str]:
    """Draw the widest lines first, so that the levels of one route all show."""
    most = max(traffic.values(), default=1)
    for way in sorted(traffic, key=lambda way: (-traffic[way], way))[:MOST_ROUTES]:
        flights, level = traffic[way], levels.index(way[2]) % _LEVELS
        told = f"{svg.plain(way[0])} to {svg.plain(way[1])} at {way[2]:g} m: {counted(flights, 'flight')}"
        width = f'stroke-width="{svg.number(max(0.6, WIDEST * flights / most))}"'
        yield f'<path class="route l{level}" {width} d="{svg.path(place(paths[way]))}"><title>{told}</title></path>'


def _sites(place: Placing, run: SavedRun, sites: Mapping[str, Floats], traffic: Mapping[Way, int]) -> Iterator[str]:
    loads = dict.fromkeys(sites, 0)
    for (origin, destination, _), flights in traffic.items():
        loads[origin] += flights
        loads[destination] += flights
    most, pads = max(loads.values(), default=1) or 1, run.kpis["resources"].get("pad", {})
    tops = {site["id"] for site in run.facts["sites"]["takeoff_points"]}
    spots = {name: place(xy[None])[0] for name, xy in sites.items()}
    for name, (x, y) in spots.items():
        size, use = 4.0 + 6.0 * (loads[name] / most) ** 0.5, pads.get(name)
        kind = f"site u{0 if use is None else int(np.searchsorted(USES, use, side='right'))}"
        told = f"{svg.plain(name)}: {counted(loads[name], 'flight')}, pads in use {words.percent(use)}"
        x0, y0, side = svg.number(x - size), svg.number(y - size), svg.number(2 * size)
        shape = f'<rect class="{kind}" x="{x0}" y="{y0}" width="{side}" height="{side}">'
        if name not in tops:
            shape = f'<circle class="{kind}" cx="{svg.number(x)}" cy="{svg.number(y)}" r="{svg.number(size)}">'
        yield f"{shape}<title>{told}</title></{'rect' if name in tops else 'circle'}>"
    labelled = sorted(spots, key=lambda name: -loads[name])[:_LABELLED]
    yield from _labels({name: spots[name] for name in labelled}, [*spots.values()])


def _labels(spots: Mapping[str, Floats], sites: list[Floats]) -> Iterator[str]:
    """Write each name at the first of the places about its site where it covers least of what stands there."""
    taken = [np.array([x - 9, y - 9, x + 9, y + 9]) for x, y in sites]
    for name, (x, y) in spots.items():
        shown = shortened(name, 14)
        wide = 7.2 * cells(shown)
        places = [
            (x + 12, y + 4, "start", x + 12),
            (x - 12, y + 4, "end", x - 12 - wide),
            (x, y - 13, "middle", x - wide / 2),
            (x, y + 22, "middle", x - wide / 2),
        ]
        boxes = [np.array([left, base - 11, left + wide, base + 2]) for _, base, _, left in places]
        costs = [_covered(box, taken) + _outside(box) for box in boxes]
        best = int(np.argmin(costs))
        taken.append(boxes[best])
        yield svg.text(places[best][0], places[best][1], shown, kind="ink strong halo", anchor=places[best][2])


def _covered(box: Floats, taken: list[Floats]) -> float:
    others = np.stack(taken)
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return float(np.prod(np.maximum(sides, 0.0), axis=1).sum())


def _outside(box: Floats) -> float:
    return 100.0 * float(max(0.0, -box[0]) + max(0.0, box[2] - svg.WIDTH))


def _scale(place: Placing, low: Floats, high: Floats) -> Iterator[str]:
    """Draw a bar of a round length below the map, and say where north is."""
    across = float(high[0] - low[0])
    length = max(step for step in (50, 100, 200, 500, 1000, 2000, 5000, 10000) if step <= max(across / 4, 50))
    y = place.top + place.height + 15
    yield f'<path class="scale" d="M{svg.number(place.left)} {svg.number(y - 4)}h{svg.number(length * place.scale)}"/>'
    name = f"{length / 1000:g} km" if length >= 1000 else f"{length} m"
    yield svg.text(place.left + length * place.scale + 6, y, f"{name}; north is up", kind="faint")
