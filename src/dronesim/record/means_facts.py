"""The facts of what flies and how it is handled: fleet, drone type, packs, upkeep and handling times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dronesim.record.forms import left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """Drones: ``owned`` are the available ``drones``, which stand by take-off point at opening, and the spares.

    ``ends`` where they stay at airports, or land at any take-off point; then ``landings`` are the take-off points that
    the policy named last for orders, by number.
    """

    owned: int
    drones: int
    spares: int
    drone_type: str
    is_shared: bool
    by_takeoff_point: Mapping[str, int]
    ends: str | None = left_out()
    landings: Mapping[str, str] | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftFacts:
    """The drone type: payload, pack, how it flies, the last metres and seconds of a landing included, and its power."""

    payload_kg: float
    pack_wh: float
    usable_share: float
    cruise_mps: float
    max_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    descent_mps: float
    final_hover_m: float
    touchdown_mps: float
    final_hover_s: float
    power_model: str
    bare_kg: float
    disc_area_m2: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    air_density_kgm3: float
    wind_limit_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingFacts:
    """How packs age, and what each has been through in the morning, by number.

    ``health`` is what a pack holds as a share of a new one, 1 − .2 (``full_cycles`` / ``cycles_to_80``)^``exponent`` −
    ``calendar_per_day`` x ``days``, all day long; at ``retire_at`` it retires when the day is over.
    """

    cycles_to_80: float
    exponent: float
    calendar_per_day: float
    retire_at: float
    cycles_per_day: float
    full_cycles: tuple[float, ...]
    days: tuple[float, ...]
    health: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryFacts:
    """Packs, those in drones included, and how they are charged; ``charge_c`` in 1/h, charges as shares.

    Below a charge of ``turnaround_below`` a pack is swapped or charged after a return. ``ageing`` where packs age.
    """

    mode: str
    packs: int
    reserve: float
    charge_to: float
    charge_c: float
    swap_s: float
    turnaround_below: float
    ageing: AgeingFacts | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class StayFacts:
    """A drone that was out of service, in ``inspection`` or ``repair``; ``to_s`` None: beyond the day."""

    drone: int
    kind: str
    from_s: float
    to_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareFacts:
    """How drones are looked after; what each had been through in the morning, by number; who was out of service when.

    A drone is due ``after_sorties`` or ``after_flight_s`` aloft, null where that does not count; ``sorties`` and
    ``flown_s`` are since its last inspection, ``in_repair_days`` what is left of a repair, in days of opening hours.
    """

    after_sorties: float | None
    after_flight_s: float | None
    inspection_s: float
    repair_share: float
    repair_median_days: float
    repair_p95_days: float
    sorties_per_day: float
    flight_s_per_day: float
    sorties: tuple[float, ...]
    flown_s: tuple[float, ...]
    in_repair_days: tuple[float, ...]
    stays: tuple[StayFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingFacts:
    """How long things take on the ground, how long a parcel may lie in its box, and the headway of lanes."""

    load_s: float
    clear_s: float
    unload_s: float
    boxing_s: float
    courier_handling_s: float
    hold_limit_s: float
    lane_headway_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingTimesFacts:
    """Handling times that scatter: the standard deviations of their laws, and what was drawn.

    ``boxing_s``, ``load_s`` and ``unload_s`` by order, None where they don't scatter; ``swap_s`` the swaps of each
    drone, by its number, in their order.
    """

    sd_s: Mapping[str, float]
    boxing_s: tuple[float, ...] | None
    load_s: tuple[float, ...] | None
    unload_s: tuple[float, ...] | None
    swap_s: Mapping[str, tuple[float, ...]]
