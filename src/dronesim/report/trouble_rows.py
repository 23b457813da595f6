"""What met a day, as rows of the page and lines of the terminal: weather, link, navigation, what was out of order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.letters import counted
from dronesim.report import words
from dronesim.report.shown import Joined, Numbers
from dronesim.report.trouble import united
from dronesim.units import HOUR, clock

Row = tuple[str, ...]
AFTER_WORDS: Final = {
    "continue": "flies on as booked",
    "hold": "holds until the link is back",
    "return": "holds, then returns",
    "land": "holds, then lands where it is",
}
"""What a silent drone does when its time is out, by ``link.after``."""


def trouble_groups(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    """Give small tables of what met the day, those that have something to tell."""
    groups = [
        ("Weather", weather_rows(kpis.get("weather"))),
        ("Command link", link_rows(kpis.get("link"), facts)),
        ("Navigation", navigation_rows(_by_chance(kpis))),
        ("Position service", position_rows(kpis.get("position"))),
        ("Drones out of service", fallen_rows(kpis)),
        ("Out of order", outage_rows(facts)),
        ("Stated events that met nobody", unmet_rows(facts)),
    ]
    return [(title, found) for title, found in groups if found]


def weather_rows(measured: Mapping[str, Any] | None) -> list[Row]:
    """Tell of flying that stopped; nothing where only the wind counts."""
    if measured is None:
        return []
    found = Numbers(measured, "kpis.json#/weather")
    return [
        ("Flyable, of opening hours", found.percent("flyable_share")),
        ("Flying stopped, times and time in all", Joined("{}, {}", found.count("stops"), found.minutes("no_go_s"))),
        ("Orders that waited for it", found.count("orders_waited")),
        ("Parcels that went by road for it", found.count("to_road")),
    ]


def link_rows(measured: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> list[Row]:
    """Tell of a link that was lost, and of drones that nobody reached; nothing where it never is."""
    if measured is None:
        return []
    rules, found = facts["link"], Numbers(measured, "kpis.json#/link")
    timed_out = Joined("{} ({})", found.count("flights_timed_out"), found.percent("timed_out_share"))
    did = Joined("{}, {}, {}", found.count("held"), found.count("returned"), found.count("landed"))
    return [
        ("Outages, time in all", Joined("{}, {}", found.count("outages"), found.minutes("outage_s"))),
        (
            "Flights that were silent, time in all",
            Joined("{}, {}", found.count("flights_silent"), found.minutes("silent_s")),
        ),
        (f"Flights silent for {rules['hold_after_s']:g} s or more", timed_out),
        ("A drone whose time is out", AFTER_WORDS[rules["after"]]),
        ("Held, returned, landed in silence", did),
        ("Losses of separation with a silent drone", _known(found, "losses_in_silence")),
    ]


def navigation_rows(measured: Mapping[str, Any] | None) -> list[Row]:
    """Tell of landings that were missed, and of drones that strayed; nothing where neither comes by chance."""
    if measured is None:
        return []
    found = Numbers(measured, "kpis.json#/navigation")
    missed = Joined("{} ({})", found.count("misses"), found.percent("miss_share"))
    return [
        ("Landings missed, of all approaches", missed),
        ("Landings made", found.count("landings")),
        ("Landings made again", found.count("go_arounds")),
        ("Excursions beyond the track bound", found.count("excursions")),
        ("Excursions a flight-hour", found.number("excursions_per_h", decimals=1)),
        ("Losses of separation in excursions", _known(found, "losses_in_excursions")),
    ]


def _by_chance(kpis: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give what is measured of navigation with a position; None where that is nothing beside outages of it."""
    measured: Mapping[str, Any] | None = kpis.get("navigation")
    if measured is None or kpis.get("position") is None or measured["misses"] or measured["excursions"]:
        return measured
    return None


def position_rows(measured: Mapping[str, Any] | None) -> list[Row]:
    """Tell of a position service that was out; nothing where it never is."""
    if measured is None:
        return []
    found = Numbers(measured, "kpis.json#/position")
    return [
        ("Outages, time in all", Joined("{}, {}", found.count("outages"), found.minutes("outage_s"))),
        ("Landings missed for want of position", found.count("misses")),
        ("Of these, made again by another pass", found.count("go_arounds")),
        ("Times that drones drifted beyond their bound", found.count("strays")),
    ]


def fallen_rows(kpis: Mapping[str, Any]) -> list[Row]:
    """Count drones that failed or were lost on a flight; nothing without any."""
    use = kpis.get("fleet", {})
    found = Numbers(use, "kpis.json#/fleet")
    rows = {"lost": "Lost on a flight", "down": "Failed, and landed away from a pad"}
    return [(label, found.count(name)) for name, label in rows.items() if use.get(name)]


def outage_rows(facts: Mapping[str, Any]) -> list[Row]:
    """Count closures and outages by their cause, with the time that they took together."""
    found = Numbers(out_of_order(facts), "report.json#/out_of_order")
    return [
        (
            f"{words.sentence(cause.replace('_', ' '))}, times and time in all",
            Joined("{}, {}", found.count(cause, "times"), _long(found, cause, "total_s")),
        )
        for cause in found.content
    ]


def unmet_rows(facts: Mapping[str, Any]) -> list[Row]:
    """List stated events that met nobody: which, when, and why."""
    return [
        (f"{words.sentence(row['kind'].replace('_', ' '))}, at {clock(row['at_s'])[:5]}", str(row["why"]))
        for row in facts.get("unmet") or ()
    ]


def out_of_order(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Count closures and outages by cause: ``times``, and ``total_s`` that they took together.

    What is out as a whole is out once where several overlap; of chargers, couriers and unloaders each has its own time.
    """
    whole: dict[tuple[str, str], list[tuple[float, float]]] = {}
    lasted_s: dict[str, list[float]] = {}
    for found in facts["closures"]:
        whole.setdefault((found["cause"], found["airport"]), []).append((found["from_s"], found["to_s"]))
    for found in facts.get("outages", ()):
        if found["what"] in _BY_UNIT:
            lasted_s.setdefault(found["cause"], []).append(found["to_s"] - found["from_s"])
        else:
            whole.setdefault((found["cause"], found["site"]), []).append((found["from_s"], found["to_s"]))
    for (cause, _), spans in whole.items():
        lasted_s.setdefault(cause, []).extend(to_s - from_s for from_s, to_s in united(spans))
    return {cause: {"times": len(each), "total_s": sum(each)} for cause, each in sorted(lasted_s.items())}


_BY_UNIT: Final = ("charger", "courier", "unloader")
"""Resources of which an outage takes one unit."""


def link_told(measured: Mapping[str, Any] | None) -> str:
    """Tell of a lost link in one line, nothing where it never is."""
    if measured is None:
        return ""
    lost = f"{counted(measured['outages'], 'outage')}, {words.minutes(measured['outage_s'])} in all"
    did = [f"{measured[name]:,} {name}" for name in ("held", "returned", "landed") if measured[name]]
    silent = f"{counted(measured['flights_silent'], 'flight')} silent at some time"
    return f"{lost}; {', '.join([silent, *did])}{_losses(measured['losses_in_silence'], 'in silence')}"


def navigation_told(kpis: Mapping[str, Any]) -> str:
    """Tell of missed landings and excursions in one line, nothing where neither comes by chance."""
    measured = _by_chance(kpis)
    if measured is None:
        return ""
    missed = f"{counted(measured['misses'], 'landing')} missed, {measured['go_arounds']:,} made again"
    strayed = f"{counted(measured['excursions'], 'excursion')} beyond the track bound"
    return f"{missed}; {strayed}{_losses(measured['losses_in_excursions'], 'in excursions')}"


def position_told(measured: Mapping[str, Any] | None) -> str:
    """Tell of a position service that was out in one line, nothing where it never is."""
    if measured is None:
        return ""
    out = f"service out {counted(measured['outages'], 'time')}, {words.minutes(measured['outage_s'])} in all"
    missed = f"{counted(measured['misses'], 'landing')} missed for want of it, {measured['go_arounds']:,} made again"
    return f"{out}; {missed}; drones beyond their track bound {counted(measured['strays'], 'time')}"


def drones_told(kpis: Mapping[str, Any]) -> str:
    """Tell in one line which drones failed, were lost or stood in repair; nothing where all were there."""
    use, care = kpis["fleet"], kpis.get("upkeep")
    told = []
    if use.get("lost"):
        told.append(f"{counted(use['lost'], 'drone')} lost on a flight")
    if use.get("down"):
        told.append(f"{counted(use['down'], 'drone')} failed and landed away from a pad")
    if care is not None and care["in_service"] < use["drones"]:
        care_told = f"{counted(care['inspections'], 'inspection')}, {counted(care['repairs'], 'repair')}"
        there = f"{words.number(care['in_service'], 1)} of {counted(use['drones'], 'drone')} in service on average"
        told.append(f"{there}: {care_told}, {care['in_repair_at_opening']:,} in repair from before")
    return "; ".join(told)


def outages_told(facts: Mapping[str, Any]) -> str:
    """Tell in one line what else was out of order than airports; nothing where all was there."""
    counts = out_of_order({**facts, "closures": ()})
    return ", ".join(f"{cause.replace('_', ' ')} {each['times']:,}" for cause, each in counts.items())


def _losses(count: int | None, where: str) -> str:
    return "" if not count else f"; {count:,} {'loss' if count == 1 else 'losses'} of separation {where}"


def _known(found: Numbers, name: str) -> str:
    return "not measured" if found.at(name) is None else found.count(name)


def _long(found: Numbers, *path: str) -> str:
    return found.hours(*path) if found.at(*path) >= 3 * HOUR else found.minutes(*path)
