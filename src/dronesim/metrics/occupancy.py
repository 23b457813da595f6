"""How full cabinets get and how busy each resource is over the opening hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.staffing import shifts_at, staffed_s
from dronesim.metrics.statistics import Floats, ratio
from dronesim.record.columns import Coded, coded_of, is_text, part_of, rows_of
from dronesim.record.kpis import CabinetKpis
from dronesim.record.tables import Columns

_ROWS: Final = 1 << 18
"""How many rows are looked at at a time: a long day's seconds are never all there at once."""

Place = tuple[str, str]
"""A resource and the site where it is."""


def covered_s(from_s: Floats, to_s: Floats, horizon: Mapping[str, Any]) -> Floats:
    """Seconds of each interval that fall into the opening hours; same shape as the arguments."""
    start_s, end_s = float(horizon["start_s"]), float(horizon["end_s"])
    inside: Floats = np.clip(to_s, start_s, end_s) - np.clip(from_s, start_s, end_s)
    return inside


def peak_held(from_s: Floats, to_s: Floats) -> int:
    """Count the most half-open intervals [from, to) that hold at one instant."""
    edges = np.concatenate([from_s, to_s])
    steps = np.repeat(np.array([1, -1]), [len(from_s), len(to_s)])
    held = np.cumsum(steps[np.lexsort((steps, edges))])
    return int(held.max(initial=0))


def _ends_s(occupancy: Columns, facts: Mapping[str, Any]) -> Floats:
    """End of each interval; one that has none lasts to the end of the day."""
    closed_s = float(facts["horizon"]["closed_s"])
    return np.where(np.isnan(occupancy["to_s"]), closed_s, occupancy["to_s"])


def _grid(resources: Coded, sites: Coded, places: Sequence[Place]) -> NDArray[np.int64]:
    """Number places by the codes of their resource and their site, -1 for those that are not among ``places``.

    Shape ``(resources + 1, sites + 1)``; the last of each is what has no name.
    """
    grid = np.full((len(resources.names) + 1, len(sites.names) + 1), -1)
    row, column = ({name: code for code, name in enumerate(each.names)} for each in (resources, sites))
    for number, (resource, site) in enumerate(places):
        if resource in row and site in column:
            grid[row[resource], column[site]] = number
    return grid


def cabinets(occupancy: Columns, facts: Mapping[str, Any]) -> CabinetKpis:
    """Measure how full the cabinets got, at any time of the day, drain included.

    ``peak_by_airport``: most boxes held at one instant / boxes of that airport; None without boxes.
    ``peak_occupancy``: the largest of them.
    """
    boxes = facts["capacity"].get("box", {})
    held = part_of(occupancy, np.flatnonzero(is_text(occupancy, "resource", "box")))
    resource, site = coded_of(held, "resource"), coded_of(held, "site")
    place = _grid(resource, site, [("box", airport) for airport in boxes])[resource.codes, site.codes]
    by_place = np.argsort(place, kind="stable")
    first = np.searchsorted(place[by_place], np.arange(len(boxes) + 1))
    from_s, to_s = held["from_s"][by_place], _ends_s(held, facts)[by_place]
    peaks = {
        airport: ratio(peak_held(from_s[start:end], to_s[start:end]), boxes[airport])
        for airport, start, end in zip(boxes, first, first[1:], strict=False)
    }
    known = [peak for peak in peaks.values() if peak is not None]
    return CabinetKpis(peak_occupancy=max(known, default=None), peak_by_airport=peaks)


def resources(occupancy: Columns, facts: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Measure each resource's utilization by site.

    Unit-seconds held within the opening hours / (capacity x opening hours, less what was out of it), for every
    resource and site that the facts give a capacity for; None where nothing is left of that. Where people work in
    shifts, over what they were at work of the opening hours; who finishes after a shift may lift it above 1.
    """
    horizon, capacity = facts["horizon"], facts["capacity"]
    places = [(resource, site) for resource, sites in capacity.items() for site in sites]
    busy_s = np.zeros(len(places))
    for begin in range(0, rows_of(occupancy), _ROWS):
        part = part_of(occupancy, slice(begin, begin + _ROWS))
        resource, site = coded_of(part, "resource"), coded_of(part, "site")
        place = _grid(resource, site, places)[resource.codes, site.codes]
        held_s, is_known = covered_s(part["from_s"], _ends_s(part, facts), horizon), place >= 0
        # one after the other, as they come: a sum depends on its order
        np.add.at(busy_s, place[is_known], held_s[is_known])
    out_s = out_of_service_s(facts)
    use: dict[str, dict[str, float | None]] = {resource: {} for resource in capacity}
    for (resource, site), seconds in zip(places, busy_s.tolist(), strict=True):
        there_s = _open_s(facts, resource, site) - out_s.get((resource, site), 0.0)
        use[resource][site] = ratio(seconds, there_s) if there_s > 0 else None
    return use


def out_of_service_s(facts: Mapping[str, Any]) -> dict[Place, float]:
    """Add up for how long, in opening hours, a unit less of each resource was there."""
    found: dict[Place, float] = {}
    for outage in facts.get("outages", ()):
        place = (outage["what"], outage["site"])
        out_s = covered_s(np.array([outage["from_s"]]), np.array([outage["to_s"]]), facts["horizon"])
        found[place] = found.get(place, 0.0) + float(out_s[0])
    return found


def _open_s(facts: Mapping[str, Any], resource: str, site: str) -> float:
    """Give the time that all units of a resource were there in the opening hours."""
    horizon, units = facts["horizon"], facts["capacity"][resource][site]
    steps = shifts_at(facts, resource).get(site)
    if steps is None:
        return float(units * (horizon["end_s"] - horizon["start_s"]))
    # a pilot has several shares
    each = float(units / max(count for _, count in steps))
    return each * staffed_s(steps, from_s=horizon["start_s"], to_s=horizon["end_s"])
