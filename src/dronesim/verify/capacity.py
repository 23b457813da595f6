"""Checks that no resource is held more often than it exists, by a sweep over its intervals."""

from __future__ import annotations

import numpy as np

from dronesim.verify.facts import Outage
from dronesim.verify.intervals import Floats, Ints, combine, excess, overlapping, to_keys
from dronesim.verify.lookup import HOLDERS
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, where


def capacities(run: Run) -> Check:
    """At no instant more holders than units, no unit held twice, only known units, sites and holders."""
    table, capacity = run.occupancy, _capacity(run)
    resource, site, unit, from_s = table["resource"], table["site"], table["unit"], table["from_s"]
    to_s = ends(run)
    keys = combine(*to_keys(resource, site))
    over, held, words = _excess(run, keys, capacity)
    later, earlier = overlapping(combine(keys, unit), from_s, to_s)
    holders = _known_holders(run)
    is_known = np.isin(resource, list(HOLDERS))
    faults = [
        where(~is_known, lambda row: f"unknown resource {resource[row]!r}"),
        where(is_known & (capacity < 0), lambda row: f"{resource[row]} at unknown site {site[row]!r}"),
        where(
            (capacity >= 0) & ((unit < 0) | (unit >= capacity)),
            lambda row: f"{_where(run, row)}: unit {unit[row]}, but there are only {capacity[row]}",
        ),
        where(
            ~(from_s <= to_s),
            lambda row: f"{_where(run, row)}: from {at(from_s[row])} is not before to {at(to_s[row])}",
        ),
        where(
            (table["holder"] < 0) | (table["holder"] >= holders),
            lambda row: f"{_where(run, row)}: there is no such holder",
        ),
        where(
            capacity[over] >= 0,
            lambda i: f"{_where(run, over[i])}: {held[i]} held at {at(from_s[over[i]])}, capacity {capacity[over[i]]}",
        ),
        where(
            np.ones(len(later), np.bool_),
            lambda i: (
                f"{_where(run, later[i])}: unit {unit[later[i]]} taken at {at(from_s[later[i]])} while "
                f"{HOLDERS.get(resource[earlier[i]], 'holder')} {table['holder'][earlier[i]]} holds it "
                f"until {at(to_s[earlier[i]])}"
            ),
        ),
        listed(words),
    ]
    return settle("capacities", len(unit), faults)


def _excess(run: Run, keys: Ints, capacity: Ints) -> tuple[Ints, Ints, list[str]]:
    """Find rows that lift what is held and out at their start above what there is, and how much that is then.

    Gives also in words what outages do so.
    """
    number = dict(zip(_pairs(run), keys.tolist(), strict=True))
    known = [outage for outage in _out_of_service(run) if (outage.what, outage.site) in number]
    out_keys = np.array([number[outage.what, outage.site] for outage in known], np.int64)
    units = np.array([run.facts.capacity[outage.what][outage.site] for outage in known], np.int64)
    over, held = excess(
        np.concatenate([keys, out_keys]),
        np.concatenate([run.occupancy["from_s"], np.array([outage.from_s for outage in known], np.float64)]),
        np.concatenate([ends(run), np.array([outage.to_s for outage in known], np.float64)]),
        capacity=np.concatenate([capacity, units]),
    )
    is_row = over < len(keys)
    words = [
        f"{known[row].what} at {known[row].site}: {count} held or out at {at(known[row].from_s)}, capacity {units[row]}"
        for row, count in zip((over[~is_row] - len(keys)).tolist(), held[~is_row].tolist(), strict=True)
    ]
    return over[is_row], held[is_row], words


def _pairs(run: Run) -> list[tuple[str, str]]:
    return list(zip(run.occupancy["resource"].tolist(), run.occupancy["site"].tolist(), strict=True))


def _out_of_service(run: Run) -> list[Outage]:
    """List outages of single units of resources that are held, each of one unit."""
    return [outage for outage in run.facts.outages if outage.site in run.facts.capacity.get(outage.what, {})]


def out_s(run: Run, resource: str, site: str) -> float:
    """Tell for how long, in opening hours, units of a resource were out, added up."""
    facts = run.facts
    return sum(
        max(min(outage.to_s, facts.end_s) - max(outage.from_s, facts.start_s), 0.0)
        for outage in _out_of_service(run)
        if (outage.what, outage.site) == (resource, site)
    )


def ends(run: Run) -> Floats:
    """Give the end of each occupancy; one without an end lasts until the day is closed."""
    to_s = run.occupancy["to_s"]
    return np.where(np.isnan(to_s), run.facts.closed_s, to_s)


def _capacity(run: Run) -> Ints:
    places = zip(run.occupancy["resource"], run.occupancy["site"], strict=True)
    known = run.facts.capacity
    found = [known.get(resource, {}).get(site, -1) for resource, site in places]
    return np.array(found, np.int64)


def _known_holders(run: Run) -> Ints:
    """Give for each row how many holders of its kind there are."""
    counts = {
        "order": len(run.orders["order"]),
        "drone": run.facts.owned,
        "pack": run.facts.capacity.get("pack", {}).get("network", 0),
    }
    kinds = [HOLDERS.get(resource, "") for resource in run.occupancy["resource"]]
    return np.array([counts.get(kind, np.iinfo(np.int64).max) for kind in kinds], np.int64)


def _where(run: Run, row: int) -> str:
    table = run.occupancy
    holder = HOLDERS.get(table["resource"][row], "holder")
    return f"{table['resource'][row]} at {table['site'][row]} by {holder} {table['holder'][row]}"
