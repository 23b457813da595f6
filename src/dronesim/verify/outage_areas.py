"""Checks where and when link and position service were out: in areas of the map, as stated or as may come by chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from dronesim.verify.maps import has_map, read_link_areas
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.silence import Outage, outages_in
from dronesim.verify.stated import Event, events_of, stated

_NAME: Final = "areas of outages"
_NEAR_M: Final = 1.0
"""Map and facts may differ by so much along a border."""
_AROUND_M: Final = 20_000.0
"""So far around the sites halves of the district are compared."""
_SLACK_S: Final = 2e-3
_PARTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "link": ("link_loss", ("link",)),
    "position": ("position_outage", ("navigation", "position")),
}
"""Parts of the facts that tell outages, the kind of event that states one, and the table of those by chance."""


def outage_areas(run: Run) -> Check:
    """Areas are as the map draws them or halves of the district; outages are stated, or of a kind that is drawn."""
    scenario = stated(run)
    may_be_out = [part for part, (kind, _) in _PARTS.items() if getattr(run.facts, part) or events_of(scenario, kind)]
    parts = {part: getattr(run.facts, part) or {} for part in may_be_out}
    if not parts:
        return skipped(_NAME, "neither link nor position service is ever lost")
    drawn = read_link_areas(run) if has_map(run) else {}
    words, count = list[str](), 0
    for part, told in parts.items():
        outages = outages_in(told, key=part)
        areas = told.get("areas", [])
        count += len(outages) + len(areas)
        words += _misplaced(run, areas, drawn)
        if scenario:
            words += _not_as_stated(run, part, outages, scenario=scenario, drawn=list(drawn))
    return settle(_NAME, count, [listed(words)])


def halves(run: Run) -> dict[str, Any]:
    """Cut the surroundings of the sites in two, either way, through the middle of where they lie."""
    xy = np.array(list(run.facts.sites.values()), np.float64)
    low, high = xy.min(axis=0), xy.max(axis=0)
    (x_m, y_m), (west, south), (east, north) = low + (high - low) / 2, low - _AROUND_M, high + _AROUND_M
    return {
        "west half": shapely.box(west, south, x_m, north),
        "east half": shapely.box(x_m, south, east, north),
        "south half": shapely.box(west, south, east, y_m),
        "north half": shapely.box(west, y_m, east, north),
    }


def _misplaced(run: Run, areas: list[Mapping[str, Any]], drawn: Mapping[str, Any]) -> Iterator[str]:
    """Find areas of the facts that lie elsewhere than the map has them; without a map only halves are compared."""
    cut = halves(run)
    around = shapely.union_all(list(cut.values())).envelope
    for area in areas:
        name, told = area["id"], shapely.from_wkt(area["wkt"])
        if name in drawn:
            meant = drawn[name]
        elif name in cut:
            meant, told = cut[name], told.intersection(around)
        elif has_map(run):
            yield f"area {name!r} is not on the map"
            continue
        else:
            continue
        off_m2 = told.symmetric_difference(meant).area
        if off_m2 > _NEAR_M * meant.length:
            yield f"area {name!r} is not where the map has it: {off_m2:.0f} m2 are in one of both only"


def _not_as_stated(
    run: Run, part: str, outages: list[Outage], *, scenario: Mapping[str, Any], drawn: list[str]
) -> Iterator[str]:
    """Find events that did not come in their area, and outages that nobody states and no law draws there."""
    kind, path = _PARTS[part]
    events = [(_area(event), event.at_s, event.to_s) for event in events_of(scenario, kind)]
    for name, from_s, to_s in events:
        to_s = min(to_s, run.facts.closed_s)
        if from_s < to_s and _uncovered(from_s, to_s, outages, name):
            yield f"{kind} in {name} is stated from {at(from_s)} to {at(to_s)}, and facts have no such outage"
    table: Any = scenario
    for key in path:
        table = table.get(key, {})
    by_chance = _by_chance(part, table, drawn) if table.get("outages", {}).get("kind", "none") != "none" else set()
    stated_too = [Outage(area=None, name=name, from_s=a_s, to_s=b_s) for name, a_s, b_s in events]
    for outage in outages:
        if outage.name not in by_chance and _uncovered(outage.from_s, outage.to_s, stated_too, outage.name):
            yield (
                f"{kind} in {outage.name} from {at(outage.from_s)} to {at(outage.to_s)} is not stated, and "
                "the scenario draws none there"
            )


def _area(event: Event) -> str:
    return str(event.keys.get("area") or "the district")


def _by_chance(part: str, table: Mapping[str, Any], drawn: list[str]) -> set[str]:
    """Name the areas in which outages come by chance."""
    names = set(table.get("areas", ()))
    if part == "link":
        return (names or set(drawn)) if table.get("by") == "area" else {"the district"}
    return names or {"the district"}


def _uncovered(from_s: float, to_s: float, outages: list[Outage], name: str) -> bool:
    """Tell whether there is a time between two in which no outage is in an area of that name."""
    for outage in sorted((it for it in outages if it.name == name), key=lambda outage: outage.from_s):
        if outage.from_s <= from_s + _SLACK_S:
            from_s = max(from_s, outage.to_s)
    return from_s < to_s - _SLACK_S
