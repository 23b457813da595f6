"""The answer of a run as a dozen lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dronesim.letters import counted
from dronesim.record.resources import ABOARD
from dronesim.report import exposure, trouble, trouble_rows, words
from dronesim.units import MINUTE

HARDLY_S: Final = 15.0
"""What an order waits on average before it is told."""
MOST_WAITS: Final = 3


def summary_lines(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """Tell what came out: the service level first, what it is made of below."""
    return [f"{label:<12}{text}" for label, text in summary_rows(kpis, facts).items()]


def summary_rows(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, str]:
    """Give what `summary_lines` tells, by label; trouble only where there was any."""
    rows = {
        "Service": words.headline(kpis["service"]),
        "Also": words.other_clock(kpis["service"]),
        "Ceiling": words.ceiling(kpis),
        "Coverage": coverage(kpis),
        "Orders": orders(kpis, facts),
        "To the door": door(kpis["click_to_door_s"]),
        "Stages": stages(kpis["stages_s"]),
        "Fleet": fleet(kpis["fleet"], facts["policy"]),
        "Energy": energy(kpis["energy"]),
        "Airspace": airspace(kpis["airspace"], facts["airspace"]),
        "Cabinets": cabinets(kpis),
        "Cost": cost(kpis["cost"]),
        "Risk": exposure.risk_told(kpis.get("risk")),
        "Noise": exposure.noise_told(kpis.get("noise")),
        "Weather": weather(kpis.get("weather")),
        "Link": trouble_rows.link_told(kpis.get("link")),
        "Navigation": trouble_rows.navigation_told(kpis),
        "Position": trouble_rows.position_told(kpis.get("position")),
        "Drones": trouble_rows.drones_told(kpis),
        "Trouble": trouble.told(facts),
        "Events": trouble.unmet_told(facts),
        "Outages": trouble_rows.outages_told(facts),
        "Waiting": waiting(kpis),
    }
    return {label: text for label, text in rows.items() if text}


def orders(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Tell what became of all orders, and on how busy a day."""
    told = words.end_states(kpis["orders"]) + words.walked(kpis.get("extra_walk")) + words.by_policy(kpis["refusals"])
    return f"{kpis['orders']['placed']:,} placed: {told}{words.busy_day(facts)}"


def coverage(kpis: Mapping[str, Any]) -> str:
    """Relate the orders in range to all orders."""
    service, counts = kpis["service"], kpis["orders"]
    if not counts["placed"]:
        return "no order was placed"
    lie = "lies" if counts["in_range"] == 1 else "lie"
    inside = f"{counts['in_range']:,} of {counted(counts['placed'], 'order')}"
    inside = f"{inside} ({words.percent(service['coverage'])}) {lie} {words.reach(service)}"
    if service["eligible_share"] is None:
        return f"{inside}; none of those in range may a drone carry in opening hours"
    shares = f"on time {words.percent(service['eligible_share'])} of those a drone may carry in opening hours"
    return f"{inside}; {shares}, {words.percent(service['network_share'])} of all placed"


def door(summary: Mapping[str, Any]) -> str:
    """Describe the distribution of click-to-door over all delivered orders, in range or not."""
    if summary["mean"] is None:
        return "no order was delivered by drone"
    mean, p50, p95 = (words.minutes(summary[key]) for key in ("mean", "p50", "p95"))
    spread = f"mean {mean}, half within {p50}, 95 % within {p95}, longest {words.minutes(summary['max'])}"
    return f"click-to-door of all delivered orders: {spread}"


def stages(stages_s: Mapping[str, Any]) -> str:
    """Say where the minutes of an average collected order go, short stages left out."""
    if stages_s["kitchen"]["mean"] is None:
        return "no order was collected"
    means = {words.STAGE_WORDS[name]: stage["mean"] for name, stage in stages_s.items()}
    parts = [f"{name} {mean / MINUTE:.1f}" for name, mean in means.items() if mean >= 3.0]
    return f"mean minutes: {', '.join(parts)}"


def fleet(use: Mapping[str, Any], policy: str) -> str:
    """Describe the fleet and how hard it worked."""
    drones = f"{counted(use['drones'], 'drone')} ({use['owned']:,} owned)"
    size = f"{drones}, policy {policy}, {_sorties(use['sorties'])}"
    busy = f"on sorties {words.percent(use['utilization'], 0)} of opening hours"
    return f"{size}; {busy}, {words.number(use['orders_per_drone_hour'], 2)} orders a drone-hour"


def _sorties(count: int) -> str:
    return "1 sortie" if count == 1 else f"{count:,} sorties"


def energy(used: Mapping[str, Any]) -> str:
    """Describe energy, swaps and wear."""
    swaps = f"{counted(used['swaps'], 'pack swap')} ({words.number(used['full_cycles'], 1)} full cycles)"
    if used["wh_per_order"] is None:
        return f"no order was delivered; {swaps}"
    return f"{words.number(used['wh_per_order'], 0, 'Wh')} a delivered order, {swaps}"


def airspace(measured: Mapping[str, Any], rules: Mapping[str, Any]) -> str:
    """Describe the waits for clearance and, where it was checked, separation, with what its losses mean."""
    wait = measured["clearance_wait_s"]
    mean, p95 = (words.number(wait[key], 1, "s") for key in ("mean", "p95"))
    waits = f"clearance delays a flight by {mean} on average, 95 % by at most {p95}"
    if wait["mean"] is None:
        waits = "no drone took off"
    losses = measured["losses_of_separation"]
    if losses is None:
        return waits
    meaning = words.losses(measured, rules)
    told = f"{waits}; {losses:,} {'loss' if losses == 1 else 'losses'} of separation"
    told = told if meaning is None else f"{told} ({meaning})"
    return f"{told}{words.meetings(measured)}"


def cabinets(kpis: Mapping[str, Any]) -> str:
    """Describe the fullest cabinet and the code scans."""
    peak, codes = kpis["cabinets"]["peak_occupancy"], kpis["codes"]
    refused = sum(codes["refused"].values())
    accepted, turned_away = counted(codes["accepted"], "code"), counted(refused, "scan")
    return f"fullest {words.percent(peak, 0)}; {accepted} accepted, {turned_away} refused"


def cost(costs: Mapping[str, Any]) -> str:
    """Give the cost of an order and of the day, and its largest item."""
    currency = costs["currency"]
    day = f"{costs['total']:,.0f} {currency} a day{largest_item(costs)}"
    if costs["per_order"] is None:
        return f"no order was delivered; {day}"
    return f"{words.number(costs['per_order'], 2, currency)} a delivered order, {day}"


def largest_item(costs: Mapping[str, Any]) -> str:
    """Name the largest item of the costs with its share, as the end of a sentence; nothing for a day free of cost."""
    if not costs["total"]:
        return ""
    name = max(costs["items"], key=lambda item: costs["items"][item])
    return f", the largest part for {name} ({words.percent(costs['items'][name] / costs['total'], 0)})"


def weather(measured: Mapping[str, Any] | None) -> str:
    """Say how much of the opening hours was flyable, and whom that met; nothing where only the wind counts."""
    if measured is None:
        return ""
    share = f"flyable {words.percent(measured['flyable_share'])} of opening hours"
    times = counted(measured["stops"], "time")
    stops = f"flying stopped {times}, for {words.minutes(measured['no_go_s'])} in all"
    met = f"{counted(measured['orders_waited'], 'order')} waited for it, {measured['to_road']:,} went by road"
    return f"{share}; {stops}; {met}"


def waiting(kpis: Mapping[str, Any]) -> str:
    """Name what orders waited for, delivered or not, and the busiest resource; neither proves the bottleneck."""
    if not kpis["orders"]["placed"]:
        return "no order was placed, so no wait was measured"
    return f"{waits(kpis)}; {busiest(kpis['resources'])}. Only runs with one more unit prove what limits"


def waits(kpis: Mapping[str, Any]) -> str:
    """Name the longest waits in all, with how many orders had them and how long each, short ones left out."""
    least_s = HARDLY_S * kpis["orders"]["placed"] / MOST_WAITS
    found = {name: wait for name, wait in kpis["waits"].items() if wait["total_s"] >= least_s}
    ranked = sorted(found, key=lambda name: -found[name]["total_s"])[:MOST_WAITS]
    if not ranked:
        return "hardly any beside the kitchen and the courier's way"
    return ", ".join(
        f"{counted(found[name]['orders'], 'order')} {words.WAIT_WORDS[name]}, "
        f"{words.minutes(found[name]['mean_s'])} each on average"
        for name in ranked
    )


def busiest(resources: Mapping[str, Any]) -> str:
    """Name the resource and site with the highest utilization; what rides on drones does not count."""
    shares = {
        f"{resource.replace('_', ' ')} at {site}" if site != "network" else resource: share
        for resource, sites in resources.items()
        for site, share in sites.items()
        if resource not in ABOARD and share is not None
    }
    if not shares:
        return "no resource was counted"
    name = max(shares, key=lambda key: shares[key])
    return f"busiest: {name} ({words.percent(shares[name], 0)} of opening hours)"
