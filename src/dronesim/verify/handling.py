"""Checks handling times that scatter: everything took as long as was drawn for it, and what took longer is told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from dronesim.units import MS
from dronesim.verify.handling_drawn import drawn_otherwise
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.unloading import unloads

_NAME: Final = "handling times"
_SLACK_S: Final = 2.5e-3
_ROUNDING_S: Final = 5e-4
_FAR: Final = 6.0
"""A mean further from its law than so many standard errors is none of that law."""
_SLOT_LOST: Final = "not loaded when its slot ends"


def handling_times(run: Run) -> Check:
    """What was drawn is of its law; each load took its slots, the rest its time, and lost slots are told."""
    told = run.facts.handling_times
    if told is None:
        return skipped(_NAME, "everything takes as long as is stated")
    faults = [
        listed([*_misdrawn(run, told), *drawn_otherwise(run, told)]),
        *_slots(run),
        *_lost(run),
        *_swaps(run),
        *unloads(run),
    ]
    return settle(_NAME, len(run.orders["order"]), faults)


def boxing_s(run: Run) -> Floats:
    """Tell how long each order is boxed, ``(orders,)``."""
    return _by_order(run, "boxing_s", run.facts.boxing_s)


def _by_order(run: Run, name: str, stated_s: float) -> Floats:
    """Give what was drawn by order, NaN where that is not told; where nothing scatters, what is stated."""
    drawn = (run.facts.handling_times or {}).get(name)
    if drawn is None:
        return np.full(len(run.orders["order"]), stated_s)
    order = run.orders["order"]
    return taken(np.array(drawn, np.float64), np.where((order >= 0) & (order < len(drawn)), order, -1))


def _misdrawn(run: Run, told: dict[str, Any]) -> Iterator[str]:
    """Find draws that are not one an order, or not of their law."""
    facts, orders = run.facts, len(run.orders["order"])
    for name, mean_s in (("boxing", facts.boxing_s), ("load", facts.load_s), ("unload", facts.unload_s)):
        drawn, sd_s = told[f"{name}_s"], told["sd_s"].get(name)
        if (drawn is None) != (sd_s is None) or (drawn is not None and len(drawn) != orders):
            yield f"{name}: {0 if drawn is None else len(drawn)} times are told of {orders} orders"
        elif drawn is not None:
            yield from _of_law(name, drawn, mean_s=mean_s, sd_s=sd_s)
    swaps = [value for values in told["swap_s"].values() for value in values]
    if swaps:
        yield from _of_law("swap", swaps, mean_s=facts.swap_s, sd_s=told["sd_s"].get("swap", 0.0))


def _of_law(name: str, drawn: list[float], *, mean_s: float, sd_s: float) -> Iterator[str]:
    if drawn and min(drawn) < 0:
        yield f"{name}: one takes {min(drawn):g} s"
    far_s = _FAR * sd_s / math.sqrt(max(len(drawn), 1)) + 1 / MS
    # the mean of few draws of a law with a long tail may be anywhere
    if drawn and sd_s <= mean_s and abs(float(np.mean(drawn)) - mean_s) > far_s:
        yield f"{name}: takes {np.mean(drawn):.3f} s on average, its law has {mean_s:g} s"


def _overruns(run: Run) -> Ints:
    """Give the incidents of slots that were lost."""
    table = run.tables["incidents"]
    return np.flatnonzero((table["kind"] == "handling_overrun") & (table["action"] == _SLOT_LOST))


def last_load_s(run: Run) -> Floats:
    """Tell how long each order is loaded before it takes off, ``(orders,)``: as booked, or what was left then."""
    booked_s, orders = run.facts.load_s, run.orders["order"]
    if (run.facts.handling_times or {}).get("load_s") is None:
        return np.full(len(orders), booked_s)
    is_late = np.isin(orders, run.tables["incidents"]["order"][_overruns(run)])
    left_s = _by_order(run, "load_s", booked_s) - booked_s + 1 / MS
    return np.where(is_late, left_s, booked_s)


def _slots(run: Run) -> Iterator[Faults]:
    """Find orders that took off after a slot that was too short for them, or lost one that was not."""
    orders, booked_s = run.orders, run.facts.load_s
    needed_s = _by_order(run, "load_s", booked_s)
    row = rows_of(orders["order"], run.tables["incidents"]["order"][_overruns(run)])
    lost = np.bincount(row[row >= 0], minlength=len(needed_s))
    due = needed_s > booked_s + _ROUNDING_S
    has_left = is_set(orders["departed_s"])
    yield where(
        np.where(has_left, lost != due, lost > due) | ~np.isfinite(needed_s),
        lambda i: (
            f"order {orders['order'][i]}: takes {needed_s[i]:.3f} s to load, {booked_s:g} s are booked, and {lost[i]} "
            "slots are told that were lost"
        ),
    )
    took_s = orders["loaded_s"] - orders["loading_s"]
    yield where(
        is_set(took_s) & ~(np.abs(took_s - last_load_s(run)) <= _ROUNDING_S),
        lambda i: (
            f"order {orders['order'][i]}: is loaded for {took_s[i]:.3f} s at last, {last_load_s(run)[i]:.3f} s are due"
        ),
    )


def _lost(run: Run) -> Iterator[Faults]:
    """Find lost slots in which no loader was held for a slot, or that drones took off from."""
    table, held, slot_s = run.tables["incidents"], run.occupancy, run.facts.load_s
    rows = _overruns(run)
    loading = np.flatnonzero(held["resource"] == "loader")
    holder, from_s, to_s = (held[name][loading] for name in ("holder", "from_s", "to_s"))
    time_s, drone = table["time_s"][rows], table["drone"][rows]
    is_held = [
        bool(
            (
                (holder == who) & (np.abs(to_s - when_s) <= _SLACK_S) & (np.abs(from_s - (when_s - slot_s)) <= _SLACK_S)
            ).any()
        )
        for who, when_s in zip(drone.tolist(), time_s.tolist(), strict=True)
    ]
    # a slot that takes no more than a millisecond leaves nothing to be held
    yield where(
        ~np.array(is_held, np.bool_) & (slot_s > 2 / MS),
        lambda i: (
            f"incident {rows[i]}: drone {drone[i]} was not loaded for {slot_s:g} s until {at(time_s[i])}, when its "
            "slot is told to be lost"
        ),
    )


def _fitted(run: Run) -> tuple[Ints, Floats, Floats]:
    """Give drone, time and length of each swap by the packs on drones; NaN for a length that is not told."""
    table, told = run.occupancy, (run.facts.handling_times or {}).get("swap_s", {})
    packs = np.flatnonzero(table["resource"] == "pack")
    packs = packs[np.lexsort((table["from_s"][packs], table["holder"][packs]))]
    drone, since_s = table["holder"][packs], table["from_s"][packs]
    first = np.searchsorted(drone, drone, side="left")
    number = np.arange(len(drone)) - first - 1
    lasts_s = [
        values[swap] if 0 <= swap < len(values := told.get(str(who), ())) else np.nan
        for who, swap in zip(drone.tolist(), number.tolist(), strict=True)
    ]
    is_swap = number >= 0
    return drone[is_swap], since_s[is_swap], np.array(lasts_s, np.float64)[is_swap]


def swap_s(run: Run, drone: Ints, fitted_s: Floats) -> Floats:
    """Tell how long it took to fit the pack that each drone has had since a time."""
    if "swap" not in (run.facts.handling_times or {}).get("sd_s", {}):
        return np.full(len(drone), run.facts.swap_s)
    known = dict(zip(zip(*(column.tolist() for column in _fitted(run)[:2]), strict=True), _fitted(run)[2], strict=True))
    pairs = zip(drone.tolist(), fitted_s.tolist(), strict=True)
    return np.array([known.get(pair, run.facts.swap_s) for pair in pairs], np.float64)


def _swaps(run: Run) -> Iterator[Faults]:
    """Find drones that were loaded, or took off empty, before their pack was fitted, and swaps that are not told."""
    if "swap" not in (run.facts.handling_times or {})["sd_s"]:
        return
    drone, since_s, lasts_s = _fitted(run)
    yield where(
        np.isnan(lasts_s),
        lambda i: f"drone {drone[i]} has a pack fitted {at(since_s[i])}, and no swap is told that took so long",
    )
    legs, orders = run.legs, run.orders
    loading_s = taken(orders["loading_s"], rows_of(orders["order"], np.where(legs["order"] < 0, -2, legs["order"])))
    is_out = legs["kind"] == "outbound"
    begins_s = np.where(is_out, loading_s, legs["departed_s"] - run.facts.takeoff_check_s)
    from_home = np.isin(legs["from"], list(run.facts.takeoff_points)) & is_set(begins_s)
    next_s = np.array(
        [
            min(begins_s[from_home & (legs["drone"] == who) & (legs["departed_s"] >= when_s)], default=np.inf)
            for who, when_s in zip(drone.tolist(), since_s.tolist(), strict=True)
        ]
    )
    yield where(
        next_s < since_s + lasts_s - _SLACK_S,
        lambda i: (
            f"drone {drone[i]} begins a sortie {at(next_s[i])}, its pack is fitted from {at(since_s[i])} for "
            f"{lasts_s[i]:.3f} s"
        ),
    )
