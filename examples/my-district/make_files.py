"""Writes the files beside it, as a planner has them: an OpenStreetMap extract, sites and a week's orders as CSV.

All of it is made up: buildings, shops and sites are those of the synthetic district in maps/, orders are drawn. Needs
the extra gis. Example: python examples/my-district/make_files.py
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium

HERE = Path(__file__).parent
DISTRICT = HERE.parents[1] / "maps" / "longgang-synthetic.geojson"
CENTRE = (114.25, 22.72)
AROUND_DEG = 0.0125
FIRST_DAY = dt.date(2026, 3, 2)
DAYS, ORDERS_A_DAY, SEED = 5, 120, 7
LUNCH_H, DINNER_H, SPREAD_H = 12.1, 18.4, 0.9
CANCELLED = 0.04
DISHES = ("面馆", "饺子馆", "烧腊", "奶茶", "粥铺", "沙县小吃", "汉堡", "寿司")


def main() -> None:
    """Write the three files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    folder: Path = parser.parse_args().out
    features = [each for each in json.loads(DISTRICT.read_text(encoding="utf-8"))["features"] if _is_near(each)]
    shops = [each["geometry"]["coordinates"] for each in features if each["properties"]["kind"] == "merchant"]
    homes = [each["geometry"]["coordinates"] for each in features if each["properties"]["kind"] == "community"]
    write_extract(folder / "district.osm.pbf", features, shops)
    write_sites(folder / "sites.csv", features)
    write_orders(folder / "orders.csv", shops, homes)


def _is_near(feature: Any) -> bool:
    place = feature["geometry"]["coordinates"]
    while not isinstance(place[0], float):
        place = place[0]
    return bool(max(abs(place[0] - CENTRE[0]), abs(place[1] - CENTRE[1])) < AROUND_DEG)


def write_extract(path: Path, features: Sequence[Any], shops: Sequence[Any]) -> None:
    """Write buildings as closed ways, with a height or with storeys, and shops as nodes."""
    path.unlink(missing_ok=True)
    mutable = osmium.osm.mutable
    outlines = [each for each in features if each["properties"]["kind"] == "building"]
    nodes, ways, number = [], [], 1
    for place, shop in enumerate(shops):
        tags = {"amenity": "restaurant", "name": f"{DISHES[place % len(DISHES)]}{place + 1}"}
        nodes.append(mutable.Node(id=number, location=tuple(shop), tags=tags, version=1))
        number += 1
    for place, each in enumerate(outlines, start=1):
        ring = each["geometry"]["coordinates"][0][:-1]
        corners = range(number, number + len(ring))
        nodes += [mutable.Node(id=at, location=tuple(xy), version=1) for at, xy in zip(corners, ring, strict=True)]
        height_m = each["properties"]["height_m"]
        known = {"height": f"{height_m:g} m"} if place % 2 else {"building:levels": f"{max(1, round(height_m / 3))}"}
        ways.append(mutable.Way(id=place, nodes=[*corners, number], tags={"building": "yes", **known}, version=1))
        number += len(ring)
    with osmium.SimpleWriter(str(path)) as writer:
        for node in nodes:
            writer.add_node(node)
        for way in ways:
            writer.add_way(way)


def write_sites(path: Path, features: Sequence[Any]) -> None:
    """Write take-off points and airports under the heads of a Chinese spreadsheet."""
    rows = []
    for kind, word in (("takeoff_point", "起飞点"), ("airport", "社区机场")):
        found = [each["geometry"]["coordinates"] for each in features if each["properties"]["kind"] == kind]
        rows += [(f"{word}{place}", word, lat, lon) for place, (lon, lat) in enumerate(found, start=1)]
    _write(path, ("名称", "类型", "纬度", "经度"), rows)


def write_orders(path: Path, shops: Sequence[Any], homes: Sequence[Any]) -> None:
    """Write orders as a system of orders exports them: positions in one cell, some cancelled, a private column."""
    rng = np.random.default_rng(SEED)
    rows: list[tuple[str, ...]] = []
    for day in range(DAYS):
        count = rng.poisson(ORDERS_A_DAY)
        hour = np.where(rng.random(count) < 0.6, LUNCH_H, DINNER_H) + rng.normal(0.0, SPREAD_H, count)
        for hours in np.sort(np.clip(hour, 10.0, 20.5)).tolist():
            placed = dt.datetime.combine(FIRST_DAY, dt.time()) + dt.timedelta(days=day, seconds=round(hours * 3600))
            shop = int(rng.integers(len(shops)))
            home = np.array(homes[int(rng.integers(len(homes)))]) + rng.normal(0.0, 4e-4, 2)
            state = "已取消" if rng.random() < CANCELLED else "已完成"
            phone = f"1390000{rng.integers(10**4):04}"
            rows.append(
                (f"D{len(rows) + 1:05}", f"{placed:%Y-%m-%d %H:%M:%S}", _cell(shops[shop]), _cell(home), state, phone)
            )
    _write(path, ("订单号", "下单时间", "取货坐标", "收货坐标", "订单状态", "电话"), rows)


def _cell(lonlat: Any) -> str:
    return f"{lonlat[1]:.6f},{lonlat[0]:.6f}"


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main()
