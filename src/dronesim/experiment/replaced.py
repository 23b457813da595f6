"""Refuses to vary a number that shifts replace: nothing would come of it."""

from __future__ import annotations

from dronesim.errors import InputError, Problem
from dronesim.experiment.briefs import ground_brief, read_world
from dronesim.scenario import Scenario
from dronesim.scenario.staffing import are_replaced, no_effect, replaced_by_shifts


def check_counts(scenario: Scenario, key: str, *, option: str) -> None:
    """See that a number, or one of a table by site, still counts beside the shifts.

    Raises
    ------
    InputError
        Shifts tell how many there are wherever the number would.
    """
    resource = next((row for row in replaced_by_shifts() if key.startswith(row.key or "-")), None)
    if resource is None or not scenario.shifts:
        return
    own = key.removeprefix(resource.key or "").removeprefix(".")
    homes = read_world(ground_brief(scenario)).takeoff_points.ids
    if are_replaced(scenario, resource, [own] if own else [], homes):
        rule = f"{no_effect(resource)}; change their count, or drop them"
        raise InputError([Problem(file="command line", key=option, rule=rule, value=key)])
