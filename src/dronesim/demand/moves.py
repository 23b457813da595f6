"""Demand that moves between places over the day: what each place weighs in each part of it.

A move multiplies the weight of one place from one time to another. Weights are shares, so what one place gains the
others lose: when orders are placed, and how many, stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.choice import takeoff_point_shares
from dronesim.demand.specs import DemandSpec, Move
from dronesim.units import HOUR
from dronesim.world import World

Floats = NDArray[np.float64]


def parts_of_demand(moves: Sequence[Move]) -> Floats:
    """Give the times between which weights are the same, ``(n + 1,)``, from -inf to inf."""
    return np.array([-np.inf, *sorted({time_s for move in moves for time_s in (move.from_s, move.to_s)}), np.inf])


def worlds_of_demand(world: World, moves: Sequence[Move]) -> Iterator[tuple[float, float, World]]:
    """Give each part of the day with the world as it weighs its merchants and communities then."""
    for from_s, to_s in pairwise(parts_of_demand(moves).tolist()):
        on = [move for move in moves if move.from_s <= from_s < move.to_s]
        yield from_s, to_s, _weighed(world, on)


def _weighed(world: World, moves: Sequence[Move]) -> World:
    """Give the world with all weights multiplied by the moves that are on."""
    merchant, community = world.merchant_weight.copy(), world.community_weight.copy()
    for move in moves:
        merchant[_merchants_at(world, move.place)] *= move.factor
        community[_communities_at(world, move.place)] *= move.factor
    return replace(world, merchant_weight=merchant, community_weight=community)


def _merchants_at(world: World, place: str) -> NDArray[np.bool_]:
    """Tell which merchants a place stands for: itself, or all of a take-off point."""
    homes = np.array(world.takeoff_points.ids, dtype=object)[world.merchant_takeoff_point]
    return np.asarray((np.array(world.merchants.ids, dtype=object) == place) | (homes == place), dtype=np.bool_)


def _communities_at(world: World, place: str) -> NDArray[np.bool_]:
    """Tell which communities a place stands for: itself, or all of an airport."""
    airports = np.array(world.airports.ids, dtype=object)[world.community_airport]
    return np.asarray((np.array(world.communities.ids, dtype=object) == place) | (airports == place), dtype=np.bool_)


def hours_reached(spec: DemandSpec, opening_s: tuple[float, float]) -> tuple[Floats, Floats]:
    """Give the edges of the hours, cut to the opening hours, and the share of the orders placed by then."""
    reached = np.concatenate([[0.0], np.cumsum(spec.hour_shares)])
    return np.clip(np.arange(len(reached)) * HOUR, *opening_s), reached


def expected_shares(spec: DemandSpec, world: World, opening_s: tuple[float, float]) -> Floats:
    """Share of each take-off point in all orders of a day that are expected, ``(n,)``; they add up to 1."""
    if not spec.moves:
        return takeoff_point_shares(spec.choice, world)
    shares = np.zeros(len(world.takeoff_points))
    edges_s, reached = hours_reached(spec, opening_s)
    for from_s, to_s, weighed in worlds_of_demand(world, spec.moves):
        placed_by = np.interp([from_s, to_s], edges_s, reached)
        placed = float(placed_by[1] - placed_by[0])
        if placed > 0:
            shares += placed * takeoff_point_shares(spec.choice, weighed)
    total = shares.sum()
    return shares / total if total > 0 else takeoff_point_shares(spec.choice, world)
