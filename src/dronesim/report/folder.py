"""The pictures and the page of a saved run, written into its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dronesim.evidence import standing_lines, standings
from dronesim.record.folder import MANIFEST, json_text, write_whole
from dronesim.record.report import FILE
from dronesim.report.guard import Drawn, Failure, attempt
from dronesim.report.saved_run import SavedRun, read_run, read_whole_run

PAGE: Final = "report.html"


def write_report(folder: Path, *, is_asked_for: bool = False, has_own_key: bool = False) -> None:
    """Write the pictures of a run, ``report.html`` and ``report.json``; the same run gives the same bytes.

    Needs facts.json, kpis.json, the tables and inputs/map.geojson in it. Routes come from the facts, straight lines
    where they are silent. Every file is written aside and renamed. A picture that can't be drawn is told, and missing;
    so is the page, unless it ``is_asked_for``: then the files are compared with their hashes in the manifest first.
    ``has_own_key``: its pickup codes were signed with a key of the planner's own, as its manifest will say that is not
    written yet; the page has no codes then.
    """
    run = read_whole_run(folder) if is_asked_for else read_run(folder)

    def draw() -> dict[str, bytes]:
        return _drawn(folder, run, has_own_key=has_own_key)

    made = draw() if is_asked_for else attempt(PAGE, draw)
    for name, content in {} if isinstance(made, Failure) else made.items():
        write_whole(folder / name, content)


def page_of(folder: Path) -> bytes:
    """Give the page of a saved run whose files are whole, pictures within, and leave the folder as it is."""
    return _drawn(folder, read_whole_run(folder), has_own_key=False)[PAGE]


def _drawn(folder: Path, run: SavedRun, *, has_own_key: bool) -> dict[str, bytes]:
    """Draw the pictures and the page, by file name."""
    from dronesim.report.geometry import says_synthetic
    from dronesim.report.page import Extras, page_html
    from dronesim.report.page_numbers import page_numbers
    from dronesim.report.rests import by_letter

    pictures, numbers = _pictures(run), page_numbers(run)
    extras = Extras(
        numbers=numbers,
        pictures=pictures,
        is_synthetic=says_synthetic(run.map_path),
        evidence=standing_lines(standings(run.scenario)) if run.scenario else [],
        letters=by_letter(folder),
        codes=None if has_own_key or _signs_with_own_key(folder) else late_codes(numbers["late_orders"], run.facts),
    )
    html = page_html(run, extras)
    pngs = {picture.file: picture.png for picture in pictures if picture.png is not None}
    return {**pngs, FILE: json_text(numbers).encode("utf-8"), PAGE: html.encode("utf-8")}


def _signs_with_own_key(folder: Path) -> bool:
    """Tell whether a key of the planner's own signed the codes; a run that is being written has no manifest yet."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and dict(manifest.get("codes") or {}).get("key") == "own"


def late_codes(late_orders: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> dict[int, str]:
    """Draw the pickup codes of late orders under the key that derives from the seed, as SVG by number of the order."""
    from dronesim.experiment.pickup import DayKey, pickup_code

    key = DayKey.of(None, seed=facts["seed"], replication=facts["replication"])
    return {
        row["order"]: _inline(pickup_code(row, facts=facts, key=key).svg(), f"Pickup code of order {row['order']}")
        for row in late_orders
        if row["box"] >= 0
    }


def _inline(picture: str, title: str) -> str:
    """Make of an SVG document one that stands in a page, with its alternative in words."""
    size = re.search(r'width="(\d+)"', picture)
    box = f'viewBox="0 0 {size[1]} {size[1]}" ' if size else ""
    head = f'<svg {box}role="img" aria-label="{title}"'
    return picture.replace(' xmlns="http://www.w3.org/2000/svg"', "").replace("<svg", head, 1)


def _pictures(run: SavedRun) -> list[Drawn]:
    """Draw what can be drawn; where even the means to draw are missing, that is all there is to show."""

    def draw() -> list[Drawn]:
        from dronesim.report.pictures import draw_pictures

        return draw_pictures(run)

    made = attempt("the pictures", draw)
    return [Drawn(file="", caption="", failure=made.text)] if isinstance(made, Failure) else made
