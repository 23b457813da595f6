"""Checks that facts which repeat a key of the scenario say what the scenario says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.record.plain import read_object
from dronesim.units import HOUR, MINUTE
from dronesim.verify.landings_drawn import miss_shares
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.stated import has_scenario, seconds, stated, value_at
from dronesim.verify.stated_numbers import by_site_texts, shift_texts

_NAME: Final = "facts repeat the scenario"
_NEAR: Final = 1e-9
Scenario = Mapping[str, Any]


def _alike(part: str, table: str, *keys: str) -> dict[str, str]:
    """Map keys of a part of the facts to keys of a table of the scenario that are called alike."""
    return {f"{part}.{key}": f"{table}.{key}" for key in keys}


_AS_STATED: Final[Mapping[str, str]] = {
    "name": "name",
    "seed": "seed",
    **_alike("service", "service", "radius_m", "clock", "target"),
    "demand.decay_m": "demand.choice.decay_m",
    **_alike("fleet", "fleet", "is_shared"),
    **_alike("batteries", "batteries", "mode", "reserve", "charge_to", "charge_c", "swap_s", "turnaround_below"),
    **_alike("batteries.ageing", "batteries", "cycles_to_80", "cycles_per_day"),
    "batteries.ageing.exponent": "batteries.ageing_exponent",
    "batteries.ageing.calendar_per_day": "batteries.calendar_loss_per_day",
    "batteries.ageing.retire_at": "batteries.retire_below",
    **_alike("handling", "takeoff_points", "load_s", "clear_s"),
    **_alike("handling", "airports", "unload_s"),
    **_alike("handling", "couriers", "boxing_s"),
    "handling.courier_handling_s": "couriers.handling_s",
    **_alike("handling", "airspace", "lane_headway_s"),
    **_alike(
        "airspace", "airspace", "structure", "mode", "levels_m", "separation_m", "vertical_m", "terminal_radius_m"
    ),
    **_alike("airspace", "airspace", "corner_cut_m", "path_error_m", "zone_grace_s"),
    **_alike("pilots", "pilots", "drones_per_pilot"),
    **_alike("couriers", "couriers", "walk_mps"),
    **_alike("riders", "riders", "road_mps"),
    **_alike("dispatch", "dispatch", "interval_s", "assign_ahead_s"),
    **_alike("link", "link", "after", "hold_after_s", "latency_s"),
    **_alike("navigation", "navigation", "go_around_s"),
    **_alike("position", "navigation.position", "drift_mps", "stray_max_m", "miss_share"),
    "maintenance.after_sorties": "maintenance.inspect_after_sorties",
    **_alike("maintenance", "maintenance", "repair_share", "repair_median_days", "repair_p95_days", "sorties_per_day"),
    **_alike("weather", "weather", "again_share", "forecast", "aloft", "acts_on_packs", "pack_share_0c"),
    **_alike("weather", "weather", "pack_share_minus_20c", "acts_on_air", "pressure_pa", "rated_density_kgm3"),
    **_alike("aircraft", "weather", "air_density_kgm3"),
    **_alike("risk", "risk", "people_per_km2", "shelter", "days_per_year"),
    **_alike("noise", "noise", "overflight_m", "receiver_m", "nearest_m"),
    **{f"handling_times.sd_s.{name}": f"handling.{name}.sd_s" for name in ("boxing", "load", "unload", "swap")},
}
"""Facts by the key that they repeat as it stands."""
_IN_OTHER_UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "service.limit_s": ("service.limit_min", MINUTE),
    "handling.hold_limit_s": ("airports.hold_limit_min", MINUTE),
    "riders.pickup_s": ("riders.pickup_min", MINUTE),
    "riders.dropoff_s": ("riders.dropoff_min", MINUTE),
    "maintenance.after_flight_s": ("maintenance.inspect_after_flight_h", HOUR),
    "maintenance.inspection_s": ("maintenance.inspection_min", MINUTE),
    "maintenance.flight_s_per_day": ("maintenance.flight_h_per_day", HOUR),
    "weather.again_s": ("weather.again_min", MINUTE),
    "weather.look_ahead_s": ("weather.look_ahead_min", MINUTE),
}
"""Facts by the key that they repeat in SI units, and how many of these are one of the key's."""
_TIMES: Final[Mapping[str, str]] = {"horizon.start_s": "horizon.start", "horizon.end_s": "horizon.end"}
_LIMITS: Final[Mapping[str, str]] = {
    "weather.limits.rain_mmh": "drone.rain_limit_mmh",
    "weather.limits.visibility_m": "drone.visibility_limit_m",
    "weather.limits.low_c": "drone.low_limit_c",
    "weather.limits.high_c": "drone.high_limit_c",
    "noise.source_dba": "drone.noise_dba",
    "noise.source_at_m": "drone.noise_at_m",
    "risk.width_m": "drone.width_m",
}
"""Facts that repeat a number of the drone where the scenario states one of its own."""
_HOVER: Final = "final_hover_s"
_DECAY: Final = "demand.decay_m"
_PRICES, _AIRCRAFT, _CRASHES = "prices", "aircraft", "risk.crashes"
_SCATTERED: Final = "handling_times.sd_s"
_HANDLED: Final = ("boxing", "load", "unload", "swap")
_SLACK_S: Final = 2e-3


def stated_keys(run: Run) -> Check:
    """Every fact that repeats a key of the scenario is as that key, and parts are there where keys ask for them."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    facts, scenario = read_object(run.folder / "facts.json"), stated(run)
    meant = dict(_meant(facts, scenario))
    texts = [
        f"facts: {name} is {_found(facts, name)!r}, the scenario's {key} makes it {value!r}"
        for name, (key, value) in meant.items()
        if not _is_same(_found(facts, name), value)
    ]
    texts += [
        *_parts(facts, scenario),
        *_handled(facts, scenario),
        *_crashes(facts, scenario),
        *_close(run, scenario),
        *by_site_texts(run, scenario),
        *shift_texts(run, scenario),
    ]
    return settle(_NAME, len(meant), [listed(texts)])


def _found(facts: Mapping[str, Any], name: str) -> Any:
    return value_at(facts, name)


def _is_there(facts: Mapping[str, Any], name: str) -> bool:
    """Tell whether a fact is told; a part that is left out is judged apart."""
    part, _, key = name.rpartition(".")
    table = _found(facts, part) if part else facts
    return isinstance(table, Mapping) and key in table


def _meant(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Give every fact that is told and repeats a key, with that key, and what it should be."""
    for name, key in _AS_STATED.items():
        stated_at, is_told = value_at(scenario, key), _is_there(facts, name)
        # where orders name their merchant, none is chosen
        is_told &= name != _DECAY or _found(facts, name) is not None
        if is_told and (stated_at is not None or name.startswith("maintenance")):
            yield name, (key, stated_at)
    for name, (key, unit) in _IN_OTHER_UNITS.items():
        stated_at = value_at(scenario, key)
        if _is_there(facts, name) and (stated_at is not None or name.startswith("maintenance")):
            yield name, (key, None if stated_at is None else stated_at * unit)
    for name, key in _TIMES.items():
        if (stated_at := value_at(scenario, key)) is not None:
            yield name, (key, seconds(stated_at))
    yield from _of_the_drone(facts, scenario)
    for key, price in (scenario.get("costs") or {}).items():
        yield f"{_PRICES}.{key}", (f"costs.{key}", price)
    yield from _made_of_several(facts, scenario)


def _of_the_drone(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[str, tuple[str, Any]]]:
    drone = scenario.get("drone") or {}
    hover, on_ground = drone.get(_HOVER), drone.get("ground_s")
    if hover is not None and on_ground is not None:
        yield f"{_AIRCRAFT}.{_HOVER}", ("drone.final_hover_s less ground_s", hover - on_ground)
    for key, number in drone.items():
        if key in facts[_AIRCRAFT] and (key != _HOVER or on_ground is None):
            yield f"{_AIRCRAFT}.{key}", (f"drone.{key}", number)
    for name, key in _LIMITS.items():
        number = value_at(scenario, key)
        if number is not None and _is_there(facts, name):
            yield name, (key, number)
    kind = str(value_at(scenario, "fleet.drone_type") or "")
    if kind and not kind.endswith(".toml"):
        yield "fleet.drone_type", ("fleet.drone_type", kind)


def _made_of_several(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[str, tuple[str, Any]]]:
    air, link, navigation = (scenario.get(name) or {} for name in ("airspace", "link", "navigation"))
    if air:
        bound_m = air["tracking_error_m"] * air["tracking_bound"]
        yield "airspace.track_bound_m", ("airspace.tracking_error_m times tracking_bound", bound_m)
    if facts.get("link") and link:
        yield "link.act_after_s", ("link.act_after_s", max(link["act_after_s"], link["hold_after_s"]))
    if facts.get("navigation") and navigation:
        strays_m = navigation["excursion_m"] if navigation["excursions_per_h"] else 0.0
        yield "navigation.excursion_m", ("navigation.excursion_m", strays_m)
    dispatch = scenario.get("dispatch") or {}
    for key in ("may_refuse", "may_keep_packs", "extra_walk_m"):
        if key in dispatch:
            yield f"dispatch.{key}", (f"dispatch.{key}", dispatch[key] or None)
    ends = value_at(scenario, "fleet.ends")
    if ends is not None:
        yield "fleet.ends", ("fleet.ends", None if ends == "at a take-off point" else ends)


def _is_same(found: Any, meant: Any) -> bool:
    """Compare two values, numbers but for the last digits."""
    if isinstance(found, list) and isinstance(meant, list):
        return len(found) == len(meant) and all(map(_is_same, found, meant))
    are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (found, meant))
    if are_numbers:
        return bool(abs(found - meant) <= _NEAR * max(abs(found), abs(meant)))
    return type(found) is type(meant) and bool(found == meant)


def _close(run: Run, scenario: Scenario) -> Iterator[str]:
    """Find a day that closes after its drain and its last order, or before the drain is over with a drone aloft."""
    ends, drain_min = (value_at(scenario, f"horizon.{name}") for name in ("end", "drain_max_min"))
    if ends is None or drain_min is None:
        return
    late_s, closed_s = seconds(ends) + MINUTE * float(drain_min) - run.facts.closed_s, run.facts.closed_s
    # an order that comes later is refused, and the day lasts until then
    if late_s < -_SLACK_S and closed_s > np.fmax.reduce(run.orders["placed_s"], initial=-np.inf) + _SLACK_S:
        yield f"facts: the day closes {at(closed_s)}, {-late_s:.3f} s after its drain"
    aloft = np.flatnonzero((run.legs["outcome"] == "open") & (run.legs["departed_s"] < closed_s - _SLACK_S))
    if late_s > _SLACK_S and len(aloft):
        yield (
            f"facts: the day closes {at(closed_s)}, {late_s:.3f} s before its drain is over, and leg "
            f"{run.legs['leg'][aloft[0]]} is still flown"
        )


# parts that are there or not


def _parts(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """Find parts of the facts that are there though no key asks for them, and the other way round."""
    kinds = {event["kind"] for event in scenario.get("events", ())}

    def has(path: str) -> bool:
        return bool(value_at(scenario, path))

    def draws(path: str) -> bool:
        return _draws(scenario, path)

    misses = miss_shares(scenario.get("navigation") or {})[0] > 0
    position = draws("navigation.position.outages") or "position_outage" in kinds
    due = {
        "link": draws("link.outages") or "link_loss" in kinds or has("link.latency_s"),
        "position": position,
        "navigation": position or misses or has("navigation.excursions_per_h"),
        "maintenance": has("maintenance.inspect_after_sorties") or has("maintenance.inspect_after_flight_h"),
        "batteries.ageing": has("batteries.cycles_to_80"),
    }
    for part, is_due in due.items():
        if is_due != bool(_found(facts, part)):
            verb = "ask for" if is_due else "have nothing of"
            yield f"facts {'lack' if is_due else 'have'} {part}, and the keys of the scenario {verb} it"


def _draws(scenario: Scenario, path: str) -> bool:
    return value_at(scenario, f"{path}.kind") not in (None, "none", "constant")


def _handled(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """Find handling times that scatter though their key has no law, and the other way round."""
    scattered = _found(facts, _SCATTERED) or {}
    for name in _HANDLED if "handling" in scenario else ():
        if _draws(scenario, f"handling.{name}") != (name in scattered):
            verb = "has" if name in scattered else "lacks"
            yield f"facts: handling {verb} a law of {name}, and the scenario's handling.{name} says otherwise"


def _crashes(facts: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """Find rates and angles of crashes that are not as the scenario's keys."""
    for crash in _found(facts, _CRASHES) or ():
        rates = {
            "fall": ("falls_per_flight_hour", "fall_deg"),
            "forced_landing": ("forced_landings_per_flight_hour", "forced_landing_deg"),
        }.get(crash.get("kind"))
        if rates is None:
            continue
        for name, key in zip(("per_flight_hour", "impact_deg"), rates, strict=True):
            meant = value_at(scenario, f"risk.{key}")
            if meant is not None and not _is_same(crash.get(name), meant):
                yield f"facts: a {crash['kind']} has {name} {crash.get(name)!r}, the scenario's risk.{key} is {meant!r}"
