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
def _put(tree: Tree, node: int, place: int) -> None:
    tree.heap[place] = node
    tree.places[node] = place


@part
def _sift_up(tree: Tree, place: int) -> None:
    """Move the node at a place up until its parent costs no more."""
    node, cost = tree.heap[place], tree.cost
    while place > 0:
        parent = (place - 1) >> 2
        if cost[tree.heap[parent]] <= cost[node]:
            break
        _put(tree, tree.heap[parent], place)
        place = parent
    _put(tree, node, place)


@part
def _cheapest_child(tree: Tree, place: int, size: int) -> int:
    """Place of the cheapest of up to four children; ``size`` or more if there is none."""
    best = 4 * place + 1
    for child in range(best + 1, min(best + 4, size)):
        if tree.cost[tree.heap[child]] < tree.cost[tree.heap[best]]:
            best = child
    return best


@part
def _sift_down(tree: Tree, size: int) -> None:
    """Move the node at the top down until no child costs less."""
    place, node, cost = 0, tree.heap[0], tree.cost
    child = _cheapest_child(tree, place, size)
    while child < size and cost[tree.heap[child]] < cost[node]:
        _put(tree, tree.heap[child], place)
        place = child
        child = _cheapest_child(tree, place, size)
    _put(tree, node, place)


@part
def _pop(tree: Tree, size: int) -> int:
    """Take the cheapest node from a heap of ``size`` nodes."""
    top: int = tree.heap[0]
    tree.places[top] = _ABSENT
    if size > 1:
        _put(tree, tree.heap[size - 1], 0)
        _sift_down(tree, size - 1)
    return top


@part
def _lower(tree: Tree, node: int, size: int) -> int:
    """Put a node whose cost has fallen in its place, new or not; gives the size of the heap then."""
    place = tree.places[node]
    if place == _ABSENT:
        place = size
        tree.heap[place] = node
        size += 1
    _sift_up(tree, place)
    return size


@part
def _relax(graph: Adjacency, node: int, weights: Floats, tree: Tree, size: int) -> int:
    """Offer every neighbour of a settled node the way through it; gives the size of the heap then."""
    for edge in range(graph.offsets[node], graph.offsets[node + 1]):
        target, through = graph.targets[edge], tree.cost[node] + weights[edge]
        if through < tree.cost[target]:
            tree.cost[target], tree.previous[target] = through, node
            size = _lower(tree, target, size)
    return size


@kernel
def grow_tree(graph: Adjacency, weights: Floats, seeds: Nodes, seed_cost: Floats, tree: Tree) -> None:
    """Find the cheapest way to every node from any of several seeds, each with a cost to begin with.

    ``weights`` (e,) are at least 0, inf for none; the result is left in ``tree``.
    """
    size = 0
    for row in range(len(seeds)):
        if seed_cost[row] < tree.cost[seeds[row]]:
            tree.cost[seeds[row]] = seed_cost[row]
            size = _lower(tree, seeds[row], size)
    while size > 0:
        node = _pop(tree, size)
        size = _relax(graph, node, weights, tree, size - 1)


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
