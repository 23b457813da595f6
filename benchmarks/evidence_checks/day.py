"""The quickstart day that several checks look at, run once, and checked once by the independent checker."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from dronesim.experiment import RunRequest, Setting, run_day, set_up, write_day
from dronesim.record.arrow import read_columns
from dronesim.record.tables import Columns
from dronesim.scenario import load_scenario
from dronesim.verify import verify_run
from dronesim.verify.report import Report
from evidence_checks.check import Found

QUICKSTART: Final = Path(__file__).parents[2] / "scenarios" / "quickstart.toml"
TABLES: Final = ("orders", "legs", "occupancy", "cleared")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDay:
    """Tables and key figures of a day, and what the independent checker says of it."""

    tables: Mapping[str, Columns]
    kpis: Mapping[str, Any]
    facts: Mapping[str, Any]
    verified: Report


@cache
def setting() -> Setting:
    """Set the quickstart up once."""
    return set_up(load_scenario(QUICKSTART))


@cache
def quickstart() -> SavedDay:
    """Run the quickstart day with tracks, seed as stated."""
    with tempfile.TemporaryDirectory() as place:
        request = RunRequest(scenario=load_scenario(QUICKSTART), folder=QUICKSTART.parent, has_tracks=True)
        day = run_day(request)
        folder = write_day(day, Path(place) / "day")
        return SavedDay(
            tables={name: read_columns(folder / f"{name}.parquet", name) for name in TABLES},
            kpis=day.kpis,
            facts=json.loads((folder / "facts.json").read_text(encoding="utf-8")),
            verified=verify_run(folder),
        )


def as_verified(*names: str, uncounted: str = "") -> Found:
    """Take over what the independent checker found under some of its checks, and how much but of one it examined.

    How many key figures there are says nothing of the day, and would date what is written down with each that is added.
    """
    checks = [check for check in quickstart().verified.checks if check.name in names]
    if len(checks) < len(names):
        return Found(passed=None, figure="the checker no longer has a check of this name")
    found = [(check, "" if check.name == uncounted else f", {check.examined:,} examined") for check in checks]
    figure = "; ".join(f"{check.name}: {check.verdict}{examined}" for check, examined in found)
    if any(check.is_skipped or not check.examined for check in checks):
        return Found(passed=None, figure=figure)
    return Found(passed=all(check.is_clean for check in checks), figure=figure)
