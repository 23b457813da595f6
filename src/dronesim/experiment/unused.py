"""Keys that a planner states and that shape nothing, since what they say more about is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dronesim.experiment.compose import Setting
from dronesim.scenario import Scenario
from dronesim.scenario.fields import Table
from dronesim.scenario.orders import DemandTable
from dronesim.scenario.staffing import are_replaced, replaced_by_shifts
from dronesim.simulation import Rules, SimulationInputs

_DRAWN_ONLY: Final = ("orders", "profile", "choice")
_TRACE_ONLY: Final = ("file", "trace_factor", "trace_shift_min")
"""Keys of demand that one model uses, and the other needs none of."""
_STATED: Final = frozenset({"orders", "file"})
"""These have no default, so that somebody states them who has them."""
_OF_AGEING: Final = ("ageing_exponent", "calendar_loss_per_day", "retire_below", "cycles_per_day")
"""Keys of batteries that say how packs age, if they do."""
_OF_TOLD_WEATHER: Final = (
    "again_share",
    "again_min",
    "look_ahead_min",
    "forecast",
    "forecast_error",
    "forecast_error_c",
    "aloft",
    "acts_on_packs",
    "pack_share_0c",
    "pack_share_minus_20c",
    "acts_on_air",
    "pressure_pa",
    "rated_density_kgm3",
)
"""Keys that count where more of the weather is told than its winds."""


def unused_keys(setting: Setting, inputs: SimulationInputs) -> list[str]:
    """Word which keys are stated and not used, and without what."""
    found = [f"{', '.join(keys)}: not used without {switch}" for keys, switch in _switched_off(setting, inputs) if keys]
    return [*_of_demand(setting), *_of_shifts(setting), *found]


def _of_shifts(setting: Setting) -> list[str]:
    """Name numbers of people that are stated, and that shifts replace wherever they would count."""
    scenario, homes = setting.scenario, setting.world.takeoff_points.ids
    found = []
    for resource in replaced_by_shifts():
        table, _, name = (resource.key or "").partition(".")
        holder = getattr(scenario, table)
        value = getattr(holder, name)
        sites = list(value) if isinstance(value, dict) else []
        if _changed(table, holder, (name,)) and are_replaced(scenario, resource, sites, homes):
            found.append(f"{resource.key}: not used, for [[shifts]] of {resource.plural} tell how many there are")
    return found


def _of_demand(setting: Setting) -> list[str]:
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


def _switched_off(setting: Setting, inputs: SimulationInputs) -> Iterator[tuple[list[str], str]]:
    """List the keys of what is switched off, each time with the key that would switch it on."""
    scenario, rules = setting.scenario, setting.resolved.rules
    yield from _of_things(scenario, rules)
    yield from _of_flights(scenario)
    yield from _of_people(setting)
    if rules.weather is None or not inputs.weather:
        told = 'more of the weather than its winds (weather.gust_mps, a file ...), or weather.go_rule = "all"'
        yield _changed("weather", scenario.weather, _OF_TOLD_WEATHER), told
    elif scenario.weather.forecast != "series":
        keys = _changed("weather", scenario.weather, ("forecast_error", "forecast_error_c"))
        yield keys, 'weather.forecast = "series"'


def _of_things(scenario: Scenario, rules: Rules) -> Iterator[tuple[list[str], str]]:
    """List keys of packs, of drones' upkeep, and of what fails on the ground."""
    if rules.batteries.ageing is None:
        keys = _changed("batteries", scenario.batteries, _OF_AGEING)
        yield keys + _changed("costs", scenario.costs, ("pack_price",)), "batteries.cycles_to_80"
    if rules.care is None:
        switches = "maintenance.inspect_after_sorties or inspect_after_flight_h"
        yield _changed("maintenance", scenario.maintenance, _others(scenario.maintenance)), switches
    for name in type(scenario.faults).model_fields:
        fault = getattr(scenario.faults, name)
        if isinstance(fault, Table) and getattr(fault, "every_h", None) == 0:
            yield _changed(f"faults.{name}", fault, _others(fault)), f"faults.{name}.every_h"
    if not any(rules.riders.count):
        yield _changed("riders", scenario.riders, _others(scenario.riders, "per_takeoff_point")), _RIDERS


_RIDERS: Final = "riders.per_takeoff_point"


def _of_flights(scenario: Scenario) -> Iterator[tuple[list[str], str]]:
    """List keys of landings that are missed, of excursions, and of a lost link."""
    navigation, link = scenario.navigation, scenario.link
    if navigation.misses.kind == "none":
        yield _changed("navigation", navigation, ("go_around_s",)), "navigation.misses"
    if not navigation.excursions_per_h:
        yield _changed("navigation", navigation, ("excursion_m",)), "navigation.excursions_per_h"
    if link.outages.kind == "none" and not any(event.kind == "link_loss" for event in scenario.events):
        keys = _changed("link", link, ("by", "hold_after_s", "act_after_s", "after"))
        yield keys, "link.outages, or an event of kind link_loss"


def _of_people(setting: Setting) -> Iterator[tuple[list[str], str]]:
    """List keys of risk and noise where nobody is below or hears anything."""
    scenario = setting.scenario
    if setting.resolved.risk is None:
        keys = _changed("risk", scenario.risk, _others(scenario.risk, "people_per_km2"))
        yield keys, "risk.people_per_km2, or an area of kind people on the map"
    noise, homes = scenario.noise, ("home_limit_dba", "home_overflights_max")
    if not noise.at_homes:
        yield _changed("noise", noise, homes), "noise.at_homes"
    if setting.resolved.noise is None:
        keys = _changed("noise", noise, tuple(name for name in _others(noise, "at_homes") if name not in homes))
        yield keys, "noise.at_homes, or a place on the map"


def _others(table: Table, switch: str = "") -> tuple[str, ...]:
    """List the keys of a table beside the one that switches it on."""
    return tuple(name for name in type(table).model_fields if name != switch)


def _changed(path: str, table: Table, names: Sequence[str]) -> list[str]:
    """List keys of a table that say something else than their defaults."""
    fields = type(table).model_fields
    return [
        f"{path}.{name}"
        for name in names
        if getattr(table, name) != fields[name].get_default(call_default_factory=True)
    ]
