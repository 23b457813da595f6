"""The catalogue of capabilities: a row each, with the checks that decide its status and the keys it stands for.

No row has a status. A row without checks is assumed; with checks it has what they buy (see ``kinds``). ``keys``
are the scenario's tables or keys that the row answers for; every key belongs to at least one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dronesim.evidence.conditions import Unset, Where

Condition = Where | Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that the model can do.

    ``used_where``: a scenario rests on it where any of these holds, always where there are none.
    ``checked_where``: its checks speak for scenarios in which all of these hold.
    """

    title: str
    covers: str
    keys: tuple[str, ...]
    checks: tuple[str, ...] = ()
    used_where: tuple[Condition, ...] = ()
    checked_where: tuple[Condition, ...] = ()
    remark: str = ""


_MEASURED_TYPE: Final = (Where("fleet.drone_type", ("hexa-2.5kg",)), Unset("drone"))
_WIND: Final = (
    *(Where("weather.wind_mps"), Where("weather.changes")),
    *(Where("weather.file"), Where("weather.process")),
)
_WORN: Final = (
    *(Where(f"maintenance.{key}") for key in ("inspect_after_sorties", "inspect_after_flight_h")),
    Where("batteries.cycles_to_80"),
)
_TOLD: Final = (
    *(Where(f"weather.{name}") for name in ("gust_mps", "rain_mmh", "temperature_c", "visibility_m", "changes")),
    *(Where("weather.file"), Where("weather.process")),
    Where("weather.go_rule", ("all",)),
)
_STRATEGIC: Final = (Where("airspace.mode", ("strategic",)),)
_FAULTS: Final = (Where("faults.failures_per_flight_hour"),)
_BY_CHANCE: Final = tuple(
    Where(f"faults.{key}")
    for key in (
        *("returns_per_flight_hour", "diverts_per_flight_hour", "losses_per_flight_hour", "courier_no_show_share"),
        *("airport_closed.every_h", "takeoff_point_closed.every_h", "cabinet_jammed.every_h", "unloader_fails.every_h"),
        *("charger_fails.every_h", "kitchen_surge.every_h", "dispatcher_outage.every_h"),
    )
)
_DRAWN: Final = (Where("demand.model", ("poisson",)),)
_REMEDIES: Final = ("couriers.road_mps", "couriers.road_detour", "airspace.zone_grace_s")

AIR: Final = (
    Capability(
        title="flight times",
        covers="how long a drone is in the air from take-off to touch-down, terminal procedure included",
        keys=("fleet.drone_type", "drone", "airspace.levels_m"),
        checks=("measured-flights", "measured-cruise", "published-legs", "published-cycle"),
        checked_where=_MEASURED_TYPE,
        remark="The line of the fit saw two of the three path lengths, one analysis of two operators in one city, and "
        "flights whose dates contradict each other: shapes, not dates. Whether the telemetry has time on the ground in "
        "it is not known.",
    ),
    Capability(
        title="motion on a leg",
        covers="speeding up, cruising, braking, climbing and coming down along the cleared path",
        keys=("drone", "airspace.corner_cut_m", "airspace.path_error_m"),
        checks=("trapezoid", "motion-of-tracks"),
    ),
    Capability(
        title="straying from the path",
        covers="how far a drone is off its cleared path sideways, at most how far, and how often anew",
        keys=("airspace.tracking_error_m", "airspace.tracking_bound", "airspace.drift_m", "airspace.straight_m"),
    ),
    Capability(
        title="power",
        covers="the electric power by mass, airspeed and vertical speed",
        keys=("drone", "weather.air_density_kgm3"),
        checks=("power-published", "power-momentum"),
        remark="Of the fits to measured aircraft (IRIS+, Dorling, Alta 8, M100) only published figures are at hand, no "
        "samples, so none is run again here; no operator publishes the energy of an order.",
    ),
    Capability(
        title="reach of a pack",
        covers="how much of a pack a flight may use: usable share, reserve, hold allowance",
        keys=("batteries.reserve", "batteries.hold_allowance_s", "drone.usable_share", "drone.pack_wh"),
        remark="Pack and reserve are assumptions; a usable share near 0.945 was measured on other packs.",
    ),
    Capability(
        title="charging",
        covers="constant current, then constant voltage; packs and chargers in turn",
        keys=("batteries",),
        checks=("charge-stepped",),
    ),
    Capability(
        title="wear and upkeep",
        covers="health of packs by use and age, inspections and repairs of drones, the state in which a day finds them",
        keys=("batteries", "maintenance", "costs.pack_price"),
        checks=("pack-ages", "drone-states"),
        used_where=_WORN,
        remark="The checks speak for the state in which a day begins. Cycles of a life are those of data sheets, and "
        "repairs an assumption. A fleet that a test follows through 300 days is found in the state that days begin "
        "with.",
    ),
    Capability(
        title="ground speed in wind",
        covers="the wind triangle on every segment, and which courses can't be held",
        keys=("weather", "drone.cruise_mps"),
        checks=("wind-triangle", "routes-in-wind"),
        used_where=_WIND,
    ),
    Capability(
        title="wind over the district",
        covers="the wind itself: steady between its changes, grown with height by a power law; gusts move no drone",
        keys=("weather", "drone.wind_limit_mps"),
        used_where=_WIND,
    ),
    Capability(
        title="weather of a file",
        covers="which hours of a file a day has, its winds at the levels, and when some level may be flown",
        keys=("weather.file", "weather.format", "weather.day", "horizon.date", "horizon.zone"),
        checks=("flyable-by-hand",),
        used_where=(Where("weather.file"),),
        remark="One station stands for the district, whose wind grows with height by the power law.",
    ),
    Capability(
        title="drawing of weather",
        covers="winds, rain and temperature of drawn days follow the stated laws",
        keys=("weather.process",),
        checks=("weather-laws",),
        used_where=(Where("weather.process"),),
        remark="The draws are those of the laws; whether a place's weather has them is another matter.",
    ),
    Capability(
        title="go and no-go by the weather",
        covers="gust, rain, visibility and temperature against limits, what a forecast tells, what is done aloft",
        keys=("weather", "drone.gust_factor", "drone.rain_limit_mmh", "drone.visibility_limit_m", "drone.low_limit_c"),
        used_where=_TOLD,
        remark="Limits, hysteresis and forecast errors are assumptions; no operator tells when it stopped flying.",
    ),
    Capability(
        title="temperature on packs and air",
        covers="usable energy in the cold, density of the air in power and payload",
        keys=("weather.temperature_c", "weather.pressure_pa", "drone.high_limit_c"),
        used_where=(Where("weather.temperature_c"), Where("weather.changes")),
        remark="The gas law is physics; the pack's share in the cold is an assumption.",
    ),
    Capability(
        title="routes",
        covers="shortest paths around buildings and zones at every level",
        keys=("airspace.structure", "airspace.obstacle_clearance_m", "airspace.roof_margin_m", "map"),
        checks=("routes-visibility",),
        checked_where=(Where("airspace.structure", ("free",)),),
    ),
    Capability(
        title="map projection",
        covers="longitude and latitude to local metres",
        keys=("map",),
        checks=("projection",),
    ),
    Capability(
        title="separation",
        covers="no two drones come nearer than the minima on the paths as flown",
        keys=("airspace.mode", "airspace.separation_m", "airspace.vertical_m", "airspace.buffer_s"),
        checks=(
            "closest-approach",
            "gas-model",
            "detection-twin",
            "clearance-delays",
            "motion-of-tracks",
            "separation-of-a-day",
            "retimed-separation",
        ),
        used_where=_STRATEGIC,
    ),
    Capability(
        title="lanes of terminal areas",
        covers="headways in lanes, pads and loaders near a site, where the minima do not hold",
        keys=(
            "airspace.terminal_radius_m",
            "airspace.lane_headway_s",
            "airspace.route_headway_s",
            "takeoff_points.pads",
            "airports.pads",
        ),
        remark="Their geometry is not simulated: that lanes and headways keep drones apart there is assumed. How often "
        "two come below the minima within a terminal area, and how near, stands beside the losses of separation.",
    ),
    Capability(
        title="remote pilots",
        covers="how many drones a pilot may watch",
        keys=("pilots",),
    ),
    Capability(
        title="riders",
        covers="a second road: a finite pool, constant times, the straight line",
        keys=("riders",),
        used_where=(Where("riders.per_takeoff_point"),),
        remark="Speed and service times are those of public Grubhub files, from another city.",
    ),
    Capability(
        title="shifts",
        covers="who is at work, or in service, for a part of the day",
        keys=("shifts",),
        used_where=(Where("shifts"),),
        remark="A plan that a scenario states: who comes late or leaves early is not in it.",
    ),
)

DAYS: Final = (
    Capability(
        title="drawing of orders",
        covers="orders come as the stated volume, hours, masses and communities say",
        keys=("demand.model", "demand.orders", "demand.profile", "demand.mass", "seed"),
        checks=("poisson-days", "hour-shares", "mass-law"),
        used_where=_DRAWN,
        remark="The draws are those of the laws; whether a district's laws are these is another matter.",
    ),
    Capability(
        title="hours of demand",
        covers="when in the day orders are placed",
        keys=("demand.profile", "horizon"),
        used_where=_DRAWN,
        remark="Named profiles are data themselves (Colombian orders, Shenzhen flights): nothing is left to hold them "
        "against.",
    ),
    Capability(
        title="choice of merchant",
        covers="who orders where, and so how far parcels fly",
        keys=("demand.choice", "service.radius_m"),
        checks=("coverage",),
        used_where=_DRAWN,
        remark="The strongest assumption about demand: see the README for its effect.",
    ),
    Capability(
        title="how days differ",
        covers="volume from day to day beyond a Poisson number",
        keys=("demand.days",),
        used_where=_DRAWN,
        remark="Busy days carry two to three times the others in the Shenzhen telemetry; five visible days fix no law.",
    ),
    Capability(
        title="demand that moves",
        covers="which places order more at some hours, and less at others",
        keys=("demand.moves",),
        used_where=(Where("demand.moves"),),
        remark="No hourly counts by place were found in public; the factors are the planner's.",
    ),
    Capability(title="parcel mass", covers="what parcels weigh", keys=("demand.mass",)),
    Capability(
        title="imported days",
        covers="public order files turned into a map and a trace",
        keys=("demand.file", "demand.trace_factor", "demand.trace_shift_min"),
        checks=("grubhub-files",),
        used_where=(Where("demand.model", ("trace",)),),
    ),
    Capability(
        title="kitchens",
        covers="preparation times",
        keys=("kitchens",),
        checks=("published-minutes",),
        remark="The default was chosen so that the published minutes come out: calibration, which proves nothing.",
    ),
    Capability(
        title="waiting for couriers",
        covers="a finite pool, first placed, first served",
        keys=("couriers.per_takeoff_point",),
        checks=("erlang-c",),
    ),
    Capability(
        title="walks and handling of couriers",
        covers="walking speed, detours, time at the merchant, boxing",
        keys=("couriers",),
        checks=("published-minutes",),
    ),
    Capability(
        title="handling at pads and stands",
        covers="times of hands and machines that load, unload, swap and box, constant or by law",
        keys=(
            "takeoff_points.loaders",
            "takeoff_points.load_s",
            "airports.unloaders",
            "airports.unload_s",
            "batteries.swap_s",
            "handling",
        ),
    ),
    Capability(
        title="boxes of cabinets",
        covers="booked from assignment until the scan, whatever the dwell",
        keys=("airports.boxes", "airports.hold_limit_min"),
        checks=("erlang-b",),
    ),
    Capability(
        title="customers",
        covers="when they collect, cancel, stay away or scan wrongly",
        keys=("customers",),
    ),
    Capability(
        title="drawing of failures",
        covers="a budget of flight-hours a drone, exponential, the same in every fleet",
        keys=("faults.failures_per_flight_hour", "faults.loss_share"),
        checks=("flight-hour-budgets",),
        used_where=_FAULTS,
    ),
    Capability(
        title="drawing of faults",
        covers="what meets drones in the air and units on the ground comes as often, and lasts as long, as stated",
        keys=("faults",),
        checks=("fault-rates",),
        used_where=_BY_CHANCE,
        remark="How often things go wrong in a network no operator publishes; rates are the planner's.",
    ),
    Capability(
        title="faults and remedies",
        covers="how often things go wrong and what is done: outages on the ground, diversions, spares, road couriers",
        keys=("faults", "events", "fleet.spares", "fleet.spare_ready_min", *_REMEDIES),
        used_where=(*_FAULTS, *_BY_CHANCE, Where("events")),
    ),
    Capability(
        title="drawing of link outages",
        covers="the link is lost for its share of the time, from the first second of a day on",
        keys=("link.outages", "link.by"),
        checks=("link-share",),
        used_where=(Where("link.outages.kind", ("exponential", "lognormal")),),
    ),
    Capability(
        title="command link",
        covers="when it is lost and where, who is silent, and what silent drones and the dispatcher do",
        keys=("link",),
        checks=("link-time-outs",),
        used_where=(Where("link.outages.kind", ("exponential", "lognormal")), Where("link.latency_s")),
        remark="Time-outs are those of the stated law of outages; how often and for how long links of delivery drones "
        "are lost nobody has published.",
    ),
    Capability(
        title="missed landings and excursions",
        covers="how often landings at airports are missed and drones stray too far, and what comes of it",
        keys=("navigation",),
        used_where=(Where("navigation.misses.kind", ("share", "precision")), Where("navigation.excursions_per_h")),
    ),
    Capability(
        title="position service",
        covers="when and where drones have no position, how far they drift meanwhile, and which landings they miss",
        keys=("navigation.position",),
        used_where=(Where("navigation.position.outages.kind", ("exponential", "lognormal")),),
        remark="How fast delivery drones drift without satellites, and how often that is, nobody has published.",
    ),
    Capability(
        title="risk to people",
        covers="crashes, people hit and deaths expected in a year, from rates, areas of impact and where drones flew",
        keys=("risk", "drone.width_m", "drone.fall_mps"),
        checks=("crash-area",),
        used_where=(Where("risk.people_per_km2"),),
        remark="Areas and shares follow JARUS; rates, speeds and angles of impact and who is outside are assumptions.",
    ),
    Capability(
        title="noise of flights",
        covers="sound levels and overflights by hour at homes and places, in free air: no walls, no ground, no wind",
        keys=("noise", "drone.noise_dba", "drone.noise_at_m"),
        checks=("noise-integral",),
        used_where=(Where("noise.at_homes"),),
        remark="One level stands for hover and flight, loaded and empty; its source is a press figure.",
    ),
    Capability(
        title="course of a day",
        covers="the order of events from placing to collecting, resources and ties",
        keys=("fleet", "batteries", "dispatch", "airports", "takeoff_points", "horizon"),
        checks=("naive-twin", "meal-routing"),
        checked_where=(Unset("events"), Unset("fleet.is_shared"), Where("batteries.turnaround_below", (1.0,))),
        remark="The twin flies with headways at one level; what strategic clearance adds is the row on separation.",
    ),
    Capability(
        title="waiting for drones",
        covers="the queue for the fleet of a take-off point",
        keys=("fleet.drones", "fleet.is_shared"),
        checks=("pollaczek-khinchine", "lindley"),
    ),
    Capability(
        title="policies as defined",
        covers="what first job first, first finish and matching do, as far as theory tells",
        keys=("dispatch.policy",),
        checks=("tipping-point", "random-assignment"),
        used_where=(Where("dispatch.policy", ("nearest", "first-finish", "matching")),),
    ),
    Capability(
        title="liberties of policies",
        covers="orders that are refused before pick-up, packs that are kept, airports near by",
        keys=("dispatch.may_refuse", "dispatch.may_keep_packs", "dispatch.extra_walk_m"),
        checks=("refused-orders", "kept-packs", "near-airports"),
        used_where=tuple(Where(f"dispatch.{key}") for key in ("may_refuse", "may_keep_packs", "extra_walk_m")),
        remark="The checks speak for what comes of a decision; whether customers would walk, or stand a refusal, "
        "nobody has measured.",
    ),
    Capability(
        title="dispatch policies",
        covers="which order gets which drone, as compared with what operators do",
        keys=("dispatch",),
        remark="No operator publishes its rule.",
    ),
)

ANSWERS: Final = (
    Capability(
        title="ceiling",
        covers="the share that no fleet can exceed, and the bound that no policy can",
        keys=("service",),
        checks=("ceiling-twin", "bound-schedules"),
    ),
    Capability(
        title="key figures",
        covers="service level, durations, energy, costs from the tables of a run",
        keys=("service", "costs"),
        checks=("key-figures", "littles-law"),
    ),
    Capability(
        title="prices",
        covers="what things cost",
        keys=("costs",),
        remark="Every price is an assumption.",
    ),
    Capability(
        title="intervals over days",
        covers="means and paired differences of replications",
        keys=("seed",),
        checks=("interval-coverage", "paired-coverage"),
    ),
    Capability(
        title="search for the smallest fleet",
        covers="`size`: how often its answer is wrong",
        keys=("service.target",),
        checks=("search-errors",),
    ),
)

CAPABILITIES: Final = (*AIR, *DAYS, *ANSWERS)
