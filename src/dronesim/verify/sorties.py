"""Checks that drones move without jumps: legs join in place and time, and what goes out comes home."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np

from dronesim.record.tables import LEG_KINDS, LEG_OUTCOMES
from dronesim.verify.capacity import ends
from dronesim.verify.intervals import Ints, covers, to_keys
from dronesim.verify.lookup import Mask, is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_TIMES = ("requested_s", "departed_s", "arrived_s", "landed_s")


def sorties(run: Run) -> Check:
    """Legs of a drone follow each other in place and time, and what goes out comes back."""
    faults = [
        *_leg_facts(run),
        *_kinds(run),
        *_chains(run),
        *_sortie_facts(run),
        _strays(run),
        _loadings(run),
        _leavings(run),
    ]
    return settle("legs and sorties", len(run.legs["leg"]), faults)


def by_sortie(run: Run) -> Ints:
    """Give the departed legs in order of sortie and departure; legs without a sortie are left out."""
    legs = run.legs
    rows = np.flatnonzero(is_set(legs["departed_s"]) & (legs["sortie"] >= 0))
    return rows[np.lexsort((legs["departed_s"][rows], legs["sortie"][rows]))]


def by_drone(run: Run) -> Ints:
    """Give the departed legs in order of drone and departure."""
    legs = run.legs
    rows = np.flatnonzero(is_set(legs["departed_s"]))
    return rows[np.lexsort((legs["leg"][rows], legs["departed_s"][rows], legs["drone"][rows]))]


def is_last(keys: Ints) -> Mask:
    """Mark the last row of each run of equal keys, shape ``(n,)``."""
    return np.append(keys[1:] != keys[:-1], True)[: len(keys)]


def next_in_sortie(run: Run) -> Ints:
    """Give for each leg the row of its drone's next leg if that belongs to the same sortie, else -1."""
    legs, order = run.legs, by_drone(run)
    follows = (legs["drone"][order[1:]] == legs["drone"][order[:-1]]) & (
        legs["sortie"][order[1:]] == legs["sortie"][order[:-1]]
    )
    follows &= legs["sortie"][order[1:]] >= 0
    found = np.full(len(legs["leg"]), -1, np.int64)
    found[order[:-1][follows]] = order[1:][follows]
    return found


def from_the_ground(run: Run) -> Ints:
    """Give the departed legs that did not begin in the air, where the leg before was diverted."""
    legs, order = run.legs, by_drone(run)
    aloft = (legs["drone"][order[1:]] == legs["drone"][order[:-1]]) & (legs["outcome"][order[:-1]] == "diverted")
    return np.setdiff1d(order, order[1:][aloft])


def _name(run: Run, row: int) -> str:
    legs = run.legs
    return f"leg {legs['leg'][row]} ({legs['kind'][row]}, drone {legs['drone'][row]})"


def _leg_facts(run: Run) -> Iterator[Faults]:
    legs, sites = run.legs, run.facts.sites
    for column, known in (("kind", LEG_KINDS), ("outcome", LEG_OUTCOMES), ("from", sites), ("to", sites)):
        yield _unknown(run, column, {*known, ""} if known is sites else known)
    yield from (_backwards(run, *pair) for pair in pairwise(_TIMES))
    has_landed = is_set(legs["departed_s"]) & is_set(legs["arrived_s"]) & is_set(legs["landed_s"])
    yield where(
        (legs["outcome"] == "landed") & ~has_landed,
        lambda row: f"{_name(run, row)}: outcome landed without all its times",
    )
    yield where(legs["hold_s"] < 0, lambda row: f"{_name(run, row)}: hold_s is {legs['hold_s'][row]}")


def _unknown(run: Run, column: str, known: Collection[str]) -> Faults:
    values = run.legs[column]
    broken = np.array([value not in known for value in values], np.bool_)
    return where(broken, lambda row: f"{_name(run, row)}: {values[row]!r} in {column!r} is not known")


def _backwards(run: Run, before: str, after: str) -> Faults:
    first, second = run.legs[before], run.legs[after]
    return where(
        second < first,
        lambda row: f"{_name(run, row)}: {after} {at(second[row])} before {before} {at(first[row])}",
    )


def _kinds(run: Run) -> Iterator[Faults]:
    """Find legs that do not lead between the kinds of sites that they should."""
    legs = run.legs
    home, airports = list(run.facts.takeoff_points), list(run.facts.airports)
    starts, goals = np.isin(legs["from"], home), np.isin(legs["to"], home)
    stays = run.facts.stays
    wrong = {
        "outbound": ~starts | ~np.isin(legs["to"], airports),
        "return": ~goals | stays,
        "deadhead": ~(starts | (np.isin(legs["from"], airports) & stays)) | ~goals,
    }
    for kind, is_wrong in wrong.items():
        yield where(
            (legs["kind"] == kind) & is_wrong,
            lambda row: f"{_name(run, row)} leads from {legs['from'][row]!r} to {legs['to'][row]!r}",
        )
    is_empty = np.isin(legs["kind"], ("return", "deadhead"))
    yield where(is_empty & (legs["order"] >= 0), lambda row: f"{_name(run, row)} carries order {legs['order'][row]}")
    yield where((legs["kind"] == "outbound") & (legs["order"] < 0), lambda row: f"{_name(run, row)} carries no order")


def _chains(run: Run) -> Iterator[Faults]:
    legs, order = run.legs, by_drone(run)
    same = legs["drone"][order[1:]] == legs["drone"][order[:-1]]
    before, after = order[:-1][same], order[1:][same]
    outcome = legs["outcome"][before]
    yield where(
        (outcome == "landed") & (legs["to"][before] != legs["from"][after]),
        lambda i: (
            f"{_name(run, after[i])} leaves {legs['from'][after[i]]} {at(legs['departed_s'][after[i]])}, "
            f"but leg {legs['leg'][before[i]]} had ended at {legs['to'][before[i]]}"
        ),
    )
    is_early = legs["departed_s"][after] < np.fmax(legs["landed_s"][before], legs["departed_s"][before])
    yield where(
        is_early,
        lambda i: (
            f"{_name(run, after[i])} departs {at(legs['departed_s'][after[i]])} while leg "
            f"{legs['leg'][before[i]]} lasts until {at(legs['landed_s'][before[i]])}"
        ),
    )
    is_lawful = np.isin(legs["kind"][after], ("divert", "return"))
    is_lawful &= legs["sortie"][after] == legs["sortie"][before]
    yield where(
        (outcome == "diverted") & ~is_lawful,
        lambda i: f"{_name(run, after[i])} follows leg {legs['leg'][before[i]]}, which was diverted in the air",
    )
    yield where(
        np.isin(outcome, ("lost", "open")),
        lambda i: f"{_name(run, after[i])} follows leg {legs['leg'][before[i]]}, which is {outcome[i]}",
    )


def _sortie_facts(run: Run) -> Iterator[Faults]:
    """Find sorties that change drone or pack, or have more than one way out."""
    legs, order = run.legs, by_sortie(run)
    same = legs["sortie"][order[1:]] == legs["sortie"][order[:-1]]
    before, after = order[:-1][same], order[1:][same]
    yield from (_changed(run, before, after, column) for column in ("drone", "pack"))
    yield where(
        legs["kind"][after] == "outbound",
        lambda i: f"{_name(run, after[i])} is a second departure within sortie {legs['sortie'][after[i]]}",
    )


def _changed(run: Run, before: Ints, after: Ints, column: str) -> Faults:
    legs, values = run.legs, run.legs[column]
    return where(
        values[before] != values[after],
        lambda i: (
            f"sortie {legs['sortie'][after[i]]}: {column} {values[before[i]]} on leg "
            f"{legs['leg'][before[i]]}, {values[after[i]]} on leg {legs['leg'][after[i]]}"
        ),
    )


def _strays(run: Run) -> Faults:
    """Find sorties that end away from home although nothing kept the drone there."""
    legs, order = run.legs, by_sortie(run)
    last = order[is_last(legs["sortie"][order])]
    ends_there = (legs["kind"][last] == "outbound") & run.facts.stays
    is_home = (legs["outcome"][last] == "landed") & (
        np.isin(legs["to"][last], list(run.facts.takeoff_points)) | ends_there
    )
    is_excused = np.isin(legs["outcome"][last], ("lost", "down", "open")) | _is_grounded(run, last)
    is_excused |= _stands_at_close(run, last)
    return where(
        ~is_home & ~is_excused,
        lambda i: (
            f"sortie {legs['sortie'][last[i]]} of drone {legs['drone'][last[i]]} ends with leg "
            f"{legs['leg'][last[i]]} at {legs['to'][last[i]]} {at(legs['landed_s'][last[i]])} and never "
            "comes home"
        ),
    )


def _is_grounded(run: Run, last: Ints) -> Mask:
    """Say whether an incident befell the drone of each leg after its departure (and no later leg follows)."""
    legs, incidents = run.legs, run.tables["incidents"]
    latest = np.full(max(run.facts.owned, int(legs["drone"].max(initial=0)) + 1, 1), -np.inf)
    named = (incidents["drone"] >= 0) & (incidents["drone"] < len(latest)) & is_set(incidents["time_s"])
    np.maximum.at(latest, incidents["drone"][named], incidents["time_s"][named])
    drones = np.maximum(legs["drone"][last], 0)
    flown = by_drone(run)
    finals = flown[is_last(legs["drone"][flown])]
    return (latest[drones] >= legs["departed_s"][last]) & np.isin(last, finals)


def _stands_at_close(run: Run, last: Ints) -> Mask:
    """Say whether the drone of each leg still holds a pad where it landed when the day is closed."""
    table, legs, closed_s = run.occupancy, run.legs, run.facts.closed_s
    pads = np.flatnonzero(table["resource"] == "pad")
    mine, its = to_keys(
        _labels(table["holder"][pads], table["site"][pads]), _labels(legs["drone"][last], legs["to"][last])
    )
    return covers(
        mine,
        table["from_s"][pads],
        ends(run)[pads],
        ask_keys=its,
        ask_from_s=legs["landed_s"][last],
        ask_to_s=np.full(len(last), closed_s),
    )


def _labels(numbers: Ints, sites: np.ndarray) -> np.ndarray:
    labels = np.empty(len(numbers), object)
    labels[:] = list(zip(numbers.tolist(), sites.tolist(), strict=True))
    return labels


def _loadings(run: Run) -> Faults:
    """Find drones loaded before they had landed from the leg before."""
    legs, order = run.legs, by_drone(run)
    same = legs["drone"][order[1:]] == legs["drone"][order[:-1]]
    before, after = order[:-1][same], order[1:][same]
    rows = np.where(legs["order"][after] >= 0, rows_of(run.orders["order"], legs["order"][after]), -1)
    loading_s = taken(run.orders["loading_s"], rows)
    broken = (legs["kind"][after] == "outbound") & (loading_s < legs["landed_s"][before])
    return where(
        broken,
        lambda i: (
            f"{_name(run, after[i])}: loading begins {at(loading_s[i])}, before the drone landed "
            f"{at(legs['landed_s'][before[i]])} from leg {legs['leg'][before[i]]}"
        ),
    )


def _leavings(run: Run) -> Faults:
    """Find drones that left an airport where they stayed before they were unloaded there and had been checked."""
    legs, order, orders = run.legs, by_drone(run), run.orders
    same = (legs["drone"][order[1:]] == legs["drone"][order[:-1]]) & run.facts.stays
    same &= legs["kind"][order[:-1]] == "outbound"
    before, after = order[:-1][same], order[1:][same]
    unloaded_s = taken(orders["delivered_s"], rows_of(orders["order"], legs["order"][before]))
    is_late = legs["departed_s"][after] >= unloaded_s + run.facts.takeoff_check_s - 1e-3
    return where(
        ~is_late,
        lambda i: (
            f"{_name(run, after[i])} departs {at(legs['departed_s'][after[i]])}, unloaded {at(unloaded_s[i])} of order "
            f"{legs['order'][before[i]]} and checked before take-off"
        ),
    )
