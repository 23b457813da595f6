"""The rules of a network from its scenario tables: planners' units become SI, numbers go to sites."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.facts import ANYWHERE, WHERE_IT_IS
from dronesim.scenario.air import BatteriesTable
from dronesim.scenario.areas import area_number
from dronesim.scenario.events import EventTable
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.ground import AIRPORT_PADS, BOXES, COURIERS, LOADERS, TAKEOFF_PADS, UNLOADERS
from dronesim.scenario.handling import handling_means_s, handling_rules
from dronesim.scenario.links import link_rules
from dronesim.scenario.model import Scenario
from dronesim.scenario.navigating import navigation_rules
from dronesim.scenario.site_numbers import BySite, SiteNumbers
from dronesim.scenario.spread import spread_by_demand
from dronesim.scenario.upkeep import MaintenanceTable
from dronesim.scenario.weather_day import weather_rules
from dronesim.simulation import rules as si
from dronesim.simulation.trouble import TROUBLES, Key
from dronesim.units import HOUR, MINUTE
from dronesim.wear import AgeingLaw, CareLaw
from dronesim.world import World

_SHARED: Final = ("duration_s", "airport", "takeoff_point", "merchant", "drone")
"""Fields of a scripted event that several troubles go by."""


def settle_rules(scenario: Scenario, world: World, *, numbers: SiteNumbers, demand: NDArray[np.float64]) -> si.Rules:
    """Settle all rules; ``demand``: share of the orders by take-off point, shape ``(n,)``."""
    takeoff_points = world.takeoff_points.ids
    fleet = _fleet(scenario, takeoff_points, numbers, demand)
    return si.Rules(
        horizon=_horizon(scenario),
        service=_service(scenario),
        couriers=_couriers(scenario, takeoff_points, numbers),
        riders=_riders(scenario, takeoff_points, numbers),
        takeoff_points=_takeoff_points(scenario, world, numbers),
        airports=_airports(scenario, world, numbers),
        fleet=fleet,
        batteries=_batteries(scenario, takeoff_points, numbers, fleet),
        pilots=_pilots(scenario, fleet),
        customers=si.CustomerRules(rescan_s=scenario.customers.rescan_s),
        dispatch=si.DispatchRules(
            interval_s=scenario.dispatch.interval_s,
            assign_ahead_s=scenario.dispatch.assign_ahead_s,
            queue_limit=scenario.dispatch.queue_limit,
            may_refuse=scenario.dispatch.may_refuse,
            may_keep_packs=scenario.dispatch.may_keep_packs,
            extra_walk_m=scenario.dispatch.extra_walk_m,
        ),
        airspace=si.AirspaceRules(**scenario.airspace.model_dump()),
        prices=si.Prices(**scenario.costs.model_dump()),
        failures_per_flight_hour=scenario.faults.failures_per_flight_hour,
        loss_share=scenario.faults.loss_share,
        recovery_s=scenario.faults.recovery_min * MINUTE,
        link=link_rules(scenario.link),
        navigation=navigation_rules(scenario.navigation),
        handling=handling_rules(scenario.handling, means_s=handling_means_s(scenario)),
        events=tuple(_event(event, world) for event in scenario.events),
        weather=weather_rules(scenario),
        care=_care(scenario.maintenance),
        faults=_faults(scenario),
    )


_BY_CHANCE: Final = (
    "airport_closed",
    "takeoff_point_closed",
    "cabinet_jammed",
    "unloader_fails",
    "charger_fails",
    "kitchen_surge",
    "dispatcher_outage",
)
"""Troubles on the ground that have a table of faults, which is called as they are."""


def _faults(scenario: Scenario) -> si.FaultRules:
    stated = scenario.faults
    return si.FaultRules(
        returns_per_flight_hour=stated.returns_per_flight_hour,
        diverts_per_flight_hour=stated.diverts_per_flight_hour,
        losses_per_flight_hour=stated.losses_per_flight_hour,
        no_show_share=stated.courier_no_show_share,
        ground=tuple(
            _ground_fault(kind, getattr(stated, kind)) for kind in _BY_CHANCE if getattr(stated, kind).every_h
        ),
    )


def _ground_fault(kind: str, rate: Any) -> si.GroundFault:
    return si.GroundFault(
        kind=kind,
        every_s=rate.every_h * HOUR,
        median_s=rate.median_min * MINUTE,
        p95_s=rate.p95_min * MINUTE,
        own=(("factor", rate.factor),) if kind == "kitchen_surge" else (),
    )


def _horizon(scenario: Scenario) -> si.Horizon:
    stated = scenario.horizon
    return si.Horizon(
        start_s=seconds_of_day(stated.start),
        end_s=seconds_of_day(stated.end),
        drain_s=stated.drain_max_min * MINUTE,
    )


def _service(scenario: Scenario) -> si.ServiceTarget:
    stated = scenario.service
    return si.ServiceTarget(
        radius_m=stated.radius_m,
        limit_s=stated.limit_min * MINUTE,
        clock=stated.clock,
        target=stated.target,
    )


def _couriers(scenario: Scenario, takeoff_points: tuple[str, ...], numbers: SiteNumbers) -> si.CourierRules:
    stated = scenario.couriers
    return si.CourierRules(
        count=numbers.each(
            ("couriers", "per_takeoff_point"), stated.per_takeoff_point, takeoff_points, default=COURIERS
        ),
        walk_mps=stated.walk_mps,
        handling_s=stated.handling_s,
        boxing_s=stated.boxing_s,
        road_mps=stated.road_mps,
        road_detour=stated.road_detour,
    )


def _riders(scenario: Scenario, takeoff_points: tuple[str, ...], numbers: SiteNumbers) -> si.RiderRules:
    stated = scenario.riders
    return si.RiderRules(
        count=numbers.each(("riders", "per_takeoff_point"), stated.per_takeoff_point, takeoff_points, default=0),
        takes=stated.takes,
        road_mps=stated.road_mps,
        pickup_s=stated.pickup_min * MINUTE,
        dropoff_s=stated.dropoff_min * MINUTE,
    )


def _takeoff_points(scenario: Scenario, world: World, numbers: SiteNumbers) -> si.TakeoffPointRules:
    stated, takeoff_points = scenario.takeoff_points, world.takeoff_points.ids
    return si.TakeoffPointRules(
        pads=numbers.each(
            ("takeoff_points", "pads"), stated.pads, takeoff_points, default=TAKEOFF_PADS, on_map=world.pads
        ),
        loaders=numbers.each(("takeoff_points", "loaders"), stated.loaders, takeoff_points, default=LOADERS),
        load_s=stated.load_s,
        clear_s=stated.clear_s,
    )


def _airports(scenario: Scenario, world: World, numbers: SiteNumbers) -> si.AirportRules:
    stated, airports = scenario.airports, world.airports.ids
    return si.AirportRules(
        pads=numbers.each(("airports", "pads"), stated.pads, airports, default=AIRPORT_PADS, on_map=world.pads),
        unloaders=numbers.each(("airports", "unloaders"), stated.unloaders, airports, default=UNLOADERS),
        boxes=numbers.each(("airports", "boxes"), stated.boxes, airports, default=BOXES, on_map=world.boxes),
        unload_s=stated.unload_s,
        hold_limit_s=stated.hold_limit_min * MINUTE,
        when_closed=stated.when_closed,
        closed_wait_s=stated.closed_wait_max_min * MINUTE,
        walk_max_m=stated.walk_max_m,
    )


def _fleet(
    scenario: Scenario, takeoff_points: tuple[str, ...], numbers: SiteNumbers, demand: NDArray[np.float64]
) -> si.FleetRules:
    stated = scenario.fleet

    def spread(key: str, number: BySite, at_least: int) -> tuple[int, ...]:
        if isinstance(number, int):
            return spread_by_demand(number, demand, at_least=at_least)
        return numbers.each(("fleet", key), number, takeoff_points, default=0)

    return si.FleetRules(
        drones=spread("drones", stated.drones, 1),
        spares=spread("spares", stated.spares, 0),
        is_shared=stated.is_shared,
        stays=stated.ends == WHERE_IT_IS,
        lands_anywhere=stated.ends == ANYWHERE,
        spare_ready_s=stated.spare_ready_min * MINUTE,
    )


def _batteries(
    scenario: Scenario, takeoff_points: tuple[str, ...], numbers: SiteNumbers, fleet: si.FleetRules
) -> si.BatteryRules:
    """Packs and chargers; where the scenario is silent, as many at each take-off point as it has drones.

    Drones that are charged on board have no use for further packs.
    """
    stated = scenario.batteries
    as_drones = dict(zip(takeoff_points, (max(count, 1) for count in fleet.drones), strict=True))
    unstated = {
        "chargers": as_drones,
        "packs": as_drones if stated.mode == "swap" else dict.fromkeys(takeoff_points, 0),
    }

    def by_takeoff_point(key: str, number: BySite) -> tuple[int, ...]:
        return numbers.each(("batteries", key), number, takeoff_points, default=1, on_map=unstated[key])

    return si.BatteryRules(
        mode=stated.mode,
        packs=by_takeoff_point("packs", stated.packs),
        chargers=by_takeoff_point("chargers", stated.chargers),
        swap_s=stated.swap_s,
        turnaround_below=stated.turnaround_below,
        charge_c=stated.charge_c,
        cv_charge=stated.cv_charge,
        charge_to=stated.charge_to,
        reserve=stated.reserve,
        hold_allowance_s=stated.hold_allowance_s,
        ageing=_ageing(stated),
    )


def _ageing(stated: BatteriesTable) -> AgeingLaw | None:
    if stated.cycles_to_80 is None:
        return None
    return AgeingLaw(
        cycles_to_80=stated.cycles_to_80,
        exponent=stated.ageing_exponent,
        calendar_per_day=stated.calendar_loss_per_day,
        retire_at=stated.retire_below,
        cycles_per_day=stated.cycles_per_day,
    )


def _care(stated: MaintenanceTable) -> CareLaw | None:
    if stated.inspect_after_sorties is None and stated.inspect_after_flight_h is None:
        return None
    return CareLaw(
        after_sorties=math.inf if stated.inspect_after_sorties is None else stated.inspect_after_sorties,
        after_flight_s=math.inf if stated.inspect_after_flight_h is None else stated.inspect_after_flight_h * HOUR,
        inspection_s=stated.inspection_min * MINUTE,
        repair_share=stated.repair_share,
        repair_median_days=stated.repair_median_days,
        repair_p95_days=stated.repair_p95_days,
        sorties_per_day=stated.sorties_per_day,
        flight_s_per_day=stated.flight_h_per_day * HOUR,
    )


def _pilots(scenario: Scenario, fleet: si.FleetRules) -> si.PilotRules:
    stated = scenario.pilots
    enough = max(1, math.ceil(sum(fleet.drones) / stated.drones_per_pilot))
    count = enough if stated.count is None else stated.count
    return si.PilotRules(count=count, drones_per_pilot=stated.drones_per_pilot)


def _event(event: EventTable, world: World) -> si.ScriptedEvent:
    """Settle an event: what all troubles know by name, and what is the own of one."""
    keys = TROUBLES[event.kind].keys
    values = {key.value_name: _event_value(key, getattr(event, key.name), world) for key in keys}
    shared = {name: values.pop(name) for name in _SHARED if name in values}
    return si.ScriptedEvent(kind=event.kind, at_s=seconds_of_day(event.at), own=tuple(values.items()), **shared)


def _event_value(key: Key, stated: Any, world: World) -> Any:
    """Settle a value of an event; an unknown site or area becomes -1 here and a problem in the checks."""
    match key.holds:
        case "number":
            return stated * key.si
        case "count":
            return stated
        case "airport":
            return world.airports.ids.index(stated) if stated in world.airports.ids else -1
        case "takeoff_point":
            return world.takeoff_points.ids.index(stated) if stated in world.takeoff_points.ids else -1
        case "merchant":
            return stated or ""
        case "drone":
            return -1 if stated is None else stated
        case "area":
            return area_number(stated, world)
