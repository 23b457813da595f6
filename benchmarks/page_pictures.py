"""Photograph the pages of the README: an order of the quickstart day in its replay, and the live planner.

    python benchmarks/page_pictures.py
    python benchmarks/page_pictures.py --only replay

They go into docs, or into another folder (--into). The replay is that of the README's day with tracks, at the order
that waited longest for a drone before noon; the planner has 80 drones and six real days, which it runs first.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image

import dronesim
from dronesim.experiment.study import Study
from dronesim.serving.server import open_server

ROOT: Final = Path(__file__).parents[1]
SCENARIO: Final = ROOT / "scenarios" / "quickstart.toml"
DOCS: Final = ROOT / "docs"
FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
DAYS: Final = 6
COLORS: Final = 128
PATIENCE_MS: Final = 1_200_000


@contextmanager
def window(width: int, height: int) -> Iterator[Any]:
    """Open a window of headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True).new_page()
        browser.close()


def picture_replay(place: Path) -> None:
    """Open the order that waited longest for a drone in the hour before noon, while it is in the air."""
    run = dronesim.run(SCENARIO, set={"fleet.drones": 95}, tracks=True, report=False)
    orders, waits = run.tables["orders"].to_pylist(), run.tables["waits"].to_pylist()
    noon = [row for row in orders if row["departed_s"] is not None and 11 * 3600 < row["placed_s"] < 12 * 3600]
    waited_s = {row["order"]: 0.0 for row in noon}
    for wait in waits:
        if wait["order"] in waited_s:
            waited_s[wait["order"]] += wait["to_s"] - wait["from_s"]
    order = max(noon, key=lambda row: waited_s[row["order"]])
    with tempfile.TemporaryDirectory() as folder, window(1440, 900) as page:
        shown = run.replay(Path(folder) / "replay.html").path
        assert shown is not None
        page.goto(f"{shown.as_uri()}#at=11:00&order={order['order']}")
        page.wait_for_selector("html[data-ready]")
        page.evaluate(f"replay.jump({(order['departed_s'] + order['arrived_s']) / 2})")
        page.wait_for_timeout(1000)
        page.screenshot(path=place)


def picture_planner(place: Path) -> None:
    """Move the drones to 80 and wait for the real days."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        study = Study(path=SCENARIO.relative_to(Path.cwd()) if SCENARIO.is_relative_to(Path.cwd()) else SCENARIO)
        given: dict[str, Any] = {"port": 0, "days": DAYS, "workers": 1, "warn": print}
        with open_server(study, root=root, folder=root / "plan", **given) as serving, window(1360, 1325) as page:
            thread = threading.Thread(target=serving.run, daemon=True)
            thread.start()
            page.goto(serving.url)
            page.locator('[id="fleet.drones"]').fill("80")
            words = f"From {DAYS} of {DAYS} real days"
            page.wait_for_function(
                f"document.getElementById('basis').textContent.includes('{words}') && "
                "document.getElementById('days').textContent.includes('drones=80')",
                timeout=PATIENCE_MS,
            )
            page.screenshot(path=place)
            serving.end()
            thread.join()


def main() -> None:
    """Make the pictures that are asked for."""
    pictures = {"replay": picture_replay, "planner": picture_planner}
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=pictures)
    parser.add_argument("--into", type=Path, default=DOCS)
    asked = parser.parse_args()
    wanted = [name for name in pictures if asked.only in (None, name)]
    if shutil.which("chromium") is None or importlib.util.find_spec("playwright") is None:
        print("0 pictures: no Chromium, or no package playwright")
        return
    for name in wanted:
        place = asked.into / f"{name}.png"
        pictures[name](place)
        with Image.open(place) as picture:
            picture.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(place, optimize=True)
        print(f"{place}: {place.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
