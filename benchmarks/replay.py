"""How large the replay of a day is, how soon its first frame is there, and how many come a second.

    python benchmarks/replay.py
    python benchmarks/replay.py --flights 2000 50000 --seconds 10

Days of the quickstart with tracks, its map and all. One of more flights than a quickstart's day has is many districts
side by side, each with another day and the same buildings. The page is opened from its file in headless
Chromium, 1440 x 900 pixels in software, at the busiest minute; the first frame is counted from the moment at which the
page is asked for, frames a second while it plays at 60 times. Without a browser only sizes are printed.

The aim: 2,000 flights (legs with and without a parcel) in less than 500 kB, first frame within 1.5 s, 50 frames a
second; 50,000 flights in less than 5 MB, 25 frames. A busy machine is slower than an idle one: look at the load.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

import dronesim
from dronesim.record.saved import Saved, open_saved
from dronesim.record.tables import Columns
from dronesim.replay.content import read_content
from dronesim.replay.district import MAP
from dronesim.replay.page import page_html

SCENARIO: Final = Path(__file__).parents[1] / "scenarios" / "quickstart.toml"
FLIGHTS_AN_ORDER: Final = 2
MOST_ORDERS: Final = 2_500
DISTRICT_M: Final = 5_000.0
FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NUMBERED: Final = {"order": "orders", "code_order": "orders", "leg": "legs", "outbound_leg": "legs", "drone": "drones"}
SITES: Final = ("takeoff_point", "airport", "placed_airport", "site", "from", "to", "merchant")


class SideBySide:
    """Saved days of one scenario, each in a district of its own, with names and numbers of its own."""

    def __init__(self, days: Sequence[Saved]) -> None:
        self._days = days
        first = days[0]
        self.folder, self.manifest, self.kpis, self.names = first.folder, first.manifest, first.kpis, first.names
        self._before = [
            {
                "orders": sum(len(day.columns("orders")["order"]) for day in days[:number]),
                "legs": sum(len(day.columns("legs")["leg"]) for day in days[:number]),
                "drones": number * first.facts["fleet"]["drones"],
            }
            for number in range(len(days))
        ]
        self.facts = self._facts(first.facts)

    def columns(self, name: str) -> Columns:
        """Join a table of all days."""
        parts = [self._moved(day.columns(name), number) for number, day in enumerate(self._days)]
        return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}

    def text(self, file: str) -> str:
        """Read a file of the first day; its map with all districts."""
        text = self._days[0].text(file)
        if file != MAP:
            return text
        collection = json.loads(text)
        shift = DISTRICT_M / (111_320.0 * math.cos(math.radians(22.72)))
        features = []
        for number in range(len(self._days)):
            for feature in json.loads(text)["features"]:
                feature["properties"]["id"] = f"{feature['properties'].get('id', '')}{self._mark(number)}"
                feature["geometry"]["coordinates"] = _shifted(feature["geometry"]["coordinates"], number * shift)
                features.append(feature)
        return json.dumps({**collection, "features": features})

    def _mark(self, number: int) -> str:
        return f"-{number}" if number else ""

    def _moved(self, columns: Columns, number: int) -> dict[str, Any]:
        found = dict(columns)
        before = self._before[number]
        for column, what in NUMBERED.items():
            if column in found:
                found[column] = np.where(found[column] >= 0, found[column] + before[what], found[column])
        for column in SITES:
            if column in found:
                found[column] = np.array(
                    [None if name is None else f"{name}{self._mark(number)}" for name in found[column]], dtype=object
                )
        if "holder" in found:
            found["holder"] = found["holder"] + before["orders"]
        for column in ("x0_m", "x1_m"):
            if column in found:
                found[column] = found[column] + number * DISTRICT_M
        return found

    def _facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(facts))
        marks = [(number, self._mark(number)) for number in range(len(self._days))]
        for group, sites in found["sites"].items():
            found["sites"][group] = [
                {"id": f"{site['id']}{mark}", "x_m": site["x_m"] + number * DISTRICT_M, "y_m": site["y_m"]}
                for number, mark in marks
                for site in sites
            ]
        for counts in (*found["capacity"].values(), found["fleet"]["by_takeoff_point"], found["couriers"]["count"]):
            counts |= {f"{name}{mark}": count for _, mark in marks for name, count in list(counts.items())}
        found["routes"] = [
            {
                **route,
                "from": f"{route['from']}{mark}",
                "to": f"{route['to']}{mark}",
                "points_m": [[x + number * DISTRICT_M, y] for x, y in route["points_m"]],
            }
            for number, mark in marks
            for route in found["routes"]
        ]
        found["fleet"]["drones"] *= len(self._days)
        return found


def _shifted(coordinates: Any, lon: float) -> Any:
    if isinstance(coordinates[0], list):
        return [_shifted(part, lon) for part in coordinates]
    return [coordinates[0] + lon, *coordinates[1:]]


def page_of(flights: int, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Run a day, or several side by side, and write its replay; gives the page, and how much it has."""
    orders = flights / FLIGHTS_AN_ORDER
    times = math.ceil(orders / MOST_ORDERS)
    drones = max(10, round(95 * orders / times / MOST_ORDERS))
    settings = {"demand.orders": orders / times, "fleet.drones": drones}
    days = [
        dronesim.run(
            SCENARIO, set=settings, replication=day, tracks=True, out=folder / f"{flights}-{day}", report=False
        )
        for day in range(times)
    ]
    saved = [open_saved(run.folder) for run in days if run.folder is not None]
    begin = time.perf_counter()
    source: Any = saved[0] if times == 1 else SideBySide(saved)
    content = read_content(source, key=days[0]._source.key)
    page = folder / f"{flights}.html"
    page.write_text(page_html(content), encoding="utf-8")
    return page, {
        "flights": int((content.paths.count > 0).sum()),
        "buildings": len(content.district.height_m),
        "page_kb": page.stat().st_size / 1000,
        "written_s": time.perf_counter() - begin,
    }


def played(page: Path, *, seconds: float) -> dict[str, float]:
    """Open the page in headless Chromium and let it play."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        shown = browser.new_page(viewport={"width": 1440, "height": 900})
        shown.goto(page.as_uri())
        shown.wait_for_selector("html[data-ready]", timeout=60_000)
        shown.wait_for_timeout(500)
        first_ms = shown.evaluate("replay.firstMs")
        shown.evaluate("replay.jump(replay.day.worstS); replay.play(true)")
        begin = shown.evaluate("[replay.frames, performance.now()]")
        shown.wait_for_timeout(1000 * seconds)
        end = shown.evaluate("[replay.frames, performance.now(), replay.day.aloft.at(replay.time)]")
        browser.close()
    return {
        "first_frame_s": first_ms / 1000,
        "frames_a_second": 1000 * (end[0] - begin[0]) / (end[1] - begin[1]),
        "aloft": end[2],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--flights", type=int, nargs="+", default=[2_000, 50_000])
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each page plays")
    arguments = parser.parse_args()
    has_browser = shutil.which("chromium") is not None and importlib.util.find_spec("playwright") is not None
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for flights in arguments.flights:
            page, found = page_of(flights, Path(folder))
            if has_browser:
                found |= played(page, seconds=arguments.seconds)
            size = f"{found['page_kb']:,.0f} kB, written in {found['written_s']:.1f} s"
            print(f"{found['flights']:,} flights, {found['buildings']:,} buildings: {size}")
            if has_browser:
                rate = f"{found['frames_a_second']:.0f} frames a second with {found['aloft']:,} drones in the air"
                print(f"  first frame after {found['first_frame_s']:.2f} s, {rate}")
    if not has_browser:
        print("no Chromium, or no package playwright: nothing was played")


if __name__ == "__main__":
    main()
