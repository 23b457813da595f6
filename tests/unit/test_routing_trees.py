"""Shortest-path trees: the compiled heap against scipy on random graphs."""

from __future__ import annotations

import errno
import subprocess
import sys

import numpy as np
import pytest
from numba.core.caching import FunctionCache
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dronesim.routing import jit
from dronesim.routing.heap import Adjacency, bare_tree, grow_tree, sum_branches
from dronesim.routing.jit import announced_compiling, kernel, part


def random_graph(seed: int, *, nodes: int = 200, degree: int = 4) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 2 * degree, nodes)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    targets = rng.integers(0, nodes, offsets[-1]).astype(np.int32)
    weights = rng.choice([rng.exponential(), np.inf, 1.0, 2.0], offsets[-1]) + rng.integers(0, 3, offsets[-1])
    return offsets, targets, weights


def tree_of(graph: tuple[np.ndarray, ...], seeds: list[int], cost: list[float]) -> tuple[np.ndarray, np.ndarray]:
    offsets, targets, weights = graph
    tree = bare_tree(len(offsets) - 1)
    grow_tree(Adjacency(offsets, targets), weights, np.array(seeds, np.int32), np.array(cost), tree)
    return tree.cost, tree.previous


@pytest.mark.parametrize("seed", range(12))
def test_costs_are_scipys(seed: int) -> None:
    offsets, targets, weights = random_graph(seed)
    # scipy adds up repeated entries, so the least weight of each pair of nodes is kept.
    dense = np.full((200, 200), np.inf)
    np.minimum.at(dense, (np.repeat(np.arange(200), np.diff(offsets)), targets), weights)
    rows, columns = np.nonzero(np.isfinite(dense))
    kept = np.maximum(dense[rows, columns], 1e-12)
    expected = dijkstra(csr_array((kept, (rows, columns)), shape=(200, 200)), indices=[seed])
    cost, _ = tree_of((offsets, targets, weights), [seed], [0.0])
    np.testing.assert_allclose(cost, expected[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_predecessors_lead_back_to_a_seed_at_the_stated_cost(seed: int) -> None:
    offsets, targets, weights = graph = random_graph(seed)
    seeds = [3, 50, 120]
    cost, previous = tree_of(graph, seeds, [0.0, 1.5, 0.25])
    for node in np.flatnonzero(np.isfinite(cost)):
        parent = previous[node]
        if parent < 0:
            assert node in seeds
            continue
        legs = slice(offsets[parent], offsets[parent + 1])
        best = weights[legs][targets[legs] == node].min()
        assert cost[node] == pytest.approx(cost[parent] + best)
        assert best < np.inf


def test_of_two_seeds_at_one_node_the_cheaper_counts() -> None:
    graph = np.array([0, 1, 1], np.int32), np.array([1], np.int32), np.array([5.0])
    cost, previous = tree_of(graph, [0, 0, 1], [4.0, 1.0, 7.0])
    assert cost.tolist() == [1.0, 6.0]
    assert previous.tolist() == [-1, 0]


def test_branches_are_as_long_as_their_steps() -> None:
    xy = np.array([[0.0, 0], [3, 4], [3, 10], [99, 99]])
    length_m, root = sum_branches(np.array([-1, 0, 1, -1], np.int32), np.array([2, 0, 3], np.int32), xy)
    assert length_m.tolist() == [11.0, 0.0, 0.0]
    assert root.tolist() == [0, 0, 3]


def test_the_command_line_answers_without_loading_numba() -> None:
    program = "import sys, dronesim.cli, dronesim.routing; print('numba' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == "False"


def test_compiling_is_announced_once_and_only_where_it_happens() -> None:
    said: list[str] = []
    with announced_compiling(lambda: said.append("compiling")):
        double = part(lambda x: 2 * x)
        assert double(3) == double(3.0) == 6
    assert said == ["compiling"]
    with announced_compiling(lambda: said.append("again")):
        double(4)
    assert said == ["compiling"]


@pytest.mark.parametrize(
    ("method", "error", "why"),
    [
        ("__init__", RuntimeError("no locator available"), "no folder for them can be written"),
        ("save_overload", OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        ("_load_overload", OSError(errno.EIO, "Input/output error"), "Input/output error"),
    ],
)
def test_kernels_that_cannot_be_kept_work_and_it_is_said(
    method: str, error: Exception, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: FunctionCache, *_args: object) -> None:
        self._cache_path = "kept"
        raise error

    monkeypatch.setattr(jit, "_unkept", [])
    # neither is a kernel of an earlier run found, nor is one left for the next
    for quiet in ("_load_overload", "save_overload"):
        monkeypatch.setattr(FunctionCache, quiet, lambda *_args: None)
    monkeypatch.setattr(FunctionCache, method, fails)
    said: list[str] = []
    with announced_compiling(lambda: None, unkept=said.append):
        assert kernel(lambda x: 2 * x)(3) == 6
    assert len(said) == 1
    assert why in said[0]
