"""Finds when drones were silent by their cleared tracks and the outages of the link, and what they did on their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from dronesim.errors import InputError, Problem
from dronesim.units import MS
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.reading import Run
from dronesim.verify.tracks import Pieces, pieces_of

ROUNDING_S: Final = 0.02
"""Borders of areas are told to a millimetre, and times are rounded to milliseconds."""
DOWN: Final = "lands safely, fetched by road"
UNEDITED: Final = (
    *("waits: the drone does not hear", "lost", DOWN, "stays on the pad"),
    *("nothing: it is not on its way with a parcel", "nothing: it sinks to land already"),
    *("is unloaded for longer", "waits on its pad to be unloaded"),
)
"""What may be told of a silent drone: that nobody reaches it, what it does by itself, and of its stay on the ground."""
_JOINED_S: Final = 0.01
_ULP: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """No link from one time to another, in an area or, where that is None, everywhere."""

    area: Any
    name: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """When drones were silent, in order of drone and time: by leg, or by sortie in the air; shape ``(n,)`` each."""

    drone: Ints
    leg: Ints
    from_s: Floats
    to_s: Floats

    def at(self, drone: int, time_s: float) -> tuple[float, float] | None:
        """Give the spell in which a drone is silent at a time."""
        inside = (self.drone == drone) & (self.from_s <= time_s) & (time_s < self.to_s)
        rows = np.flatnonzero(inside)
        return (float(self.from_s[rows[0]]), float(self.to_s[rows[0]])) if len(rows) else None


def outages_of(run: Run) -> list[Outage]:
    """Read the outages of a day with their areas."""
    return outages_in(run.facts.link or {}, key="link")


def outages_in(told: Mapping[str, Any], *, key: str) -> list[Outage]:
    """Read outages with their areas from a part of the facts, which is under ``key``."""
    try:
        areas = {area["id"]: shapely.from_wkt(area["wkt"]) for area in told.get("areas", ())}
        return [
            Outage(
                area=None if row["area"] is None else areas[row["area"]],
                name="the district" if row["area"] is None else row["area"],
                from_s=float(row["from_s"]),
                to_s=float(row["to_s"]),
            )
            for row in told.get("outages", ())
        ]
    except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise InputError([Problem(file="facts.json", key=key, rule=f"is not usable: {error!r}")]) from error


def spells_by_leg(run: Run) -> Spells:
    """Find the silent spells of each leg that has a cleared track."""
    return spells_in(run, outages_of(run))


def spells_in(run: Run, outages: list[Outage]) -> Spells:
    """Find when each leg that has a cleared track is in an area that has an outage then."""
    if not outages or "cleared" not in run.tables:
        nobody, never = np.empty(0, np.int64), np.empty(0)
        return Spells(drone=nobody, leg=nobody, from_s=never, to_s=never)
    pieces = pieces_of(run.tables["cleared"])
    found = [_in_outage(pieces, outage) for outage in outages]
    rows, from_s, to_s = (np.concatenate([part[column] for part in found]) for column in range(3))
    row = rows.astype(np.int64)
    return _united(Spells(drone=pieces.drone[row], leg=pieces.leg[row], from_s=from_s, to_s=to_s), diverted=None)


def spells_aloft(run: Run) -> Spells:
    """Find the silent spells of each drone: one goes on where its leg is diverted in the air."""
    legs = run.legs
    return _united(spells_by_leg(run), diverted=set(legs["leg"][legs["outcome"] == "diverted"].tolist()))


def _in_outage(pieces: Pieces, outage: Outage) -> tuple[Floats, Floats, Floats]:
    """Give rows of pieces, and from when until when each is in an outage."""
    rows = np.flatnonzero((pieces.t0_s < outage.to_s) & (pieces.t1_s > outage.from_s))
    enters_s, leaves_s = pieces.t0_s[rows].copy(), pieces.t1_s[rows].copy()
    owner = rows
    if outage.area is not None:
        spans = [(row, *span) for row in rows.tolist() for span in _inside(pieces, row, outage.area)]
        columns = np.array(spans, np.float64).reshape(-1, 3)
        owner, enters_s, leaves_s = columns[:, 0].astype(np.int64), columns[:, 1], columns[:, 2]
    from_s, to_s = np.maximum(enters_s, outage.from_s), np.minimum(leaves_s, outage.to_s)
    kept = to_s > from_s
    return owner[kept].astype(np.float64), from_s[kept], to_s[kept]


def _inside(pieces: Pieces, row: int, area: Any) -> Iterator[tuple[float, float]]:
    """Give when a piece is in an area: between neighbouring crossings of its border, where the middle is inside."""
    start_m, way_m = pieces.start_m[row, :2], (pieces.end_m - pieces.start_m)[row, :2]
    span_s, t0_s, length_m = pieces.t1_s[row] - pieces.t0_s[row], pieces.t0_s[row], np.hypot(*way_m)
    cuts = [0.0, 1.0]
    if length_m > 0:
        hits = shapely.intersection(shapely.LineString([start_m, start_m + way_m]), area.boundary)
        cuts += ((shapely.get_coordinates(hits) - start_m) @ way_m / length_m**2).tolist()
    shares = np.unique(np.clip(cuts, 0.0, 1.0))
    for low, high in pairwise(shares.tolist()):
        if area.covers(shapely.Point(start_m + (low + high) / 2 * way_m)):
            yield t0_s + low * span_s, t0_s + high * span_s


def _united(spells: Spells, *, diverted: set[int] | None) -> Spells:
    """Unite spells that touch: of one leg or, where it is given which legs were diverted, of these and the next."""
    order = np.lexsort((spells.from_s, spells.leg, spells.drone))
    rows, last = list[list[float]](), -1
    for i in order.tolist():
        drone, leg = int(spells.drone[i]), int(spells.leg[i])
        begins_s, ends_s = float(spells.from_s[i]), float(spells.to_s[i])
        is_same = bool(rows) and rows[-1][0] == drone and (last == leg or last in (diverted or ()))
        if is_same and begins_s <= rows[-1][3] + _JOINED_S:
            rows[-1][3] = max(rows[-1][3], ends_s)
        else:
            rows.append([drone, leg, begins_s, ends_s])
        last = leg
    columns = np.array(rows, np.float64).reshape(-1, 4)
    return replace(
        spells,
        drone=columns[:, 0].astype(np.int64),
        leg=columns[:, 1].astype(np.int64),
        from_s=columns[:, 2],
        to_s=columns[:, 3],
    )


def latency_s(run: Run) -> float:
    """Give how long after an order a drone in the air obeys, in whole milliseconds."""
    return whole_ms(float((run.facts.link or {}).get("latency_s", 0.0)))


def whole_ms(time_s: float) -> float:
    """Round a time up to a millisecond, as the clock of a day does."""
    return float(np.ceil(time_s * MS - _ULP) / MS)


def heard_s(spells: Spells, leg: Ints, at_s: Floats, latency_s: float) -> Floats:
    """Give for legs and times, ``(n,)``, when each drone obeys an order of then, if it is on its way by then."""
    at_s = np.asarray(at_s, np.float64) + latency_s
    found = at_s.copy()
    by_leg = np.argsort(leg, kind="stable")
    first, last = (np.searchsorted(leg[by_leg], spells.leg, side=side) for side in ("left", "right"))
    may_matter = (last > first) & (spells.to_s > np.fmin.reduce(at_s, initial=np.inf))
    may_matter &= spells.from_s - ROUNDING_S <= np.fmax.reduce(at_s, initial=-np.inf)
    for row in np.flatnonzero(may_matter).tolist():
        its, to_s = by_leg[first[row] : last[row]], spells.to_s[row]
        found[its[(at_s[its] >= spells.from_s[row] - ROUNDING_S) & (at_s[its] < to_s)]] = to_s
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a drone did on its own, from one time to another."""

    drone: int
    from_s: float
    to_s: float


def acts(run: Run) -> list[Act]:
    """Find what drones did on their own: holds in silence, and what they flew after it without a link."""
    spells, table, found = spells_aloft(run), run.tables["incidents"], list[Act]()
    for row in np.flatnonzero(is_of_link(run) & (table["action"] == "holds")).tolist():
        drone, time_s = int(table["drone"][row]), float(table["time_s"][row])
        spell = _last_silence(run, spells, row)
        if spell is None:
            continue
        later = np.flatnonzero(is_of_link(run) & (table["drone"] == drone) & (np.arange(len(table["kind"])) > row))
        ends_s = whole_ms(spell[1]) + latency_s(run)
        if len(later) and table["time_s"][later[0]] < ends_s:
            ends_s = float(table["time_s"][later[0]])
            is_silent = ends_s < spell[1] - _JOINED_S
            if is_silent and table["action"][later[0]] in ("returns", "goes on"):
                ends_s = max(ends_s, _ended_s(run, int(table["leg"][later[0]])))
                found.append(Act(drone=drone, from_s=time_s, to_s=min(ends_s, run.facts.closed_s)))
                continue
        ends_s = min(ends_s, _ended_s(run, int(table["leg"][row])))
        found.append(Act(drone=drone, from_s=time_s, to_s=min(ends_s, run.facts.closed_s)))
    return found


def _last_silence(run: Run, spells: Spells, row: int) -> tuple[float, float] | None:
    """Give the silence in which a drone holds, by an incident; if it is silent anew before it obeys, that one."""
    table = run.tables["incidents"]
    drone, time_s = int(table["drone"][row]), float(table["time_s"][row])
    edited = (table["drone"] == drone) & ~is_of_link(run) & ~np.isin(table["action"], UNEDITED)
    spell = spells.at(drone, time_s)
    while spell is not None:
        obeys_s = whole_ms(spell[1]) + latency_s(run)
        anew = spells.at(drone, obeys_s)
        is_led = (edited & (table["time_s"] >= time_s) & (table["time_s"] <= obeys_s)).any()
        if anew is None or anew[0] <= spell[0] or is_led:
            break
        spell = anew
    return spell


def is_of_link(run: Run) -> Mask:
    """Tell which incidents are of drones whose link was lost."""
    table = run.tables["incidents"]
    return np.asarray((table["kind"] == "link_loss") & (table["drone"] >= 0))


def _ended_s(run: Run, leg: int) -> float:
    """Give when a leg ended by its track; that of the day where it is not over then.

    One without a track was given up before it began: where its drone turned, at its departure.
    """
    tracks, legs = run.tables["cleared"], run.legs
    if ((legs["leg"] == leg) & (legs["outcome"] == "open")).any():
        return run.facts.closed_s
    turned_s = np.fmax.reduce(legs["departed_s"][legs["leg"] == leg], initial=-np.inf)
    return float(tracks["t1_s"][tracks["leg"] == leg].max(initial=turned_s))


def led(run: Run, pieces: Pieces) -> Pieces:
    """Give pieces without what drones flew on their own."""
    return without(pieces, acts(run))


def without(pieces: Pieces, spells: list[Act]) -> Pieces:
    """Give pieces without what drones flew in some spells."""
    for act in spells:
        its = (pieces.drone == act.drone) & (pieces.t0_s < act.to_s) & (pieces.t1_s > act.from_s)
        span_s = pieces.t1_s - pieces.t0_s
        low = np.where(its, np.clip((act.from_s - pieces.t0_s) / span_s, 0.0, 1.0), 1.0)
        high = np.where(its, np.clip((act.to_s - pieces.t0_s) / span_s, 0.0, 1.0), 1.0)
        before, after = np.flatnonzero(low > 0), np.flatnonzero(high < 1)
        pieces = pieces.part(
            np.concatenate([before, after]),
            np.concatenate([np.zeros(len(before)), high[after]]),
            np.concatenate([low[before], np.ones(len(after))]),
        )
    return pieces
