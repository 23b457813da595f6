"""Checks that what flows in flows out: orders and drones at every site, holdings of every resource, boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dronesim.verify.capacity import ends
from dronesim.verify.climbs import climb_s
from dronesim.verify.holdings import clear_there_s, is_unsettled, stays_there
from dronesim.verify.intervals import Floats, Ints, to_keys
from dronesim.verify.laws import Accounts, accounts
from dronesim.verify.lookup import is_set, rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, where
from dronesim.verify.sorties import by_drone, is_last


def flows(run: Run) -> Check:
    """Each use of a resource is one row of occupancy; what comes to a site leaves it or is still there."""
    found = accounts(run, from_s=-np.inf, to_s=np.inf)
    faults = [_rows(found), *_orders(run), listed(_boxes(run)), *_drones(run)]
    stages, sites = 3 * len(run.facts.airports) + len(run.facts.takeoff_points), len(run.facts.sites)
    return settle("flow in is flow out", len(found.units) + stages + sites, faults, note=_note(run, found))


def _note(run: Run, found: Accounts) -> str:
    legs = run.legs
    landings, departures = int(is_set(legs["landed_s"]).sum()), int(is_set(legs["departed_s"]).sum())
    return (
        f"{int(found.rows.sum())} holdings for {int(found.sure.sum())} uses that orders and legs are sure of; "
        f"{departures} departures, {landings} landings"
    )


def _rows(found: Accounts) -> Faults:
    """Compare the number of holdings with the number of arrivals."""
    broken = (found.rows < found.sure) | (found.rows > found.possible)

    def asked(pool: int) -> str:
        low, high = int(found.sure[pool]), int(found.possible[pool])
        return str(low) if low == high else f"{low} to {high}"

    return where(
        broken,
        lambda pool: (
            f"{found.name(pool)}: {found.rows[pool]} holdings in occupancy, orders and legs tell of {asked(pool)}"
        ),
    )


# orders, stage by stage


def _orders(run: Run) -> Iterator[Faults]:
    """Count orders at each site as the orders table has them, and as legs and scans do."""
    orders, legs, scans = run.orders, run.legs, run.tables["scans"]
    flown = (legs["kind"] == "outbound") & is_set(legs["departed_s"])
    landed = flown & (legs["outcome"] == "landed") & is_set(legs["landed_s"])
    accepted = scans["verdict"] == "accepted"
    yield _stage("departed", orders["takeoff_point"], is_set(orders["departed_s"]), legs["from"], flown)
    yield _stage("landed", orders["airport"], is_set(orders["landed_s"]), *_landings(run, landed))
    yield _stage("were collected", orders["airport"], is_set(orders["collected_s"]), scans["airport"], accepted)


def _landings(run: Run, landed: NDArray[np.bool_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Give where outbound legs landed, without those whose parcel had come down elsewhere than at its airport."""
    orders, legs = run.orders, run.legs
    order = rows_of(orders["order"], legs["order"])
    rows = np.flatnonzero(landed & (order >= 0))
    is_own = orders["airport"][order[rows]] == legs["to"][rows]
    counts = np.zeros(len(landed), np.bool_)
    counts[rows] = is_own & ~np.isin(orders["end_state"][order[rows]], ("ground", "lost"))
    return legs["to"], counts


def _stage(
    verb: str,
    sites: NDArray[np.object_],
    is_there: NDArray[np.bool_],
    other_sites: NDArray[np.object_],
    is_other: NDArray[np.bool_],
) -> Faults:
    """Compare how many orders passed a stage at each site by two tables."""
    first, second = to_keys(sites[is_there], other_sites[is_other])
    size = max(int(first.max(initial=-1)), int(second.max(initial=-1))) + 1
    mine, its = np.bincount(first, minlength=size), np.bincount(second, minlength=size)
    names = list(dict.fromkeys([*sites[is_there].tolist(), *other_sites[is_other].tolist()]))
    return where(mine != its, lambda i: f"{names[i]}: {mine[i]} orders {verb} by orders, {its[i]} by legs or scans")


def _given_back_at_the_close(run: Run) -> int:
    """Count the troubles of the very last instant: what they gave back can't be told from what was held on."""
    return int((run.tables["incidents"]["time_s"] >= run.facts.closed_s).sum())


def _boxes(run: Run) -> Iterator[str]:
    """Compare parcels that came to each airport and those that left their boxes with the boxes still held."""
    orders, table, closed_s = run.orders, run.occupancy, run.facts.closed_s
    held = (table["resource"] == "box") & ~(ends(run) < closed_s)
    inside = is_set(orders["delivered_s"]) & ~(orders["ended_s"] < closed_s)
    booked = is_set(orders["assigned_s"]) & ~is_set(orders["delivered_s"]) & ~(orders["ended_s"] < closed_s)
    for airport in run.facts.airports:
        left = int((held & (table["site"] == airport)).sum())
        here = orders["airport"] == airport
        least, most = int((inside & here).sum()), int(((inside | booked) & here).sum())
        if not least <= left <= most + _given_back_at_the_close(run):
            yield f"{airport}: {left} boxes are held at the close, orders tell of {least} to {most}"


# drones


def _drones(run: Run) -> Iterator[Faults]:
    """Follow how many drones stand at each site: those based there and landings, less departures."""
    facts = run.facts
    places, times_s, steps = _movements(run)
    _, sites = to_keys(np.array(list(facts.sites), object), places)
    order = np.lexsort((-steps, times_s, sites))
    sites, times_s, steps = sites[order], times_s[order], steps[order]
    based = np.array([facts.by_takeoff_point.get(site, 0) for site in facts.sites], np.int64)
    begins = np.searchsorted(sites, np.arange(len(based)))
    total = np.append(0, np.cumsum(steps))
    standing = total[1:] - total[begins][sites] + based[sites]
    yield _missing(run, sites, times_s, standing)
    yield listed(_left_standing(run, np.bincount(sites, steps, minlength=len(based)).astype(np.int64)))


def _movements(run: Run) -> tuple[NDArray[np.object_], Floats, Ints]:
    """Give site, time and step, +1 or -1, of every landing, departure and return by road at the network's sites."""
    legs, order = run.legs, by_drone(run)
    departs = legs["drone"] >= 0
    before, after = order[:-1], order[1:]
    same = legs["drone"][before] == legs["drone"][after]
    is_aloft = np.zeros(len(departs), np.bool_)
    is_aloft[after[same & (legs["outcome"][before] == "diverted")]] = True
    by_road = after[same & (legs["outcome"][before] == "down")]
    up = np.flatnonzero(departs & is_set(legs["departed_s"]) & ~is_aloft)
    down = np.flatnonzero(is_set(legs["landed_s"]) & (legs["outcome"] == "landed"))
    sites = np.concatenate([legs["from"][up], legs["to"][down], legs["from"][by_road]])
    times_s = np.concatenate([legs["departed_s"][up], legs["landed_s"][down], legs["departed_s"][by_road]])
    known = np.isin(sites, list(run.facts.sites))
    return sites[known], times_s[known], np.repeat([-1, 1, 1], [len(up), len(down), len(by_road)])[known]


def _missing(run: Run, sites: Ints, times_s: Floats, standing: Ints) -> Faults:
    """Find departures of drones that were not there; at take-off points so many spares may stand in."""
    names = list(run.facts.sites)
    lowest = np.zeros(len(names), np.int64)
    np.minimum.at(lowest, sites, standing)
    is_home = np.isin(names, list(run.facts.takeoff_points))
    is_excused = is_home & (-int(lowest[is_home].sum()) <= run.facts.spares)
    below = np.flatnonzero((standing < 0) & ~is_excused[sites])
    first = below[np.unique(sites[below], return_index=True)[1]]
    return where(
        np.ones(len(first), np.bool_),
        lambda i: (
            f"{names[sites[first[i]]]}: a drone departs {at(times_s[first[i]])}, but of those based there and landed "
            f"none is left; at worst {-lowest[sites[first[i]]]} are missing, the network has {run.facts.spares} spares"
        ),
    )


def _left_standing(run: Run, balance: Ints) -> Iterator[str]:
    """Compare the drones that came to an airport and did not leave with the pads held there at the close.

    Who stays stands beside the pads once it is clear, and takes one again for the check before it leaves.
    """
    facts, legs, table = run.facts, run.legs, run.occupancy
    order = by_drone(run)
    finals = order[is_last(legs["drone"][order])]
    doubtful = finals[is_unsettled(run)[finals] & (legs["outcome"][finals] == "landed")]
    pads = (table["resource"] == "pad") & ~(ends(run) < facts.closed_s)
    climbs_s = legs["departed_s"] + climb_s(facts, legs["level_m"])
    is_open = (legs["outcome"] == "open") | (is_set(climbs_s) & (climbs_s >= facts.closed_s))
    clears = stays_there(run) & (clear_there_s(run) >= facts.closed_s)
    is_open |= clears
    beside = finals[(stays_there(run) & ~clears)[finals]]
    late = pads & facts.stays & (table["from_s"] > facts.closed_s - facts.takeoff_check_s)
    for left, site in zip(balance.tolist(), facts.sites, strict=True):
        if site not in facts.airports:
            continue
        left -= int((legs["to"][beside] == site).sum())
        held = int((pads & (table["site"] == site)).sum())
        passing = int((is_open & ((legs["from"] == site) | (legs["to"] == site))).sum())
        passing += _given_back_at_the_close(run) + int((late & (table["site"] == site)).sum())
        if not left - int((legs["to"][doubtful] == site).sum()) <= held <= left + passing:
            yield f"{site}: {left} drones landed and did not leave, {held} pads are held at the close"
