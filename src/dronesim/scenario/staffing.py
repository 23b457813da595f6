"""Shifts settled: the rows of each resource and site become steps, in place of the number that holds all day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from dronesim.errors import Problem
from dronesim.record.resources import NETWORK, RESOURCES, Resource
from dronesim.scenario.complaints import near_match
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.model import Scenario
from dronesim.simulation.presence import Steps, added_up
from dronesim.simulation.rules import Rules
from dronesim.world import World

_STAND_ALL_DAY: Final = ("drone",)
"""What shifts put into service, and do not replace: how many there are still counts."""


def with_shifts(scenario: Scenario, world: World, rules: Rules) -> Rules:
    """Give the rules with the steps of all shifts, and the most that are at work at once as numbers of people."""
    if not scenario.shifts:
        return rules
    homes = world.takeoff_points.ids
    shifts = {row.name: _by_site(scenario, row, homes) for row in RESOURCES if row.has_shifts}
    shifts = {name: sites for name, sites in shifts.items() if sites}
    return replace(
        rules,
        shifts=shifts,
        couriers=replace(rules.couriers, count=_most(rules.couriers.count, shifts.get("courier", {}), homes)),
        takeoff_points=replace(
            rules.takeoff_points, loaders=_most(rules.takeoff_points.loaders, shifts.get("loader", {}), homes)
        ),
        riders=replace(rules.riders, count=_most(rules.riders.count, shifts.get("rider", {}), homes)),
        pilots=replace(rules.pilots, count=_most((rules.pilots.count,), shifts.get("pilot", {}), (NETWORK,))[0]),
    )


def stated_shifts(scenario: Scenario) -> tuple[Any, ...]:
    """Give the rows; their model is made, so nobody knows its fields before it runs."""
    return scenario.shifts


def _by_site(scenario: Scenario, resource: Resource, homes: tuple[str, ...]) -> dict[str, Steps]:
    rows = [
        (at, *_row(row)) for row in stated_shifts(scenario) if row.what == resource.plural for at in _sites(row, homes)
    ]
    named = {at: added_up([row[1:] for row in rows if row[0] == at]) for at in dict.fromkeys(row[0] for row in rows)}
    return {at: steps for at, steps in named.items() if steps}


def _sites(row: Any, homes: tuple[str, ...]) -> tuple[str, ...]:
    """Name the sites that a row is for: one, all take-off points, or the network."""
    if row.what == "pilots":
        return (NETWORK,)
    return homes if row.site is None else tuple(home for home in homes if home == row.site)


def _row(row: Any) -> tuple[float, float, int]:
    return seconds_of_day(getattr(row, "from")), seconds_of_day(row.to), row.count


def _most(counts: tuple[int, ...], shifts: dict[str, Steps], sites: tuple[str, ...]) -> tuple[int, ...]:
    """Give the most at work at once where there are shifts, else the number that holds all day."""
    return tuple(
        max(step[1] for step in shifts[site]) if site in shifts else count
        for site, count in zip(sites, counts, strict=True)
    )


# numbers that shifts replace


def replaced_by_shifts() -> Iterator[Resource]:
    """List the resources whose number means nothing wherever there are shifts of them."""
    yield from (row for row in RESOURCES if row.has_shifts and row.name not in _STAND_ALL_DAY)


def are_replaced(scenario: Scenario, resource: Resource, sites: Sequence[str], homes: tuple[str, ...]) -> bool:
    """Tell whether shifts are there in place of a resource's number at all of some sites, or, of none, wherever it is.

    ``homes``: the take-off points of the map.
    """
    rows = [row for row in stated_shifts(scenario) if row.what == resource.plural]
    return bool(rows) and {at for row in rows for at in _sites(row, homes)}.issuperset(
        sites or _all_sites(resource, homes)
    )


def no_effect(resource: Resource) -> str:
    """Say that a number of them means nothing."""
    return f"has no effect: [[shifts]] of {resource.plural} tell how many there are"


def _all_sites(resource: Resource, homes: tuple[str, ...]) -> tuple[str, ...]:
    return (NETWORK,) if resource.site == NETWORK else homes


# what can't be


def check_shifts(scenario: Scenario, world: World, rules: Rules) -> list[Problem]:
    """Find shifts at sites that are not there, that end before they begin, of too many drones, and hours that miss."""
    rows = [
        problem
        for number, row in enumerate(stated_shifts(scenario))
        for key, rule, hint in _flaws(row, world.takeoff_points.ids)
        for problem in [scenario.origins.problem(("shifts", number, key), rule, value=getattr(row, key), hint=hint)]
    ]
    return rows or [*_missing(scenario, rules), *_too_many(scenario, world, rules)]


def _flaws(row: Any, homes: tuple[str, ...]) -> Iterator[tuple[str, str, str | None]]:
    """Give key, rule and hint of what is wrong with a row by itself."""
    from_s, to_s, _ = _row(row)
    if row.site is not None and row.what == "pilots":
        yield "site", "must be left out: pilots belong to the whole network", None
    elif row.site is not None and row.site not in homes:
        yield "site", f"is not a take-off point on the map, which has {', '.join(homes)}", near_match(row.site, homes)
    if to_s <= from_s:
        yield "to", f"must be later than from, {getattr(row, 'from')}; hours past midnight count on, as 25:30", None


def _missing(scenario: Scenario, rules: Rules) -> Iterator[Problem]:
    """Find resources of which nobody is there at any time of the opening hours."""
    horizon = rules.horizon
    for name, sites in rules.shifts.items():
        for site, steps in sites.items():
            ends = [*(at_s for at_s, _ in steps[1:]), float("inf")]
            is_open = [
                count and at_s < horizon.end_s and until_s > horizon.start_s
                for (at_s, count), until_s in zip(steps, ends, strict=True)
            ]
            if not any(is_open):
                rule = f"has no {name} at {site} at any time of the opening hours"
                yield scenario.origins.problem(("shifts", _first(scenario, name, site), "from"), rule)


def _too_many(scenario: Scenario, world: World, rules: Rules) -> Iterator[Problem]:
    """Find more drones in service than there are."""
    owned = dict(zip(world.takeoff_points.ids, rules.fleet.drones, strict=True))
    for site, steps in rules.shifts.get("drone", {}).items():
        most = max(count for _, count in steps)
        if most > owned[site]:
            rule = f"has {most} drones in service at {site} at once, which has {owned[site]} (fleet.drones)"
            yield scenario.origins.problem(("shifts", _first(scenario, "drone", site), "count"), rule)


def _first(scenario: Scenario, name: str, site: str) -> int:
    """Number the first row for a resource at a site."""
    plural = next(row.plural for row in RESOURCES if row.name == name)
    rows = enumerate(stated_shifts(scenario))
    return next(number for number, row in rows if row.what == plural and row.site in (None, site))
