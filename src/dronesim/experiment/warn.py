"""What a planner should know before a day is run, though it is legal."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.experiment.compose import Setting
from dronesim.record.resources import named
from dronesim.scenario.fields import Table, seconds_of_day
from dronesim.scenario.orders import DemandTable
from dronesim.scenario.staffing import stated_shifts
from dronesim.simulation import SimulationInputs
from dronesim.units import clock
from dronesim.weather import is_flyable

_DRAWN_ONLY: Final = ("orders", "profile", "choice")
_TRACE_ONLY: Final = ("file", "trace_factor", "trace_shift_min")
"""Keys of demand that one model uses, and the other needs none of."""
_STATED: Final = frozenset({"orders", "file"})
"""These have no default, so that somebody states them who has them."""


_OF_AGEING: Final = ("ageing_exponent", "calendar_loss_per_day", "retire_below", "cycles_per_day")
"""Keys of batteries that say how packs age, if they do."""


def warnings_of(setting: Setting, inputs: SimulationInputs) -> list[str]:
    """Word the warnings about one day, most serious first; none for a day without anything odd."""
    return [
        *_storms(inputs),
        *_never_flyable(inputs),
        *_out_of_hours(inputs),
        *_without_drones(setting),
        *_sites_in_zones(inputs),
        *_shifts(setting),
        *_unused(setting),
        *_switched_off(setting),
    ]


def _storms(inputs: SimulationInputs) -> list[str]:
    """Say that no drone flies all day, whatever the level."""
    kind, at_levels = inputs.aircraft.drone_type, [wind for _, winds in inputs.winds for wind in winds]
    if any(is_flyable(wind, limit_mps=kind.wind_limit_mps) for wind in at_levels):
        return []
    least_mps = min(wind.speed_mps for wind in at_levels)
    limit = f"above the limit of {kind.name}, {kind.wind_limit_mps:g} m/s"
    return [
        f"no drone flies all day: even at the lowest level it blows {least_mps:.1f} m/s, {limit} (weather.wind_mps)"
    ]


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
    """Name those whose last shift is over before the day is, and shifts that lie outside the day."""
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
    return late + outside


def _unused(setting: Setting) -> list[str]:
    """Name keys of demand that are stated and not used by its model."""
    demand, trace = setting.scenario.demand, setting.trace
    of_other = _DRAWN_ONLY if trace is not None else _TRACE_ONLY
    plain = DemandTable(orders=1.0)
    stated = {key: getattr(demand, key) for key in of_other if getattr(demand, key) is not None}
    unused = [f"demand.{key}" for key, value in stated.items() if key in _STATED or value != getattr(plain, key)]
    if not unused:
        return []
    if trace is None:
        return [f'{", ".join(unused)}: not used with demand.model = "poisson"']
    way_out = "demand.trace_factor thins or multiplies them"
    return [f"{', '.join(unused)}: not used, for the {len(trace):,} orders of a trace are the day; {way_out}"]


def _switched_off(setting: Setting) -> list[str]:
    """Name keys of ageing and of maintenance that are stated where packs don't age and nobody inspects."""
    scenario, rules = setting.scenario, setting.resolved.rules
    found = []
    if rules.batteries.ageing is None:
        keys = _changed("batteries", scenario.batteries, _OF_AGEING) + _changed(
            "costs", scenario.costs, ("pack_price",)
        )
        found += [f"{', '.join(keys)}: not used without batteries.cycles_to_80"] if keys else []
    if rules.care is None:
        names = tuple(type(scenario.maintenance).model_fields)
        keys = _changed("maintenance", scenario.maintenance, names)
        switches = "maintenance.inspect_after_sorties or inspect_after_flight_h"
        found += [f"{', '.join(keys)}: not used without {switches}"] if keys else []
    return found


def _changed(path: str, table: Table, names: tuple[str, ...]) -> list[str]:
    """List keys of a table that say something else than their defaults."""
    fields = type(table).model_fields
    return [f"{path}.{name}" for name in names if getattr(table, name) != fields[name].default]
