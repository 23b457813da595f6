"""Compares numbers of units by site, and shifts, with what the scenario states of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from dronesim.verify.reading import Run
from dronesim.verify.shifts import there
from dronesim.verify.stated import seconds, value_at

_BY_SITE: Final[Sequence[tuple[str, str, str, int | None]]] = (
    ("courier", "takeoff_points", "couriers.per_takeoff_point", 4),
    ("rider", "takeoff_points", "riders.per_takeoff_point", 0),
    ("loader", "takeoff_points", "takeoff_points.loaders", 2),
    ("unloader", "airports", "airports.unloaders", 1),
    ("pad", "takeoff_points", "takeoff_points.pads", None),
    ("pad", "airports", "airports.pads", None),
    ("box", "airports", "airports.boxes", None),
    ("charger", "takeoff_points", "batteries.chargers", None),
)
"""Units by site: the resource, what has them, the key that states them, and how many a site has that a table leaves out
(None: what the map or another key says)."""
_PLURALS: Final[Mapping[str, str]] = {
    "couriers": "courier",
    "riders": "rider",
    "loaders": "loader",
    "pilots": "pilot",
    "drones": "drone",
}
"""What shifts are stated of, and the resource of the facts."""
_NETWORK: Final = "network"
_SHORTLY_S: Final = 0.01
"""Steps are looked at shortly after each begins: at its instant two hold."""


def by_site_texts(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find numbers of units that are not as they are stated for all sites or for one, where no shifts change them."""
    facts, in_shifts = run.facts, {_PLURALS.get(str(row["what"])) for row in scenario.get("shifts", ())}
    for resource, sites, key, default in _BY_SITE:
        if resource in in_shifts:
            continue
        told, where = facts.capacity.get(resource, {}), getattr(facts, sites)
        for site, number in _stated_by_site(value_at(scenario, key), where, default).items():
            if told.get(site, 0) != number:
                yield f"facts: {site} has {told.get(site, 0)} of {resource}, the scenario's {key} makes it {number}"
    yield from _counts(run, scenario, in_shifts)


def _stated_by_site(value: Any, sites: Sequence[str], default: int | None) -> dict[str, int]:
    """Give how many each site has for which that is stated, for all or in a table by site."""
    if isinstance(value, int):
        return dict.fromkeys(sites, value)
    if not isinstance(value, Mapping):
        return {}
    table = {site: value.get(site, default) for site in sites}
    return {site: number for site, number in table.items() if number is not None}


def _counts(run: Run, scenario: Mapping[str, Any], in_shifts: set[str | None]) -> Iterator[str]:
    """Compare drones, spares, pilots, couriers and riders, which facts tell apart."""
    facts, pilots = run.facts, value_at(scenario, "pilots.count")
    if pilots is not None and "pilot" not in in_shifts and facts.pilots != pilots:
        yield f"facts: there are {facts.pilots} pilots, the scenario's pilots.count is {pilots}"
    for name, told in (("drones", facts.drones), ("spares", facts.spares)):
        value = value_at(scenario, f"fleet.{name}")
        meant = value if isinstance(value, int) else None
        if isinstance(value, Mapping):
            meant = sum(value.get(site, 0) for site in facts.takeoff_points)
        if meant is not None and told != meant:
            yield f"facts: there are {told} {name}, the scenario's fleet.{name} makes it {meant}"
    for resource, told_by in (("courier", facts.couriers), ("rider", facts.riders.get("count", {}))):
        for site, number in told_by.items():
            if facts.capacity.get(resource, {}).get(site, 0) != number:
                yield f"facts: {site} has {number} of {resource} by one table and another number by capacity"


def shift_texts(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find steps of the facts that are not what the rows of shifts add up to."""
    rows = dict[tuple[str, str], list[tuple[float, float, int]]]()
    for row in scenario.get("shifts", ()):
        resource, named = _PLURALS.get(str(row["what"]), str(row["what"])), row.get("site")
        sites = [_NETWORK] if resource == "pilot" else [named] if named else list(run.facts.takeoff_points)
        for site in sites:
            rows.setdefault((resource, site), []).append((seconds(row["from"]), seconds(row["to"]), int(row["count"])))
    told = {(resource, site) for resource, by_site in run.facts.shifts.items() for site in by_site}
    for resource, site in sorted(told | set(rows)):
        steps = run.facts.shifts.get(resource, {}).get(site, ())
        shifts = rows.get((resource, site), [])
        edges_s = sorted({time_s for row in shifts for time_s in row[:2]} | {time_s for time_s, _ in steps})
        for from_s in edges_s:
            meant = sum(count for begin_s, end_s, count in shifts if begin_s <= from_s < end_s)
            found = int(there(steps, np.array([from_s + _SHORTLY_S]))[0])
            if found != meant:
                yield f"facts: {found} of {resource} at {site} from {from_s:g} s, the scenario's shifts make it {meant}"
                break
