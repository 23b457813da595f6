"""What parts of ``facts.json`` must look like: which kind each value is of, and in which words that is said."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

_TEXTS = ("clock", "battery_mode", "airspace_mode", "power_model")
_SWITCHES = ("is_shared",)
_MAPPINGS = ("terminal_meetings", "by_takeoff_point", "capacity", "couriers", "prices")
_LISTS = ("levels_m",)
_AGEING_LAW = ("cycles_to_80", "exponent", "calendar_per_day", "retire_at", "cycles_per_day")
_AGEING_PACKS = ("full_cycles", "days", "health")
AGEING_RULE = f"must have the numbers {', '.join(_AGEING_LAW)} and lists of one length {', '.join(_AGEING_PACKS)}"
_CARE_LIMITS = ("after_sorties", "after_flight_s")
_CARE_LAW = (
    *("inspection_s", "repair_share", "repair_median_days", "repair_p95_days"),
    *("sorties_per_day", "flight_s_per_day"),
)
_CARE_DRONES = ("sorties", "flown_s", "in_repair_days")
CARE_RULE = (
    f"must have the numbers {', '.join(_CARE_LAW)}, lists of one length {', '.join(_CARE_DRONES)}, "
    "and stays with drone, kind, from_s and to_s"
)
HANDLING_RULE = "must tell sd_s by name, lists of seconds boxing_s, load_s and unload_s or null, and swap_s by drone"
_RIDERS_RULE = "must tell count by take-off point, road_mps above 0, pickup_s and dropoff_s"
_STEPS_RULE = "must tell by resource and site from when, ascending, how many are there"
WEATHER_LIMITS: Final = ("wind_mps", "gust_mps", "rain_mmh", "visibility_m", "low_c", "high_c")
WEATHER_VALUES: Final = ("gust_mps", "rain_mmh", "temperature_c", "visibility_m")
WEATHER_RULES: Final = (
    *("again_share", "again_s", "look_ahead_s", "pack_share_0c", "pack_share_minus_20c", "pressure_pa"),
    "rated_density_kgm3",
)


def broken_rule(name: str, value: Any) -> str | None:
    """Tell which rule a value breaks that facts have under a name, None for none."""
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
    return None if is_number(value) else "must be a number"


_KINDS: Final = (
    (_TEXTS, str, "must be text"),
    (_SWITCHES, bool, "must be true or false"),
    (_MAPPINGS, Mapping, "must be a table"),
    (_LISTS, list, "must be a list"),
)


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, and no switch."""
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
    are_rows = all(isinstance(row, list) and len(row) == 3 and all(map(is_number, row)) for row in rows)
    return is_number(wind.get("from_s")) and are_rows


def _are_riders(value: Any) -> bool:
    """Tell whether a value is empty, or says who the riders are and how long they take."""
    if not isinstance(value, Mapping):
        return False
    numbers = [value.get(name) for name in ("road_mps", "pickup_s", "dropoff_s")]
    is_whole = isinstance(value.get("count"), Mapping) and all(map(is_number, (*value["count"].values(), *numbers)))
    return not value or (is_whole and value["road_mps"] > 0)


def _are_shifts(value: Any) -> bool:
    """Tell whether a value is a table of tables of steps."""
    tables = value.values() if isinstance(value, Mapping) else [None]
    return all(isinstance(sites, Mapping) and all(map(_are_steps, sites.values())) for sites in tables)


def _are_steps(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if not all(isinstance(step, list) and len(step) == 2 and all(map(is_number, step)) for step in value):
        return False
    ascends = all(before[0] < after[0] for before, after in pairwise(value))
    return ascends and all(count >= 0 for _, count in value) and max(count for _, count in value) > 0


def _is_closure_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(closure, Mapping)
        and isinstance(closure.get("airport"), str)
        and is_number(closure.get("from_s"))
        and is_number(closure.get("to_s"))
        for closure in value
    )


def is_ageing(told: Any) -> bool:
    """Tell whether a value has the law by which packs age, and what they are like."""
    if not isinstance(told, Mapping) or not all(is_number(told.get(name)) for name in _AGEING_LAW):
        return False
    return _are_lists([told.get(name) for name in _AGEING_PACKS])


def _are_lists(lists: list[Any]) -> bool:
    """Tell whether these are lists of numbers, all of one length."""
    are_lists = all(isinstance(found, list) and found and all(map(is_number, found)) for found in lists)
    return are_lists and len({len(found) for found in lists}) == 1


def is_handling(told: Any) -> bool:
    """Tell whether a value has laws of handling times, and what was drawn of them."""
    if not isinstance(told, Mapping) or not {"sd_s", "boxing_s", "load_s", "unload_s", "swap_s"} <= set(told):
        return False
    laws, swaps = told["sd_s"], told["swap_s"]
    if not isinstance(laws, Mapping) or not isinstance(swaps, Mapping):
        return False
    lists = [told[name] for name in ("boxing_s", "load_s", "unload_s") if told[name] is not None] + list(swaps.values())
    return all(map(is_number, laws.values())) and all(
        isinstance(values, list) and all(map(is_number, values)) for values in lists
    )


def is_care(told: Any) -> bool:
    """Tell whether a value has the law of inspections and repairs, and what drones are like."""
    if not isinstance(told, Mapping) or not all(is_number(told.get(name)) for name in _CARE_LAW):
        return False
    limits = [told.get(name, "") for name in _CARE_LIMITS]
    stays = told.get("stays")
    return (
        all(limit is None or is_number(limit) for limit in limits)
        and _are_lists([told.get(name) for name in _CARE_DRONES])
        and isinstance(stays, list)
        and all(map(_is_stay, stays))
    )


def _is_stay(stay: Any) -> bool:
    return (
        isinstance(stay, Mapping)
        and {"drone", "kind", "from_s", "to_s"} <= stay.keys()
        and is_number(stay["drone"])
        and isinstance(stay["kind"], str)
        and is_number(stay["from_s"])
        and (stay["to_s"] is None or is_number(stay["to_s"]))
    )


def _is_outage_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(outage, Mapping)
        and all(isinstance(outage.get(key), str) for key in ("what", "site", "cause"))
        and all(is_number(outage.get(key)) for key in ("from_s", "to_s"))
        for outage in value
    )


def _is_unmet_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, Mapping) and isinstance(row.get("kind"), str) and is_number(row.get("at_s")) for row in value
    )


_SHAPES: Final = {
    "takeoff_points": _is_site_list,
    "airports": _is_site_list,
    "winds": _is_wind_list,
    "closures": _is_closure_list,
    "outages": _is_outage_list,
    "unmet": _is_unmet_list,
}
_SHAPE_RULES: Final = {
    "takeoff_points": "must be a list of sites with id, x_m and y_m",
    "airports": "must be a list of sites with id, x_m and y_m",
    "closures": "must be a list of closures with airport, from_s and to_s",
    "unmet": "must be a list of events with kind and at_s",
    "outages": "must be a list of outages with what, site, from_s, to_s and cause",
    "winds": "must be a list, of at least one wind, with from_s and levels of height, east and north",
}


def is_weather(told: Any) -> bool:
    """Tell whether a value has the weather of a day with its rules."""
    if not isinstance(told, Mapping) or not isinstance(told.get("limits"), Mapping):
        return False
    lists = [told.get(name) for name in ("rows", "forecast_rows", "lifts", "stops")]
    if not all(isinstance(found, list) for found in lists) or not told["rows"] or not told["lifts"]:
        return False
    are_rows = all(map(_is_weather_row, [*told["rows"], *told["forecast_rows"]]))
    are_lifts = all(isinstance(lift, list) and len(lift) == 2 and all(map(is_number, lift)) for lift in told["lifts"])
    are_stops = all(isinstance(stop, Mapping) and {"from_s", "to_s", "why"} <= set(stop) for stop in told["stops"])
    are_switches = all(isinstance(told.get(name), bool) for name in ("counts_all", "acts_on_packs", "acts_on_air"))
    numbers = [*(told["limits"].get(name) for name in WEATHER_LIMITS), *(told.get(name) for name in WEATHER_RULES)]
    return are_rows and are_lifts and are_stops and are_switches and all(map(is_number, numbers))


def _is_weather_row(row: Any) -> bool:
    if not isinstance(row, Mapping) or not (is_number(row.get("from_s")) and is_number(row.get("wind_mps"))):
        return False
    return all(row.get(name) is None or is_number(row[name]) for name in WEATHER_VALUES)
