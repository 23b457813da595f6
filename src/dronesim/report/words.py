"""Numbers and answers in words, the same in the terminal, on the page and in the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.letters import counted
from dronesim.record.tables import END_STATES
from dronesim.record.waits import REASONS
from dronesim.units import MINUTE, in_minutes

STAGE_WORDS: Final = {
    "kitchen": "kitchen",
    "courier": "courier and boxing",
    "loading": "loading",
    "flight": "flight",
    "landing": "landing",
    "unloading": "unloading",
    "dwell": "in the box until collected",
    **{reason.stage: reason.words for reason in REASONS},
}
WAIT_WORDS: Final = {reason.name: reason.words.removeprefix("waiting ") for reason in REASONS}
"""What an order that waited did, after its number."""
REFUSAL_WORDS: Final = {
    "too_heavy": "too heavy for the drones",
    "out_of_hours": "out of opening hours",
    "out_of_reach": "out of reach: no pack lasts for both ways",
    "queue_limit": "too many waited already",
    "wind": "no drone may fly in the wind",
    "weather": "no drone may fly in the weather",
    "zone": "no way while a no-fly zone is in force",
    "airport_closed": "the airport was closed",
    "policy": "the dispatch policy refused it",
}
"""Why an order was refused."""
CLOCK_WORDS: Final = {"placed": "click-to-door", "ready": "ready-to-door"}
STATE_WORDS: Final = {
    "ground": "brought by road",
    "open": "still open",
    "policy": "of the refused, by the dispatch policy",
    "elsewhere": "of these, in another airport's box than the customer's",
}
NOTHING: Final = "no data"
GLOSSARY: Final = {
    "Clearance": "permission for a flight: pads, lanes and the path for stated times. A sortie is cleared whole before "
    'its drone is loaded: "waiting for clearance" is what an order waits then for a lane, a route or a path that is '
    'another\'s; pads, crews and pilots have waits of their own. "Delay by clearance" is of all flights, returns too: '
    "from asking until take-off, less the loading.",
    "Lane": "the way into or out of the terminal area around a site; one drone at a time, a headway apart.",
    "Sortie": "one drone's way from take-off until it is back: a flight with a parcel and the return.",
    "Deadhead": "an empty flight between two take-off points; a return is none.",
    "Foreign": "a scan with a genuine code of another airport.",
    "Click-to-door, ready-to-door": "from placing, or from the parcel being ready at the take-off point, until it lies "
    "in its box.",
    "Ceiling": "the share that unlimited drones, pads, couriers and boxes without any queue would bring on time.",
}
"""Words of the page that not every reader knows."""


def percent(share: float | None, decimals: int = 1) -> str:
    """Show a share in per cent."""
    return NOTHING if share is None else f"{100 * share:.{decimals}f} %"


def minutes(seconds: float | None) -> str:
    """Show a duration in minutes with one decimal."""
    return in_minutes(seconds, absent=NOTHING)


def number(value: float | None, decimals: int = 0, unit: str = "") -> str:
    """Show a number with thousands separated, and its unit."""
    return NOTHING if value is None else f"{value:,.{decimals}f} {unit}".rstrip()


def sentence(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def promise(service: Mapping[str, Any]) -> str:
    """Name the limit and where its clock starts."""
    start = "" if service["clock"] == "placed" else " of being ready at the take-off point"
    return f"within {service['limit_s'] / MINUTE:g} minutes{start}"


def reach(service: Mapping[str, Any]) -> str:
    """Name the service radius."""
    return f"within {service['radius_m'] / 1000:g} km"


def headline(service: Mapping[str, Any]) -> str:
    """Answer the question in one sentence with its number."""
    if service["share"] is None:
        return f"No orders {reach(service)}, so there is no service level."
    decimals = _decimals(service["share"], service["target"])
    share = percent(service["share"], decimals)
    verdict = _verdict(service["share"] - service["target"], decimals)
    end = f"delivered {promise(service)}; target {100 * service['target']:g} %; {verdict}."
    if service["orders"] == 1:
        return f"The only order {reach(service)} was {'' if service['share'] else 'not '}{end}"
    return f"{share} of the {service['orders']:,} orders {reach(service)} were {end}"


def _decimals(share: float, target: float) -> int:
    """Give just enough decimals to tell a share from its target."""
    differs = (n for n in range(1, 5) if round(100 * share, n) != round(100 * target, n))
    return next(differs, 1)


def _verdict(gap: float, decimals: int) -> str:
    points = f"{abs(100 * gap):.{decimals}f} points"
    if gap < 0:
        return f"missed by {points}"
    return "met exactly" if gap == 0 else f"met with {points} to spare"


def other_clock(service: Mapping[str, Any]) -> str:
    """Give the share and the ceiling on the clock that the target is not stated for."""
    clock = "ready" if service["clock"] == "placed" else "placed"
    share, possible = service[f"share_{clock}_clock"], service[f"ceiling_{clock}_clock"]
    limit = f"within {service['limit_s'] / MINUTE:g} minutes"
    if share is None:
        return f"{CLOCK_WORDS[clock]} {limit}: no order to measure"
    return f"{CLOCK_WORDS[clock]} {limit}: {percent(share)} (ceiling {percent(possible)}){_with_riders(service)}"


def _with_riders(service: Mapping[str, Any]) -> str:
    """Tell the level by any means, where there are riders."""
    if service.get("share_with_riders") is None:
        return ""
    ridden = f"{counted(service['by_rider'], 'order')} brought by rider"
    return f"; {promise(service)} by any means: {percent(service['share_with_riders'])}, {ridden}"


def ceiling(kpis: Mapping[str, Any]) -> str:
    """Say what unlimited resources without queues would reach, and whether any fleet can meet the target."""
    service = kpis["service"]
    if service["ceiling"] is None:
        return "no orders in range, so no ceiling."
    decimals = _decimals(service["ceiling"], service["target"])
    possible = f"with unlimited drones and no queues {percent(service['ceiling'], decimals)} would be possible"
    if service["ceiling"] < service["target"]:
        return f"no fleet can reach the target: even {possible}; {_unavoidable(kpis)}{_despite_closures(kpis)}."
    lost = max(0.0, 100 * (service["ceiling"] - service["share"]))
    return f"{possible}; queues, limits and refusals cost {lost:.1f} points{_despite_closures(kpis)}."


BAR_WORDS: Final = {
    "wind": "met wind in which no drone may fly, or no pack lasts",
    "weather": "met weather in which no drone may fly",
    "zone": "met a no-fly zone that leaves no way",
    "airport_closed": "are for an airport in a no-fly zone",
    "out_of_reach": "are out of reach: no pack lasts for both ways",
    "too_heavy": "are too heavy for the drones",
    "out_of_hours": "come out of opening hours",
}
"""What no fleet could help, of orders."""


def _despite_closures(kpis: Mapping[str, Any]) -> str:
    """Say that closures are not counted in the ceiling, as the end of a sentence; nothing where they met nobody."""
    waits, refused = kpis["waits"], kpis["refusals"]
    met = any(waits[name]["orders"] for name in ("airport_closed", "takeoff_point_closed"))
    return "; closed sites are trouble, and not counted in it" if met or refused["airport_closed"] else ""


def _unavoidable(kpis: Mapping[str, Any]) -> str:
    """Name what no fleet can shorten, from what barred orders and the stages of collected ones."""
    service = kpis["service"]
    if service["eligible_share"] is None:
        return "no order in range may be carried by a drone in opening hours"
    missing = service["orders"] - round(service["ceiling"] * service["orders"])
    barred = service.get("barred") or {}
    ranked = sorted(barred, key=lambda bar: -barred[bar])
    told = ", ".join(f"{barred[bar]:,} {BAR_WORDS[bar]}" for bar in ranked)
    if 2 * sum(barred.values()) > missing:
        return f"of the {counted(missing, 'order')} that miss it even so, {told}"
    return f"{_too_long(kpis)}{f'; of the {missing:,} orders that miss it even so, {told}' if told else ''}"


def _too_long(kpis: Mapping[str, Any]) -> str:
    """Tell how long orders take that nothing bars."""
    stages = kpis["stages_s"]
    if stages["kitchen"]["mean"] is None:
        return "kitchens, walking and the flight alone take too long"
    if kpis["service"]["clock"] == "ready":
        return f"the flight alone takes {minutes(stages['flight']['mean'])} on average"
    kitchen, courier = minutes(stages["kitchen"]["mean"]), minutes(stages["courier"]["mean"])
    return f"kitchens take {kitchen} and couriers {courier} on average before a drone can help"


def losses(measured: Mapping[str, Any], airspace: Mapping[str, Any]) -> str | None:
    """Say what losses of separation are and why a day has some; None for one that has none, or was not measured."""
    if not measured["losses_of_separation"]:
        return None
    near = f"within {airspace['separation_m']:g} m of each other and {airspace['vertical_m']:g} m of height"
    why = {
        "none": 'with airspace.mode = "none" nobody keeps drones apart',
        "headway": 'airspace.mode = "headway" keeps apart who follow each other, and not those whose ways cross',
    }.get(airspace["mode"])
    meant = f"pairs of drones that came {near}, outside of a terminal area that both use"
    if why is None:
        return f"{meant}; strategic clearance should leave none: dronesim verify says more"
    return f'{meant}; {why}; "strategic" keeps all apart'


def meetings(measured: Mapping[str, Any]) -> str:
    """Say how many pairs came nearer within terminal areas, as the end of a sentence; nothing where none did."""
    met = measured["terminal_meetings"]
    if not met:
        return ""
    least = number(measured["least_terminal_m"], 1, "m")
    return (
        f"; within terminal areas {counted(met, 'pair')} came nearer, down to {least}, left to lanes without geometry"
    )


def exceeded(noise: Mapping[str, Any]) -> str:
    """Tell how often flights exceeded limits of noise, over all homes and places."""
    told = {
        "louder than a limit": counted(noise["hours_too_loud"], "hour"),
        "with more overflights than a limit": counted(noise["hours_too_often"], "hour"),
        "in quiet hours": counted(noise["quiet_overflights"], "overflight"),
    }
    parts = [f"{count} {what}" for what, count in told.items() if not count.startswith("0 ")]
    return ", ".join(parts) or "none"


def busy_day(facts: Mapping[str, Any]) -> str:
    """Say how busy the day is, as the end of a sentence; nothing where all days expect the same."""
    demand = facts.get("demand", {})
    if demand.get("day") is not None and demand.get("day_factor", 1.0) == 1.0:
        return f"; {demand['day']} as it was"
    if demand.get("model") == "trace" and demand.get("day_factor", 1.0) != 1.0:
        return f"; the orders of a trace, {demand['day_factor']:g} times each"
    if demand.get("days", "constant") == "constant":
        return ""
    return f"; a day of {demand['day_factor']:.2f} times the stated demand"


def end_states(counts: Mapping[str, int]) -> str:
    """List the end states that occurred, with their numbers."""
    seen = [f"{counts[name]:,} {STATE_WORDS.get(name, name)}" for name in END_STATES if counts[name]]
    told = ", ".join(seen) or "none"
    if counts["elsewhere"]:
        told += f"; {counts['elsewhere']:,} of them lay in another airport than the customer's"
    return told


def walked(extra: Mapping[str, Any] | None) -> str:
    """Say how far customers walk on to other airports, where the policy may send them there."""
    if extra is None or extra["mean_m"] is None:
        return ""
    return f", {extra['mean_m']:,.0f} m further on average, {extra['max_m']:,.0f} m at most"


def by_policy(refusals: Mapping[str, int]) -> str:
    """Say how many orders the policy refused, where it may."""
    return f"; the dispatch policy refused {refusals['policy']:,}" if "policy" in refusals else ""
