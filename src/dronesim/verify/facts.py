"""The facts of a run as the checks need them: capacities, fleet, hours, targets and minima."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

from dronesim.errors import InputError, Problem
from dronesim.verify.exposure_facts import Noise, Risk, read_noise, read_risk

Steps: TypeAlias = tuple[tuple[float, int], ...]
"""From when how many are there, ascending; nobody before the first."""

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
_TEXTS = ("clock", "battery_mode", "airspace_mode", "power_model")
_SWITCHES = ("is_shared",)
_MAPPINGS = ("terminal_meetings", "by_takeoff_point", "capacity", "couriers", "prices")
_LISTS = ("levels_m",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """The air's velocity to the east and north by level, from a time until the next wind."""

    from_s: float
    levels: dict[float, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherRow:
    """The weather from a time on; None for what is not known."""

    from_s: float
    wind_mps: float
    gust_mps: float | None
    rain_mmh: float | None
    temperature_c: float | None
    visibility_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather of a day, its forecast, and its rules; ``lifts`` tell by level how the wind grows with height."""

    rows: tuple[WeatherRow, ...]
    forecast_rows: tuple[WeatherRow, ...]
    limits: dict[str, float]
    lifts: dict[float, float]
    counts_all: bool
    stops: list[tuple[float | None, float | None, str]]
    again_share: float
    again_s: float
    look_ahead_s: float
    aloft: str
    acts_on_packs: bool
    pack_share_0c: float
    pack_share_minus_20c: float
    acts_on_air: bool
    pressure_pa: float
    rated_density_kgm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """An airport that took no drone from one time to another, and the kind of incident that it was for."""

    airport: str
    from_s: float
    to_s: float
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What was not there from one time to another, where, and the kind of incident that it was for."""

    what: str
    site: str
    from_s: float
    to_s: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``facts.json``, flat; ``takeoff_points`` and ``airports`` give each site's place in local metres.

    ``max_mps`` is infinite where the drone has no speed through the air beside that of its cruise.
    ``stays``: drones stay at airports where they were unloaded; ``lands_anywhere``: they land at any take-off point.
    ``ageing`` tells how packs age, ``maintenance`` how drones are inspected; None where they don't, or are not.
    ``capacity[resource][site]`` is the number of units of a resource at a site; ``winds`` ascend in time, and the
    first also holds before its own. ``shifts[resource][site]`` are steps, where the number is not the same all day.
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
    spares: int
    is_shared: bool
    by_takeoff_point: dict[str, int]
    payload_kg: float
    pack_wh: float
    usable_share: float
    cruise_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    max_mps: float
    descent_mps: float
    final_hover_m: float
    final_hover_s: float
    touchdown_mps: float
    power_model: str
    bare_kg: float
    disc_area_m2: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    air_density_kgm3: float
    battery_mode: str
    packs: int
    reserve: float
    charge_to: float
    charge_c: float
    swap_s: float
    turnaround_below: float
    load_s: float
    clear_s: float
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
    track_bound_m: float
    path_error_m: float
    corner_cut_m: float
    drift_slope: float
    wind_limit_mps: float
    interval_s: float
    winds: tuple[Wind, ...]
    closures: tuple[Closure, ...]
    outages: tuple[Outage, ...]
    pilots: int
    capacity: dict[str, dict[str, int]]
    couriers: dict[str, int]
    prices: dict[str, Any]
    ageing: dict[str, Any] | None
    maintenance: dict[str, Any] | None
    terminal_meetings: dict[str, Any]
    shifts: dict[str, dict[str, Steps]]
    riders: dict[str, Any]
    link: Mapping[str, Any] | None = None
    navigation: Mapping[str, Any] | None = None
    position: Mapping[str, Any] | None = None
    handling_times: dict[str, Any] | None = None
    policy: str = ""
    risk: Risk | None = None
    noise: Noise | None = None
    weather: Weather | None = None
    moves: tuple[Any, ...] = ()
    stays: bool = False
    lands_anywhere: bool = False
    may_refuse: bool = False
    walk_mps: float = math.nan
    extra_walk_m: float = 0.0
    may_keep_packs: bool = False
    landings: Mapping[str, str] = field(default_factory=dict)

    @property
    def sites(self) -> dict[str, tuple[float, float]]:
        """Give every place a drone can stand."""
        return {**self.takeoff_points, **self.airports}


_MAX_MPS = "aircraft.max_mps"
_AGEING = "batteries.ageing"
_AGEING_LAW = ("cycles_to_80", "exponent", "calendar_per_day", "retire_at", "cycles_per_day")
_AGEING_PACKS = ("full_cycles", "days", "health")
_AGEING_RULE = f"must have the numbers {', '.join(_AGEING_LAW)} and lists of one length {', '.join(_AGEING_PACKS)}"
_LANDINGS = "fleet.landings"
_ENDS, _STAYS, _ANYWHERE = "fleet.ends", "where it is", "at any take-off point"
_MAY_KEEP = "dispatch.may_keep_packs"
_MAY_REFUSE, _WALK, _EXTRA_WALK = "dispatch.may_refuse", "couriers.walk_mps", "dispatch.extra_walk_m"
_CARE = "maintenance"
_CARE_LIMITS = ("after_sorties", "after_flight_s")
_CARE_LAW = (
    *("inspection_s", "repair_share", "repair_median_days", "repair_p95_days"),
    *("sorties_per_day", "flight_s_per_day"),
)
_CARE_DRONES = ("sorties", "flown_s", "in_repair_days")
_CARE_RULE = (
    f"must have the numbers {', '.join(_CARE_LAW)}, lists of one length {', '.join(_CARE_DRONES)}, "
    "and stays with drone, kind, from_s and to_s"
)
_LOOSE = {
    "takeoff_points": "sites.takeoff_points",
    "airports": "sites.airports",
    "winds": "wind",
    "closures": "closures",
}
_HANDLING_RULE = "must tell sd_s by name, lists of seconds boxing_s, load_s and unload_s or null, and swap_s by drone"
_RIDERS_RULE = "must tell count by take-off point, road_mps above 0, pickup_s and dropoff_s"
_STEPS_RULE = "must tell by resource and site from when, ascending, how many are there"


def read_facts(path: Path, raw: Mapping[str, Any]) -> Facts:
    """Pick the facts out of parsed JSON; every key that is missing or of the wrong kind is named at once."""
    places = {**_PLACES, **_LOOSE}
    if _find(raw, _MAX_MPS) is not None:
        places["max_mps"] = _MAX_MPS
    values = {name: _find(raw, key) for name, key in places.items()}
    values |= {"outages": raw.get("outages", []), "shifts": raw.get("shifts", {}), "riders": raw.get("riders", {})}
    places |= {name: name for name in ("outages", "shifts", "riders")}
    problems = [
        Problem(file=str(path), key=places[name], rule=rule, value=value)
        for name, value in values.items()
        if (rule := _broken_rule(name, value)) is not None
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
        (_AGEING, _is_ageing, _AGEING_RULE),
        (_CARE, _is_care, _CARE_RULE),
        ("handling_times", _is_handling, _HANDLING_RULE),
        (_ENDS, (_STAYS, _ANYWHERE).__contains__, f'must be "{_STAYS}" or "{_ANYWHERE}", or left out'),
        (_LANDINGS, lambda value: isinstance(value, Mapping), "must be a table of take-off points by order"),
        *((key, lambda value: value is True, "must be true, or left out") for key in (_MAY_REFUSE, _MAY_KEEP)),
        *(
            (key, lambda value: _is_number(value) and value > 0, "must be a number above 0, or left out")
            for key in (_WALK, _EXTRA_WALK)
        ),
        ("weather", _is_weather, "must be a table with rows, forecast_rows, limits, lifts, stops and rules"),
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


def _broken_rule(name: str, value: Any) -> str | None:
    if value is None:
        return "is missing"
    if name == "riders":
        return None if _are_riders(value) else _RIDERS_RULE
    if name == "shifts":
        return None if _are_shifts(value) else _STEPS_RULE
    if name in _SHAPES:
        return None if _SHAPES[name](value) else _SHAPE_RULES[name]
    for names, kind, rule in _KINDS:
        if name in names:
            return None if isinstance(value, kind) else rule
    return None if _is_number(value) else "must be a number"


_KINDS: Final = (
    (_TEXTS, str, "must be text"),
    (_SWITCHES, bool, "must be true or false"),
    (_MAPPINGS, Mapping, "must be a table"),
    (_LISTS, list, "must be a list"),
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_site_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(site, Mapping) and {"id", "x_m", "y_m"} <= set(site) for site in value
    )


def _is_wind_list(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(wind, Mapping) and _is_wind(wind) for wind in value)


def _is_wind(wind: Mapping[str, Any]) -> bool:
    levels = wind.get("levels")
    rows = levels if isinstance(levels, list) else [None]
    are_rows = all(isinstance(row, list) and len(row) == 3 and all(map(_is_number, row)) for row in rows)
    return _is_number(wind.get("from_s")) and are_rows


def _are_riders(value: Any) -> bool:
    """Tell whether a value is empty, or says who the riders are and how long they take."""
    if not isinstance(value, Mapping):
        return False
    numbers = [value.get(name) for name in ("road_mps", "pickup_s", "dropoff_s")]
    is_whole = isinstance(value.get("count"), Mapping) and all(map(_is_number, (*value["count"].values(), *numbers)))
    return not value or (is_whole and value["road_mps"] > 0)


def _are_shifts(value: Any) -> bool:
    """Tell whether a value is a table of tables of steps."""
    tables = value.values() if isinstance(value, Mapping) else [None]
    return all(isinstance(sites, Mapping) and all(map(_are_steps, sites.values())) for sites in tables)


def _are_steps(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if not all(isinstance(step, list) and len(step) == 2 and all(map(_is_number, step)) for step in value):
        return False
    ascends = all(before[0] < after[0] for before, after in pairwise(value))
    return ascends and all(count >= 0 for _, count in value) and max(count for _, count in value) > 0


def _is_closure_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(closure, Mapping)
        and isinstance(closure.get("airport"), str)
        and _is_number(closure.get("from_s"))
        and _is_number(closure.get("to_s"))
        for closure in value
    )


def _is_ageing(told: Any) -> bool:
    if not isinstance(told, Mapping) or not all(_is_number(told.get(name)) for name in _AGEING_LAW):
        return False
    return _are_lists([told.get(name) for name in _AGEING_PACKS])


def _are_lists(lists: list[Any]) -> bool:
    """Tell whether these are lists of numbers, all of one length."""
    are_lists = all(isinstance(found, list) and found and all(map(_is_number, found)) for found in lists)
    return are_lists and len({len(found) for found in lists}) == 1


def _is_handling(told: Any) -> bool:
    if not isinstance(told, Mapping) or not {"sd_s", "boxing_s", "load_s", "unload_s", "swap_s"} <= set(told):
        return False
    laws, swaps = told["sd_s"], told["swap_s"]
    if not isinstance(laws, Mapping) or not isinstance(swaps, Mapping):
        return False
    lists = [told[name] for name in ("boxing_s", "load_s", "unload_s") if told[name] is not None] + list(swaps.values())
    return all(map(_is_number, laws.values())) and all(
        isinstance(values, list) and all(map(_is_number, values)) for values in lists
    )


def _is_care(told: Any) -> bool:
    if not isinstance(told, Mapping) or not all(_is_number(told.get(name)) for name in _CARE_LAW):
        return False
    limits = [told.get(name, "") for name in _CARE_LIMITS]
    stays = told.get("stays")
    return (
        all(limit is None or _is_number(limit) for limit in limits)
        and _are_lists([told.get(name) for name in _CARE_DRONES])
        and isinstance(stays, list)
        and all(map(_is_stay, stays))
    )


def _is_stay(stay: Any) -> bool:
    return (
        isinstance(stay, Mapping)
        and {"drone", "kind", "from_s", "to_s"} <= stay.keys()
        and _is_number(stay["drone"])
        and isinstance(stay["kind"], str)
        and _is_number(stay["from_s"])
        and (stay["to_s"] is None or _is_number(stay["to_s"]))
    )


def _is_outage_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(outage, Mapping)
        and all(isinstance(outage.get(key), str) for key in ("what", "site", "cause"))
        and all(_is_number(outage.get(key)) for key in ("from_s", "to_s"))
        for outage in value
    )


_SHAPES: Final = {
    "takeoff_points": _is_site_list,
    "airports": _is_site_list,
    "winds": _is_wind_list,
    "closures": _is_closure_list,
    "outages": _is_outage_list,
}
_SHAPE_RULES: Final = {
    "takeoff_points": "must be a list of sites with id, x_m and y_m",
    "airports": "must be a list of sites with id, x_m and y_m",
    "closures": "must be a list of closures with airport, from_s and to_s",
    "outages": "must be a list of outages with what, site, from_s, to_s and cause",
    "winds": "must be a list, of at least one wind, with from_s and levels of height, east and north",
}


def _places(sites: list[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    return {str(site["id"]): (float(site["x_m"]), float(site["y_m"])) for site in sites}


def _wind(wind: Mapping[str, Any]) -> Wind:
    levels = {float(level_m): (float(east), float(north)) for level_m, east, north in wind["levels"]}
    return Wind(from_s=float(wind["from_s"]), levels=levels)


_LIMITS: Final = ("wind_mps", "gust_mps", "rain_mmh", "visibility_m", "low_c", "high_c")
_VALUES: Final = ("gust_mps", "rain_mmh", "temperature_c", "visibility_m")
_RULES: Final = (
    *("again_share", "again_s", "look_ahead_s", "pack_share_0c", "pack_share_minus_20c", "pressure_pa"),
    "rated_density_kgm3",
)


def _is_weather(told: Any) -> bool:
    if not isinstance(told, Mapping) or not isinstance(told.get("limits"), Mapping):
        return False
    lists = [told.get(name) for name in ("rows", "forecast_rows", "lifts", "stops")]
    if not all(isinstance(found, list) for found in lists) or not told["rows"] or not told["lifts"]:
        return False
    are_rows = all(map(_is_weather_row, [*told["rows"], *told["forecast_rows"]]))
    are_lifts = all(isinstance(lift, list) and len(lift) == 2 and all(map(_is_number, lift)) for lift in told["lifts"])
    are_stops = all(isinstance(stop, Mapping) and {"from_s", "to_s", "why"} <= set(stop) for stop in told["stops"])
    are_switches = all(isinstance(told.get(name), bool) for name in ("counts_all", "acts_on_packs", "acts_on_air"))
    numbers = [*(told["limits"].get(name) for name in _LIMITS), *(told.get(name) for name in _RULES)]
    return are_rows and are_lifts and are_stops and are_switches and all(map(_is_number, numbers))


def _is_weather_row(row: Any) -> bool:
    if not isinstance(row, Mapping) or not (_is_number(row.get("from_s")) and _is_number(row.get("wind_mps"))):
        return False
    return all(row.get(name) is None or _is_number(row[name]) for name in _VALUES)


def _weather(told: Mapping[str, Any]) -> Weather:
    def rows(name: str) -> tuple[WeatherRow, ...]:
        return tuple(
            WeatherRow(from_s=row["from_s"], wind_mps=row["wind_mps"], **{value: row.get(value) for value in _VALUES})
            for row in told[name]
        )

    return Weather(
        rows=rows("rows"),
        forecast_rows=rows("forecast_rows"),
        limits={name: float(told["limits"][name]) for name in _LIMITS},
        lifts={float(level_m): float(lift) for level_m, lift in told["lifts"]},
        stops=[(stop["from_s"], stop["to_s"], str(stop["why"])) for stop in told["stops"]],
        aloft=str(told.get("aloft")),
        **{name: told[name] for name in ("counts_all", "acts_on_packs", "acts_on_air", *_RULES)},
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
