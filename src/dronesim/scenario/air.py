"""The scenario tables of what flies: fleet, drone, batteries, pilots, dispatch, airspace, weather, faults."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, Strict, ValidationInfo, field_validator

from dronesim.aircraft.model import CORNER_CUT_M, PATH_ERROR_M
from dronesim.aircraft.power import AIR_DENSITY
from dronesim.defaults import DRONE_TYPE, STRUCTURE
from dronesim.scenario.fault_rates import (
    AirportClosedRate,
    CabinetJammedRate,
    ChargerFailsRate,
    DispatcherOutageRate,
    KitchenSurgeRate,
    TakeoffPointClosedRate,
    UnloaderFailsRate,
)
from dronesim.scenario.fields import (
    Apart,
    Count,
    CountBySite,
    FleetBySite,
    Metres,
    Minutes,
    NonNegative,
    Positive,
    Seconds,
    Share,
    Some,
    SomeBySite,
    Speed,
    Table,
    TimeOfDay,
    about,
    table,
)
from dronesim.scenario.weather import Told, WeatherRulesTable
from dronesim.scenario.weather_tables import Format, ProcessTable


class FleetTable(Table):
    """Drones and their spares."""

    drones: FleetBySite = about(
        40,
        "available drones of the whole fleet, spread over take-off points by expected demand; or by site",
        "E, assumption; B: more than 100 in Shenzhen 2022",
    )
    spares: CountBySite = about(0, "further drones that replace failed ones; whole fleet, or a table by site")
    drone_type: str = about(
        DRONE_TYPE,
        "name of a built-in drone type, or a file of your own that ends in .toml, relative to the file that names it",
        "B, 4th generation, C114 2025-04",
    )
    is_shared: bool = about(
        False, "whether drones may change take-off point (deadheads) instead of being tied", "a choice"
    )
    ends: Literal["at a take-off point", "at any take-off point", "where it is"] = about(
        "at a take-off point",
        "where a drone stands once its parcel is unloaded: at the take-off point that it flies back to, at any other "
        "that the policy names, or at the airport where it is, until an order asks for it or its pack is due",
        "a choice",
    )
    spare_ready_min: Minutes = about(10.0, "from a drone's failure until its spare is available, minutes")


class DroneTable(Table):
    """Overrides of the drone type's own numbers; absent keys keep them."""

    empty_kg: Positive | None = about(None, "airframe without pack and parcel, kilograms", "drone type")
    pack_kg: Positive | None = about(None, "battery pack, kilograms", "drone type")
    payload_kg: Positive | None = about(None, "heaviest parcel, kilograms", "drone type")
    propellers: Some | None = about(None, "number of propellers", "drone type")
    propeller_m: Positive | None = about(None, "diameter of a propeller, metres", "drone type")
    cruise_mps: Speed | None = about(None, "cruise speed over ground, metres per second", "drone type")
    max_mps: Speed | None = about(
        None, "top airspeed, up to which it holds its cruise speed in wind, metres per second", "drone type"
    )
    pack_wh: Positive | None = about(None, "nameplate energy of a pack, watt-hours", "drone type")
    wind_limit_mps: Speed | None = about(None, "mean wind above which it stays down, m/s", "drone type")
    gust_factor: Annotated[float, Field(ge=1.0, le=10.0)] | None = about(
        None, "gust above which it stays down, as a multiple of wind_limit_mps", "drone type"
    )
    rain_limit_mmh: NonNegative | None = about(None, "rain above which it stays down, mm an hour", "drone type")
    visibility_limit_m: NonNegative | None = about(None, "visibility below which it stays down, metres", "drone type")
    low_limit_c: Annotated[float, Field(ge=-60.0, le=60.0)] | None = about(
        None, "temperature below which it stays down, degrees Celsius", "drone type"
    )
    high_limit_c: Annotated[float, Field(ge=-60.0, le=60.0)] | None = about(
        None, "temperature above which it stays down, degrees Celsius", "drone type"
    )
    acceleration_mps2: Speed | None = about(None, "speeding up and braking, m/s2", "drone type")
    takeoff_check_s: Seconds | None = about(None, "check on the pad before take-off, seconds", "drone type")
    low_climb_mps: Speed | None = about(None, "climb up to low_climb_m, metres per second", "drone type")
    low_climb_m: Metres | None = about(None, "height above the pad up to which it climbs slowly, metres", "drone type")
    climb_mps: Speed | None = about(None, "climb from low_climb_m to the level, metres per second", "drone type")
    transition_s: Seconds | None = about(None, "hover at the level before it flies off, seconds", "drone type")
    approach_s: Seconds | None = about(None, "hover at the level before it sinks, seconds", "drone type")
    descent_mps: Speed | None = about(None, "descent down to final_hover_m, metres per second", "drone type")
    final_hover_m: Metres | None = about(None, "height of the final hover above the pad, metres", "drone type")
    final_hover_s: Seconds | None = about(
        None, "hover at final_hover_m until aligned to the marker, seconds", "drone type"
    )
    touchdown_mps: Speed | None = about(None, "descent from final_hover_m to the pad, metres per second", "drone type")
    ground_s: Annotated[float, Field(ge=0.0, le=40.0)] | None = about(
        None, "part of a measured flight spent on pads, taken off final_hover_s, seconds, 0 to 40", "drone type"
    )
    usable_share: Annotated[float, Field(gt=0.0, le=1.0)] | None = about(
        None, "usable share of the nameplate energy, 0 to 1", "drone type"
    )
    eta_hover: Annotated[float, Field(gt=0.0, le=1.0)] | None = about(None, "efficiency of hover, 0 to 1", "drone type")
    eta_forward: Annotated[float, Field(gt=0.0, le=1.0)] | None = about(
        None, "efficiency of forward propulsion, 0 to 1", "drone type"
    )
    drag_area_m2: Positive | None = about(None, "drag area, square metres", "drone type")
    avionics_w: NonNegative | None = about(None, "power of the avionics, watts", "drone type")
    power_model: str | None = about(None, "name of the power model", "drone type")
    width_m: Annotated[float, Field(gt=0.0, le=20.0)] | None = about(
        None, "span with propellers, in which it hits people when it comes down, metres", "drone type"
    )
    fall_mps: Speed | None = about(None, "speed at which it hits the ground out of a fall, m/s", "drone type")
    noise_dba: Annotated[float, Field(ge=0.0, le=140.0)] | None = about(
        None, "A-weighted sound level at noise_at_m, dB(A)", "drone type"
    )
    noise_at_m: Annotated[float, Field(gt=0.0, le=1000.0)] | None = about(
        None, "distance for which noise_dba is stated, metres", "drone type"
    )


class BatteriesTable(Table):
    """Packs and chargers."""

    mode: Literal["swap", "charge"] = about(
        "swap", "swap packs, or charge them on board on the stand", "B, changed by hand after each return"
    )
    packs: CountBySite | None = about(
        None, "packs at each take-off point beyond the one in each drone; absent: one more a drone if they swap"
    )
    chargers: SomeBySite | None = about(None, "chargers at each take-off point; absent: one a drone")
    swap_s: Seconds = about(60.0, "to swap a pack on the stand, seconds", "E, assumption; B: 60 to 90 s by hand")
    turnaround_below: Annotated[float, Field(ge=0.0, le=1.0)] = about(
        1.0,
        "charge below which a pack is swapped or charged after a return, 0 to 1; 1: after each; 0: only when an order "
        "needs more than is left above the reserve",
        "B, changed by hand after each return",
    )
    charge_c: Positive = about(2.0, "constant-current rate, capacities per hour")
    cv_charge: Annotated[float, Field(gt=0.0, lt=1.0)] = about(
        0.8, "charge at which a charger turns from constant current to constant voltage, 0 to 1"
    )
    charge_to: Annotated[float, Field(gt=0.0, lt=1.0)] = about(0.95, "charge that ends a charge, 0 to 1")
    reserve: Annotated[float, Field(ge=0.0, lt=1.0)] = about(0.25, "share of the charge never planned with, 0 to 1")
    hold_allowance_s: Seconds = about(60.0, "airborne wait that every sortie has energy for, seconds")
    cycles_to_80: Positive | None = about(
        None,
        "equivalent full cycles after which a pack holds 80 % of a new one; absent: packs don't age; 200 to 300 is "
        "plausible",
        "C, data sheets",
    )
    ageing_exponent: Annotated[float, Field(ge=0.2, le=5.0)] = about(
        1.0, "with cycles_to_80: how the loss grows with the cycles, exponent; 1: evenly"
    )
    calendar_loss_per_day: Annotated[float, Field(ge=0.0, le=0.1)] = about(
        1.8e-4, "with cycles_to_80: loss of a pack by age alone, share of a new one a day", "D, 6 to 7 % a year"
    )
    retire_below: Annotated[float, Field(ge=0.3, lt=1.0)] = about(
        0.8, "with cycles_to_80: health at which a pack retires at the end of a day, share of a new one", "C, usual"
    )
    cycles_per_day: Positive = about(
        3.0,
        "with cycles_to_80: full cycles of a pack a day until now, by which a day finds packs of all ages; compare "
        "packs.cycles_per_day of a run",
        "M, quickstart",
    )

    @field_validator("reserve")
    @classmethod
    def _below_full(cls, reserve: float, info: ValidationInfo) -> float:
        if reserve >= info.data.get("charge_to", 1.0):
            raise ValueError(f"must be below charge_to, {info.data['charge_to']:g}")
        return reserve


class PilotsTable(Table):
    """Remote pilots of the whole network."""

    count: Some | None = about(None, "remote pilots; absent: enough for every drone to be out at once")
    drones_per_pilot: Some = about(10, "airborne drones a pilot may watch", "B, 1 to 10, 2023")


class DispatchTable(Table):
    """The rule that gives drones to orders."""

    policy: str = about("nearest", 'a built-in policy, or your own as "package.module:function"', "a choice")
    interval_s: Seconds = about(
        0.0, "seconds between decision epochs, also when nothing happened; 0: whenever something happened", "a choice"
    )
    assign_ahead_s: Seconds = about(0.0, "an order may be assigned so long before it is ready, seconds")
    parameters: dict[str, bool | int | float | str] | None = about(
        None, "parameters of the policy by name; those that are left out have the policy's own defaults", "a choice"
    )
    demand_error: Annotated[float, Field(ge=0.0, le=10.0)] = about(
        0.2, "standard deviation of each number of the demand forecast that policies may ask for, share of it"
    )
    queue_limit: Count = about(0, "orders waiting at a take-off point at which more are refused; 0: no limit")
    extra_walk_m: Metres = about(
        0.0,
        "the policy may serve an order at another airport so near its own, and its customer walks on; 0: never, metres",
        "a choice",
    )
    may_keep_packs: bool = about(
        False,
        "the policy is asked before a drone whose pack is due is turned around, and may keep the pack; not in batches",
        "a choice",
    )
    may_refuse: bool = about(
        False,
        "the policy may refuse orders, or let riders fetch them, until a courier has the parcel, who is free then",
        "a choice",
    )


class AirspaceTable(Table):
    """Levels, separation and headways."""

    structure: Literal["free", "airways"] = about(
        STRUCTURE, "free: shortest paths around obstacles; or along the airways of the map", "a choice"
    )
    mode: Literal["none", "headway", "strategic"] = about(
        "headway",
        "clearance: none; headways in lanes and on the same route; or strategic, which keeps every two flights apart",
        "a choice",
    )
    levels_m: Annotated[
        tuple[Annotated[float, Field(gt=0.0, le=1000.0)], ...], Strict(False), Field(min_length=1, max_length=20)
    ] = about((60.0, 80.0, 100.0, 120.0), "cruise levels above ground, metres, rising", "A, B: 60 to 120 m")
    separation_m: Metres = about(30.0, "least horizontal distance, metres")
    vertical_m: Apart = about(9.0, "least vertical distance, metres")
    terminal_radius_m: Metres = about(60.0, "radius of the terminal area around a site, metres")
    lane_headway_s: Seconds = about(20.0, "between movements in a lane of a terminal area, seconds")
    route_headway_s: Seconds = about(20.0, "between followers on the same route, seconds")
    obstacle_clearance_m: Metres = about(10.0, "distance of routes from buildings and zones, metres")
    roof_margin_m: Metres = about(10.0, "least height above a roof that is flown over, metres")
    tracking_error_m: Metres = about(
        1.0, "standard deviation of position off the cleared path, cut off at tracking_bound times that, metres"
    )
    tracking_bound: Annotated[float, Field(ge=0.0, le=100.0)] = about(
        3.0, "standard deviations that a drone strays from its cleared path at most; beyond is trouble, not clearance"
    )
    drift_m: Annotated[float, Field(ge=1.0, le=10_000.0)] = about(
        200.0, "about so far a drone flies from one error off its path to the next, metres"
    )
    straight_m: Metres = about(60.0, "straight pieces shorter than this are flown without error, metres")
    corner_cut_m: Metres = about(
        CORNER_CUT_M,
        "how far the arc that is flown in a bend may cut the corner; sharper bends are flown slower, metres",
    )
    path_error_m: Annotated[float, Field(ge=0.05, le=10.0)] = about(
        PATH_ERROR_M, "how far the straight segments that stand for a path may be off the motion, metres", "a choice"
    )
    buffer_s: Seconds = about(
        0.5, "how early or late a flight may be and still be kept apart, in mode strategic, seconds"
    )
    zone_grace_s: Seconds = about(
        60.0, "a flight that is out of a no-fly zone so soon after it came into force flies on, seconds"
    )

    @field_validator("levels_m")
    @classmethod
    def _rising(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if any(upper <= lower for lower, upper in pairwise(levels)):
            raise ValueError("must rise from level to level")
        return levels

    @property
    def track_bound_m(self) -> float:
        """How far a drone may stray sideways from its cleared path."""
        return self.tracking_bound * self.tracking_error_m


class WindChange(Told):
    """A wind that blows from a time on, and what else is told of the weather from then on."""

    at: TimeOfDay = Field(description="when it begins, local time")
    wind_mps: Annotated[float, Field(ge=0.0, le=100.0)] = about(0.0, "mean wind at 10 m height, metres per second")
    wind_from_deg: Annotated[float, Field(ge=0.0, le=360.0)] = about(
        0.0, "where the wind comes from, degrees clockwise from north"
    )


class WeatherTable(WeatherRulesTable):
    """The weather over the district."""

    wind_mps: Annotated[float, Field(ge=0.0, le=100.0)] = about(
        0.0, "mean wind at 10 m height, metres per second", "E, assumption; B: mean 2.6 in Shenzhen"
    )
    wind_from_deg: Annotated[float, Field(ge=0.0, le=360.0)] = about(
        0.0, "where the wind comes from, degrees clockwise from north"
    )
    anemometer_m: Annotated[float, Field(gt=0.0, le=1000.0)] = about(
        10.0, "height at which the wind is stated, metres", "A, height of weather stations"
    )
    height_exponent: Annotated[float, Field(ge=0.0, le=1.0)] = about(
        0.25, "how the wind grows with height, exponent of the power law", "C, over a city"
    )
    air_density_kgm3: Annotated[float, Field(ge=0.3, le=2.0)] = about(
        AIR_DENSITY,
        "density of the air that rotors work in, kilograms per cubic metre; less of it costs power",
        "A, standard atmosphere at sea level",
    )
    changes: Annotated[tuple[WindChange, ...], Strict(False)] = about(
        (),
        "weather that begins later in the day, each with at, wind_mps, wind_from_deg, and gust_mps, rain_mmh, "
        "temperature_c, visibility_m where they are known",
        "a choice",
    )
    file: str | None = about(
        None,
        "file of weather, relative to the file that names it: CSV, EPW, METAR, ISD-lite, CSV of NCEI's ISD",
        "stated",
    )
    format: Format | None = about(
        None, "form of the file; absent: by its first lines and the end of its name", "stated"
    )
    day: Count | None = about(
        None,
        "day of the file that all replications have, 0 the first; absent: the day of horizon.date, and without one "
        "replication d has the d-th of the days whose wind is known",
        "a choice",
    )
    speed_step_mps: Annotated[float, Field(ge=0.0, le=10.0)] = about(
        0.0,
        "winds are rounded to multiples of this, so that routes and legs are used again, m/s; 0: as they are",
        "a choice",
    )
    direction_step_deg: Annotated[float, Field(ge=0.0, le=90.0)] = about(
        0.0, "directions of winds are rounded to multiples of this, degrees; 0: as they are", "a choice"
    )
    process: ProcessTable | None = about(
        None, "laws of weather that is drawn, in whole or where the file tells nothing; absent: nothing is", "a choice"
    )


AFlightHour = Annotated[float, Field(ge=0.0, le=1000.0)]
"""So often an hour of flight; a drone that something meets every four seconds gets nowhere."""


class FaultsTable(Table):
    """What goes wrong by chance: drones that fail, turn back, divert or are lost, and what is out on the ground."""

    failures_per_flight_hour: AFlightHour = about(
        0.0, "contingency landings a flight-hour", "E, assumption; A: 1e-3 to 5e-3 in risk tools"
    )
    loss_share: Share = about(0.1, "share of failures that lose drone and parcel, 0 to 1")
    recovery_min: Minutes = about(60.0, "until a drone that landed elsewhere is back, minutes")
    returns_per_flight_hour: AFlightHour = about(
        0.0,
        "drones that turn back with their parcel, if they have one, a flight-hour",
        "E, assumption; M: at most 0.2",
    )
    diverts_per_flight_hour: AFlightHour = about(
        0.0, "drones that divert a flight-hour, if they have a parcel", "E, assumption; about 5e-3"
    )
    losses_per_flight_hour: AFlightHour = about(
        0.0, "drones that are lost a flight-hour, beside failures", "E, assumption; 1e-5 mature, 1e-3 prototypes"
    )
    courier_no_show_share: Share = about(
        0.0, "share of couriers who do not come to work, each all day, 0 to 1", "E, assumption; about 0.03"
    )
    airport_closed: AirportClosedRate = table(AirportClosedRate, "airports that close by chance")
    takeoff_point_closed: TakeoffPointClosedRate = table(
        TakeoffPointClosedRate, "take-off points from which nobody departs, by chance"
    )
    cabinet_jammed: CabinetJammedRate = table(CabinetJammedRate, "cabinets that jam by chance")
    unloader_fails: UnloaderFailsRate = table(UnloaderFailsRate, "unloaders that fail by chance")
    charger_fails: ChargerFailsRate = table(ChargerFailsRate, "chargers that fail by chance")
    kitchen_surge: KitchenSurgeRate = table(KitchenSurgeRate, "kitchens that are overrun by chance")
    dispatcher_outage: DispatcherOutageRate = table(DispatcherOutageRate, "outages of the dispatcher by chance")
