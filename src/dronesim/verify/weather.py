"""What the weather of a day allowed, worked out anew from its rows: take-offs, packs, air, parcels."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from dronesim.units import MS
from dronesim.verify.facts import Weather, WeatherRow
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.lookup import is_disturbed, is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.silence import heard_s, latency_s, spells_by_leg
from dronesim.verify.wait_reasons import by_row, in_queue_for_others
from dronesim.verify.winds import in_force_at, taken_off_s

_SLACK_S = 1.5 / MS
_GAS, _ZERO_C = 287.05, 273.15
_DOWN = "lands safely, fetched by road"


def weather(run: Run) -> Check:
    """Nobody takes off beyond a limit, nor too late by the forecast; whom the weather met did meet it."""
    told = run.facts.weather
    if told is None:
        return skipped("weather", "the day's facts tell nothing but winds")
    faults = [*_stated(told), *_take_offs(run, told), *_look_ahead(run, told), *_orders(run, told), *_aloft(run, told)]
    note = f"{len(told.rows)} rows, {len(stops(told))} times without flying"
    return settle("weather", len(run.legs["leg"]) + len(run.orders["order"]), faults, note=note)


# when nobody is to take off


def stops(told: Weather) -> list[tuple[float, float]]:
    """Work out from when until when no drone may take off: from a row beyond a limit on, until all is well below."""
    if not told.counts_all:
        return []
    from_s = [-math.inf, *(row.from_s for row in told.rows[1:])]
    states = [_state(row, told) for row in told.rows]
    found: list[tuple[float, float]] = []
    for number, begins_s in enumerate(from_s):
        is_over = not found or found[-1][1] < begins_s or (found[-1][1] == begins_s and states[number] == 2)
        if states[number] == 2 and is_over:
            found.append((begins_s, _ends_s(number, from_s, states, told.again_s)))
    return found


def _ends_s(number: int, from_s: list[float], states: list[int], again_s: float) -> float:
    """Find when a stop that begins with a row ends: the first time all has been well below for long enough."""
    for row in range(number + 1, len(states)):
        if states[row] == 0 and states[row - 1] != 0:
            over_s = from_s[row] + again_s
            if all(states[later] == 0 for later in range(row, len(states)) if from_s[later] <= over_s):
                return over_s
    return math.inf


def _state(row: WeatherRow, told: Weather) -> int:
    """Give 2 for a row beyond a limit, 0 for one well within all, 1 for what lies between."""
    if _is_beyond(row, told, 1.0):
        return 2
    return 1 if _is_beyond(row, told, told.again_share) else 0


def _is_beyond(row: WeatherRow, told: Weather, share: float) -> bool:
    return _passed(row, told, share) is not None


def _passed(row: WeatherRow, told: Weather, share: float) -> str | None:
    """Name the first thing of a row that lies beyond a share of its limit; temperatures have one limit."""
    limits, lift = told.limits, min(told.lifts.values())
    at_most = (
        ("wind", row.wind_mps * lift, limits["wind_mps"]),
        ("gust", (row.gust_mps or 0.0) * lift, limits["gust_mps"]),
        ("rain", row.rain_mmh or 0.0, limits["rain_mmh"]),
    )
    for name, value, most in at_most:
        if value > most * share:
            return name
    if row.visibility_m is not None and row.visibility_m * share < limits["visibility_m"]:
        return "visibility"
    if row.temperature_c is None or limits["low_c"] <= row.temperature_c <= limits["high_c"]:
        return None
    return "cold" if row.temperature_c < limits["low_c"] else "heat"


def whys(told: Weather) -> list[str]:
    """Name what stopped flying, stop by stop: what is beyond its limit in the row with which it begins."""
    by_begin = dict(zip([-math.inf, *(row.from_s for row in told.rows[1:])], told.rows, strict=True))
    return [str(_passed(by_begin[from_s], told, 1.0)) for from_s, _ in stops(told)]


def _stated(told: Weather) -> Iterator[Faults]:
    """Compare the stops that the facts tell with those of the rows."""
    found = [tuple(time_s if math.isfinite(time_s) else None for time_s in stop) for stop in stops(told)]
    if [stop[:2] for stop in told.stops] != found:
        yield listed([f"facts tell no flying at {[stop[:2] for stop in told.stops]}, the rows give {found}"])
    elif (named := [stop[2] for stop in told.stops]) != whys(told):
        yield listed([f"facts tell that {named} stopped flying, by the rows it was {whys(told)}"])


def _is_inside(times_s: Floats, told: Weather) -> Mask:
    """Tell which times lie within a stop, its ends left out."""
    inside = np.zeros(len(times_s), np.bool_)
    for from_s, to_s in stops(told):
        inside |= (times_s > from_s + _SLACK_S) & (times_s < to_s - _SLACK_S)
    return inside


def _touches(times_s: Floats, told: Weather) -> Mask:
    """Tell which times lie within a stop or at its ends."""
    inside = np.zeros(len(times_s), np.bool_)
    for from_s, to_s in stops(told):
        inside |= (times_s >= from_s - _SLACK_S) & (times_s <= to_s + _SLACK_S)
    return inside


def _take_offs(run: Run, told: Weather) -> Iterator[Faults]:
    """Find drones that take off while none may, or in gusts above the limit at their level."""
    legs = run.legs
    off_s, begins = legs["departed_s"], (legs["kind"] != "divert") & (legs["departed_s"] < run.facts.closed_s)
    yield where(
        begins & _is_inside(off_s, told),
        lambda row: f"leg {legs['leg'][row]} takes off {at(off_s[row])}, while the weather lets no drone fly",
    )
    lift = np.array([told.lifts.get(level_m, 0.0) for level_m in legs["level_m"].tolist()])
    least_mps = np.full(len(off_s), np.inf)
    for row, in_force in _in_force(told, off_s):
        least_mps[in_force] = np.fmin(least_mps[in_force], row.gust_mps or 0.0)
    gusty = begins & is_set(off_s) & (least_mps * lift > told.limits["gust_mps"] * (1 + 1e-9))
    yield where(
        gusty & told.counts_all,
        lambda row: (
            f"leg {legs['leg'][row]} takes off {at(off_s[row])} to {legs['level_m'][row]:g} m in too strong gusts"
        ),
    )


def _look_ahead(run: Run, told: Weather) -> Iterator[Faults]:
    """Find sorties that were booked though they would not be over in time before the forecast forbids flying."""
    legs = run.legs
    begins_s = [row.from_s for row in told.forecast_rows[1:] if _is_beyond(row, told, 1.0)]
    if not told.counts_all or not begins_s:
        return
    _, number = np.unique(legs["sortie"], return_inverse=True)
    last_s = np.full(len(number) + 1, -np.inf)
    np.maximum.at(last_s, number, np.where(is_set(legs["landed_s"]), legs["landed_s"], np.inf))
    limit_s = np.append(np.sort(begins_s), np.inf)
    until_s = limit_s[np.searchsorted(limit_s, legs["requested_s"], side="right").clip(max=len(limit_s) - 1)]
    booked = (legs["kind"] == "outbound") & ~is_disturbed(run) & np.isfinite(last_s[number])
    broken = booked & (last_s[number] + told.look_ahead_s > until_s + _SLACK_S)
    yield where(
        broken,
        lambda row: (
            f"leg {legs['leg'][row]} was booked {at(legs['requested_s'][row])} for a sortie until "
            f"{at(last_s[number[row]])}; flying is forecast to stop {at(until_s[row])}"
        ),
    )
    # an empty leg is judged as if it were cleared at once; where a level is chosen it may be a quicker one that was
    there_s = legs["requested_s"] + (legs["landed_s"] - legs["departed_s"])
    empty = (legs["kind"] == "deadhead") & np.isin(legs["from"], list(run.facts.takeoff_points)) & ~is_disturbed(run)
    empty &= is_set(there_s) & (run.facts.airspace_mode != "strategic")
    broken = empty & (there_s + told.look_ahead_s > until_s + _SLACK_S)
    yield where(
        broken,
        lambda row: (
            f"leg {legs['leg'][row]} was booked {at(legs['requested_s'][row])} to be there {at(there_s[row])} at best; "
            f"flying is forecast to stop {at(until_s[row])}"
        ),
    )


def _orders(run: Run, told: Weather) -> Iterator[Faults]:
    """Find orders that went by road, were refused or waited for a weather that let drones fly."""
    orders, table = run.orders, by_row(run).tables["waits"]
    by_weather, left_s = orders["reason"] == "weather", orders["ready_s"].copy()
    known = table["reason"] != "courier"
    np.fmax.at(left_s, table["order"][known], table["to_s"][known])
    for state, time_s in (("ground", left_s), ("refused", orders["placed_s"])):
        broken = by_weather & (orders["end_state"] == state) & ~_touches(time_s, told)
        yield where(broken, lambda row: f"order {row} is {orders['end_state'][row]} for weather in which drones flew")
    stopped_s = np.zeros(len(table["from_s"]))
    for from_s, to_s in stops(told):
        stopped_s += np.maximum(np.minimum(table["to_s"], to_s) - np.maximum(table["from_s"], from_s), 0.0)
    others = in_queue_for_others(by_row(run), "weather") & (stopped_s > 2 * _SLACK_S)
    yield where(
        others,
        lambda row: f"order {table['order'][row]} waits for {table['reason'][row]} while no drone may fly",
    )
    waits = table["reason"] == "weather"
    middle_s = (table["from_s"] + table["to_s"]) / 2
    heavy = orders["mass_kg"][table["order"]] > heaviest_kg(run, middle_s)[0] + 1e-9
    may_foresee = any(_is_beyond(row, told, 1.0) for row in told.forecast_rows[1:])
    broken = waits & ~heavy & ~_touches(table["from_s"], told) & ~_touches(middle_s, told)
    yield where(
        broken & (not may_foresee),
        lambda row: f"order {table['order'][row]} waits for weather from {at(table['from_s'][row])}: drones may fly",
    )


def _obeyed_s(run: Run, ordered_s: float) -> Floats:
    """Give when each leg obeys an order of a time: later where there is a latency, or its drone is silent then."""
    at_s = np.full(len(run.legs["leg"]), ordered_s)
    if run.facts.link is None or "cleared" not in run.tables:
        return at_s
    return heard_s(spells_by_leg(run), run.legs["leg"], at_s, latency_s(run))


def _aloft(run: Run, told: Weather) -> Iterator[Faults]:
    """Find drones that flew on where they are to land or return, and those that landed where none is to."""
    begins_s = [from_s for from_s, _ in stops(told) if run.facts.start_s < from_s < run.facts.closed_s]
    legs, table = run.legs, run.tables["incidents"]
    down = (table["kind"] == "weather") & (table["action"] == _DOWN)
    yield where(
        down & (told.aloft != "land"),
        lambda row: f"incident {row}: drone {table['drone'][row]} lands for the weather, and none is to (aloft)",
    )
    if told.aloft == "go_on":
        return
    flies = np.zeros(len(legs["leg"]), np.bool_)
    for begins in begins_s:
        # who sinks already ends its descent; an order is obeyed later, and not at all by who does not hear it
        heard = _obeyed_s(run, begins) + _SLACK_S
        flies |= (legs["departed_s"] < begins - _SLACK_S) & (legs["arrived_s"] > heard)
    flies &= legs["outcome"] == "landed"
    if told.aloft == "land":
        words = "is flown on when flying stops and all are to land"
    else:
        # who finds no way back is told to do something else
        flies &= (legs["kind"] == "outbound") & (legs["order"] >= 0) & ~is_disturbed(run)
        words = "brings its parcel when flying stops, all are to return, and nothing is told of it"
    yield where(flies, lambda row: f"leg {legs['leg'][row]} {words}")


# what temperatures do


def _in_force(told: Weather, times_s: Floats) -> Iterator[tuple[WeatherRow, Mask]]:
    """Give each row with which times it was in force at; two at a time at which it changes."""
    yield from zip(told.rows, in_force_at([row.from_s for row in told.rows], times_s), strict=True)


def densities(run: Run) -> tuple[Floats, Floats]:
    """Give the least and the highest density of the air that each leg's drone took off in, ``(legs,)``."""
    off_s, told = taken_off_s(run), run.facts.weather
    low, high = np.full(len(off_s), np.inf), np.zeros(len(off_s))
    for row, in_force in () if told is None else _in_force(told, off_s):
        density = _density(run, row)
        low[in_force], high[in_force] = np.fmin(low[in_force], density), np.fmax(high[in_force], density)
    plain = run.facts.air_density_kgm3
    return np.where(high > 0, low, plain), np.where(high > 0, high, plain)


def _density(run: Run, row: WeatherRow) -> float:
    told = run.facts.weather
    if told is None or not told.acts_on_air or row.temperature_c is None:
        return run.facts.air_density_kgm3
    return told.pressure_pa / (_GAS * (_ZERO_C + row.temperature_c))


def usable_wh(run: Run) -> tuple[Floats, Floats]:
    """Give the usable energy of each leg's pack, ``(legs,)``: by the temperature that its sortie took off in.

    Two values, the same but for who took off just as that changed.
    """
    legs, told = run.legs, run.facts.weather
    whole = np.full(len(legs["leg"]), run.facts.pack_wh * run.facts.usable_share)
    if told is None or not told.acts_on_packs:
        return whole, whole
    _, number = np.unique(np.where(legs["sortie"] >= 0, legs["sortie"], -2 - legs["leg"]), return_inverse=True)
    first_s = np.full(len(whole) + 1, np.inf)
    np.fmin.at(first_s, number, legs["departed_s"])
    first_wh, other_wh, seen = whole.copy(), whole.copy(), np.zeros(len(whole), np.bool_)
    for row, in_force in _in_force(told, first_s[number]):
        share = _pack_share(told, row.temperature_c)
        other_wh[in_force] = whole[in_force] * share
        first_wh[in_force & ~seen] = whole[in_force & ~seen] * share
        seen |= in_force
    return first_wh, other_wh


def _pack_share(told: Weather, temperature_c: float | None) -> float:
    if temperature_c is None:
        return 1.0
    return float(np.interp(temperature_c, [-20.0, 0.0, 20.0], [told.pack_share_minus_20c, told.pack_share_0c, 1.0]))


def heaviest_kg(run: Run, times_s: Floats) -> tuple[Floats, Floats]:
    """Give the heaviest parcel that drones lift at times, ``(times,)``: the least and the most, where it changes."""
    facts, told = run.facts, run.facts.weather
    low, high = np.full(len(times_s), np.inf), np.full(len(times_s), -np.inf)
    for row, in_force in () if told is None else _in_force(told, times_s):
        density, rated = _density(run, row), told.rated_density_kgm3 if told is not None else math.nan
        is_thin = told is not None and told.acts_on_air and row.temperature_c is not None and density < rated
        lifts_kg = (facts.bare_kg + facts.payload_kg) * (density / rated if is_thin else 1.0)
        kg = max(lifts_kg - facts.bare_kg, 0.0) if is_thin else facts.payload_kg
        low[in_force], high[in_force] = np.fmin(low[in_force], kg), np.fmax(high[in_force], kg)
    return np.where(np.isfinite(low), low, facts.payload_kg), np.where(np.isfinite(high), high, facts.payload_kg)


def overloads(run: Run) -> Iterator[Faults]:
    """Find parcels that were too heavy for the air in which they took off."""
    legs, orders = run.legs, run.orders
    carries = np.flatnonzero((legs["kind"] == "outbound") & is_set(legs["departed_s"]))
    order = rows_of(orders["order"], legs["order"][carries])
    most_kg = heaviest_kg(run, legs["departed_s"][carries])[1]
    mass_kg = np.where(order >= 0, orders["mass_kg"][order], 0.0)
    broken = (mass_kg > most_kg + 1e-6) & (legs["departed_s"][carries] < run.facts.closed_s)
    yield where(
        broken & (run.facts.weather is not None),
        lambda i: f"leg {legs['leg'][carries[i]]} carries {mass_kg[i]:.3f} kg, the air bears {most_kg[i]:.3f} kg",
    )


def measured(run: Run) -> dict[str, float | int]:
    """Measure the no-go time anew, as key figures tell it; nothing where only the wind counts."""
    told, facts = run.facts.weather, run.facts
    if told is None or not told.counts_all:
        return {}
    lasts_s = [max(min(to_s, facts.end_s) - max(from_s, facts.start_s), 0.0) for from_s, to_s in stops(told)]
    return {
        "weather.flyable_share": 1.0 - sum(lasts_s) / (facts.end_s - facts.start_s),
        "weather.no_go_s": float(sum(lasts_s)),
        "weather.stops": int(np.count_nonzero(lasts_s)),
        "weather.orders_waited": len(waited_for_it(run)),
        "weather.to_road": _went_by_road(run),
    }


def waited_for_it(run: Run) -> set[int]:
    """List who waited for the weather, or for a rider while no drone might fly; not what is too heavy for drones."""
    told, table = run.facts.weather, run.tables["waits"]
    for_rider, over = table["reason"] == "rider", np.zeros(len(table["order"]), np.bool_)
    for begins_s, ends_s in () if told is None else stops(told):
        over |= np.minimum(table["to_s"], ends_s) > np.maximum(table["from_s"], begins_s)
    stranded = set(table["order"][for_rider & over].tolist()) - _heavy(run)
    return stranded | set(table["order"][table["reason"] == "weather"].tolist())


def _went_by_road(run: Run) -> int:
    """Count who went by road for the weather, and whom a rider took while no drone might fly."""
    told, held, orders = run.facts.weather, run.occupancy, run.orders
    gone = set(orders["order"][(orders["end_state"] == "ground") & (orders["reason"] == "weather")].tolist())
    for begins_s, ends_s in () if told is None else stops(told):
        away = (held["resource"] == "rider") & (held["from_s"] >= begins_s) & (held["from_s"] < ends_s)
        gone |= set(held["holder"][away].tolist()) - _heavy(run)
    return len(gone)


def _heavy(run: Run) -> set[int]:
    return set(run.orders["order"][run.orders["mass_kg"] > run.facts.payload_kg].tolist())
