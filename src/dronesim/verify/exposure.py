"""Checks who was below the flights and what was heard of them, from cleared paths and the map."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from dronesim.units import HOUR
from dronesim.verify.exposure_facts import Listener, Noise, Risk
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.maps import NOBODY, Neighbourhood, has_map, read_neighbourhood
from dronesim.verify.reading import Run, read_scenario
from dronesim.verify.report import NO_TRACKS, Check, listed, settle, skipped
from dronesim.verify.tracks import Pieces, pieces_of

_NAME = "people below and noise"
_RELATIVE = 1e-6
_LEVEL_DB = 1e-4
_PLACE_M = 0.1
_ASKED = (("risk", "people_per_km2"), ("noise", "at_homes"))
_GRAZE = 1e-7
"""An overflight may graze its distance."""


def exposure(run: Run) -> Check:
    """Hours over people, sound levels and overflights by hour follow from cleared paths, and miss nobody on the map."""
    risk, noise = run.facts.risk, run.facts.noise
    is_counted = risk is not None or noise is not None
    around = read_neighbourhood(run) if is_counted or has_map(run) else NOBODY
    faults = [listed(_left_out(risk, noise, around)), listed(_not_as_asked(run))]
    is_wrong = any(fault.count for fault in faults)
    if not is_counted:
        return settle(_NAME, 0, faults, note="" if is_wrong else "neither is counted")
    if "cleared" not in run.tables:
        return settle(_NAME, 0, faults) if is_wrong else skipped(_NAME, NO_TRACKS)
    path = pieces_of(run.tables["cleared"])
    if risk is not None:
        faults.append(listed(_flown(risk, path, around)))
    if noise is not None:
        faults += [listed(_misplaced(noise, around)), listed(_unheard(noise, path))]
    return settle(_NAME, len(path.leg), faults, note=_note(risk, noise))


def _note(risk: Risk | None, noise: Noise | None) -> str:
    told = [] if risk is None else [f"{risk.flight_h:.1f} h over {risk.areas} areas"]
    return ", ".join(told if noise is None else [*told, f"{len(noise.listeners)} homes and places"])


def _left_out(risk: Risk | None, noise: Noise | None, around: Neighbourhood) -> Iterator[str]:
    if risk is None and around.density:
        yield f"the map has {len(around.density)} areas of people, and no risk is told"
    if risk is not None and risk.areas != len(around.areas):
        yield f"the map has {len(around.areas)} areas of people, the facts have {risk.areas}"
    told = {} if noise is None else noise.listeners
    yield from (f"place {name} of the map is not told of" for name in around.places if name not in told)


def _not_as_asked(run: Run) -> Iterator[str]:
    """Compare what is counted with what the scenario asks for."""
    if not (run.folder / "scenario.toml").is_file():
        return
    asked, (risk, noise) = read_scenario(run.folder), (run.facts.risk, run.facts.noise)
    people, at_homes = (asked.get(table, {}).get(key) for table, key in _ASKED)
    if people and (risk is None or risk.people_per_km2 != people):
        yield f"the scenario has {people} people a km², the risk is told for {risk and risk.people_per_km2}"
    has_homes = noise is not None and any(it.is_home for it in noise.listeners.values())
    if bool(at_homes) != has_homes and read_neighbourhood(run).homes:
        yield f"noise at homes is told: {has_homes}; the scenario says {at_homes}"


def _misplaced(noise: Noise, around: Neighbourhood) -> Iterator[str]:
    """Compare listeners with the map: where they are, and the limits of places."""
    for name, listener in noise.listeners.items():
        known = around.homes if listener.is_home else around.places
        if name not in known:
            yield f"{'home' if listener.is_home else 'place'} {name} is not on the map"
            continue
        stated = known[name]
        away_m = math.hypot(stated.x_m - listener.x_m, stated.y_m - listener.y_m)
        if not away_m <= _PLACE_M:
            yield f"{name} lies {away_m:.2f} m from its place on the map"
        limits = (listener.limit_dba, listener.passes_max, *listener.quiet_s)
        if not listener.is_home and limits != (stated.limit_dba, stated.passes_max, *stated.quiet_s):
            yield f"the limits of {name} are {limits}, not those on the map"


# people


def _flown(risk: Risk, path: Pieces, around: Neighbourhood) -> Iterator[str]:
    lasts_s = path.t1_s - path.t0_s
    flight_h = float(lasts_s.sum()) / HOUR
    people_h = float(lasts_s @ _density(path, around, risk.people_per_km2)) / HOUR
    for name, told, found in (("flight_h", risk.flight_h, flight_h), ("people_h_per_km2", risk.people_h, people_h)):
        if not math.isclose(told, found, rel_tol=_RELATIVE, abs_tol=_RELATIVE):
            yield f"{name} is {told}, cleared paths over the map give {found}"


def _density(path: Pieces, around: Neighbourhood, base: float) -> Floats:
    """Give the mean people a km² below each piece: cut at the edges of areas, told by the middles of its parts."""
    starts_m, way_m = path.start_m[:, :2], (path.end_m - path.start_m)[:, :2]
    rows, shares = [np.arange(len(starts_m))], [np.zeros(len(starts_m))]
    for area in around.areas:
        for ring in (ring for part in shapely.get_parts(area) for ring in (part.exterior, *part.interiors)):
            for corner, after in zip(*_edges(ring), strict=True):
                row, share = _meets(starts_m, way_m, corner, after)
                rows.append(row)
                shares.append(share)
    row, share = np.concatenate(rows), np.concatenate(shares)
    order = np.lexsort((share, row))
    row, share = row[order], share[order]
    until = np.where(np.append(row[1:] != row[:-1], True), 1.0, np.append(share[1:], 1.0))
    middle_m = starts_m[row] + way_m[row] * ((share + until) / 2)[:, None]
    found = np.full(len(row), -1.0)
    for area, people in zip(around.areas, around.density, strict=True):
        is_there = shapely.intersects_xy(area, *middle_m.T)
        found[is_there] = np.maximum(found[is_there], people)
    people_there = np.where(found < 0, base, found)
    return np.asarray(np.bincount(row, (until - share) * people_there, minlength=len(starts_m)))


def _edges(ring: Any) -> tuple[Floats, Floats]:
    corners = shapely.get_coordinates(ring)
    return corners[:-1], corners[1:]


def _meets(starts_m: Floats, way_m: Floats, corner: Floats, after: Floats) -> tuple[Ints, Floats]:
    """Find the pieces that cross an edge, and at which share of them; parallel ones do not."""
    edge = after - corner
    turn = way_m[:, 0] * edge[1] - way_m[:, 1] * edge[0]
    off = corner - starts_m
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (off[:, 0] * edge[1] - off[:, 1] * edge[0]) / turn
        place = (off[:, 0] * way_m[:, 1] - off[:, 1] * way_m[:, 0]) / turn
    row = np.flatnonzero((turn != 0) & (share > 0) & (share < 1) & (place >= 0) & (place <= 1))
    return row, share[row]


# noise


def _unheard(noise: Noise, path: Pieces) -> Iterator[str]:
    parts = _at_hours(path)
    for name, listener in noise.listeners.items():
        yield from (f"{name}: {text}" for text in _other(noise, listener, parts))


def _at_hours(path: Pieces) -> Pieces:
    """Cut pieces where an hour of the day ends."""
    while True:
        ends_s = (np.floor(path.t0_s / HOUR) + 1) * HOUR
        over = np.flatnonzero(path.t1_s > ends_s)
        if not len(over):
            return path
        within = np.flatnonzero(path.t1_s <= ends_s)
        rows = np.concatenate([within, over, over])
        share = (ends_s - path.t0_s)[over] / (path.t1_s - path.t0_s)[over]
        nothing, whole = np.zeros(len(within)), np.ones(len(within))
        cut = path.part(
            rows,
            np.concatenate([nothing, np.zeros(len(over)), share]),
            np.concatenate([whole, share, np.ones(len(over))]),
        )
        first = slice(len(within) + len(over), None)
        t0_s = cut.t0_s.copy()
        t0_s[first] = ends_s[over]
        t1_s = cut.t1_s.copy()
        t1_s[len(within) : len(within) + len(over)] = ends_s[over]
        path = replace(cut, t0_s=t0_s, t1_s=t1_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Pieces from a listener: along their lines, how far off these pass and where they begin and end; how long."""

    off_m: Floats
    from_m: Floats
    to_m: Floats
    lasts_s: Floats


def _other(noise: Noise, listener: Listener, parts: Pieces) -> Iterator[str]:
    """Tell what was heard otherwise than is told."""
    place_m = np.array([listener.x_m, listener.y_m, noise.receiver_m])
    energy = noise.source_at_m**2 * _energies(_seen(parts, place_m), noise.nearest_m)
    hour = np.floor(parts.t0_s / HOUR).astype(np.int64)
    for at in sorted({*listener.level_dba, *np.unique(hour).tolist()}):
        found = _dba(float(energy[hour == at].sum()), noise)
        if not _is_level(listener.level_dba.get(at, -math.inf), found):
            yield f"hour {at} has an exposure of {listener.level_dba.get(at)} dB(A), cleared paths give {found}"
    legs, leg = np.unique(parts.leg, return_inverse=True)
    loudest = _dba(float(np.bincount(leg, energy, minlength=len(legs)).max(initial=0.0)), noise)
    if not _is_level(listener.loudest_dba, loudest):
        yield f"its loudest flight has {listener.loudest_dba} dB(A), cleared paths give {loudest}"
    least, most = (_passes(parts, leg, place_m, noise.overflight_m * (1 + by)) for by in (-_GRAZE, _GRAZE))
    for at in sorted({*listener.passes, *np.unique(hour).tolist()}):
        low, high = (int((np.floor(passes_s / HOUR) == at).sum()) for passes_s in (least, most))
        if not min(low, high) <= listener.passes.get(at, 0) <= max(low, high):
            yield f"hour {at} has {listener.passes.get(at)} overflights, cleared paths give {low}"
    low, high = (_in_quiet(listener, passes_s) for passes_s in (least, most))
    if not min(low, high) <= listener.quiet <= max(low, high):
        yield f"it has {listener.quiet} overflights in quiet hours, cleared paths give {low}"


def _in_quiet(listener: Listener, passes_s: Floats) -> int:
    if not listener.quiet_s:
        return 0
    begins_s, ends_s = listener.quiet_s
    return int(((begins_s <= passes_s) & (passes_s < ends_s)).sum())


def _seen(parts: Pieces, place_m: Floats) -> _Seen:
    way_m, off = parts.end_m - parts.start_m, parts.start_m - place_m
    length_m = np.linalg.norm(way_m, axis=1)
    unit = np.divide(way_m, length_m[:, None], out=np.zeros_like(way_m), where=length_m[:, None] > 0)
    from_m = np.einsum("ij,ij->i", off, unit)
    across_m = np.linalg.norm(off - unit * from_m[:, None], axis=1)
    return _Seen(off_m=across_m, from_m=from_m, to_m=from_m + length_m, lasts_s=parts.t1_s - parts.t0_s)


def _energies(seen: _Seen, nearest_m: float) -> Floats:
    """Integrate 1/r² over time: as a difference of arcs, or as of a point where a piece leads hardly anywhere."""
    off_m = np.maximum(seen.off_m, nearest_m)
    length_m = seen.to_m - seen.from_m
    is_short = length_m < 1e-3
    safe_m = np.where(is_short, 1.0, length_m)
    arcs = (np.arctan(seen.to_m / off_m) - np.arctan(seen.from_m / off_m)) / (off_m * safe_m)
    middle_m = (seen.from_m + seen.to_m) / 2
    return np.asarray(seen.lasts_s * np.where(is_short, 1 / (off_m**2 + middle_m**2), arcs))


def _dba(energy: float, noise: Noise) -> float:
    return noise.source_dba + 10 * math.log10(energy) if energy > 0 else -math.inf


def _is_level(told: float, found: float) -> bool:
    return told == found or abs(told - found) <= _LEVEL_DB


def _passes(parts: Pieces, leg: Ints, place_m: Floats, reach_m: float) -> Floats:
    """Give when each leg first comes within a distance in the plane, infinite for never."""
    way_m, off = (parts.end_m - parts.start_m)[:, :2], (place_m - parts.start_m)[:, :2]
    length_m, lasts_s = np.hypot(*way_m.T), parts.t1_s - parts.t0_s
    unit = np.divide(way_m, length_m[:, None], out=np.zeros_like(way_m), where=length_m[:, None] > 0)
    nearest_m = np.einsum("ij,ij->i", off, unit)
    half_m = np.sqrt(np.maximum(reach_m**2 - (off**2).sum(axis=1) + nearest_m**2, 0.0))
    enters_m = np.maximum(nearest_m - half_m, 0.0)
    comes = (half_m > 0) & (enters_m <= length_m) & (nearest_m + half_m >= 0)
    speed_s = np.divide(lasts_s, length_m, out=np.zeros_like(lasts_s), where=length_m > 0)
    found = np.full(int(leg.max(initial=-1)) + 1, np.inf)
    np.minimum.at(found, leg[comes], (parts.t0_s + enters_m * speed_s)[comes])
    return found
