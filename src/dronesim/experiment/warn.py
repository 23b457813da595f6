"""What a planner should know before a day is run, though it is legal."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from dronesim.comms import united
from dronesim.experiment.compose import Setting
from dronesim.experiment.oddities import odd
from dronesim.experiment.unused import unused_keys
from dronesim.record.resources import named
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.staffing import stated_shifts
from dronesim.scenario.weather_source import TOLD_WEATHER
from dronesim.simulation import SimulationInputs
from dronesim.units import HOUR, clock
from dronesim.weather import is_flyable

_ROUNDED_MPS: Final = 1.0
"""So far below the mean wind a gust may be by the rounding of both, as of knots."""


def warnings_of(setting: Setting, inputs: SimulationInputs) -> list[str]:
    """Word the warnings about one day, most serious first; none for a day without anything odd."""
    return [
        *_storms(inputs),
        *_never_flyable(inputs),
        *_out_of_hours(inputs),
        *_empty_hours(setting),
        *_without_drones(setting),
        *setting.world.notes,
        *_sites_in_zones(inputs),
        *_shifts(setting),
        *_forgotten(setting),
        *_gusts(inputs),
        *odd(setting, inputs),
        *unused_keys(setting, inputs),
    ]


def _storms(inputs: SimulationInputs) -> list[str]:
    """Say that no drone flies all day, whatever the level."""
    kind, at_levels = inputs.aircraft.drone_type, [wind for _, winds in inputs.winds for wind in winds]
    if any(is_flyable(wind, limit_mps=kind.wind_limit_mps) for wind in at_levels):
        return []
    least_mps = min(wind.speed_mps for wind in at_levels)
    limit = f"above the limit of {kind.name}, {kind.wind_limit_mps:g} m/s"
    where = "weather.wind_mps" if not inputs.weather else "weather"
    return [f"no drone flies all day: even at the lowest level it blows {least_mps:.1f} m/s, {limit} ({where})"]


def _never_flyable(inputs: SimulationInputs) -> list[str]:
    """Say that the weather lets no drone fly all day."""
    horizon = inputs.rules.horizon
    for stop in inputs.sky().no_go:
        if stop.from_s <= horizon.start_s and stop.to_s >= horizon.end_s:
            kind = inputs.aircraft.drone_type.name
            return [f"no drone flies all day: the weather is beyond a limit of {kind} from the opening on ({stop.why})"]
    return []


def _sites_in_zones(inputs: SimulationInputs) -> list[str]:
    """Say when sites lie in a no-fly zone with hours, and what follows."""
    homes, ids = inputs.places.takeoff_points, inputs.places.ids
    rule = inputs.rules.airports.when_closed
    return [
        f"{ids[closure.site]} lies in a no-fly zone from {clock(closure.from_s)[:5]} to {clock(closure.to_s)[:5]}: "
        + (
            "no drone takes off or lands there then, and its orders are refused"
            if closure.site < homes
            else f'the airport is closed then (airports.when_closed = "{rule}")'
        )
        for closure in inputs.closures
    ]


def _out_of_hours(inputs: SimulationInputs) -> list[str]:
    placed_s, horizon = inputs.orders.placed_s, inputs.rules.horizon
    outside = int(np.count_nonzero((placed_s < horizon.start_s) | (placed_s > horizon.end_s)))
    if not outside:
        return []
    hours = f"the opening hours, {clock(horizon.start_s)[:5]} to {clock(horizon.end_s)[:5]}"
    if outside == len(placed_s):
        return [f"no order falls into {hours}, so all are refused (horizon.start, horizon.end)"]
    return [f"{outside:,} of {len(placed_s):,} orders are placed outside {hours}, and are refused"]


def _empty_hours(setting: Setting) -> list[str]:
    """Name opening hours in which the profile has no orders, which all come in the others."""
    if setting.trace is not None:
        return []
    horizon, shares = setting.resolved.rules.horizon, setting.resolved.demand.hour_shares
    empty = [hour * HOUR for hour, share in enumerate(shares) if share == 0.0]
    spans = united((max(horizon.start_s, at_s), min(horizon.end_s, at_s + HOUR)) for at_s in empty)
    if not spans:
        return []
    when = " and ".join(f"from {clock(from_s)[:5]} to {clock(to_s)[:5]}" for from_s, to_s in spans)
    open_h = (horizon.end_s - horizon.start_s) / HOUR
    left_h = open_h - sum(to_s - from_s for from_s, to_s in spans) / HOUR
    others = f"all come in the other {left_h:.3g} of {open_h:.3g} opening hours"
    return [f"no order is placed {when}: the profile has no weight there, and {others} (demand.profile)"]


def _without_drones(setting: Setting) -> list[str]:
    """Name take-off points that have demand and no drone, where none can come from another."""
    fleet = setting.resolved.rules.fleet
    if fleet.is_shared:
        return []
    rows = zip(setting.world.takeoff_points.ids, setting.resolved.expected_demand, fleet.drones, strict=True)
    bare = [f"{name} ({share:.1%} of the orders)" for name, share, drones in rows if share > 0 and not drones]
    if not bare:
        return []
    way_out = "state fleet.drones for every take-off point, or set fleet.is_shared=true"
    return [f"no drone at {', '.join(bare)}: their orders wait in vain; {way_out}"]


def _shifts(setting: Setting) -> list[str]:
    """Name those who are not there for a part of the day, and shifts that lie outside it."""
    rules, found = setting.resolved.rules, dict[tuple[str, float], list[str]]()
    from_s, over_s = rules.horizon.start_s, rules.horizon.end_s + rules.horizon.drain_s
    for name, sites in rules.shifts.items():
        for site, steps in sites.items():
            found.setdefault((named(name).plural, steps[-1][0]), []).append(site)
    late = [
        f"no {plural} at {', '.join(sites)} from {clock(last_s)[:5]} on, while the day may drain until "
        f"{clock(over_s)[:5]}: orders that still need one then wait in vain (shifts)"
        for (plural, last_s), sites in found.items()
        if last_s < over_s
    ]
    hours = [(row, getattr(row, "from"), row.to) for row in stated_shifts(setting.scenario)]
    outside = [
        f"the shift of {row.what} from {begin} to {end} lies outside the day"
        for row, begin, end in hours
        if seconds_of_day(end) <= from_s or seconds_of_day(begin) >= over_s
    ]
    return _absent(setting) + late + outside


def _absent(setting: Setting) -> list[str]:
    """Say from when until when in the opening hours nobody is there yet, or between two shifts."""
    rules, found = setting.resolved.rules, dict[tuple[str, float, float], list[str]]()
    opens_s, closes_s = rules.horizon.start_s, rules.horizon.end_s
    for name, sites in rules.shifts.items():
        for site, steps in sites.items():
            for (from_s, count), (to_s, _) in pairwise([(opens_s, 0), *steps]):
                if count == 0 and to_s > max(from_s, opens_s) and from_s < closes_s:
                    found.setdefault((named(name).plural, max(from_s, opens_s), min(to_s, closes_s)), []).append(site)
    return [
        f"no {plural} at {', '.join(sites)} from {clock(from_s)[:5]} to {clock(to_s)[:5]}: orders that need one then "
        "wait for the shift, and may be told as waiting for what else stood in the way last, as a pad or clearance"
        for (plural, from_s, to_s), sites in found.items()
    ]


def _forgotten(setting: Setting) -> list[str]:
    """Name what is told of the weather until a change that doesn't tell it: from then on it is not counted."""
    weather, found = setting.scenario.weather, []
    for number, (before, after) in enumerate(pairwise([weather, *weather.changes])):
        lost = [name for name in TOLD_WEATHER if getattr(before, name) is not None and getattr(after, name) is None]
        if lost:
            rule = f"doesn't tell {', '.join(lost)} again, so that nothing is known, nor counted, of it"
            found.append(f"weather.changes[{number}]: {rule} from {weather.changes[number].at} on")
    return found


def _gusts(inputs: SimulationInputs) -> list[str]:
    """Say when a gust is below the mean wind, which no gust is: columns may be mixed up, or codes for unknown ones."""
    for row in inputs.weather:
        if row.gust_mps is not None and row.gust_mps < row.wind.speed_mps - _ROUNDED_MPS:
            told = f"a gust of {row.gust_mps:g} m/s in a mean wind of {row.wind.speed_mps:g} m/s"
            return [
                f"weather: at {clock(row.from_s)[:5]} it tells {told}, and no gust is below it; are columns mixed up?"
            ]
    return []
