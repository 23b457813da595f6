"""Shortest-path trees by Dijkstra's algorithm with a 4-ary heap, compiled.

A heap of four children a node is half as deep as a binary one, and the four keys lie side by side
(Johnson, 1975); each node stands in the heap once and moves up when its cost falls.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel, part

Floats = NDArray[np.float64]
Nodes = NDArray[np.int32]

_ABSENT = -1
NO_NODE = -1


class Adjacency(NamedTuple):
    """Edges of node v lead to ``targets[offsets[v]:offsets[v + 1]]``."""

    offsets: Nodes
    targets: Nodes


class Tree(NamedTuple):
    """A tree over v nodes as it grows.

    ``cost`` (v,): inf where no way leads; ``previous`` (v,): predecessors, ``NO_NODE`` for roots. ``heap`` (v,)
    holds the nodes to settle and ``places`` (v,) where in it each of them is.
    """

    cost: Floats
    previous: Nodes
    heap: Nodes
    places: Nodes


def bare_tree(nodes: int) -> Tree:
    """Make a tree that has reached nothing yet."""
    none = [np.full(nodes, NO_NODE, dtype=np.int32) for _ in range(3)]
    return Tree(np.full(nodes, np.inf), *none)


@part
def _sift_up(cost: Floats, heap: Nodes, places: Nodes, node: int, place: int) -> None:
    """Put a node at a place of the heap or above it, under a parent that costs no more."""
    key = cost[node]
    while place > 0:
        above = (place - 1) >> 2
        parent = heap[above]
        if cost[parent] <= key:
            break
        heap[place], places[parent] = parent, place
        place = above
    heap[place], places[node] = node, place


@part
def _cheapest_child(cost: Floats, heap: Nodes, place: int, size: int) -> int:
    """Place of the cheapest of up to four children; ``size`` if there is none."""
    best = 4 * place + 1
    if best >= size:
        return size
    least = cost[heap[best]]
    for child in range(best + 1, min(best + 4, size)):
        if cost[heap[child]] < least:
            best, least = child, cost[heap[child]]
    return best


@part
def _sift_down(cost: Floats, heap: Nodes, places: Nodes, node: int, size: int) -> None:
    """Put a node at the top of a heap of so many nodes or below it, over children that cost no less."""
    place, key = 0, cost[node]
    child = _cheapest_child(cost, heap, place, size)
    while child < size and cost[heap[child]] < key:
        heap[place], places[heap[child]] = heap[child], place
        place = child
        child = _cheapest_child(cost, heap, place, size)
    heap[place], places[node] = node, place


@part
def _pop(cost: Floats, heap: Nodes, places: Nodes, size: int) -> int:
    """Take the cheapest node from a heap of so many nodes."""
    top: int = heap[0]
    places[top] = _ABSENT
    if size > 1:
        _sift_down(cost, heap, places, heap[size - 1], size - 1)
    return top


@kernel
def grow_tree(graph: Adjacency, weights: Floats, seeds: Nodes, seed_cost: Floats, tree: Tree) -> None:
    """Find the cheapest way to every node from any of several seeds, each with a cost to begin with.

    ``weights`` (e,) are at least 0, inf for none; the result is left in ``tree``.
    """
    (offsets, targets), (cost, previous, heap, places), size = graph, tree, 0
    for row in range(len(seeds)):
        seed = seeds[row]
        if seed_cost[row] < cost[seed]:
            cost[seed] = seed_cost[row]
            size += 1 if places[seed] == _ABSENT else 0
            _sift_up(cost, heap, places, seed, size - 1 if places[seed] == _ABSENT else places[seed])
    while size > 0:
        node = _pop(cost, heap, places, size)
        so_far, size = cost[node], size - 1
        for edge in range(offsets[node], offsets[node + 1]):
            target, through = targets[edge], so_far + weights[edge]
            if through < cost[target]:
                cost[target], previous[target] = through, node
                place = places[target]
                if place == _ABSENT:
                    place, size = size, size + 1
                _sift_up(cost, heap, places, target, place)


@kernel
def sum_branches(previous: Nodes, tips: Nodes, xy: Floats) -> tuple[Floats, Nodes]:
    """Follow a tree's branches from each tip to its root: lengths in metres and roots, both ``(tips,)``."""
    length_m, roots = np.zeros(len(tips)), tips.copy()
    for row in range(len(tips)):
        node, parent = tips[row], previous[tips[row]]
        while parent != NO_NODE:
            length_m[row] += np.hypot(xy[node, 0] - xy[parent, 0], xy[node, 1] - xy[parent, 1])
            node, parent = parent, previous[parent]
        roots[row] = node
    return length_m, roots
