"""What tests of pages and examples start from: a folder with what their commands need, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader stands who has the scenarios and the maps."""
    for name in ("scenarios", "maps"):
        shutil.copytree(_ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
