"""How high each building is: by its own words, its storeys, its parts, or those of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from dronesim.exchange.footprints import STOREY_M
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.items import find_name, stated_of
from dronesim.exchange.maps.lengths import FOOT_M, length_m, number

TALLEST_M: Final = 850.0
"""No building is taller (A: 828 m); what is stated beyond is a slip of the pen."""
MOST_STOREYS: Final = 200.0
LEAST_KNOWN: Final = 20
"""So many known heights make a distribution to draw from."""
UNKNOWN_M: Final = 12.0
"""Height of a building without one where too few others have any (E, an assumption: four storeys)."""
HEIGHTS: Final = (
    *("height_m", "height", "building:height", "bldg_height", "building_height", "measuredHeight", "measured_height"),
    *(
        "roof_height_m",
        "est_height",
        "heightroof_m",
        "hoehe",
        "höhe",
        "hauteur",
        "altura",
        "altezza",
        "高度",
        "建筑高度",
    ),
    *("height_max", "max_height", "hgt", "bldgheight", "render_height"),
)
FEET: Final = ("height_ft", "heightft", "bldg_height_ft", "height_feet", "heightroof")
STOREYS: Final = (
    *("building:levels", "levels", "num_floors", "numfloors", "floors", "floor", "storeys", "stories", "n_floors"),
    *("geschosse", "etages", "plantas", "层数", "楼层", "地上层数", "floorcount", "floor_count", "nb_etages"),
)
MIN_HEIGHTS: Final = ("min_height", "building:min_height", "min_height_m", "base_height")
MIN_STOREYS: Final = ("building:min_level", "min_level", "min_floor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A building with an outline; ``height_m`` None until it is settled. ``begins_m``: where a part begins."""

    shape: Any
    properties: Mapping[str, Any]
    height_m: float | None
    origin: str
    is_part: bool = False


def raise_building(
    shape: Any, properties: Mapping[str, Any], *, field: str | None, account: Account, is_part: bool = False
) -> Raised:
    """Find the height that a building states; the roof is part of a height, and on top of its storeys."""
    height, origin = _stated(properties, field, account)
    if height is None:
        height, origin = _by_storeys(properties, account)
    begins = find_name(properties, (*MIN_HEIGHTS, *MIN_STOREYS))
    if height is not None and begins is not None and (number(properties[begins]) or 0.0) > 0.0:
        account.repaired["buildings and parts that begin above the ground, taken from the ground up"] += 1
    return Raised(shape=shape, properties=properties, height_m=height, origin=origin, is_part=is_part)


def settle_heights(
    buildings: Sequence[Raised], *, unknown_m: float | None, seed: int, account: Account
) -> list[tuple[Raised, float]]:
    """Give every building a height: its own, that of its parts, that stated for the unknown, or a draw of the known."""
    found = _by_parts(buildings)
    known = np.array(sorted(height for height, _ in found if height is not None), dtype=np.float64)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    settled = []
    for building, (height, origin) in zip(buildings, found, strict=True):
        if height is None:
            height, origin = _of_unknown(known, unknown_m, rng)
        account.heights[origin] += 1
        settled.append((building, round(height, 2)))
    return settled


def _of_unknown(known: Any, unknown_m: float | None, rng: np.random.Generator) -> tuple[float, str]:
    if unknown_m is not None:
        return unknown_m, f"unknown, {unknown_m:g} m as stated"
    if len(known) >= LEAST_KNOWN:
        return float(rng.choice(known)), "unknown, drawn from the known ones"
    return UNKNOWN_M, f"unknown, {UNKNOWN_M:g} m (an assumption: fewer than {LEAST_KNOWN} others are known)"


def _stated(properties: Mapping[str, Any], field: str | None, account: Account) -> tuple[float | None, str]:
    names = (field,) if field else HEIGHTS
    left = stated_of(properties)
    for wanted, unit_m in ((names, 1.0), ((), 1.0) if field else (FEET, FOOT_M)):
        while (name := find_name(left, wanted)) is not None:
            height = length_m(left.pop(name), unit_m=unit_m)
            if height is None:
                account.repaired["heights that can't be read, left aside"] += 1
            elif not 0.0 < height <= TALLEST_M:
                account.repaired[f"heights of 0, below, or above {TALLEST_M:g} m, left aside"] += 1
            else:
                account.note(f"heights are read from {name}{', in feet' if unit_m == FOOT_M else ''}")
                return height, f"stated ({name})"
    return None, ""


def _by_storeys(properties: Mapping[str, Any], account: Account) -> tuple[float | None, str]:
    properties = stated_of(properties)
    name = find_name(properties, STOREYS)
    storeys = None if name is None else number(properties[name])
    if storeys is None or not 0.0 < storeys <= MOST_STOREYS:
        if storeys != 0.0 and name is not None:
            account.repaired[f"storeys that can't be read, below 0 or above {MOST_STOREYS:g}, left aside"] += 1
        return None, ""
    roof = find_name(properties, ("roof:height",))
    roof_m = None if roof is None else length_m(properties[roof])
    if roof_m is None:
        roof_storeys = find_name(properties, ("roof:levels",))
        roof_m = STOREY_M * ((number(properties[roof_storeys]) or 0.0) if roof_storeys else 0.0)
    account.note(f"storeys are read from {name}, {STOREY_M:g} m each")
    return storeys * STOREY_M + max(0.0, roof_m), f"storeys x {STOREY_M:g} m ({name})"


def _by_parts(buildings: Sequence[Raised]) -> list[tuple[float | None, str]]:
    """Let an outline without a height have that of the highest part that lies on it."""
    parts = [each for each in buildings if each.is_part and each.height_m is not None]
    if not parts:
        return [(each.height_m, each.origin) for each in buildings]
    tree = shapely.STRtree([part.shape.representative_point() for part in parts])
    found: list[tuple[float | None, str]] = []
    for each in buildings:
        height, origin = each.height_m, each.origin
        if height is None and not each.is_part:
            heights = [parts[row].height_m or 0.0 for row in tree.query(each.shape, predicate="intersects")]
            height, origin = (max(heights), "highest of its parts") if heights else (None, "")
        found.append((height, origin))
    return found
