"""Draws the orders of a day: every random column whole, each from the stream that bears its name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.choice import merchant_shares
from dronesim.demand.copies import copy_of, joined, layers
from dronesim.demand.kitchens import known_means_s, plan_preparation, stretch
from dronesim.demand.moves import hours_reached, worlds_of_demand
from dronesim.demand.orders import OrderColumns
from dronesim.demand.specs import (
    Constant,
    DayLaw,
    DemandSpec,
    Distribution,
    Empirical,
    Gamma,
    Lognormal,
    Trace,
    Uniform,
)
from dronesim.record.columns import Numbered
from dronesim.streams import Streams
from dronesim.world import World

_NORMAL_P95: Final = 1.6448536269514722

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draw_orders(
    spec: DemandSpec, world: World, *, streams: Streams, opening_s: tuple[float, float], trace: Trace | None
) -> OrderColumns:
    """Draw one day; with a trace only what the file leaves open is drawn.

    ``opening_s``: start and end of the opening hours; within an hour orders of the Poisson model come
    evenly over its open part. Orders are in order of placing, those of one instant as drawn.
    """
    if trace is not None:
        return _day_of_trace(spec, world, trace, streams, opening_s=opening_s)
    day_factor = float(sample(spec.days, streams.generator("day factor"), 1)[0])
    placed_s = _arrival_times(spec, streams, opening_s=opening_s, day_factor=day_factor)
    community, merchant = _customers(spec, world, streams, placed_s=placed_s)
    mean_s = known_means_s(world, merchant)
    preparation_s = sample(spec.preparation, streams.generator("preparation"), len(placed_s))
    return _columns(
        spec,
        world,
        streams,
        order_id=Numbered("o", len(placed_s)),
        merchant_ids=_pick(world.merchants.ids, merchant),
        community_ids=_pick(world.communities.ids, community),
        merchant_xy=world.merchants.xy[merchant],
        takeoff_point=world.merchant_takeoff_point[merchant],
        airport=world.community_airport[community],
        placed_s=placed_s,
        mass_kg=sample(spec.mass, streams.generator("mass"), len(placed_s)),
        preparation_s=stretch(preparation_s, law=spec.preparation, mean_s=mean_s),
        planned_preparation_s=plan_preparation(spec.preparation.mean, mean_s),
        day_factor=day_factor,
    )


def sample(law: Distribution | DayLaw, rng: np.random.Generator, count: int) -> Floats:
    """Draw ``count`` values of a law, shape ``(count,)``."""
    match law:
        case Lognormal():
            return rng.lognormal(law.mu, law.sigma, count)
        case Constant():
            return np.full(count, law.value)
        case Empirical():
            return rng.choice(np.array(law.values), count)
        case Uniform():
            return rng.uniform(law.low, law.high, count)
        case Gamma():
            return rng.gamma(law.shape, law.mean / law.shape, count)


def _arrival_times(spec: DemandSpec, streams: Streams, *, opening_s: tuple[float, float], day_factor: float) -> Floats:
    """Poisson number of orders, their times spread by the hour shares; sorted seconds since midnight."""
    count = int(streams.generator("order count").poisson(spec.expected_orders * day_factor))
    uniform = np.sort(streams.generator("arrivals").random(count))
    edges_s, reached = hours_reached(spec, opening_s)
    placed_s: Floats = np.interp(uniform * reached[-1], reached, edges_s)
    return placed_s


def _customers(spec: DemandSpec, world: World, streams: Streams, *, placed_s: Floats) -> tuple[Ints, Ints]:
    """Draw each order's community by weight, then its merchant by the law of choice."""
    which = streams.generator("community").random(len(placed_s))
    whose = streams.generator("merchant").random(len(placed_s))
    if not spec.moves:
        return _chosen(spec, world, which, whose)
    community, merchant = np.empty(len(placed_s), np.int64), np.empty(len(placed_s), np.int64)
    for from_s, to_s, weighed in worlds_of_demand(world, spec.moves):
        rows = np.flatnonzero((placed_s >= from_s) & (placed_s < to_s))
        if len(rows):
            community[rows], merchant[rows] = _chosen(spec, weighed, which[rows], whose[rows])
    return community, merchant


def _chosen(spec: DemandSpec, world: World, which: Floats, whose: Floats) -> tuple[Ints, Ints]:
    """Choose communities and merchants as the world weighs them, each by a number from 0 to 1."""
    community = _by_weight(world.community_weight, which)
    reached = np.cumsum(merchant_shares(spec.choice, world), axis=1)
    target = whose * reached[community, -1]
    merchant = np.empty(len(which), dtype=np.int64)
    together = np.argsort(community, kind="stable")
    ends = np.cumsum(np.bincount(community, minlength=len(world.communities))).tolist()
    for number, chosen in enumerate(np.split(together, ends[:-1])):
        merchant[chosen] = np.searchsorted(reached[number], target[chosen], side="right")
    return community, np.minimum(merchant, len(world.merchants) - 1)


def _by_weight(weight: Floats, uniform: Floats) -> Ints:
    reached = np.cumsum(weight)
    chosen = np.searchsorted(reached, uniform * reached[-1], side="right")
    indices: Ints = np.minimum(chosen, len(weight) - 1).astype(np.int64)
    return indices


def _day_of_trace(
    spec: DemandSpec, world: World, trace: Trace, streams: Streams, *, opening_s: tuple[float, float]
) -> OrderColumns:
    """Give the orders of a trace, thinned or multiplied where that is stated."""
    if spec.trace_factor == 1.0:
        return _columns_from_trace(spec, world, trace, streams)
    masks, parts = layers(trace, factor=spec.trace_factor, streams=streams), [(trace, streams)]
    for number in range(1, len(masks)):
        own = streams.of(f"copy {number}")
        copied = copy_of(trace, number, shift_s=spec.trace_shift_s, opening_s=opening_s, streams=own)
        parts.append((copied, own))
    day = joined([_columns_from_trace(spec, world, *part) for part in parts], masks)
    return replace(day, day_factor=spec.trace_factor)


def _columns_from_trace(spec: DemandSpec, world: World, trace: Trace, streams: Streams) -> OrderColumns:
    count = len(trace)
    mass_kg = sample(spec.mass, streams.generator("mass"), count)
    mean_s = known_means_s(world, trace.merchant)
    drawn_s = sample(spec.preparation, streams.generator("preparation"), count)
    preparation_s = stretch(drawn_s, law=spec.preparation, mean_s=mean_s)
    return _columns(
        spec,
        world,
        streams,
        order_id=trace.order_id,
        merchant_ids=_pick(world.merchants.ids, trace.merchant),
        community_ids=_pick(world.communities.ids, trace.community),
        merchant_xy=trace.merchant_xy,
        takeoff_point=trace.takeoff_point,
        airport=trace.airport,
        placed_s=trace.placed_s,
        mass_kg=np.where(np.isnan(trace.mass_kg), mass_kg, trace.mass_kg),
        preparation_s=np.where(np.isnan(trace.preparation_s), preparation_s, trace.preparation_s),
        planned_preparation_s=plan_preparation(spec.preparation.mean, mean_s, trace.expected_s),
        day_factor=1.0,
    )


def _columns(
    spec: DemandSpec,
    world: World,
    streams: Streams,
    *,
    order_id: Sequence[str],
    merchant_ids: Sequence[str | None],
    community_ids: Sequence[str | None],
    merchant_xy: Floats,
    takeoff_point: Ints,
    airport: Ints,
    placed_s: Floats,
    mass_kg: Floats,
    preparation_s: Floats,
    planned_preparation_s: Floats,
    day_factor: float,
) -> OrderColumns:
    count = len(order_id)
    homes_xy = world.takeoff_points.xy[takeoff_point]
    arrays: dict[str, NDArray[Any]] = {
        "takeoff_point": takeoff_point.astype(np.int64),
        "airport": airport.astype(np.int64),
        "distance_m": _length(world.airports.xy[airport] - homes_xy),
        "walk_m": spec.walk_detour * _length(merchant_xy - homes_xy),
        "placed_s": placed_s,
        "mass_kg": mass_kg,
        "preparation_s": preparation_s,
        "planned_preparation_s": planned_preparation_s,
        **_customer_columns(spec, streams, count),
    }
    for array in arrays.values():
        array.setflags(write=False)
    return OrderColumns(
        order_id=order_id,
        merchant=tuple(merchant_ids),
        community=tuple(community_ids),
        day_factor=day_factor,
        **arrays,
    )


def _customer_columns(spec: DemandSpec, streams: Streams, count: int) -> dict[str, NDArray[Any]]:
    sigma = math.log(spec.collection_p95_s / spec.collection_median_s) / _NORMAL_P95
    delay = streams.generator("collection").standard_normal(count)
    patience = streams.generator("patience").standard_exponential(count)
    scan = streams.generator("scans").random(count)
    is_bad = scan < spec.bad_scan_share
    kind = 1 + np.floor(3 * scan / spec.bad_scan_share) if spec.bad_scan_share > 0 else np.zeros(count)
    return {
        "collection_s": spec.collection_median_s * np.exp(sigma * delay),
        "patience_s": patience * spec.patience_mean_s
        if math.isfinite(spec.patience_mean_s)
        else np.full(count, np.inf),
        "is_no_show": streams.generator("no-shows").random(count) < spec.no_show_share,
        "bad_scan": np.where(is_bad, kind, 0).astype(np.int64),
    }


def _length(steps: Floats) -> Floats:
    return np.hypot(steps[:, 0], steps[:, 1])


def _pick(ids: tuple[str, ...], indices: Ints) -> list[str | None]:
    return [None if index < 0 else ids[index] for index in indices.tolist()]
