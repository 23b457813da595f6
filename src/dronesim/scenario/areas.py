"""The areas that a scenario may name: those that the map draws, and the halves of every district."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely

from dronesim.comms import LinkArea
from dronesim.errors import Problem
from dronesim.scenario.complaints import near_match
from dronesim.scenario.origins import KeyPath, Origins
from dronesim.world import World

HALVES: Final = ("north half", "east half", "south half", "west half")
"""Halves of the district by name; a link_area of the map that has the name is meant instead."""
_FAR_M: Final = 100_000.0
"""So far from the middle of the district a half reaches: beyond wherever a drone flies."""


def known_areas(world: World) -> tuple[LinkArea, ...]:
    """List the areas that events and rates may name, those of the map first.

    A half is all that lies on one side of the middle of the sites: of the box around take-off points and airports.
    """
    drawn = [LinkArea(name=name, polygon=polygon) for name, polygon in world.link_areas]
    xy = np.concatenate([world.takeoff_points.xy, world.airports.xy])
    x_m, y_m = ((xy.min(axis=0) + xy.max(axis=0)) / 2).tolist()
    west, south, east, north = x_m - _FAR_M, y_m - _FAR_M, x_m + _FAR_M, y_m + _FAR_M
    boxes = ((west, y_m, east, north), (x_m, south, east, north), (west, south, east, y_m), (west, south, x_m, north))
    names = {area.name for area in drawn}
    halves = [
        LinkArea(name=name, polygon=shapely.box(*box), is_drawn=False)
        for name, box in zip(HALVES, boxes, strict=True)
        if name not in names
    ]
    return (*drawn, *halves)


def area_number(name: str | None, world: World) -> int:
    """Give the place of an area among those that are known, -1 for the whole district or one that is not there."""
    names = [area.name for area in known_areas(world)]
    return names.index(name) if name in names else -1


def unknown_areas(stated: Iterable[tuple[KeyPath, str]], world: World, origins: Origins) -> list[Problem]:
    """Find names, each with the path of its key, of which there is no area."""
    names = [area.name for area in known_areas(world)]
    rule = f"is not a link_area on the map, nor one of {', '.join(HALVES)}"
    return [
        origins.problem(path, rule, value=name, hint=near_match(name, names))
        for path, name in stated
        if name not in names
    ]
