"""The rows of the report page's tables, every cell a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.facts import choice_in_words, days_in_words, moves_in_words
from dronesim.metrics.service import CLOCKS, is_on_time
from dronesim.record.tables import BY_POLICY, END_STATES, WAIT_STAGES, Columns
from dronesim.report import words
from dronesim.units import HOUR, clock

Row = tuple[str, ...]
LISTED_INCIDENTS: Final = 20
_DISTANCE: Final = re.compile(r" [0-9.]+ m\b")


def stage_bars(stages_s: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each stage's name, mean, 95th percentile, and its bar's left edge and width in per cent.

    Waits that nobody had are left out.
    """
    shown = {name: stage for name, stage in stages_s.items() if name not in WAIT_STAGES or stage["mean"]}
    means = np.array([stage["mean"] or 0.0 for stage in shown.values()])
    edges = 100.0 * np.concatenate([[0.0], np.cumsum(means)]) / max(float(means.sum()), 1e-9)
    return [
        {
            "name": words.sentence(words.STAGE_WORDS[name]),
            "mean": words.minutes(stage["mean"]),
            "p95": words.minutes(stage["p95"]),
            "left": f"{left:.2f}",
            "width": f"{right - left:.2f}",
        }
        for (name, stage), left, right in zip(shown.items(), edges, edges[1:], strict=False)
    ]


def wait_rows(waits: Mapping[str, Any]) -> list[Row]:
    """List what orders waited for, the longest in all first: how many, how long each on average, and all together."""
    had = sorted((name for name in waits if waits[name]["orders"]), key=lambda name: -waits[name]["total_s"])
    return [
        (
            words.sentence(words.WAIT_WORDS[name]),
            f"{waits[name]['orders']:,}",
            words.minutes(waits[name]["mean_s"]),
            words.number(waits[name]["total_s"] / HOUR, 1, "h"),
        )
        for name in had
    ]


def duration_rows(kpis: Mapping[str, Any]) -> list[Row]:
    """Give the three durations with their statistics in minutes."""
    names = ("click_to_door_s", "ready_to_door_s", "click_to_collect_s")
    columns = ("mean", "p50", "p90", "p95", "p99", "max")
    return [
        (
            words.sentence(name[:-2].replace("_", "-")),
            *(words.minutes(kpis[name][column]) for column in columns),
        )
        for name in names
    ]


def state_rows(counts: Mapping[str, int], refusals: Mapping[str, int]) -> list[Row]:
    """Give the end states with number and share of all placed orders.

    Beside them what lay in another airport, if anything, and what the policy refused, where it may.
    """
    states = [*END_STATES, *(["elsewhere"] if counts["elsewhere"] else [])]
    if BY_POLICY in refusals:
        states.insert(states.index("refused") + 1, BY_POLICY)
        counts = {**counts, BY_POLICY: refusals[BY_POLICY]}
    return [
        (
            words.sentence(words.STATE_WORDS.get(name, name)),
            f"{counts[name]:,}",
            words.percent(counts[name] / max(counts["placed"], 1)),
        )
        for name in states
    ]


def miss_rows(orders: Columns, promise: Mapping[str, Any]) -> list[Row]:
    """Count the in-range misses by cause, and how many of each the ceiling would have allowed."""
    missed = orders["in_range"] & ~is_on_time(orders, clock=promise["clock"], limit_s=promise["limit_s"])
    possible = orders[CLOCKS[promise["clock"]][1]] <= promise["limit_s"]
    causes = _causes(orders)
    total, avoidable = Counter(causes[missed].tolist()), Counter(causes[missed & possible].tolist())
    return [(words.sentence(cause), f"{count:,}", f"{avoidable[cause]:,}") for cause, count in _ranked(total)]


def _causes(orders: Columns) -> NDArray[Any]:
    causes = [
        "delivered too late" if delivered else _cause(state, reason)
        for delivered, state, reason in zip(
            ~np.isnan(orders["delivered_s"]), orders["end_state"], orders["reason"], strict=True
        )
    ]
    return np.array([*causes, None], dtype=object)[:-1]


def _cause(state: str, reason: str | None) -> str:
    name = words.STATE_WORDS.get(state, state)
    told = None if reason is None else words.REFUSAL_WORDS.get(reason, reason.replace("_", " "))
    return f"{name}: {told}" if told else name


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def figure_groups(kpis: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    """Give the small tables of figures: fleet, energy and airspace, cabinets and codes, cost."""
    worn = [*_packs(kpis.get("packs")), *_upkeep(kpis.get("upkeep"))]
    return [
        ("Fleet", _fleet(kpis["fleet"])),
        ("Energy and airspace", _energy(kpis["energy"], kpis["airspace"])),
        *([("Wear and upkeep", worn)] if worn else []),
        ("Cabinets and codes", _cabinets(kpis)),
        ("Cost", _cost(kpis["cost"])),
    ]


def _packs(packs: Mapping[str, Any] | None) -> list[Row]:
    """Tell of packs that age; nothing where they don't."""
    if packs is None:
        return []
    return [
        ("Health of a pack, mean and least", f"{packs['mean_health']:.0%}, {packs['least_health']:.0%}"),
        ("Full cycles of a pack a day", words.number(packs["cycles_per_day"], 2)),
        ("A pack lasts, at this use", _days(packs["life_days"])),
        ("Packs to buy a year", words.number(packs["bought_per_year"], 0)),
    ]


def _upkeep(upkeep: Mapping[str, Any] | None) -> list[Row]:
    """Tell of drones that are inspected; nothing where they aren't."""
    if upkeep is None:
        return []
    return [
        ("Inspections, repairs that followed", f"{upkeep['inspections']:,}, {upkeep['repairs']:,}"),
        ("In repair at opening", f"{upkeep['in_repair_at_opening']:,}"),
        ("Drones in service, on average", words.number(upkeep["in_service"], 1)),
        ("Days between inspections", words.number(upkeep["days_between_inspections"], 1)),
        ("Drones to own for all to be in service", words.number(upkeep["needed_owned"], 1)),
    ]


def _days(days: float | None) -> str:
    return "for ever" if days is None else f"{days:,.0f} days"


def _fleet(use: Mapping[str, Any]) -> list[Row]:
    return [
        ("Drones available", f"{use['drones']:,}"),
        ("Drones owned", f"{use['owned']:,}"),
        ("Sorties", f"{use['sorties']:,}"),
        ("On sorties, of opening hours", words.percent(use["utilization"])),
        ("Distance flown as deadhead", words.percent(use["deadhead_share"])),
        ("Orders a drone-hour", words.number(use["orders_per_drone_hour"], 2)),
    ]


def _energy(used: Mapping[str, Any], airspace: Mapping[str, Any]) -> list[Row]:
    wait = airspace["clearance_wait_s"]
    losses, nearest_m = airspace["losses_of_separation"], airspace["min_separation_m"]
    met = airspace["terminal_meetings"]
    return [
        ("Energy a delivered order", words.number(used["wh_per_order"], 0, "Wh")),
        ("Pack swaps", f"{used['swaps']:,}"),
        ("Wear of packs, in full cycles", words.number(used["full_cycles"], 1)),
        ("Delay by clearance, all flights, mean", words.number(wait["mean"], 1, "s")),
        ("Delay by clearance, 95 % at most", words.number(wait["p95"], 1, "s")),
        ("Losses of separation", "not measured" if losses is None else f"{losses:,}"),
        ("Smallest separation", "not measured" if nearest_m is None else words.number(nearest_m, 1, "m")),
        ("Nearer within terminal areas, left to lanes", "not measured" if met is None else words.counted(met, "pair")),
        ("Smallest distance there", "not measured" if not met else words.number(airspace["least_terminal_m"], 1, "m")),
    ]


def _cabinets(kpis: Mapping[str, Any]) -> list[Row]:
    refused = kpis["codes"]["refused"]
    return [
        ("Fullest cabinet", words.percent(kpis["cabinets"]["peak_occupancy"], 0)),
        ("Codes accepted", f"{kpis['codes']['accepted']:,}"),
        *((f"Scans refused: {verdict}", f"{count:,}") for verdict, count in refused.items()),
        *_walked(kpis.get("extra_walk")),
    ]


def _walked(extra: Mapping[str, Any] | None) -> list[Row]:
    if extra is None:
        return []
    return [
        ("Served at another airport than the customer's", f"{extra['orders']:,}"),
        ("Walk from there on, mean", words.number(extra["mean_m"], 0, "m")),
        ("Walk from there on, at most", words.number(extra["max_m"], 0, "m")),
    ]


def _cost(costs: Mapping[str, Any]) -> list[Row]:
    currency = costs["currency"]
    items = [
        (f"{words.sentence(name)}{_part(amount, costs['total'])}", words.number(amount, 0, currency))
        for name, amount in costs["items"].items()
    ]
    total = ("The day", words.number(costs["total"], 0, currency))
    return [*items, total, ("A delivered order", words.number(costs["per_order"], 2, currency))]


def _part(amount: float, total: float) -> str:
    return f" ({words.percent(amount / total, 0)})" if total else ""


def resource_rows(resources: Mapping[str, Any], capacity: Mapping[str, Any]) -> list[Row]:
    """Give each resource's units, mean utilization weighted by units, and its busiest site."""
    rows: list[Row] = []
    for name, sites in resources.items():
        known = {site: share for site, share in sites.items() if share is not None}
        units = sum(capacity[name].values())
        busy = sum(share * capacity[name][site] for site, share in known.items())
        top = max(known, key=lambda site: known[site], default=None)
        peak = words.NOTHING if top is None else f"{top} ({words.percent(known[top], 0)})"
        rows.append(
            (
                words.sentence(name.replace("_", " ")),
                f"{units:g}",
                words.percent(busy / units if units else None),
                peak,
            )
        )
    return rows


def meeting_rows(meetings: Mapping[str, Any]) -> list[Row]:
    """List sites by how many pairs came below the minima within their terminal areas, and how near."""
    ranked = sorted(meetings.items(), key=lambda row: (-row[1]["meetings"], row[0]))
    return [(site, f"{row['meetings']:,}", words.number(row["least_m"], 1, "m")) for site, row in ranked]


def incident_counts(incidents: Columns) -> list[Row]:
    """Count the incidents by kind and action, whatever distances an action tells."""
    pairs = zip(incidents["kind"].tolist(), incidents["action"].tolist(), strict=True)
    counts = Counter((_plain(kind), _DISTANCE.sub("", _plain(action))) for kind, action in pairs)
    return [(kind, action, f"{count:,}") for (kind, action), count in sorted(counts.items())]


def incident_rows(incidents: Columns) -> list[Row]:
    """List the first incidents: time, kind, site, drone, order, action."""
    columns = ("time_s", "kind", "site", "drone", "order", "action")
    rows = zip(*(incidents[column][:LISTED_INCIDENTS].tolist() for column in columns), strict=True)
    return [
        (clock(time_s), _plain(kind), site or "", _id(drone), _id(order), _plain(action))
        for time_s, kind, site, drone, order, action in rows
    ]


def _plain(name: str | None) -> str:
    return (name or "").replace("_", " ")


def _id(value: int) -> str:
    return "" if value < 0 else str(value)


def setting_rows(facts: Mapping[str, Any]) -> list[Row]:
    """List the settings that shape the answer, with their units."""
    handling, batteries, air = facts["handling"], facts["batteries"], facts["airspace"]
    horizon, aircraft, pilots = facts["horizon"], facts["aircraft"], facts["pilots"]
    reserve = words.percent(batteries["reserve"], 0)
    levels = ", ".join(f"{level:g}" for level in air["levels_m"])
    return [
        ("Opening hours", f"{clock(horizon['start_s'])[:5]} to {clock(horizon['end_s'])[:5]}"),
        *_demand(facts.get("demand")),
        ("Dispatch policy", facts["policy"]),
        ("Drone type", f"{facts['fleet']['drone_type']}, {aircraft['payload_kg']:g} kg payload"),
        ("Cruise speed", f"{aircraft['cruise_mps']:g} m/s"),
        ("Drones by take-off point", _by_site(facts["fleet"]["by_takeoff_point"])),
        ("Fleet shared between take-off points", "yes" if facts["fleet"]["is_shared"] else "no"),
        ("Couriers by take-off point", _by_site(facts["couriers"]["count"])),
        (
            "Courier at the merchant, then weighing and boxing",
            _seconds(handling, "courier_handling_s", "boxing_s"),
        ),
        ("Loading, unloading", _seconds(handling, "load_s", "unload_s")),
        (
            "Battery",
            f"{batteries['mode']}, {aircraft['pack_wh']:g} Wh, reserve {reserve}",
        ),
        *_shifts(facts),
        ("Remote pilots", f"{pilots['count']}, each up to {pilots['drones_per_pilot']} drones"),
        ("Airspace", f"{air['structure']}, {air['mode']}, levels {levels} m"),
        ("Separation", f"{air['separation_m']:g} m, {air['vertical_m']:g} m vertical"),
        ("Terminal area", f"{air['terminal_radius_m']:g} m, headway {handling['lane_headway_s']:g} s a lane"),
        ("A parcel may lie in its box", words.minutes(handling["hold_limit_s"])),
    ]


def _shifts(facts: Mapping[str, Any]) -> list[Row]:
    """Say who is there from when on, where that changes, and how many riders there are."""
    steps = {
        name: "; ".join(
            f"{site} {', '.join(f'{count:g} from {clock(at_s)[:5]}' for at_s, count in found)}"
            for site, found in sites.items()
        )
        for name, sites in (facts.get("shifts") or {}).items()
    }
    riders = facts.get("riders")
    shown = [] if riders is None else [("Riders by take-off point", _by_site(riders["count"]))]
    return [*((f"Shifts: {name}", told) for name, told in steps.items()), *shown]


def _demand(demand: Mapping[str, Any] | None) -> list[Row]:
    """Say what the orders are drawn from; nothing for a run of a time when that was not written down."""
    if demand is None:
        return []
    rows: list[Row] = [
        ("Customers choose merchants", choice_in_words(demand)),
        ("Days", days_in_words(demand)),
    ]
    if demand["days"] != "constant":
        rows.append(("Demand of this day", f"{demand['day_factor']:.2f} times the stated demand"))
    if demand.get("moves"):
        rows.append(("Demand moves", f"{moves_in_words(demand)} (share of the same orders)"))
    return rows


def _by_site(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{site} {count}" for site, count in counts.items())


def _seconds(handling: Mapping[str, Any], *names: str) -> str:
    return ", ".join(f"{handling[name]:g} s" for name in names)
