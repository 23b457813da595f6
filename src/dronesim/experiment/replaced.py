"""Refuses to vary a number that shifts replace: nothing would come of it."""

from __future__ import annotations

from dronesim.errors import InputError, Problem
from dronesim.experiment.briefs import ground_brief, read_world
from dronesim.record.resources import RESOURCES
from dronesim.scenario import Scenario
from dronesim.scenario.staffing import stated_shifts

STAND_ALL_DAY = ("drone",)
"""What shifts put into service, and do not replace: how many there are still counts."""


def check_counts(scenario: Scenario, key: str, *, option: str) -> None:
    """See that a number, or one of a table by site, still counts beside the shifts.

    Raises
    ------
    InputError
        Shifts tell how many there are wherever the number would.
    """
    resource = next(
        (
            row
            for row in RESOURCES
            if row.has_shifts and row.name not in STAND_ALL_DAY and key.startswith(row.key or "-")
        ),
        None,
    )
    if resource is None:
        return
    sites = {row.site for row in stated_shifts(scenario) if row.what == resource.plural}
    if not sites:
        return
    homes = set(read_world(ground_brief(scenario)).takeoff_points.ids)
    own = key.removeprefix(resource.key or "").removeprefix(".")
    asked = {own} if own else homes
    if None in sites or asked <= sites:
        rule = (
            f"has no effect: [[shifts]] of {resource.plural} tell how many there are; change their count, or drop them"
        )
        raise InputError([Problem(file="command line", key=option, rule=rule, value=key)])
