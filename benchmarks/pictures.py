"""Makes the pictures of README.md anew: maps and pages of the quickstart day, photographed in headless Chromium.

    python benchmarks/pictures.py
    python benchmarks/pictures.py report replay --out docs

Each is named as its file in docs/. The fleet curve is left out: `make readme` runs the search that it is of. One day
with tracks serves all but the planner, which gets six real days of 80 drones. Takes a minute or two.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

import dronesim
from dronesim.api.runs import Run
from dronesim.experiment.study import Study
from dronesim.serving.server import open_server
from dronesim.units import HOUR, MINUTE, clock
from replay import FLAGS, SCENARIO

DOCS: Final = Path(__file__).parents[1] / "docs"
DRONES: Final = 95
PLANNED_DRONES, PLANNED_DAYS = 80, 6
AT_S: Final = 12 * HOUR + 53 * MINUTE + 20
COLUMN_PX, COLUMN_HIGH_PX = 860, 960
"""One half of the picture of the report."""
SOON_MS: Final = 600_000


def main() -> None:
    """Make the pictures that are named, all of them if none is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*PICTURES, []], help="which; all if none is named")
    parser.add_argument("--out", type=Path, default=DOCS, metavar="DIR", help="where they go; docs if not given")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as room, opened_browser() as browser:
        day = dronesim.run(SCENARIO, set={"fleet.drones": DRONES}, tracks=True, out=Path(room) / "one-day")
        for name in given.names or PICTURES:
            place = given.out / f"{name}.png"
            place.write_bytes(PICTURES[name](day, browser))
            print(f"{place}: {place.stat().st_size / 1000:.0f} kB")


@contextmanager
def opened_browser() -> Iterator[Any]:
    """Start the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("pictures of pages need Chromium; on Debian: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


def photographed(day: Run, name: str) -> bytes:
    """Give a picture as it lies in the folder of the day."""
    assert day.folder is not None
    return (day.folder / name).read_bytes()


def report_picture(day: Run, browser: Any) -> bytes:
    """Photograph the answer with the minutes, and who is late beside them."""
    assert day.page is not None
    page = browser.new_page(viewport={"width": COLUMN_PX, "height": COLUMN_HIGH_PX})
    page.goto(day.page.as_uri())
    page.add_style_tag(content="body { padding: 1.5rem 2rem; }")
    half = Image.new("RGB", (2 * COLUMN_PX, COLUMN_HIGH_PX), "white")
    for place, part in enumerate(("header", "#late")):
        page.evaluate("part => window.scrollTo(0, document.querySelector(part).offsetTop - 24)", part)
        shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        half.paste(shown, (place * COLUMN_PX, 0))
    page.close()
    return packed(half)


def replay_picture(day: Run, browser: Any) -> bytes:
    """Photograph the replay while an order is in the air that will be late, and has waited for most kinds of things."""
    order = late_order_aloft(day, AT_S)
    page = browser.new_page(viewport={"width": 1400, "height": 800})
    page.goto(f"{day.replay().path.as_uri()}#order={order}&at={clock(AT_S)}")  # type: ignore[union-attr]
    page.wait_for_selector("html[data-ready]")
    page.wait_for_timeout(500)
    found = page.screenshot()
    page.close()
    return packed(Image.open(io.BytesIO(found)))


def late_order_aloft(day: Run, at_s: float) -> int:
    """Choose the late order that flies at a moment and has waited for the most reasons, the first of these."""
    orders, waits = day.tables["orders"].to_pandas(), day.tables["waits"].to_pandas()
    limit_s = day.facts["service"]["limit_s"]
    flies = (orders["departed_s"] < at_s) & (orders["arrived_s"] > at_s)
    late = orders["order"][flies & orders["in_range"] & (orders["delivered_s"] - orders["placed_s"] > limit_s)]
    reasons = waits[waits["to_s"] > waits["from_s"]].groupby("order")["reason"].nunique()
    return int(late.iloc[int(np.argmax(reasons.reindex(late).fillna(0)))])


def planner_picture(_day: Run, browser: Any) -> bytes:
    """Photograph the planner when the real days of a setting have come."""
    given: dict[str, Any] = {"port": 0, "days": PLANNED_DAYS, "workers": 1, "warn": print}
    with (
        tempfile.TemporaryDirectory(prefix="planner-") as room,
        open_server(Study(path=SCENARIO), root=Path(room), folder=Path(room) / "plan", **given) as serving,
    ):
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        page = browser.new_page(viewport={"width": 1180, "height": 690})
        page.goto(serving.url)
        page.locator('[id="fleet.drones"]').fill(str(PLANNED_DRONES))
        told = f"{PLANNED_DAYS} of {PLANNED_DAYS} real days"
        page.wait_for_selector(f"#basis:has-text('{told}')", timeout=SOON_MS)
        found = page.screenshot()
        page.close()
        serving.end()
        thread.join(timeout=20)
    return packed(Image.open(io.BytesIO(found)))


def packed(picture: Image.Image) -> bytes:
    """Write a picture as a small PNG: 256 colours are enough for pages."""
    file = io.BytesIO()
    few = picture.convert("RGB").quantize(colors=256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


PICTURES: Final[dict[str, Callable[[Run, Any], bytes]]] = {
    "quickstart-map": lambda day, _browser: photographed(day, "map.png"),
    "crossing": lambda day, _browser: photographed(day, "crossing.png"),
    "report": report_picture,
    "replay": replay_picture,
    "planner": planner_picture,
}


if __name__ == "__main__":
    main()
