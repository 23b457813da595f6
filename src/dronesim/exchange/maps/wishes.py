"""What a planner wishes of an import of a map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dronesim.defaults import AIRPORTS, IMPORTED_TAKEOFF_POINTS

CELL_M: Final = 250.0
"""Side of the squares whose demand makes one community (E, an assumption)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Files by what they hold, where to clip, and rules; empty and None where nothing is wished.

    ``crs`` and ``datum`` hold for the file of that name, the key ``""`` for all. ``unknown_height_m`` is the height
    of buildings that state none; None draws from those known. ``date`` and ``zone`` (of time) settle hours of zones,
    ``ground_amsl_m`` heights above the sea; ``cleared`` are restrictions that the planner has permission for.
    """

    sources: tuple[Path, ...]
    zones: tuple[Path, ...] = ()
    sites: tuple[Path, ...] = ()
    merchants: tuple[Path, ...] = ()
    population: tuple[Path, ...] = ()
    orders: tuple[Path, ...] = ()
    bbox: str | None = None
    around: str | None = None
    within: Path | None = None
    crs: Mapping[str, str] = field(default_factory=dict)
    datum: Mapping[str, str] = field(default_factory=dict)
    height_field: str | None = None
    unknown_height_m: float | None = None
    ground_amsl_m: float | None = None
    date: dt.date | None = None
    time_zone: str | None = None
    cleared: frozenset[str] = frozenset()
    takeoff_points: int = IMPORTED_TAKEOFF_POINTS
    airports: int = AIRPORTS
    seed: int = 1

    def of_file(self, stated: Mapping[str, str], path: Path) -> str | None:
        """Give what is stated for a file, else for all."""
        return stated.get(path.name, stated.get(str(path), stated.get("")))
