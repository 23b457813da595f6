"""Where sites go: k-means centres of demand, each moved to a real place that is still free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

STARTS = 8
ROUNDS = 60


def place_sites(demand: Floats, places: Floats, *, count: int, seed: int, key: str) -> Indices:
    """Choose ``count`` of ``places`` near the k-means centres of ``demand``.

    ``demand`` has one row an order (or sample of demand), shape ``(n, 2)``; ``places`` are the distinct
    positions allowed, shape ``(m, 2)``, both in metres. The best of 8 seeded starts counts. Centres are
    served from the biggest cluster to the smallest, each by the nearest place that no other centre took.
    ``key`` names the count in an error. Returns indices into ``places``, shape ``(count,)``.
    """
    _check_count(count, places, key=key)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    centres, sizes = _cluster(rng, demand, count=count)
    return _snap(centres[np.argsort(-sizes, kind="stable")], places)


def nearest(xy: Floats, sites: Floats) -> tuple[Indices, Floats]:
    """Index of the nearest site and metres to it, each ``(n,)``; ``xy`` ``(n, 2)``, ``sites`` ``(m, 2)``."""
    distance = np.linalg.norm(xy[:, None] - sites[None], axis=2)
    index = np.argmin(distance, axis=1)
    return index, distance[np.arange(len(xy)), index]


def sample(rng: np.random.Generator, points: Floats, weight: Floats, *, count: int) -> Floats:
    """Draw ``count`` of ``points`` in proportion to ``weight``, shape ``(count, 2)``."""
    drawn: Floats = points[rng.choice(len(points), size=count, p=weight / weight.sum())]
    return drawn


def _check_count(count: int, places: Floats, *, key: str) -> None:
    if count < 1 or count > len(places):
        where = "1 distinct position" if len(places) == 1 else f"{len(places)} distinct positions"
        rule = f"must be at least 1 and at most {len(places)}: sites can be placed at {where} only"
        raise InputError([Problem(file="placement of sites", key=_flag(key), rule=rule, value=count)])


def _flag(key: str) -> str:
    """Name the option of the command line that states a count."""
    return f"--{key.replace('_', '-')}"


def _cluster(rng: np.random.Generator, demand: Floats, *, count: int) -> tuple[Floats, Indices]:
    """Centres and sizes of the tightest clustering found."""
    tries = [_one_start(rng, demand, count=count) for _ in range(STARTS)]
    tightness = [float(np.sum(nearest(demand, centres)[1] ** 2)) for centres in tries]
    best = tries[int(np.argmin(tightness))]
    return best, np.bincount(nearest(demand, best)[0], minlength=count)


def _one_start(rng: np.random.Generator, demand: Floats, *, count: int) -> Floats:
    """k-means centres from one seeding; the seeds themselves where a cluster runs empty."""
    from scipy.cluster.vq import ClusterError, kmeans2

    seeds = _spread(rng, demand, count=count)
    try:
        centres, _ = kmeans2(demand, seeds, iter=ROUNDS, minit="matrix", missing="raise")
    except ClusterError:
        return seeds
    return np.asarray(centres, dtype=np.float64)


def _spread(rng: np.random.Generator, demand: Floats, *, count: int) -> Floats:
    """Starting centres by D² sampling (Arthur and Vassilvitskii 2007, k-means++)."""
    centres = demand[rng.integers(len(demand))][None]
    for _ in range(count - 1):
        gap = nearest(demand, centres)[1] ** 2
        share = gap / gap.sum() if gap.any() else np.full(len(demand), 1 / len(demand))
        centres = np.vstack([centres, demand[rng.choice(len(demand), p=share)]])
    return np.asarray(centres, dtype=np.float64)


def _snap(centres: Floats, places: Floats) -> Indices:
    is_taken = np.zeros(len(places), dtype=np.bool_)
    chosen = np.empty(len(centres), dtype=np.int64)
    for row, centre in enumerate(centres):
        gap = np.where(is_taken, np.inf, np.linalg.norm(places - centre, axis=1))
        chosen[row] = np.argmin(gap)
        is_taken[chosen[row]] = True
    return chosen
