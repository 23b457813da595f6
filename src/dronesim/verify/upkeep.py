"""Checks inspections and repairs: who is due, who is out of service, and what their key figures are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dronesim.units import HOUR, MS
from dronesim.verify.drawn_again import NORMAL_P95
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.morning_drawn import drones_otherwise
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle
from dronesim.verify.sorties import by_sortie
from dronesim.verify.stated import has_scenario

_SLACK_S = 2.0 / MS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sortie:
    """A sortie of a drone: when it departed, was over, and how long it was aloft; whether it had to go on at once."""

    drone: int
    from_s: float
    to_s: float
    aloft_s: float
    follows: bool


def upkeep(run: Run) -> Check:
    """No drone flies past its inspection, or while it is inspected or repaired; inspections last and come as stated."""
    told = run.facts.maintenance
    if told is None:
        return settle("inspections and repairs", 0, [])
    drawn = drones_otherwise(run, told) if has_scenario(run) else ()
    return settle("inspections and repairs", len(told["stays"]), [listed([*_faults(run, told), *drawn])])


def _faults(run: Run, told: dict[str, Any]) -> Iterator[str]:
    flown = _sorties(run)
    for drone in range(run.facts.owned):
        if drone >= len(told["sorties"]):
            yield f"drone {drone}: nobody knows what it has been through"
            continue
        stays = [stay for stay in told["stays"] if stay["drone"] == drone]
        its = [sortie for sortie in flown if sortie.drone == drone]
        yield from _kept_in_turn(drone, told, its, sorted(stays, key=_begins_s))
        yield from _lengths(run, drone, told, sorted(stays, key=_begins_s))
        yield from _apart(drone, its, stays)


def _begins_s(stay: dict[str, Any]) -> float:
    return float(stay["from_s"])


def _ends_s(stay: dict[str, Any]) -> float:
    return math.inf if stay["to_s"] is None else float(stay["to_s"])


def _kept_in_turn(drone: int, told: dict[str, Any], its: list[_Sortie], stays: list[dict[str, Any]]) -> Iterator[str]:
    """Count a drone's sorties and time aloft from one inspection to the next."""
    count, aloft_s = told["sorties"][drone], told["flown_s"][drone]
    inspections = [stay for stay in stays if stay["kind"] == "inspection"]
    for sortie in its:
        while inspections and min(_begins_s(inspections[0]), _ends_s(inspections[0]) - _SLACK_S) < sortie.from_s:
            begins_s = _begins_s(inspections.pop(0))
            if not _is_due(told, count, aloft_s + _SLACK_S):
                yield f"drone {drone} is inspected {at(begins_s)} after {count:g} sorties, and is not due"
            count, aloft_s = 0.0, 0.0
        if _is_due(told, count, aloft_s - _SLACK_S) and not sortie.follows:
            yield (
                f"drone {drone} departs {at(sortie.from_s)} past its inspection: {count:g} sorties and "
                f"{aloft_s / HOUR:.3f} h aloft since the last one"
            )
        count, aloft_s = count + 1, aloft_s + sortie.aloft_s
    for stay in inspections:
        if not _is_due(told, count, aloft_s + _SLACK_S) and not math.isnan(aloft_s):
            yield f"drone {drone} is inspected {at(_begins_s(stay))} after {count:g} sorties, and is not due"
        count, aloft_s = 0.0, 0.0


def _is_due(told: dict[str, Any], count: float, aloft_s: float) -> bool:
    after, after_s = told["after_sorties"], told["after_flight_s"]
    return (after is not None and count >= after) or (after_s is not None and aloft_s >= after_s)


def _lengths(run: Run, drone: int, told: dict[str, Any], stays: list[dict[str, Any]]) -> Iterator[str]:
    """Find inspections of another length, repairs that follow on none, and other ends of those of before."""
    facts, left_days = run.facts, told["in_repair_days"][drone]
    begun = [stay for stay in stays if stay["kind"] == "repair" and _begins_s(stay) <= facts.start_s]
    if bool(begun) != (left_days > 0):
        yield f"drone {drone}: {left_days:g} days of a repair are left in the morning, {len(begun)} are told of"
    for stay in begun:
        back_s = facts.start_s + left_days * (facts.end_s - facts.start_s)
        ends_s = min(_ends_s(stay), facts.end_s + _SLACK_S)
        if abs(ends_s - min(back_s, facts.end_s + _SLACK_S)) > _SLACK_S:
            yield f"drone {drone}: its repair of {left_days:g} days ends {_said(stay)}, not {at(back_s)}"
    over_s = [_ends_s(stay) for stay in stays if stay["kind"] == "inspection"]
    for stay in stays:
        if stay["kind"] == "inspection":
            if abs(_ends_s(stay) - _begins_s(stay) - told["inspection_s"]) > _SLACK_S:
                yield f"drone {drone}: its inspection {at(_begins_s(stay))} ends {_said(stay)}"
        elif stay["kind"] != "repair":
            yield f"drone {drone}: {stay['kind']!r} is not known"
        elif stay not in begun and not any(abs(_begins_s(stay) - end_s) <= _SLACK_S for end_s in over_s):
            yield f"drone {drone}: no inspection ends where its repair begins {at(_begins_s(stay))}"
        if stay["kind"] == "repair" and _ends_s(stay) != math.inf and _ends_s(stay) > facts.end_s + _SLACK_S:
            yield f"drone {drone}: its repair ends {_said(stay)}, after hours"


def _said(stay: dict[str, Any]) -> str:
    return "on another day" if stay["to_s"] is None else at(stay["to_s"])


def _apart(drone: int, its: list[_Sortie], stays: list[dict[str, Any]]) -> Iterator[str]:
    """Find sorties during an inspection or a repair, and those that overlap."""
    ordered = sorted(stays, key=lambda stay: (_begins_s(stay), _ends_s(stay)))
    for before, after in pairwise(ordered):
        if _begins_s(after) < _ends_s(before) - _SLACK_S:
            yield f"drone {drone}: its {after['kind']} begins {at(_begins_s(after))} within its {before['kind']}"
    for stay in ordered:
        for sortie in its:
            if sortie.from_s < _ends_s(stay) - _SLACK_S and sortie.to_s > _begins_s(stay) + _SLACK_S:
                yield f"drone {drone} is out from {at(sortie.from_s)}, and in {stay['kind']} {at(_begins_s(stay))}"


def _sorties(run: Run) -> list[_Sortie]:
    """List all sorties by time, with their time aloft; NaN of one whose end nobody tells."""
    legs, order = run.legs, by_sortie(run)
    order = order[is_set(legs["departed_s"][order])]
    if not len(order):
        return []
    ended_s = _ended_s(run, order)
    starts = np.flatnonzero(np.append(True, legs["sortie"][order][1:] != legs["sortie"][order][:-1]))
    aloft_s = np.add.reduceat(ended_s - legs["departed_s"][order], starts)
    first, last = order[starts], np.append(starts[1:], len(order)) - 1
    columns = zip(first, last, aloft_s, _follows(run, first, order[last]), strict=True)
    found = [
        _Sortie(
            drone=int(legs["drone"][row]),
            from_s=float(legs["departed_s"][row]),
            to_s=float(np.nan_to_num(ended_s[end], nan=run.facts.closed_s)),
            aloft_s=float(aloft),
            follows=bool(goes_on),
        )
        for row, end, aloft, goes_on in columns
    ]
    return sorted(found, key=lambda sortie: sortie.from_s)


def flown_s(run: Run) -> float:
    """Add up how long all legs were flown: until each was over, or the day was."""
    order = by_sortie(run)
    ended_s = np.nan_to_num(_ended_s(run, order), nan=run.facts.closed_s)
    return float(np.sum(ended_s - run.legs["departed_s"][order]))


def aloft_by_drone(run: Run) -> dict[int, tuple[Floats, Floats]]:
    """Give from when until when each drone was aloft, leg by leg."""
    order = by_sortie(run)
    from_s, to_s = run.legs["departed_s"][order], np.nan_to_num(_ended_s(run, order), nan=run.facts.closed_s)
    in_turn = np.argsort(run.legs["drone"][order], kind="stable")
    drones, begins = np.unique(run.legs["drone"][order][in_turn], return_index=True)
    spans = zip(np.split(from_s[in_turn], begins[1:]), np.split(to_s[in_turn], begins[1:]), strict=True)
    # where nobody flies there is an empty piece all the same
    return dict(zip(drones.tolist(), spans, strict=False))


def _ended_s(run: Run, order: Ints) -> Floats:
    """Tell when each leg was over: down, turned onto the next one, or ended by the incident that befell it."""
    legs, incidents = run.legs, run.tables["incidents"]
    ended_s = legs["landed_s"][order].copy()
    next_s = np.append(legs["departed_s"][order][1:], np.nan)
    ended_s = np.where(legs["outcome"][order] == "diverted", next_s, ended_s)
    fell = np.isin(legs["outcome"][order], ("down", "lost"))
    known = np.flatnonzero(incidents["leg"] >= 0)[::-1]
    fell_s = taken(incidents["time_s"], _through(known, rows_of(incidents["leg"][known], legs["leg"][order])))
    return np.asarray(np.where(fell, fell_s, ended_s))


def _through(rows: Ints, found: Ints) -> Ints:
    return np.where(found >= 0, np.append(rows, -1)[found], -1)


def _follows(run: Run, first: Ints, last: Ints) -> Mask:
    """Tell which sorties bring an order that their drone had flown empty to fetch: it goes on at once."""
    legs = run.legs
    found = np.zeros(len(first), np.bool_)
    order = np.lexsort((legs["departed_s"][first], legs["drone"][first]))
    before, after = order[:-1], order[1:]
    assigned_s = taken(run.orders["assigned_s"], rows_of(run.orders["order"], legs["order"][first[after]]))
    landed_s = legs["landed_s"][last[before]]
    is_fetch = (legs["drone"][first[before]] == legs["drone"][first[after]]) & (legs["order"][first[after]] >= 0)
    is_fetch &= (legs["kind"][first[before]] == "deadhead") & (assigned_s <= landed_s + _SLACK_S)
    found[after] = is_fetch
    return found


def stand_out_of_service(run: Run) -> list[tuple[int, float, float]]:
    """List drone, begin and end of all inspections and repairs."""
    told = run.facts.maintenance
    return [] if told is None else [(stay["drone"], _begins_s(stay), _ends_s(stay)) for stay in told["stays"]]


def upkeep_figures(run: Run) -> dict[str, Any]:
    """Work out the key figures of inspections and repairs."""
    told, facts, legs = run.facts.maintenance, run.facts, run.legs
    if told is None:
        return {}
    open_s = facts.end_s - facts.start_s
    spans = [(max(from_s, facts.start_s), min(to_s, facts.end_s)) for _, from_s, to_s in stand_out_of_service(run)]
    there = facts.drones - math.fsum(max(end - begin, 0.0) for begin, end in spans) / open_s
    before = sum(1 for days in told["in_repair_days"] if days > 0)
    kinds = [stay["kind"] for stay in told["stays"]]
    flown_h = flown_s(run) / HOUR
    sorties = len(set(legs["sortie"][legs["sortie"] >= 0].tolist())) / there if there > 0 else None
    hours = flown_h / there if there > 0 else None
    rate = max(
        (sorties or 0.0) / (told["after_sorties"] or math.inf),
        (hours or 0.0) / ((told["after_flight_s"] or math.inf) / HOUR),
    )
    spread = math.log(told["repair_p95_days"] / told["repair_median_days"]) / NORMAL_P95
    mean_days = told["repair_median_days"] * math.exp(spread * spread / 2)
    away = rate * (told["inspection_s"] / open_s + told["repair_share"] * mean_days)
    figures = {
        "inspections": kinds.count("inspection"),
        "repairs": kinds.count("repair") - before,
        "in_repair_at_opening": before,
        "in_service": there,
        "sorties_per_day": sorties,
        "flight_h_per_day": hours,
        "days_between_inspections": 1 / rate if rate > 0 else None,
        "needed_owned": None if sorties is None else facts.drones * (1 + away) + facts.spares,
    }
    return {f"upkeep.{name}": value for name, value in figures.items()}
