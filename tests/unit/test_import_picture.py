"""The picture of a map shows it where it is: around 180 degrees side by side, and a zone with a hole open within."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.path import Path

from dronesim.report.import_picture import draw_features


def feature(shape: Any, kind: str, **said: Any) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": {"kind": kind, **said}, "geometry": geometry}


def test_a_map_around_180_degrees_is_as_wide_as_it_is() -> None:
    spots = [feature(shapely.Point(lon, -17.5), "airport", id=str(lon)) for lon in (179.99, -179.99)]
    home = feature(shapely.box(179.995, -17.5, 179.996, -17.499), "building", height_m=9.0)
    land, _ = draw_features({"features": [*spots, home]}).axes
    west, east = land.get_xlim()
    assert 0.02 < east - west < 0.03
    shown = [land.xaxis.get_major_formatter()(lon) for lon in (179.99, 180.0, 180.01)]
    assert shown == ["179.99", "180", "-179.99"]


def test_a_zone_around_the_world_is_drawn_with_its_hole() -> None:
    zone = shapely.box(-180, -90, 180, 90).difference(shapely.box(114, 22, 115, 23))
    spots = [feature(shapely.Point(lon, 22.5), "airport", id=str(lon)) for lon in (114.4, 114.5)]
    land, _ = draw_features({"features": [*spots, feature(zone, "no_fly", id="Z")]}).axes
    closed = next(each for each in land.collections if isinstance(each, PathCollection) and each.get_zorder() == 3)
    (path,) = closed.get_paths()
    assert int(np.count_nonzero(path.codes == Path.MOVETO)) == 2
    assert land.get_title(loc="left") or land.get_title()
