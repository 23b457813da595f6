"""Checks that boxes open for the right code only: once, in time, at the right airport."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.record.tables import VERDICTS
from dronesim.verify.intervals import Ints
from dronesim.verify.lookup import Mask, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, settle, where

_ROUNDING_S = 5e-4


def scans(run: Run) -> Check:
    """Each collected order has one accepted scan, at its box when it was collected, and each scan the verdict due."""
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
    return settle("pickup codes", len(verdict), [unknown, counts, *_misplaced(run, accepted), *_misjudged(run)])


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
            table["code_order"][scans] != table["order"][scans],
            lambda i: f"{name(i)} with the code of order {table['code_order'][scans[i]]}",
        ),
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


def _misjudged(run: Run) -> Iterator[Faults]:
    """Find scans that are judged otherwise than whose code it was, where and when ask for.

    Nobody's code is wrong, one of another airport foreign, one that has opened its box reused, one after the hold
    limit expired; the first of these counts, whoever holds the code up.
    """
    table, orders, hold_s = run.tables["scans"], run.orders, run.facts.hold_limit_s
    owner = rows_of(orders["order"], table["code_order"])
    issued_s = taken(orders["delivered_s"], owner)
    is_wrong, is_foreign = owner < 0, table["airport"] != np.append(orders["airport"], "")[owner]
    is_late = table["time_s"] > issued_s + hold_s + _ROUNDING_S
    due = np.select(
        [is_wrong, is_foreign, _is_used(run, owner), is_late], ["wrong", "foreign", "reused", "expired"], "accepted"
    )

    def name(row: int) -> str:
        return f"scan {table['scan'][row]} for order {table['order'][row]}, {_whose(table['code_order'][row])},"

    yield where(
        ~is_wrong & ~(table["time_s"] >= issued_s - _ROUNDING_S),
        lambda row: f"{name(row)} {at(table['time_s'][row])}, before it was issued {at(issued_s[row])}",
    )
    yield where(
        table["verdict"] != due,
        lambda row: f"{name(row)} called {table['verdict'][row]} {at(table['time_s'][row])}, and is {due[row]}",
    )


def _is_used(run: Run, owner: Ints) -> Mask:
    """Say of each scan whether the code of its owner, by row of orders, was accepted before."""
    table = run.tables["scans"]
    rank = np.empty(len(owner), np.int64)
    rank[np.lexsort((table["scan"], table["time_s"]))] = np.arange(len(owner))
    opened = np.full(len(run.orders["order"]) + 1, len(owner))
    accepted = (table["verdict"] == "accepted") & (owner >= 0)
    np.minimum.at(opened, owner[accepted], rank[accepted])
    return np.asarray(rank > opened[owner])


def _whose(order: int) -> str:
    return "with nobody's code" if order < 0 else f"with the code of order {order}"
