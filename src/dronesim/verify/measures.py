"""Computes the key figures of a run a second time, from its tables and facts alone, under dotted keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.record.tables import END_STATES, VERDICTS, Columns
from dronesim.units import HOUR
from dronesim.verify import weather
from dronesim.verify.ageing import health_of, pack_figures
from dronesim.verify.barred import barred_by
from dronesim.verify.capacity import ends, out_s
from dronesim.verify.closures import walk_m
from dronesim.verify.exposure_figures import noise_figures, risk_figures
from dronesim.verify.holdings import NETWORK, is_at
from dronesim.verify.landings import landing_figures
from dronesim.verify.link import link_figures
from dronesim.verify.lookup import is_set
from dronesim.verify.position import position_figures
from dronesim.verify.reading import Run
from dronesim.verify.shifts import in_service_s, paid_s, there_s
from dronesim.verify.upkeep import upkeep_figures
from dronesim.verify.wait_reasons import by_row
from dronesim.verify.waits import STAGE_OF

Values = dict[str, Any]
Waited = dict[str, NDArray[np.float64]]


def measures(run: Run) -> Values:
    """Give every key figure that follows from tables and facts."""
    waited = _waited_s(run)
    return {
        **_service(run),
        **{f"orders.{name}": count for name, count in _counts(run.orders).items()},
        **_refusals(run),
        **_walked(run),
        **_durations(run.orders),
        **_stages(run, waited),
        **_reasons(waited),
        **_fleet(run),
        **_energy(run),
        **upkeep_figures(run),
        **_waits(run),
        **_resources(run),
        **_cabinets(run),
        **_codes(run),
        **_cost(run),
        **link_figures(run),
        **landing_figures(run),
        **position_figures(run),
        **risk_figures(run.facts.risk),
        **noise_figures(run.facts.noise),
        **weather.measured(run),
    }


def _share(part: float, whole: float) -> float | None:
    return None if whole == 0 else float(part / whole)


def _service(run: Run) -> Values:
    orders, facts = run.orders, run.facts
    near, n = orders["in_range"], len(orders["order"])
    since = {"placed": ("placed_s", "ceiling_s"), "ready": ("ready_s", "ceiling_ready_s")}
    hits, tops = {}, {}
    for clock, (start, column) in since.items():
        hits[clock] = int((near & (orders["delivered_s"] - orders[start] <= facts.limit_s + 1e-9)).sum())
        tops[clock] = int((near & (np.round(orders[column], 3) <= facts.limit_s + 1e-9)).sum())
    total, on_time = int(near.sum()), hits.get(facts.clock, 0)
    barred = near & (orders["end_state"] == "refused") & np.isin(orders["reason"], ("too_heavy", "out_of_hours"))
    shares = {f"share_{clock}_clock": _share(count, total) for clock, count in hits.items()}
    ceilings = {f"ceiling_{clock}_clock": _share(count, total) for clock, count in tops.items()}
    found = {
        "clock": facts.clock,
        "radius_m": facts.radius_m,
        "limit_s": facts.limit_s,
        "target": facts.target,
        "orders": total,
        "on_time": on_time,
        "share": _share(on_time, total),
        "ceiling": _share(tops.get(facts.clock, 0), total),
        "coverage": _share(total, n),
        "eligible_share": _share(on_time, total - int(barred.sum())),
        "network_share": _share(on_time, n),
        **shares,
        **ceilings,
    }
    if facts.riders:
        ground, since_s = orders["end_state"] == "ground", orders[since[facts.clock][0]]
        by_road = near & ground & (orders["ended_s"] - since_s <= facts.limit_s + 1e-9)
        found["by_rider"] = int((ground & (orders["reason"] == "rider")).sum())
        found |= {"share_with_riders": (on_time + int(by_road.sum())) / total} if total else {}
    beyond = near & ~(np.round(orders[since.get(facts.clock, since["placed"])[1]], 3) <= facts.limit_s + 1e-9)
    found |= {f"barred.{bar}": count for bar, count in barred_by(run, beyond).items()}
    return {f"service.{name}": value for name, value in found.items()}


def _counts(orders: Columns) -> dict[str, int]:
    states = {state: int((orders["end_state"] == state).sum()) for state in END_STATES}
    in_range, delivered = int(orders["in_range"].sum()), int(is_set(orders["delivered_s"]).sum())
    elsewhere = int((orders["airport"] != orders["placed_airport"])[is_set(orders["delivered_s"])].sum())
    return {
        "placed": len(orders["order"]),
        "in_range": in_range,
        "delivered": delivered,
        "elsewhere": elsewhere,
        **states,
    }


_REFUSALS = (
    *("too_heavy", "out_of_hours", "out_of_reach", "wind", "weather", "zone", "queue_limit", "airport_closed"),
)


def _walked(run: Run) -> Values:
    if not run.facts.extra_walk_m:
        return {}
    orders = run.orders
    far_m = walk_m(run)[is_set(orders["delivered_s"]) & (orders["airport"] != orders["placed_airport"])]
    found: Values = {"extra_walk.orders": len(far_m)}
    if not len(far_m):
        return found | {"extra_walk.mean_m": None, "extra_walk.max_m": None}
    return found | {"extra_walk.mean_m": float(np.mean(far_m)), "extra_walk.max_m": float(np.max(far_m))}


def _refusals(run: Run) -> Values:
    refused = run.orders["reason"][run.orders["end_state"] == "refused"]
    reasons = (*_REFUSALS, "policy") if run.facts.may_refuse else _REFUSALS
    return {f"refusals.{reason}": int((refused == reason).sum()) for reason in reasons}


def _durations(orders: Columns) -> Values:
    spans = {
        "click_to_door_s": orders["delivered_s"] - orders["placed_s"],
        "ready_to_door_s": orders["delivered_s"] - orders["ready_s"],
        "click_to_collect_s": orders["collected_s"] - orders["placed_s"],
    }
    points = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}
    found: Values = {}
    for name, values in spans.items():
        found[f"{name}.mean"] = _mean(values)
        found |= {f"{name}.{label}": _percentile(values, share) for label, share in points.items()}
    return found


def _mean(values: NDArray[np.float64]) -> float | None:
    there = values[is_set(values)]
    return float(there.sum() / len(there)) if len(there) else None


def _percentile(values: NDArray[np.float64], percent: float) -> float | None:
    there = values[is_set(values)]
    return float(np.percentile(there, percent)) if len(there) else None


_BETWEEN = {
    "kitchen": ("placed_s", "prepared_s"),
    "courier": ("prepared_s", "ready_s"),
    "loading": ("loading_s", "loaded_s"),
    "flight": ("departed_s", "arrived_s"),
    "landing": ("arrived_s", "landed_s"),
    "unloading": ("landed_s", "delivered_s"),
    "dwell": ("delivered_s", "collected_s"),
}
"""Stages between two milestones; what an order waited for a courier is no part of ``courier``."""


def _stages(run: Run, waited: Waited) -> Values:
    """Give the stages of collected orders: between milestones, or all waits for one reason."""
    collected = run.orders["end_state"] == "collected"
    lasted = {stage: run.orders[end] - run.orders[begin] for stage, (begin, end) in _BETWEEN.items()}
    lasted["courier"] = lasted["courier"] - waited["courier"]
    lasted |= {STAGE_OF[reason]: column for reason, column in waited.items()}
    found: Values = {}
    for stage, column in lasted.items():
        found[f"stages_s.{stage}.mean"] = _mean(column[collected])
        found[f"stages_s.{stage}.p95"] = _percentile(column[collected], 95)
    return found


def _waited_s(run: Run) -> Waited:
    """Add up what each order waited for each reason."""
    table = by_row(run).tables["waits"]
    found = {reason: np.zeros(len(run.orders["order"])) for reason in STAGE_OF}
    for reason, column in found.items():
        rows = table["reason"] == reason
        np.add.at(column, table["order"][rows], table["to_s"][rows] - table["from_s"][rows])
    return found


def _reasons(waited: Waited) -> Values:
    """Tell how many orders waited for each reason, and how long: all orders, the check before take-off left out."""
    found: Values = {}
    for reason, column in waited.items():
        if reason != "check":
            count, total_s = int((column > 0).sum()), float(column.sum())
            found |= {f"waits.{reason}.orders": count, f"waits.{reason}.total_s": total_s}
            found[f"waits.{reason}.mean_s"] = _share(total_s, count)
    return found


def _open_s(run: Run, from_s: NDArray[np.float64], to_s: NDArray[np.float64]) -> float:
    """Add up the parts of intervals that lie in opening hours."""
    facts = run.facts
    inside = np.minimum(to_s, facts.end_s) - np.maximum(from_s, facts.start_s)
    return float(np.maximum(inside, 0.0).sum())


def _fleet(run: Run) -> Values:
    legs, facts = run.legs, run.facts
    flown_m = np.nansum(legs["distance_m"])
    empty_m = np.nansum(legs["distance_m"][legs["kind"] == "deadhead"])
    drone_s = in_service_s(facts)
    ends_of_legs = legs["outcome"].tolist()
    found = {
        **{fell: ends_of_legs.count(fell) for fell in ("lost", "down") if fell in ends_of_legs},
        "owned": facts.owned,
        "drones": facts.drones,
        "sorties": len(set(legs["sortie"][legs["kind"] == "outbound"].tolist())),
        "utilization": _share(_open_s(run, *_sortie_times(run)), drone_s),
        "deadhead_share": _share(empty_m, flown_m),
        "orders_per_drone_hour": _share(_counts(run.orders)["delivered"] * HOUR, drone_s),
    }
    return {f"fleet.{name}": value for name, value in found.items()}


def _sortie_times(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give first departure and last known time of each sortie; a leg without one is a sortie of its own.

    One whose last leg landed at an airport is still there at the close, unless drones end there.
    """
    legs = run.legs
    flown = np.flatnonzero(is_set(legs["departed_s"]))
    own = np.where(legs["sortie"][flown] >= 0, legs["sortie"][flown], -2 - legs["leg"][flown])
    times = np.fmax.reduce([legs[name][flown] for name in ("departed_s", "arrived_s", "landed_s")])
    last = np.where(legs["outcome"][flown] == "open", run.facts.closed_s, times)
    if len(flown) == 0:
        return last, last
    order = np.lexsort((legs["leg"][flown], legs["departed_s"][flown], own))
    begins = np.flatnonzero(np.insert(own[order][1:] != own[order][:-1], 0, True))
    from_s = np.minimum.reduceat(legs["departed_s"][flown][order], begins)
    until_s = np.maximum.reduceat(last[order], begins)
    stands = (legs["outcome"][flown] == "landed") & is_at(legs["to"][flown], run.facts.airports)
    stands &= not run.facts.stays
    ends_there = stands[order[np.append(begins[1:], len(order)) - 1]]
    return from_s, np.where(ends_there, run.facts.closed_s, until_s)


def _energy(run: Run) -> Values:
    packs = run.occupancy["resource"] == "pack"
    total_wh = float(np.nansum(run.legs["energy_wh"]))
    return {
        "energy.total_wh": total_wh,
        "energy.wh_per_order": _share(total_wh, _counts(run.orders)["delivered"]),
        "energy.swaps": int(packs.sum()) - len(set(run.occupancy["holder"][packs].tolist())),
        "energy.full_cycles": _full_cycles(run),
        **pack_figures(run),
    }


def _full_cycles(run: Run) -> float:
    """Add up what was drawn of packs: by the drops of charge where a pack gives the same all day, else by energy."""
    told, drop = run.facts.weather, run.legs["charge_start"] - run.legs["charge_end"]
    if told is not None and told.acts_on_packs:
        return float(np.nansum(run.legs["energy_wh"])) / run.facts.pack_wh
    return float(np.nansum(drop * health_of(run, run.legs["pack"]))) * run.facts.usable_share


def _waits(run: Run) -> Values:
    legs = run.legs
    handled_s = np.where(legs["kind"] == "outbound", run.facts.load_s, 0.0)
    wait_s = np.maximum(legs["departed_s"] - legs["requested_s"] - handled_s, 0.0)
    return {
        "airspace.clearance_wait_s.mean": _mean(wait_s),
        "airspace.clearance_wait_s.p95": _percentile(wait_s, 95),
    }


def _resources(run: Run) -> Values:
    table, facts, to_s = run.occupancy, run.facts, ends(run)
    found: Values = {}
    for resource, site, _ in _pools(facts.capacity):
        rows = (table["resource"] == resource) & (table["site"] == site)
        held_s = _open_s(run, table["from_s"][rows], to_s[rows])
        whole_s = there_s(facts, resource, site, from_s=facts.start_s, to_s=facts.end_s) - out_s(run, resource, site)
        found[f"resources.{resource}.{site}"] = _share(held_s, whole_s) if whole_s > 0 else None
    return found


def _pools(capacity: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str, int]]:
    return [(resource, site, units) for resource, sites in capacity.items() for site, units in sites.items()]


def _cabinets(run: Run) -> Values:
    table, to_s = run.occupancy, ends(run)
    found: Values = {}
    for airport, boxes in run.facts.capacity.get("box", {}).items():
        rows = (table["resource"] == "box") & (table["site"] == airport) & (to_s > table["from_s"])
        begin, end = np.sort(table["from_s"][rows]), np.sort(to_s[rows])
        held = np.arange(1, len(begin) + 1) - np.searchsorted(end, begin, side="right")
        found[f"cabinets.peak_by_airport.{airport}"] = _share(int(held.max(initial=0)), boxes)
    known = [share for share in found.values() if share is not None]
    return {**found, "cabinets.peak_occupancy": max(known, default=None)}


def _codes(run: Run) -> Values:
    verdict = run.tables["scans"]["verdict"]
    counts = {name: int((verdict == name).sum()) for name in VERDICTS}
    refused = {f"codes.refused.{name}": count for name, count in counts.items() if name != "accepted"}
    return {"codes.accepted": counts["accepted"], **refused}


def _cost(run: Run) -> Values:
    items: dict[str, float] = {}
    for name, amount, price in _bills(run):
        items[name] = items.get(name, 0.0) + float(amount * run.facts.prices.get(price, np.nan))
    total = sum(items.values())
    return {
        **{f"cost.items.{name}": amount for name, amount in items.items()},
        "cost.total": total,
        "cost.currency": run.facts.prices.get("currency"),
        "cost.per_order": _share(total, _counts(run.orders)["delivered"]),
    }


def _paid_h(run: Run, resource: str, counts: Mapping[str, int]) -> float:
    return sum(paid_s(run.facts, resource, site, count) for site, count in counts.items()) / HOUR


def _bills(run: Run) -> list[tuple[str, float, str]]:
    """Give the item, the amount and the name of the price of everything that costs."""
    facts, energy = run.facts, _energy(run)
    held = {resource: sum(sites.values()) for resource, sites in facts.capacity.items()}
    pads = facts.capacity.get("pad", {})
    return [
        ("drones", facts.owned, "drone_per_day"),
        ("sites", len(facts.takeoff_points) + len(facts.airports), "site_per_day"),
        ("pads", sum(pads.get(site, 0) for site in facts.takeoff_points), "takeoff_pad_per_day"),
        ("pads", sum(pads.get(site, 0) for site in facts.airports), "airport_pad_per_day"),
        ("boxes", held.get("box", 0), "box_per_day"),
        ("chargers", held.get("charger", 0), "charger_per_day"),
        ("couriers", _paid_h(run, "courier", facts.couriers), "courier_per_hour"),
        ("loaders", _paid_h(run, "loader", facts.capacity.get("loader", {})), "loader_per_hour"),
        ("unloaders", _paid_h(run, "unloader", facts.capacity.get("unloader", {})), "unloader_per_hour"),
        ("pilots", _paid_h(run, "pilot", {NETWORK: facts.pilots}), "pilot_per_hour"),
        ("riders", int((run.occupancy["resource"] == "rider").sum()), "rider_per_order"),
        ("packs", facts.packs, "pack_per_day"),
        ("packs", energy["energy.full_cycles"], "pack_cycle"),
        ("energy", energy["energy.total_wh"] / 1000, "energy_per_kwh"),
    ]
