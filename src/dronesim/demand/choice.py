"""How customers choose among merchants: the one place that knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.specs import ByDistance, Choice
from dronesim.geometry import pairwise_distance
from dronesim.geometry.products import matrix_product
from dronesim.world import World

Floats = NDArray[np.float64]


def merchant_shares(choice: Choice, world: World) -> Floats:
    """Share of each merchant in the orders of each community, ``(communities, merchants)``; rows add up to 1."""
    pull = np.broadcast_to(world.merchant_weight, (len(world.communities), len(world.merchants)))
    if isinstance(choice, ByDistance):
        distance_m = pairwise_distance(world.communities.xy, world.merchants.xy)
        # over the nearest merchant that has any weight, so that a short decay leaves that one instead of nothing
        nearest_m = np.where(pull > 0, distance_m, np.inf).min(axis=1, keepdims=True)
        pull = pull * np.exp(-np.maximum(distance_m - nearest_m, 0.0) / choice.decay_m)
    shares: Floats = pull / pull.sum(axis=1, keepdims=True)
    return shares


def takeoff_point_shares(choice: Choice, world: World) -> Floats:
    """Share of each take-off point in all orders that are expected, ``(n,)``; they add up to 1."""
    pulled = matrix_product(world.community_weight, merchant_shares(choice, world))
    by_merchant = pulled / world.community_weight.sum()
    shares: Floats = np.zeros(len(world.takeoff_points))
    np.add.at(shares, world.merchant_takeoff_point, by_merchant)
    return shares
