"""Checks that flights follow their clearances: flown against cleared at the same instants (ASTM F3548-21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.verify.intervals import Floats, Ints, last_before
from dronesim.verify.jumps import jumps
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.tracks import Pieces, chord, is_finite, pieces_of

SHARE = 0.95
"""The share of flight time that must lie within the cleared volume (ASTM F3548-21)."""
EXCURSIONS_PER_HOUR = 18.0
EXCURSION_S = 10.0
"""So many times a flight-hour a drone may be outside, for so long each (ASTM F3548-21)."""
RECOVERY_S = 60.0
"""A drone that is outside for longer must be back or in contingency by then (ASTM F3548-21)."""

_SLACK_S = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviations:
    """Horizontal offsets of flown from cleared at both ends of elementary intervals, shape ``(n, 2)``."""

    leg: Ints
    from_s: Floats
    span_s: Floats
    start_m: Floats
    end_m: Floats


def tracks_whole(run: Run) -> Check:
    """Tracks have no gaps in time or space: they run from departure to landing of their leg, from site to site."""
    names = [name for name in ("cleared", "flown") if name in run.tables]
    if not names:
        return skipped("tracks are whole", NO_TRACKS)
    faults = [fault for name in names for fault in _holes(run, name)]
    if "flown" in names:
        faults += _spans(run)
    faults += [fault for name in names for fault in jumps(run, name)]
    return settle("tracks are whole", sum(len(run.tables[name]["leg"]) for name in names), faults)


def conformance(run: Run) -> Check:
    """Flown paths stay within half the separation minimum of their clearance, by the figures of ASTM F3548-21.

    At least 95 % of the flown time, of all flights and of each; at most 18 excursions a flight-hour of at most
    10 s each; nobody is outside for more than 60 s.
    """
    name = "conformance of flown to cleared"
    if not {"flown", "cleared"} <= set(run.tables):
        return skipped(name, NO_TRACKS)
    flown, cleared = pieces_of(run.tables["flown"]), pieces_of(run.tables["cleared"])
    limit_m = run.facts.separation_m / 2
    found = deviations(flown, cleared)
    low, high = chord(found.start_m, found.end_m, limit_m)
    total_s = float((flown.t1_s - flown.t0_s).sum())
    share = float(((high - low) * found.span_s).sum()) / total_s if total_s else 1.0
    words = list(_excursion_words(excursions(found, low, high), total_s))
    words += _leg_words(found, low, high)
    strangers = np.setdiff1d(flown.leg, cleared.leg)
    words += [f"leg {leg} flew without a clearance" for leg in strangers]
    if share < SHARE:
        words.append(f"{share:.4f} of the flown time is within {limit_m:g} m of the clearance, asked is {SHARE}")
    return settle(name, len(flown.leg), [listed(words)], note=_note(found, share=share, limit_m=limit_m))


def deviations(flown: Pieces, cleared: Pieces) -> Deviations:
    """Compare positions on every interval in which both paths of a leg are straight."""
    leg, from_s, to_s = _elementary(flown, cleared)
    middle = (from_s + to_s) / 2
    mine = last_before(flown.leg, flown.t0_s, ask_keys=leg, ask=middle)
    its = last_before(cleared.leg, cleared.t0_s, ask_keys=leg, ask=middle)
    both = np.flatnonzero((mine >= 0) & (its >= 0))
    both = both[(flown.t1_s[mine[both]] >= middle[both]) & (cleared.t1_s[its[both]] >= middle[both])]
    mine, its, from_s, to_s = mine[both], its[both], from_s[both], to_s[both]
    return Deviations(
        leg=leg[both],
        from_s=from_s,
        span_s=to_s - from_s,
        start_m=_place(flown, mine, from_s) - _place(cleared, its, from_s),
        end_m=_place(flown, mine, to_s) - _place(cleared, its, to_s),
    )


def excursions(found: Deviations, low: Floats, high: Floats) -> tuple[Ints, Floats, Floats]:
    """Give leg, beginning and length (s) of each stretch of time outside the volume.

    Within each interval the drone is inside between the shares ``low`` and ``high`` of it, and outside else.
    """
    begin_s = np.concatenate([found.from_s, found.from_s + high * found.span_s])
    end_s = np.concatenate([found.from_s + low * found.span_s, found.from_s + found.span_s])
    legs = np.concatenate([found.leg, found.leg])
    rows = np.flatnonzero(end_s - begin_s > _SLACK_S)
    rows = rows[np.lexsort((begin_s[rows], legs[rows]))]
    legs, begin_s, end_s = legs[rows], begin_s[rows], end_s[rows]
    goes_on = (legs[1:] == legs[:-1]) & (begin_s[1:] - end_s[:-1] <= _SLACK_S)
    first = np.flatnonzero(np.concatenate([[True], ~goes_on])) if len(legs) else np.empty(0, np.int64)
    last = np.concatenate([first[1:], [len(legs)]]) - 1 if len(legs) else first
    return legs[first], begin_s[first], end_s[last] - begin_s[first]


def _excursion_words(found: tuple[Ints, Floats, Floats], total_s: float) -> Iterator[str]:
    legs, begin_s, length_s = found
    if len(legs) > EXCURSIONS_PER_HOUR * total_s / 3600 + 1:
        rate = len(legs) / total_s * 3600
        yield f"{len(legs)} excursions from clearances, {rate:.1f} a flight-hour; allowed are {EXCURSIONS_PER_HOUR:g}"
    for i in np.flatnonzero(length_s > EXCURSION_S):
        limit = f"{EXCURSION_S:g} s" if length_s[i] <= RECOVERY_S else f"even the {RECOVERY_S:g} s of a recovery"
        yield f"leg {legs[i]} was outside its clearance for {length_s[i]:.1f} s {at(begin_s[i])}, over {limit}"


def _leg_words(found: Deviations, low: Floats, high: Floats) -> Iterator[str]:
    """Name the legs that were inside for too little of their time."""
    legs, number = np.unique(found.leg, return_inverse=True)
    inside_s = np.bincount(number, (high - low) * found.span_s, minlength=len(legs))
    flown_s = np.bincount(number, found.span_s, minlength=len(legs))
    share = np.divide(inside_s, flown_s, out=np.ones(len(legs)), where=flown_s > 0)
    for i in np.flatnonzero(share < SHARE):
        yield f"leg {legs[i]} was within its clearance for {share[i]:.4f} of its time, asked is {SHARE}"


def _elementary(flown: Pieces, cleared: Pieces) -> tuple[Ints, Floats, Floats]:
    legs = np.concatenate([flown.leg, flown.leg, cleared.leg, cleared.leg])
    times = np.concatenate([flown.t0_s, flown.t1_s, cleared.t0_s, cleared.t1_s])
    order = np.lexsort((times, legs))
    legs, times = legs[order], times[order]
    inner = np.flatnonzero((legs[1:] == legs[:-1]) & (times[1:] > times[:-1]))
    return legs[inner], times[inner], times[inner + 1]


def _place(pieces: Pieces, rows: Ints, time_s: Floats) -> Floats:
    share = (time_s - pieces.t0_s[rows]) / (pieces.t1_s - pieces.t0_s)[rows]
    start_m = pieces.start_m[rows, :2]
    return np.asarray(start_m + share[:, None] * (pieces.end_m[rows, :2] - start_m))


def _note(found: Deviations, *, share: float, limit_m: float) -> str:
    offsets_m = np.maximum(np.hypot(*found.start_m.T), np.hypot(*found.end_m.T))
    if len(offsets_m) == 0:
        return "no flown time to compare"
    worst = int(offsets_m.argmax())
    return (
        f"largest lateral deviation {offsets_m[worst]:.2f} m on leg {found.leg[worst]} "
        f"{at(found.from_s[worst])}; {share:.2%} of the time within {limit_m:g} m, "
        "half the separation minimum"
    )


def _holes(run: Run, name: str) -> Iterator[Faults]:
    table = run.tables[name]
    yield where(~is_finite(table), lambda row: f"{name}: leg {table['leg'][row]} has a segment without numbers")
    yield where(
        table["t1_s"] < table["t0_s"],
        lambda row: (
            f"{name}: leg {table['leg'][row]} has a segment that ends {at(table['t1_s'][row])} before "
            f"it begins {at(table['t0_s'][row])}"
        ),
    )
    order = np.lexsort((table["t1_s"], table["t0_s"], table["leg"]))
    before, after = order[:-1], order[1:]
    broken = (table["leg"][before] == table["leg"][after]) & (
        np.abs(table["t0_s"][after] - table["t1_s"][before]) > _SLACK_S
    )
    yield where(
        broken,
        lambda i: (
            f"{name}: leg {table['leg'][after[i]]} has no position between {at(table['t1_s'][before[i]])} "
            f"and {at(table['t0_s'][after[i]])}"
        ),
    )


def _spans(run: Run) -> Iterator[Faults]:
    """Find landed legs whose flown track does not run from departure to landing with the leg's drone."""
    legs, flown = run.legs, run.tables["flown"]
    size = max(int(legs["leg"].max(initial=-1)), int(flown["leg"].max(initial=-1))) + 1
    begin, end, drone = np.full(size, np.inf), np.full(size, -np.inf), np.full(size, -1, np.int64)
    known = (flown["leg"] >= 0) & is_finite(flown)
    np.minimum.at(begin, flown["leg"][known], flown["t0_s"][known])
    np.maximum.at(end, flown["leg"][known], flown["t1_s"][known])
    drone[flown["leg"][known]] = flown["drone"][known]
    rows = np.flatnonzero((legs["outcome"] == "landed") & is_set(legs["landed_s"]) & (legs["leg"] >= 0))
    number = legs["leg"][rows]
    off = np.abs(begin[number] - legs["departed_s"][rows]) > _SLACK_S
    off |= np.abs(end[number] - legs["landed_s"][rows]) > _SLACK_S
    yield where(
        off,
        lambda i: (
            f"flown: leg {number[i]} is tracked from {at(begin[number[i]])} to {at(end[number[i]])}, it "
            f"flew from {at(legs['departed_s'][rows[i]])} to {at(legs['landed_s'][rows[i]])}"
        ),
    )
    yield where(
        drone[number] != legs["drone"][rows],
        lambda i: f"flown: leg {number[i]} is flown by drone {drone[number[i]]}, not {legs['drone'][rows[i]]}",
    )
