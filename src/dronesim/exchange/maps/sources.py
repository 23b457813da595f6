"""All files of an import, read, brought to WGS84, clipped and told apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from dronesim.errors import InputError
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.clip import kept
from dronesim.exchange.maps.datums import from_gcj02
from dronesim.exchange.maps.globe import middle_of
from dronesim.exchange.maps.heights import Raised, raise_building
from dronesim.exchange.maps.items import Layer
from dronesim.exchange.maps.outlines import outline
from dronesim.exchange.maps.reading import read_layers
from dronesim.exchange.maps.roles import Sorted, sort_layer
from dronesim.exchange.maps.systems import to_wgs84
from dronesim.exchange.maps.tables import read_places
from dronesim.exchange.maps.wishes import Wishes

CHINA: Final = shapely.box(73.0, 17.0, 136.0, 54.0)
LEAST_COMPARED: Final = 30
SHIFTED: Final = 1.5
"""So many times more footprints meet another layer's when they are shifted: a hint, never a decision."""


def read_sources(wishes: Wishes, clip: Any, account: Account) -> Sorted:
    """Read sources and zones, keep what meets the clip, and sort it."""
    found, layers = Sorted(), []
    account.near.extend(_sites(wishes, clip))
    zones = _once(wishes.zones, account)
    for path in _once(wishes.sources, account, named=zones):
        for layer in _wgs84(path, wishes, account):
            layers.append(layer)
            sort_layer(layer, found, account)
    if not account.near:
        account.near.extend(_middle([item.shape for item in (*found.buildings, *found.own, *found.merchants)]))
    for path in zones:
        found.zones += [item for layer in _wgs84(path, wishes, account) for item in layer.items]
    _hint_of_shift(layers, account)
    for name in ("buildings", "parts", "zones", "merchants", "own"):
        setattr(found, name, kept(getattr(found, name), clip, account=account, what=name))
    return found


def _once(paths: Sequence[Path], account: Account, *, named: Sequence[Path] = ()) -> list[Path]:
    """Give each file once; one that is named for its zones too is read for these alone."""
    zones, found = {path.absolute().resolve() for path in named}, dict[Path, Path]()
    for path in paths:
        whole = path.absolute().resolve()
        if whole in zones:
            account.note(f"{path.name}: is named by --zones too, and read once, as zones")
        elif whole in found:
            account.note(f"{path.name}: is named twice, and read once")
        else:
            found[whole] = path
    return list(found.values())


def _sites(wishes: Wishes, clip: Any) -> list[tuple[float, float]]:
    """Give a place of the map by its clip or its sites; what is wrong with these is told when they are read."""
    if clip is not None:
        return _middle(list(shapely.get_parts(clip)))
    try:
        rows = [row for path in wishes.sites for row in read_places(path, wishes, Account())]
    except InputError:
        return []
    return _middle([shapely.Point(row.lon, row.lat) for row in rows])


def _middle(shapes: Sequence[Any]) -> list[tuple[float, float]]:
    if not shapes:
        return []
    lon, lat = middle_of([(shape.centroid.x, shape.centroid.y) for shape in shapes]).tolist()
    return [(lon, lat)]


def raised(found: Sorted, wishes: Wishes, account: Account) -> list[Raised]:
    """Give buildings and their parts with sound outlines, each outline once."""
    seen: set[bytes] = set()
    buildings = []
    for items, is_part in ((found.buildings, False), (found.parts, True)):
        for item in items:
            shape = outline(item.shape, account=account, what="buildings")
            if shape is None:
                continue
            key = shapely.to_wkb(shapely.normalize(shape))
            if key in seen:
                account.dropped["buildings whose outline came before"] += 1
                continue
            seen.add(key)
            field = wishes.height_field
            buildings.append(raise_building(shape, item.properties, field=field, account=account, is_part=is_part))
    return buildings


def _wgs84(path: Path, wishes: Wishes, account: Account) -> list[Layer]:
    datum = wishes.of_file(wishes.datum, path) or "wgs84"
    stated = wishes.of_file(wishes.crs, path)
    return [to_wgs84(layer, stated=stated, datum=datum, account=account) for layer in read_layers(path, account)]


def _hint_of_shift(layers: Sequence[Layer], account: Account) -> None:
    """Say where the areas of one layer in China fit those of another only when brought back from GCJ-02."""
    areas = [(layer.source, _areas(layer)) for layer in layers]
    large = [(source, shapes) for source, shapes in areas if len(shapes) >= LEAST_COMPARED]
    for i, (source, shapes) in enumerate(large):
        for other, others in (*large[:i], *large[i + 1 :]):
            if not shapely.intersects(CHINA, shapes[0]):
                continue
            tree = shapely.STRtree(others)
            as_is = _share_met(tree, shapes)
            back = _share_met(tree, shapely.transform(shapes, from_gcj02))
            if back > SHIFTED * as_is and back > 1 / 2:
                account.note(
                    f"{source} looks shifted against {other}: {100 * as_is:.0f} % of its areas meet the other's, "
                    f"{100 * back:.0f} % if it is in GCJ-02; state --datum {source}=gcj02 if so"
                )


def _areas(layer: Layer) -> Any:
    shapes = [item.shape for item in layer.items if item.shape.geom_type in ("Polygon", "MultiPolygon")]
    return np.array(shapes, dtype=object)


def _share_met(tree: Any, shapes: Any) -> float:
    """Share of areas whose middle lies in an area of the other layer."""
    middles = shapely.centroid(shapes)
    return len(np.unique(tree.query(middles, predicate="intersects")[0])) / len(shapes)
