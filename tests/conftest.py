"""Property tests in two moods, the same examples every time or others (`make explore`); the longest tests first."""

from __future__ import annotations

from typing import Final

import pytest

from exploring import register_profiles

LONGEST: Final = "test_every_command_runs_in_the_order_of_the_page_and_prints_what_it_shows"
"""It takes several minutes: whoever works beside it should find other tests all the time."""

register_profiles()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests before the others, so that no process waits for one at the end."""
    items.sort(key=lambda item: (item.name != LONGEST, item.get_closest_marker("slow") is None))
