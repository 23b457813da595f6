"""The service level on both clocks, its ceiling and what becomes of the orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.metrics.barred import barred
from dronesim.metrics.statistics import (
    Flags,
    Floats,
    describe,
    elapsed_s,
    ratio,
    whole_ms,
)
from dronesim.record.columns import differ, is_text, rows_of
from dronesim.record.kpis import DurationKpis, ExtraWalkKpis, ServiceKpis
from dronesim.record.tables import BY_POLICY, END_STATES, REFUSALS, Columns
from dronesim.units import MS

CLOCKS = {"placed": ("placed_s", "ceiling_s"), "ready": ("ready_s", "ceiling_ready_s")}
"""Each clock's first milestone and the column of its ceiling."""

INELIGIBLE = ("too_heavy", "out_of_hours")
"""Reasons of refusal that no fleet of this drone type in these hours could avoid."""


def door_s(orders: Columns, clock: str) -> Floats:
    """Seconds from the clock's first milestone to delivered, shape ``(orders,)``; NaN where not delivered."""
    return elapsed_s(since_s=orders[CLOCKS[clock][0]], until_s=orders["delivered_s"])


def is_on_time(orders: Columns, *, clock: str, limit_s: float) -> Flags:
    """Tell which orders are in range and were delivered by drone within the limit on the clock.

    An order that was refused, cancelled, lost, brought by road or is still open has no ``delivered_s``
    and is a miss; an unclaimed one was delivered.
    """
    on_time: Flags = orders["in_range"] & (door_s(orders, clock) <= limit_s)
    return on_time


def ceiling(orders: Columns, *, clock: str, limit_s: float) -> float | None:
    """Share of in-range orders whose ``ceiling_s`` (clock placed) or ``ceiling_ready_s`` is within the limit.

    Denominator: all placed in-range orders; an absent (NaN) ceiling is a miss. Rounded to whole milliseconds.
    """
    possible = orders["in_range"] & (whole_ms(orders[CLOCKS[clock][1]]) / MS <= limit_s)
    return ratio(int(possible.sum()), int(orders["in_range"].sum()))


def service(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> ServiceKpis:
    """Measure the service level and the shares beside it.

    ``orders``: all placed in-range orders. ``on_time``: those of them within the limit on the target's clock.

    - ``share`` = on_time / orders; ``share_placed_clock`` and ``share_ready_clock`` on the named clock;
    - ``ceiling``, ``ceiling_placed_clock``, ``ceiling_ready_clock``: see `ceiling`;
    - ``coverage`` = orders / all placed orders;
    - ``eligible_share`` = on_time / (orders less those refused because too heavy or out of hours);
    - ``network_share`` = on_time / all placed orders (so it is share times coverage).

    - with riders only, ``by_rider``: orders that they brought, in range or not; ``share_with_riders``: as ``share``,
      but what came by road counts like what a drone brought, from its end on;
    - ``barred``: see `barred`, on the target's clock.

    A share without any order in its denominator is None; ``note`` says so when no order is in range.
    """
    orders, promise, has_riders = tables["orders"], facts["service"], facts.get("riders") is not None
    limit_s, clock = float(promise["limit_s"]), str(promise["clock"])
    in_range, placed = int(orders["in_range"].sum()), len(orders["in_range"])
    on_time = {name: int(is_on_time(orders, clock=name, limit_s=limit_s).sum()) for name in CLOCKS}
    ceilings = {name: ceiling(orders, clock=name, limit_s=limit_s) for name in CLOCKS}
    eligible = in_range - int((orders["in_range"] & _is_ineligible(orders)).sum())
    return ServiceKpis(
        clock=clock,
        radius_m=float(promise["radius_m"]),
        limit_s=limit_s,
        target=float(promise["target"]),
        orders=in_range,
        on_time=on_time[clock],
        share=ratio(on_time[clock], in_range),
        share_placed_clock=ratio(on_time["placed"], in_range),
        share_ready_clock=ratio(on_time["ready"], in_range),
        ceiling=ceilings[clock],
        ceiling_placed_clock=ceilings["placed"],
        ceiling_ready_clock=ceilings["ready"],
        coverage=ratio(in_range, placed),
        eligible_share=ratio(on_time[clock], eligible),
        network_share=ratio(on_time[clock], placed),
        by_rider=int(_is_ridden(orders).sum()) if has_riders else None,
        share_with_riders=ratio(_by_any_means(orders, clock, limit_s), in_range) if has_riders else None,
        barred=barred(tables, facts, column=CLOCKS[clock][1], limit_s=limit_s),
        note=None if in_range else "no orders",
    )


def _is_ineligible(orders: Columns) -> Flags:
    refused: Flags = is_text(orders, "end_state", "refused") & is_text(orders, "reason", *INELIGIBLE)
    return refused


def _is_ridden(orders: Columns) -> Flags:
    ridden: Flags = is_text(orders, "end_state", "ground") & is_text(orders, "reason", "rider")
    return ridden


def _by_any_means(orders: Columns, clock: str, limit_s: float) -> int:
    """Count the in-range orders that were brought within the limit, by drone or by road."""
    road_s = elapsed_s(since_s=orders[CLOCKS[clock][0]], until_s=orders["ended_s"])
    by_road = orders["in_range"] & is_text(orders, "end_state", "ground") & (road_s <= limit_s)
    return int((is_on_time(orders, clock=clock, limit_s=limit_s) | by_road).sum())


def order_counts(orders: Columns) -> dict[str, int]:
    """Count all placed orders, those in range, those with ``delivered_s`` set, and each end state.

    The end states add up to ``placed``; ``delivered`` cuts across them (collected, unclaimed and
    parcels that still lie in their box at the end), ``elsewhere`` counts those of them that lie in another airport
    than the customer's, which was closed.
    """
    is_delivered = ~np.isnan(orders["delivered_s"])
    return {
        "placed": rows_of(orders),
        "in_range": int(orders["in_range"].sum()),
        "delivered": int(is_delivered.sum()),
        "elsewhere": int((is_delivered & differ(orders, "airport", "placed_airport")).sum()),
        **{state: int(is_text(orders, "end_state", state).sum()) for state in END_STATES},
    }


def refusals(orders: Columns, *, by_policy: bool = False) -> dict[str, int]:
    """Count refused orders by reason, in range or not; those of the policy too, where it may refuse."""
    is_refused, reasons = is_text(orders, "end_state", "refused"), (*REFUSALS, BY_POLICY) if by_policy else REFUSALS
    return {reason: int((is_refused & is_text(orders, "reason", reason)).sum()) for reason in reasons}


def durations(orders: Columns) -> tuple[DurationKpis, DurationKpis, DurationKpis]:
    """Summarise click-to-door, ready-to-door and click-to-collect, in range or not.

    The first two over all delivered orders, the last over all collected ones; quantiles are interpolated.
    """
    to_collect_s = elapsed_s(since_s=orders["placed_s"], until_s=orders["collected_s"])
    return describe(door_s(orders, "placed")), describe(door_s(orders, "ready")), describe(to_collect_s)


def extra_walk(orders: Columns, facts: Mapping[str, Any]) -> ExtraWalkKpis | None:
    """Measure how far delivered orders lie from the airport of their customer, in a straight line.

    Of those that lie in another one; None where the policy may serve none there.
    """
    if facts.get("dispatch", {}).get("extra_walk_m") is None:
        return None
    places = {site["id"]: (site["x_m"], site["y_m"]) for site in facts["sites"]["airports"]}
    rows = np.flatnonzero(~np.isnan(orders["delivered_s"]) & differ(orders, "airport", "placed_airport"))
    ends = [[places[site] for site in orders[name][rows]] for name in ("airport", "placed_airport")]
    far_m = np.hypot(*(np.array(ends[0]) - np.array(ends[1])).reshape(-1, 2).T)
    if not len(rows):
        return ExtraWalkKpis(orders=0, mean_m=None, max_m=None)
    return ExtraWalkKpis(orders=len(rows), mean_m=float(far_m.mean()), max_m=float(far_m.max()))
