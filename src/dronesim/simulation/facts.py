"""Facts of a day that its tables can't say: capacities, hours, promises, minima, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from numpy.typing import NDArray

from dronesim.aircraft import Multirotor
from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.record.facts import (
    ANYWHERE,
    WHERE_IT_IS,
    AirspaceFacts,
    CourierFacts,
    DispatchFacts,
    Facts,
    HorizonFacts,
    RiderFacts,
    RouteFacts,
    SiteFacts,
    SitesFacts,
    WindFacts,
)
from dronesim.record.means_facts import (
    AgeingFacts,
    AircraftFacts,
    BatteryFacts,
    CareFacts,
    FleetFacts,
    HandlingFacts,
    HandlingTimesFacts,
)
from dronesim.record.resources import (
    AIRPORT,
    EVERY_SITE,
    HOLDERS,
    NETWORK,
    RESOURCES,
    TAKEOFF_POINT,
    Resource,
    counted,
    in_all,
    named,
)
from dronesim.record.trouble_facts import (
    ClosureFacts,
    LinkFacts,
    NavigationFacts,
    OutageFacts,
    PositionFacts,
    UnmetFacts,
)
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.packs import healths
from dronesim.simulation.rules import AirspaceRules, DispatchRules, Rules
from dronesim.simulation.swaps import Swaps
from dronesim.simulation.tracks import DRIFT_SLOPE, Separation
from dronesim.simulation.weather_facts import weather_facts
from dronesim.units import MS, to_ms
from dronesim.weather import Wind

_OTHERS: Final = ("final_hover_s", "air_density_kgm3")
_FROM_DRONE_TYPE: Final = tuple(field.name for field in fields(AircraftFacts) if field.name not in _OTHERS)


def collect_facts(
    inputs: SimulationInputs,
    *,
    closed_ms: int,
    packs: int,
    routes: list[tuple[int, int, float, NDArray[Any]]],
    separation: Separation,
    closures: tuple[ClosureFacts, ...],
    maintenance: CareFacts | None,
    outages: tuple[OutageFacts, ...],
    landings: Mapping[int, int],
    link: LinkFacts | None = None,
    position: PositionFacts | None = None,
    swaps: Swaps | None = None,
    unmet: tuple[UnmetFacts, ...] = (),
    exposure: tuple[RiskFacts | None, NoiseFacts | None] = (None, None),
) -> dict[str, Any]:
    """Put together what ``facts.json`` holds.

    ``routes``: origin, destination, level and corners of each; ``separation``: what was counted of the flown
    paths, empty if nothing was; ``exposure``: risk and noise, where they are counted.
    """
    rules = inputs.rules
    homes = inputs.places.ids[: inputs.places.takeoff_points]
    facts = Facts(
        name=inputs.name,
        policy=inputs.policy_name,
        seed=inputs.seed,
        replication=inputs.replication,
        horizon=HorizonFacts(start_s=rules.horizon.start_s, end_s=rules.horizon.end_s, closed_s=closed_ms / MS),
        service=rules.service,
        demand=inputs.demand,
        sites=_sites(inputs),
        capacity=_capacities(inputs, packs),
        fleet=_fleet(inputs, homes, landings),
        aircraft=_aircraft(inputs.aircraft),
        batteries=_batteries(inputs),
        handling=_handling(rules),
        airspace=_airspace(rules.airspace),
        winds=tuple(_wind(from_s, winds, rules.airspace.levels_m) for from_s, winds in inputs.winds),
        pilots=rules.pilots,
        couriers=_couriers(rules, homes),
        prices=rules.prices,
        routes=tuple(_route(inputs.places.ids, *route) for route in routes),
        separation=separation.counted,
        terminal_meetings=separation.by_site,
        dispatch=_dispatch(rules.dispatch),
        closures=closures,
        link=link,
        position=position,
        navigation=_navigation(rules, loses_position=position is not None),
        handling_times=_handling_times(inputs, swaps),
        maintenance=maintenance,
        outages=outages or None,
        unmet=unmet or None,
        riders=_riders(rules, homes),
        shifts=rules.shifts or None,
        risk=exposure[0],
        noise=exposure[1],
        weather=weather_facts(inputs),
    )
    return facts.content()


def _dispatch(rules: DispatchRules) -> DispatchFacts:
    return DispatchFacts(
        interval_s=rules.interval_s,
        assign_ahead_s=rules.assign_ahead_s,
        may_refuse=rules.may_refuse or None,
        extra_walk_m=rules.extra_walk_m or None,
        may_keep_packs=rules.may_keep_packs or None,
    )


def _navigation(rules: Rules, *, loses_position: bool) -> NavigationFacts | None:
    """Give the facts of navigation, None where nothing of it goes wrong."""
    stated = rules.navigation
    if not loses_position and not stated.miss_share and not stated.excursions_per_h:
        return None
    excursion_m = stated.excursion_m if stated.excursions_per_h else 0.0
    return NavigationFacts(go_around_s=stated.go_around_s, excursion_m=excursion_m)


def _sites(inputs: SimulationInputs) -> SitesFacts:
    places = inputs.places
    rows = tuple(
        SiteFacts(id=name, x_m=float(x_m), y_m=float(y_m))
        for name, (x_m, y_m) in zip(places.ids, places.xy, strict=True)
    )
    return SitesFacts(takeoff_points=rows[: places.takeoff_points], airports=rows[places.takeoff_points :])


def _fleet(inputs: SimulationInputs, homes: tuple[str, ...], landings: Mapping[int, int]) -> FleetFacts:
    fleet = inputs.rules.fleet
    return FleetFacts(
        owned=sum(fleet.drones) + sum(fleet.spares),
        drones=sum(fleet.drones),
        spares=sum(fleet.spares),
        drone_type=inputs.aircraft.drone_type.name,
        is_shared=fleet.is_shared,
        by_takeoff_point=dict(zip(homes, fleet.drones, strict=True)),
        ends=WHERE_IT_IS if fleet.stays else ANYWHERE if fleet.lands_anywhere else None,
        landings={str(order): homes[home] for order, home in sorted(landings.items())} or None,
    )


def _aircraft(aircraft: Multirotor) -> AircraftFacts:
    kind = aircraft.drone_type
    known = {name: getattr(kind, name) for name in _FROM_DRONE_TYPE}
    return AircraftFacts(**known, final_hover_s=kind.alignment_s, air_density_kgm3=aircraft.air_density)


def _batteries(inputs: SimulationInputs) -> BatteryFacts:
    rules = inputs.rules
    return BatteryFacts(
        mode=rules.batteries.mode,
        packs=in_all(named("pack"), rules),
        reserve=rules.batteries.reserve,
        charge_to=rules.batteries.charge_to,
        charge_c=rules.batteries.charge_c,
        swap_s=rules.batteries.swap_s,
        turnaround_below=rules.batteries.turnaround_below,
        ageing=_ageing(inputs),
    )


def _ageing(inputs: SimulationInputs) -> AgeingFacts | None:
    law, packs, health = inputs.rules.batteries.ageing, inputs.packs, healths(inputs)
    if law is None or packs is None or health is None:
        return None
    return AgeingFacts(
        **asdict(law),
        full_cycles=tuple(packs.full_cycles.tolist()),
        days=tuple(packs.days.tolist()),
        health=tuple(health),
    )


def _couriers(rules: Rules, homes: Sequence[str]) -> CourierFacts:
    """Tell the couriers of each take-off point; how fast they walk counts where trips may be broken off."""
    walk_mps = rules.couriers.walk_mps if rules.dispatch.may_refuse else None
    return CourierFacts(count=dict(zip(homes, rules.couriers.count, strict=True)), walk_mps=walk_mps)


def _handling(rules: Rules) -> HandlingFacts:
    return HandlingFacts(
        load_s=rules.takeoff_points.load_s,
        clear_s=rules.takeoff_points.clear_s,
        unload_s=rules.airports.unload_s,
        boxing_s=rules.couriers.boxing_s,
        courier_handling_s=rules.couriers.handling_s,
        hold_limit_s=rules.airports.hold_limit_s,
        lane_headway_s=rules.airspace.lane_headway_s,
    )


def _handling_times(inputs: SimulationInputs, swaps: Swaps | None) -> HandlingTimesFacts | None:
    """Give how long orders were in hand by law and by draw, None where everything takes as long as is stated."""
    laws, drawn = inputs.rules.handling.scattered(), inputs.handling
    if not laws:
        return None
    used_ms = {} if swaps is None else swaps.used_ms
    return HandlingTimesFacts(
        sd_s={name: law.sd for name, law in laws.items()},
        boxing_s=_whole_ms(drawn.boxing_s),
        load_s=_whole_ms(drawn.load_s),
        unload_s=_whole_ms(drawn.unload_s),
        swap_s={str(drone): tuple(value / MS for value in used_ms[drone]) for drone in sorted(used_ms)},
    )


def _whole_ms(drawn_s: NDArray[Any] | None) -> tuple[float, ...] | None:
    return None if drawn_s is None else tuple(to_ms(value) / MS for value in drawn_s.tolist())


def _airspace(air: AirspaceRules) -> AirspaceFacts:
    return AirspaceFacts(
        structure=air.structure,
        mode=air.mode,
        levels_m=air.levels_m,
        separation_m=air.separation_m,
        vertical_m=air.vertical_m,
        terminal_radius_m=air.terminal_radius_m,
        track_bound_m=air.track_bound_m,
        corner_cut_m=air.corner_cut_m,
        drift_slope=DRIFT_SLOPE,
        path_error_m=air.path_error_m,
        zone_grace_s=air.zone_grace_s,
    )


def _wind(from_s: float, winds: tuple[Wind, ...], levels_m: tuple[float, ...]) -> WindFacts:
    rows = ((level_m, *wind.vector()) for level_m, wind in zip(levels_m, winds, strict=True))
    return WindFacts(from_s=from_s, levels=tuple(rows))


def _route(sites: tuple[str, ...], origin: int, destination: int, level_m: float, corners: NDArray[Any]) -> RouteFacts:
    points_m = tuple((round(x_m, 3), round(y_m, 3)) for x_m, y_m in corners.tolist())
    return RouteFacts(origin=sites[origin], destination=sites[destination], level_m=level_m, points_m=points_m)


def _capacities(inputs: SimulationInputs, packs: int) -> dict[str, dict[str, int]]:
    """Give how many of each resource there are by site; ``packs`` are all that were ever in the network."""
    places = inputs.places
    homes, airports = places.ids[: places.takeoff_points], places.ids[places.takeoff_points :]
    sites = {TAKEOFF_POINT: homes, AIRPORT: airports, EVERY_SITE: places.ids, NETWORK: (NETWORK,)}
    capacity: dict[str, dict[str, int]] = {calendar: {} for calendar in HOLDERS}
    for resource in RESOURCES:
        if resource.is_aboard:
            capacity[str(resource.calendar)] = {NETWORK: packs}
        elif resource.calendar is not None:
            units = _units(resource, inputs.rules, sites=len(sites[resource.site]))
            capacity[resource.calendar] |= dict(zip(sites[resource.site], units, strict=bool(units)))
    # where there are no riders, nothing tells of them
    return {calendar: units for calendar, units in capacity.items() if calendar != "rider" or any(units.values())}


def _riders(rules: Rules, homes: tuple[str, ...]) -> RiderFacts | None:
    riders = rules.riders
    if not any(riders.count):
        return None
    return RiderFacts(
        count=dict(zip(homes, riders.count, strict=True)),
        road_mps=riders.road_mps,
        pickup_s=riders.pickup_s,
        dropoff_s=riders.dropoff_s,
    )


def _units(resource: Resource, rules: Rules, *, sites: int) -> tuple[int, ...]:
    """Count what can be held at once: a pilot by as many drones as one may have in the air."""
    if resource.counts is None:
        return (1,) * sites
    shared = rules.pilots.drones_per_pilot if resource.calendar == "pilot" else 1
    return tuple(shared * count for count in counted(resource, rules))
