"""Kernels of the independent checker agree with slow twins that walk along each path in small steps."""

from __future__ import annotations

import numpy as np
import pytest

from dronesim.verify.heights import _time_between
from dronesim.verify.paths import Paths
from unit.test_verify_motion import random_paths

STEP_S = 1e-3


def on_floors(rng: np.random.Generator, paths: Paths) -> Paths:
    """The paths with few heights, so that many of their steps are level, and some low."""
    paths.height_m[:] = rng.choice([0.0, 0.4, 10.0, 20.0], len(paths.path))
    return paths


def test_the_time_between_two_heights_is_that_of_all_instants_between_them() -> None:
    rng = np.random.default_rng(8)
    paths = on_floors(rng, random_paths(rng, 60))
    asked = np.arange(0, 60, 2)
    first = paths.first[asked]
    since_s = paths.time_s[first + rng.integers(0, 2, 30)]
    low_m, high_m = rng.choice([-0.5, 0.2, 0.5, 9.5, 10.0], 30), rng.choice([10.0, 10.5, 20.0], 30)
    found = _time_between(paths, asked, since_s=since_s, low_m=low_m, high_m=high_m)
    for number, path in enumerate(asked):
        knots = slice(paths.first[path], paths.last[path] + 1)
        at_s = np.arange(since_s[number], paths.time_s[paths.last[path]], STEP_S)
        height_m = np.interp(at_s, paths.time_s[knots], paths.height_m[knots])
        inside = (low_m[number] <= height_m) & (height_m <= high_m[number])
        assert found[number] == pytest.approx(inside.sum() * STEP_S, abs=20 * STEP_S)
