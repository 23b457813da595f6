"""Checks unloading that scatters: each parcel had an unloader for as long as was drawn, and who waited had to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from dronesim.units import MS
from dronesim.verify.capacity import ends
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.lookup import is_set, rows_of, taken
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, at, where

_KIND: Final = "unloading_overrun"
_GOES_ON: Final = "is unloaded for longer"
_WAITS: Final = "waits on its pad to be unloaded"
_SLACK_S: Final = 2.5e-3
_ROUNDING_S: Final = 5e-4


def scatters(run: Run) -> bool:
    """Tell whether unloading does not always take as long as is stated."""
    return (run.facts.handling_times or {}).get("unload_s") is not None


def unload_s(run: Run) -> Floats:
    """Tell how long each order has an unloader, ``(orders,)``: as booked, or as long as was drawn if that is more."""
    order, booked_s = run.orders["order"], run.facts.unload_s
    if not scatters(run):
        return np.full(len(order), booked_s)
    drawn = np.array((run.facts.handling_times or {})["unload_s"], np.float64)
    known = taken(drawn, np.where((order >= 0) & (order < len(drawn)), order, -1))
    return np.asarray(np.maximum(known, booked_s))


def last_part_s(run: Run) -> Floats:
    """Tell for how long each order has an unloader without a break before it is unloaded, ``(orders,)``.

    What takes longer than was booked may have to wait before that: the unloader fails then, or is promised to a drone
    that does not hear.
    """
    whole_s, booked_s = unload_s(run), run.facts.unload_s
    return np.where(_named(run, _GOES_ON) > 0, np.maximum(whole_s - booked_s, 0.0), whole_s)


def waited(run: Run) -> Mask:
    """Tell which orders may have waited on a pad for an unloader, ``(orders,)``."""
    return _named(run, _WAITS, _GOES_ON) > 0


def _named(run: Run, *actions: str) -> Ints:
    """Count the incidents with an action that name each order, ``(orders,)``."""
    table = run.tables["incidents"]
    rows = (table["kind"] == _KIND) & np.isin(table["action"], actions)
    row = rows_of(run.orders["order"], table["order"][rows])
    return np.bincount(row[row >= 0], minlength=len(run.orders["order"])).astype(np.int64)


def unloads(run: Run) -> Iterator[Faults]:
    """Find parcels unloaded in another time than was drawn, overruns that are not told, and waits for nobody."""
    if not scatters(run):
        return
    yield _overruns(run)
    took_s = run.orders["delivered_s"] - run.orders["landed_s"]
    late_s = np.where(is_set(took_s), took_s - unload_s(run), 0.0)
    yield where(
        ~(late_s >= -_SLACK_S) | (~waited(run) & ~(late_s <= _SLACK_S)),
        lambda i: (
            f"order {run.orders['order'][i]}: is unloaded {took_s[i]:.3f} s after its landing, it takes "
            f"{unload_s(run)[i]:.3f} s"
        ),
    )
    yield _served(run)
    yield _idle(run, np.flatnonzero(late_s > _SLACK_S))


def _overruns(run: Run) -> Faults:
    """Find orders that take longer than is booked of which that is not told, and others of which it is."""
    orders, booked_s, needed_s, told = run.orders, run.facts.unload_s, unload_s(run), _named(run, _GOES_ON)
    due = needed_s > booked_s + _ROUNDING_S
    return where(
        np.where(is_set(orders["delivered_s"]), told != due, told > due) | ~np.isfinite(needed_s),
        lambda i: (
            f"order {orders['order'][i]}: takes {needed_s[i]:.3f} s to unload, {booked_s:g} s are booked, and "
            f"{told[i]} overruns are told"
        ),
    )


def _served(run: Run) -> Faults:
    """Find orders that had an unloader for another time than they take."""
    rows = np.flatnonzero(is_set(run.orders["delivered_s"]))
    needed_s, spells = unload_s(run)[rows], [_held(run, int(row)) for row in rows]
    held_s = np.array([float((to_s - from_s).sum()) for from_s, to_s in spells])
    return where(
        ~(np.abs(held_s - needed_s) <= _SLACK_S) & (needed_s > 2 / MS),
        lambda i: (
            f"order {run.orders['order'][rows[i]]}: has an unloader for {held_s[i]:.3f} s, it takes {needed_s[i]:.3f} s"
        ),
    )


def _idle(run: Run, late: Ints) -> Faults:
    """Find orders, of those that waited on their pads, that did so while an unloader was free."""
    free_s = np.array([_free_s(run, int(row)) for row in late])
    return where(
        free_s > 2 * _SLACK_S,
        lambda i: (
            f"order {run.orders['order'][late[i]]}: waits on its pad from {at(run.orders['landed_s'][late[i]])}, and "
            f"an unloader was free for {free_s[i]:.3f} s of that"
        ),
    )


def _held(run: Run, row: int) -> tuple[Floats, Floats]:
    """Give when the drone of an order had an unloader between its landing and the end of unloading."""
    orders, table = run.orders, run.occupancy
    mine = (table["resource"] == "unloader") & (table["site"] == orders["airport"][row])
    mine &= table["holder"] == orders["drone"][row]
    from_s = np.maximum(table["from_s"][mine], orders["landed_s"][row])
    to_s = np.minimum(ends(run)[mine], orders["delivered_s"][row])
    return from_s[to_s > from_s], to_s[to_s > from_s]


def _free_s(run: Run, row: int) -> float:
    """Tell for how long of its wait an order had no unloader while not all were in use or out of order."""
    orders, table, site = run.orders, run.occupancy, run.orders["airport"][row]
    here = (table["resource"] == "unloader") & (table["site"] == site)
    lacking = [(out.from_s, out.to_s) for out in run.facts.outages if (out.what, out.site) == ("unloader", site)]
    out_from, out_to = np.array(lacking, np.float64).reshape(-1, 2).T
    begin, end = np.concatenate([table["from_s"][here], out_from]), np.concatenate([ends(run)[here], out_to])
    mine = _held(run, row)
    marks = np.concatenate([begin, end, *mine, [orders["landed_s"][row], orders["delivered_s"][row]]])
    marks = np.unique(np.clip(marks, orders["landed_s"][row], orders["delivered_s"][row]))
    moment, lasts_s = (marks[:-1] + marks[1:]) / 2, np.diff(marks)
    in_use = [int(((begin <= when) & (when < end)).sum()) for when in moment.tolist()]
    has_one = [bool(((mine[0] <= when) & (when < mine[1])).any()) for when in moment.tolist()]
    units = run.facts.capacity.get("unloader", {}).get(site, 0)
    return float(lasts_s[(np.array(in_use) < units) & ~np.array(has_one, np.bool_)].sum())
