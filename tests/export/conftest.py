"""Two saved days that all tests of exports share: one with tracks and hostile names, one plain and without tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

import dronesim
from command import TINY
from dronesim.export import FORMATS
from export_reading import DATED, FEW, write_hostile


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day with tracks, hostile names, a zone with hours, a diversion and a failure, with date and zone."""
    folder = tmp_path_factory.mktemp("hostile")
    events = '[[events]]\nkind = "divert"\nat = "10:12"\n[[events]]\nkind = "drone_fails"\nat = "10:15"\n'
    dronesim.run(
        write_hostile(folder, more=events), set={**FEW, **DATED}, tracks=True, out=folder / "run", report=False
    )
    return folder / "run"


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day without tracks, date and zone."""
    folder = tmp_path_factory.mktemp("plain")
    dronesim.run(TINY, set=FEW, out=folder / "run", report=False)
    return folder / "run"


@pytest.fixture(scope="session")
def outputs(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The day with hostile names in every format."""
    folder, run = tmp_path_factory.mktemp("outputs"), dronesim.open_run(hostile)
    return {name: run.export(name, folder / f"day{form.ending}", ground_m=12.5) for name, form in FORMATS.items()}
