"""Facts of a day that its tables can't say: capacities, hours, promises, minima, prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from numpy.typing import NDArray

from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.tracks import DRIFT_SLOPE
from dronesim.units import MS
from dronesim.weather import Wind

_PROCEDURE: Final = (
    "cruise_mps",
    "max_mps",
    "acceleration_mps2",
    "takeoff_check_s",
    "low_climb_mps",
    "low_climb_m",
    "climb_mps",
    "transition_s",
    "approach_s",
    "descent_mps",
    "final_hover_m",
    "touchdown_mps",
)
"""What facts say of how a drone type flies, by the names of its fields."""
_POWER: Final = (
    "power_model",
    "bare_kg",
    "disc_area_m2",
    "eta_hover",
    "eta_forward",
    "drag_area_m2",
    "avionics_w",
)
"""What facts say of the power that it draws, by the names of its fields."""


def collect_facts(
    inputs: SimulationInputs,
    *,
    closed_ms: int,
    packs: int,
    routes: list[tuple[int, int, float, NDArray[Any]]],
    separation: Mapping[str, float | int | None],
) -> dict[str, Any]:
    """Put together what ``facts.json`` holds.

    ``routes``: origin, destination, level and corners of each; ``separation``: what was counted of the flown
    paths, empty if nothing was.
    """
    rules, kind = inputs.rules, inputs.aircraft.drone_type
    homes = inputs.places.ids[: inputs.places.takeoff_points]
    horizon, drones = rules.horizon, sum(rules.fleet.drones)
    return {
        "schema_version": 1,
        "name": inputs.name,
        "policy": inputs.policy_name,
        "seed": inputs.seed,
        "replication": inputs.replication,
        "horizon": {
            "start_s": horizon.start_s,
            "end_s": horizon.end_s,
            "closed_s": closed_ms / MS,
        },
        "service": asdict(rules.service),
        "demand": asdict(inputs.demand),
        "sites": _sites(inputs),
        "capacity": _capacities(inputs, packs),
        "fleet": {
            "owned": drones + sum(rules.fleet.spares),
            "drones": drones,
            "spares": sum(rules.fleet.spares),
            "drone_type": kind.name,
            "is_shared": rules.fleet.is_shared,
            "by_takeoff_point": dict(zip(homes, rules.fleet.drones, strict=True)),
        },
        "aircraft": {
            "payload_kg": kind.payload_kg,
            "pack_wh": kind.pack_wh,
            "usable_share": kind.usable_share,
            **{name: getattr(kind, name) for name in _PROCEDURE},
            "final_hover_s": kind.alignment_s,
            **{name: getattr(kind, name) for name in _POWER},
            "air_density_kgm3": inputs.aircraft.air_density,
        },
        "batteries": {
            "mode": rules.batteries.mode,
            "packs": drones + sum(rules.fleet.spares) + sum(rules.batteries.packs),
            "reserve": rules.batteries.reserve,
            "charge_to": rules.batteries.charge_to,
            "charge_c": rules.batteries.charge_c,
            "swap_s": rules.batteries.swap_s,
        },
        "handling": {
            "load_s": rules.takeoff_points.load_s,
            "clear_s": rules.takeoff_points.clear_s,
            "unload_s": rules.airports.unload_s,
            "boxing_s": rules.couriers.boxing_s,
            "courier_handling_s": rules.couriers.handling_s,
            "hold_limit_s": rules.airports.hold_limit_s,
            "lane_headway_s": rules.airspace.lane_headway_s,
        },
        "airspace": {
            "structure": rules.airspace.structure,
            "mode": rules.airspace.mode,
            "levels_m": list(rules.airspace.levels_m),
            "separation_m": rules.airspace.separation_m,
            "vertical_m": rules.airspace.vertical_m,
            "terminal_radius_m": rules.airspace.terminal_radius_m,
            "track_bound_m": rules.airspace.track_bound_m,
            "corner_cut_m": rules.airspace.corner_cut_m,
            "drift_slope": DRIFT_SLOPE,
            "path_error_m": rules.airspace.path_error_m,
            "zone_grace_s": rules.airspace.zone_grace_s,
        },
        "wind": [_wind(from_s, winds, rules.airspace.levels_m) for from_s, winds in inputs.winds],
        "pilots": asdict(rules.pilots),
        "couriers": {"count": dict(zip(homes, rules.couriers.count, strict=True))},
        "prices": asdict(rules.prices),
        "routes": [_route(inputs.places.ids, *route) for route in routes],
        "separation": separation,
    }


def _wind(from_s: float, winds: tuple[Wind, ...], levels_m: tuple[float, ...]) -> dict[str, Any]:
    """Wind vectors (east, north) in m/s by level."""
    return {
        "from_s": from_s,
        "levels": [[level_m, *wind.vector()] for level_m, wind in zip(levels_m, winds, strict=True)],
    }


def _route(
    sites: tuple[str, ...], origin: int, destination: int, level_m: float, corners: NDArray[Any]
) -> dict[str, Any]:
    points_m = [[round(x_m, 3), round(y_m, 3)] for x_m, y_m in corners.tolist()]
    return {"from": sites[origin], "to": sites[destination], "level_m": level_m, "points_m": points_m}


def _sites(inputs: SimulationInputs) -> dict[str, list[dict[str, Any]]]:
    places = inputs.places
    rows = [
        {"id": name, "x_m": float(x_m), "y_m": float(y_m)}
        for name, (x_m, y_m) in zip(places.ids, places.xy, strict=True)
    ]
    return {"takeoff_points": rows[: places.takeoff_points], "airports": rows[places.takeoff_points :]}


def _capacities(inputs: SimulationInputs, packs: int) -> dict[str, dict[str, int]]:
    rules, places = inputs.rules, inputs.places
    homes, airports = places.ids[: places.takeoff_points], places.ids[places.takeoff_points :]

    def by_site(sites: tuple[str, ...], counts: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(sites, counts, strict=True))

    lanes = dict.fromkeys(places.ids, 1)
    return {
        "pad": by_site(places.ids, (*rules.takeoff_points.pads, *rules.airports.pads)),
        "loader": by_site(homes, rules.takeoff_points.loaders),
        "unloader": by_site(airports, rules.airports.unloaders),
        "box": by_site(airports, rules.airports.boxes),
        "courier": by_site(homes, rules.couriers.count),
        "charger": by_site(homes, rules.batteries.chargers),
        "departure_lane": lanes,
        "arrival_lane": lanes,
        "pilot": {"network": rules.pilots.count * rules.pilots.drones_per_pilot},
        "pack": {"network": packs},
    }
