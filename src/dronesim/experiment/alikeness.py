"""How alike two scenarios are: the keys in which they differ, and how far their days are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dronesim.experiment.briefs import DayBrief, FileBrief, day_brief, hash_of
from dronesim.experiment.compose import Setting
from dronesim.scenario import Scenario
from dronesim.scenario.keys import NONE, shown, stated_keys
from dronesim.units import clock

NOT_COMPARED: Final = ("name", "description", "extends", "seed")
"""Keys that shape no day, or are the same for both."""
FILES: Final = ("map", "demand.file")
"""Keys that name a file: what counts is what it holds."""
_EMPTY: Final = "[]"
"""A list without rows, whose rows on the other side are keys of their own."""
_PROMISE: Final = ("service.radius_m", "service.limit_min", "service.clock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A key in which two scenarios differ, with both values as TOML has them; ``none`` where one has no such key."""

    key: str
    a: str
    b: str


def differing_keys(one: Scenario, two: Scenario) -> tuple[Differing, ...]:
    """List the keys in which two scenarios differ, in the order of the models; files differ by what they hold."""
    a, b = (dict(_values(scenario)) for scenario in (one, two))
    found = [Differing(key=key, a=a.get(key, NONE), b=b.get(key, NONE)) for key in dict.fromkeys([*a, *b])]
    return tuple(
        each
        for each in found
        if each.a != each.b and {each.a, each.b} != {NONE, _EMPTY} and not _is_one_file(one, two, each.key)
    )


def _values(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for stated in stated_keys(scenario):
        if stated.path not in NOT_COMPARED:
            yield stated.path, shown(stated.value)


def _is_one_file(one: Scenario, two: Scenario, key: str) -> bool:
    if key not in FILES:
        return False
    files = [scenario.map if key == "map" else scenario.demand.file for scenario in (one, two)]
    return len({None if file is None else hash_of(Path(file)) for file in files}) == 1


def notes_on(one: Setting, two: Setting, differing: Sequence[Differing], *, own_seed: int) -> tuple[str, ...]:
    """Say how alike the days of two settings are; ``own_seed`` is what the second one states by itself."""
    keys = {each.key for each in differing}
    notes = [_pairing(one, two)]
    if own_seed != one.scenario.seed:
        notes.append(f"B states seed {own_seed}; here both have seed {one.scenario.seed}, so that days are the same")
    if keys & set(_PROMISE):
        notes.append("the promise differs, so that on time does not mean the same on both sides")
    if one.scenario.costs.currency != two.scenario.costs.currency:
        notes.append("currencies differ, so that costs are left out")
    hours = [setting.resolved.rules.horizon for setting in (one, two)]
    if hours[0] != hours[1]:
        told = " and ".join(f"{clock(each.start_s)[:5]} to {clock(each.end_s)[:5]}" for each in hours)
        notes.append(f"opening hours differ ({told}): counts and costs are of days of different length")
    return tuple(notes)


def _pairing(one: Setting, two: Setting) -> str:
    """Say whether the days have the same orders, and if not, what makes them others."""
    a, b = _day(one), _day(two)
    if a == b:
        return "orders, kitchens, couriers' ways and customers are the same on every day"
    causes = []
    if a.ground.map != b.ground.map:
        causes.append("maps")
    if a.opening_s != b.opening_s:
        causes.append("opening hours")
    # hour shares follow the opening hours, and are no other demand by themselves
    if a.ground.trace != b.ground.trace or a.demand != replace(b.demand, hour_shares=a.demand.hour_shares):
        causes.append("demand, kitchens or customers")
    elif a.opening_s == b.opening_s and a.demand != b.demand:
        causes.append("hours of demand")
    what = " and ".join(causes)
    return f"orders are not the same, for {what} differ: pairing takes less chance away, and intervals are wider"


def _day(setting: Setting) -> DayBrief:
    """Give the brief of a setting's days with files told by what they hold, wherever they lie."""
    brief = day_brief(setting.ground, setting.resolved, seed=setting.scenario.seed)
    trace = brief.ground.trace
    ground = replace(brief.ground, map=_placeless(brief.ground.map), trace=None if trace is None else _placeless(trace))
    return replace(brief, ground=ground)


def _placeless(file: FileBrief) -> FileBrief:
    return replace(file, path="")
