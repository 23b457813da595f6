"""Property tests in two moods, the same examples every time or others (`make explore`); the longest tests first."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Final
from unittest import mock

import pytest

from exploring import register_profiles

LONGEST: Final = (
    "test_so_does_every_long_command",
    "test_every_command_runs_in_the_order_of_the_page_and_prints_what_it_shows",
    "test_all_pieces_together_pass_the_gate",
)
"""They take up to a minute each: whoever works beside them should find other tests all the time."""

register_profiles()


@pytest.fixture(scope="session", autouse=True)
def _one_core() -> Iterator[None]:
    """Experiments run in this process unless a test states workers: each would have to start and to warm up anew."""
    with mock.patch("dronesim.cores.cores", return_value=1):
        yield


@pytest.fixture(scope="module")
def quick_prices() -> Iterator[None]:
    """Prices of tiny days take an eighth of the steps: they prove a bound whatever they are, if a looser one."""
    with mock.patch("dronesim.bounds.search.STEPS", (240, 240)):
        yield


@pytest.fixture(scope="module")
def days_once(quick_prices: None) -> Iterator[None]:
    """Experiments of a module run each day once in this process, whichever test asks for it."""
    from days_once import days_are_run_once

    with days_are_run_once():
        yield


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the pictures and the page out of runs in this process: nine tenths of the time of a tiny one."""
    monkeypatch.setattr("dronesim.report.write_report", lambda _folder: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests before the others, so that no process waits for one at the end."""
    items.sort(key=lambda item: (not item.name.startswith(LONGEST), item.get_closest_marker("slow") is None))


def pytest_collection_finish() -> None:
    """Leave the thousands of tests out of each collection of garbage, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
