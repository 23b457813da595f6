"""The rows and texts of the STRESS-DES report that depend on what a scenario states."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dronesim.dispatch import POLICIES
from dronesim.letters import counted
from dronesim.report import words
from dronesim.scenario import Scenario
from dronesim.scenario.fields import Table
from dronesim.scenario.keys import REQUIRED, StatedKey, shown

Row = tuple[str, ...]

OWN: Final = "the planner's own"
_STRUCTURES: Final = {
    "free": "exact shortest paths around buildings and zones at every level, by Dijkstra over the corners that see "
    "each other; in wind the quickest ways",
    "airways": "shortest ways along the airways of the map, with their headways, capacities and levels",
}
_MODES: Final = {
    "none": "pads and hands are booked, nothing keeps drones apart in the air",
    "headway": "headways in the lanes of terminal areas and between followers on a route; crossing routes are not kept "
    "apart",
    "strategic": "the first departure of both legs, over all pairs of levels, at which no two flights come nearer than "
    "the minima; of every two segments the forbidden delays are one interval; the first gap of their union is taken",
}
_POWER: Final = (
    "hover by momentum theory, climb, drag and avionics; charging by constant current, then constant voltage"
)


def outputs(kpis: Mapping[str, Any]) -> list[Row]:
    """List the main key figures with their values and denominators."""
    service, door = kpis["service"], kpis["click_to_door_s"]
    used, air, cost = kpis["energy"], kpis["airspace"], kpis["cost"]
    losses, met = air["losses_of_separation"], air["terminal_meetings"]
    return [
        (
            "service level",
            words.percent(service["share"]),
            f"of {counted(service['orders'], 'placed order')} in range",
        ),
        ("ceiling", words.percent(service["ceiling"]), "the same orders with unlimited resources and no queues"),
        ("coverage", words.percent(service["coverage"]), "of all placed orders"),
        ("click-to-door, mean", words.minutes(door["mean"]), "delivered orders"),
        ("click-to-door, 95 % within", words.minutes(door["p95"]), "delivered orders"),
        ("ready-to-door, mean", words.minutes(kpis["ready_to_door_s"]["mean"]), "delivered orders"),
        ("drones on sorties", words.percent(kpis["fleet"]["utilization"]), "of opening hours"),
        ("energy", words.number(used["wh_per_order"], 0, "Wh"), "a delivered order"),
        ("delay by clearance, mean", words.number(air["clearance_wait_s"]["mean"], 1, "s"), "all flights"),
        ("losses of separation", "not counted" if losses is None else f"{losses:,}", "pairs of flights as flown"),
        (
            "nearer within terminal areas",
            "not counted" if met is None else f"{met:,}",
            "pairs of flights, left to lanes",
        ),
        ("cost", words.number(cost["per_order"], 2, cost["currency"]), "a delivered order"),
    ]


def changed(keys: Sequence[StatedKey]) -> list[Row]:
    """List the keys whose value is not the default."""
    return [
        (f"`{each.path}`", shown(each.value), each.key.default, each.key.text) for each in keys if not each.is_default
    ]


def inputs(keys: Sequence[StatedKey], aircraft: Mapping[str, Any]) -> list[Row]:
    """List every key with value, unit, letter, source and meaning; an override that is absent with the type's value."""
    return [
        (f"`{each.path}`", _value(each, aircraft), each.unit, each.key.letter or "-", _source(each), each.key.text)
        for each in keys
    ]


def _value(stated: StatedKey, aircraft: Mapping[str, Any]) -> str:
    table, _, name = stated.path.partition(".")
    if table == "drone" and stated.value is None and name in aircraft:
        return f"{_plain(aircraft[name])} (the type's)"
    return shown(stated.value)


def _source(stated: StatedKey) -> str:
    if stated.is_default:
        return stated.key.source
    return OWN if stated.key.default == REQUIRED else f"{OWN}; default {stated.key.default}: {stated.key.source}"


def sources(keys: Sequence[StatedKey]) -> list[Row]:
    """Group the keys by where their values come from; values that are not defaults are the planner's own."""
    groups = defaultdict[tuple[str, str], list[str]](list)
    for each in keys:
        group = (each.key.letter or "-", each.key.source) if each.is_default else ("-", OWN)
        groups[group].append(f"`{each.path}`")
    return [(letter, source, ", ".join(paths)) for (letter, source), paths in sorted(groups.items())]


def assumed(keys: Sequence[StatedKey]) -> str:
    """List the keys whose defaults are assumptions and are in use."""
    found = [f"`{each.path}`" for each in keys if each.key.letter == "E" and each.is_default]
    return ", ".join(found) or "none"


def resolved(facts: Mapping[str, Any]) -> list[Row]:
    """List what the run settled: the aircraft's numbers, the fleet and capacities by site, the batteries."""
    groups = {
        "aircraft": facts["aircraft"],
        "fleet": facts["fleet"],
        "batteries": facts["batteries"],
        "capacity": facts["capacity"],
    }
    return [(f"{group}: {name}", _plain(value)) for group, values in groups.items() for name, value in values.items()]


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def algorithms(scenario: Scenario, manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say in words what finds routes, clearances, drones and batteries here."""
    policy, air = scenario.dispatch.policy, scenario.airspace
    digest = manifest.get("policy", {}).get("source_sha256")
    rule = _first_line(POLICIES[policy]) if policy in POLICIES else "a policy of the planner's own, see `inputs/`"
    epochs = "whenever something happened" if not scenario.dispatch.interval_s else "in batches"
    return [
        ("Routes", _STRUCTURES[air.structure]),
        ("Clearance", f"`{air.mode}`: {_MODES[air.mode]}"),
        ("Dispatch", f"`{policy}`: {rule}; decides {epochs}. SHA-256 of its source: {digest or '**missing**'}"),
        ("Power and charging", _POWER),
        ("Couriers", "bound in the order of placing; each leaves so as to arrive when the kitchen is expected to end"),
    ]


def _first_line(policy: object) -> str:
    return (inspect.getdoc(policy) or "no description").partition("\n")[0].rstrip(".")


def entities(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Row]:
    """List what moves through the model, with where it comes from and goes."""
    orders, fleet = kpis["orders"], facts["fleet"]
    return [
        ("order", f"{orders['placed']:,}", "placed by a customer", words.end_states(orders)),
        (
            "drone",
            f"{fleet['drones']:,}",
            "stands at its take-off point at opening",
            "stays; lost ones are replaced by spares",
        ),
        ("spare drone", f"{fleet['spares']:,}", "after a loss", "stays"),
        ("pack", f"{facts['batteries']['packs']:,}", "charged at opening", "stays"),
        ("sortie", f"{kpis['fleet']['sorties']:,}", "booked whole by the dispatcher", "the drone is home"),
    ]


def processing(scenario: Scenario, facts: Mapping[str, Any]) -> list[str]:
    """Say what was done to the data before the day began."""
    air, sites = scenario.airspace, facts["sites"]
    places = f"{len(sites['takeoff_points'])} take-off points and {len(sites['airports'])} airports"
    told = [
        f"The map's longitudes and latitudes became local metres once: {places}.",
        f"Buildings and zones were grown by {air.obstacle_clearance_m:g} m.",
        f"A building is in the way at levels that are less than {air.roof_margin_m:g} m above its roof.",
        f"Drones were spread over take-off points: {_plain(facts['fleet']['by_takeoff_point'])}.",
    ]
    if scenario.demand.model == "trace":
        return [*told, "Orders were read from a file; masses and preparation times that it leaves open were drawn."]
    return [*told, "The hour profile was cut to the opening hours; no order was left out or made up afterwards."]


def laws(scenario: Scenario) -> list[Row]:
    """List the random quantities of a day with their laws, as stated."""
    demand, customers, faults = scenario.demand, scenario.customers, scenario.faults
    volume = "read from a file" if demand.model == "trace" else f"Poisson, mean {demand.orders:g} a day"
    hours = "read from a file" if demand.model == "trace" else f"by the hour profile {shown(demand.profile)}"
    patience = customers.patience_min
    return [
        ("number of orders", volume),
        ("times of placing", hours),
        *_laws_in(demand),
        ("preparation", _law(scenario.kitchens.preparation)),
        ("collection", f"lognormal, {_law(customers.collection)}"),
        ("patience", "never cancels" if patience is None else f"exponential, mean {patience:g} min"),
        ("no-shows, bad scans", f"{customers.no_show_share:g} and {customers.bad_scan_share:g} of the customers"),
        ("failures", f"exponential budget of flight-hours a drone, {faults.failures_per_flight_hour:g} an hour"),
        ("tracking error", f"normal, {scenario.airspace.tracking_error_m:g} m, cut off at a bound"),
    ]


def _laws_in(table: Table) -> list[Row]:
    """List the laws that a table holds as tables of their own, by what they are for."""
    fields = type(table).model_fields
    return [(fields[name].description or name, _law(value)) for name, value in table if isinstance(value, Table)]


def _law(table: Any) -> str:
    values = table.model_dump()
    kind = [str(values.pop("kind"))] if "kind" in values else []
    return ", ".join([*kind, *(f"{name} {_plain(value)}" for name, value in values.items())])
