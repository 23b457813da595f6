"""What the tests of the command line share."""

from __future__ import annotations

import pytest


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the pictures out, which take most of the time of a small run."""
    monkeypatch.setattr("dronesim.report.write_report", lambda _folder: None)
