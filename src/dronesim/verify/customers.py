"""Checks parcels and customers: masses, patience, who comes when, and what is held up are drawn again from the seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.units import MINUTE
from dronesim.verify.closed_rule import leaves_queue_s
from dronesim.verify.drawn_again import NOT_THERE, generator, of_trace, why_orders_are_not
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, skipped, where
from dronesim.verify.stated import has_scenario, stated

_NAME: Final = "parcels and customers as drawn"
_SAME: Final = 1e-9
_SLACK_S: Final = 2.5e-3
"""Each step is rounded up to a millisecond."""
_NOT_ITS_OWN: Final = ("wrong", "foreign", "reused")
"""Verdicts on what is not the order's own code, or is held up elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """What was drawn for each customer, ``(orders,)``: when they give up, come, or never do, and whose scan is bad."""

    patience_s: Floats
    collection_s: Floats
    is_no_show: Mask
    is_bad: Mask


def customers(run: Run) -> Check:
    """Parcels weigh, and customers wait, come and scan, as the scenario's laws and seed have it."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    if why := why_orders_are_not(run.folder, scenario, "customers"):
        return skipped(_NAME, why)
    drawn = _customers(run, scenario["customers"])
    faults = [_masses(run, scenario), *_patience(run, drawn), *_visits(run, drawn), _rescans(run, scenario)]
    return settle(_NAME, len(run.orders["order"]), faults)


# parcels


def _masses(run: Run, scenario: Mapping[str, Any]) -> Faults:
    """Find parcels that weigh something else than was drawn, or than a trace states."""
    drawn, told = _drawn_kg(run, scenario["demand"]["mass"]), of_trace(run, scenario, "mass_kg")
    due_kg, mass_kg = np.where(np.isnan(told), drawn, told), run.orders["mass_kg"]
    return where(
        ~(np.abs(mass_kg - due_kg) <= _SAME * np.abs(due_kg)),
        lambda row: (
            f"order {run.orders['order'][row]} is not in the trace"
            if due_kg[row] == NOT_THERE
            else f"order {run.orders['order'][row]}: its parcel weighs {mass_kg[row]:g} kg, drawn {due_kg[row]:g}"
        ),
    )


def _drawn_kg(run: Run, law: Mapping[str, Any]) -> Floats:
    rng, count = generator(run, "mass"), len(run.orders["order"])
    if law["kind"] == "lognormal":
        # the share above the heavy mass says how wide the law is
        above = _above_sd(float(law["heavy_share"]))
        sigma = math.log(law["heavy_kg"] / law["median_kg"]) / above
        return rng.lognormal(math.log(law["median_kg"]), sigma, count)
    if law["kind"] == "uniform":
        return rng.uniform(law["low_kg"], law["high_kg"], count)
    if law["kind"] == "empirical":
        return rng.choice(np.array(law["kilograms"], np.float64), count)
    return np.full(count, float(law["mass_kg"]))


def _above_sd(share: float) -> float:
    """Tell how many standard deviations above its mean a normal law exceeds by a share."""
    from scipy.special import ndtri

    return float(ndtri(1.0 - share))


# customers


def _customers(run: Run, table: Mapping[str, Any]) -> Customers:
    count, law = len(run.orders["order"]), table["collection"]
    sigma = math.log(law["p95_min"] / law["median_min"]) / _above_sd(0.05)
    mean_min = table.get("patience_min")
    patience = generator(run, "patience").standard_exponential(count)
    return Customers(
        patience_s=np.full(count, np.inf) if mean_min is None else patience * float(mean_min) * MINUTE,
        collection_s=law["median_min"] * MINUTE * np.exp(sigma * generator(run, "collection").standard_normal(count)),
        is_no_show=generator(run, "no-shows").random(count) < float(table["no_show_share"]),
        is_bad=generator(run, "scans").random(count) < float(table["bad_scan_share"]),
    )


def _patience(run: Run, drawn: Customers) -> Iterator[Faults]:
    """Find customers who gave up sooner or later than drawn, or did not though their parcel was not on a drone."""
    orders, gives_up_s = run.orders, run.orders["placed_s"] + drawn.patience_s
    gave_up = (orders["end_state"] == "cancelled") & (orders["reason"] == "patience")
    yield where(
        gave_up & ~(np.abs(orders["ended_s"] - gives_up_s) <= _SLACK_S),
        lambda row: (
            f"order {orders['order'][row]} is cancelled {at(orders['ended_s'][row])}, its customer gives up "
            f"{at(gives_up_s[row])}"
        ),
    )
    here_until_s = np.fmin(np.fmin(orders["loaded_s"], orders["ended_s"]), run.facts.closed_s)
    # one that is open and on no drone may be on the road
    is_open = (orders["end_state"] == "open") & ~is_set(orders["loaded_s"])
    here_until_s = np.where(is_open, np.nan_to_num(leaves_queue_s(run), nan=-np.inf), here_until_s)
    by_road = (orders["end_state"] == "ground") & ~is_set(orders["loaded_s"])
    # who is refused, or by road, is out of the customer's hands; a parcel that was taken off again had been on a drone
    stays = ~gave_up & ~by_road & (orders["end_state"] != "refused") & ~_was_revoked(run)
    yield where(
        stays & (gives_up_s < here_until_s - _SLACK_S),
        lambda row: (
            f"order {orders['order'][row]} is {orders['end_state'][row]}, not loaded when its customer gives up "
            f"{at(gives_up_s[row])}"
        ),
    )


def _was_revoked(run: Run) -> Mask:
    table = run.tables["incidents"]
    named = rows_of(run.orders["order"], table["order"][table["order"] >= 0])
    found = np.zeros(len(run.orders["order"]), np.bool_)
    found[named[named >= 0]] = True
    return found


def _visits(run: Run, drawn: Customers) -> Iterator[Faults]:
    """Find customers who come though they never do, at another time than drawn, or hold up something else."""
    orders, scans = run.orders, run.tables["scans"]
    first = _first_scans(run)
    came_s = taken(scans["time_s"], first)
    due_s = orders["delivered_s"] + drawn.collection_s
    delivered = is_set(orders["delivered_s"])
    yield where(
        delivered & drawn.is_no_show & is_set(came_s),
        lambda row: f"order {orders['order'][row]}: its customer never comes, and scans a code {at(came_s[row])}",
    )
    jammed = _meets_a_jam(run, due_s)
    comes = delivered & ~drawn.is_no_show & (due_s < run.facts.closed_s - _SLACK_S)
    off = ~(np.abs(came_s - due_s) <= _SLACK_S)
    yield where(
        comes & np.where(jammed, came_s < due_s - _SLACK_S, off),
        lambda row: (
            f"order {orders['order'][row]}: its customer comes {at(due_s[row])}, and the first scan is "
            f"{at(came_s[row]) if np.isfinite(came_s[row]) else 'none'}"
        ),
    )
    is_bad = np.isin(np.append(scans["verdict"], "")[first], _NOT_ITS_OWN)
    yield where(
        delivered & is_set(came_s) & (is_bad != drawn.is_bad) & ~drawn.is_no_show,
        lambda row: (
            f"order {orders['order'][row]}: the first scan is {scans['verdict'][first[row]]}, drawn to "
            f"hold up {'something else' if drawn.is_bad[row] else 'its code'}"
        ),
    )


def _rescans(run: Run, scenario: Mapping[str, Any]) -> Faults:
    """Find customers who scan again sooner or later than stated, but for a jammed cabinet, which they wait for."""
    scans, again_s = run.tables["scans"], float(scenario["customers"]["rescan_s"])
    by_order = np.lexsort((scans["scan"], scans["time_s"], scans["order"]))
    before, after = by_order[:-1], by_order[1:]
    pairs = (scans["order"][before] == scans["order"][after]) & (scans["order"][before] >= 0)
    before, after = before[pairs], after[pairs]
    due_s = scans["time_s"][before] + again_s
    early, late = scans["time_s"][after] < due_s - _SLACK_S, scans["time_s"][after] > due_s + _SLACK_S
    return where(
        early | (late & ~_meets_a_jam(run, due_s)),
        lambda i: (
            f"order {scans['order'][after[i]]}: its customer scans again {at(scans['time_s'][after[i]])}, which is due "
            f"{at(due_s[i])}"
        ),
    )


def _first_scans(run: Run) -> Ints:
    """Give the first scan by each order's customer, by row of scans; -1 for none."""
    scans = run.tables["scans"]
    by_time = np.lexsort((scans["scan"], scans["time_s"]))[::-1]
    rows = rows_of(run.orders["order"], scans["order"][by_time])
    found = np.full(len(run.orders["order"]), -1)
    # the first in time is written last, and stays
    found[rows[rows >= 0]] = by_time[rows >= 0]
    return found


def _meets_a_jam(run: Run, time_s: Floats) -> Mask:
    """Tell whose visit at a time a jammed cabinet may put off: any, for what is held up may be another's."""
    found = np.zeros(len(time_s), np.bool_)
    for outage in run.facts.outages:
        if outage.what == "cabinet":
            found |= (time_s >= outage.from_s - _SLACK_S) & (time_s < outage.to_s + _SLACK_S)
    return found
