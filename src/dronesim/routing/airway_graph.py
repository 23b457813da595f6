"""Which airways are open at a level and in which direction, and how sites join them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import nearest_on_segments, read_only
from dronesim.geometry.obstacles import Obstacles
from dronesim.routing.airways import JOINT_M, AirwayEdges
from dronesim.routing.grid import EdgeGrid, build_grid
from dronesim.world import AirwayRules

if TYPE_CHECKING:
    import networkx

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

NO_NODE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AirwayGraph:
    """Airways of one level both ways, and one segment a site to a junction; sites are the first ``points`` nodes.

    Legs are listed as in ``VisibilityGraph``. ``is_open`` and ``is_open_back`` (e,) tell whether a leg may be
    flown, and its opposite. ``is_blocked`` (points,): sites inside an obstacle, which have no segment.
    """

    xy: Floats
    points: int
    is_blocked: Bools
    offsets: Ints
    targets: Ints
    is_open: Bools
    is_open_back: Bools
    obstacles: Obstacles
    grid: EdgeGrid

    def starts(self) -> Ints:
        """Nodes at which the legs begin, ``(e,)``."""
        return np.repeat(np.arange(len(self.xy), dtype=np.int32), np.diff(self.offsets))

    def both_ways(self, cost: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Costs of the legs in the order of ``targets``, flown forward and backward; inf where closed; ``(e,)``."""
        steps = self.xy[self.targets] - self.xy[self.starts()]
        return np.where(self.is_open, cost(steps), np.inf), np.where(self.is_open_back, cost(-steps), np.inf)

    def reach(self, weights: Floats, seeds: Ints, seed_cost: Floats) -> tuple[Floats, Ints]:
        """Find the least cost of every node from any of several seeds, and predecessors; both ``(v,)``."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        # One more node, from which the seeds are reached at their cost.
        nodes, kept, usable = len(self.xy), np.isfinite(weights), np.isfinite(seed_cost)
        start = np.concatenate([self.starts()[kept], np.full(np.count_nonzero(usable), nodes, dtype=np.int32)])
        end = np.concatenate([self.targets[kept], seeds[usable]])
        cost = np.concatenate([weights[kept], seed_cost[usable]])
        graph = coo_array((cost, (start, end)), shape=(nodes + 1, nodes + 1)).tocsr()
        reached, previous = dijkstra(graph, indices=[nodes], return_predecessors=True)
        previous[(previous < 0) | (previous == nodes)] = NO_NODE
        return reached[0, :nodes], previous[0, :nodes].astype(np.int32)

    def seen_from(self, xy: Floats) -> tuple[Ints, Floats]:
        """Nodes to go to first from a free place ``(2,)``, and the legs there as vectors ``(k, 2)``.

        On an airway, those it leads to; elsewhere the nearest junction that is reached freely.
        """
        starts = self.starts()
        feet = nearest_on_segments(xy, self.xy[starts], self.xy[self.targets])
        is_on = self.is_open & (np.hypot(*(feet - xy).T) <= JOINT_M)
        ahead = np.unique(self.targets[is_on]).astype(np.int32)
        if not len(ahead):
            ahead = nearest_free(xy, self.xy, np.arange(self.points, len(self.xy)), self.grid)
        return ahead, self.xy[ahead] - xy

    def network(self) -> networkx.DiGraph[Any]:
        """Give the open legs as a networkx graph of node numbers, to be inspected."""
        import networkx

        graph: networkx.DiGraph[Any] = networkx.DiGraph()
        graph.add_nodes_from(range(len(self.xy)))
        legs = np.column_stack([self.starts(), self.targets])[self.is_open]
        graph.add_edges_from(legs.tolist())
        return graph


def build_airway_graph(
    obstacles: Obstacles,
    sites_xy: Floats,
    edges: AirwayEdges,
    *,
    rules: Sequence[AirwayRules],
    levels_m: Sequence[float],
    level: int,
) -> AirwayGraph:
    """Open the airways of one level and join the sites ``(n, 2)`` to them.

    A piece of airway is closed at a level whose obstacles it meets, against its direction if it is one-way, and by
    the rule of levels. A site has one fixed segment, for departures and arrivals alike: to the nearest junction of
    an open airway that is reached by a straight free leg.
    """
    grid, points = build_grid(obstacles.blocker_from_xy, obstacles.blocker_to_xy), len(sites_xy)
    xy, is_blocked = np.concatenate([sites_xy, edges.junction_xy]), obstacles.covers(sites_xy)
    ahead, back = _open_pieces(edges, grid, rules=rules, levels_m=levels_m, level=level)
    is_used = ahead | back
    useful = np.unique(np.concatenate([edges.start[is_used], edges.end[is_used]]))
    joints = [
        nearest_free(place, xy, useful + points, grid) if not blocked else np.zeros(0, dtype=np.int32)
        for place, blocked in zip(sites_xy, is_blocked, strict=True)
    ]
    joined = np.repeat(np.arange(points), [len(found) for found in joints])
    always = np.ones(len(joined), dtype=np.bool_)
    legs = _adjacency(
        np.concatenate([joined, edges.start + points]),
        np.concatenate([np.zeros(0, dtype=np.int32), *joints, edges.end + points]),
        is_open=np.concatenate([always, ahead, always, back]),
        nodes=len(xy),
    )
    return AirwayGraph(
        xy=read_only(xy), points=points, is_blocked=read_only(is_blocked), obstacles=obstacles, grid=grid, **legs
    )


def nearest_free(place: Floats, xy: Floats, among: NDArray[Any], grid: EdgeGrid) -> Ints:
    """Find the node nearest to a place ``(2,)`` that a straight free leg leads to: one number, or none."""
    from dronesim.routing.sight import meets_edge

    order = among[np.argsort(np.hypot(*(xy[among] - place).T), kind="stable")]
    is_free = ~meets_edge(np.broadcast_to(place, (len(order), 2)), xy[order], grid)
    return order[is_free][:1].astype(np.int32)


def is_level_for(rule: AirwayRules, heading_deg: float, *, levels_m: Sequence[float], level: int) -> bool:
    """Whether an airway may be flown at a level in a direction, degrees clockwise from north.

    An airway with ``levels_m`` is open at those. Under ``level_rule`` "heading" and with several levels, eastbound
    drones (headings from 0 to under 180) have the levels with an even index, the lowest among them, and westbound
    ones those with an odd index. Else all levels are open.
    """
    if rule.levels_m is not None:
        return any(abs(levels_m[level] - allowed) < 1e-6 for allowed in rule.levels_m)
    if rule.level_rule == "any" or len(levels_m) == 1:
        return True
    return level % 2 == (0 if heading_deg % 360 < 180 else 1)


def _open_pieces(
    edges: AirwayEdges, grid: EdgeGrid, *, rules: Sequence[AirwayRules], levels_m: Sequence[float], level: int
) -> tuple[Bools, Bools]:
    """Which pieces may be flown at a level as they are drawn, and which the other way; ``(k,)`` each."""
    from dronesim.routing.sight import meets_edge

    start_xy, end_xy = edges.junction_xy[edges.start], edges.junction_xy[edges.end]
    is_free = ~meets_edge(start_xy, end_xy, grid)
    step = end_xy - start_xy
    heading_deg = np.degrees(np.arctan2(step[:, 0], step[:, 1]))
    stated = [rules[number] if rules else AirwayRules() for number in edges.airway]

    def allowed(turned_deg: float) -> Bools:
        chosen = [
            is_level_for(rule, float(heading) + turned_deg, levels_m=levels_m, level=level)
            for rule, heading in zip(stated, heading_deg, strict=True)
        ]
        return np.array(chosen, dtype=np.bool_) & is_free

    return allowed(0.0), allowed(180.0) & ~edges.is_one_way


def _adjacency(one: NDArray[Any], other: NDArray[Any], *, is_open: Bools, nodes: int) -> dict[str, NDArray[Any]]:
    """List legs both ways by the node at which they begin.

    ``one`` and ``other`` (m,) are their ends; ``is_open`` (2 m,) is that of all forward and then all backward.
    """
    start, target = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.argsort(start, kind="stable")
    opposite = (np.arange(len(start)) + len(one)) % max(len(start), 1)
    return {
        "offsets": read_only(np.searchsorted(start[order], np.arange(nodes + 1)).astype(np.int32)),
        "targets": read_only(target[order].astype(np.int32)),
        "is_open": read_only(is_open[order]),
        "is_open_back": read_only(is_open[opposite][order]),
    }
