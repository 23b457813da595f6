"""From the files of a planner to a folder with map, scenario and quality report, whole or not at all."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any, Final

import numpy as np
import shapely

from dronesim.errors import InputError, Problem
from dronesim.exchange.features import point
from dronesim.exchange.importing import plain_name
from dronesim.exchange.maps.account import Account, refuse, what_was_left
from dronesim.exchange.maps.centre import (
    SITES,
    frame_of,
    is_site,
    middle_of_map,
    near_enough,
    near_sites,
)
from dronesim.exchange.maps.clip import clip_of
from dronesim.exchange.maps.demand import community_features, floor_area, orders, population
from dronesim.exchange.maps.ground import Ground, outside_closed, placed
from dronesim.exchange.maps.heights import Raised, settle_heights
from dronesim.exchange.maps.items import Item
from dronesim.exchange.maps.outlines import polygon_feature
from dronesim.exchange.maps.own import own_features, without_lost_references
from dronesim.exchange.maps.quality import MapReport, report_content, report_json, report_lines
from dronesim.exchange.maps.sites import merchant_features, site_features
from dronesim.exchange.maps.sources import raised, read_sources
from dronesim.exchange.maps.tables import Row, read_places
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.zones import check_time_zone, zone_features
from dronesim.exchange.writing import check_folder_is_free, geojson_text, write_folder
from dronesim.geometry.projection import LocalFrame
from dronesim.scenario.geojson import FARTHEST_M

Features = list[dict[str, Any]]

ORDERS: Final = 600
DRONES: Final = 24
"""Of a first scenario around an imported map (E, assumptions that stand in its file)."""


def import_map(wishes: Wishes, *, out: str | Path) -> MapReport:
    """Make ``map.geojson``, ``scenario.toml``, ``report.json`` and ``report.txt`` in the new folder ``out``.

    What is written is what `dronesim validate` accepts: the scenario is loaded, and set up, before it is.

    Raises
    ------
    InputError
        A source can't be used, or nothing that makes a map is left; no folder is written then.
    """
    folder = check_folder_is_free(out)
    check_time_zone(wishes.time_zone)
    account = Account()
    collection = _collection(wishes, folder, account)
    content = report_content(collection, account)
    texts = {
        "map.geojson": geojson_text(collection),
        "scenario.toml": _scenario(str(collection["name"]), wishes),
        "report.json": report_json(content),
        "report.txt": "\n".join(report_lines(content)) + "\n",
    }
    _check(texts)
    write_folder(folder, texts)
    return MapReport(folder=folder, content=content)


def _collection(wishes: Wishes, folder: Path, account: Account) -> dict[str, Any]:
    clip = clip_of(wishes)
    found = read_sources(wishes, clip, account)
    buildings = settle_heights(
        raised(found, wishes, account), unknown_m=wishes.unknown_height_m, seed=wishes.seed, account=account
    )
    taken: Counter[str] = Counter()
    own, near = own_features(found.own, taken, account), middle_of_map(clip, found)
    sites = _sites(wishes, taken, near=near, clip=clip, account=account)
    solid = zone_features(found.zones, taken=taken, wishes=wishes, account=account)
    solid += _building_features(buildings, taken)
    merchants = _merchants(found.merchants, wishes, taken, near=near, clip=clip, account=account)
    points = own + sites + merchants
    frame = frame_of(points, solid, account)
    points += _communities(points, buildings, wishes, taken, near=near, clip=clip, frame=frame, account=account)
    points, origin = near_sites(_with_sites(points, Ground(solid, frame), wishes, taken, account), account)
    local = LocalFrame(*origin)
    points = near_enough(points, local, account)
    for kind, site, letter in (("merchant", "takeoff_point", "M"), ("community", "airport", "C")):
        points += _at_sites(points, kind, site, letter, taken, account)
    features = without_lost_references(points + near_enough(solid, local, account), account)
    height = {} if wishes.ground_amsl_m is None else {"ground_amsl_m": wishes.ground_amsl_m}
    head = {"type": "FeatureCollection", "name": plain_name(folder), "synthetic": False, "origin": list(origin)}
    return {**head, **height, "features": features}


def _building_features(buildings: Sequence[tuple[Raised, float]], taken: Counter[str]) -> Features:
    names = (name for name in (f"B{n:05}" for n in itertools.count(1)) if name not in taken)
    return [
        polygon_feature(each.shape, id=name, kind="building", height_m=height_m)
        for (each, height_m), name in zip(buildings, names, strict=False)
    ]


def _rows(paths: Sequence[Path], wishes: Wishes, account: Account, *, near: Any, clip: Any) -> list[tuple[Path, Any]]:
    """Read the places of tables, those within the clip."""
    read = []
    for path in paths:
        rows = read_places(path, wishes, account, near=near)
        inside = _inside(rows, clip)
        account.dropped[f"places of {path.name} outside the clip"] += len(rows) - len(inside)
        read.append((path, inside))
    return read


def _inside(rows: Sequence[Row], clip: Any) -> list[Row]:
    if clip is None or not rows:
        return list(rows)
    is_in = shapely.intersects_xy(clip, [row.lon for row in rows], [row.lat for row in rows]).tolist()
    return [row for row, is_kept in zip(rows, is_in, strict=True) if is_kept]


def _sites(wishes: Wishes, taken: Counter[str], *, near: Any, clip: Any, account: Account) -> Features:
    read = _rows(wishes.sites, wishes, account, near=near, clip=clip)
    return [site for path, rows in read for site in site_features(path, rows, taken=taken, account=account)]


def _merchants(
    items: Sequence[Item], wishes: Wishes, taken: Counter[str], *, near: Any, clip: Any, account: Account
) -> Features:
    """Take merchants of the files named for them, else those of OpenStreetMap."""
    if wishes.merchants:
        read = _rows(wishes.merchants, wishes, account, near=near, clip=clip)
        return [shop for _, rows in read for shop in merchant_features(rows, taken=taken, account=account, named=True)]
    spots = [(item, item.shape.representative_point()) for item in items]
    rows = [Row(lon=spot.x, lat=spot.y, properties=item.properties, place=item.place) for item, spot in spots]
    if rows:
        account.note("merchants are restaurants, cafes and food shops of the sources, of equal weight")
    return merchant_features(rows, taken=taken, account=account, named=False)


def _of_kind(features: Features, kind: str) -> Features:
    return [feature for feature in features if feature["properties"]["kind"] == kind]


def _communities(
    points: Features,
    buildings: Sequence[tuple[Raised, float]],
    wishes: Wishes,
    taken: Counter[str],
    *,
    near: Any,
    clip: Any,
    frame: LocalFrame,
    account: Account,
) -> Features:
    """Gather demand by the first of: population, past orders, what the sources have, floor area of homes."""
    if wishes.population:
        account.note("communities are squares of 250 m, weighed by population")
        read = [population(path, wishes, account, near=near, clip=clip) for path in wishes.population]
    elif wishes.orders:
        account.note("communities are squares of 250 m, weighed by past orders")
        read = [orders(rows) for _, rows in _rows(wishes.orders, wishes, account, near=near, clip=clip) if rows]
    elif _of_kind(points, "community"):
        return []
    else:
        read = [floor_area(buildings, frame)]
        if len(read[0][0]):
            account.note("communities are squares of 250 m, weighed by the floor area of buildings that may be homes")
    lonlat = np.concatenate([places for places, _ in read] or [np.empty((0, 2))])
    weight = np.concatenate([each for _, each in read] or [np.empty(0)])
    if clip is not None and len(lonlat):
        is_in = shapely.intersects_xy(clip, lonlat)
        account.dropped["places of demand outside the clip"] += int((~is_in).sum())
        lonlat, weight = lonlat[is_in], weight[is_in]
    near_enough = np.hypot(*frame.to_local(lonlat).T) <= FARTHEST_M if len(lonlat) else np.empty(0, dtype=np.bool_)
    account.dropped["places of demand farther than 50 km"] += int((~near_enough).sum())
    if not near_enough.any():
        return []
    return community_features(lonlat[near_enough], weight[near_enough], frame, taken=taken)


def _with_sites(points: Features, ground: Ground, wishes: Wishes, taken: Counter[str], account: Account) -> Features:
    """Add what a map can't be without: sites near demand, and demand at sites, each by a rule that is said."""
    sites = outside_closed([each for each in points if is_site(each)], ground, account)
    points = [each for each in points if not is_site(each)] + sites
    for kind, demand, count, what in (
        ("takeoff_point", "merchant", wishes.takeoff_points, "take-off points"),
        ("airport", "community", wishes.airports, "airports"),
    ):
        if not _of_kind(points, kind):
            known = _of_kind(points, demand) or _of_kind(points, "community") or _of_kind(points, "merchant")
            if not known:
                rule = (
                    f"there are no {what}, and no demand to place them by{what_was_left(account)}; add --sites, or "
                    "--merchants and --population"
                )
                raise refuse("dronesim import map", rule, key=kind)
            points += placed(kind, known, ground, count=count, seed=wishes.seed, taken=taken)
            account.note(
                f"{what} are placed by k-means near {_of_words(known)}, off buildings: none are in the sources"
            )
    return points


def _of_words(known: Features) -> str:
    return {"merchant": "merchants", "community": "communities"}[known[0]["properties"]["kind"]]


def _at_sites(points: Features, kind: str, site: str, letter: str, taken: Counter[str], account: Account) -> Features:
    """Put one customer of a kind at each site where the sources have none with any weight."""
    known = _of_kind(points, kind)
    if any(each["properties"].get("weight", 1.0) > 0 for each in known):
        return []
    account.note(f"no {kind} is in the sources: one stands at each {SITES[site]}, of equal weight")
    spots = _of_kind(points, site)
    names = (name for name in (f"{letter}{n:02}" for n in itertools.count(1)) if name not in taken)
    return [
        point(np.array(each["geometry"]["coordinates"]), id=name, kind=kind)
        for each, name in zip(spots, names, strict=False)
    ]


def _check(texts: dict[str, str]) -> None:
    """Load, set up and describe what is to be written, as `dronesim validate` does."""
    from dronesim.experiment import describe, set_up
    from dronesim.scenario import load_scenario

    with tempfile.TemporaryDirectory() as aside:
        for name in ("map.geojson", "scenario.toml"):
            (Path(aside) / name).write_text(texts[name], encoding="utf-8", newline="\n")
        try:
            describe(set_up(load_scenario(Path(aside) / "scenario.toml"), folder=Path(aside)))
        except InputError as error:
            raise InputError(_outside(problem, aside) for problem in error.problems) from error


def _outside(problem: Problem, aside: str) -> Problem:
    return replace(problem, file=problem.file.replace(f"{aside}/", "the map of the import: "), line=None)


def _scenario(name: str, wishes: Wishes) -> str:
    date = "" if wishes.date is None else f'\n[horizon]\ndate = "{wishes.date.isoformat()}"\n'
    return _TEMPLATE.substitute(name=name, date=date, orders=ORDERS, drones=DRONES)


_TEMPLATE: Final = Template(
    """\
# Made by `dronesim import map`; report.txt says what the map was made from, and by which rules.
# Every key that does not stand here has its default: `dronesim new scenario FILE --map map.geojson` shows them all.
name = "${name}"
map = "map.geojson"
${date}
[demand]
orders = ${orders}             # E, an assumption: no map knows it; put in your own, or a trace of real orders

[couriers]
per_takeoff_point = 4    # E

[fleet]
drones = ${drones}              # E; `dronesim size` finds how many are needed
"""
)
