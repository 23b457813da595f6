"""Checks what went wrong by chance: it is drawn again from the rates and the seed, in the air and on the ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from dronesim.units import HOUR
from dronesim.verify.drawn_again import generator
from dronesim.verify.intervals import Floats
from dronesim.verify.kitchens import merchants_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.stated import MINUTE_S, events_of, has_scenario, seconds, stated
from dronesim.verify.upkeep import aloft_by_drone

Spans: TypeAlias = Mapping[int, tuple[Floats, Floats]]
"""From when until when each drone was aloft, leg by leg."""

_NAME: Final = "faults as drawn"
_SLACK_S: Final = 0.01
_COMES_DOWN: Final = ("lost", "lands safely, fetched by road")
_P95_SD: Final = 1.6448536269514722
_ALOFT: Final[Mapping[str, str]] = {
    "return": "returns_per_flight_hour",
    "divert": "diverts_per_flight_hour",
    "loss": "losses_per_flight_hour",
}
"""What meets drones in the air again and again, and its rate."""
_GROUND: Final[Mapping[str, tuple[str, str]]] = {
    "airport_closed": ("airport", ""),
    "cabinet_jammed": ("airport", ""),
    "unloader_fails": ("airport", "unloader"),
    "takeoff_point_closed": ("takeoff_point", ""),
    "charger_fails": ("takeoff_point", "charger"),
    "kitchen_surge": ("merchant", ""),
    "dispatcher_outage": ("", ""),
}
"""What comes on the ground by turns: at which sites, and of which units of them, if not of the site as a whole."""
_BEGINS: Final = ("closed", "takes and gives nothing", "one less", "takes longer", "decides nothing")
"""What is told of an outage itself, not of drones that it meets."""


def chances(run: Run) -> Check:
    """Drones fail, turn back and divert at their flight-hours, and sites and units fail when they were drawn to."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    faults = scenario.get("faults", {})
    if "horizon" not in scenario:
        return skipped(_NAME, "the saved scenario has no hours")
    has_any = any(value for key, value in faults.items() if key.endswith(("_hour", "_no_show_share")))
    if not has_any and not any(isinstance(value, Mapping) and value.get("every_h") for value in faults.values()):
        return skipped(_NAME, "nothing fails by chance")
    aloft = aloft_by_drone(run)
    texts = [*_failures(run, scenario, aloft), *_hazards(run, scenario, aloft), *_on_the_ground(run, scenario)]
    return settle(_NAME, len(run.tables["incidents"]["kind"]), [listed(texts)])


# in the air


def _failures(run: Run, scenario: Mapping[str, Any], aloft: Spans) -> Iterator[str]:
    """Find drones that fail at other flight-hours than drawn, or do not, or are lost where they were to land."""
    faults = scenario["faults"]
    rate, is_sole = float(faults.get("failures_per_flight_hour") or 0.0), not faults.get("losses_per_flight_hour")
    is_sole &= not events_of(scenario, "drone_fails")
    for drone in range(run.facts.owned if rate else 0):
        budget_s = float(generator(run, f"failure of drone {drone}").standard_exponential()) / rate * HOUR
        falls, flown_s = _falls(run, drone), _flown_s(aloft, drone, math.inf)
        if not falls and flown_s > budget_s + _SLACK_S:
            yield f"drone {drone} is drawn to fail after {budget_s:.2f} s aloft, flies {flown_s:.2f} s, and does not"
        if not is_sole:
            continue
        is_loss = generator(run, f"loss of drone {drone}").random() < float(faults["loss_share"])
        for time_s, action in falls:
            at_last_s = _flown_s(aloft, drone, time_s)
            if abs(at_last_s - budget_s) > _SLACK_S:
                yield (
                    f"drone {drone} fails {at(time_s)} after {at_last_s:.2f} s aloft, drawn to after {budget_s:.2f} s"
                )
            elif (action == _COMES_DOWN[0]) != is_loss:
                yield f"drone {drone} fails {at(time_s)}: {action}, drawn to be {_COMES_DOWN[not is_loss]}"


def _hazards(run: Run, scenario: Mapping[str, Any], aloft: Spans) -> Iterator[str]:
    """Find what meets drones in the air sooner than drawn, or not at all."""
    for kind, key in _ALOFT.items():
        rate = float(scenario["faults"].get(key) or 0.0)
        told_as = "drone_fails" if kind == "loss" else kind
        is_stated = bool(events_of(scenario, told_as))
        for drone in range(run.facts.owned if rate else 0):
            flown_s = _flown_s(aloft, drone, math.inf)
            due_s = _arrivals_s(run, f"{kind} of drone {drone} aloft", rate, until_s=flown_s + _SLACK_S)
            told_s = _told_s(run, told_as, drone)
            if due_s and due_s[0] < flown_s - _SLACK_S and not told_s and kind != "divert":
                yield f"drone {drone}: a {kind} is drawn after {due_s[0]:.2f} s aloft, and none is told"
            first_s = min((_flown_s(aloft, drone, time_s) for time_s in told_s), default=math.inf)
            is_free = kind != "loss" and not is_stated
            if is_free and first_s < (due_s[0] if due_s else math.inf) - _SLACK_S and told_s:
                yield f"drone {drone}: a {kind} is told after {first_s:.2f} s aloft, and none is drawn by then"


def _arrivals_s(run: Run, name: str, rate_per_h: float, *, until_s: float) -> list[float]:
    """Draw when something comes again and again, in seconds aloft, up to so many."""
    rng, found = generator(run, name), list[float]()
    at_h = float(rng.standard_exponential()) / rate_per_h
    while at_h * HOUR < until_s:
        found.append(at_h * HOUR)
        at_h += float(rng.standard_exponential()) / rate_per_h
    return found


def _told_s(run: Run, kind: str, drone: int) -> list[float]:
    table = run.tables["incidents"]
    rows = (table["kind"] == kind) & (table["drone"] == drone)
    return [float(time_s) for time_s in table["time_s"][rows]]


def _falls(run: Run, drone: int) -> list[tuple[float, str]]:
    """List when a drone came down by a failure, and how."""
    table = run.tables["incidents"]
    rows = (table["kind"] == "drone_fails") & (table["drone"] == drone) & np.isin(table["action"], _COMES_DOWN)
    return list(zip(table["time_s"][rows].tolist(), table["action"][rows].tolist(), strict=True))


def _flown_s(aloft: Spans, drone: int, until_s: float) -> float:
    """Add up how long a drone has been aloft by a time."""
    spans = aloft.get(drone)
    if spans is None:
        return 0.0
    lasted: Floats = np.minimum(spans[1], until_s) - spans[0]
    return float(np.maximum(lasted, 0.0).sum())


# on the ground


def _on_the_ground(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find what fails on the ground at other times than drawn or stated."""
    table, facts = run.tables["incidents"], run.facts
    stated_at = {kind: [event.at_s for event in events_of(scenario, kind)] for kind in (*_GROUND, "courier_no_show")}
    for kind, at_s in stated_at.items():
        drawn_s = _drawn_s(run, scenario, kind)
        if drawn_s is None:
            continue
        due_s = np.sort([time_s for time_s in (*drawn_s, *at_s) if time_s < facts.closed_s - _SLACK_S])
        rows = (table["kind"] == kind) & (table["drone"] < 0) & np.isin(table["action"], _BEGINS)
        told_s = np.sort(table["time_s"][rows & (table["time_s"] < facts.closed_s - _SLACK_S)])
        if len(due_s) != len(told_s):
            yield f"{kind}: {len(due_s)} are drawn or stated before the day is over, {len(told_s)} are told"
        elif len(due_s) and (late := np.abs(told_s - due_s) > _SLACK_S).any():
            first = int(np.flatnonzero(late)[0])
            yield f"{kind} {at(told_s[first])} is drawn or stated for {at(due_s[first])}"


def _drawn_s(run: Run, scenario: Mapping[str, Any], kind: str) -> list[float] | None:
    """Draw when a kind begins over the day, at all sites; None where its units can't be counted."""
    horizon, faults = scenario["horizon"], scenario["faults"]
    opens_s, over_s = seconds(horizon["start"]), seconds(horizon["end"]) + MINUTE_S * float(horizon["drain_max_min"])
    if kind == "courier_no_show":
        share = float(faults.get("courier_no_show_share") or 0.0)
        names = _names(run, kind, "takeoff_point", "courier") if share else []
        stay_away = None if names is None else [name for name in names if generator(run, name).random() < share]
        return None if stay_away is None else [opens_s] * len(stay_away)
    law = faults.get(kind, {})
    if not law.get("every_h"):
        return []
    names = _names(run, kind, *_GROUND[kind])
    if names is None:
        return None
    return [time_s for name in names for time_s in _spells_s(run, name, law, opens_s=opens_s, over_s=over_s)]


def _names(run: Run, kind: str, site: str, unit: str) -> list[str] | None:
    """Name the streams of a kind: one a site, or one a unit of it; None where that can't be told, or shifts count."""
    facts = run.facts
    if site == "":
        return [f"{kind} network"]
    if site == "merchant":
        scenario = stated(run)
        has_map = (run.folder / scenario["map"]).is_file()
        return [f"{kind} {name}" for name, _ in merchants_of(run.folder, scenario)] if has_map else None
    sites = list(facts.airports if site == "airport" else facts.takeoff_points)
    counts = facts.capacity.get(unit, {})
    if unit and (unit in facts.shifts or not set(sites) <= set(counts)):
        return None
    return [f"{kind} {name} {number}" for name in sites for number in range(counts[name] if unit else 1)]


def _spells_s(run: Run, name: str, law: Mapping[str, Any], *, opens_s: float, over_s: float) -> Iterator[float]:
    """Draw when something is out that works and is out by turns."""
    rng, every_s, median_s = generator(run, name), HOUR * float(law["every_h"]), MINUTE_S * float(law["median_min"])
    p95_s = MINUTE_S * float(law.get("p95_min") or 0.0)
    sigma = math.log(p95_s / median_s) / _P95_SD if p95_s > median_s else 0.0
    time_s = opens_s
    while True:
        time_s += float(rng.standard_exponential()) * every_s
        spread = float(rng.standard_normal())
        if time_s >= over_s:
            return
        yield time_s
        time_s += median_s * math.exp(sigma * spread)
