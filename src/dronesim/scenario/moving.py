"""Demand that moves, settled: rows become moves in SI units, and what they may not ask for is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dronesim.demand.moves import worlds_of_demand
from dronesim.demand.specs import Move
from dronesim.errors import Problem
from dronesim.scenario.complaints import near_match
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.origins import Origins
from dronesim.units import clock
from dronesim.world import World


def moves_of(stated: Sequence[Any]) -> tuple[Move, ...]:
    """Give the moves in SI units."""
    return tuple(
        Move(
            place=row.place,
            from_s=seconds_of_day(getattr(row, "from")),
            to_s=seconds_of_day(row.to),
            factor=row.factor,
        )
        for row in stated
    )


def check_moves(
    stated: Sequence[Any], origins: Origins, world: World, *, has_trace: bool, opening_s: tuple[float, float]
) -> list[Problem]:
    """Find moves beside a trace, of places that are not there, out of hours, and times at which nobody orders."""
    if stated and has_trace:
        rule = 'must be left out with model = "trace": its orders name their places'
        return [origins.problem(("demand", "moves"), rule)]
    found = [
        origins.problem(("demand", "moves", number, key), rule, value=getattr(row, key), hint=hint)
        for number, row in enumerate(stated)
        for key, rule, hint in _flaws(row, world, opening_s)
    ]
    return found or [
        origins.problem(("demand", "moves"), rule) for rule in _left_with_nothing(stated, world, opening_s)
    ]


def _flaws(row: Any, world: World, opening_s: tuple[float, float]) -> Iterator[tuple[str, str, str | None]]:
    """Give key, rule and hint of what is wrong with a row by itself."""
    begin, (move,) = getattr(row, "from"), moves_of([row])
    places = (*world.merchants.ids, *world.communities.ids, *world.sites)
    if row.place not in places:
        rule = "is not a merchant, a community, a take-off point or an airport on the map"
        yield "place", rule, near_match(row.place, places)
    if move.to_s <= move.from_s:
        yield "to", f"must be later than from, {begin}; hours past midnight count on, as 25:30", None
    elif move.from_s >= opening_s[1] or move.to_s <= opening_s[0]:
        yield "from", f"lies outside the opening hours, {_span(*opening_s)}", None


def _left_with_nothing(stated: Sequence[Any], world: World, opening_s: tuple[float, float]) -> Iterator[str]:
    """Say when no merchant or no community has any weight."""
    for from_s, to_s, weighed in worlds_of_demand(world, moves_of(stated)) if stated else ():
        hours = max(from_s, opening_s[0]), min(to_s, opening_s[1])
        for kind, weight in (("merchant", weighed.merchant_weight), ("community", weighed.community_weight)):
            if hours[0] < hours[1] and not weight.sum() > 0:
                yield f"leave no {kind} with any weight from {_span(*hours)}"


def _span(from_s: float, to_s: float) -> str:
    return f"{clock(from_s)[:5]} to {clock(to_s)[:5]}"
