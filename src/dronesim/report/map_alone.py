"""The map of a run as one picture, for those who want no page."""

from __future__ import annotations

from pathlib import Path


def map_png(folder: Path) -> bytes:
    """Draw the map of the run in a folder as a PNG file.

    Raises
    ------
    InputError
        A file of the run is missing or damaged.
    """
    from dronesim.report.drawing import png_of
    from dronesim.report.geometry import read_map_geometry
    from dronesim.report.map_picture import draw_map
    from dronesim.report.saved_run import read_run

    run = read_run(folder)
    geometry = read_map_geometry(run.map_path, run.facts)
    return png_of(lambda: draw_map(run.tables, run.facts, geometry, run.routes))
