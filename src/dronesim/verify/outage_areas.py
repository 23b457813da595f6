"""Checks where and when link and position service were out: in areas of the map, as stated or as drawn by chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from dronesim.verify.areas_drawn import DISTRICT, drawn_in_areas
from dronesim.verify.maps import has_map, read_link_areas
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.silence import Outage, outages_in
from dronesim.verify.stated import events_of, stated, value_at

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
    """Areas are as the map draws them or halves of the district; outages are as stated or as drawn."""
    scenario = stated(run)
    may_be_out = [part for part in _PARTS if getattr(run.facts, part) or _may_be_out(scenario, part)]
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
            words += _not_as_due(run, part, outages, scenario=scenario, on_map=list(drawn) if has_map(run) else None)
    return settle(_NAME, count, [listed(words)])


def _may_be_out(scenario: Mapping[str, Any], part: str) -> bool:
    """Tell whether a scenario states outages, or has them come by chance."""
    kind, path = _PARTS[part]
    law = value_at(scenario, ".".join((*path, "outages", "kind")))
    return bool(events_of(scenario, kind)) or law not in (None, "none")


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


def _not_as_due(
    run: Run, part: str, outages: list[Outage], *, scenario: Mapping[str, Any], on_map: list[str] | None
) -> Iterator[str]:
    """Find outages that were drawn or stated in an area and did not come so, and those that were neither."""
    kind, due = _PARTS[part][0], _due(run, part, scenario, on_map)
    if due is None:
        return
    closed_s = run.facts.closed_s
    for name in sorted({*due, *(outage.name for outage in outages)}):
        meant = [(from_s, min(to_s, closed_s)) for from_s, to_s in due.get(name, []) if from_s <= closed_s + _SLACK_S]
        told = sorted((outage.from_s, outage.to_s) for outage in outages if outage.name == name)
        for from_s, to_s in meant:
            if from_s < closed_s - _SLACK_S and not _has(told, from_s, to_s):
                yield f"{kind} in {name} is drawn or stated from {at(from_s)} to {at(to_s)}, and facts have none then"
        for from_s, to_s in told:
            if not _has(meant, from_s, to_s):
                yield f"{kind} in {name} from {at(from_s)} to {at(to_s)} is neither drawn nor stated"


def _due(
    run: Run, part: str, scenario: Mapping[str, Any], on_map: list[str] | None
) -> dict[str, list[tuple[float, float]]] | None:
    """Give from when until when it is out in each area by what is drawn and stated; None where that can't be told."""
    if "horizon" not in scenario:
        return None
    kind, path = _PARTS[part]
    table = value_at(scenario, ".".join(path)) or {}
    drawn = drawn_in_areas(run, scenario, part, table, on_map=on_map)
    if drawn is None:
        return None
    for event in events_of(scenario, kind):
        drawn.setdefault(str(event.keys.get("area") or DISTRICT), []).append((event.at_s, event.to_s))
    return {name: _united(spells) for name, spells in drawn.items()}


def _united(spells: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Unite spells that overlap or touch."""
    found = list[tuple[float, float]]()
    for from_s, to_s in sorted(spells):
        if found and from_s <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], to_s)
        else:
            found.append((from_s, to_s))
    return found


def _has(spells: list[tuple[float, float]], from_s: float, to_s: float) -> bool:
    return any(abs(one - from_s) <= _SLACK_S and abs(other - to_s) <= _SLACK_S for one, other in spells)
