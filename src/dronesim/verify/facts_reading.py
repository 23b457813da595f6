"""Reads ``facts.json``: every key that is missing or of the wrong kind is named at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.verify.exposure_facts import read_noise, read_risk
from dronesim.verify.facts import Closure, Facts, Outage, Weather, WeatherRow, Wind
from dronesim.verify.facts_forms import (
    AGEING_RULE,
    CARE_RULE,
    HANDLING_RULE,
    WEATHER_LIMITS,
    WEATHER_RULES,
    WEATHER_VALUES,
    broken_rule,
    is_ageing,
    is_care,
    is_handling,
    is_number,
    is_weather,
)

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
    "spares": "fleet.spares",
    "is_shared": "fleet.is_shared",
    "by_takeoff_point": "fleet.by_takeoff_point",
    **{
        name: f"aircraft.{name}"
        for name in (
            *("payload_kg", "pack_wh", "usable_share", "cruise_mps", "acceleration_mps2", "takeoff_check_s"),
            *("low_climb_mps", "low_climb_m", "climb_mps", "transition_s", "approach_s", "descent_mps"),
            *("final_hover_m", "final_hover_s", "touchdown_mps", "power_model", "bare_kg", "disc_area_m2"),
            *("eta_hover", "eta_forward", "drag_area_m2", "avionics_w", "air_density_kgm3"),
            "wind_limit_mps",
        )
    },
    "battery_mode": "batteries.mode",
    "packs": "batteries.packs",
    "reserve": "batteries.reserve",
    "charge_to": "batteries.charge_to",
    "charge_c": "batteries.charge_c",
    "swap_s": "batteries.swap_s",
    "turnaround_below": "batteries.turnaround_below",
    "load_s": "handling.load_s",
    "clear_s": "handling.clear_s",
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
    "track_bound_m": "airspace.track_bound_m",
    "path_error_m": "airspace.path_error_m",
    "corner_cut_m": "airspace.corner_cut_m",
    "drift_slope": "airspace.drift_slope",
    "pilots": "pilots.count",
    "capacity": "capacity",
    "couriers": "couriers.count",
    "prices": "prices",
    "terminal_meetings": "terminal_meetings",
    "interval_s": "dispatch.interval_s",
}
_MAX_MPS = "aircraft.max_mps"
_AGEING = "batteries.ageing"
_LANDINGS = "fleet.landings"
_ENDS, _STAYS, _ANYWHERE = "fleet.ends", "where it is", "at any take-off point"
_MAY_KEEP = "dispatch.may_keep_packs"
_MAY_REFUSE, _WALK, _EXTRA_WALK = "dispatch.may_refuse", "couriers.walk_mps", "dispatch.extra_walk_m"
_CARE = "maintenance"
_LOOSE = {
    "takeoff_points": "sites.takeoff_points",
    "airports": "sites.airports",
    "winds": "wind",
    "closures": "closures",
}


_EMPTY: Final[Mapping[str, Any]] = {"outages": [], "unmet": [], "shifts": {}, "riders": {}}
"""What facts may leave out, and what that means."""


def read_facts(path: Path, raw: Mapping[str, Any]) -> Facts:
    """Pick the facts out of parsed JSON; every key that is missing or of the wrong kind is named at once."""
    places = {**_PLACES, **_LOOSE}
    if _find(raw, _MAX_MPS) is not None:
        places["max_mps"] = _MAX_MPS
    values = {name: _find(raw, key) for name, key in places.items()}
    values |= {name: raw.get(name, empty) for name, empty in _EMPTY.items()}
    places |= {name: name for name in _EMPTY}
    problems = [
        Problem(file=str(path), key=places[name], rule=rule, value=value)
        for name, value in values.items()
        if (rule := broken_rule(name, value)) is not None
    ]
    problems += _table_problems(path, raw)
    if problems:
        raise InputError(problems)
    ends, told = _find(raw, _ENDS), raw.get("weather")
    values["stays"], values["lands_anywhere"] = ends == _STAYS, ends == _ANYWHERE
    values["weather"] = None if told is None else _weather(told)
    values["ageing"], values["maintenance"] = _find(raw, _AGEING), _find(raw, _CARE)
    values |= {name: _places(values[name]) for name in ("takeoff_points", "airports")}
    values["levels_m"] = tuple(float(level) for level in values["levels_m"])
    values["max_mps"] = _find(raw, _MAX_MPS) or math.inf
    values["winds"] = tuple(_wind(wind) for wind in values["winds"])
    values["shifts"] = _shifts(values["shifts"])
    values["closures"] = tuple(map(_closure, values["closures"]))
    values["outages"] = tuple(map(_outage, values["outages"]))
    values["unmet"] = tuple(values["unmet"])
    values |= _exposure(path, raw) | {"moves": tuple(_find(raw, "demand.moves") or ())}
    return Facts(
        **values,
        link=_find(raw, "link"),
        navigation=_find(raw, "navigation"),
        position=raw.get("position"),
        handling_times=raw.get("handling_times"),
        policy=str(raw.get("policy", "")),
        may_refuse=bool(_find(raw, _MAY_REFUSE)),
        walk_mps=_find(raw, _WALK) or math.nan,
        extra_walk_m=_find(raw, _EXTRA_WALK) or 0.0,
        may_keep_packs=bool(_find(raw, _MAY_KEEP)),
        landings=_find(raw, _LANDINGS) or {},
    )


def _table_problems(path: Path, raw: Mapping[str, Any]) -> list[Problem]:
    """Name the tables that are there and not as they must be."""
    tables = (
        (_AGEING, is_ageing, AGEING_RULE),
        (_CARE, is_care, CARE_RULE),
        ("handling_times", is_handling, HANDLING_RULE),
        (_ENDS, (_STAYS, _ANYWHERE).__contains__, f'must be "{_STAYS}" or "{_ANYWHERE}", or left out'),
        (_LANDINGS, lambda value: isinstance(value, Mapping), "must be a table of take-off points by order"),
        *((key, lambda value: value is True, "must be true, or left out") for key in (_MAY_REFUSE, _MAY_KEEP)),
        *(
            (key, lambda value: is_number(value) and value > 0, "must be a number above 0, or left out")
            for key in (_WALK, _EXTRA_WALK)
        ),
        ("weather", is_weather, "must be a table with rows, forecast_rows, limits, lifts, stops and rules"),
    )
    return [
        Problem(file=str(path), key=key, rule=rule)
        for key, is_right, rule in tables
        if (table := _find(raw, key)) is not None and not is_right(table)
    ]


def _shifts(told: Any) -> Any:
    return {
        name: {site: tuple((float(at_s), int(count)) for at_s, count in steps) for site, steps in sites.items()}
        for name, sites in told.items()
    }


def _exposure(path: Path, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read risk and noise, where they are."""
    found: dict[str, Any] = {}
    for name, read in (("risk", read_risk), ("noise", read_noise)):
        try:
            found[name] = read(raw.get(name))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rule = f"is not as it must be: {type(error).__name__} {error}"
            raise InputError([Problem(file=str(path), key=name, rule=rule)]) from error
    return found


def _find(raw: Mapping[str, Any], key: str) -> Any:
    found: Any = raw
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _places(sites: list[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    return {str(site["id"]): (float(site["x_m"]), float(site["y_m"])) for site in sites}


def _wind(wind: Mapping[str, Any]) -> Wind:
    levels = {float(level_m): (float(east), float(north)) for level_m, east, north in wind["levels"]}
    return Wind(from_s=float(wind["from_s"]), levels=levels)


def _weather(told: Mapping[str, Any]) -> Weather:
    def rows(name: str) -> tuple[WeatherRow, ...]:
        return tuple(
            WeatherRow(
                from_s=row["from_s"], wind_mps=row["wind_mps"], **{value: row.get(value) for value in WEATHER_VALUES}
            )
            for row in told[name]
        )

    return Weather(
        rows=rows("rows"),
        forecast_rows=rows("forecast_rows"),
        limits={name: float(told["limits"][name]) for name in WEATHER_LIMITS},
        lifts={float(level_m): float(lift) for level_m, lift in told["lifts"]},
        stops=[(stop["from_s"], stop["to_s"], str(stop["why"])) for stop in told["stops"]],
        aloft=str(told.get("aloft")),
        **{name: told[name] for name in ("counts_all", "acts_on_packs", "acts_on_air", *WEATHER_RULES)},
    )


def _closure(closure: Mapping[str, Any]) -> Closure:
    return Closure(
        airport=str(closure["airport"]),
        from_s=float(closure["from_s"]),
        to_s=float(closure["to_s"]),
        cause=str(closure.get("cause", "")),
    )


def _outage(outage: Mapping[str, Any]) -> Outage:
    texts = {key: str(outage[key]) for key in ("what", "site", "cause")}
    return Outage(**texts, from_s=float(outage["from_s"]), to_s=float(outage["to_s"]))
