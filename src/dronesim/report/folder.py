"""The pictures and the page of a saved run, written into its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dronesim.evidence import standing_lines, standings
from dronesim.record.folder import write_whole
from dronesim.report.guard import Drawn, Failure, attempt
from dronesim.report.saved_run import SavedRun, read_run, read_whole_run

PAGE: Final = "report.html"


def write_report(folder: Path, *, is_asked_for: bool = False) -> None:
    """Write the pictures of a run and ``report.html`` into its folder; the same run gives the same bytes.

    Needs facts.json, kpis.json, the tables and inputs/map.geojson in it. Routes come from the facts, straight lines
    where they are silent. Every file is written aside and renamed. A picture that can't be drawn is told, and missing;
    so is the page, unless it ``is_asked_for``: then the files are compared with their hashes in the manifest first.
    """
    run = read_whole_run(folder) if is_asked_for else read_run(folder)
    made = _drawn(run) if is_asked_for else attempt(PAGE, lambda: _drawn(run))
    for name, content in {} if isinstance(made, Failure) else made.items():
        write_whole(folder / name, content)


def page_of(folder: Path) -> bytes:
    """Give the page of a saved run whose files are whole, pictures within, and leave the folder as it is."""
    return _drawn(read_whole_run(folder))[PAGE]


def _drawn(run: SavedRun) -> dict[str, bytes]:
    """Draw the pictures and the page, by file name."""
    from dronesim.report.geometry import says_synthetic
    from dronesim.report.page import page_html

    pictures = _pictures(run)
    html = page_html(
        kpis=run.kpis,
        facts=run.facts,
        tables=run.tables,
        pictures=pictures,
        is_synthetic=says_synthetic(run.map_path),
        evidence=standing_lines(standings(run.scenario)) if run.scenario else [],
    )
    pngs = {picture.file: picture.png for picture in pictures if picture.png is not None}
    return {**pngs, PAGE: html.encode("utf-8")}


def _pictures(run: SavedRun) -> list[Drawn]:
    """Draw what can be drawn; where even the means to draw are missing, that is all there is to show."""

    def draw() -> list[Drawn]:
        from dronesim.report.pictures import draw_pictures

        return draw_pictures(run)

    made = attempt("the pictures", draw)
    return [Drawn(file="", caption="", failure=made.text)] if isinstance(made, Failure) else made
