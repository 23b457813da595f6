"""The pictures and the page of a saved run, written into its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dronesim.evidence import standing_lines, standings
from dronesim.record.folder import write_whole
from dronesim.report.saved_run import SavedRun, read_run

PAGE: Final = "report.html"


def write_report(folder: Path) -> None:
    """Write the pictures of a run and ``report.html`` into its folder; the same run gives the same bytes.

    Needs facts.json, kpis.json, the tables and inputs/map.geojson in it. Routes come from the facts, straight lines
    where they are silent. Every file is written aside and renamed.
    """
    for name, content in _drawn(read_run(folder)).items():
        write_whole(folder / name, content)


def page_of(folder: Path) -> bytes:
    """Give the page of a saved run, pictures within, and leave the folder as it is."""
    return _drawn(read_run(folder))[PAGE]


def _drawn(run: SavedRun) -> dict[str, bytes]:
    """Draw the pictures and the page, by file name."""
    from dronesim.report.geometry import says_synthetic
    from dronesim.report.page import page_html
    from dronesim.report.pictures import draw_pictures

    pictures = draw_pictures(run)
    html = page_html(
        kpis=run.kpis,
        facts=run.facts,
        tables=run.tables,
        pictures=pictures,
        is_synthetic=says_synthetic(run.map_path),
        evidence=standing_lines(standings(run.scenario)) if run.scenario else [],
    )
    return {**pictures, PAGE: html.encode("utf-8")}
