"""Checks that boxes open for the right code only: once, in time, at the right airport."""

from __future__ import annotations

import numpy as np

from dronesim.record.tables import VERDICTS
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where


def scans(run: Run) -> Check:
    """Each collected order has one accepted scan, at its box when it was collected; no other opens a box."""
    table, orders = run.tables["scans"], run.orders
    verdict = table["verdict"]
    accepted = np.flatnonzero(verdict == "accepted")
    rows = rows_of(orders["order"], table["order"][accepted])
    times = np.bincount(rows[rows >= 0], minlength=len(orders["order"]))
    is_collected = orders["end_state"] == "collected"
    unknown = where(
        ~np.isin(verdict, VERDICTS),
        lambda row: f"scan {table['scan'][row]}: unknown verdict {verdict[row]!r}",
    )
    counts = where(
        times != is_collected,
        lambda row: f"order {orders['order'][row]} is {orders['end_state'][row]} with {times[row]} accepted scans",
    )
    return settle("pickup codes", len(verdict), [unknown, counts, *_misplaced(run, accepted), _too_soon(run)])


def _misplaced(run: Run, accepted: np.ndarray) -> list[Faults]:
    table, orders, hold_s = run.tables["scans"], run.orders, run.facts.hold_limit_s
    rows = rows_of(orders["order"], table["order"][accepted])
    known, scans = rows[rows >= 0], accepted[rows >= 0]
    time_s, delivered_s = table["time_s"][scans], orders["delivered_s"][known]

    def name(i: int) -> str:
        return f"scan {table['scan'][scans[i]]} for order {orders['order'][known[i]]} accepted {at(time_s[i])}"

    return [
        where(rows < 0, lambda i: f"scan {table['scan'][accepted[i]]} was accepted for an unknown order"),
        where(
            (table["airport"][scans] != orders["airport"][known]) | (table["box"][scans] != orders["box"][known]),
            lambda i: (
                f"{name(i)} at {table['airport'][scans[i]]} box {table['box'][scans[i]]}, its place is "
                f"{orders['airport'][known[i]]} box {orders['box'][known[i]]}"
            ),
        ),
        where(
            time_s != orders["collected_s"][known],
            lambda i: f"{name(i)}, but collected {at(orders['collected_s'][known[i]])}",
        ),
        where(~(time_s >= delivered_s), lambda i: f"{name(i)} before delivery {at(delivered_s[i])}"),
        where(
            time_s > delivered_s + hold_s + 1e-3,
            lambda i: f"{name(i)}, after the hold limit of {hold_s:g} s from {at(delivered_s[i])}",
        ),
    ]


def _too_soon(run: Run) -> Faults:
    """Find codes called expired within the hold limit."""
    table, orders = run.tables["scans"], run.orders
    rows = rows_of(orders["order"], table["order"])
    ends_s = taken(orders["delivered_s"], rows) + run.facts.hold_limit_s
    broken = (table["verdict"] == "expired") & is_set(ends_s) & (table["time_s"] < ends_s - 1e-3)
    return where(
        broken,
        lambda row: (
            f"scan {table['scan'][row]} for order {table['order'][row]} called expired "
            f"{at(table['time_s'][row])}, but the code held until {at(ends_s[row])}"
        ),
    )
