"""The rows of the report page's tables, every cell a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from dronesim.demand.facts import choice_in_words, days_in_words, moves_in_words
from dronesim.record.tables import BY_POLICY, END_STATES, WAIT_STAGES, Columns
from dronesim.report import words
from dronesim.report.shown import Numbers, kpi_numbers
from dronesim.units import clock

Row = tuple[str, ...]
LISTED_INCIDENTS: Final = 20
_DISTANCE: Final = re.compile(r" [0-9.]+ m\b")


def stage_bars(stages_s: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each stage's name, mean, 95th percentile, and its bar's left edge and width in per cent.

    Waits that nobody had are left out.
    """
    shown = {name: stage for name, stage in stages_s.items() if name not in WAIT_STAGES or stage["mean"]}
    numbers = Numbers(stages_s, "kpis.json#/stages_s")
    means = np.array([stage["mean"] or 0.0 for stage in shown.values()])
    edges = 100.0 * np.concatenate([[0.0], np.cumsum(means)]) / max(float(means.sum()), 1e-9)
    return [
        {
            "name": words.sentence(words.STAGE_WORDS[name]),
            "mean": numbers.minutes(name, "mean"),
            "p95": numbers.minutes(name, "p95"),
            "left": f"{left:.2f}",
            "width": f"{right - left:.2f}",
        }
        for name, left, right in zip(shown, edges, edges[1:], strict=False)
    ]


def wait_rows(waits: Mapping[str, Any]) -> list[Row]:
    """List what orders waited for, the longest in all first: how many, how long each on average, and all together."""
    numbers = Numbers(waits, "kpis.json#/waits")
    had = sorted((name for name in waits if waits[name]["orders"]), key=lambda name: -waits[name]["total_s"])
    return [
        (
            words.sentence(words.WAIT_WORDS[name]),
            numbers.count(name, "orders"),
            numbers.minutes(name, "mean_s"),
            numbers.hours(name, "total_s"),
        )
        for name in had
    ]


def duration_rows(kpis: Mapping[str, Any]) -> list[Row]:
    """Give the three durations with their statistics in minutes."""
    names = ("click_to_door_s", "ready_to_door_s", "click_to_collect_s")
    columns = ("mean", "p50", "p90", "p95", "p99", "max")
    numbers = kpi_numbers(kpis)
    return [
        (
            words.sentence(name[:-2].replace("_", "-")),
            *(numbers.minutes(name, column) for column in columns),
        )
        for name in names
    ]


def state_rows(counts: Mapping[str, int], refusals: Mapping[str, int], page: Numbers) -> list[Row]:
    """Give the end states with number and share of all placed orders.

    Beside them what lay in another airport, if anything, and what the policy refused, where it may. ``page`` are the
    numbers of ``report.json``, which has the shares.
    """
    numbers, refused = Numbers(counts, "kpis.json#/orders"), Numbers(refusals, "kpis.json#/refusals")
    states = [(name, numbers) for name in (*END_STATES, *(["elsewhere"] if counts["elsewhere"] else []))]
    if BY_POLICY in refusals:
        states.insert(END_STATES.index("refused") + 1, (BY_POLICY, refused))
    return [
        (
            words.sentence(words.STATE_WORDS.get(name, name)),
            found.count(name),
            page.percent("shares", "states", name),
        )
        for name, found in states
    ]


def figure_groups(kpis: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    """Give the small tables of figures: fleet, energy, airspace, cabinets and codes."""
    numbers = kpi_numbers(kpis)
    worn = [*_packs(numbers), *_upkeep(numbers)]
    return [
        ("Fleet", _fleet(numbers.part("fleet"))),
        ("Energy", _energy(numbers.part("energy"))),
        ("Airspace", _airspace(numbers.part("airspace"))),
        *([("Wear and upkeep", worn)] if worn else []),
        ("Cabinets and codes", _cabinets(numbers)),
    ]


def _packs(numbers: Numbers) -> list[Row]:
    """Tell of packs that age; nothing where they don't."""
    if numbers.content.get("packs") is None:
        return []
    packs = numbers.part("packs")
    lasts = "for ever" if packs.at("life_days") is None else packs.number("life_days", unit="days")
    return [
        ("Health of a pack, mean", packs.percent("mean_health", decimals=0)),
        ("Health of the worst pack", packs.percent("least_health", decimals=0)),
        ("Full cycles of a pack a day", packs.number("cycles_per_day", decimals=2)),
        ("A pack lasts, at this use", lasts),
        ("Packs to buy a year", packs.number("bought_per_year")),
    ]


def _upkeep(numbers: Numbers) -> list[Row]:
    """Tell of drones that are inspected; nothing where they aren't."""
    if numbers.content.get("upkeep") is None:
        return []
    upkeep = numbers.part("upkeep")
    return [
        ("Inspections", upkeep.count("inspections")),
        ("Repairs that followed", upkeep.count("repairs")),
        ("In repair at opening", upkeep.count("in_repair_at_opening")),
        ("Drones in service, on average", upkeep.number("in_service", decimals=1)),
        ("Days between inspections", upkeep.number("days_between_inspections", decimals=1)),
        ("Drones to own for all to be in service", upkeep.number("needed_owned", decimals=1)),
    ]


def _fleet(use: Numbers) -> list[Row]:
    return [
        ("Drones available", use.count("drones")),
        ("Drones owned", use.count("owned")),
        ("Sorties", use.count("sorties")),
        ("On sorties, of opening hours", use.percent("utilization")),
        ("Distance flown as deadhead", use.percent("deadhead_share")),
        ("Orders a drone-hour", use.number("orders_per_drone_hour", decimals=2)),
    ]


def _energy(used: Numbers) -> list[Row]:
    return [
        ("Energy a delivered order", used.number("wh_per_order", unit="Wh")),
        ("Energy of all flights", used.number("total_wh", unit="Wh")),
        ("Pack swaps", used.count("swaps")),
        ("Wear of packs, in full cycles", used.number("full_cycles", decimals=1)),
    ]


def _airspace(air: Numbers) -> list[Row]:
    has_losses, has_nearest = air.at("losses_of_separation") is not None, air.at("min_separation_m") is not None
    met = air.at("terminal_meetings")
    nearer = "not measured" if met is None else air.count("terminal_meetings")
    return [
        ("Delay by clearance, all flights, mean", air.number("clearance_wait_s", "mean", decimals=1, unit="s")),
        ("Delay by clearance, 95 % at most", air.number("clearance_wait_s", "p95", decimals=1, unit="s")),
        ("Losses of separation", air.count("losses_of_separation") if has_losses else "not measured"),
        (
            "Smallest separation",
            air.number("min_separation_m", decimals=1, unit="m") if has_nearest else "not measured",
        ),
        ("Pairs nearer within terminal areas, left to lanes", nearer),
        ("Smallest distance there", air.number("least_terminal_m", decimals=1, unit="m") if met else "not measured"),
    ]


def _cabinets(numbers: Numbers) -> list[Row]:
    codes = numbers.part("codes")
    return [
        ("Fullest cabinet", numbers.percent("cabinets", "peak_occupancy", decimals=0)),
        ("Codes accepted", codes.count("accepted")),
        *((f"Scans refused: {verdict}", codes.count("refused", verdict)) for verdict in codes.at("refused")),
        *(_walked(numbers.part("extra_walk")) if "extra_walk" in numbers.at() else []),
    ]


def _walked(extra: Numbers) -> list[Row]:
    return [
        ("Served at another airport than the customer's", extra.count("orders")),
        ("Walk from there on, mean", extra.number("mean_m", unit="m")),
        ("Walk from there on, at most", extra.number("max_m", unit="m")),
    ]


def cost_rows(kpis: Mapping[str, Any], page: Numbers) -> list[Row]:
    """List the items of the day's cost with their shares, then the day, and what a delivered order costs."""
    costs = kpi_numbers(kpis).part("cost")
    currency, shares = costs.at("currency"), page.part("shares", "cost")
    items = [
        (words.sentence(name), costs.number("items", name, unit=currency), shares.percent(name, decimals=0))
        for name in costs.at("items")
    ]
    total = ("The day", costs.number("total", unit=currency), "")
    return [*items, total, ("A delivered order", costs.number("per_order", decimals=2, unit=currency), "")]


def charge_rows(page: Numbers, facts: Mapping[str, Any]) -> list[Row]:
    """Tell how empty packs come home, beside the reserve."""
    found, reserve = page.part("charge"), Numbers(facts["batteries"], "facts.json#/batteries")
    return [
        ("At home, mean", found.percent("at_home", "mean")),
        ("At home, 5 % at most", found.percent("at_home", "p05")),
        ("Least after any flight", found.percent("anywhere", "least")),
        ("Reserve", reserve.percent("reserve", decimals=0)),
    ]


def hour_rows(page: Numbers) -> list[Row]:
    """List the day by the hour."""
    found = page.part("hours")
    return [
        (
            f"{row['hour']:02d}:00",
            found.count(place, "placed"),
            found.count(place, "delivered"),
            found.number(place, "drones_out", decimals=1),
            found.number(place, "waiting", decimals=1),
            found.number(place, "clearance_delay_s", decimals=1, unit="s"),
        )
        for place, row in enumerate(found.content)
    ]


def site_rows(page: Numbers, kpis: Mapping[str, Any]) -> list[Row]:
    """List the sites: flights with a parcel, how busy the pads are, the fullest the cabinet got."""
    flights, numbers = page.part("sites"), kpi_numbers(kpis)
    pads, peaks = kpis["resources"].get("pad", {}), kpis["cabinets"]["peak_by_airport"]
    return [
        (
            site,
            flights.count(site),
            numbers.percent("resources", "pad", site) if site in pads else "",
            numbers.percent("cabinets", "peak_by_airport", site, decimals=0) if site in peaks else "",
        )
        for site in flights.content
    ]


def closest_rows(page: Numbers) -> list[Row]:
    """List the pairs of drones that came closest, where tracks tell."""
    found = page.part("closest")
    return [
        (
            clock(row["time_s"]),
            " and ".join(map(str, row["drones"])),
            found.number(place, "distance_m", decimals=1, unit="m"),
        )
        for place, row in enumerate(found.content)
    ]


def resource_rows(page: Numbers) -> list[Row]:
    """Give each resource's units, mean utilization weighted by units, and its busiest site, from ``report.json``."""
    found = page.part("resources")
    return [
        (
            words.sentence(name.replace("_", " ")),
            found.number(name, "units", decimals=0 if float(found.at(name, "units")).is_integer() else 2),
            found.percent(name, "busy"),
            found.at(name, "busiest") or words.NOTHING,
            found.percent(name, "busiest_busy", decimals=0) if found.at(name, "busiest") else "",
        )
        for name in found.content
    ]


def meeting_rows(meetings: Mapping[str, Any]) -> list[Row]:
    """List sites by how many pairs came below the minima within their terminal areas, and how near."""
    numbers = Numbers(meetings, "facts.json#/terminal_meetings")
    ranked = sorted(meetings, key=lambda site: (-meetings[site]["meetings"], site))
    return [
        (site, numbers.count(site, "meetings"), numbers.number(site, "least_m", decimals=1, unit="m"))
        for site in ranked
    ]


def incident_rows_by_kind(page: Numbers) -> list[Row]:
    """List the incidents of ``report.json`` by kind and action."""
    found = page.part("incidents")
    return [(row["kind"], row["action"], found.count(place, "count")) for place, row in enumerate(found.content)]


def incident_counts(incidents: Columns) -> list[dict[str, Any]]:
    """Count the incidents by kind and action, whatever distances an action tells."""
    pairs = zip(incidents["kind"].tolist(), incidents["action"].tolist(), strict=True)
    counts = Counter((_plain(kind), _DISTANCE.sub("", _plain(action))) for kind, action in pairs)
    return [{"kind": kind, "action": action, "count": count} for (kind, action), count in sorted(counts.items())]


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
