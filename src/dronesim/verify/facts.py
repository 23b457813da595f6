"""The facts of a run as the checks need them: capacities, fleet, hours, targets and minima."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dronesim.errors import InputError, Problem

_PLACES = {
    "seed": "seed",
    "replication": "replication",
    "start_s": "horizon.start_s",
    "end_s": "horizon.end_s",
    "closed_s": "horizon.closed_s",
    "radius_m": "service.radius_m",
    "limit_s": "service.limit_s",
    "clock": "service.clock",
    "target": "service.target",
    "owned": "fleet.owned",
    "drones": "fleet.drones",
    "is_shared": "fleet.is_shared",
    "payload_kg": "aircraft.payload_kg",
    "pack_wh": "aircraft.pack_wh",
    "max_mps": "aircraft.max_mps",
    "battery_mode": "batteries.mode",
    "packs": "batteries.packs",
    "reserve": "batteries.reserve",
    "charge_to": "batteries.charge_to",
    "load_s": "handling.load_s",
    "unload_s": "handling.unload_s",
    "boxing_s": "handling.boxing_s",
    "courier_handling_s": "handling.courier_handling_s",
    "hold_limit_s": "handling.hold_limit_s",
    "lane_headway_s": "handling.lane_headway_s",
    "airspace_mode": "airspace.mode",
    "levels_m": "airspace.levels_m",
    "separation_m": "airspace.separation_m",
    "vertical_m": "airspace.vertical_m",
    "zone_grace_s": "airspace.zone_grace_s",
    "terminal_radius_m": "airspace.terminal_radius_m",
    "pilots": "pilots.count",
    "capacity": "capacity",
    "couriers": "couriers.count",
    "prices": "prices",
}
_NUMBERS = (
    *("start_s", "end_s", "closed_s", "radius_m", "limit_s", "target", "payload_kg", "pack_wh", "max_mps"),
    *("reserve", "charge_to", "load_s", "unload_s", "boxing_s", "courier_handling_s", "hold_limit_s"),
    *("lane_headway_s", "separation_m", "vertical_m", "terminal_radius_m", "owned", "drones", "pilots"),
    *("seed", "replication", "packs", "zone_grace_s"),
)
_MAPPINGS = ("capacity", "couriers", "prices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``facts.json``, flat; ``takeoff_points`` and ``airports`` give each site's place in local metres.

    ``capacity[resource][site]`` is the number of units of a resource at a site.
    """

    takeoff_points: dict[str, tuple[float, float]]
    airports: dict[str, tuple[float, float]]
    seed: int
    replication: int
    start_s: float
    end_s: float
    closed_s: float
    radius_m: float
    limit_s: float
    clock: str
    target: float
    owned: int
    drones: int
    is_shared: bool
    payload_kg: float
    pack_wh: float
    max_mps: float
    battery_mode: str
    packs: int
    reserve: float
    charge_to: float
    load_s: float
    unload_s: float
    boxing_s: float
    courier_handling_s: float
    hold_limit_s: float
    lane_headway_s: float
    airspace_mode: str
    levels_m: tuple[float, ...]
    separation_m: float
    vertical_m: float
    zone_grace_s: float
    terminal_radius_m: float
    pilots: int
    capacity: dict[str, dict[str, int]]
    couriers: dict[str, int]
    prices: dict[str, Any]

    @property
    def sites(self) -> dict[str, tuple[float, float]]:
        """Give every place a drone can stand."""
        return {**self.takeoff_points, **self.airports}


def read_facts(path: Path, raw: Mapping[str, Any]) -> Facts:
    """Pick the facts out of parsed JSON; every key that is missing or of the wrong kind is named at once."""
    values = {name: _find(raw, key) for name, key in _PLACES.items()}
    values["takeoff_points"] = _find(raw, "sites.takeoff_points")
    values["airports"] = _find(raw, "sites.airports")
    problems = [
        Problem(file=str(path), key=_PLACES.get(name, f"sites.{name}"), rule=rule, value=value)
        for name, value in values.items()
        if (rule := _broken_rule(name, value)) is not None
    ]
    if problems:
        raise InputError(problems)
    values["takeoff_points"] = _places(values["takeoff_points"])
    values["airports"] = _places(values["airports"])
    values["levels_m"] = tuple(float(level) for level in values["levels_m"])
    return Facts(**values)


def _find(raw: Mapping[str, Any], key: str) -> Any:
    found: Any = raw
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _broken_rule(name: str, value: Any) -> str | None:
    if value is None:
        return "is missing"
    if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        return "must be a number"
    if name in _MAPPINGS and not isinstance(value, Mapping):
        return "must be a table"
    if name == "levels_m" and not isinstance(value, list):
        return "must be a list"
    if name in ("takeoff_points", "airports") and not _is_site_list(value):
        return "must be a list of sites with id, x_m and y_m"
    return None


def _is_site_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(site, Mapping) and {"id", "x_m", "y_m"} <= set(site) for site in value
    )


def _places(sites: list[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    return {str(site["id"]): (float(site["x_m"]), float(site["y_m"])) for site in sites}
